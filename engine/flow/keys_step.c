/*
 * What each kind of step may have. The rows of a kind stand in one table, so
 * what a call takes is read here at a glance; what it means is told in
 * playbook.h.
 */
#include <stddef.h>

#include "keys_shared.h"
#include "playbook.h"

static const char *const hold[] = {"hold", NULL};
static const char *const jitters[] = {"full", "none", NULL};
static const char *const roles[] = {"viewer", "agent", "supervisor", "admin",
				    NULL};
static const char *const bearers[] = {"mend", "seller", "buyer", NULL};
static const char *const field_types[] = {
	"text", "number", "money", "boolean", "choice", "date", "email", NULL};

/* clang-format off */
#define NO false
#define YES true
#define ROW(name, type, required, help) \
	{ name, type, required, 0, 0, NULL, NULL, help }
#define WORDS(name, type, required, words, help) \
	{ name, type, required, 0, 0, words, NULL, help }
#define WITHIN(name, type, required, min, max, help) \
	{ name, type, required, min, max, NULL, NULL, help }
#define OF(name, type, required, of, help) \
	{ name, type, required, 0, 0, NULL, &(of), help }
#define MANY(name, required, min, max, of, help) \
	{ name, KEY_LIST, required, min, max, NULL, &(of), help }

#define STEP_KEYS \
	ROW("step", KEY_STEP, YES, "its name, alone in the playbook"), \
	ROW("kind", KEY_TEXT, YES, "what it does")
#define MARKS_KEY \
	ROW("marks", KEY_TEXT, NO, "an audit entry of this kind when it is done")
#define NEXT_KEY \
	WORDS("next", KEY_TARGET, NO, hold, "the step after it; absent: the one written next")
#define TIMEOUT_KEYS \
	ROW("timeout", KEY_DURATION, NO, "how long the step may take"), \
	WORDS("onTimeout", KEY_TARGET, NO, hold, "where it goes then; absent: hold")
#define FAILURE_KEY \
	WORDS("onFailure", KEY_TARGET, NO, hold, "where it goes when it certainly failed; absent: hold")
#define UNKNOWN_KEY \
	WORDS("onUnknown", KEY_TARGET, NO, hold, "where it goes when nobody knows; absent: hold")
#define REQUIRES_KEYS \
	MANY("requires", NO, 0, REQUIRES_MAX, requirement, "facts without which no effect leaves"), \
	WORDS("onStale", KEY_TARGET, NO, hold, "where it goes when one is missing or old; absent: hold")

static const struct key retry_rows[] = {
	ROW("initialInterval", KEY_DURATION, NO, "pause before the first retry"),
	WITHIN("backoffCoefficient", KEY_NUMBER, NO, 1, 10, "each pause is so many times the one before"),
	ROW("maximumInterval", KEY_DURATION, NO, "no pause is longer"),
	WITHIN("maximumAttempts", KEY_INT, NO, 1, 1000, "the first counts"),
	WORDS("jitter", KEY_WORD, NO, jitters, "full: any pause up to the interval"),
	ROW("totalTimeout", KEY_DURATION, NO, "since the first attempt"),
	WITHIN("nonRetryableErrors", KEY_TEXTS, NO, 0, RETRY_CODES_MAX, "codes after which it is not tried again"),
	KEYS_END
};
const struct keys keys_retry = {"retry", "When to try again", retry_rows, NULL, NULL};

static const struct key action_rows[] = {
	ROW("operation", KEY_TEXT, YES, "an effect, \"adapter.operation\""),
	ROW("with", KEY_TREE, NO, "its parameters; strings are templates"),
	KEYS_END
};
static const struct keys action = {"action", "An effect with its parameters", action_rows, NULL, NULL};

static const struct key read_rows[] = {
	ROW("as", KEY_NAME, YES, "the fact's name in the case file"),
	ROW("operation", KEY_TEXT, YES, "a read, \"adapter.operation\""),
	ROW("with", KEY_TREE, NO, "its parameters; absent: the order's id"),
	ROW("optional", KEY_BOOL, NO, "without it the case goes on"),
	KEYS_END
};
static const struct keys read = {"read", "One read of a gather", read_rows, NULL, NULL};

static const struct key requirement_rows[] = {
	ROW("fact", KEY_NAME, YES, "the name it was read as"),
	ROW("within", KEY_DURATION, NO, "not longer ago; absent: any age"),
	KEYS_END
};
static const struct keys requirement = {"requirement", "A fact that must be known", requirement_rows, NULL, NULL};

static const struct key classify_rows[] = {
	ROW("issueType", KEY_NAME, YES, "what is wrong with the order"),
	WITHIN("tier", KEY_INT, YES, 1, 3, "1 safe to automate, 2 needs approval, 3 needs a person"),
	WITHIN("confidence", KEY_NUMBER, YES, 0, 1, "a number from 0 to 1"),
	KEYS_END
};
static const struct keys classify = {"classify", "What kind of issue it is", classify_rows, NULL, NULL};

static const struct key rule_rows[] = {
	ROW("name", KEY_TEXT, NO, "told in the audit"),
	ROW("when", KEY_GUARD, NO, "absent: always"),
	ROW("set", KEY_TREE, NO, "paths of the case file and their values; strings are templates"),
	OF("classify", KEY_OBJECT, NO, classify, "the issue's type, tier and confidence"),
	WITHIN("priority", KEY_INT, NO, 0, 3, "of the run from now on; 0 is the most urgent"),
	WORDS("next", KEY_TARGET, NO, hold, "the step after it"),
	ROW("route", KEY_NAME, NO, "or the playbook that goes on"),
	ROW("reason", KEY_TEXT, NO, "why, for people; a template"),
	KEYS_END
};
static const struct keys rule = {"rule", "The first rule that fits is taken", rule_rows, NULL, NULL};

static const struct key cost_rows[] = {
	WITHIN("amountMinor", KEY_SUM, YES, 0, MINOR_MOST, "minor units, or a path to them"),
	ROW("currency", KEY_TEXT, YES, "\"USD\", or a path to it"),
	WORDS("bearer", KEY_WORD, YES, bearers, "who pays it"),
	KEYS_END
};
static const struct keys cost = {"cost", "What a way costs, and whom", cost_rows, NULL, NULL};

#define OFFER_KEYS \
	ROW("text", KEY_TEXT, YES, "what will happen; a template"), \
	OF("action", KEY_OBJECT, NO, action, "the effect; absent: approving does nothing by itself"), \
	WITHIN("amountMinor", KEY_SUM, NO, 0, MINOR_MOST, "what limits count; minor units, or a path to them"), \
	ROW("currency", KEY_TEXT, NO, "\"USD\", or a path to it"), \
	ROW("payee", KEY_TEXT, NO, "who gets it; a template"), \
	ROW("reversible", KEY_BOOL, NO, "whether it can be undone"), \
	ROW("recommended", KEY_BOOL, NO, "shown as the one to take"), \
	OF("cost", KEY_OBJECT, NO, cost, "what it costs, and whom")

static const struct key proposal_rows[] = {
	OFFER_KEYS,
	ROW("rejectText", KEY_TEXT, YES, "what will happen on a rejection; a template"),
	KEYS_END
};
static const struct keys proposal = {"proposal", "What the person is asked to approve", proposal_rows, NULL, NULL};

static const struct key option_rows[] = {
	ROW("value", KEY_TEXT, YES, "what is kept"),
	ROW("label", KEY_TEXT, YES, "what people read"),
	KEYS_END
};
static const struct keys option = {"option", "One to choose", option_rows, NULL, NULL};

static const struct key field_rows[] = {
	ROW("name", KEY_NAME, YES, "decision.form.<name> in the case file"),
	ROW("label", KEY_TEXT, YES, "what people read"),
	WORDS("type", KEY_WORD, YES, field_types, "what can be filled in"),
	ROW("required", KEY_BOOL, NO, "must be filled in to approve"),
	MANY("options", NO, 1, FORM_FIELDS_MAX, option, "of a choice"),
	WITHIN("min", KEY_INT, NO, -MINOR_MOST, MINOR_MOST, "of a number, a sum or a text's length"),
	WITHIN("max", KEY_INT, NO, -MINOR_MOST, MINOR_MOST, "the same"),
	ROW("help", KEY_TEXT, NO, "a line below it"),
	KEYS_END
};
static const struct keys field = {"field", "One field of a form", field_rows, NULL, NULL};

static const struct key code_rows[] = {
	ROW("code", KEY_TEXT, YES, "what is kept"),
	ROW("label", KEY_TEXT, YES, "what people read"),
	KEYS_END
};
static const struct keys code = {"code", "A reason to give", code_rows, NULL, NULL};

static const struct key codes_rows[] = {
	MANY("approve", NO, 1, REASON_CODES_MAX, code, "one of them is needed to approve"),
	MANY("reject", NO, 1, REASON_CODES_MAX, code, "one of them is needed to reject"),
	KEYS_END
};
static const struct keys codes = {"reasonCodes", "Reasons to choose from", codes_rows, NULL, NULL};

static const struct key alternative_rows[] = {
	ROW("name", KEY_NAME, YES, "how a decision calls it"),
	OFFER_KEYS,
	ROW("when", KEY_GUARD, NO, "offered only while this is true"),
	MANY("form", NO, 0, FORM_FIELDS_MAX, field, "asked instead of the task's form"),
	ROW("marks", KEY_TEXT, NO, "an audit entry of this kind when it is done"),
	WORDS("next", KEY_TARGET, NO, hold, "the step after it; absent: onApprove"),
	KEYS_END
};
static const struct keys alternative = {"alternative", "Another way, beside the proposal", alternative_rows, NULL, NULL};

static const struct key escalate_rows[] = {
	ROW("after", KEY_DURATION, YES, "since the task was opened"),
	WORDS("role", KEY_WORD, YES, roles, "who is asked then"),
	KEYS_END
};
static const struct keys escalate = {"escalate", "Raises the role, once", escalate_rows, NULL, NULL};

static const struct key once_rows[] = {
	ROW("key", KEY_TEXT, YES, "of the group; a template"),
	ROW("for", KEY_DURATION, NO, "how long its answer counts for the others; absent: 1h"),
	KEYS_END
};
static const struct keys once = {"once", "Done by one run for a group of them", once_rows, NULL, NULL};

static const struct key call_rows[] = {
	STEP_KEYS, MARKS_KEY, NEXT_KEY, TIMEOUT_KEYS, FAILURE_KEY, UNKNOWN_KEY, REQUIRES_KEYS,
	ROW("operation", KEY_TEXT, YES, "\"adapter.operation\""),
	ROW("with", KEY_TREE, NO, "its parameters; strings are templates"),
	ROW("as", KEY_NAME, NO, "the answer's name in the case file"),
	OF("retry", KEY_OBJECT, NO, keys_retry, "instead of the operation's"),
	OF("compensate", KEY_OBJECT, NO, action, "what undoes it; filled in when it succeeded"),
	OF("once", KEY_OBJECT, NO, once, "one run does it for all that have this key"),
	KEYS_END
};
static const struct keys call = {"call", "One operation", call_rows, NULL, NULL};

static const struct key gather_rows[] = {
	STEP_KEYS, NEXT_KEY, TIMEOUT_KEYS, FAILURE_KEY,
	MANY("reads", YES, 0, READS_MAX, read, "asked at the same time"),
	WITHIN("mustAgree", KEY_PAIRS, NO, 0, READS_MAX, "pairs of paths; where they differ is a contradiction"),
	ROW("budget", KEY_DURATION, NO, "after it an optional read without an answer is missing"),
	KEYS_END
};
static const struct keys gather = {"gather", "Reads in parallel", gather_rows, NULL, NULL};

static const struct key origin_rows[] = {
	ROW("playbook", KEY_NAME, YES, "whose steps follow"),
	WITHIN("version", KEY_INT, NO, 1, INT32_MAX, "of them"),
	KEYS_END
};
static const struct keys origin = {"origin", "In a stored version: the sub-playbook it stands for", origin_rows, NULL, NULL};

static const struct key choose_rows[] = {
	STEP_KEYS, MARKS_KEY, NEXT_KEY,
	OF("origin", KEY_STORED, NO, origin, "in a stored version only: the sub-playbook it stands for"),
	MANY("rules", YES, 0, RULES_MAX, rule, "the first that fits is taken"),
	KEYS_END
};
static const struct keys choose = {"choose", "The way on, by guards", choose_rows, NULL, NULL};

static const struct key task_rows[] = {
	STEP_KEYS, MARKS_KEY, NEXT_KEY, TIMEOUT_KEYS, FAILURE_KEY, UNKNOWN_KEY, REQUIRES_KEYS,
	ROW("title", KEY_TEXT, YES, "the question; a template"),
	ROW("reason", KEY_TEXT, YES, "why a person is asked; a template"),
	WORDS("role", KEY_WORD, NO, roles, "who may decide, at least; absent: agent"),
	ROW("due", KEY_DURATION, NO, "how soon it should be decided"),
	WORDS("onDue", KEY_TARGET, NO, hold, "where it goes when nobody has"),
	OF("proposal", KEY_OBJECT, YES, proposal, "what approving does"),
	WITHIN("evidence", KEY_TEXTS, NO, 0, READS_MAX, "paths; when one has moved, the decision is void"),
	MANY("recheck", NO, 0, READS_MAX, read, "read again before it is carried out"),
	OF("retry", KEY_OBJECT, NO, keys_retry, "of the action"),
	WORDS("onApprove", KEY_TARGET, NO, hold, "where it goes when it is done"),
	WORDS("onReject", KEY_TARGET, NO, hold, "where it goes when it was rejected"),
	WORDS("onVoid", KEY_TARGET, NO, hold, "where it goes when the facts moved; absent: asks again"),
	MANY("form", NO, 0, FORM_FIELDS_MAX, field, "what is asked on approval"),
	OF("reasonCodes", KEY_OBJECT, NO, codes, "one is required where a list is given"),
	MANY("alternatives", NO, 0, ALTERNATIVES_MAX, alternative, "other ways, shown beside the proposal"),
	OF("escalate", KEY_OBJECT, NO, escalate, "a higher role, when nobody decides"),
	KEYS_END
};
static const struct keys task = {"task", "Asks a person", task_rows, NULL, NULL};

static const struct key wait_rows[] = {
	STEP_KEYS, NEXT_KEY,
	WITHIN("signal", KEY_NAMES, NO, 1, SIGNALS_MAX, "what it waits for: a name, or a list of them"),
	ROW("for", KEY_SPAN, NO, "how long, or {\"policy\": path}"),
	ROW("until", KEY_TEXT, NO, "a path to a time"),
	ROW("before", KEY_SPAN, NO, "so long before until, or {\"policy\": path}"),
	ROW("reason", KEY_TEXT, NO, "what it waits for, for people; a template"),
	WORDS("onTimeout", KEY_TARGET, NO, hold, "where it goes when nothing was heard"),
	KEYS_END
};
static const struct keys wait = {"wait", "Waits for a signal or a time", wait_rows, NULL, NULL};

static const struct key repeat_rows[] = {
	STEP_KEYS, MARKS_KEY, NEXT_KEY, TIMEOUT_KEYS,
	ROW("until", KEY_GUARD, YES, "done when this is true"),
	MANY("stop", NO, 0, RULES_MAX, rule, "ends it early, and says why"),
	WITHIN("maximumAttempts", KEY_INT, YES, 1, 1000, "rounds, the first counts; expected 1 to 1000"),
	OF("interval", KEY_OBJECT, NO, keys_retry, "the pause between two rounds"),
	MANY("steps", YES, 1, STEPS_MAX, keys_step, "of a round"),
	WORDS("onExhausted", KEY_TARGET, NO, hold, "where it goes after the last round; absent: hold"),
	KEYS_END
};
static const struct keys repeat = {"repeat", "Rounds of steps, until a guard is true", repeat_rows, NULL, NULL};

static const struct key finish_rows[] = {
	STEP_KEYS, MARKS_KEY,
	ROW("outcome", KEY_TEXT, YES, "how it was resolved"),
	ROW("result", KEY_TEXT, YES, "what became of the buyer"),
	ROW("reason", KEY_TEXT, YES, "why, for people; a template"),
	ROW("followUp", KEY_TEXT, NO, "what somebody should do afterwards; a template"),
	ROW("compensate", KEY_BOOL, NO, "what was done is undone first, backwards"),
	ROW("failed", KEY_BOOL, NO, "the run closes FAILED"),
	KEYS_END
};
static const struct keys finish = {"finish", "Closes the run", finish_rows, NULL, NULL};

static const struct key compensate_rows[] = {
	STEP_KEYS, NEXT_KEY, TIMEOUT_KEYS, FAILURE_KEY,
	KEYS_END
};
static const struct keys compensate = {"compensate", "Undoes what was done, backwards, each once", compensate_rows, NULL, NULL};

static const struct key playbook_rows[] = {
	STEP_KEYS, NEXT_KEY,
	ROW("playbook", KEY_NAME, YES, "whose steps stand here"),
	ROW("set", KEY_TREE, NO, "paths of the case file and their values; strings are templates"),
	ROW("as", KEY_NAME, NO, "where {outcome, result, reason, failed} goes"),
	KEYS_END
};
static const struct keys playbook = {"playbook", "The steps of another playbook", playbook_rows, NULL, NULL};
/* clang-format on */

static const struct keys *const kinds[STEP_KIND_COUNT + 1] = {
	[STEP_CALL] = &call,	     [STEP_GATHER] = &gather,
	[STEP_CHOOSE] = &choose,     [STEP_TASK] = &task,
	[STEP_WAIT] = &wait,	     [STEP_REPEAT] = &repeat,
	[STEP_FINISH] = &finish,     [STEP_COMPENSATE] = &compensate,
	[STEP_PLAYBOOK] = &playbook,
};

const struct keys keys_step = {"step", "A named place in a playbook", NULL,
			       "kind", kinds};

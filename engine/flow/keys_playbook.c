/*
 * What a playbook may say of itself and of its runs, and what the policy may.
 */
#include <stddef.h>

#include "keys_shared.h"
#include "playbook.h"

static const char *const run_words[] = {"hold", "fail", NULL};

/* clang-format off */
static const struct key index_rows[] = {
	{"amountMinor", KEY_TEXT, false, 0, 0, NULL, NULL, "path to the order's amount"},
	{"currency", KEY_TEXT, false, 0, 0, NULL, NULL, "path to its currency"},
	{"eventAt", KEY_TEXT, false, 0, 0, NULL, NULL, "path to the start of the event"},
	{"urgentAt", KEY_PATHS, false, 1, MOMENTS_MAX, NULL, NULL, "path to the last feasible moment, or a list of them: the first that is still ahead"},
	{"eventRef", KEY_TEXT, false, 0, 0, NULL, NULL, "path to what the event is called"},
	{"sellerRef", KEY_TEXT, false, 0, 0, NULL, NULL, "path to what the seller is called"},
	{"venueRef", KEY_TEXT, false, 0, 0, NULL, NULL, "path to what the venue is called"},
	{"platformRef", KEY_TEXT, false, 0, 0, NULL, NULL, "path to what the platform is called"},
	KEYS_END
};
static const struct keys index_keys = {"index", "What lists are sorted and grouped by", index_rows, NULL, NULL};

static const struct key concurrency_rows[] = {
	{"key", KEY_TEXT, true, 0, 0, NULL, NULL, "a template; runs with the same text share the limit"},
	{"limit", KEY_INT, false, 1, 1000, NULL, NULL, "how many at once; absent: 1"},
	KEYS_END
};
static const struct keys concurrency = {"concurrency", "How many runs at once", concurrency_rows, NULL, NULL};

static const struct key playbook_rows[] = {
	{"playbook", KEY_NAME, true, 0, 0, NULL, NULL, "its name"},
	{"title", KEY_TEXT, true, 0, 0, NULL, NULL, "what it is for"},
	{"index", KEY_OBJECT, false, 0, 0, NULL, &index_keys, "what lists are sorted and grouped by"},
	{"timeout", KEY_DURATION, false, 0, 0, NULL, NULL, "of a run, since it was created"},
	{"onTimeout", KEY_TARGET, false, 0, 0, run_words, NULL, "a step, hold, or fail: compensates, then TIMED_OUT"},
	{"priority", KEY_INT, false, 0, 3, NULL, NULL, "of runs that are routed here; 0 is the most urgent"},
	{"concurrency", KEY_OBJECT, false, 0, 0, NULL, &concurrency, "how many runs at once"},
	{"steps", KEY_LIST, true, 1, STEPS_MAX, NULL, &keys_step, "in the order in which they are taken"},
	KEYS_END
};

static const struct key limit_rows[] = {
	{"limitMinor", KEY_INT, true, -1, MINOR_MOST, NULL, NULL, "what this role may approve; -1: any"},
	KEYS_END
};
static const struct keys limit = {"limit", "What a role may approve", limit_rows, NULL, NULL};

static const struct key role_rows[] = {
	{"viewer", KEY_OBJECT, false, 0, 0, NULL, &limit, "who only looks"},
	{"agent", KEY_OBJECT, false, 0, 0, NULL, &limit, "who decides"},
	{"supervisor", KEY_OBJECT, false, 0, 0, NULL, &limit, "who decides more"},
	{"admin", KEY_OBJECT, false, 0, 0, NULL, &limit, "who configures"},
	KEYS_END
};
static const struct keys roles = {"roles", "Limits of the roles", role_rows, NULL, NULL};

static const struct key policy_rows[] = {
	{"policy", KEY_NAME, true, 0, 0, NULL, NULL, "its name"},
	{"title", KEY_TEXT, false, 0, 0, NULL, NULL, "what it is for"},
	{"values", KEY_TREE, false, 0, 0, NULL, NULL, "what guards reach by {\"policy\": \"a.b\"}"},
	{"roles", KEY_OBJECT, true, 0, 0, NULL, &roles, "limits of the roles"},
	{"fourEyesMinor", KEY_INT, true, -1, MINOR_MOST, NULL, NULL, "minor units, or -1 for none: from here on two people sign"},
	{"dailyCapMinor", KEY_INT, true, -1, MINOR_MOST, NULL, NULL, "minor units, or -1 for none: per person, currency and day"},
	KEYS_END
};
/* clang-format on */

const struct keys keys_playbook = {"playbook",
				   "A playbook of Mend: for an issue type, "
				   "ordered steps and guardrails",
				   playbook_rows, NULL, NULL};
const struct keys keys_policy = {"policy",
				 "The policy of Mend: what people may approve, "
				 "and the values that guards compare with",
				 policy_rows, NULL, NULL};

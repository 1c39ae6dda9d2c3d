/*
 * A question to a person, and what the answer sets off: nothing but what was
 * shown, and only while the facts are those that were shown.
 */
#include <stdio.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "stage.h"

#define FINISH(name)                                                           \
	"{'step': '" name "', 'kind': 'finish', 'outcome': 'OUT', 'result': "  \
	"'NONE', 'reason': 'r'}"
#define ENDS                                                                   \
	"," FINISH("yes") "," FINISH("no") "," FINISH("late") "," FINISH(      \
		"failed") "," FINISH("unknown")
#define ASK(more)                                                              \
	"{'step': 'ask', 'kind': 'task', 'title': 'Pay {{n}}?', 'reason': "    \
	"'why', 'role': 'agent', 'due': '1h', 'onDue': 'late', 'proposal': "   \
	"{'text': 'Pay', 'rejectText': 'Not', 'amountMinor': 'n', "            \
	"'currency': 'c', 'action': {'operation': 'peer.keyed', 'with': "      \
	"{'n': '{{n}}'}}}, 'evidence': ['a.v'], 'onApprove': 'yes', "          \
	"'onReject': 'no'" more "}" ENDS
#define RECHECK ", 'recheck': [{'as': 'a', 'operation': 'peer.get'}]"
#define TARGETS ", 'onFailure': 'failed', 'onUnknown': 'unknown'"

static struct stage s;

static int teardown(void **state)
{
	(void)state;
	stage_close(&s);
	return 0;
}

static void open_at(const char *steps)
{
	stage_open(&s, steps);
	stage_set(&s, "n", "100");
	stage_set(&s, "c", "'EUR'");
	stage_set(&s, "a", "{'v': 1}");
	stage_go(&s);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
}

static void asks(void **state)
{
	(void)state;
	open_at(ASK(RECHECK));
	assert_string_equal(s.task.title, "Pay 100?");
	assert_int_equal(s.task.amount_minor, 100);
	assert_string_equal(s.task.currency, "EUR");
	assert_int_equal(s.task.approvals_needed, 1);
	assert_int_equal(s.task.due_ms, s.now_ms + 3600000);
	assert_int_equal(s.run.due_ms, s.task.due_ms);
	assert_int_equal(s.run.wait_task_id, s.task.id);
	assert_non_null(strstr(s.task.proposal, "\"value\":1"));
	assert_int_equal(strlen(s.task.digest), 64);
	stage_go(&s);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_int_equal(s.run.due_ms, s.task.due_ms);
}

static void large_sums_need_two(void **state)
{
	(void)state;
	stage_open(&s, ASK(""));
	stage_set(&s, "n", "100000");
	stage_set(&s, "c", "'EUR'");
	stage_go(&s);
	assert_int_equal(s.task.approvals_needed, 2);
}

/* Nobody is asked for money that no limit can count. */
static void sums_that_are_not_known(void **state)
{
	static const char *const sums[][2] = {
		{"null", "'EUR'"}, {"100", "null"},   {"'100'", "'EUR'"},
		{"1.5", "'EUR'"},  {"-100", "'EUR'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		stage_open(&s, ASK(""));
		stage_set(&s, "n", sums[i][0]);
		stage_set(&s, "c", sums[i][1]);
		stage_go(&s);
		stage_is(&s, RUN_HELD, "ask/", 0);
		assert_int_equal(s.task.id, 0);
		stage_close(&s);
	}
	open_at(ASK(""));
}

static void rejected(void **state)
{
	(void)state;
	open_at(ASK(RECHECK));
	stage_decide(&s, false, 5000);
	stage_go(&s);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_int_equal(s.run.due_ms, s.now_ms + 5000);
	stage_later(&s, 5000);
	stage_is(&s, RUN_COMPLETED, "no/", 0);
	assert_int_equal(s.task.state, TASK_DONE);
}

static void expires(void **state)
{
	(void)state;
	open_at(ASK(""));
	stage_later(&s, 3600000);
	stage_is(&s, RUN_COMPLETED, "late/", 0);
	assert_int_equal(s.task.state, TASK_EXPIRED);
}

static void approve(void)
{
	stage_decide(&s, true, 0);
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "ask/recheck", 1);
}

static void reads_then_acts(void **state)
{
	char name[32];

	(void)state;
	open_at(ASK(RECHECK));
	approve();
	snprintf(name, sizeof(name), "r%lld.0.a", (long long)s.task.version);
	assert_int_equal(s.task.intent_ms, 0);
	stage_ok(&s, name, "{'v': 1}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "ask/call", 1);
	assert_true(s.task.intent_ms > 0);
	assert_string_equal(stage_call(&s, "")->params, "{\"n\":100}");
	assert_true(stage_call(&s, "")->order_scope);
	stage_ok(&s, "", "{'status': 'PAID'}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "yes/", 0);
	assert_int_equal(s.task.state, TASK_DONE);
	assert_string_equal(stage_get(&s, "action.status"), "\"PAID\"");
}

/* The case file has moved on, in what is no evidence: what was shown counts. */
static void does_what_was_shown(void **state)
{
	char name[32];

	(void)state;
	open_at(ASK(RECHECK));
	stage_set(&s, "n", "999");
	approve();
	snprintf(name, sizeof(name), "r%lld.0.a", (long long)s.task.version);
	stage_ok(&s, name, "{'v': 1}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "ask/call", 1);
	assert_string_equal(stage_call(&s, "")->params, "{\"n\":100}");
}

static const char *recheck_name(void)
{
	int i;

	for (i = 0; i < s.call_count; i++) {
		if (s.call[i].in_flight)
			return s.call[i].call.name;
	}
	fail();
	return "";
}

static void facts_moved(void **state)
{
	struct task old;

	(void)state;
	open_at(ASK(RECHECK));
	approve();
	old = s.task;
	stage_ok(&s, recheck_name(), "{'v': 2}");
	stage_go(&s);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_int_equal(s.plan.task_update->state, TASK_VOID);
	assert_non_null(strstr(s.plan.task_update->void_reason, "a.v moved"));
	assert_string_equal(s.task.supersedes, old.public_id);
	assert_non_null(strstr(s.task.proposal,
			       "\"changes\":[{\"field\":\"a.v\",\"before\":1,"
			       "\"after\":2}]"));
	assert_true(strcmp(s.task.digest, old.digest) != 0);
	assert_string_equal(stage_get(&s, "superseded"), "");
	assert_int_equal(s.task.visit, 2);
}

static void no_longer_allowed(void **state)
{
	(void)state;
	open_at(ASK(RECHECK));
	approve();
	stage_policy(&s, "'values': {}, 'roles': {'agent': {'limitMinor': 1}},"
			 "'fourEyesMinor': -1, 'dailyCapMinor': -1");
	stage_ok(&s, recheck_name(), "{'v': 1}");
	stage_go(&s);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_int_equal(s.plan.task_update->state, TASK_VOID);
}

static void undone_in_time(void **state)
{
	(void)state;
	open_at(ASK(RECHECK));
	stage_decide(&s, true, 5000);
	stage_go(&s);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	stage_undo(&s);
	stage_later(&s, 5000);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_int_equal(s.task.state, TASK_OPEN);
}

/* What was read for the decision that was undone does not count for the next.
 */
static void undone_while_reading(void **state)
{
	(void)state;
	open_at(ASK(RECHECK));
	approve();
	stage_undo(&s);
	stage_go(&s);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_false(s.plan.waits);
	s.call[0].in_flight = false; /* dropped */
	approve();
	stage_ok(&s, recheck_name(), "{'v': 1}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "ask/call", 1);
}

static void reads_again_after_a_crash(void **state)
{
	(void)state;
	open_at(ASK(RECHECK));
	approve();
	stage_crash(&s);
	stage_is(&s, RUN_RUNNING, "ask/recheck", 1);
}

/* Read, and then the run was kept from acting for an hour. */
static void stale_facts_are_read_again(void **state)
{
	(void)state;
	open_at(ASK(RECHECK));
	approve();
	stage_ok(&s, recheck_name(), "{'v': 1}");
	stage_later(&s, 3600000);
	stage_is(&s, RUN_RUNNING, "ask/recheck", 1);
	stage_ok(&s, recheck_name(), "{'v': 1}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "ask/call", 1);
}

static void facts_out_of_reach(void **state)
{
	int i;

	(void)state;
	open_at(ASK(RECHECK));
	approve();
	for (i = 0; i < 3; i++) {
		stage_answer(&s, recheck_name(), CLASS_RETRYABLE, 503, NULL);
		stage_go(&s);
		if (i < 2) {
			stage_is(&s, RUN_BACKING_OFF, "ask/recheck_backoff", 0);
			stage_later(&s, 1000);
			stage_is(&s, RUN_RUNNING, "ask/recheck", 1);
		}
	}
	stage_is(&s, RUN_HELD, "ask/recheck", 0);
	assert_int_equal(s.task.intent_ms, 0);
	/* A retry reads once more. */
	stage_say(&s, INBOX_RETRY, "", "{}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "ask/recheck", 1);
	stage_ok(&s, recheck_name(), "{'v': 1}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "ask/call", 1);
}

static void act(const char *more)
{
	char steps[3000];

	snprintf(steps, sizeof(steps), ASK("%s"), more);
	open_at(steps);
	stage_decide(&s, true, 0);
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "ask/call", 1);
}

static void action_fails(void **state)
{
	(void)state;
	act(TARGETS);
	stage_answer(&s, "", CLASS_PERMANENT, 409, NULL);
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "failed/", 0);
	assert_int_equal(s.task.state, TASK_VOID);
	stage_close(&s);

	act("");
	stage_answer(&s, "", CLASS_PERMANENT, 409, NULL);
	stage_go(&s);
	stage_is(&s, RUN_HELD, "ask/call", 0);
	assert_true(s.has_task);
}

static void action_unknown(void **state)
{
	(void)state;
	act(TARGETS);
	s.now_ms += 48 * 3600000; /* its key is forgotten */
	stage_crash(&s);
	stage_is(&s, RUN_COMPLETED, "unknown/", 0);
	stage_close(&s);

	act("");
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "ask/backoff", 0);
	stage_later(&s, 1000);
	stage_is(&s, RUN_RUNNING, "ask/call", 1);
	assert_string_equal(stage_call(&s, "")->key, "run_1/ask/1");
}

/* Held before anything left: the person can still take it back. */
static void action_cannot_be_made(void **state)
{
	(void)state;
	open_at(ASK(""));
	s.task.proposal =
		arena_dup(&s.arena, "{\"action\":{\"operation\":\"peer.gone\","
				    "\"params\":{}},\"evidence\":[]}");
	stage_decide(&s, true, 0);
	stage_go(&s);
	assert_int_equal(s.run.state, RUN_HELD);
	assert_int_equal(s.task.intent_ms, 0);
	assert_int_equal(s.plan.call_count, 0);
}

static void nothing_to_do(void **state)
{
	(void)state;
	open_at("{'step': 'ask', 'kind': 'task', 'title': 't', 'reason': 'r', "
		"'role': 'agent', 'proposal': {'text': 'x', 'rejectText': "
		"'y'}, 'evidence': [], 'onApprove': 'yes', 'onReject': "
		"'no'}" ENDS);
	assert_int_equal(s.run.due_ms, 0);
	assert_int_equal(s.task.amount_minor, -1);
	stage_decide(&s, true, 0);
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "yes/", 0);
}

#define CHOICES                                                                \
	"{'step': 'ask', 'kind': 'task', 'title': 't', 'reason': 'r', "        \
	"'role': 'agent', 'marks': 'REFUND_EXECUTED', 'proposal': {'text': "   \
	"'Pay {{n}}', 'rejectText': 'Not', 'amountMinor': 'n', 'currency': "   \
	"'c', 'action': {'operation': 'peer.keyed', 'with': {'n': "            \
	"'{{n}}'}}}, 'evidence': ['a.v'], 'form': [{'name': 'why', 'label': "  \
	"'Why', 'type': 'text'}], 'reasonCodes': {'reject': [{'code': 'x', "   \
	"'label': 'X'}]}, 'alternatives': ["                                   \
	"{'name': 'buy', 'text': 'Buy for {{n}}', 'when': {'offer.n': "        \
	"{'gt': 0}}, 'recommended': true, 'amountMinor': 100000, 'currency': " \
	"'EUR', 'cost': {'amountMinor': 'n', 'currency': 'c', 'bearer': "      \
	"'seller'}, 'action': {'operation': 'peer.shout', 'with': {'x': "      \
	"1}}, 'next': 'late'},"                                                \
	"{'name': 'never', 'text': 'No', 'when': {'a.v': 7}},"                 \
	"{'name': 'dear', 'text': 'D', 'amountMinor': 'no.sum', 'currency': "  \
	"'c'},"                                                                \
	"{'name': 'leave', 'text': 'Do nothing', 'form': [{'name': 'row', "    \
	"'label': 'R', 'type': 'number'}], 'next': 'failed'}],"                \
	"'onApprove': 'yes', 'onReject': 'no'" RECHECK "}" ENDS

static void open_choices(void)
{
	stage_open(&s, CHOICES);
	stage_set(&s, "n", "100");
	stage_set(&s, "c", "'EUR'");
	stage_set(&s, "a", "{'v': 1}");
	stage_set(&s, "offer", "{'n': 2}");
	stage_go(&s);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
}

static void choose(const char *alternative, const char *form)
{
	stage_decide(&s, true, 0);
	STR_COPY(s.task.alternative, alternative);
	s.task.form = arena_dup(&s.arena, form);
	STR_COPY(s.task.reason_code, "fits");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "ask/recheck", 1);
}

/* What is shown, and what is not and why; all of it under the digest. */
static void offers_what_fits(void **state)
{
	char digest[DIGEST_HEX_SIZE];
	cJSON *p = NULL;
	const cJSON *offer;

	(void)state;
	open_choices();
	assert_int_equal(
		json_parse(s.task.proposal, strlen(s.task.proposal), NULL, &p),
		OK);
	assert_int_equal(cJSON_GetArraySize(json_get(p, "alternatives")), 3);
	offer = json_path(p, "alternatives.0");
	assert_string_equal(json_string(offer, "name", ""), "proposal");
	assert_string_equal(json_string(offer, "text", ""), "Pay 100");
	assert_int_equal(json_int(offer, "approvalsNeeded", 0), 1);
	assert_false(json_bool(offer, "recommended", true));
	offer = json_path(p, "alternatives.1");
	assert_string_equal(json_string(offer, "name", ""), "buy");
	assert_true(json_bool(offer, "recommended", false));
	assert_int_equal(json_int(offer, "amountMinor", 0), 100000);
	assert_int_equal(json_int(offer, "approvalsNeeded", 0), 2);
	assert_int_equal(json_int(json_get(offer, "cost"), "amountMinor", 0),
			 100);
	assert_string_equal(json_string(json_path(offer, "why.0"), "field", ""),
			    "offer.n");
	assert_null(json_get(offer, "form"));
	assert_non_null(json_get(json_path(p, "alternatives.2"), "form"));
	offer = json_path(p, "notOffered.0");
	assert_string_equal(json_string(offer, "name", ""), "never");
	assert_false(json_bool(offer, "result", true));
	assert_int_equal(json_int(json_path(offer, "why.0"), "seen", 0), 1);
	offer = json_path(p, "notOffered.1");
	assert_string_equal(json_string(offer, "name", ""), "dear");
	assert_string_equal(json_string(json_path(offer, "why.0"), "field", ""),
			    "no.sum");
	assert_non_null(json_path(p, "reasonCodes.reject"));
	cJSON_Delete(p);
	STR_COPY(digest, s.task.digest);
	stage_close(&s);
	stage_open(&s, CHOICES);
	stage_set(&s, "n", "100");
	stage_set(&s, "c", "'EUR'");
	stage_set(&s, "a", "{'v': 1}");
	stage_go(&s);
	assert_string_not_equal(digest, s.task.digest);
}

static void does_what_was_chosen(void **state)
{
	(void)state;
	open_choices();
	choose("buy", "{\"why\":\"so\"}");
	stage_ok(&s, recheck_name(), "{'v': 1}");
	stage_policy(&s, "'values': {}, 'roles': {'agent': {'limitMinor': "
			 "100000}}, 'fourEyesMinor': -1, 'dailyCapMinor': -1");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "ask/call", 1);
	assert_string_equal(stage_call(&s, "")->operation, "shout");
	assert_string_equal(stage_call(&s, "")->params, "{\"x\":1}");
	stage_ok(&s, "", "{'status': 'DONE'}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "late/", 0);
	assert_int_equal(s.task.state, TASK_DONE);
	assert_int_equal(stage_noted(&s, AUDIT_REFUND_EXECUTED), 0);
	assert_string_equal(stage_get(&s, "decision.alternative"), "\"buy\"");
	assert_string_equal(stage_get(&s, "decision.form.why"), "\"so\"");
	assert_string_equal(stage_get(&s, "decision.reasonCode"), "\"fits\"");
	assert_string_equal(stage_get(&s, "decision.by"), "\"Ana\"");
}

static void a_way_without_an_action(void **state)
{
	(void)state;
	open_choices();
	choose("leave", "{\"row\":3}");
	stage_ok(&s, recheck_name(), "{'v': 1}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "failed/", 0);
	assert_string_equal(stage_get(&s, "decision.form.row"), "3");
}

static void the_proposal_beside_others(void **state)
{
	(void)state;
	open_choices();
	choose("", "{}");
	stage_ok(&s, recheck_name(), "{'v': 1}");
	stage_go(&s);
	assert_string_equal(stage_call(&s, "")->operation, "keyed");
	stage_ok(&s, "", "{'status': 'PAID'}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "yes/", 0);
	assert_int_equal(stage_noted(&s, AUDIT_REFUND_EXECUTED), 1);
	assert_string_equal(stage_get(&s, "decision.alternative"),
			    "\"proposal\"");
}

/* One signature was enough when it was given. */
static void the_policy_asks_for_two_by_now(void **state)
{
	(void)state;
	open_choices();
	stage_policy(&s, "'values': {}, 'roles': {'agent': {'limitMinor': "
			 "-1}}, 'fourEyesMinor': 1, 'dailyCapMinor': -1");
	choose("buy", "{}");
	stage_ok(&s, recheck_name(), "{'v': 1}");
	stage_go(&s);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_int_equal(s.plan.task_update->state, TASK_VOID);
	assert_non_null(
		strstr(s.plan.task_update->void_reason, "more signatures"));
}

/* Its limit is that of its own amount; its guard is judged once more. */
static void what_was_chosen_does_not_hold_any_more(void **state)
{
	(void)state;
	open_choices();
	choose("buy", "{}");
	stage_ok(&s, recheck_name(), "{'v': 1}");
	stage_go(&s); /* an agent's limit is below 1,000.00 */
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_int_equal(s.plan.task_update->state, TASK_VOID);
	assert_non_null(strstr(s.plan.task_update->void_reason, "limit"));
	stage_policy(&s, "'values': {}, 'roles': {'agent': {'limitMinor': "
			 "-1}}, 'fourEyesMinor': -1, 'dailyCapMinor': -1");
	choose("buy", "{}");
	stage_set(&s, "offer", "{'n': 0}");
	stage_ok(&s, recheck_name(), "{'v': 1}");
	stage_go(&s);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_int_equal(s.plan.task_update->state, TASK_VOID);
	assert_non_null(strstr(s.plan.task_update->void_reason,
			       "not offered any more"));
	assert_string_equal(stage_get(&s, "decision"), "");
	/* And it is not offered in the new one. */
	assert_null(strstr(s.task.proposal, "Buy for 100\",\"action\""));
	assert_non_null(strstr(s.task.proposal, "\"name\":\"buy\",\"text\":"
						"\"Buy for 100\"}"));
}

static void rejects_with_a_reason(void **state)
{
	(void)state;
	open_choices();
	stage_decide(&s, false, 0);
	STR_COPY(s.task.reason_code, "x");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "no/", 0);
	assert_string_equal(stage_get(&s, "decision.approved"), "false");
	assert_string_equal(stage_get(&s, "decision.alternative"), "null");
	assert_string_equal(stage_get(&s, "decision.reasonCode"), "\"x\"");
}

#define ESCALATE ", 'escalate': {'after': '15m', 'role': 'supervisor'}"

static void escalates_once(void **state)
{
	(void)state;
	open_at(ASK(ESCALATE));
	assert_int_equal(s.task.escalate_ms, s.now_ms + 15 * 60000);
	assert_int_equal(s.run.due_ms, s.task.escalate_ms);
	s.task.state = TASK_CLAIMED;
	STR_COPY(s.task.claimed_by, "Ana");
	s.task.claim_until_ms = s.now_ms + 3600000;
	stage_later(&s, 15 * 60000 - 1);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_int_equal(s.task.role, ROLE_AGENT);
	assert_null(s.plan.task_update);
	stage_later(&s, 1);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_int_equal(s.task.role, ROLE_SUPERVISOR);
	assert_int_equal(s.task.escalated_ms, s.now_ms);
	assert_int_equal(s.task.state, TASK_OPEN);
	assert_string_equal(s.task.claimed_by, "");
	assert_int_equal(stage_noted(&s, AUDIT_TASK_ESCALATED), 1);
	assert_int_equal(s.run.due_ms, s.task.due_ms);
	stage_later(&s, 60000);
	assert_int_equal(stage_noted(&s, AUDIT_TASK_ESCALATED), 0);
	assert_null(s.plan.task_update);
	stage_later(&s, 3600000);
	stage_is(&s, RUN_COMPLETED, "late/", 0);
}

/* A decision that can still be undone is one. */
static void decided_in_time_is_not_escalated(void **state)
{
	(void)state;
	open_at(ASK(ESCALATE));
	stage_decide(&s, true, 20 * 60000);
	stage_later(&s, 16 * 60000);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_int_equal(s.task.role, ROLE_AGENT);
	assert_int_equal(stage_noted(&s, AUDIT_TASK_ESCALATED), 0);
	stage_undo(&s);
	stage_go(&s);
	assert_int_equal(s.task.role, ROLE_SUPERVISOR);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(asks),
		TEST(large_sums_need_two),
		TEST(sums_that_are_not_known),
		TEST(rejected),
		TEST(expires),
		TEST(reads_then_acts),
		TEST(does_what_was_shown),
		TEST(facts_moved),
		TEST(no_longer_allowed),
		TEST(undone_in_time),
		TEST(undone_while_reading),
		TEST(reads_again_after_a_crash),
		TEST(stale_facts_are_read_again),
		TEST(facts_out_of_reach),
		TEST(action_fails),
		TEST(action_unknown),
		TEST(action_cannot_be_made),
		TEST(nothing_to_do),
		TEST(offers_what_fits),
		TEST(does_what_was_chosen),
		TEST(a_way_without_an_action),
		TEST(the_proposal_beside_others),
		TEST(the_policy_asks_for_two_by_now),
		TEST(what_was_chosen_does_not_hold_any_more),
		TEST(rejects_with_a_reason),
		TEST(escalates_once),
		TEST(decided_in_time_is_not_escalated),
	};

	json_init();
	return RUN(tests);
}

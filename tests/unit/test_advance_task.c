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

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(asks),
		TEST(large_sums_need_two),
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
	};

	json_init();
	return RUN(tests);
}

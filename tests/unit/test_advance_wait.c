/*
 * Waiting: for several signals, as long as the policy says, for one's turn; the
 * facts that an effect rests on, and who comes first.
 */
#include <stdio.h>
#include <string.h>

#include "../test.h"
#include "engine/base/clock.h"
#include "engine/base/json.h"
#include "engine/flow/life.h"
#include "stage.h"

#define FINISH(name)                                                           \
	"{'step': '" name "', 'kind': 'finish', 'outcome': '" name             \
	"', 'result': 'NONE', 'reason': 'r'}"
#define ENDS FINISH("end") "," FINISH("late") "," FINISH("old")
#define HEAR(more)                                                             \
	"{'step': 'hear', 'kind': 'wait', 'signal': ['x', 'y'], 'next': "      \
	"'end', 'onTimeout': 'late'" more "}," ENDS

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
	stage_go(&s);
}

static void ended(const char *outcome)
{
	assert_int_equal(s.run.state, RUN_COMPLETED);
	assert_string_equal(s.run.outcome, outcome);
}

/* ---- signals ---- */

static void hears_whichever_comes(void **state)
{
	static const char *const name[] = {"x", "y"};
	char heard[8];
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		open_at(HEAR(", 'for': '9s'"));
		stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
		assert_string_equal(s.run.wait_signal, "x or y");
		stage_say(&s, INBOX_SIGNAL, "z", "{}");
		stage_go(&s);
		stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
		stage_say(&s, INBOX_SIGNAL, name[i], "{'a': 1}");
		stage_go(&s);
		ended("end");
		snprintf(heard, sizeof(heard), "\"%s\"", name[i]);
		assert_string_equal(stage_get(&s, "heard.signal"), heard);
		if (i == 0)
			stage_close(&s);
	}
}

static void hears_the_oldest_first(void **state)
{
	(void)state;
	stage_open(&s, HEAR(", 'for': '9s'"));
	stage_say(&s, INBOX_SIGNAL, "y", "{}");
	stage_say(&s, INBOX_SIGNAL, "x", "{}");
	stage_go(&s);
	assert_string_equal(stage_get(&s, "heard.signal"), "\"y\"");
}

static void waits_as_long_as_the_policy_says(void **state)
{
	(void)state;
	stage_open(&s, HEAR(", 'for': {'policy': 'wait.long'}"));
	stage_set(&s, "heard", "{'signal': 'before'}");
	stage_go(&s);
	assert_int_equal(s.run.due_ms, s.now_ms + 120000);
	stage_later(&s, 120000);
	ended("late");
	assert_string_equal(stage_get(&s, "heard"), "");
}

/* What a person must do before that time is not slept over. */
static void ends_so_long_before_a_time(void **state)
{
	static const struct {
		const char *before;
		int64_t left_ms;
	} row[] = {{"'20s'", 130000}, {"{'policy': 'wait.long'}", 30000}};
	char steps[1200], at[TIME_TEXT_SIZE], json[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		snprintf(steps, sizeof(steps),
			 HEAR(", 'for': '200s', 'until': 'a.at', 'before': %s"),
			 row[i].before);
		stage_open(&s, steps);
		time_format(s.now_ms + 150000, at);
		snprintf(json, sizeof(json), "{'at': '%s'}", at);
		stage_set(&s, "a", json);
		stage_go(&s);
		assert_int_equal(s.run.due_ms, s.now_ms + row[i].left_ms);
		stage_later(&s, row[i].left_ms);
		ended("late");
		stage_close(&s);
		stage_open(&s, steps);
		stage_set(&s, "a", "{'at': '1970-01-02T00:00:00Z'}");
		stage_go(&s);
		ended("late"); /* it is past: there is nothing to wait for */
		if (i == 0)
			stage_close(&s);
	}
}

/* ---- facts ---- */

#define SHOUT(more)                                                            \
	"{'step': 'read', 'kind': 'gather', 'reads': [{'as': 'a', "            \
	"'operation': 'peer.get', 'optional': true}]},{'step': 'sit', "        \
	"'kind': 'wait', 'for': '10s', 'next': 'do'},"                         \
	"{'step': 'do', 'kind': 'call', 'operation': 'peer.keyed', 'next': "   \
	"'end', 'onFailure': 'late', 'requires': [{'fact': 'a'" more           \
	"}], 'onStale': 'old'}," ENDS

static void read_and_sat(const char *steps, bool known)
{
	open_at(steps);
	if (known)
		stage_ok(&s, "a", "{}");
	else
		stage_answer(&s, "a", CLASS_PERMANENT, 404, NULL);
	stage_go(&s);
	stage_later(&s, 10000);
}

static void leaves_while_it_is_fresh(void **state)
{
	(void)state;
	read_and_sat(SHOUT(", 'within': '10s'"), true);
	stage_is(&s, RUN_RUNNING, "do/call", 1);
}

static void does_not_leave_when_it_is_old(void **state)
{
	(void)state;
	read_and_sat(SHOUT(", 'within': '9s'"), true);
	ended("old");
	assert_int_equal(s.plan.call_count, 0);
	assert_int_equal(stage_noted(&s, AUDIT_STALE), 1);
	assert_string_equal(
		stage_note(&s, AUDIT_STALE),
		"{\"step\":\"do\",\"result\":false,\"why\":[{\"field\":"
		"\"sources.a.fetchedAt\",\"operator\":\"olderThan\","
		"\"expected\":\"9s\",\"seen\":"
		"\"2027-01-15T08:00:00.000Z\",\"not\":true}]}");
}

static void does_not_leave_when_it_is_not_known(void **state)
{
	(void)state;
	read_and_sat(SHOUT(""), false);
	ended("old");
	stage_close(&s);
	read_and_sat(SHOUT(""), true); /* of any age */
	stage_is(&s, RUN_RUNNING, "do/call", 1);
}

/* Nor a second time, as long as it is certain that it was not done. */
static void does_not_leave_again(void **state)
{
	(void)state;
	read_and_sat(SHOUT(", 'within': '10500ms'"), true);
	stage_answer(&s, "", CLASS_RETRYABLE, 503, NULL);
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0);
	stage_later(&s, 1000);
	ended("old");
	stage_close(&s);
	read_and_sat(SHOUT(", 'within': '10500ms'"), true);
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	stage_later(&s, 1000); /* to learn what became of it */
	stage_is(&s, RUN_RUNNING, "do/call", 1);
}

static void is_not_repeated_after_a_lookup(void **state)
{
	(void)state;
	open_at("{'step': 'do', 'kind': 'call', 'operation': 'peer.looked', "
		"'next': 'end', 'onFailure': 'late', 'requires': [{'fact': "
		"'a', 'within': '1s'}], 'onStale': 'old'}," ENDS);
	ended("old");
	stage_close(&s);
	stage_open(&s,
		   "{'step': 'do', 'kind': 'call', 'operation': 'peer.looked', "
		   "'next': 'end', 'onFailure': 'late', 'requires': [{'fact': "
		   "'a', 'within': '1s'}], 'onStale': 'old'}," ENDS);
	stage_set(&s, "sources.a",
		  "{'status': 'ok', 'fetchedAt': '2027-01-15T08:00:00Z'}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "do/call", 1);
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	stage_later(&s, 7000);
	stage_answer(&s, "lookup.1", CLASS_PERMANENT, 404, NULL);
	stage_go(&s);
	ended("old");
	assert_int_equal(s.plan.settled[0].state, CALL_FAILED);
}

#define ASK(more)                                                              \
	"{'step': 'ask', 'kind': 'task', 'title': 't', 'reason': 'r', "        \
	"'role': 'agent', 'proposal': {'text': 'x', 'rejectText': 'y', "       \
	"'action': {'operation': 'peer.shout'}}, 'evidence': [], 'recheck': "  \
	"[{'as': 'a', 'operation': 'peer.get', 'optional': true}], "           \
	"'requires': [{'fact': 'a', 'within': '5s'}], 'onApprove': 'end', "    \
	"'onReject': 'late'" more "}," ENDS

static void a_task_is_judged_after_its_recheck(void **state)
{
	static const char *const steps[] = {ASK(", 'onStale': 'old'"), ASK(""),
					    ASK("")};
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		open_at(steps[i]);
		stage_decide(&s, true, 0);
		stage_go(&s);
		stage_is(&s, RUN_RUNNING, "ask/recheck", 1);
		if (i < 2)
			stage_answer(&s, "r2.0.a", CLASS_PERMANENT, 404, NULL);
		else
			stage_ok(&s, "r2.0.a", "{}");
		stage_go(&s);
		if (i == 0) {
			ended("old");
			assert_int_equal(s.plan.task_update->state, TASK_VOID);
		} else if (i == 1) {
			assert_int_equal(s.run.state, RUN_HELD);
		} else {
			stage_is(&s, RUN_RUNNING, "ask/call", 1);
		}
		if (i < 2)
			stage_close(&s);
	}
}

/* ---- priority ---- */

static void a_rule_and_a_playbook_set_it(void **state)
{
	(void)state;
	stage_open_with(&s, "'title': 'T', 'priority': 1",
			"{'step': 'pick', 'kind': 'choose', 'rules': [{'when': "
			"{'x': 2}, 'priority': 0, 'next': 'hear'}, {'next': "
			"'hear'}]}," HEAR(", 'for': '9s'"));
	s.run.priority = 2;
	stage_go(&s);
	assert_int_equal(s.run.priority, 1);
	assert_int_equal(stage_noted(&s, AUDIT_PRIORITY), 1);
	stage_set(&s, "x", "2");
	stage_say(&s, INBOX_EVENT, "", "{}");
	stage_go(&s);
	assert_int_equal(s.run.priority, 0);
}

/* ---- its turn ---- */

#define ONE "'title': 'T', 'concurrency': {'key': 'k:{{orderId}}', 'limit': 1}"

static void waits_for_its_turn(void **state)
{
	(void)state;
	stage_open_with(&s, ONE, HEAR(", 'for': '9s', 'reason': 'r'"));
	stage_go(&s);
	stage_is(&s, RUN_BLOCKED, "hear/slot", 0);
	assert_string_equal(s.plan.slot_key, "k:O1");
	assert_int_equal(s.plan.slot_limit, 1);
	assert_non_null(strstr(s.run.reason, "k:O1"));
	assert_true(s.run.due_ms > s.now_ms);
	assert_int_equal(stage_noted(&s, AUDIT_SLOT), 1);
	stage_later(&s, 60000);
	stage_is(&s, RUN_BLOCKED, "hear/slot", 0);
	assert_non_null(s.plan.slot_key);
	assert_int_equal(stage_noted(&s, AUDIT_SLOT), 0);
	s.slot_held = true;
	stage_go(&s);
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
	assert_null(s.plan.slot_key);
	assert_int_equal(s.run.due_ms, s.now_ms + 9000);
}

static void gives_it_back_on_the_way_out(void **state)
{
	(void)state;
	stage_open_with(&s, ONE,
			"{'step': 'pick', 'kind': 'choose', 'rules': "
			"[{'route': 'other'}]}");
	stage_version(&s, "other", HEAR(", 'for': '9s'"), 6);
	s.catalog->active_count = s.catalog->playbook_count;
	stage_go(&s);
	stage_is(&s, RUN_BLOCKED, "pick/slot", 0);
	s.slot_held = true;
	stage_go(&s);
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
	assert_true(s.plan.slot_free);
	assert_null(s.plan.slot_key);
}

static void words_over_who_waits_for_his_turn(void **state)
{
	(void)state;
	stage_open_with(&s, ONE, HEAR(", 'for': '9s'"));
	stage_go(&s);
	stage_say(&s, INBOX_PAUSE, "", "{'reason': 'r'}");
	stage_go(&s);
	stage_is(&s, RUN_PAUSED, "hear/slot", 0);
	assert_null(s.plan.slot_key);
	stage_say(&s, INBOX_RESUME, "", "{'reason': 'r'}");
	stage_go(&s);
	stage_is(&s, RUN_BLOCKED, "hear/slot", 0);
	stage_say(&s, INBOX_RETRY, "", "{'reason': 'r'}");
	stage_go(&s);
	stage_is(&s, RUN_BLOCKED, "hear/slot", 0);
	assert_non_null(s.plan.slot_key);
	stage_say(&s, INBOX_CANCEL, "", "{'reason': 'r'}");
	stage_go(&s);
	assert_int_equal(s.run.state, RUN_CANCELED);
}

/* The time of the run goes on, that of the step begins with the place. */
static void times_out_while_it_waits(void **state)
{
	(void)state;
	stage_open_with(&s, ONE ", 'timeout': '1m', 'onTimeout': 'do'",
			"{'step': 'sit', 'kind': 'call', 'operation': "
			"'peer.get', 'timeout': '5s', 'onTimeout': 'late'},"
			"{'step': 'do', 'kind': 'call', 'operation': "
			"'peer.keyed', 'next': 'end'}," ENDS);
	stage_go(&s);
	stage_later(&s, 6000);
	stage_is(&s, RUN_BLOCKED, "sit/slot", 0);
	assert_int_equal(s.run.due_ms, s.run.created_ms + 60000);
	stage_later(&s, 54000);
	stage_is(&s, RUN_BLOCKED, "do/slot", 0); /* and has no place there */
	s.slot_held = true;
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "do/call", 1);
	stage_close(&s);
	stage_open_with(&s, ONE ", 'timeout': '1m', 'onTimeout': 'hold'",
			HEAR(", 'for': '9s'"));
	stage_go(&s);
	stage_later(&s, 60000);
	assert_int_equal(s.run.state, RUN_HELD);
	stage_say(&s, INBOX_RETRY, "", "{'reason': 'r'}");
	stage_go(&s);
	stage_is(&s, RUN_BLOCKED, "hear/slot", 0);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hears_whichever_comes),
		TEST(hears_the_oldest_first),
		TEST(waits_as_long_as_the_policy_says),
		TEST(ends_so_long_before_a_time),
		TEST(leaves_while_it_is_fresh),
		TEST(does_not_leave_when_it_is_old),
		TEST(does_not_leave_when_it_is_not_known),
		TEST(does_not_leave_again),
		TEST(is_not_repeated_after_a_lookup),
		TEST(a_task_is_judged_after_its_recheck),
		TEST(a_rule_and_a_playbook_set_it),
		TEST(waits_for_its_turn),
		TEST(gives_it_back_on_the_way_out),
		TEST(words_over_who_waits_for_his_turn),
		TEST(times_out_while_it_waits),
	};

	json_init();
	return RUN(tests);
}

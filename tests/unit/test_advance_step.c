/*
 * The steps that read, choose, repeat, wait and end.
 */
#include <stdio.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "stage.h"

#define FINISH(name)                                                           \
	"{'step': '" name "', 'kind': 'finish', 'outcome': 'OUT', 'result': "  \
	"'NONE', 'reason': 'because of {{x}}', 'followUp': 'look'}"
#define END "," FINISH("end")

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

/* ---- gather ---- */

#define READS                                                                  \
	"{'step': 'read', 'kind': 'gather', 'reads': ["                        \
	"{'as': 'a', 'operation': 'peer.get'},"                                \
	"{'as': 'b', 'operation': 'peer.other', 'optional': true}],"           \
	"'mustAgree': [['a.v', 'b.v']], 'onFailure': 'failed'}" END            \
	"," FINISH("failed")

static void gathers(void **state)
{
	(void)state;
	open_at(READS);
	stage_is(&s, RUN_RUNNING, "read/gather", 2);
	assert_string_equal(stage_call(&s, "a")->key, "run_1/read/1/a");
	stage_ok(&s, "a", "{'v': 1}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "read/gather", 0);
	assert_string_equal(stage_get(&s, "a"), "");
	stage_ok(&s, "b", "{'v': 1}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
	assert_string_equal(stage_get(&s, "a.v"), "1");
	assert_string_equal(stage_get(&s, "sources.b.status"), "\"ok\"");
	assert_string_equal(stage_get(&s, "contradictions"), "");
	assert_int_equal(stage_noted(&s, AUDIT_GATHERED), 1);
}

static void sees_contradictions(void **state)
{
	(void)state;
	open_at(READS);
	stage_ok(&s, "a", "{'v': 1}");
	stage_ok(&s, "b", "{'v': 2}");
	stage_go(&s);
	assert_string_equal(stage_get(&s, "contradictions.0.field"), "\"a.v\"");
	assert_string_equal(stage_get(&s, "contradictions.0.otherValue"), "2");
}

static void fails_for_good(const char *name, const char *other)
{
	int i;

	stage_ok(&s, other, "{'v': 1}");
	for (i = 0; i < 3; i++) {
		stage_answer(&s, name, CLASS_RETRYABLE, 503, NULL);
		stage_go(&s);
		if (i == 2)
			break;
		stage_is(&s, RUN_BACKING_OFF, "read/gather_backoff", 0);
		stage_later(&s, 999);
		stage_is(&s, RUN_BACKING_OFF, "read/gather_backoff", 0);
		stage_later(&s, 1);
		stage_is(&s, RUN_RUNNING, "read/gather", 1);
		assert_true(stage_flies(&s, name));
	}
}

static void misses_what_is_optional(void **state)
{
	(void)state;
	open_at(READS);
	fails_for_good("b", "a");
	stage_is(&s, RUN_COMPLETED, "end/", 0);
	assert_string_equal(stage_get(&s, "sources.b.status"), "\"missing\"");
	assert_string_equal(stage_get(&s, "sources.b.error"), "\"HTTP 503\"");
}

static void needs_what_is_required(void **state)
{
	(void)state;
	open_at(READS);
	fails_for_good("a", "b");
	stage_is(&s, RUN_COMPLETED, "failed/", 0);
	assert_string_equal(stage_get(&s, "b.v"), "1");
}

static void asks_only_what_is_missing_after_a_crash(void **state)
{
	(void)state;
	open_at(READS);
	stage_ok(&s, "a", "{'v': 1}");
	stage_crash(&s);
	stage_is(&s, RUN_RUNNING, "read/gather", 1);
	assert_true(stage_flies(&s, "b"));
	assert_false(s.plan.call[0].insert);
	stage_close(&s);

	/* One that never got a row at all. */
	open_at(READS);
	s.call_count = 1;
	stage_crash(&s);
	stage_is(&s, RUN_RUNNING, "read/gather", 2);
}

static void permanent_is_not_asked_again(void **state)
{
	(void)state;
	open_at(READS);
	stage_answer(&s, "b", CLASS_PERMANENT, 404, NULL);
	stage_ok(&s, "a", "{'v': 1}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
}

/* ---- choose ---- */

static void classifies(void **state)
{
	static const struct {
		const char *confidence;
		bool contradicted;
		int tier;
	} rows[] = {{"0.9", false, 1},
		    {"0.8", false, 1},
		    {"0.79", false, 3},
		    {"1", true, 3},
		    {"0", false, 3}};
	char steps[600];
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		snprintf(steps, sizeof(steps),
			 "{'step': 'pick', 'kind': 'choose', 'rules': ["
			 "{'name': 'no', 'when': {'x': 2}, 'next': 'end'},"
			 "{'name': 'yes', 'classify': {'issueType': 'odd', "
			 "'tier': 1, 'confidence': %s}, 'set': {'y.z': "
			 "'{{orderId}}'}, 'reason': 'it is {{orderId}}', "
			 "'next': 'end'}]}" END,
			 rows[i].confidence);
		stage_open(&s, steps);
		if (rows[i].contradicted)
			stage_set(&s, "contradictions", "[{}]");
		stage_go(&s);
		stage_is(&s, RUN_COMPLETED, "end/", 0);
		assert_int_equal(s.run.tier, rows[i].tier);
		assert_string_equal(s.run.issue_type, "odd");
		assert_string_equal(stage_get(&s, "classification.rule"),
				    "\"yes\"");
		assert_string_equal(stage_get(&s, "y.z"), "\"O1\"");
		assert_string_equal(stage_get(&s, "stopped.reason"),
				    "\"it is O1\"");
		assert_string_equal(s.run.reason, "because of unknown");
		if (i < 4)
			stage_close(&s);
	}
}

static void no_rule_fits(void **state)
{
	(void)state;
	open_at("{'step': 'pick', 'kind': 'choose', 'rules': [{'when': "
		"{'x': 2}, 'next': 'end'}]}" END);
	stage_is(&s, RUN_HELD, "pick/", 0);
	/* It still fits none. */
	stage_say(&s, INBOX_RETRY, "", "{}");
	stage_go(&s);
	stage_is(&s, RUN_HELD, "pick/", 0);
	stage_set(&s, "x", "2");
	stage_say(&s, INBOX_RETRY, "", "{}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
}

static void goes_round_in_circles(void **state)
{
	(void)state;
	open_at("{'step': 'one', 'kind': 'choose', 'rules': [{'next': 'two'}]},"
		"{'step': 'two', 'kind': 'choose', 'rules': [{'when': {'x': "
		"1}, 'next': 'end'}, {'next': 'one'}]}" END);
	assert_int_equal(s.run.state, RUN_HELD);
	assert_non_null(strstr(s.run.reason, "circles"));
}

/* ---- repeat ---- */

#define ROUNDS                                                                 \
	"{'step': 'try', 'kind': 'repeat', 'until': {'b.ok': true}, 'stop': "  \
	"[{'name': 'bad', 'when': {'b.bad': true}, 'next': 'stopped'}], "      \
	"'maximumAttempts': 3, 'interval': {'initialInterval': '1s', "         \
	"'jitter': 'none'}, 'steps': [{'step': 'ask', 'kind': 'call', "        \
	"'operation': 'peer.keyed', 'as': 'b'}], 'onExhausted': 'spent'}" END  \
	"," FINISH("stopped") "," FINISH("spent")

static void repeats(void **state)
{
	int i;

	(void)state;
	open_at(ROUNDS);
	for (i = 1; i <= 3; i++) {
		char key[32];

		stage_is(&s, RUN_RUNNING, "ask/call", 1);
		assert_int_equal(s.run.attempt, i);
		assert_int_equal(s.run.attempts_max, 3);
		snprintf(key, sizeof(key), "run_1/ask/%d", i);
		assert_string_equal(stage_call(&s, "")->key, key);
		stage_ok(&s, "", "{'ok': false}");
		stage_go(&s);
		if (i == 3)
			break;
		stage_is(&s, RUN_BACKING_OFF, "try/pause", 0);
		stage_go(&s);
		stage_is(&s, RUN_BACKING_OFF, "try/pause", 0);
		stage_later(&s, i * 1000);
	}
	stage_is(&s, RUN_COMPLETED, "spent/", 0);
}

static void repeats_until(void **state)
{
	static const struct {
		const char *answer, *place;
	} rows[] = {{"{'ok': true}", "end/"}, {"{'bad': true}", "stopped/"}};
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		open_at(ROUNDS);
		stage_ok(&s, "", rows[i].answer);
		stage_go(&s);
		stage_is(&s, RUN_COMPLETED, rows[i].place, 0);
		stage_close(&s);
	}
	stage_open(&s, ROUNDS);
	stage_set(&s, "b", "{'ok': true}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
}

/* ---- wait ---- */

#define WAIT(end)                                                              \
	"{'step': 'hear', 'kind': 'wait', 'signal': 'hello', " end             \
	", 'onTimeout': 'late', 'reason': 'listens'}" END "," FINISH("late")

static void waits(void **state)
{
	(void)state;
	open_at(WAIT("'for': '10s'"));
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
	assert_string_equal(s.run.wait_signal, "hello");
	assert_int_equal(s.run.due_ms, s.now_ms + 10000);
	stage_say(&s, INBOX_SIGNAL, "other", "{}");
	stage_later(&s, 5000);
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
	assert_int_equal(s.run.due_ms, s.now_ms + 5000);
	stage_say(&s, INBOX_SIGNAL, "hello", "{'n': 1}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
	assert_string_equal(stage_get(&s, "signals.hello.n"), "1");
	assert_string_equal(stage_get(&s, "signals.hello.from"), "\"Ana\"");
	assert_int_equal(s.inbox_count, 1);
}

static void hears_what_came_early(void **state)
{
	(void)state;
	stage_open(&s, WAIT("'for': '10s'"));
	stage_say(&s, INBOX_SIGNAL, "hello", "{}");
	stage_say(&s, INBOX_SIGNAL, "hello", "{}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
	assert_int_equal(s.inbox_count, 1); /* one is enough */
}

static void hears_nothing(void **state)
{
	(void)state;
	open_at(WAIT("'for': '10s'"));
	stage_later(&s, 9999);
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
	stage_later(&s, 1);
	stage_is(&s, RUN_COMPLETED, "late/", 0);
}

static void waits_until_the_earlier(void **state)
{
	(void)state;
	stage_open(&s, WAIT("'for': '10s', 'until': 'x.at'"));
	stage_set(&s, "x", "{'at': '2027-01-15T08:00:04.000Z'}");
	stage_go(&s);
	assert_int_equal(s.run.due_ms, STAGE_NOW_MS + 4000);
	stage_close(&s);

	/* Nothing to wait for is known. */
	open_at(WAIT("'until': 'x.at'"));
	stage_is(&s, RUN_COMPLETED, "late/", 0);
}

static void ends(void **state)
{
	(void)state;
	stage_open(&s, FINISH("end"));
	stage_set(&s, "x", "'this'");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
	assert_string_equal(s.run.outcome, "OUT");
	assert_string_equal(s.run.result, "NONE");
	assert_string_equal(s.run.reason, "because of this");
	assert_int_equal(s.run.closed_ms, s.now_ms);
	assert_string_equal(stage_get(&s, "followUp"), "\"look\"");
	assert_int_equal(stage_noted(&s, AUDIT_CLOSED), 1);
}

static void a_choice_marks(void **state)
{
	(void)state;
	open_at("{'step': 'pick', 'kind': 'choose', 'marks': 'MESSAGE_SENT', "
		"'rules': [{'next': 'end'}]}" END);
	assert_int_equal(stage_noted(&s, AUDIT_MESSAGE_SENT), 1);
}

/* Every judgement on record has one shape, whatever made it. */
static void guards_explain_themselves(void **state)
{
	static const char because[] =
		"\"result\":true,\"why\":[{\"field\":\"x\",\"operator\":"
		"\"gt\",\"expected\":1,\"seen\":2}]";

	(void)state;
	stage_open(&s, "{'step': 'pick', 'kind': 'choose', 'rules': [{'when': "
		       "{'y': 1}, 'next': 'end'}, {'name': 'big', 'when': "
		       "{'x': {'gt': 1}}, 'next': 'end', 'reason': 'so', "
		       "'classify': {'issueType': 'a', 'tier': 1, "
		       "'confidence': 1}}]}" END);
	stage_set(&s, "x", "2");
	stage_go(&s);
	assert_non_null(strstr(stage_note(&s, AUDIT_CHOSEN), because));
	assert_non_null(strstr(stage_note(&s, AUDIT_CLASSIFIED), because));
	assert_non_null(strstr(stage_get(&s, "stopped"), because));
	assert_non_null(strstr(stage_get(&s, "classification"), because));
	stage_close(&s);
	stage_open(&s, "{'step': 'try', 'kind': 'repeat', 'until': {'x': "
		       "{'gt': 1}}, 'maximumAttempts': 2, 'steps': [{'step': "
		       "'nap', 'kind': 'wait', 'for': '1s'}], 'next': "
		       "'end'}" END);
	stage_set(&s, "x", "2");
	stage_go(&s);
	assert_non_null(strstr(stage_note(&s, AUDIT_CHOSEN), because));
	assert_non_null(strstr(stage_note(&s, AUDIT_CHOSEN),
			       "\"rule\":\"until\",\"step\":\"try\""));
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gathers),
		TEST(sees_contradictions),
		TEST(misses_what_is_optional),
		TEST(needs_what_is_required),
		TEST(asks_only_what_is_missing_after_a_crash),
		TEST(permanent_is_not_asked_again),
		TEST(classifies),
		TEST(no_rule_fits),
		TEST(goes_round_in_circles),
		TEST(repeats),
		TEST(repeats_until),
		TEST(waits),
		TEST(hears_what_came_early),
		TEST(hears_nothing),
		TEST(waits_until_the_earlier),
		TEST(a_choice_marks),
		TEST(guards_explain_themselves),
		TEST(ends),
	};

	json_init();
	return RUN(tests);
}

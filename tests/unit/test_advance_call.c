/*
 * One effect, whatever becomes of it: it may be done once, and what nobody
 * knows is asked.
 */
#include <stdio.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "stage.h"

#define CALL(operation)                                                        \
	"{'step': 'do', 'kind': 'call', 'operation': '" operation              \
	"', 'as': 'done', 'with': {'n': 1}, 'onFailure': 'failed', "           \
	"'onUnknown': 'unknown', 'next': 'end'}," ENDS
#define HOLDS(operation)                                                       \
	"{'step': 'do', 'kind': 'call', 'operation': '" operation              \
	"', 'next': 'end'}," END
#define FINISH(name)                                                           \
	"{'step': '" name "', 'kind': 'finish', 'outcome': 'OUT', 'result': "  \
	"'NONE', 'reason': 'because'}"
#define END FINISH("end")
#define ENDS END "," FINISH("failed") "," FINISH("unknown")
#define DAY_MS (24 * 3600000)

static struct stage s;

static void open_at(const char *steps)
{
	stage_open(&s, steps);
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "do/call", 1);
}

static int teardown(void **state)
{
	(void)state;
	stage_close(&s);
	return 0;
}

static void answered(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed"));
	assert_string_equal(stage_call(&s, "")->key, "run_1/do/1");
	assert_int_equal(stage_call(&s, "")->attempt, 1);
	assert_int_equal(stage_call(&s, "")->state, CALL_SENT);
	assert_int_equal(stage_noted(&s, AUDIT_CALL_INTENT), 1);
	stage_go(&s); /* nothing new */
	stage_is(&s, RUN_RUNNING, "do/call", 0);
	stage_ok(&s, "", "{'status': 'GOOD'}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
	assert_string_equal(stage_get(&s, "done.status"), "\"GOOD\"");
	assert_string_equal(stage_get(&s, "tried.0.result"), "\"GOOD\"");
	assert_int_equal(stage_noted(&s, AUDIT_CALL_RESULT), 1);
}

static void backs_off_and_tries_again(void **state)
{
	static const enum call_class classes[] = {
		CLASS_RETRYABLE, CLASS_THROTTLED, CLASS_UNKNOWN};
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		open_at(CALL("peer.keyed"));
		stage_answer(&s, "", classes[i], 503, NULL);
		stage_go(&s);
		stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0);
		assert_int_equal(s.run.due_ms, s.now_ms + 1000);
		assert_string_equal(s.run.queue, "peer");
		stage_later(&s, 999);
		stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0);
		stage_later(&s, 1);
		stage_is(&s, RUN_RUNNING, "do/call", 1);
		assert_int_equal(stage_call(&s, "")->attempt, 2);
		assert_string_equal(stage_call(&s, "")->key, "run_1/do/1");
		stage_ok(&s, "", "{}");
		stage_go(&s);
		stage_is(&s, RUN_COMPLETED, "end/", 0);
		stage_close(&s);
	}
	open_at(CALL("peer.keyed"));
}

static void permanent_is_certain(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed"));
	stage_answer(&s, "", CLASS_PERMANENT, 409, "{'code': 'NO'}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "failed/", 0);
	assert_string_equal(stage_get(&s, "failure.class"), "\"PERMANENT\"");
	assert_string_equal(stage_get(&s, "failure.step"), "\"do\"");
}

/* Answers of three attempts, and where the run goes then. */
static void exhausted(void **state)
{
	static const struct {
		const char *steps;
		enum call_class class[3];
		const char *place;
	} rows[] = {
		{CALL("peer.keyed"),
		 {CLASS_RETRYABLE, CLASS_RETRYABLE, CLASS_RETRYABLE},
		 "failed/"},
		{CALL("peer.keyed"),
		 {CLASS_UNKNOWN, CLASS_UNKNOWN, CLASS_UNKNOWN},
		 "unknown/"},
		/* What the first one may have done, the others do not undo. */
		{CALL("peer.keyed"),
		 {CLASS_UNKNOWN, CLASS_RETRYABLE, CLASS_RETRYABLE},
		 "unknown/"},
		{CALL("peer.keyed"),
		 {CLASS_UNKNOWN, CLASS_THROTTLED, CLASS_PERMANENT},
		 "unknown/"},
		{CALL("peer.keyed"),
		 {CLASS_RETRYABLE, CLASS_RETRYABLE, CLASS_UNKNOWN},
		 "unknown/"},
	};
	size_t i;
	int j;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		open_at(rows[i].steps);
		for (j = 0; j < 3; j++) {
			if (j > 0) {
				stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0);
				stage_later(&s, 1000);
				stage_is(&s, RUN_RUNNING, "do/call", 1);
			}
			stage_answer(&s, "", rows[i].class[j], 500, NULL);
			stage_go(&s);
		}
		stage_is(&s, RUN_COMPLETED, rows[i].place, 0);
		stage_close(&s);
	}
	open_at(CALL("peer.keyed"));
}

static void keyed_is_sent_again_after_a_crash(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed"));
	stage_crash(&s);
	stage_is(&s, RUN_RUNNING, "do/call", 1);
	assert_int_equal(stage_call(&s, "")->attempt, 1);
	assert_false(s.plan.call[0].insert);
	/* The first one may have been done, whatever this one is told. */
	stage_answer(&s, "", CLASS_PERMANENT, 409, NULL);
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "unknown/", 0);
}

static void an_old_key_protects_no_more(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed"));
	s.now_ms += DAY_MS;
	stage_crash(&s);
	stage_is(&s, RUN_COMPLETED, "unknown/", 0);
	stage_close(&s);

	/* Paused over it between two attempts. */
	open_at(CALL("peer.keyed"));
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	stage_later(&s, DAY_MS);
	stage_is(&s, RUN_COMPLETED, "unknown/", 0);
	stage_close(&s);

	/* What certainly was not done may be done later. */
	open_at(CALL("peer.keyed"));
	stage_answer(&s, "", CLASS_RETRYABLE, 503, NULL);
	stage_go(&s);
	stage_later(&s, DAY_MS);
	stage_is(&s, RUN_RUNNING, "do/call", 1);
}

static void neither_is_never_repeated(void **state)
{
	(void)state;
	open_at(CALL("peer.shout"));
	stage_crash(&s);
	stage_is(&s, RUN_COMPLETED, "unknown/", 0);
	assert_int_equal(s.plan.settled_count, 1);
	assert_int_equal(s.plan.settled[0].state, CALL_UNKNOWN);
	stage_close(&s);

	open_at(CALL("peer.shout"));
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "unknown/", 0);
	stage_close(&s);

	open_at(CALL("peer.shout"));
	stage_answer(&s, "", CLASS_RETRYABLE, 503, NULL);
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0);
}

/* Until time-out and visibility have passed since it was sent. */
static void to_the_lookup(void)
{
	open_at(CALL("peer.looked"));
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "do/lookup_wait", 0);
	assert_int_equal(s.run.due_ms, s.now_ms + 7000);
	stage_later(&s, 6999);
	stage_is(&s, RUN_BACKING_OFF, "do/lookup_wait", 0);
	stage_later(&s, 1);
	stage_is(&s, RUN_RUNNING, "do/lookup", 1);
	assert_string_equal(stage_call(&s, "lookup.1")->operation, "find");
	assert_non_null(strstr(stage_call(&s, "lookup.1")->params,
			       "\"key\":\"run_1/do/1\""));
}

static void looked_up_and_found(void **state)
{
	(void)state;
	to_the_lookup();
	stage_ok(&s, "lookup.1", "{'status': 'FOUND'}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
	assert_string_equal(stage_get(&s, "done.status"), "\"FOUND\"");
	assert_int_equal(s.plan.settled[0].state, CALL_OK);
}

static void looked_up_and_not_found(void **state)
{
	(void)state;
	to_the_lookup();
	stage_answer(&s, "lookup.1", CLASS_PERMANENT, 404, NULL);
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "do/call", 1);
	assert_int_equal(stage_call(&s, "")->attempt, 2);
	/* The doubt is gone with it. */
	stage_answer(&s, "", CLASS_PERMANENT, 409, NULL);
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "failed/", 0);
}

/* Its key is all that a lookup cannot do without. */
static void looked_up_with_damaged_params(void **state)
{
	static char damaged[] = "{";

	(void)state;
	open_at(CALL("peer.looked"));
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	stage_call(&s, "")->params = damaged;
	stage_later(&s, 7000);
	stage_is(&s, RUN_RUNNING, "do/lookup", 1);
	assert_string_equal(stage_call(&s, "lookup.1")->params,
			    "{\"key\":\"run_1/do/1\"}");
}

static void lookup_is_out_of_reach(void **state)
{
	char name[32];
	int i;

	(void)state;
	to_the_lookup();
	for (i = 1; i <= 10; i++) {
		snprintf(name, sizeof(name), "lookup.%d", i);
		stage_answer(&s, name, CLASS_RETRYABLE, 503, NULL);
		stage_go(&s);
		stage_is(&s, RUN_BACKING_OFF, "do/lookup_wait", 0);
		stage_later(&s, 1000);
	}
	stage_is(&s, RUN_COMPLETED, "unknown/", 0);
}

static void looks_up_after_a_crash(void **state)
{
	(void)state;
	open_at(CALL("peer.looked"));
	stage_crash(&s);
	stage_is(&s, RUN_BACKING_OFF, "do/lookup_wait", 0);
	assert_int_equal(s.run.due_ms, s.now_ms + 7000);
	stage_later(&s, 7000);
	stage_is(&s, RUN_RUNNING, "do/lookup", 1);
	stage_crash(&s);
	stage_is(&s, RUN_RUNNING, "do/lookup", 1);
	assert_int_equal(stage_call(&s, "lookup.1")->attempt, 1);
}

/* An operator in a hurry makes nothing appear earlier. */
static void a_retry_does_not_outrun_the_lookup(void **state)
{
	(void)state;
	open_at(CALL("peer.looked"));
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	stage_say(&s, INBOX_RETRY, "", "{}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "do/lookup", 1);
	stage_answer(&s, "lookup.1", CLASS_PERMANENT, 404, NULL);
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "do/lookup_wait", 0);
	assert_int_equal(s.run.due_ms, s.now_ms + 7000);
}

static void held_and_tried_again(void **state)
{
	(void)state;
	open_at(HOLDS("peer.keyed"));
	stage_answer(&s, "", CLASS_PERMANENT, 409, NULL);
	stage_go(&s);
	stage_is(&s, RUN_HELD, "do/call", 0);
	assert_non_null(strstr(s.run.reason, "peer.keyed failed"));
	stage_say(&s, INBOX_RETRY, "", "{}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "do/call", 1);
	assert_int_equal(stage_call(&s, "")->attempt, 2);
	assert_string_equal(stage_call(&s, "")->key, "run_1/do/1");
	stage_ok(&s, "", "{}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
}

/* Ten lookups came to nothing; each retry is worth one more. */
static void held_and_looked_up_again(void **state)
{
	char name[32];
	int i;

	(void)state;
	open_at(HOLDS("peer.looked"));
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	stage_later(&s, 7000);
	for (i = 1; i <= 10; i++) {
		snprintf(name, sizeof(name), "lookup.%d", i);
		stage_answer(&s, name, CLASS_RETRYABLE, 503, NULL);
		stage_go(&s);
		stage_later(&s, 1000);
	}
	assert_int_equal(s.run.state, RUN_HELD);
	stage_say(&s, INBOX_RETRY, "", "{}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "do/lookup", 1);
	stage_ok(&s, "lookup.11", "{}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
}

/* HELD with a call that nobody has heard of: it is looked up, not sent. */
static void held_while_out(void **state)
{
	(void)state;
	open_at(HOLDS("peer.looked"));
	s.run.state = RUN_HELD;
	s.run.due_ms = 0;
	snprintf(s.run.reason, sizeof(s.run.reason), "a crash");
	s.call[0].in_flight = false;
	stage_say(&s, INBOX_RETRY, "", "{}");
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "do/lookup_wait", 0);
}

static void a_read_is_just_asked_again(void **state)
{
	(void)state;
	open_at(CALL("peer.get"));
	assert_int_equal(stage_call(&s, "")->purpose, PURPOSE_READ);
	assert_int_equal(stage_noted(&s, AUDIT_CALL_INTENT), 0);
	stage_crash(&s);
	stage_is(&s, RUN_RUNNING, "do/call", 1);
	stage_answer(&s, "", CLASS_UNKNOWN, 500, NULL);
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0);
}

/* Also the last of them: what ends the run is written with its answer. */
static void local_steps_are_written_one_by_one(void **state)
{
	(void)state;
	stage_open(&s, "{'step': 'one', 'kind': 'call', 'operation': "
		       "'local.echo', 'as': 'first', 'with': {'n': 1}},"
		       "{'step': 'two', 'kind': 'call', 'operation': "
		       "'local.echo', 'as': 'second', 'with': {'n': 2}}," END);
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "two/", 0);
	assert_true(s.plan.again);
	assert_string_equal(stage_get(&s, "first.n"), "1");
	assert_string_equal(stage_get(&s, "second"), "");
	stage_crash(&s);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
	assert_false(s.plan.again);
	assert_string_equal(stage_get(&s, "second.n"), "2");
}

static void a_local_call_is_tried_again(void **state)
{
	(void)state;
	stage_open(&s, "{'step': 'do', 'kind': 'call', 'operation': "
		       "'local.fail', 'with': {'class': 'RETRYABLE'}, 'retry': "
		       "{'maximumAttempts': 2}, 'onFailure': 'failed', "
		       "'next': 'end'}," ENDS);
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0);
	stage_later(&s, 60000);
	stage_is(&s, RUN_COMPLETED, "failed/", 0);
}

static void local_reads_gather_at_once(void **state)
{
	(void)state;
	stage_open(&s, "{'step': 'look', 'kind': 'gather', 'reads': [{'as': "
		       "'here', 'operation': 'local.echo', 'with': {'n': 1}}],"
		       "'next': 'end'}," END);
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
	assert_string_equal(stage_get(&s, "here.n"), "1");
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answered),
		TEST(backs_off_and_tries_again),
		TEST(permanent_is_certain),
		TEST(exhausted),
		TEST(keyed_is_sent_again_after_a_crash),
		TEST(an_old_key_protects_no_more),
		TEST(neither_is_never_repeated),
		TEST(looked_up_and_found),
		TEST(looked_up_and_not_found),
		TEST(looked_up_with_damaged_params),
		TEST(lookup_is_out_of_reach),
		TEST(looks_up_after_a_crash),
		TEST(a_retry_does_not_outrun_the_lookup),
		TEST(held_and_tried_again),
		TEST(held_and_looked_up_again),
		TEST(held_while_out),
		TEST(a_read_is_just_asked_again),
		TEST(local_steps_are_written_one_by_one),
		TEST(a_local_call_is_tried_again),
		TEST(local_reads_gather_at_once),
	};

	json_init();
	return RUN(tests);
}

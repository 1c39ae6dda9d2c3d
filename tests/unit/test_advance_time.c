/*
 * Time-outs of a run and of its steps, and the budget of a gather: when they
 * come, what they find, and that nothing which is out is forgotten.
 */
#include <stdio.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/flow/life.h"
#include "stage.h"

#define FINISH(name, more)                                                     \
	"{'step': '" name "', 'kind': 'finish', 'outcome': '" name             \
	"', 'result': 'NONE', 'reason': 'r'" more "}"
#define ENDS FINISH("end", "") "," FINISH("late", "") "," FINISH("fell", "")
#define TIMEOUT ", 'timeout': '10s', 'onTimeout': 'late'"
#define CALL(operation, more)                                                  \
	"{'step': 'do', 'kind': 'call', 'operation': '" operation              \
	"', 'next': 'end', 'onFailure': 'fell'" more "}," ENDS
#define READ(more)                                                             \
	"{'step': 'read', 'kind': 'gather', 'reads': [{'as': 'a', "            \
	"'operation': 'peer.get'}, {'as': 'b', 'operation': 'peer.other', "    \
	"'optional': true}], 'next': 'end', 'onFailure': 'fell'" more          \
	"}," ENDS
#define ASK(more)                                                              \
	"{'step': 'ask', 'kind': 'task', 'title': 't', 'reason': 'r', "        \
	"'role': 'agent', 'proposal': {'text': 'x', 'rejectText': 'y', "       \
	"'action': {'operation': 'peer.shout'}}, 'evidence': [], "             \
	"'onApprove': 'end', 'onReject': 'end'" more "}," ENDS
#define TRY(inside, more)                                                      \
	"{'step': 'try', 'kind': 'repeat', 'until': {'x': 2}, "                \
	"'maximumAttempts': 100, 'next': 'end', 'onExhausted': 'fell', "       \
	"'interval': {'initialInterval': '4s', 'jitter': 'none', "             \
	"'backoffCoefficient': 1, 'maximumInterval': '4s'}, 'steps': [" inside \
	"]" more "}," ENDS
#define HEAR "{'step': 'hear', 'kind': 'wait', 'signal': 'x', 'for': '1h'}"

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

/* ---- a call ---- */

/* In flight, it is waited for, and what came of it counts. */
static void a_call_that_is_out_is_resolved_first(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed", TIMEOUT));
	assert_int_equal(s.plan.wake_ms, s.now_ms + 10000);
	assert_int_equal(s.run.deadline_ms, s.now_ms + 10000);
	stage_later(&s, 10000);
	stage_is(&s, RUN_RUNNING, "do/call", 0);
	assert_int_equal(s.plan.wake_ms, 0);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	ended("end");
	assert_int_equal(stage_noted(&s, AUDIT_TIMED_OUT), 0);
}

static void a_call_of_unknown_outcome_is_resolved_first(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed", TIMEOUT));
	stage_later(&s, 9500);
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0);
	stage_later(&s, 1000); /* beyond its time: it is sent all the same */
	stage_is(&s, RUN_RUNNING, "do/call", 1);
	stage_answer(&s, "", CLASS_RETRYABLE, 503, NULL);
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0); /* still not known */
	stage_later(&s, 1000);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	ended("end");
}

/* Certainly not done: it is not sent again. */
static void a_call_times_out_between_attempts(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed", TIMEOUT));
	stage_later(&s, 9500);
	stage_answer(&s, "", CLASS_RETRYABLE, 503, NULL);
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0);
	assert_int_equal(s.run.due_ms, s.now_ms + 500); /* before the attempt */
	stage_later(&s, 499);
	stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0);
	stage_later(&s, 1);
	ended("late");
	assert_int_equal(stage_noted(&s, AUDIT_TIMED_OUT), 1);
}

/* The answer and the time-out at once: the answer was first. */
static void an_answer_is_heard_before(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed", TIMEOUT));
	s.now_ms += 20000;
	stage_ok(&s, "", "{}");
	stage_go(&s);
	ended("end");
}

static void a_read_is_not_waited_for(void **state)
{
	(void)state;
	open_at(CALL("peer.get", TIMEOUT));
	stage_later(&s, 9999);
	stage_is(&s, RUN_RUNNING, "do/call", 0);
	assert_int_equal(s.plan.wake_ms, s.now_ms + 1);
	stage_later(&s, 1);
	ended("late");
}

static void hold_is_what_it_does_by_itself(void **state)
{
	(void)state;
	open_at(CALL("peer.get", ", 'timeout': '10s'"));
	stage_later(&s, 10000);
	stage_is(&s, RUN_HELD, "do/call", 0);
	assert_non_null(strstr(s.run.reason, "do took longer than 10s"));
	assert_int_equal(s.run.deadline_ms, 0);
	/* It has fired: who tries again has all the time of a new visit. */
	stage_say(&s, INBOX_RETRY, "", "{'reason': 'r'}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "do/call", s.plan.call_count);
	assert_int_equal(stage_noted(&s, AUDIT_TIMED_OUT), 0);
}

/* ---- gather ---- */

static void a_gather_times_out(void **state)
{
	(void)state;
	open_at(READ(TIMEOUT));
	stage_ok(&s, "a", "{}");
	stage_later(&s, 10000);
	ended("late");
}

static void an_optional_read_is_left_out(void **state)
{
	(void)state;
	open_at(READ(", 'budget': '3s'"));
	assert_int_equal(s.plan.wake_ms, s.now_ms + 3000);
	stage_ok(&s, "a", "{'x': 1}");
	stage_later(&s, 2999);
	stage_is(&s, RUN_RUNNING, "read/gather", 0);
	assert_int_equal(s.plan.wake_ms, s.now_ms + 1);
	stage_later(&s, 1);
	ended("end");
	assert_string_equal(stage_get(&s, "sources.b.status"), "\"missing\"");
	assert_string_equal(stage_get(&s, "sources.a.status"), "\"ok\"");
}

/* Its own retries bound it; once it is there, nothing else is waited for. */
static void a_needed_read_is_waited_for(void **state)
{
	(void)state;
	open_at(READ(", 'budget': '3s'"));
	stage_later(&s, 3000);
	stage_is(&s, RUN_RUNNING, "read/gather", 0);
	assert_int_equal(s.plan.wake_ms, 0);
	stage_answer(&s, "a", CLASS_RETRYABLE, 503, NULL);
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "read/gather", 0);
	stage_answer(&s, "b", CLASS_RETRYABLE, 503, NULL);
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "read/gather_backoff", 0);
	stage_later(&s, 60000);
	stage_is(&s, RUN_RUNNING, "read/gather", 2);
	stage_ok(&s, "a", "{'x': 1}");
	stage_go(&s);
	ended("end");
	assert_string_equal(stage_get(&s, "sources.b.status"), "\"missing\"");
}

static void a_budget_ends_a_back_off(void **state)
{
	(void)state;
	open_at(READ(", 'budget': '1500ms'"));
	stage_ok(&s, "a", "{}");
	stage_later(&s, 1000);
	stage_answer(&s, "b", CLASS_RETRYABLE, 503, NULL);
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "read/gather_backoff", 0);
	assert_int_equal(s.run.due_ms, s.now_ms + 500);
	stage_later(&s, 500);
	ended("end");
}

/* Measured from the first read, also over a crash. */
static void a_budget_survives_a_crash(void **state)
{
	(void)state;
	open_at(READ(", 'budget': '3s'"));
	stage_ok(&s, "a", "{}");
	s.now_ms += 2000;
	stage_crash(&s);
	stage_is(&s, RUN_RUNNING, "read/gather", 1);
	/* There was room for this one later only. */
	stage_call(&s, "b")->intent_ms += 1000;
	stage_later(&s, 1000);
	ended("end");
}

/* A backlog of ours is no silence of theirs. */
static void who_is_only_busy_is_asked_all_the_same(void **state)
{
	(void)state;
	open_at(READ(", 'budget': '3s'"));
	stage_leave_out(&s, "b");
	stage_ok(&s, "a", "{}");
	stage_later(&s, 4000);
	stage_is(&s, RUN_RUNNING, "read/gather", 1);
	stage_ok(&s, "b", "{'y': 1}");
	stage_go(&s);
	ended("end");
	assert_string_equal(stage_get(&s, "sources.b.status"), "\"ok\"");
}

/* Its place was refused, and from then on it is known why. */
static void open_with_b_shut(const char *steps)
{
	open_at(steps);
	stage_leave_out(&s, "b");
	s.shut = 2;
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "read/gather", 0);
}

static void who_is_down_is_not_waited_for(void **state)
{
	(void)state;
	open_with_b_shut(READ(", 'budget': '3s'"));
	stage_later(&s, 1000);
	stage_ok(&s, "a", "{}");
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "read/gather_backoff", 0);
	assert_string_equal(s.run.queue, ""); /* or it would wait there */
	assert_non_null(strstr(s.run.reason, "peer takes no calls"));
	assert_int_equal(s.run.due_ms, s.now_ms + 2000);
	stage_later(&s, 2000);
	ended("end");
	assert_string_equal(stage_get(&s, "sources.b.status"), "\"missing\"");
}

static void who_comes_back_in_time_is_asked(void **state)
{
	(void)state;
	open_with_b_shut(READ(", 'budget': '3s'"));
	stage_ok(&s, "a", "{}");
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "read/gather_backoff", 0);
	s.shut = 0;
	stage_later(&s, 3000);
	stage_is(&s, RUN_RUNNING, "read/gather", 1);
}

#define BOTH(step, next)                                                       \
	"{'step': '" step "', 'kind': 'gather', 'budget': '3s', 'reads': "     \
	"[{'as': 'a', 'operation': 'peer.get', 'optional': true}, {'as': "     \
	"'b', 'operation': 'peer.other', 'optional': true}], 'next': '" next   \
	"', 'onFailure': 'fell'},"

/* What is known of the reads of one step says nothing of another's. */
static void what_is_shut_is_shut_for_its_step(void **state)
{
	(void)state;
	open_at(BOTH("one", "two") BOTH("two", "end") ENDS);
	stage_leave_out(&s, "b");
	stage_ok(&s, "a", "{}");
	s.shut = 3;
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "one/gather_backoff", 0);
	stage_later(&s, 3000);
	stage_is(&s, RUN_RUNNING, "two/gather", 2);
}

static void of_whom_nothing_can_be_asked_waits_for_its_budget(void **state)
{
	(void)state;
	stage_open_with(&s,
			"'title': 'T', 'concurrency': {'key': 'k', "
			"'limit': 1}",
			BOTH("read", "end") ENDS);
	stage_go(&s);
	stage_is(&s, RUN_BLOCKED, "read/slot", 0);
	s.slot_held = true;
	s.shut = 3;
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "read/gather_backoff", 0);
	assert_int_equal(s.run.due_ms, s.now_ms + 3000);
	stage_later(&s, 1000);
	stage_is(&s, RUN_BACKING_OFF, "read/gather_backoff", 0);
	stage_later(&s, 2000);
	ended("end");
	assert_string_equal(stage_get(&s, "sources.a.status"), "\"missing\"");
}

/* ---- task ---- */

static void a_task_times_out(void **state)
{
	(void)state;
	open_at(ASK(TIMEOUT));
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_int_equal(s.run.due_ms, s.now_ms + 10000);
	stage_later(&s, 10000);
	ended("late");
	assert_int_equal(s.plan.task_update->state, TASK_EXPIRED);
}

static void a_decision_in_time_counts(void **state)
{
	(void)state;
	open_at(ASK(TIMEOUT));
	stage_later(&s, 9000);
	stage_decide(&s, true, 5000);
	stage_go(&s);
	stage_later(&s, 5000);
	stage_is(&s, RUN_RUNNING, "ask/call", 1);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	ended("end");
}

/* ---- repeat ---- */

static void a_repeat_ends_over_what_is_inside(void **state)
{
	(void)state;
	open_at(TRY(HEAR, TIMEOUT));
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
	assert_int_equal(s.run.due_ms, s.now_ms + 10000);
	stage_later(&s, 4000);
	stage_say(&s, INBOX_SIGNAL, "x", "{}");
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "try/pause", 0);
	stage_later(&s, 4000);
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
	/* The time is the repeat's, not the round's. */
	assert_int_equal(s.run.due_ms, s.now_ms + 2000);
	stage_later(&s, 2000);
	ended("late");
}

static void a_repeat_waits_for_the_effect_inside(void **state)
{
	(void)state;
	open_at(TRY("{'step': 'do', 'kind': 'call', 'operation': "
		    "'peer.keyed'}",
		    TIMEOUT));
	stage_later(&s, 12000);
	stage_is(&s, RUN_RUNNING, "do/call", 0);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	ended("late");
	assert_string_equal(stage_get(&s, "tried.0.what"), "\"peer.keyed\"");
}

/* ---- the run ---- */

#define RUN_TIME(more) "'title': 'T', 'timeout': '1m'" more
#define UNDONE                                                                 \
	"{'step': 'do', 'kind': 'call', 'operation': 'peer.looked', "          \
	"'compensate': {'operation': 'peer.keyed'}}," HEAR "," ENDS

static void a_run_times_out_and_undoes(void **state)
{
	(void)state;
	stage_open_with(&s, RUN_TIME(", 'onTimeout': 'fail'"), UNDONE);
	stage_go(&s);
	stage_later(&s, 30000);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
	assert_int_equal(s.run.due_ms, s.run.created_ms + 60000);
	assert_int_equal(s.run.deadline_ms, s.run.due_ms);
	stage_later(&s, 30000);
	stage_is(&s, RUN_RUNNING, "@undo/call", 1);
	assert_int_equal(s.run.deadline_ms, 0);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	assert_int_equal(s.run.state, RUN_TIMED_OUT);
	assert_string_equal(s.run.outcome, "TIMED_OUT");
	assert_non_null(strstr(s.run.reason, "the run took longer than 1m"));
}

static void a_run_times_out_with_nothing_done(void **state)
{
	(void)state;
	stage_open_with(&s, RUN_TIME(", 'onTimeout': 'fail'"),
			ASK(", 'due': '1h', 'onDue': 'fell'"));
	stage_go(&s);
	stage_later(&s, 60000);
	assert_int_equal(s.run.state, RUN_TIMED_OUT);
	assert_int_equal(s.plan.task_update->state, TASK_CANCELED);
}

static void a_run_waits_for_what_is_out(void **state)
{
	(void)state;
	stage_open_with(&s, RUN_TIME(", 'onTimeout': 'fail'"), UNDONE);
	stage_go(&s);
	stage_later(&s, 60000);
	stage_is(&s, RUN_RUNNING, "do/call", 0);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "@undo/call", 1);
}

/* Once, and then it goes on as the playbook says. */
static void a_run_goes_where_it_is_told(void **state)
{
	(void)state;
	stage_open_with(&s, RUN_TIME(", 'onTimeout': 'ask'"), HEAR "," ASK(""));
	stage_go(&s);
	stage_later(&s, 60000);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_int_equal(s.run.due_ms, 0);
	stage_later(&s, 60000);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
}

static void a_held_run_is_let_be(void **state)
{
	(void)state;
	stage_open_with(&s, RUN_TIME(", 'onTimeout': 'hold'"),
			HEAR "," ASK(""));
	stage_go(&s);
	stage_later(&s, 60000);
	assert_int_equal(s.run.state, RUN_HELD);
	stage_later(&s, 60000);
	assert_int_equal(s.run.state, RUN_HELD);
	assert_int_equal(s.run.due_ms, 0);
	stage_say(&s, INBOX_RETRY, "", "{'reason': 'r'}");
	stage_go(&s);
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
}

/* A paused run is looked at when it goes on. */
static void a_paused_run_times_out_on_resume(void **state)
{
	(void)state;
	stage_open_with(&s, RUN_TIME(", 'onTimeout': 'fail'"), UNDONE);
	stage_go(&s);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	stage_say(&s, INBOX_PAUSE, "", "{'reason': 'r'}");
	stage_go(&s);
	assert_int_equal(s.run.deadline_ms, 0);
	stage_later(&s, 60000);
	assert_int_equal(s.run.state, RUN_PAUSED);
	stage_say(&s, INBOX_RESUME, "", "{'reason': 'r'}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "@undo/call", 1);
}

/* At its end it is not late any more. */
static void a_run_at_its_end_is_not_late(void **state)
{
	(void)state;
	stage_open_with(&s, RUN_TIME(", 'onTimeout': 'fail'"),
			CALL("peer.keyed", ""));
	stage_go(&s);
	s.now_ms += 60000;
	stage_ok(&s, "", "{}");
	stage_go(&s);
	ended("end");
}

static void a_cancel_while_it_times_out(void **state)
{
	(void)state;
	stage_open_with(&s, RUN_TIME(", 'onTimeout': 'fail'"), UNDONE);
	stage_go(&s);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	stage_later(&s, 60000);
	stage_is(&s, RUN_RUNNING, "@undo/call", 1);
	stage_say(&s, INBOX_CANCEL, "", "{'reason': 'r'}");
	stage_go(&s);
	assert_int_equal(s.run.state, RUN_CANCELING);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	assert_int_equal(s.run.state, RUN_CANCELED);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_that_is_out_is_resolved_first),
		TEST(a_call_of_unknown_outcome_is_resolved_first),
		TEST(a_call_times_out_between_attempts),
		TEST(an_answer_is_heard_before),
		TEST(a_read_is_not_waited_for),
		TEST(hold_is_what_it_does_by_itself),
		TEST(a_gather_times_out),
		TEST(an_optional_read_is_left_out),
		TEST(a_needed_read_is_waited_for),
		TEST(a_budget_ends_a_back_off),
		TEST(a_budget_survives_a_crash),
		TEST(who_is_only_busy_is_asked_all_the_same),
		TEST(who_is_down_is_not_waited_for),
		TEST(who_comes_back_in_time_is_asked),
		TEST(what_is_shut_is_shut_for_its_step),
		TEST(of_whom_nothing_can_be_asked_waits_for_its_budget),
		TEST(a_task_times_out),
		TEST(a_decision_in_time_counts),
		TEST(a_repeat_ends_over_what_is_inside),
		TEST(a_repeat_waits_for_the_effect_inside),
		TEST(a_run_times_out_and_undoes),
		TEST(a_run_times_out_with_nothing_done),
		TEST(a_run_waits_for_what_is_out),
		TEST(a_run_goes_where_it_is_told),
		TEST(a_held_run_is_let_be),
		TEST(a_paused_run_times_out_on_resume),
		TEST(a_run_at_its_end_is_not_late),
		TEST(a_cancel_while_it_times_out),
	};

	json_init();
	return RUN(tests);
}

/*
 * What undoes effects: noted with the answer, worked off backwards by a step,
 * by a finish, by a cancel; each entry once, under a key of its own.
 */
#include <stdio.h>
#include <string.h>

#include "../test.h"
#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/flow/life.h"
#include "stage.h"

#define FINISH(name, more)                                                     \
	"{'step': '" name "', 'kind': 'finish', 'outcome': '" name             \
	"', 'result': 'NONE', 'reason': 'r'" more "}"
#define CALL(name, number)                                                     \
	"{'step': '" name                                                      \
	"', 'kind': 'call', 'operation': 'peer.looked', 'with': {'n': " number \
	"}, 'as': '" name "', 'compensate': {'operation': 'peer.keyed', "      \
	"'with': {'back': '{{" name ".id}}', 'n': " number "}}}"
#define WAIT "{'step': 'hear', 'kind': 'wait', 'signal': 'x', 'for': '9s'}"
#define UNDO(more) "{'step': 'undo', 'kind': 'compensate'" more "}"
#define TWO CALL("one", "1") "," CALL("two", "2") "," WAIT ","

static struct stage s;

static int teardown(void **state)
{
	(void)state;
	stage_close(&s);
	return 0;
}

static void say(enum inbox_kind kind)
{
	stage_say(&s, kind, "", "{'reason': 'why not'}");
	stage_go(&s);
}

/* Both effects are done, and the run waits behind them. */
static void two_done(const char *steps)
{
	stage_open(&s, steps);
	stage_go(&s);
	stage_ok(&s, "", "{'id': 'a'}");
	stage_go(&s);
	stage_ok(&s, "", "{'id': 'b'}");
	stage_go(&s);
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
}

static void answered(const char *params)
{
	assert_string_equal(stage_call(&s, "")->params, params);
	stage_ok(&s, "", "{}");
	stage_go(&s);
}

static void noted_with_the_answer(void **state)
{
	(void)state;
	stage_open(&s, TWO FINISH("end", ""));
	stage_go(&s);
	assert_string_equal(stage_get(&s, "undo"), "");
	stage_ok(&s, "", "{'id': 'a'}");
	stage_go(&s);
	assert_string_equal(stage_get(&s, "undo.0.of"), "\"one/1\"");
	assert_string_equal(stage_get(&s, "undo.0.operation"),
			    "\"peer.keyed\"");
	assert_string_equal(stage_get(&s, "undo.0.params"),
			    "{\"back\":\"a\",\"n\":1}");
	assert_string_equal(stage_get(&s, "undo.0.state"), "\"open\"");
	assert_int_equal(stage_noted(&s, AUDIT_UNDO_NOTED), 1);
	/* One that failed leaves nothing to undo. */
	stage_answer(&s, "", CLASS_PERMANENT, 400, NULL);
	stage_go(&s);
	assert_string_equal(stage_get(&s, "undo.1"), "");
}

/* What another run did is known, and not done again; until it is undone. */
static void undone_it_is_done_again(void **state)
{
	char digest[DIGEST_HEX_SIZE], known[400];

	(void)state;
	digest_text_hex("{\"n\":1}", digest);
	(void)snprintf(known, sizeof(known),
		       "{'done': [{'operation': 'peer.looked', 'digest': "
		       "'%s', 'callId': 'call_1', 'runId': 'run_1', "
		       "'answer': {'id': 'a'}}]}",
		       digest);
	stage_open(&s, CALL("one", "1") "," UNDO("") "," CALL(
			       "two", "1") "," FINISH("end", ""));
	stage_set(&s, "replayOf", known);
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "undo/call", 1);
	assert_string_equal(stage_get(&s, "undo.0.callId"), "\"call_1\"");
	answered("{\"back\":\"a\",\"n\":1}");
	stage_is(&s, RUN_RUNNING, "two/call", 1);
}

static void undone_backwards_by_a_step(void **state)
{
	(void)state;
	two_done(TWO UNDO(", 'next': 'end'") "," FINISH("end", ""));
	stage_say(&s, INBOX_SIGNAL, "x", "{}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "undo/call", 1);
	assert_string_equal(stage_call(&s, "")->key, "run_1/undo/1");
	answered("{\"back\":\"b\",\"n\":2}");
	stage_is(&s, RUN_RUNNING, "undo/call", 1);
	assert_string_equal(stage_get(&s, "undo.1.state"), "\"done\"");
	assert_string_equal(stage_get(&s, "undo.0.state"), "\"open\"");
	assert_string_equal(stage_call(&s, "")->key, "run_1/undo/2");
	answered("{\"back\":\"a\",\"n\":1}");
	stage_is(&s, RUN_COMPLETED, "end/", 0);
	assert_string_equal(stage_get(&s, "undo.0.state"), "\"done\"");
	assert_string_equal(stage_get(&s, "tried.3.what"), "\"peer.keyed\"");
}

/* A second step, or a cancel behind it, finds nothing left. */
static void undone_once(void **state)
{
	(void)state;
	two_done(TWO UNDO("") ",{'step': 'still', 'kind': 'wait', 'signal': "
			      "'y', 'for': '9s'}," FINISH(
				      "end", ", 'compensate': true"));
	stage_say(&s, INBOX_SIGNAL, "x", "{}");
	stage_go(&s);
	answered("{\"back\":\"b\",\"n\":2}");
	answered("{\"back\":\"a\",\"n\":1}");
	stage_is(&s, RUN_WAITING_SIGNAL, "still/wait", 0);
	stage_say(&s, INBOX_SIGNAL, "y", "{}");
	stage_go(&s);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
}

static void undone_by_a_finish_that_failed(void **state)
{
	(void)state;
	two_done(TWO FINISH("end", ", 'compensate': true, 'failed': true"));
	stage_say(&s, INBOX_SIGNAL, "x", "{}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "end/call", 1);
	answered("{\"back\":\"b\",\"n\":2}");
	answered("{\"back\":\"a\",\"n\":1}");
	assert_int_equal(s.run.state, RUN_FAILED);
	assert_string_equal(s.run.outcome, "end");
}

static void undone_by_a_cancel(void **state)
{
	(void)state;
	two_done(TWO FINISH("end", ""));
	say(INBOX_CANCEL);
	stage_is(&s, RUN_CANCELING, "@undo/call", 1);
	answered("{\"back\":\"b\",\"n\":2}");
	stage_is(&s, RUN_CANCELING, "@undo/call", 1);
	assert_string_equal(stage_call(&s, "")->key, "run_1/@undo/2");
	answered("{\"back\":\"a\",\"n\":1}");
	assert_int_equal(s.run.state, RUN_CANCELED);
	assert_string_equal(s.run.outcome, "CANCELED");
	assert_string_equal(s.run.reason, "why not");
}

static void not_undone_by_a_kill(void **state)
{
	(void)state;
	two_done(TWO FINISH("end", ""));
	say(INBOX_KILL);
	assert_int_equal(s.run.state, RUN_CANCELED);
	assert_int_equal(s.plan.call_count, 0);
	assert_string_equal(stage_get(&s, "undo.1.state"), "\"open\"");
}

/* The effect that is out when the cancel comes is undone as well. */
static void what_was_out_is_undone_too(void **state)
{
	(void)state;
	stage_open(&s, TWO FINISH("end", ""));
	stage_go(&s);
	say(INBOX_CANCEL);
	stage_is(&s, RUN_CANCELING, "one/call", 0);
	stage_ok(&s, "", "{'id': 'a'}");
	stage_go(&s);
	stage_is(&s, RUN_CANCELING, "@undo/call", 1);
	answered("{\"back\":\"a\",\"n\":1}");
	assert_int_equal(s.run.state, RUN_CANCELED);
}

/* By the operation's policy, and under one key. */
static void tried_again_under_its_key(void **state)
{
	(void)state;
	two_done(TWO FINISH("end", ""));
	say(INBOX_CANCEL);
	stage_answer(&s, "", CLASS_RETRYABLE, 503, NULL);
	stage_go(&s);
	stage_is(&s, RUN_CANCELING, "@undo/backoff", 0);
	stage_later(&s, 1000);
	stage_is(&s, RUN_CANCELING, "@undo/call", 1);
	assert_int_equal(stage_call(&s, "")->attempt, 2);
	assert_string_equal(stage_call(&s, "")->key, "run_1/@undo/1");
	stage_crash(&s);
	assert_string_equal(stage_call(&s, "")->key, "run_1/@undo/1");
	stage_is(&s, RUN_CANCELING, "@undo/call", 1);
	answered("{\"back\":\"b\",\"n\":2}");
	answered("{\"back\":\"a\",\"n\":1}");
	assert_int_equal(s.run.state, RUN_CANCELED);
}

static void held_where_it_fails(void **state)
{
	(void)state;
	two_done(TWO FINISH("end", ""));
	say(INBOX_CANCEL);
	stage_answer(&s, "", CLASS_PERMANENT, 400, NULL);
	stage_go(&s);
	stage_is(&s, RUN_HELD, "@undo/call", 0);
	assert_non_null(strstr(s.run.reason, "peer.keyed"));
	assert_non_null(strstr(s.run.reason, "two/1"));
	assert_string_equal(stage_get(&s, "undo.1.state"), "\"open\"");
	/* Tried again, it is still being cancelled. */
	say(INBOX_RETRY);
	stage_is(&s, RUN_CANCELING, "@undo/call", 1);
	answered("{\"back\":\"b\",\"n\":2}");
	answered("{\"back\":\"a\",\"n\":1}");
	assert_int_equal(s.run.state, RUN_CANCELED);
}

static void held_while_nobody_knows(void **state)
{
	int i;

	(void)state;
	two_done(TWO UNDO(", 'onFailure': 'end'") "," FINISH("end", ""));
	stage_say(&s, INBOX_SIGNAL, "x", "{}");
	stage_go(&s);
	for (i = 0; i < 3; i++) {
		stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
		stage_go(&s);
		if (i < 2)
			stage_later(&s, 1000);
	}
	stage_is(&s, RUN_HELD, "undo/call", 0);
	assert_non_null(strstr(s.run.reason, "unknown"));
	say(INBOX_CANCEL);
	assert_int_equal(s.run.state, RUN_HELD);
	assert_int_equal(s.plan.call_count, 0);
	stage_say(&s, INBOX_SETTLE, "",
		  "{'callId': 'call_3', 'happened': true}");
	stage_go(&s);
	answered("{\"back\":\"a\",\"n\":1}");
	/* The word was heard while nobody knew, and holds now. */
	assert_int_equal(s.run.state, RUN_CANCELED);
}

static void a_step_goes_by_its_failure(void **state)
{
	(void)state;
	two_done(TWO UNDO(", 'onFailure': 'fell', 'next': 'end'") "," FINISH(
		"end", "") "," FINISH("fell", ""));
	stage_say(&s, INBOX_SIGNAL, "x", "{}");
	stage_go(&s);
	stage_answer(&s, "", CLASS_PERMANENT, 400, NULL);
	stage_go(&s);
	assert_string_equal(s.run.outcome, "fell");
	assert_string_equal(stage_get(&s, "undo.1.state"), "\"open\"");
}

/* A cancel in the middle of a step that undoes: the rest follows. */
static void canceled_while_it_undoes(void **state)
{
	static const char *const steps[] = {
		TWO UNDO("") "," FINISH("end", ""),
		TWO FINISH("end", ", 'compensate': true"),
	};
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		two_done(steps[i]);
		stage_say(&s, INBOX_SIGNAL, "x", "{}");
		stage_go(&s);
		say(INBOX_CANCEL);
		assert_int_equal(s.run.state, RUN_CANCELING);
		answered("{\"back\":\"b\",\"n\":2}");
		assert_int_equal(s.run.state, RUN_CANCELING);
		answered("{\"back\":\"a\",\"n\":1}");
		assert_int_equal(s.run.state, RUN_CANCELED);
		assert_string_equal(stage_get(&s, "undo.0.state"), "\"done\"");
		if (i == 0)
			stage_close(&s);
	}
}

/* It ends all the same; the next run sees to it. */
static void an_event_waits_for_the_end(void **state)
{
	(void)state;
	two_done(TWO FINISH("end", ""));
	say(INBOX_CANCEL);
	stage_answer(&s, "", CLASS_PERMANENT, 400, NULL);
	stage_go(&s);
	stage_say(&s, INBOX_EVENT, "", "{'news': 1}");
	stage_go(&s);
	stage_is(&s, RUN_HELD, "@undo/call", 0);
	assert_int_equal(s.inbox_count, 1);
	say(INBOX_KILL);
	assert_non_null(s.plan.follow);
}

/* What it did before a further event is still to be undone. */
static void an_event_forgets_nothing(void **state)
{
	(void)state;
	two_done(TWO FINISH("end", ""));
	stage_say(&s, INBOX_EVENT, "", "{'news': 1}");
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "one/call", 1);
	assert_string_equal(stage_get(&s, "undo.1.state"), "\"open\"");
}

#define ASK                                                                    \
	"{'step': 'ask', 'kind': 'task', 'title': 't', 'reason': 'r', 'role':" \
	" 'agent', 'due': '1h', 'onDue': 'end', 'proposal': {'text': 'x', "    \
	"'rejectText': 'y', 'amountMinor': 100, 'currency': 'EUR', 'action': " \
	"{'operation': 'peer.keyed', 'with': "                                 \
	"{'paid': 1}}}, 'onApprove': 'hear', 'onReject': 'end'},"

/* One that a person decided is his: only what was done without him is taken
 * back, and what he approved is out for good. */
static void what_a_person_approved_stays(void **state)
{
	(void)state;
	stage_open(&s, CALL("one", "1") "," ASK WAIT "," FINISH("end", ""));
	stage_go(&s);
	stage_ok(&s, "", "{'id': 'a'}");
	stage_go(&s);
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	stage_decide(&s, true, 0);
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "ask/call", 1);
	assert_string_equal(stage_call(&s, "")->params, "{\"paid\":1}");
	stage_ok(&s, "", "{}");
	stage_go(&s);
	assert_int_equal(stage_noted(&s, AUDIT_UNDO_NOTED), 0);
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
	assert_string_equal(stage_get(&s, "undo.1"), "");
	say(INBOX_CANCEL);
	stage_is(&s, RUN_CANCELING, "@undo/call", 1);
	answered("{\"back\":\"a\",\"n\":1}");
	assert_int_equal(s.run.state, RUN_CANCELED);
	assert_string_equal(stage_get(&s, "undo.0.of"), "\"one/1\"");
}

/* While the approved action is out, a cancel waits for it; then the rest. */
static void a_cancel_waits_for_what_was_approved(void **state)
{
	(void)state;
	stage_open(&s, CALL("one", "1") "," ASK WAIT "," FINISH("end", ""));
	stage_go(&s);
	stage_ok(&s, "", "{'id': 'a'}");
	stage_go(&s);
	stage_decide(&s, true, 0);
	stage_go(&s);
	say(INBOX_CANCEL);
	stage_is(&s, RUN_CANCELING, "ask/call", 0);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	stage_is(&s, RUN_CANCELING, "@undo/call", 1);
	answered("{\"back\":\"a\",\"n\":1}");
	assert_int_equal(s.run.state, RUN_CANCELED);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(noted_with_the_answer),
		TEST(what_a_person_approved_stays),
		TEST(a_cancel_waits_for_what_was_approved),
		TEST(undone_it_is_done_again),
		TEST(undone_backwards_by_a_step),
		TEST(undone_once),
		TEST(undone_by_a_finish_that_failed),
		TEST(undone_by_a_cancel),
		TEST(not_undone_by_a_kill),
		TEST(what_was_out_is_undone_too),
		TEST(tried_again_under_its_key),
		TEST(held_where_it_fails),
		TEST(held_while_nobody_knows),
		TEST(a_step_goes_by_its_failure),
		TEST(canceled_while_it_undoes),
		TEST(an_event_waits_for_the_end),
		TEST(an_event_forgets_nothing),
	};

	json_init();
	return RUN(tests);
}

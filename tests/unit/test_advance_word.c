/*
 * Words of an operator that end a run at once, or reach into what it rests on:
 * kill, priority, settle, migrate.
 */
#include <stdio.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/flow/life.h"
#include "stage.h"

#define END                                                                    \
	",{'step': 'end', 'kind': 'finish', 'outcome': 'OUT', 'result': "      \
	"'NONE', 'reason': 'r'}"
#define FELL                                                                   \
	",{'step': 'fell', 'kind': 'finish', 'outcome': 'FELL', 'result': "    \
	"'NONE', 'reason': 'r'}"
#define CALL(operation)                                                        \
	"{'step': 'do', 'kind': 'call', 'operation': '" operation              \
	"', 'as': 'did', 'onFailure': 'fell', 'next': 'end'}" END FELL
#define WAIT "{'step': 'hear', 'kind': 'wait', 'signal': 'x', 'for': '9s'}" END
#define ASK                                                                    \
	"{'step': 'ask', 'kind': 'task', 'title': 't', 'reason': 'r', "        \
	"'role': 'agent', 'proposal': {'text': 'x', 'rejectText': 'y', "       \
	"'action': {'operation': 'peer.shout'}}, 'evidence': [], "             \
	"'onApprove': 'end', 'onReject': 'end'}" END
#define PICK                                                                   \
	"{'step': 'pick', 'kind': 'choose', 'rules': [{'when': {'x': 2}, "     \
	"'next': 'end'}]}" END
#define TRY(inside)                                                            \
	"{'step': 'try', 'kind': 'repeat', 'until': {'x': 2}, "                \
	"'maximumAttempts': 3, 'next': 'end', 'steps': [" inside "]}" END

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

static void say(enum inbox_kind kind, const char *body)
{
	stage_say(&s, kind, "", body);
	stage_go(&s);
}

static void unknown_call(const char *steps)
{
	open_at(steps);
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	assert_int_equal(stage_call(&s, "")->state, CALL_UNKNOWN);
}

/* ---- kill ---- */

static void killed_wherever_it_stands(void **state)
{
	static const char *const steps[] = {WAIT, ASK, PICK,
					    CALL("peer.keyed")};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		open_at(steps[i]);
		say(INBOX_KILL, "{'reason': 'enough'}");
		assert_int_equal(s.run.state, RUN_CANCELED);
		assert_string_equal(s.run.outcome, "KILLED");
		assert_string_equal(s.run.reason, "enough");
		assert_false(s.has_task);
		assert_false(s.plan.waits);
		assert_int_equal(s.inbox_count, 0);
		if (i < 3)
			stage_close(&s);
	}
	/* What was out is named, and its row is left as it is. */
	assert_int_equal(stage_call(&s, "")->state, CALL_SENT);
	assert_int_equal(s.plan.settled_count, 0);
	assert_non_null(strstr(s.plan.entry[s.plan.entry_count - 1].data,
			       "run_1/do/1"));
}

static void killed_while_nobody_knows(void **state)
{
	(void)state;
	unknown_call(CALL("peer.shout"));
	assert_int_equal(s.run.state, RUN_HELD);
	say(INBOX_KILL, "{'reason': 'enough'}");
	assert_int_equal(s.run.state, RUN_CANCELED);
	assert_int_equal(stage_call(&s, "")->state, CALL_UNKNOWN);
}

static void killed_while_paused_and_canceling(void **state)
{
	(void)state;
	open_at(WAIT);
	say(INBOX_PAUSE, "{'reason': 'p'}");
	say(INBOX_KILL, "{'reason': 'enough'}");
	assert_int_equal(s.run.state, RUN_CANCELED);
	stage_close(&s);
	open_at(CALL("peer.keyed"));
	say(INBOX_CANCEL, "{'reason': 'c'}");
	assert_int_equal(s.run.state, RUN_CANCELING);
	say(INBOX_KILL, "{'reason': 'enough'}");
	assert_string_equal(s.run.outcome, "KILLED");
}

/* The answer that came with it is on record. */
static void killed_with_the_answer(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed"));
	stage_ok(&s, "", "{'status': 'GOOD'}");
	say(INBOX_KILL, "{'reason': 'enough'}");
	assert_int_equal(s.run.state, RUN_CANCELED);
	assert_string_equal(stage_get(&s, "tried.0.result"), "\"GOOD\"");
	assert_int_equal(stage_noted(&s, AUDIT_CALL_RESULT), 1);
}

static void an_event_behind_a_kill_is_the_next_runs(void **state)
{
	(void)state;
	open_at(WAIT);
	stage_say(&s, INBOX_KILL, "", "{'reason': 'enough'}");
	stage_say(&s, INBOX_EVENT, "", "{'news': 1}");
	stage_go(&s);
	assert_int_equal(s.run.state, RUN_CANCELED);
	assert_non_null(s.plan.follow);
}

/* ---- priority ---- */

static void priority_is_taken_and_told(void **state)
{
	(void)state;
	open_at(WAIT);
	s.run.priority = 2;
	say(INBOX_PRIORITY, "{'priority': 0, 'reason': 'doors open'}");
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
	assert_int_equal(s.run.priority, 0);
	assert_int_equal(stage_noted(&s, AUDIT_PRIORITY), 1);
}

static void priority_out_of_range_is_refused(void **state)
{
	static const char *const body[] = {"{'priority': 4}",
					   "{'priority': -1}", "{}"};
	size_t i;

	(void)state;
	open_at(WAIT);
	s.run.priority = 2;
	for (i = 0; i < 3; i++) {
		say(INBOX_PRIORITY, body[i]);
		assert_int_equal(s.run.priority, 2);
		assert_int_equal(stage_noted(&s, AUDIT_REFUSED), 1);
		assert_int_equal(s.inbox_count, 0);
	}
}

/* ---- settle ---- */

#define HAPPENED "{'callId': 'call_1', 'happened': true, 'reason': 'seen'}"
#define DID_NOT "{'callId': 'call_1', 'happened': false, 'reason': 'seen'}"

static void settled_as_happened(void **state)
{
	(void)state;
	unknown_call(CALL("peer.shout"));
	stage_is(&s, RUN_HELD, "do/call", 0);
	say(INBOX_SETTLE, "{'callId': 'call_1', 'happened': true, 'answer': "
			  "{'status': 'PAID'}, 'reason': 'seen'}");
	assert_int_equal(s.run.state, RUN_COMPLETED);
	assert_string_equal(s.run.outcome, "OUT");
	assert_string_equal(stage_get(&s, "did.status"), "\"PAID\"");
	assert_string_equal(stage_get(&s, "tried.1.result"), "\"PAID\"");
	assert_int_equal(stage_noted(&s, AUDIT_SETTLED), 1);
	assert_int_equal(s.plan.settled_count, 1);
	assert_int_equal(s.plan.settled[0].state, CALL_OK);
	assert_false(s.plan.settled[0].maybe_done);
}

static void settled_without_an_answer(void **state)
{
	(void)state;
	unknown_call(CALL("peer.shout"));
	say(INBOX_SETTLE, HAPPENED);
	assert_int_equal(s.run.state, RUN_COMPLETED);
	assert_string_equal(stage_get(&s, "did"), "{}");
}

/* Certainly not done: what attempts there are left go on, then onFailure. */
static void settled_as_not_happened(void **state)
{
	(void)state;
	unknown_call(CALL("peer.shout"));
	say(INBOX_SETTLE, DID_NOT);
	stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0);
	assert_int_equal(s.plan.settled[0].state, CALL_FAILED);
	stage_later(&s, 1000);
	stage_is(&s, RUN_RUNNING, "do/call", 1);
	assert_int_equal(stage_call(&s, "")->attempt, 2);
	assert_string_equal(stage_call(&s, "")->key, "run_1/do/1");
	stage_answer(&s, "", CLASS_RETRYABLE, 503, NULL);
	stage_go(&s);
	stage_later(&s, 1000);
	assert_int_equal(stage_call(&s, "")->attempt, 3);
	stage_answer(&s, "", CLASS_PERMANENT, 400, NULL);
	stage_go(&s);
	assert_string_equal(s.run.outcome, "FELL");
}

static void settled_at_the_last_attempt(void **state)
{
	int i;

	(void)state;
	open_at(CALL("peer.keyed"));
	for (i = 0; i < 3; i++) {
		stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
		stage_go(&s);
		if (i < 2)
			stage_later(&s, 1000);
	}
	assert_int_equal(s.run.state, RUN_HELD);
	say(INBOX_SETTLE, DID_NOT);
	assert_string_equal(s.run.outcome, "FELL");
	assert_string_equal(stage_get(&s, "failure.class"), "\"RETRYABLE\"");
}

static void settled_between_two_attempts(void **state)
{
	(void)state;
	unknown_call(CALL("peer.keyed"));
	stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0);
	say(INBOX_SETTLE, HAPPENED);
	assert_int_equal(s.run.state, RUN_COMPLETED);
}

static void settled_while_it_is_looked_up(void **state)
{
	(void)state;
	unknown_call(CALL("peer.looked"));
	stage_later(&s, 7000);
	stage_is(&s, RUN_RUNNING, "do/lookup", 1);
	say(INBOX_SETTLE, HAPPENED);
	assert_int_equal(s.run.state, RUN_COMPLETED);
}

static void settled_while_paused(void **state)
{
	(void)state;
	unknown_call(CALL("peer.shout"));
	say(INBOX_PAUSE, "{'reason': 'p'}");
	say(INBOX_SETTLE, HAPPENED);
	stage_is(&s, RUN_PAUSED, "do/call", 0);
	say(INBOX_RESUME, "{}");
	assert_int_equal(s.run.state, RUN_COMPLETED);
}

static void settled_while_canceling(void **state)
{
	(void)state;
	unknown_call(CALL("peer.keyed"));
	say(INBOX_CANCEL, "{'reason': 'c'}");
	assert_int_equal(s.run.state, RUN_CANCELING);
	say(INBOX_SETTLE, HAPPENED);
	assert_int_equal(s.run.state, RUN_CANCELED);
}

static void settled_action_of_a_task(void **state)
{
	(void)state;
	open_at(ASK);
	stage_decide(&s, true, 0);
	stage_go(&s);
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	assert_int_equal(s.run.state, RUN_HELD);
	say(INBOX_SETTLE, HAPPENED);
	assert_int_equal(s.run.state, RUN_COMPLETED);
	assert_int_equal(s.plan.task_update->state, TASK_DONE);
}

/* Whoever spoke the word has written the row: the engine may have read it so
 * when it took the run up again. */
static void settled_in_the_row_already(void **state)
{
	static const char *const word[] = {DID_NOT, HAPPENED};
	struct call *c;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		unknown_call(CALL("peer.shout"));
		c = stage_call(&s, "");
		c->state = i ? CALL_OK : CALL_FAILED;
		c->answer =
			i ? arena_dup(&s.arena, "{\"status\":\"SEEN\"}") : NULL;
		snprintf(c->class, sizeof(c->class), i ? "OK" : "PERMANENT");
		say(INBOX_SETTLE, word[i]);
		if (i == 0) {
			stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0);
			stage_close(&s);
		}
	}
	assert_int_equal(s.run.state, RUN_COMPLETED);
	assert_string_equal(stage_get(&s, "did.status"), "\"SEEN\"");
}

/* Only the row: the step has long gone on. */
static void settled_of_a_visit_before(void **state)
{
	static struct call before = {.public_id = "call_9",
				     .state = CALL_UNKNOWN,
				     .adapter = "peer",
				     .operation = "keyed",
				     .purpose = PURPOSE_EFFECT,
				     .order_scope = true};

	(void)state;
	open_at(PICK);
	assert_int_equal(s.run.state, RUN_HELD);
	s.named_call = &before;
	say(INBOX_SETTLE, "{'callId': 'call_9', 'happened': true}");
	assert_int_equal(s.run.state, RUN_HELD);
	assert_int_equal(s.plan.settled_count, 1);
	assert_int_equal(s.plan.settled[0].state, CALL_OK);
	assert_int_equal(before.state, CALL_UNKNOWN);
	before.state = CALL_OK;
	say(INBOX_SETTLE, "{'callId': 'call_9', 'happened': false}");
	assert_int_equal(s.plan.settled_count, 0);
	assert_int_equal(stage_noted(&s, AUDIT_REFUSED), 1);
}

static void settle_is_refused(void **state)
{
	static const char *const body[] = {
		"{'callId': 'call_7', 'happened': true}", "{'happened': true}",
		"{'callId': 'call_1'}", HAPPENED};
	size_t i;

	(void)state;
	open_at(CALL("peer.keyed"));
	for (i = 0; i < 4; i++) {
		say(INBOX_SETTLE, body[i]);
		assert_int_equal(stage_noted(&s, AUDIT_REFUSED), 1);
		assert_int_equal(s.plan.settled_count, 0);
		assert_int_equal(s.inbox_count, 0);
		stage_is(&s, RUN_RUNNING, "do/call", 0);
	}
	assert_non_null(strstr(s.plan.entry[0].message, "SENT"));
}

static void two_settles_are_read_one_by_one(void **state)
{
	(void)state;
	unknown_call(CALL("peer.shout"));
	stage_say(&s, INBOX_SETTLE, "", "{'callId': 'call_7'}");
	say(INBOX_SETTLE, HAPPENED);
	assert_int_equal(s.inbox_count, 1);
	assert_true(s.run.inbox_read < s.run.inbox_seq);
	assert_int_equal(s.run.state, RUN_HELD);
	stage_go(&s);
	assert_int_equal(s.run.state, RUN_COMPLETED);
}

/* ---- migrate ---- */

#define TO_6 "{'documentId': 6, 'reason': 'better'}"

static void migrates_to_another_version(void **state)
{
	(void)state;
	open_at(TRY("{'step': 'hear', 'kind': 'wait', 'signal': 'x', 'for': "
		    "'9s'}"));
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
	s.target = stage_version(
		&s, "intake",
		"{'step': 'try', 'kind': 'repeat', 'until': {'x': 2}, "
		"'maximumAttempts': 3, 'next': 'end', 'steps': [{'step': "
		"'first', 'kind': 'wait', 'for': '1s'}, {'step': 'hear', "
		"'kind': 'wait', 'signal': 'y', 'for': '9s'}]}" FELL
		",{'step': 'end', 'kind': 'finish', 'outcome': 'NEW', "
		"'result': 'NONE', 'reason': 'r'}",
		6);
	say(INBOX_MIGRATE, TO_6);
	assert_int_equal(stage_noted(&s, AUDIT_MIGRATED), 1);
	assert_int_equal(s.run.playbook_id, 6);
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
	assert_string_equal(s.run.wait_signal, "y");
	stage_set(&s, "x", "2");
	stage_say(&s, INBOX_SIGNAL, "y", "{}");
	stage_go(&s);
	assert_string_equal(s.run.outcome, "NEW");
}

static void migrate_is_refused(void **state)
{
	static const struct {
		const char *name, *steps, *why;
	} rows[] = {
		{"other", WAIT, "other"},
		{"intake", PICK, "no step \"hear\""},
		{"intake",
		 "{'step': 'hear', 'kind': 'choose', 'rules': [{'next': "
		 "'end'}]}" END,
		 "choose"},
		{"intake",
		 TRY("{'step': 'hear', 'kind': 'wait', 'signal': 'x', 'for': "
		     "'9s'}"),
		 "at this place"},
	};
	size_t i;

	(void)state;
	open_at(WAIT);
	say(INBOX_MIGRATE, "{'documentId': 77}");
	assert_non_null(strstr(s.plan.entry[0].message, "document"));
	for (i = 0; i < 4; i++) {
		s.target = stage_version(&s, rows[i].name, rows[i].steps, 6);
		say(INBOX_MIGRATE, TO_6);
		assert_int_equal(s.run.playbook_id, 5);
		assert_int_equal(stage_noted(&s, AUDIT_REFUSED), 1);
		assert_non_null(strstr(s.plan.entry[0].message, rows[i].why));
		stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
		assert_int_equal(s.inbox_count, 0);
	}
}

static void migrate_keeps_what_a_call_does(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed"));
	s.target = stage_version(&s, "intake", CALL("peer.shout"), 6);
	say(INBOX_MIGRATE, TO_6);
	assert_int_equal(s.run.playbook_id, 5);
	assert_non_null(strstr(s.plan.entry[0].message, "peer.shout"));
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(killed_wherever_it_stands),
		TEST(killed_while_nobody_knows),
		TEST(killed_while_paused_and_canceling),
		TEST(killed_with_the_answer),
		TEST(an_event_behind_a_kill_is_the_next_runs),
		TEST(priority_is_taken_and_told),
		TEST(priority_out_of_range_is_refused),
		TEST(settled_as_happened),
		TEST(settled_without_an_answer),
		TEST(settled_as_not_happened),
		TEST(settled_at_the_last_attempt),
		TEST(settled_between_two_attempts),
		TEST(settled_while_it_is_looked_up),
		TEST(settled_while_paused),
		TEST(settled_while_canceling),
		TEST(settled_action_of_a_task),
		TEST(settled_in_the_row_already),
		TEST(settled_of_a_visit_before),
		TEST(settle_is_refused),
		TEST(two_settles_are_read_one_by_one),
		TEST(migrates_to_another_version),
		TEST(migrate_is_refused),
		TEST(migrate_keeps_what_a_call_does),
	};

	json_init();
	return RUN(tests);
}

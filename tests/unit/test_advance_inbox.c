/*
 * What the outside says to a run, in every state that it may be in.
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
#define CALL(operation)                                                        \
	"{'step': 'do', 'kind': 'call', 'operation': '" operation "'}" END
#define READ                                                                   \
	"{'step': 'read', 'kind': 'gather', 'reads': [{'as': 'a', "            \
	"'operation': 'peer.get'}]}" END
#define WAIT "{'step': 'hear', 'kind': 'wait', 'signal': 'x', 'for': '9s'}" END
#define ASK                                                                    \
	"{'step': 'ask', 'kind': 'task', 'title': 't', 'reason': 'r', "        \
	"'role': 'agent', 'proposal': {'text': 'x', 'rejectText': 'y', "       \
	"'action': {'operation': 'peer.shout'}}, 'evidence': [], "             \
	"'onApprove': 'end', 'onReject': 'end'}" END
#define PICK                                                                   \
	"{'step': 'pick', 'kind': 'choose', 'rules': [{'when': {'x': 2}, "     \
	"'next': 'end'}]}" END

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

static void say(enum inbox_kind kind)
{
	stage_say(&s, kind, "", "{'reason': 'why not'}");
	stage_go(&s);
}

/* ---- cancel ---- */

static void canceled_where_nothing_is_out(void **state)
{
	static const char *const steps[] = {READ, WAIT, ASK, PICK};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		open_at(steps[i]);
		say(INBOX_CANCEL);
		assert_int_equal(s.run.state, RUN_CANCELED);
		assert_string_equal(s.run.outcome, "CANCELED");
		assert_string_equal(s.run.reason, "why not");
		assert_false(s.has_task);
		assert_false(s.plan.waits);
		assert_int_equal(s.inbox_count, 0);
		if (i < 3)
			stage_close(&s);
	}
}

static void canceled_when_the_answer_is_here(void **state)
{
	static const enum call_class classes[] = {CLASS_OK, CLASS_PERMANENT};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		open_at(CALL("peer.keyed"));
		say(INBOX_CANCEL);
		stage_is(&s, RUN_CANCELING, "do/call", 0);
		assert_true(s.plan.waits);
		stage_answer(&s, "", classes[i], 200, "{}");
		stage_go(&s);
		assert_int_equal(s.run.state, RUN_CANCELED);
		if (i < 1)
			stage_close(&s);
	}
}

/* The answer came with the cancel: it is on record before the end. */
static void canceled_with_the_answer(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed"));
	stage_ok(&s, "", "{'status': 'GOOD'}");
	say(INBOX_CANCEL);
	assert_int_equal(s.run.state, RUN_CANCELED);
	assert_string_equal(stage_get(&s, "tried.0.result"), "\"GOOD\"");
	assert_int_equal(stage_noted(&s, AUDIT_CALL_RESULT), 1);
}

static void canceling_until_it_is_known(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed"));
	say(INBOX_CANCEL);
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	stage_is(&s, RUN_CANCELING, "do/backoff", 0);
	assert_int_equal(s.run.due_ms, s.now_ms + 1000);
	stage_later(&s, 1000);
	stage_is(&s, RUN_CANCELING, "do/call", 1);
	stage_crash(&s);
	stage_is(&s, RUN_CANCELING, "do/call", 1);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	assert_int_equal(s.run.state, RUN_CANCELED);
}

static void canceling_through_a_lookup(void **state)
{
	(void)state;
	open_at(CALL("peer.looked"));
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	say(INBOX_CANCEL);
	stage_is(&s, RUN_CANCELING, "do/lookup_wait", 0);
	stage_later(&s, 7000);
	stage_is(&s, RUN_CANCELING, "do/lookup", 1);
	stage_ok(&s, "lookup.1", "{}");
	stage_go(&s);
	assert_int_equal(s.run.state, RUN_CANCELED);
}

static void canceled_between_attempts(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed"));
	stage_answer(&s, "", CLASS_RETRYABLE, 503, NULL);
	stage_go(&s);
	stage_is(&s, RUN_BACKING_OFF, "do/backoff", 0);
	say(INBOX_CANCEL); /* certainly not done, and stays so */
	assert_int_equal(s.run.state, RUN_CANCELED);
}

static void cannot_be_canceled_while_unknown(void **state)
{
	(void)state;
	open_at(CALL("peer.shout"));
	stage_answer(&s, "", CLASS_UNKNOWN, 0, NULL);
	stage_go(&s);
	stage_is(&s, RUN_HELD, "do/call", 0);
	say(INBOX_CANCEL);
	assert_int_equal(s.run.state, RUN_HELD);
	assert_non_null(strstr(s.run.reason, "unknown"));
}

/* ---- pause and resume ---- */

static void pauses_and_resumes(void **state)
{
	static const struct {
		const char *steps, *place;
		enum run_state state;
	} rows[] = {
		{WAIT, "hear/wait", RUN_WAITING_SIGNAL},
		{ASK, "ask/open", RUN_WAITING_TASK},
		{PICK, "pick/", RUN_HELD},
		{READ, "read/gather", RUN_RUNNING},
		{CALL("peer.keyed"), "do/call", RUN_RUNNING},
	};
	size_t i, count = sizeof(rows) / sizeof(rows[0]);

	(void)state;
	for (i = 0; i < count; i++) {
		open_at(rows[i].steps);
		assert_int_equal(s.run.state, rows[i].state);
		say(INBOX_PAUSE);
		stage_is(&s, RUN_PAUSED, rows[i].place, 0);
		assert_string_equal(s.run.reason, "why not");
		assert_string_equal(s.run.paused_state,
				    run_state_name(rows[i].state));
		stage_say(&s, INBOX_SIGNAL, "y", "{}");
		s.run.due_ms = s.now_ms;
		stage_later(&s, 100);
		stage_is(&s, RUN_PAUSED, rows[i].place, 0);
		assert_int_equal(s.run.due_ms, 0);
		say(INBOX_RESUME);
		stage_is(&s, rows[i].state, rows[i].place, 0);
		assert_string_equal(s.run.paused_state, "");
		if (i + 1 < count)
			stage_close(&s);
	}
}

static void answered_while_paused(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed"));
	say(INBOX_PAUSE);
	assert_true(s.plan.waits);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	stage_is(&s, RUN_PAUSED, "do/call", 0);
	assert_false(s.plan.waits);
	say(INBOX_RESUME);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
}

static void crashed_while_paused(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed"));
	say(INBOX_PAUSE);
	stage_crash(&s);
	stage_is(&s, RUN_PAUSED, "do/call", 0);
	say(INBOX_RESUME);
	stage_is(&s, RUN_RUNNING, "do/call", 1);
}

static void decided_while_paused(void **state)
{
	(void)state;
	open_at(ASK);
	say(INBOX_PAUSE);
	stage_decide(&s, false, 0);
	stage_go(&s);
	stage_is(&s, RUN_PAUSED, "ask/open", 0);
	say(INBOX_RESUME);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
}

static void canceled_while_paused(void **state)
{
	(void)state;
	open_at(WAIT);
	say(INBOX_PAUSE);
	say(INBOX_CANCEL);
	assert_int_equal(s.run.state, RUN_CANCELED);
}

static void paused_over_its_time(void **state)
{
	(void)state;
	open_at(WAIT);
	say(INBOX_PAUSE);
	stage_later(&s, 60000);
	stage_is(&s, RUN_PAUSED, "hear/wait", 0);
	say(INBOX_RESUME);
	stage_is(&s, RUN_COMPLETED, "end/", 0);
}

/* ---- retry ---- */

static void retry_shortens_a_pause(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed"));
	stage_answer(&s, "", CLASS_RETRYABLE, 503, NULL);
	stage_go(&s);
	say(INBOX_RETRY);
	stage_is(&s, RUN_RUNNING, "do/call", 1);
	assert_int_equal(stage_call(&s, "")->attempt, 2);
}

static void retry_enters_a_step_again(void **state)
{
	(void)state;
	open_at(READ);
	stage_answer(&s, "a", CLASS_PERMANENT, 404, NULL);
	stage_go(&s);
	stage_is(&s, RUN_HELD, "read/gather", 0);
	say(INBOX_RETRY);
	stage_is(&s, RUN_RUNNING, "read/gather", 1);
	assert_string_equal(stage_call(&s, "a")->key, "run_1/read/2/a");
}

static void retry_of_what_runs_is_no_matter(void **state)
{
	(void)state;
	open_at(WAIT);
	say(INBOX_RETRY);
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
	assert_int_equal(s.inbox_count, 0);
}

/* ---- a further event ---- */

static void event(void)
{
	stage_say(&s, INBOX_EVENT, "", "{'news': 1}");
	stage_go(&s);
}

static void an_event_starts_anew(void **state)
{
	(void)state;
	open_at(READ);
	stage_ok(&s, "a", "{}");
	event();
	stage_is(&s, RUN_RUNNING, "read/gather", 1);
	assert_string_equal(stage_call(&s, "a")->key, "run_1/read/2/a");
	assert_string_equal(stage_get(&s, "request.news"), "1");
	assert_int_equal(s.inbox_count, 0);
}

static void an_event_voids_the_task(void **state)
{
	char old[ID_SIZE];

	(void)state;
	open_at(ASK);
	snprintf(old, sizeof(old), "%s", s.task.public_id);
	stage_decide(&s, true, 5000);
	event();
	stage_is(&s, RUN_WAITING_TASK, "ask/open", 0);
	assert_int_equal(s.plan.task_update->state, TASK_VOID);
	assert_string_equal(s.task.supersedes, old);
	assert_int_equal(s.task.state, TASK_OPEN);
}

static void an_event_waits_for_an_effect(void **state)
{
	(void)state;
	open_at(CALL("peer.keyed"));
	event();
	stage_is(&s, RUN_RUNNING, "do/call", 0);
	assert_int_equal(s.inbox_count, 1);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	/* Its outcome first, then the event; nothing is forgotten. */
	assert_string_equal(stage_get(&s, "tried.0.what"), "\"peer.keyed\"");
	stage_is(&s, RUN_RUNNING, "do/call", 1);
	assert_string_equal(stage_call(&s, "")->key, "run_1/do/2");
	assert_int_equal(s.inbox_count, 0);
}

static void an_event_waits_for_an_action(void **state)
{
	(void)state;
	open_at(ASK);
	stage_decide(&s, true, 0);
	stage_go(&s);
	stage_is(&s, RUN_RUNNING, "ask/call", 1);
	event();
	assert_int_equal(s.task.state, TASK_DECIDED);
	stage_ok(&s, "", "{}");
	stage_go(&s);
	assert_int_equal(s.plan.task_update->state, TASK_DONE);
	assert_int_equal(s.inbox_count, 0);
}

static void an_event_revives_what_is_held(void **state)
{
	(void)state;
	open_at(PICK);
	assert_int_equal(s.run.state, RUN_HELD);
	stage_set(&s, "x", "2");
	event();
	assert_int_equal(s.run.state, RUN_COMPLETED);
}

static void an_event_waits_out_a_pause(void **state)
{
	(void)state;
	open_at(WAIT);
	say(INBOX_PAUSE);
	event();
	assert_int_equal(s.run.state, RUN_PAUSED);
	assert_int_equal(s.inbox_count, 1);
	say(INBOX_RESUME);
	stage_is(&s, RUN_WAITING_SIGNAL, "hear/wait", 0);
	assert_int_equal(s.inbox_count, 0);
	assert_string_equal(s.run.progress, "hear:2:0:1800000009000");
}

/* ---- the record ---- */

static void damage_is_held(void **state)
{
	(void)state;
	stage_open(&s, WAIT);
	snprintf(s.run.progress, sizeof(s.run.progress), "nonsense");
	stage_go(&s);
	assert_int_equal(s.run.state, RUN_HELD);
	assert_non_null(strstr(s.run.reason, "damaged"));
}

static void a_step_that_is_gone(void **state)
{
	(void)state;
	open_at(WAIT);
	snprintf(s.run.step, sizeof(s.run.step), "elsewhere");
	stage_go(&s);
	assert_int_equal(s.run.state, RUN_HELD);
}

static void plans_that_only_park(void **state)
{
	struct plan p;

	(void)state;
	open_at(WAIT);
	memset(&p, 0xa5, sizeof(p));
	plan_hold(&s.run, &s.arena, s.now_ms, "so", &p);
	assert_null(run_columns_wrong(&p.run));
	assert_int_equal(p.run.state, RUN_HELD);
	assert_int_equal(p.entry_count, 1);
	assert_null(p.entry[0].data);
	plan_block(&s.run, &s.arena, s.now_ms, "peer", "full", 5, &p);
	assert_null(run_columns_wrong(&p.run));
	assert_int_equal(p.run.state, RUN_BLOCKED);
	assert_string_equal(p.run.wait_adapter, "peer");
	assert_string_equal(p.run.queue, "peer");
	say(INBOX_PAUSE);
	plan_hold(&s.run, &s.arena, s.now_ms, "so", &p);
	assert_null(run_columns_wrong(&p.run));
	/* A stopped run waits for its turn without a change of state. */
	s.run.inbox_seq++;
	plan_block(&s.run, &s.arena, s.now_ms, "peer", "full", 5, &p);
	assert_null(run_columns_wrong(&p.run));
	assert_int_equal(p.run.state, RUN_PAUSED);
	assert_string_equal(p.run.reason, "why not");
	assert_int_equal(p.run.due_ms, 5);
}

static void reads_on_behind_many_words(void **state)
{
	struct advance_input in;
	int i;

	(void)state;
	open_at(WAIT);
	for (i = 0; i < 50; i++)
		stage_say(&s, INBOX_COMMENT, "", "{}");
	in = (struct advance_input){
		.catalog = s.catalog,
		.playbook = s.catalog->playbook[0],
		.run = &s.run,
		.case_file = s.case_file,
		.inbox = s.inbox,
		.inbox_count = 50,
		.inbox_more = true,
		.now_ms = s.now_ms,
	};
	advance(&in, &s.plan);
	assert_int_equal(s.plan.consumed_count, 50);
	assert_int_equal(s.plan.run.due_ms, s.now_ms);
	assert_true(s.plan.run.inbox_read < s.plan.run.inbox_seq);
	plan_release(&s.plan);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(canceled_where_nothing_is_out),
		TEST(canceled_when_the_answer_is_here),
		TEST(canceled_with_the_answer),
		TEST(canceling_until_it_is_known),
		TEST(canceling_through_a_lookup),
		TEST(canceled_between_attempts),
		TEST(cannot_be_canceled_while_unknown),
		TEST(pauses_and_resumes),
		TEST(answered_while_paused),
		TEST(crashed_while_paused),
		TEST(decided_while_paused),
		TEST(canceled_while_paused),
		TEST(paused_over_its_time),
		TEST(retry_shortens_a_pause),
		TEST(retry_enters_a_step_again),
		TEST(retry_of_what_runs_is_no_matter),
		TEST(an_event_starts_anew),
		TEST(an_event_voids_the_task),
		TEST(an_event_waits_for_an_effect),
		TEST(an_event_waits_for_an_action),
		TEST(an_event_revives_what_is_held),
		TEST(an_event_waits_out_a_pause),
		TEST(damage_is_held),
		TEST(a_step_that_is_gone),
		TEST(plans_that_only_park),
		TEST(reads_on_behind_many_words),
	};

	json_init();
	return RUN(tests);
}

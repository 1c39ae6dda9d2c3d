/*
 * What an operator says to a run: which word is taken in which state, what it
 * leaves behind, and in what words it is refused.
 */
#include "engine/flow/operate.h"

#include <stdio.h>

#include "engine/base/json.h"
#include "engine/flow/note.h"
#include "scene.h"

static enum err operate(struct scene *s, const struct run *r,
			enum inbox_kind kind, const char *reason,
			struct run *ret_run)
{
	struct operation_request q = {
		.kind = kind, .name = "supplier_answer", .reason = reason};

	return SCENE_DO(s, run_operate(s->db, &s->world, r->public_id, &q, &sue,
				       &s->p, ret_run));
}

/* The run in this state, with the columns it needs. */
static void put_into(struct scene *s, struct run *r, enum run_state state)
{
	r->state = state;
	r->due_ms = s->now_ms + 60000;
	STR_COPY(r->reason, "because");
	if (state == RUN_BLOCKED)
		STR_COPY(r->wait_adapter, "transfer");
	if (state == RUN_WAITING_TASK)
		r->wait_task_id = 1;
	if (state == RUN_PAUSED)
		STR_COPY(r->paused_state, "READY");
	if (state == RUN_PAUSED || state == RUN_HELD)
		r->due_ms = 0;
	if (run_state_closed(state)) {
		r->due_ms = 0;
		r->closed_ms = s->now_ms;
		STR_COPY(r->outcome, "DONE_WITH");
	}
	scene_write(s, r);
}

/* A letter a kind that is taken: (S)ignal c(A)ncel (P)ause (R)esume re(T)ry
 * (C)omment (K)ill pri(O)rity. */
static const char *const taken[RUN_STATE_COUNT] = {
	[RUN_READY] = "SAPCKO",
	[RUN_RUNNING] = "SAPCKO",
	[RUN_BACKING_OFF] = "SAPTCKO",
	[RUN_BLOCKED] = "SAPTCKO",
	[RUN_WAITING_TASK] = "SAPCKO",
	[RUN_WAITING_SIGNAL] = "SAPCKO",
	[RUN_PAUSED] = "SARCKO",
	[RUN_HELD] = "SAPTCKO",
	[RUN_CANCELING] = "SCKO",
	[RUN_COMPLETED] = "C",
	[RUN_FAILED] = "C",
	[RUN_CANCELED] = "C",
	[RUN_TIMED_OUT] = "C",
};
static const struct {
	enum inbox_kind kind;
	char letter;
} kinds[] = {
	{INBOX_SIGNAL, 'S'}, {INBOX_CANCEL, 'A'},   {INBOX_PAUSE, 'P'},
	{INBOX_RESUME, 'R'}, {INBOX_RETRY, 'T'},    {INBOX_COMMENT, 'C'},
	{INBOX_KILL, 'K'},   {INBOX_PRIORITY, 'O'},
};

static void every_kind_in_every_state(void **state)
{
	struct scene s;
	char order[32];

	scene_open(&s, state);
	for (int at = 0; at < RUN_STATE_COUNT; at++) {
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			bool allowed = strchr(taken[at], kinds[k].letter);
			struct run r, after;

			snprintf(order, sizeof(order), "O-%d-%zu", at, k);
			r = scene_run(&s, order);
			put_into(&s, &r, (enum run_state)at);
			assert_err(operate(&s, &r, kinds[k].kind, "why not",
					   &after),
				   allowed ? OK : ERR_CONFLICT);
			assert_int_equal(after.id, r.id);
			assert_int_equal(scene_audit_all(&s, &r),
					 allowed ? 2 : 1);
			assert_int_equal(scene_inbox(&s, &r, NULL),
					 allowed && !run_state_closed(r.state));
			/* Only the engine changes a run. */
			assert_int_equal(scene_reread(&s, &r).state, at);
			scene_sound(&s, &r);
		}
	}
}

static void leaves_a_row_and_an_entry(void **state)
{
	struct audit_entry entry;
	struct inbox_row *rows;
	struct run r, after;
	struct scene s;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	put_into(&s, &r, RUN_HELD);
	s.now_ms += 500;
	assert_ok(operate(&s, &r, INBOX_RETRY, "the adapter is back", &after));
	assert_int_equal(after.inbox_seq, 1);
	assert_int_equal(after.due_ms, s.now_ms);
	assert_int_equal(scene_inbox(&s, &r, &rows), 1);
	assert_int_equal(rows[0].kind, INBOX_RETRY);
	assert_string_equal(rows[0].body,
			    "{\"reason\":\"the adapter is back\"}");
	assert_string_equal(rows[0].actor, "Sue");
	assert_int_equal(rows[0].received_ms, s.now_ms);
	assert_int_equal(scene_audit(&s, &r, "OPERATOR_ACTION", &entry), 1);
	assert_string_equal(entry.message, "Sue asked to retry the run: the "
					   "adapter is back");
	assert_string_equal(entry.data,
			    "{\"action\":\"retry\",\"reason\":\"the adapter is "
			    "back\"}");
}

static void a_signal_carries_its_body(void **state)
{
	cJSON *body = cJSON_CreateObject();
	struct operation_request q = {
		.kind = INBOX_SIGNAL, .name = "buyer_choice", .body = body};
	struct inbox_row *rows;
	struct run r, after;
	struct scene s;

	scene_open(&s, state);
	json_set_string(body, "choice", "refund");
	r = scene_run(&s, "ORDER-42");
	assert_ok(SCENE_DO(&s, run_operate(s.db, &s.world, r.public_id, &q,
					   &ana, &s.p, &after)));
	assert_int_equal(scene_inbox(&s, &r, &rows), 1);
	assert_int_equal(rows[0].kind, INBOX_SIGNAL);
	assert_string_equal(rows[0].name, "buyer_choice");
	assert_string_equal(rows[0].body, "{\"choice\":\"refund\"}");
	assert_int_equal(scene_audit(&s, &r, "SIGNAL_RECEIVED", NULL), 1);
	q.body = NULL;
	q.name = "buyer_call"; /* of equal names only the oldest is read */
	assert_ok(SCENE_DO(&s, run_operate(s.db, &s.world, r.public_id, &q,
					   &ana, &s.p, &after)));
	assert_int_equal(scene_inbox(&s, &r, &rows), 2);
	assert_string_equal(rows[1].body, "{}");
	cJSON_Delete(body);
}

static void a_comment_wakes_nobody(void **state)
{
	struct audit_entry entry;
	struct run r, after;
	struct scene s;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	put_into(&s, &r, RUN_WAITING_SIGNAL);
	assert_ok(operate(&s, &r, INBOX_COMMENT, "called the seller", &after));
	assert_int_equal(scene_reread(&s, &r).due_ms, s.now_ms + 60000);
	/* But an engine that has it checked out must see the new chain. */
	assert_int_equal(scene_reread(&s, &r).inbox_seq, 1);
	assert_int_equal(scene_audit(&s, &r, "COMMENT", &entry), 1);
	assert_string_equal(entry.message, "Sue: called the seller");
	assert_string_equal(entry.data, "{\"text\":\"called the seller\"}");
}

static void a_signal_wakes_one_that_waits(void **state)
{
	struct run r, after;
	struct scene s;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	put_into(&s, &r, RUN_WAITING_SIGNAL);
	assert_ok(operate(&s, &r, INBOX_SIGNAL, NULL, &after));
	assert_int_equal(scene_reread(&s, &r).due_ms, s.now_ms);
}

static void says_why_not(void **state)
{
	struct run r, after;
	struct scene s;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	assert_err(operate(&s, &r, INBOX_RESUME, "go", &after), ERR_CONFLICT);
	scene_said(&s, "", "the run is READY; it can't be resumed now");
	put_into(&s, &r, RUN_COMPLETED);
	assert_err(operate(&s, &r, INBOX_CANCEL, "stop", &after), ERR_CONFLICT);
	scene_said(&s, "",
		   "the run is COMPLETED since 2027-01-15 08:00:00 UTC; it "
		   "can't be cancelled any more");
	assert_int_equal(after.state, RUN_COMPLETED);
}

static void refuses_bad_words(void **state)
{
	char longest[REASON_SIZE + 1];
	struct run r, after;
	struct scene s;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	memset(longest, 'x', sizeof(longest));
	longest[REASON_SIZE] = '\0';
	assert_err(operate(&s, &r, INBOX_CANCEL, NULL, &after), ERR_INVALID);
	scene_said(&s, "/reason", "missing");
	assert_err(operate(&s, &r, INBOX_CANCEL, " \n", &after), ERR_INVALID);
	scene_said(&s, "/reason", "empty");
	assert_err(operate(&s, &r, INBOX_COMMENT, "", &after), ERR_INVALID);
	assert_err(operate(&s, &r, INBOX_PAUSE, longest, &after), ERR_INVALID);
	scene_said(&s, "/reason", "at most 399");
	/* As a comment it may be longer. */
	assert_ok(operate(&s, &r, INBOX_COMMENT, longest, &after));
	longest[REASON_SIZE - 1] = '\0';
	assert_ok(operate(&s, &r, INBOX_PAUSE, longest, &after));
	assert_int_equal(scene_audit_all(&s, &r), 3);
}

static void refuses_bad_requests(void **state)
{
	static const char *const names[] = {NULL,  "",	  "Upper",
					    "1st", "a-b", "_a"};
	struct operation_request q = {.kind = INBOX_SIGNAL, .reason = "x"};
	cJSON *list = cJSON_CreateArray();
	struct run r, after;
	struct scene s;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		q.name = names[i];
		assert_err(SCENE_DO(&s, run_operate(s.db, &s.world, r.public_id,
						    &q, &ana, &s.p, &after)),
			   ERR_INVALID);
		scene_said(&s, "/name", "signal's name");
	}
	q.name = "fine";
	q.body = list;
	assert_err(SCENE_DO(&s, run_operate(s.db, &s.world, r.public_id, &q,
					    &ana, &s.p, &after)),
		   ERR_INVALID);
	cJSON_Delete(list);
	assert_err(operate(&s, &r, INBOX_DECISION, "x", &after), ERR_INVALID);
	assert_err(operate(&s, &r, INBOX_EVENT, "x", &after), ERR_INVALID);
	assert_int_equal(scene_audit_all(&s, &r), 1);
}

static void knows_no_other_run(void **state)
{
	struct run none = {.public_id = "run_none"}, after = {.id = -7};
	struct scene s;

	scene_open(&s, state);
	assert_err(operate(&s, &none, INBOX_CANCEL, "x", &after),
		   ERR_NOT_FOUND);
	assert_int_equal(after.id, -7);
}

/* A call of the run, of this state; money when order_scope. */
static struct call put_call(struct scene *s, const struct run *r,
			    enum call_state state, bool order_scope)
{
	struct call c = fixture_call_of(s->f, r, "refund");

	c.state = CALL_SENT;
	c.purpose = PURPOSE_EFFECT;
	c.order_scope = order_scope;
	assert_ok(db_begin(s->db));
	assert_ok(call_insert(s->db, &c));
	c.state = state;
	assert_ok(call_answer(s->db, &c));
	assert_ok(db_commit(s->db));
	return c;
}

static enum err settled(struct scene *s, const struct run *r,
			const struct call *c, bool happened,
			const struct actor *actor)
{
	struct operation_request q = {.kind = INBOX_SETTLE,
				      .reason = "seen at the processor",
				      .call_id = c->public_id,
				      .happened = happened};
	struct run after;

	return SCENE_DO(s, run_operate(s->db, &s->world, r->public_id, &q,
				       actor, &s->p, &after));
}

static struct call reread_call(struct scene *s, const struct call *c)
{
	struct call now;

	assert_ok(call_by_id(s->db, c->id, s->a, &now));
	return now;
}

static void money_is_settled_by_a_supervisor(void **state)
{
	struct audit_entry entry;
	struct inbox_row *rows;
	struct scene s;
	struct call c;
	struct run r;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	put_into(&s, &r, RUN_HELD);
	c = put_call(&s, &r, CALL_UNKNOWN, true);
	assert_err(settled(&s, &r, &c, true, &ana), ERR_DENIED);
	scene_said(&s, "", "a supervisor settles it");
	assert_int_equal(reread_call(&s, &c).state, CALL_UNKNOWN);
	assert_int_equal(scene_audit(&s, &r, "OPERATOR_ACTION", NULL), 0);
	assert_ok(settled(&s, &r, &c, true, &sue));
	assert_int_equal(reread_call(&s, &c).state, CALL_OK);
	assert_false(reread_call(&s, &c).maybe_done);
	assert_string_equal(reread_call(&s, &c).answer, "{\"settled\":true}");
	assert_int_equal(scene_inbox(&s, &r, &rows), 1);
	assert_int_equal(rows[0].kind, INBOX_SETTLE);
	assert_int_equal(scene_audit(&s, &r, "OPERATOR_ACTION", &entry), 1);
	assert_non_null(strstr(entry.message, "it happened"));
	/* What is known is not settled again. */
	assert_err(settled(&s, &r, &c, false, &sue), ERR_CONFLICT);
	assert_int_equal(reread_call(&s, &c).state, CALL_OK);
	scene_sound(&s, &r);
}

/* It is what blocks the order's next money action. */
static void a_closed_run_is_settled_too(void **state)
{
	struct scene s;
	struct call c, out;
	struct run r;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	c = put_call(&s, &r, CALL_SENT, true);
	/* While it runs, the engine waits for the answer itself. */
	assert_err(settled(&s, &r, &c, false, &sue), ERR_CONFLICT);
	put_into(&s, &r, RUN_CANCELED);
	assert_ok(call_order_scope_out(s.db, "ORDER-42", s.a, &out));
	assert_ok(settled(&s, &r, &c, false, &sue));
	assert_err(call_order_scope_out(s.db, "ORDER-42", s.a, &out),
		   ERR_NOT_FOUND);
	assert_int_equal(reread_call(&s, &c).state, CALL_FAILED);
	assert_int_equal(scene_inbox(&s, &r, NULL), 0);
	scene_sound(&s, &r);
}

static void settles_only_its_own_effects(void **state)
{
	struct call c, read;
	struct run r, other;
	struct scene s;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	other = scene_run(&s, "ORDER-43");
	c = put_call(&s, &r, CALL_UNKNOWN, false);
	assert_err(settled(&s, &other, &c, true, &sue), ERR_INVALID);
	scene_said(&s, "/callId", "no call of this id");
	read = fixture_call_of(s.f, &r, "look");
	read.purpose = PURPOSE_READ;
	read.state = CALL_SENT;
	assert_ok(db_begin(s.db));
	assert_ok(call_insert(s.db, &read));
	assert_ok(db_commit(s.db));
	assert_err(settled(&s, &r, &read, true, &sue), ERR_CONFLICT);
	/* No money: an agent's word will do. */
	assert_ok(settled(&s, &r, &c, true, &ana));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(every_kind_in_every_state),
		FIXTURE_TEST(leaves_a_row_and_an_entry),
		FIXTURE_TEST(a_signal_carries_its_body),
		FIXTURE_TEST(a_comment_wakes_nobody),
		FIXTURE_TEST(a_signal_wakes_one_that_waits),
		FIXTURE_TEST(says_why_not),
		FIXTURE_TEST(refuses_bad_words),
		FIXTURE_TEST(refuses_bad_requests),
		FIXTURE_TEST(knows_no_other_run),
		FIXTURE_TEST(money_is_settled_by_a_supervisor),
		FIXTURE_TEST(a_closed_run_is_settled_too),
		FIXTURE_TEST(settles_only_its_own_effects),
	};

	return FIXTURE_RUN("operate", tests, true);
}

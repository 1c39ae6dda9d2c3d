/* Case files, inbox, calls, documents, keys, the engine: what the typed stores
 * keep, and what they refuse. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/store/case_store.h"
#include "engine/store/engine_store.h"
#include "engine/store/inbox_store.h"
#include "engine/store/key_store.h"
#include "fixture.h"

#define NOW_MS 1800000000000

/* ---- case files ---- */

static void test_case_file(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	int64_t at = 0;
	char *body = NULL;

	assert_err(case_load(f->db, r.id, &f->arena, &body, &at),
		   ERR_NOT_FOUND);
	assert_ok(db_begin(f->db));
	assert_ok(case_save(f->db, r.id, "{\"a\":1}", 5));
	assert_ok(case_save(f->db, r.id, "{\"a\":\"\xc3\xa9\"}", 6));
	assert_err(case_save(f->db, 999, "{}", 7), ERR_CONSTRAINT);
	assert_ok(db_commit(f->db));
	assert_ok(case_load(f->db, r.id, &f->arena, &body, &at));
	assert_string_equal(body, "{\"a\":\"\xc3\xa9\"}");
	assert_int_equal(at, 6);
	assert_ok(case_load(f->db, r.id, &f->arena, &body, NULL));
}

/* ---- inbox ---- */

static void put(struct fixture *f, const struct run *r, enum inbox_kind kind,
		const char *name, struct inbox_row *row)
{
	*row = (struct inbox_row){
		.run_id = r->id,
		.kind = kind,
		.body = arena_dup(&f->arena, "{\"x\":1}"),
		.actor = "ana",
		.received_ms = NOW_MS,
	};
	snprintf(row->name, sizeof(row->name), "%s", name);
	assert_ok(inbox_insert(f->db, row));
}

static void test_inbox_waits_until_consumed(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct run other = fixture_started(f, "ORDER-2");
	struct inbox_row in[INBOX_KIND_COUNT + 1], *rows;
	int count;

	assert_ok(db_begin(f->db));
	for (int i = 0; i < INBOX_KIND_COUNT; i++)
		put(f, &r, (enum inbox_kind)i,
		    i == INBOX_SIGNAL ? "accepted" : "", &in[i]);
	put(f, &other, INBOX_PAUSE, "", &in[INBOX_KIND_COUNT]);
	assert_ok(inbox_consume(f->db, in[0].id, NOW_MS + 1));
	assert_err(inbox_consume(f->db, in[0].id, NOW_MS + 2), ERR_NOT_FOUND);
	assert_err(inbox_consume(f->db, 999, NOW_MS), ERR_NOT_FOUND);
	assert_ok(db_commit(f->db));

	assert_ok(inbox_unconsumed(f->db, r.id, 99, &f->arena, &rows, &count));
	assert_int_equal(count, INBOX_KIND_COUNT - 1);
	for (int i = 0; i < count; i++) {
		assert_int_equal(rows[i].id, in[i + 1].id);
		assert_int_equal(rows[i].kind, i + 1);
		assert_int_equal(rows[i].consumed_ms, 0);
		assert_string_equal(rows[i].body, "{\"x\":1}");
	}
	assert_string_equal(rows[0].name, "accepted");
	assert_string_equal(rows[0].actor, "ana");
	assert_int_equal(rows[0].received_ms, NOW_MS);
	assert_int_equal(rows[0].run_id, r.id);
	assert_ok(inbox_unconsumed(f->db, r.id, 2, &f->arena, &rows, &count));
	assert_int_equal(count, 2);
}

/* Signals that no step waits for must not hide a cancel behind them. */
static void test_signals_hide_nothing(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct inbox_row in, *rows;
	char name[32];
	int count;

	assert_ok(db_begin(f->db));
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "signal-%d", i % 20);
		put(f, &r, INBOX_SIGNAL, name, &in);
	}
	put(f, &r, INBOX_CANCEL, "", &in);
	assert_ok(db_commit(f->db));
	assert_ok(inbox_unconsumed(f->db, r.id, 10, &f->arena, &rows, &count));
	assert_int_equal(count, 6);
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "signal-%d", i);
		assert_string_equal(rows[i].name, name);
		assert_int_equal(rows[i].id, i + 1);
	}
	assert_int_equal(rows[5].kind, INBOX_CANCEL);
}

static void test_inbox_refuses(void **state)
{
	struct fixture *f = *state;
	struct inbox_row row = {.run_id = 999, .kind = INBOX_EVENT};

	assert_ok(db_begin(f->db));
	assert_err(inbox_insert(f->db, &row), ERR_CONSTRAINT);
	assert_ok(db_commit(f->db));
}

/* ---- calls ---- */

static void assert_same_call(const struct call *a, const struct call *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->run_id, b->run_id);
	assert_string_equal(a->public_id, b->public_id);
	assert_string_equal(a->order_id, b->order_id);
	assert_string_equal(a->step, b->step);
	assert_int_equal(a->visit, b->visit);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->adapter, b->adapter);
	assert_string_equal(a->operation, b->operation);
	assert_int_equal(a->adapter_id, b->adapter_id);
	assert_int_equal(a->purpose, b->purpose);
	assert_int_equal(a->order_scope, b->order_scope);
	assert_string_equal(a->key, b->key);
	assert_string_equal(a->digest, b->digest);
	assert_string_equal(a->params, b->params);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->attempt, b->attempt);
	assert_string_equal(a->class, b->class);
	assert_int_equal(a->status, b->status);
	assert_true((a->answer == NULL) == (b->answer == NULL));
	if (a->answer != NULL)
		assert_string_equal(a->answer, b->answer);
	assert_string_equal(a->error, b->error);
	assert_int_equal(a->intent_ms, b->intent_ms);
	assert_int_equal(a->sent_ms, b->sent_ms);
	assert_int_equal(a->answered_ms, b->answered_ms);
	assert_int_equal(a->duration_ms, b->duration_ms);
}

static void test_call_from_intent_to_answer(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct call c = fixture_call_of(f, &r, "pay"), got;
	int out = -1;

	snprintf(c.name, sizeof(c.name), "first");
	c.order_scope = true;
	assert_ok(db_begin(f->db));
	assert_ok(call_insert(f->db, &c));
	assert_ok(db_commit(f->db));
	assert_ok(call_by_id(f->db, c.id, &f->arena, &got));
	assert_same_call(&got, &c);
	assert_ok(call_out_count(f->db, r.id, &out));
	assert_int_equal(out, 1);

	c.attempt = 2;
	c.sent_ms = NOW_MS + 1;
	assert_ok(db_begin(f->db));
	assert_ok(call_resend(f->db, &c));
	assert_ok(db_commit(f->db));
	c.state = CALL_SENT;
	assert_ok(call_by_id(f->db, c.id, &f->arena, &got));
	assert_same_call(&got, &c);

	c.state = CALL_FAILED;
	c.status = 409;
	c.answer = arena_dup(&f->arena, "{\"why\":\"sold\"}");
	snprintf(c.class, sizeof(c.class), "PERMANENT");
	snprintf(c.error, sizeof(c.error), "sold out");
	c.answered_ms = NOW_MS + 9;
	c.duration_ms = 8;
	assert_ok(db_begin(f->db));
	assert_ok(call_answer(f->db, &c));
	c.id = 999;
	assert_err(call_answer(f->db, &c), ERR_NOT_FOUND);
	assert_err(call_resend(f->db, &c), ERR_NOT_FOUND);
	assert_ok(db_commit(f->db));
	c.id = got.id;
	assert_ok(call_by_id(f->db, c.id, &f->arena, &got));
	assert_same_call(&got, &c);
	assert_ok(call_out_count(f->db, r.id, &out));
	assert_int_equal(out, 0);
	assert_err(call_by_id(f->db, 999, &f->arena, &got), ERR_NOT_FOUND);
}

/* Proof that money moved is never thrown away: whatever was said to the run
 * meanwhile, whoever has it now, and if it has ended. */
static void test_an_answer_is_never_fenced(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct call c = fixture_call_of(f, &r, "pay"), got;

	assert_ok(db_begin(f->db));
	c.state = CALL_SENT;
	assert_ok(call_insert(f->db, &c));
	assert_ok(run_nudge(f->db, &r, true, NOW_MS));
	c.status = 201;
	assert_ok(call_answer(f->db, &c));
	r.lease = 7;
	assert_ok(run_update(f->db, &r));
	c.status = 202;
	assert_ok(call_answer(f->db, &c));
	r.state = RUN_CANCELED;
	r.lease = r.due_ms = 0;
	r.closed_ms = NOW_MS;
	assert_ok(run_update(f->db, &r));
	c.state = CALL_OK;
	c.status = 200;
	assert_ok(call_answer(f->db, &c));
	assert_ok(db_commit(f->db));
	assert_ok(call_by_id(f->db, c.id, &f->arena, &got));
	assert_int_equal(got.state, CALL_OK);
	assert_int_equal(got.status, 200);
}

/* The rule that keeps money from moving twice, over runs of the order. */
static void test_one_money_call_of_an_order(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct call a = fixture_call_of(f, &r, "pay"), got;
	struct call b = fixture_call_of(f, &r, "refund"), c, d;

	a.order_scope = b.order_scope = true;
	assert_ok(db_begin(f->db));
	assert_ok(call_insert(f->db, &a));
	assert_err(call_insert(f->db, &b), ERR_CONSTRAINT);
	for (int s = CALL_INTENT; s <= CALL_UNKNOWN; s++) {
		bool out = s != CALL_OK && s != CALL_FAILED;

		a.state = (enum call_state)s;
		assert_ok(call_answer(f->db, &a));
		assert_err(
			call_order_scope_out(f->db, "ORDER-1", &f->arena, &got),
			out ? OK : ERR_NOT_FOUND);
	}
	assert_err(call_insert(f->db, &b), ERR_CONSTRAINT);
	/* One without money, and one of another order, may. */
	c = fixture_call_of(f, &r, "read");
	assert_ok(call_insert(f->db, &c));
	d = fixture_call_of(f, &r, "else");
	d.order_scope = true;
	snprintf(d.order_id, sizeof(d.order_id), "ORDER-2");
	assert_ok(call_insert(f->db, &d));
	a.state = CALL_OK;
	assert_ok(call_answer(f->db, &a));
	assert_ok(call_insert(f->db, &b));
	assert_ok(call_order_scope_out(f->db, "ORDER-1", &f->arena, &got));
	assert_int_equal(got.id, b.id);
	/* And the first can't come back beside the second. */
	a.state = CALL_UNKNOWN;
	assert_err(call_answer(f->db, &a), ERR_CONSTRAINT);
	assert_ok(db_commit(f->db));
}

static void test_a_key_belongs_to_one_call(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct call a = fixture_call_of(f, &r, "pay"), b = a;

	snprintf(b.public_id, sizeof(b.public_id), "call_other");
	assert_ok(db_begin(f->db));
	assert_ok(call_insert(f->db, &a));
	assert_err(call_insert(f->db, &b), ERR_CONSTRAINT);
	assert_ok(db_commit(f->db));
}

static void test_calls_of_a_visit_and_of_a_run(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct call *calls;
	int count;

	assert_ok(db_begin(f->db));
	for (int i = 0; i < 12; i++) {
		struct call c = fixture_call_of(f, &r, i < 6 ? "a" : "b");

		c.visit = i % 3;
		snprintf(c.key, sizeof(c.key), "key-%d", i);
		assert_ok(call_insert(f->db, &c));
	}
	assert_ok(db_commit(f->db));
	assert_ok(
		call_of_visit(f->db, r.id, "a", 1, &f->arena, &calls, &count));
	assert_int_equal(count, 2);
	assert_string_equal(calls[0].key, "key-1");
	assert_string_equal(calls[1].key, "key-4");
	assert_ok(call_of_run(f->db, r.id, 99, &f->arena, &calls, &count));
	assert_int_equal(count, 12);
	assert_string_equal(calls[11].key, "key-11");
	assert_ok(call_of_run(f->db, r.id, 9, &f->arena, &calls, &count));
	assert_int_equal(count, 9);
	assert_ok(call_of_run(f->db, 999, 9, &f->arena, &calls, &count));
	assert_int_equal(count, 0);
}

/* The one to ask a person about: money before all else, then the oldest. What
 * is only out counts where the run has ended, for nobody waits for it. */
static void test_the_call_of_unknown_outcome(void **state)
{
	static const struct {
		const char *step;
		enum call_state state;
		bool order_scope;
		enum call_purpose purpose;
	} made[] = {
		{"read", CALL_UNKNOWN, false, PURPOSE_READ},
		{"said", CALL_OK, false, PURPOSE_EFFECT},
		{"out", CALL_SENT, false, PURPOSE_EFFECT},
		{"note", CALL_UNKNOWN, false, PURPOSE_EFFECT},
		{"pay", CALL_UNKNOWN, true, PURPOSE_EFFECT},
	};
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	/* What is found after that many of them were made; NULL: nothing. */
	const char *open[] = {NULL, NULL, NULL, "note", "pay"};
	const char *closed[] = {NULL, NULL, "out", "out", "pay"};
	struct call got;

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		struct call c = fixture_call_of(f, &r, made[i].step);

		c.state = made[i].state;
		c.order_scope = made[i].order_scope;
		c.purpose = made[i].purpose;
		assert_ok(db_begin(f->db));
		assert_ok(call_insert(f->db, &c));
		assert_ok(call_answer(f->db, &c));
		assert_ok(db_commit(f->db));
		for (int end = 0; end < 2; end++) {
			const char *step = end ? closed[i] : open[i];
			enum err e = call_unknown_of_run(f->db, r.id, end,
							 &f->arena, &got);

			assert_int_equal(e, step ? OK : ERR_NOT_FOUND);
			if (step)
				assert_string_equal(got.step, step);
		}
	}
	assert_err(call_unknown_of_run(f->db, 999, true, &f->arena, &got),
		   ERR_NOT_FOUND);
}

/* ---- documents ---- */

static struct document policy(const char *body, const char *digest)
{
	struct document d = {
		.kind = DOCUMENT_POLICY,
		.name = "policy",
		.actor = "ops",
		.created_ms = NOW_MS,
	};

	snprintf(d.digest, sizeof(d.digest), "%s", digest);
	d.body = (char *)(uintptr_t)body;
	return d;
}

static void test_equal_content_is_one_version(void **state)
{
	struct fixture *f = *state;
	struct document a = policy("{\"a\":1}", "d1"), got;
	struct document b = policy("{\"a\":2}", "d2"), again = a;

	assert_ok(db_begin(f->db));
	assert_ok(document_put(f->db, &a));
	assert_ok(document_put(f->db, &b));
	assert_ok(document_put(f->db, &again));
	assert_ok(db_commit(f->db));
	assert_int_equal(a.version, 1);
	assert_int_equal(b.version, 2);
	assert_int_equal(again.id, a.id);
	assert_int_equal(again.version, 1);
	assert_ok(document_by_id(f->db, b.id, &f->arena, &got));
	assert_string_equal(got.body, "{\"a\":2}");
	assert_string_equal(got.name, "policy");
	assert_string_equal(got.digest, "d2");
	assert_string_equal(got.actor, "ops");
	assert_int_equal(got.kind, DOCUMENT_POLICY);
	assert_int_equal(got.version, 2);
	assert_int_equal(got.created_ms, NOW_MS);
	assert_false(got.active);
	assert_err(document_by_id(f->db, 999, &f->arena, &got), ERR_NOT_FOUND);
}

static void test_which_is_active(void **state)
{
	struct fixture *f = *state;
	struct document a = policy("{}", "d1"), b = policy("[]", "d2"), *rows;
	struct document adapter = policy("{}", "d3");
	int64_t before = -1, after = -1;
	int count;

	assert_ok(document_generation(f->db, &before));
	assert_ok(db_begin(f->db));
	assert_ok(document_put(f->db, &a));
	assert_ok(document_put(f->db, &b));
	assert_ok(document_activate(f->db, &a));
	assert_ok(document_activate(f->db, &b));
	assert_ok(document_raise_generation(f->db));
	assert_ok(db_commit(f->db));
	assert_ok(document_generation(f->db, &after));
	assert_int_equal(after, before + 1);
	assert_ok(document_active(f->db, &f->arena, &rows, &count));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].id, b.id);
	assert_true(rows[0].active);
	assert_string_equal(rows[0].body, "[]");
	adapter.kind = DOCUMENT_ADAPTER;
	assert_ok(db_begin(f->db));
	assert_ok(document_put(f->db, &adapter));
	assert_ok(document_activate(f->db, &adapter));
	assert_ok(db_commit(f->db));
	for (int k = DOCUMENT_ADAPTER; k <= DOCUMENT_POLICY; k++) {
		assert_ok(document_active_of(f->db, (enum document_kind)k,
					     &f->arena, &rows, &count));
		assert_int_equal(count, 1);
		assert_int_equal(rows[0].kind, k);
		assert_int_equal(rows[0].id,
				 k == DOCUMENT_POLICY ? b.id : adapter.id);
		assert_true(rows[0].active);
		assert_non_null(rows[0].body);
	}
	assert_ok(document_active_of(f->db, DOCUMENT_PLAYBOOK, &f->arena, &rows,
				     &count));
	assert_int_equal(count, 0);
	assert_ok(document_list(f->db, DOCUMENT_POLICY, &f->arena, &rows,
				&count));
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].id, b.id);
	assert_false(rows[1].active);
	assert_null(rows[1].body);
	assert_ok(document_list(f->db, -1, &f->arena, &rows, &count));
	assert_int_equal(count, 4); /* the fixture's playbook */
	assert_ok(db_begin(f->db));
	assert_ok(document_retire(f->db, DOCUMENT_POLICY, "policy"));
	a.id = 999;
	assert_err(document_activate(f->db, &a), ERR_CONSTRAINT);
	assert_ok(db_commit(f->db));
	assert_ok(document_active(f->db, &f->arena, &rows, &count));
	assert_int_equal(count, 1); /* the adapter */
	assert_string_equal(document_kind_name(DOCUMENT_ADAPTER), "adapter");
}

/* ---- keys ---- */

static void test_kept_answers(void **state)
{
	struct fixture *f = *state;
	struct kept_answer in = {.digest = "d", .status = 201}, out;
	int64_t count;
	char key[32];

	in.answer = arena_dup(&f->arena, "{\"ok\":true}");
	assert_err(key_get(f->db, "ana", "/v1/runs", "k0", &f->arena, &out),
		   ERR_NOT_FOUND);
	assert_ok(db_begin(f->db));
	for (int i = 0; i < 6; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		assert_ok(key_put(f->db, "ana", "/v1/runs", key, &in, i));
	}
	assert_err(key_put(f->db, "ana", "/v1/runs", "k0", &in, 9),
		   ERR_CONSTRAINT);
	assert_ok(key_put(f->db, "ben", "/v1/runs", "k0", &in, 9));
	assert_ok(key_put(f->db, "ana", "/v1/tasks", "k0", &in, 9));
	assert_ok(db_commit(f->db));
	assert_ok(key_get(f->db, "ana", "/v1/runs", "k0", &f->arena, &out));
	assert_string_equal(out.digest, "d");
	assert_string_equal(out.answer, "{\"ok\":true}");
	assert_int_equal(out.status, 201);

	assert_ok(db_begin(f->db));
	/* 0, 1, 2: the oldest first */
	assert_ok(key_expire(f->db, 4, 3, &count));
	assert_int_equal(count, 3);
	assert_ok(db_commit(f->db));
	assert_err(key_get(f->db, "ana", "/v1/runs", "k2", &f->arena, &out),
		   ERR_NOT_FOUND);
	assert_ok(key_get(f->db, "ana", "/v1/runs", "k3", &f->arena, &out));
	assert_ok(db_begin(f->db));
	assert_ok(key_expire(f->db, 4, 3, &count));
	assert_int_equal(count, 1);
	assert_ok(db_commit(f->db));
	assert_err(key_get(f->db, "ana", "/v1/runs", "k3", &f->arena, &out),
		   ERR_NOT_FOUND);
	assert_ok(key_get(f->db, "ana", "/v1/runs", "k4", &f->arena, &out));
}

static void test_event_keys_are_for_ever(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct run other = fixture_started(f, "ORDER-2");
	char digest[DIGEST_HEX_SIZE];
	int64_t run_id = 0;

	assert_err(event_key_get(f->db, "shop", "k", &run_id, digest),
		   ERR_NOT_FOUND);
	assert_ok(db_begin(f->db));
	assert_ok(event_key_put(f->db, "shop", "k", r.id, "d1"));
	assert_err(event_key_put(f->db, "shop", "k", r.id, "d2"),
		   ERR_CONSTRAINT);
	assert_err(event_key_put(f->db, "shop", "k", other.id, "d1"),
		   ERR_CONSTRAINT);
	assert_ok(event_key_put(f->db, "mail", "k", r.id, "d2"));
	assert_err(event_key_put(f->db, "mail", "l", 999, "d2"),
		   ERR_CONSTRAINT);
	assert_ok(db_commit(f->db));
	assert_ok(event_key_get(f->db, "shop", "k", &run_id, digest));
	assert_int_equal(run_id, r.id);
	assert_string_equal(digest, "d1");
}

/* ---- the engine ---- */

static void test_engine_row(void **state)
{
	struct fixture *f = *state;
	int64_t id = 0, second = 0, pid = 0, ready = -1;

	assert_ok(db_begin(f->db));
	assert_ok(engine_register(f->db, 42, &id));
	assert_ok(engine_set_ready(f->db, NOW_MS));
	assert_ok(db_commit(f->db));
	assert_ok(engine_get(f->db, &id, &pid, &ready));
	assert_int_equal(pid, 42);
	assert_int_equal(ready, NOW_MS);
	assert_ok(db_begin(f->db));
	assert_ok(engine_register(f->db, 43, &second));
	assert_ok(db_commit(f->db));
	assert_int_equal(second, id + 1);
	assert_ok(engine_get(f->db, &id, &pid, &ready));
	assert_int_equal(ready, 0);
}

static void test_engine_lock_ends_with_its_process(void **state)
{
	struct fixture *f = *state;
	struct engine_lock *lock = NULL, *other = NULL;
	int64_t pid = 0;
	int ready[2];
	char c;
	pid_t child;

	assert_false(engine_alive(f->folder, &pid));
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		if (engine_lock_take(f->folder, &lock, &pid) != OK)
			_exit(1);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_err(engine_lock_take(f->folder, &lock, &pid), ERR_CONFLICT);
	assert_int_equal(pid, child);
	pid = 0;
	assert_true(engine_alive(f->folder, &pid));
	assert_int_equal(pid, child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(ready[0]);
	close(ready[1]);

	assert_false(engine_alive(f->folder, &pid));
	assert_ok(engine_lock_take(f->folder, &lock, &pid));
	/* Asking and closing in the same process must not drop it. */
	assert_true(engine_alive(f->folder, &pid));
	assert_int_equal(pid, getpid());
	assert_err(engine_lock_take(f->folder, &other, &pid), ERR_CONFLICT);
	engine_lock_release(lock);
	engine_lock_release(NULL);
	assert_false(engine_alive(f->folder, &pid));
	assert_err(engine_lock_take("/nonexistent", &lock, &pid), ERR_SYSTEM);
}

static void test_role_names(void **state)
{
	enum role role = ROLE_VIEWER;

	(void)state;
	assert_true(role_parse("supervisor", &role));
	assert_int_equal(role, ROLE_SUPERVISOR);
	assert_string_equal(role_name(ROLE_ADMIN), "admin");
	assert_false(role_parse("root", &role));
	assert_false(role_parse(NULL, &role));
	assert_int_equal(role, ROLE_SUPERVISOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_case_file),
		FIXTURE_TEST(test_inbox_waits_until_consumed),
		FIXTURE_TEST(test_signals_hide_nothing),
		FIXTURE_TEST(test_inbox_refuses),
		FIXTURE_TEST(test_call_from_intent_to_answer),
		FIXTURE_TEST(test_an_answer_is_never_fenced),
		FIXTURE_TEST(test_one_money_call_of_an_order),
		FIXTURE_TEST(test_a_key_belongs_to_one_call),
		FIXTURE_TEST(test_calls_of_a_visit_and_of_a_run),
		FIXTURE_TEST(test_the_call_of_unknown_outcome),
		FIXTURE_TEST(test_equal_content_is_one_version),
		FIXTURE_TEST(test_which_is_active),
		FIXTURE_TEST(test_kept_answers),
		FIXTURE_TEST(test_event_keys_are_for_ever),
		FIXTURE_TEST(test_engine_row),
		FIXTURE_TEST(test_engine_lock_ends_with_its_process),
		FIXTURE_TEST(test_role_names),
	};

	return FIXTURE_RUN("stores", tests, false);
}

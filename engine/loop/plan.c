/*
 * Why: one advance() for every checked-out run that has something to do, up to
 * a tick's worth. A plan whose calls the adapter cannot take now is not made;
 * the run is parked instead, with the reason.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/log.h"
#include "../flow/life.h"
#include "../store/engine_store.h"
#include "parts.h"

#define INBOX_MAX 50
/* Crashes at which a run was there, before it is planned alone; and alone,
 * before it is given up. */
#define CRASHES_SUSPECT 2
#define CRASHES_MAX (CRASHES_SUSPECT + 5)

/* Pause of a run whose calls do not fit into what the engine makes at a time:
 * there may be room for others. */
#define CALLS_PAUSE_MS 100
/* How far back a run counts as waiting for a place. */
#define WAITED_MOST_MS 60000

static enum err needs_task(struct engine *e, struct checkout *c,
			   const struct playbook *b, struct task **ret_task)
{
	const struct step *s =
		b && c->run.step[0] ? playbook_step(b, c->run.step) : NULL;
	struct task *t;
	enum err err;

	if (!s || (s->kind != STEP_TASK && !c->run.wait_task_id))
		return OK;
	t = arena_alloc(&e->arena, sizeof(*t));
	err = task_open_of_run(e->db, c->run.id, &e->arena, t);
	if (err == OK)
		*ret_task = t;
	return err == ERR_NOT_FOUND ? OK : err;
}

/* For jitter: one that is seeded is random enough, and asks no kernel. */
static uint64_t next_random(struct engine *e)
{
	uint64_t z = e->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Only a cancel and a further event ask; both stop what is not out. */
static bool money_out(struct engine *e, const struct checkout *c)
{
	struct call out;
	int i;

	if (call_order_scope_out(e->db, c->run.order_id, &e->arena, &out) !=
		    OK ||
	    out.run_id != c->run.id)
		return false;
	for (i = 0; i < c->call_count; i++) {
		if (c->call[i].call.id == out.id)
			return false; /* of this visit: it knows better */
	}
	return true;
}

/* A settled call may be of a visit long past, and its run may have none. */
static enum err named_call(struct engine *e, const struct checkout *c,
			   const char *public_id, const struct call **ret_call)
{
	struct call *call = arena_alloc(&e->arena, sizeof(*call));
	enum err err = call_by_public_id(e->db, public_id, &e->arena, call);

	if (err == OK && call->run_id == c->run.id)
		*ret_call = call;
	return err == ERR_NOT_FOUND ? OK : err;
}

/* What words name that is not in the input by itself. */
static enum err read_words(struct engine *e, const struct checkout *c,
			   struct advance_input *in)
{
	enum err err = OK;
	int i;

	for (i = 0; err == OK && i < in->inbox_count; i++) {
		const struct inbox_row *row = &in->inbox[i];
		bool settle = row->kind == INBOX_SETTLE && !in->named_call;
		bool migrate = row->kind == INBOX_MIGRATE && !in->target;
		cJSON *body = NULL;

		if ((!settle && !migrate) ||
		    json_parse(row->body, strlen(row->body), NULL, &body) != OK)
			continue;
		if (settle)
			err = named_call(e, c, json_string(body, "callId", ""),
					 &in->named_call);
		else
			err = catalog_playbook_by_id(
				e->catalog, e->db,
				json_int(body, "documentId", 0), &in->target);
		if (migrate && (err == ERR_NOT_FOUND || err == ERR_INVALID))
			err = OK;
		cJSON_Delete(body);
	}
	return err;
}

static enum err read_input(struct engine *e, struct checkout *c,
			   struct advance_input *in)
{
	struct inbox_row *inbox = NULL;
	struct task *task = NULL;
	enum err err = OK;

	if (c->refresh)
		err = checkout_refresh(e, c);
	if (err == OK && c->run.inbox_seq > 0)
		err = inbox_unconsumed(e->db, c->run.id, INBOX_MAX, &e->arena,
				       &inbox, &in->inbox_count);
	if (err == OK && c->run.playbook_id)
		err = catalog_playbook_by_id(e->catalog, e->db,
					     c->run.playbook_id, &in->playbook);
	if (err == OK)
		err = needs_task(e, c, in->playbook, &task);
	in->inbox = inbox;
	if (err == OK)
		err = read_words(e, c, in);
	in->inbox_more = in->inbox_count == INBOX_MAX;
	in->money_out = in->inbox_count > 0 && money_out(e, c);
	in->catalog = e->catalog;
	in->run = &c->run;
	in->case_file = c->case_file;
	in->call = c->call;
	in->call_count = c->call_count;
	in->task = task;
	in->now_ms = e->now_ms;
	in->random = next_random(e);
	return err;
}

void give_back_places(struct engine *e, const struct plan *p)
{
	int i;

	for (i = 0; i < p->call_count; i++)
		gate_return(&e->gates, p->call[i].adapter);
}

static bool any_in_flight(const struct checkout *c, const struct plan *p)
{
	int i;

	for (i = 0; !p->new_visit && i < c->call_count; i++) {
		if (c->call[i].in_flight)
			return true;
	}
	return false;
}

/* Takes a place at the gate for every call. A read that finds none is left out
 * and asked with the next answer, or a gather with more reads than its adapter
 * has room for would wait for ever; but something must be out, or the run is to
 * be parked: false, and who is full. */
static bool take_places(struct engine *e, const struct checkout *c,
			struct plan *p, const struct adapter **ret_full,
			const char **ret_reason, int64_t *ret_wait_ms)
{
	bool refused = false;
	int kept = 0, i;

	if (p->call_count > 0 &&
	    e->in_flight + e->planned_calls + p->call_count >
		    (int)e->config->call_limit) {
		*ret_full = p->call[0].adapter;
		*ret_reason = "as many calls in flight as the engine makes";
		*ret_wait_ms = CALLS_PAUSE_MS;
		p->call_count = 0;
		return any_in_flight(c, p);
	}
	for (i = 0; i < p->call_count; i++) {
		const struct plan_call *pc = &p->call[i];
		int64_t wait_ms = 0;
		enum gate_verdict v =
			gate_take(&e->gates, pc->adapter, e->mono_ms, &wait_ms);

		if (v == GATE_GO) {
			if (kept != i)
				p->call[kept] = *pc;
			kept++;
			continue;
		}
		refused = true;
		*ret_full = pc->adapter;
		*ret_reason = gate_verdict_reason(v);
		*ret_wait_ms = wait_ms;
	}
	p->call_count = kept;
	e->planned_calls += kept;
	return !refused || kept > 0 || any_in_flight(c, p);
}

/* Whoever tells it to go on, or to end, begins a new count. */
static void give_up(struct engine *e, const struct checkout *c, struct plan *p)
{
	plan_hold(&c->run, &e->arena, e->now_ms,
		  "the engine crashed on it time and again", p);
	p->run.crash_count = 0;
}

/* Rows that cannot be read stop a run, but whoever cancels it is heard: with
 * nothing known, and nothing of the damaged file written over. */
static void plan_damaged(struct engine *e, struct checkout *c,
			 struct advance_input *in, struct plan *p)
{
	cJSON *nothing = cJSON_CreateObject();
	bool canceled = false;
	int i;

	for (i = 0; i < in->inbox_count; i++)
		canceled = canceled || in->inbox[i].kind == INBOX_CANCEL;
	if (canceled) {
		in->case_file = nothing;
		in->playbook = NULL;
		advance(in, p);
		plan_release(p);
	}
	if (!canceled || !run_state_closed(p->run.state))
		plan_hold(&c->run, &e->arena, e->now_ms,
			  "its rows are damaged: see mendctl show", p);
	p->run.inbox_read = p->run.inbox_seq;
	if (c->run.state == RUN_HELD && p->run.state == RUN_HELD)
		p->entry_count = 0;
	cJSON_Delete(nothing);
}

/* Who meets an adapter that is merely full is due at once, and claimed when
 * there is room: in the order in which they came, for a minute back. */
static int64_t waited_since(const struct engine *e, const struct checkout *c)
{
	int64_t since = e->now_ms - WAITED_MOST_MS;

	return c->run.created_ms > since ? c->run.created_ms : since;
}

static void plan_one(struct engine *e, struct checkout *c)
{
	struct planned *planned = &e->planned[e->planned_count];
	struct advance_input in = {.call_count = 0};
	const struct adapter *full = NULL;
	const char *reason = "";
	char text[REASON_SIZE];
	int64_t wait_ms = 0;
	struct plan *p;
	enum err err = read_input(e, c, &in);

	if (err != OK && err != ERR_INVALID && err != ERR_NOT_FOUND) {
		engine_rest(e, err, "reading a run");
		return;
	}
	p = arena_alloc(&e->arena, sizeof(*p));
	p->arena = &e->arena;
	c->ready = false;
	if (err != OK || !c->case_file)
		plan_damaged(e, c, &in, p);
	else if (c->run.crash_count >= CRASHES_MAX)
		give_up(e, c, p);
	else
		advance(&in, p);
	if (!take_places(e, c, p, &full, &reason, &wait_ms)) {
		snprintf(text, sizeof(text), "%s: %s", full->name, reason);
		plan_release(p);
		plan_block(&c->run, &e->arena, e->now_ms, full->name, text,
			   wait_ms ? e->now_ms + wait_ms : waited_since(e, c),
			   p);
	}
	planned->checkout = c;
	planned->plan = p;
	planned->written = false;
	e->planned_count++;
}

/* Known to the database before anything is tried with it. */
static bool mark_suspect(struct engine *e, int64_t run_id)
{
	enum err err;

	db_set_durable(e->db, false);
	err = db_begin(e->db);
	if (err == OK)
		err = engine_set_suspect(e->db, run_id);
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK)
		db_rollback(e->db);
	db_set_durable(e->db, true);
	e->suspect_id = err == OK ? run_id : 0;
	return err == OK;
}

static struct checkout *suspect(struct engine *e)
{
	int i;

	for (i = 0; i < e->checkout_count; i++) {
		struct checkout *c = e->checkout[i];

		if (c && c->used && c->ready &&
		    c->run.crash_count >= CRASHES_SUSPECT)
			return c;
	}
	return NULL;
}

void part_plan(struct engine *e)
{
	struct checkout *c;
	int i;

	e->planned_count = e->planned_calls = 0;
	if (!e->catalog || e->mono_ms < e->rest_until_ms)
		return;
	c = suspect(e);
	if (c) {
		log_warning("planned alone run=%s crashes=%d", c->run.public_id,
			    c->run.crash_count);
		if (mark_suspect(e, c->run.id))
			plan_one(e, c);
		return;
	}
	for (i = 0; i < e->checkout_count &&
		    e->planned_count < (int)e->config->tick_runs;
	     i++) {
		c = e->checkout[(e->plan_from + i) % e->checkout_count];
		if (c && c->used && c->ready && e->mono_ms >= e->rest_until_ms)
			plan_one(e, c);
	}
	e->plan_from = (e->plan_from + i) % e->checkout_count;
}

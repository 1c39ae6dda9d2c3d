/*
 * Why: one advance() for every checked-out run that has something to do, up to
 * a tick's worth. A plan whose calls the adapter cannot take now is not made;
 * the run is parked instead, with the reason.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/log.h"
#include "../base/strbuf.h"
#include "../flow/life.h"
#include "../store/engine_store.h"
#include "../store/slot_store.h"
#include "parts.h"

#define INBOX_MAX 50
/* Crashes at which a run was there, before it is planned alone; and alone,
 * before it is given up. */
#define CRASHES_SUSPECT 2
#define CRASHES_MAX (CRASHES_SUSPECT + 5)

/* Pause of a run whose calls do not fit into what the engine makes at a time:
 * there may be room for others. */
#define CALLS_PAUSE_MS 100
/* Of a run that no queue has room for. */
#define UNCALLED_PAUSE_MS 60000

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

/* A run that may time out asks too, whether money of it is out. */
static bool late(const struct playbook *b, const struct checkout *c,
		 int64_t now_ms)
{
	return b && b->timeout_ms &&
	       now_ms >= c->run.created_ms + b->timeout_ms;
}

/* Only a cancel, a further event and a time-out of the run ask; they stop what
 * is not out. */
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

static bool taken_on(const struct engine *e, const char *key)
{
	int i;

	for (i = 0; i < e->once_count; i++) {
		if (strcmp(e->once[i], key) == 0)
			return true;
	}
	return false;
}

/* Who stands before a step that is done once for a group is told by whom. */
static enum err read_once(struct engine *e, struct checkout *c,
			  struct advance_input *in)
{
	const struct step *s =
		in->playbook ? playbook_step(in->playbook, c->run.step) : NULL;
	struct advance_once *o;
	struct shared_call *shared;
	enum err err;
	char *key;

	if (strcmp(c->run.phase, "once") != 0 || !c->case_file)
		return OK;
	key = advance_once_key(s, c->case_file, &e->arena);
	if (!key)
		return OK;
	o = arena_alloc(&e->arena, sizeof(*o));
	shared = arena_alloc(&e->arena, sizeof(*shared));
	o->busy = taken_on(e, key);
	in->once = o;
	err = shared_get(e->db, key, &e->arena, shared);
	if (err == OK)
		o->shared = shared;
	return err == ERR_NOT_FOUND ? OK : err;
}

/* For the others that are planned in this tick. */
static void note_once(struct engine *e, const struct plan *p)
{
	if (p->once_key && e->once_count < ONCE_A_TICK)
		e->once[e->once_count++] = p->once_key;
}

/* Of the reads of a gather that is bounded in time. */
static uint32_t shut_reads(struct engine *e, const struct playbook *b,
			   const struct run *r)
{
	const struct step *s = b ? playbook_step(b, r->step) : NULL;
	uint32_t shut = 0;
	int i;

	if (!s || s->kind != STEP_GATHER || !s->budget_ms)
		return 0;
	for (i = 0; i < s->read_count; i++) {
		const struct adapter *a = NULL;
		const struct operation *o =
			catalog_operation(e->catalog, s->read[i].operation, &a);
		const struct stop *stop = a ? stop_of_call(e, a, o) : NULL;

		if (a && ((stop && stop->pass <= 0) ||
			  gate_is_shut(&e->gates, a->name, e->mono_ms)))
			shut |= UINT32_C(1) << i;
	}
	return shut;
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
	in->money_out =
		(in->inbox_count > 0 || late(in->playbook, c, e->now_ms)) &&
		money_out(e, c);
	if (err == OK && strcmp(c->run.phase, "slot") == 0)
		err = slot_holds(e->db, c->run.id, &in->slot_held);
	if (err == OK)
		err = read_once(e, c, in);
	in->shut = shut_reads(e, in->playbook, &c->run);
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

void give_back_place(struct engine *e, const struct call *c)
{
	const struct adapter *a = catalog_adapter(e->catalog, c->adapter);
	struct gate_call call;

	if (!a)
		return;
	call = engine_gate_call(a, adapter_operation(a, c->operation), c);
	gate_return(&e->gates, &call, e->mono_ms);
}

void give_back_places(struct engine *e, const struct plan *p)
{
	int i;

	for (i = 0; i < p->call_count; i++)
		give_back_place(e, &p->call[i].call);
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

/* Why a plan's calls do not leave now, and what its run waits for. */
struct refusal {
	const char *adapter, *reason;
	struct queue *queue; /* NULL: a time alone */
	int64_t due_ms;
	bool retry;   /* it backs off: its share of retries is used up */
	bool stopped; /* by an operator */
};

static void refuse_stopped(struct engine *e, const struct plan_call *pc,
			   const struct stop *s, struct refusal *ret)
{
	bool of_call = s->control.kind == CONTROL_ADAPTER ||
		       s->control.kind == CONTROL_ACTION;
	enum gate_scope scope = s->control.kind == CONTROL_ACTION
					? SCOPE_OPERATION
					: SCOPE_ADAPTER;

	*ret = (struct refusal){
		.adapter = pc->adapter->name,
		.reason = stop_words(e, s),
		.queue = of_call ? queue_of_scope(e, pc, scope)
				 : queue_of_stop(e, s->control.id),
		.due_ms = s->control.expires_ms,
		.stopped = true,
	};
	/* Without a queue nobody calls it when the stop is lifted. */
	if (!ret->queue && ret->due_ms > e->now_ms + UNCALLED_PAUSE_MS)
		ret->due_ms = e->now_ms + UNCALLED_PAUSE_MS;
}

static bool any_effect(const struct plan *p)
{
	int i;

	for (i = 0; i < p->call_count; i++) {
		if (p->call[i].call.purpose == PURPOSE_EFFECT)
			return true;
	}
	return false;
}

/* False: stopped, or no place at the gate. */
static bool take_place(struct engine *e, const struct plan_call *pc,
		       struct refusal *ret)
{
	struct stop *s = stop_of_call(e, pc->adapter, pc->operation);
	struct gate_call call =
		engine_gate_call(pc->adapter, pc->operation, &pc->call);
	int64_t wait_ms = 0;
	enum gate_verdict v;

	if (s && s->pass <= 0) {
		refuse_stopped(e, pc, s, ret);
		return false;
	}
	if (engine_secret_missing(e, pc->adapter)) {
		*ret = (struct refusal){
			.adapter = pc->adapter->name,
			.reason = arena_printf(
				&e->arena, "%s: its credential %s is not there",
				pc->adapter->name, pc->adapter->credential),
			.queue = queue_of_scope(e, pc, SCOPE_ADAPTER),
			.due_ms = e->now_ms + SECRET_AGAIN_MS,
		};
		return false;
	}
	v = gate_take(&e->gates, &call, e->mono_ms, &wait_ms);
	if (v == GATE_GO) {
		if (s)
			s->pass--;
		return true;
	}
	*ret = (struct refusal){
		.adapter = pc->adapter->name,
		.reason = arena_printf(
			&e->arena, "%s%s%s: %s", pc->adapter->name,
			gate_verdict_scope(v) == SCOPE_OPERATION ? "." : "",
			gate_verdict_scope(v) == SCOPE_OPERATION
				? pc->operation->name
				: "",
			gate_verdict_reason(v)),
		.queue = queue_of_scope(e, pc, gate_verdict_scope(v)),
		.due_ms = e->now_ms + wait_ms,
		.retry = gate_verdict_scope(v) == SCOPE_RETRIES,
	};
	return false;
}

/* Takes a place at the gate for every call. A read that finds none is left out
 * and asked with the next answer, or a gather with more reads than its adapter
 * has room for would wait for ever; but something must be out, or the run is to
 * be parked: false, and why. */
static bool take_places(struct engine *e, const struct checkout *c,
			struct plan *p, struct refusal *ret)
{
	const struct stop *s = any_effect(p) ? stop_of_run(e, &p->run) : NULL;
	bool refused = false;
	int kept = 0, i;

	if (s) {
		refuse_stopped(e, &p->call[0], s, ret);
		p->call_count = 0;
		return any_in_flight(c, p);
	}
	if (p->call_count > 0 &&
	    e->in_flight + e->planned_calls + p->call_count >
		    (int)e->config->call_limit) {
		*ret = (struct refusal){
			.adapter = p->call[0].adapter->name,
			.reason = "as many calls in flight as the engine makes",
			.due_ms = e->now_ms + CALLS_PAUSE_MS,
		};
		p->call_count = 0;
		return any_in_flight(c, p);
	}
	for (i = 0; i < p->call_count; i++) {
		if (!take_place(e, &p->call[i], ret)) {
			refused = true;
			continue;
		}
		if (kept != i)
			p->call[kept] = p->call[i];
		kept++;
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

/* Rows that cannot be read stop a run, but whoever ends it is heard: with
 * nothing known, and nothing of the damaged file written over. */
static void plan_damaged(struct engine *e, struct checkout *c,
			 struct advance_input *in, struct plan *p)
{
	bool version = c->case_file && c->run.playbook_id && !in->playbook;
	struct run bare = c->run;
	cJSON *nothing = cJSON_CreateObject();
	bool canceled = false;
	int i;

	for (i = 0; i < in->inbox_count; i++)
		canceled = canceled || in->inbox[i].kind == INBOX_CANCEL ||
			   in->inbox[i].kind == INBOX_KILL;
	if (canceled) {
		in->case_file = nothing;
		in->playbook = NULL;
		in->run = &bare;
		bare.progress[0] = '\0';
		advance(in, p);
		plan_release(p);
		STR_COPY(p->run.progress, c->run.progress);
	}
	if (!canceled || !run_state_closed(p->run.state))
		plan_hold(&c->run, &e->arena, e->now_ms,
			  version ? "this build cannot read its version of the "
				    "playbook; it can be canceled"
				  : "its rows are damaged: see mendctl show",
			  p);
	p->run.inbox_read = p->run.inbox_seq;
	if (c->run.state == RUN_HELD && p->run.state == RUN_HELD)
		p->entry_count = 0;
	cJSON_Delete(nothing);
}

/* Waits in the queue of what refused it, by its urgency, and stands there with
 * the reason and the time at which that is expected to end. */
/* The time of a step that has a time-out runs also while its call finds no
 * room: it is entered as far as that. Else the plan is made anew later. */
static bool enter_without(struct advance_input *in, struct plan *p)
{
	if (!p->new_visit || !p->run.deadline_ms)
		return false;
	plan_release(p);
	in->no_room = true;
	advance(in, p);
	return p->run.state == RUN_BLOCKED && p->call_count == 0 &&
	       !p->slot_key;
}

static void park(struct engine *e, const struct checkout *c,
		 struct advance_input *in, const struct refusal *why,
		 struct plan *p)
{
	struct run *r = &p->run;

	if (enter_without(in, p)) {
		r->due_ms = why->due_ms;
		STR_COPY(r->queue, why->adapter);
		STR_COPY(r->wait_adapter, why->adapter);
		STR_COPY(r->reason, why->reason);
	} else {
		plan_release(p);
		plan_block(&c->run, &e->arena, e->now_ms, why->adapter,
			   why->reason, why->due_ms, p);
	}
	if (why->retry &&
	    run_next(c->run.state, RUN_EV_BACK_OFF, &r->state) == OK)
		r->wait_adapter[0] = '\0';
	if (!why->queue)
		return;
	STR_COPY(r->queue, why->queue->name);
	r->parked_ms = run_urgency_ms(r);
	why->queue->parked = true;
	if (why->stopped && strcmp(c->run.reason, why->reason) != 0 &&
	    p->entry_count < PLAN_ENTRIES_MAX) {
		p->entry[p->entry_count++] = (struct plan_entry){
			.kind = AUDIT_BLOCKED,
			.actor = "mend",
			.message = arena_printf(&e->arena, "Blocked: %s",
						why->reason)};
	}
}

static void plan_one(struct engine *e, struct checkout *c)
{
	struct planned *planned = &e->planned[e->planned_count];
	struct advance_input in = {.call_count = 0};
	struct refusal refusal;
	struct plan *p;
	enum err err = read_input(e, c, &in);

	if (err != OK && err != ERR_INVALID && err != ERR_NOT_FOUND) {
		engine_rest(e, err, "reading a run");
		return;
	}
	p = arena_take(&e->arena, sizeof(*p));
	p->arena = &e->arena;
	c->ready = false;
	c->called = 0;
	if (err != OK || !c->case_file)
		plan_damaged(e, c, &in, p);
	else if (c->run.crash_count >= CRASHES_MAX)
		give_up(e, c, p);
	else
		advance(&in, p);
	if (p->damaged)
		plan_damaged(e, c, &in, p);
	note_once(e, p);
	if (!take_places(e, c, p, &refusal))
		park(e, c, &in, &refusal, p);
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

		if (c && c->used && c->ready && !c->late &&
		    c->run.crash_count >= CRASHES_SUSPECT)
			return c;
	}
	return NULL;
}

/* Those for whom there is a place, before others take it. */
static void plan_called(struct engine *e)
{
	int i;

	for (i = 0; i < e->checkout_count &&
		    e->planned_count < (int)e->config->tick_runs;
	     i++) {
		struct checkout *c = e->checkout[i];

		if (c && c->used && c->called && c->ready &&
		    e->mono_ms >= e->rest_until_ms)
			plan_one(e, c);
	}
}

void part_plan(struct engine *e)
{
	struct checkout *c;
	int i;

	e->planned_count = e->planned_calls = 0;
	e->once_count = 0;
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
	plan_called(e);
	for (i = 0; i < e->checkout_count &&
		    e->planned_count < (int)e->config->tick_runs;
	     i++) {
		c = e->checkout[(e->plan_from + i) % e->checkout_count];
		if (c && c->used && c->ready && !c->late &&
		    e->mono_ms >= e->rest_until_ms)
			plan_one(e, c);
	}
	e->plan_from = (e->plan_from + i) % e->checkout_count;
}

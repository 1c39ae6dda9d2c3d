/*
 * Why: everything a tick decided goes into the database in ONE transaction, so
 * that one fsync serves many runs. Answers go first and are never fenced; each
 * plan is fenced by epoch and inbox_seq, and one that misses is dropped and
 * made again. If a rule of the schema is broken, the plans are written one by
 * one, and the run at fault is HELD: one bad plan never stops the others.
 */
#include <string.h>

#include "../base/json.h"
#include "../base/log.h"
#include "../base/strbuf.h"
#include "../flow/casefile.h"
#include "../flow/intake.h"
#include "../store/case_store.h"
#include "../store/engine_store.h"
#include "../store/slot_store.h"
#include "parts.h"

/* Rests after a refusal of the store, in milliseconds. */
#define REST_BUSY_MS 20
#define REST_TROUBLE_MS 1000
/* How long a run is left alone of which nothing can be written. */
#define ALONE_MS 60000

void engine_rest(struct engine *e, enum err why, const char *what)
{
	bool busy = why == ERR_BUSY;

	e->rest_until_ms = e->mono_ms + (busy ? REST_BUSY_MS : REST_TROUBLE_MS);
	if (busy)
		log_warning("turn not given in time doing=%s holder=%s", what,
			    db_message(e->db));
	else
		log_error("store refused doing=%s error=%s message=%s", what,
			  err_name(why), db_message(e->db));
}

static enum err write_answers(struct engine *e, struct checkout *c)
{
	enum err err = OK;
	int i;

	for (i = 0; err == OK && i < c->call_count; i++) {
		if (c->unwritten[i])
			err = call_answer(e->db, &c->call[i].call);
	}
	return err;
}

static void answers_written(struct checkout *c)
{
	int i;

	for (i = 0; i < c->call_count; i++)
		c->unwritten[i] = false;
}

static enum err write_entries(struct engine *e, struct plan *p)
{
	enum err err = OK;
	int i;

	for (i = 0; err == OK && i < p->entry_count; i++) {
		struct audit_entry entry = {
			.at_ms = e->now_ms,
			.kind = audit_kind_name(p->entry[i].kind),
			.actor = p->entry[i].actor,
			.message = p->entry[i].message,
			.data = p->entry[i].data,
		};

		err = audit_append(e->db, p->run.id, p->run.public_id,
				   &p->run.audit, &entry);
	}
	return err;
}

static enum err write_calls(struct engine *e, struct plan *p)
{
	enum err err = OK;
	int i;

	for (i = 0; err == OK && i < p->settled_count; i++)
		err = call_answer(e->db, &p->settled[i]);
	for (i = 0; err == OK && i < p->call_count; i++) {
		struct plan_call *c = &p->call[i];

		if (c->insert) {
			id_make("call", e->world, c->call.public_id);
			err = call_insert(e->db, &c->call);
			if (err == OK && p->once_key)
				err = shared_take(e->db, p->once_key, p->run.id,
						  c->call.key, p->once_seen,
						  e->now_ms);
		} else {
			err = call_resend(e->db, &c->call);
		}
	}
	return err;
}

static enum err write_task(struct engine *e, struct plan *p)
{
	enum err err = OK;
	struct task t;

	/* The old one closes first: a run has one open task. A copy, since a
	 * plan may be written a second time: one_by_one(). */
	if (p->task_update) {
		t = *p->task_update;
		err = task_update(e->db, &t);
	}
	if (err == OK && p->task_open) {
		id_make("task", e->world, p->task_open->public_id);
		err = task_insert(e->db, p->task_open);
		p->run.wait_task_id = p->task_open->id;
	}
	return err;
}

static enum err write_rest(struct engine *e, struct plan *p)
{
	enum err err = OK;
	char *body;
	int i;

	for (i = 0; err == OK && i < p->consumed_count; i++)
		err = inbox_consume(e->db, p->consumed[i], e->now_ms);
	if (err == OK && p->case_file) {
		body = json_print_arena(p->case_file, p->arena);
		if (strlen(body) > CASE_FILE_BYTES_MAX)
			return ERR_TOO_LARGE;
		err = case_save(e->db, p->run.id, body, e->now_ms);
	}
	return err;
}

/* Somebody was told that the event has joined this run, which then ended
 * without looking at it: it begins the order's next one, also when what it said
 * cannot be read any more. */
static enum err write_follow(struct engine *e, const struct plan *p)
{
	struct problems problems = {.count = 0};
	struct actor actor = {.role = ROLE_AGENT, .self_asserted = true};
	struct intake in = {.order_id = p->run.order_id,
			    .source = p->run.source,
			    .priority = p->run.priority};
	cJSON *event = NULL;
	enum intake_way way;
	struct run next;
	enum err err;

	STR_COPY(actor.name, p->follow->actor);
	if (json_parse(p->follow->body, strlen(p->follow->body), NULL,
		       &event) == OK)
		in.event = event;
	err = order_intake(e->db, e->world, &in, &actor, &problems, &next,
			   &way);
	cJSON_Delete(event);
	e->nudged = true;
	return err;
}

/* Who gets the place is due at once, also when it is this run. */
static enum err write_slot(struct engine *e, struct plan *p)
{
	bool taken = false, woken = false;
	enum err err = OK;

	if (p->slot_key)
		err = slot_take(e->db, &p->run, p->slot_key, p->slot_limit,
				e->now_ms, &taken, &woken);
	else if (p->slot_free || run_state_closed(p->run.state))
		err = slot_release(e->db, p->run.id, e->now_ms, &woken);
	if (taken)
		p->run.due_ms = e->now_ms;
	if (woken)
		engine_due(e, e->now_ms);
	return err;
}

/* After the fence, which holds until the commit. The head and the task's id
 * come to stand in the row, so the row is written last. */
static enum err write_plan(struct engine *e, struct plan *p,
			   const struct run *was)
{
	struct run *r = &p->run;
	enum err err;

	if (!r->lease && r->state == RUN_RUNNING)
		r->lease = e->engine_id;
	err = write_entries(e, p);
	if (err == OK)
		err = write_calls(e, p);
	if (err == OK)
		err = write_task(e, p);
	if (err == OK)
		err = write_rest(e, p);
	if (err == OK)
		err = write_slot(e, p);
	if (err == OK)
		err = run_update_from(e->db, was, r);
	if (err == OK)
		err = p->follow ? write_follow(e, p) : OK;
	return err;
}

/* A missed fence drops the plan alone: somebody spoke to the run. ERR_STALE is
 * a race lost later, over a task's version: then something is written already,
 * and the transaction must not stand. */
static enum err write_one(struct engine *e, struct planned *planned)
{
	struct checkout *c = planned->checkout;
	enum err err = write_answers(e, c);

	if (err != OK)
		return err;
	err = run_fence(e->db, &planned->plan->run);
	if (err == ERR_STALE) {
		c->ready = c->refresh = true;
		e->figures.missed++;
		return OK;
	}
	/* A transaction that failed has moved the plan's head, not the row's.
	 */
	planned->plan->run.audit = c->run.audit;
	if (err == OK)
		err = write_plan(e, planned->plan, &c->run);
	planned->written = err == OK;
	return err;
}

/* After the commit: what is in memory becomes what is in the rows. */
static void settle(struct engine *e, struct planned *planned)
{
	struct checkout *c = planned->checkout;
	struct plan *p = planned->plan;

	answers_written(c);
	if (!planned->written) {
		give_back_places(e, p);
		plan_release(p);
		return;
	}
	run_copy(&c->run, &p->run);
	if (p->case_file) {
		cJSON_Delete(c->case_file);
		c->case_file = p->case_file;
		p->case_file = NULL;
	}
	checkout_take_calls(e, c, p);
	c->ready = p->again;
	engine_wake_at(e, c, p->wake_ms);
	if (!c->run.lease)
		engine_due(e, c->run.due_ms);
	e->figures.steps++;
	if (p->run.state == RUN_HELD) {
		e->figures.held++;
		/* Why stands in the run: it may hold what people wrote. */
		log_warning("held run=%s state=%s step=%s", p->run.public_id,
			    run_state_name(p->run.state), p->run.step);
	}
}

static enum err transaction(struct engine *e, struct planned *first, int count)
{
	enum err err = db_begin(e->db);
	int i;

	for (i = 0; err == OK && i < count; i++)
		err = write_one(e, &first[i]);
	if (err == OK && e->suspect_id) {
		err = engine_set_suspect(e->db, 0);
	}
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK) {
		db_rollback(e->db);
		return err;
	}
	e->suspect_id = 0;
	e->figures.commits++;
	e->dirty = true;
	for (i = 0; i < count; i++)
		settle(e, &first[i]);
	return OK;
}

/* What a plan or its rows are refused for, rather than the store as a whole. */
static bool of_one_plan(enum err err)
{
	switch ((int)err) {
	case ERR_NOT_FOUND:
	case ERR_CONFLICT:
	case ERR_STALE:
	case ERR_INVALID:
	case ERR_MISMATCH:
	case ERR_TOO_LARGE:
	case ERR_CONSTRAINT:
		return true;
	}
	return false;
}

static void drop(struct engine *e, struct planned *planned)
{
	give_back_places(e, planned->plan);
	plan_release(planned->plan);
	planned->checkout->ready = planned->checkout->refresh = true;
	planned->written = false;
}

/* In words for an operator, where we know them. */
static const char *refusal(struct engine *e, const struct run *r,
			   const char *message)
{
	struct call out;

	if (call_order_scope_out(e->db, r->order_id, &e->arena, &out) == OK)
		return arena_printf(&e->arena,
				    "no money moves while %s.%s (%s) is out or "
				    "its outcome is unknown",
				    out.adapter, out.operation, out.key);
	return arena_printf(&e->arena, "its plan broke a rule of the store: %s",
			    message);
}

/* What the refused plan had heard is heard, or the next word would repeat it;
 * what was said since is still to be. */
static void keep_heard(const struct plan *refused, struct plan *held,
		       int64_t now_ms)
{
	int i;

	for (i = 0; i < refused->consumed_count; i++)
		held->consumed[held->consumed_count++] = refused->consumed[i];
	held->run.inbox_read = refused->run.inbox_seq;
	if (held->run.inbox_seq > held->run.inbox_read)
		held->run.due_ms = now_ms;
}

/* It cannot even be held: something of its record is damaged. That stands in
 * its row, without an entry; else it is left alone for a while. */
static void hold_unrecorded(struct engine *e, struct planned *planned)
{
	struct checkout *c = planned->checkout;

	planned->plan->entry_count = 0;
	if (transaction(e, planned, 1) == OK)
		return;
	drop(e, planned);
	c->ready = false;
	engine_wake_at(e, c, e->now_ms + ALONE_MS);
}

/* The plan broke a rule of the schema: the run is stopped, with the words. */
static void hold_culprit(struct engine *e, struct planned *planned,
			 const char *message)
{
	struct plan *refused = arena_alloc(&e->arena, sizeof(struct plan));
	struct checkout *c = planned->checkout;
	enum err err;

	*refused = *planned->plan;
	log_error("plan refused run=%s message=%s", c->run.public_id, message);
	drop(e, planned);
	if (checkout_refresh(e, c) != OK)
		return;
	plan_hold(&c->run, &e->arena, e->now_ms, refusal(e, &c->run, message),
		  planned->plan);
	keep_heard(refused, planned->plan, e->now_ms);
	c->ready = false;
	err = transaction(e, planned, 1);
	if (of_one_plan(err) && err != ERR_STALE)
		hold_unrecorded(e, planned);
	else if (err != OK)
		drop(e, planned);
}

static void one_by_one(struct engine *e)
{
	char message[REASON_SIZE];
	enum err err;
	int i;

	for (i = 0; i < e->planned_count; i++) {
		struct planned *p = &e->planned[i];

		err = transaction(e, p, 1);
		if (err == OK)
			continue;
		STR_COPY(message, err == ERR_TOO_LARGE
					  ? "its case file grew too large"
					  : db_message(e->db));
		if (of_one_plan(err) && err != ERR_STALE) {
			hold_culprit(e, p, message);
			continue;
		}
		drop(e, p);
		if (err != ERR_STALE)
			engine_rest(e, err, "writing a plan");
	}
}

/* Answers of runs that have no plan in this tick, but for those of late.c. */
static bool loose_answers(struct engine *e, bool write, enum err *err)
{
	bool any = false;
	int i, j;

	for (i = 0; i < e->checkout_count; i++) {
		struct checkout *c = e->checkout[i];

		if (!c || !c->used || c->late)
			continue;
		for (j = 0; j < c->call_count; j++)
			any = any || c->unwritten[j];
		if (write && *err == OK)
			*err = write_answers(e, c);
	}
	return any;
}

static void write_loose_answers(struct engine *e)
{
	enum err err = OK;
	int i;

	if (!loose_answers(e, false, &err))
		return;
	err = db_begin(e->db);
	if (err == OK)
		loose_answers(e, true, &err);
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK) {
		db_rollback(e->db);
		engine_rest(e, err, "writing answers");
		return;
	}
	for (i = 0; i < e->checkout_count; i++) {
		if (e->checkout[i] && e->checkout[i]->used &&
		    !e->checkout[i]->late)
			answers_written(e->checkout[i]);
	}
}

void part_write(struct engine *e)
{
	enum err err;
	int i;

	if (e->planned_count == 0)
		return;
	err = transaction(e, e->planned, e->planned_count);
	if (err == OK)
		return;
	if (of_one_plan(err)) {
		one_by_one(e);
		return;
	}
	for (i = 0; i < e->planned_count; i++)
		drop(e, &e->planned[i]);
	engine_rest(e, err, "writing a tick");
	e->planned_count = 0;
}

/* The next engine finds them due, and goes on as after a crash. */
static enum err let_go_one(struct engine *e, struct checkout *c)
{
	enum err err = write_answers(e, c);
	bool rests;

	if (err == OK)
		err = checkout_refresh(e, c);
	if (err != OK)
		return err;
	rests = (c->run.state == RUN_HELD || c->run.state == RUN_PAUSED) &&
		c->run.inbox_read == c->run.inbox_seq;
	c->run.lease = 0;
	c->run.due_ms = rests || run_state_closed(c->run.state) ? 0 : e->now_ms;
	return run_update(e->db, &c->run);
}

void engine_let_go(struct engine *e)
{
	enum err err;
	int i;

	if (e->used_count == 0)
		return;
	part_late(e);
	write_loose_answers(e);
	err = db_begin(e->db);
	for (i = 0; err == OK && i < e->checkout_count; i++) {
		if (e->checkout[i] && e->checkout[i]->used &&
		    !e->checkout[i]->late)
			err = let_go_one(e, e->checkout[i]);
	}
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK) {
		db_rollback(e->db);
		log_error("runs not let go error=%s message=%s; the next "
			  "start takes them back",
			  err_name(err), db_message(e->db));
	}
}

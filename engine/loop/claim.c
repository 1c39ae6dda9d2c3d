/*
 * Why: what comes in for planning: runs whose inbox has something unread, and
 * due runs that nobody has checked out. Claims go per priority and queue, never
 * more of a queue than its adapter has room for, so that a hundred thousand
 * runs behind one full adapter hide nobody.
 */
#include <string.h>

#include "../base/log.h"
#include "../base/mem.h"
#include "../store/engine_store.h"
#include "parts.h"

#define PRIORITIES 4
#define UNREAD_MAX 200
/* Longest pause between claims while there is enough to do. */
#define CLAIM_PAUSE_MS 10
/* How long a queue that is full is left alone when nothing of it is out. */
#define FULL_PAUSE_MS 50

static enum err leave_retired_queues(struct engine *e)
{
	int64_t count = 0;
	enum err err = db_begin(e->db);

	if (err == OK)
		err = run_unqueue(e->db, &count);
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK)
		db_rollback(e->db);
	if (count)
		log_info("runs left the queues of retired adapters count=%lld",
			 (long long)count);
	return err;
}

enum err engine_load_catalog(struct engine *e)
{
	struct problems p = {.count = 0};
	struct catalog *fresh;
	int64_t generation;
	enum err err = document_generation(e->db, &generation);

	if (err != OK || (e->catalog && e->catalog->generation == generation))
		return err;
	err = catalog_load(e->db, &fresh, &p);
	if (err != OK) {
		log_error("configuration not loaded error=%s at=%s: %s",
			  err_name(err), p.item[0].pointer, p.item[0].detail);
		return err;
	}
	err = leave_retired_queues(e);
	if (err != OK) {
		catalog_free(fresh);
		return err;
	}
	catalog_free(e->catalog);
	e->catalog = fresh;
	log_info("configuration loaded generation=%lld playbooks=%d "
		 "adapters=%d",
		 (long long)generation, fresh->active_count,
		 fresh->adapter_count);
	return OK;
}

static void unread(struct engine *e)
{
	int64_t id[UNREAD_MAX];
	int count = 0, i;

	if (e->used_count == 0 ||
	    run_unread(e->db, e->engine_id, UNREAD_MAX, id, &count) != OK)
		return;
	for (i = 0; i < count; i++) {
		struct checkout *c = checkout_of_run(e, id[i]);

		if (c)
			c->ready = c->refresh = true;
	}
}

/* Room for runs of a queue; "" is that of no adapter. */
static int queue_room(struct engine *e, const char *queue)
{
	int room = e->checkout_count - e->used_count;
	int calls = (int)e->config->call_limit - e->in_flight;
	const struct adapter *a;
	int gate;

	if (room > calls)
		room = calls;

	if (room > (int)e->config->tick_runs)
		room = (int)e->config->tick_runs;
	if (!queue[0])
		return room;
	a = catalog_adapter(e->catalog, queue);
	if (!a)
		return room; /* its plan will say that it is gone */
	gate = gate_room(&e->gates, a, e->mono_ms);
	return gate < room ? gate : room;
}

static const char *queue_name(const struct engine *e, int index)
{
	return index < 0 ? "" : e->catalog->adapter[index]->name;
}

/* A run whose rows cannot be read is taken all the same: its plan holds it, and
 * the others are claimed. Only what the store refuses stops a claim. */
static enum err take(struct engine *e, const struct run *r)
{
	struct checkout *c;
	enum err err = checkout_add(e, r, &c);

	if (err == OK)
		return OK;
	log_error("run not loaded run=%s error=%s", r->public_id,
		  err_name(err));
	if (err == ERR_INVALID || err == ERR_TOO_LARGE) {
		c->case_file = NULL;
		return OK;
	}
	checkout_drop(e, c);
	return err;
}

/* taken: of this queue, in this transaction, by the priorities before. */
static enum err claim_queue(struct engine *e, int priority, const char *queue,
			    int *taken, struct run *runs)
{
	int room = queue_room(e, queue) - (queue[0] ? *taken : 0);
	int count = 0, i;
	enum err err;

	if (room <= 0)
		return OK;
	err = run_claim(e->db, e->engine_id, queue, priority, e->now_ms, room,
			runs, &count);
	for (i = 0; err == OK && i < count; i++)
		err = take(e, &runs[i]);
	if (count == room)
		e->backlog = true;
	*taken += count;
	return err;
}

static enum err claim_all(struct engine *e, const bool *due, struct run *runs)
{
	int taken[CATALOG_ADAPTERS_MAX + 1] = {0};
	int priority, queue;
	enum err err = OK;

	for (priority = 0; priority < PRIORITIES; priority++) {
		for (queue = -1; queue < e->catalog->adapter_count; queue++) {
			if (err == OK && due[queue + 1])
				err = claim_queue(e, priority,
						  queue_name(e, queue),
						  &taken[queue + 1], runs);
		}
	}
	return err;
}

void engine_due(struct engine *e, int64_t due_ms)
{
	if (due_ms && (e->next_due_ms == 0 || due_ms < e->next_due_ms))
		e->next_due_ms = due_ms;
}

/* When the next run that is not checked out comes due. A queue without room
 * does not count: its answers wake us. */
static void next_due(struct engine *e)
{
	int queue;

	e->next_due_ms = 0;
	e->place_wanted = false;
	for (queue = -1; queue < e->catalog->adapter_count; queue++) {
		const char *name = queue_name(e, queue);
		int64_t due = 0;

		/* What could not be asked is asked again. */
		if (run_next_due(e->db, name, &due) != OK)
			e->nudged = true;
		if (!due)
			continue;
		if (due <= e->now_ms && queue_room(e, name) <= 0) {
			due = e->now_ms + FULL_PAUSE_MS;
			e->place_wanted = true;
		}
		engine_due(e, due);
	}
}

/* Which queues have something due and room for it, that of no adapter first: to
 * ask is cheap, to claim from an empty queue is not. */
static bool anything_due(struct engine *e, bool *ret_due)
{
	bool any = false;
	int queue;

	for (queue = -1; queue < e->catalog->adapter_count; queue++) {
		const char *name = queue_name(e, queue);
		int64_t due = 0;

		if (queue_room(e, name) <= 0)
			continue;
		if (run_next_due(e->db, name, &due) != OK ||
		    (due && due <= e->now_ms))
			any = ret_due[queue + 1] = true;
	}
	return any;
}

/* Claims need not reach the disk by themselves: losing one at power loss is
 * harmless, and a crash of ours alone loses none. */
static enum err claim(struct engine *e, const bool *due)
{
	size_t most = (size_t)e->config->tick_runs;
	struct run *runs = arena_alloc(&e->arena, most * sizeof(*runs));
	enum err err;

	db_set_durable(e->db, false);
	err = db_begin(e->db);
	if (err == OK)
		err = claim_all(e, due, runs);
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK)
		db_rollback(e->db);
	db_set_durable(e->db, true);
	return err;
}

/* What was taken in a transaction that failed is not ours. */
static void forget(struct engine *e, const bool *before)
{
	int i;

	for (i = 0; i < e->checkout_count; i++) {
		struct checkout *c = e->checkout[i];

		if (c && c->used && !before[i])
			checkout_drop(e, c);
	}
}

/* What is ready fills this tick and the next: to check out more only spreads
 * the work over more memory than a cache holds, and makes each run slower. What
 * is urgent does not wait long, though. */
static bool enough_ready(const struct engine *e)
{
	int ready = 0, i;

	if (e->mono_ms - e->claimed_ms >= CLAIM_PAUSE_MS)
		return false;
	for (i = 0; i < e->checkout_count; i++) {
		const struct checkout *c = e->checkout[i];

		ready += c && c->used && c->ready;
	}
	return ready > (int)e->config->tick_runs / 2;
}

void part_claim(struct engine *e)
{
	bool due[CATALOG_ADAPTERS_MAX + 1] = {false};
	bool changed = db_changed(e->db);
	bool *before;
	int i;
	enum err err;

	if (changed) {
		e->dirty = true;
		if (engine_load_catalog(e) != OK)
			e->nudged = true; /* what is in force stays so */
		unread(e);
	}
	e->nudged = e->nudged || changed; /* also when we rest now */
	if (!e->catalog || e->draining || e->mono_ms < e->rest_until_ms)
		return;
	if (!e->nudged && !e->backlog &&
	    (e->next_due_ms == 0 || e->now_ms < e->next_due_ms))
		return;
	if (enough_ready(e))
		return;
	e->claimed_ms = e->mono_ms;
	e->nudged = e->backlog = false;
	if (e->used_count < e->checkout_count && anything_due(e, due)) {
		before = arena_alloc(&e->arena, (size_t)e->checkout_count);
		for (i = 0; i < e->checkout_count; i++)
			before[i] = e->checkout[i] && e->checkout[i]->used;
		err = claim(e, due);
		if (err != OK) {
			forget(e, before);
			engine_rest(e, err, "claim");
		}
	}
	next_due(e);
}

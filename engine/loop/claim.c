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

#define UNREAD_MAX 200
/* Longest pause between claims while there is enough to do. */
#define CLAIM_PAUSE_MS 10
/* How long a queue that is full is left alone when nothing of it is out. */
#define FULL_PAUSE_MS 50
/* How many of a queue without room are let in at a time, to be parked, and how
 * long the next ones wait: this must not be what others wait for. */
#define LET_IN 10
#define LET_IN_PAUSE_MS 10
#define LET_IN_PAUSE_BUSY_MS 40 /* while others have something to do */
/* What waits for nothing is taken in for so many ticks ahead; beyond that a few
 * at a time, so that none always comes last. What is urgent is taken at once.
 */
#define TICKS_AHEAD 2
#define URGENT_PRIORITIES 2

enum err engine_load_catalog(struct engine *e)
{
	struct problems p = {.count = 0};
	struct catalog *fresh, *before;
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
	if (fresh->unread_count)
		log_error("playbooks not loaded count=%d at=%s: %s",
			  fresh->unread_count, fresh->unread.pointer,
			  fresh->unread.detail);
	before = e->catalog;
	e->catalog = fresh;
	err = engine_load_queues(e);
	if (err != OK) {
		e->catalog = before;
		catalog_free(fresh);
		e->queue_count = 0;
		return err;
	}
	catalog_free(before);
	engine_load_outside(e);
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

/* A run whose rows cannot be read is taken all the same: its plan holds it, and
 * the others are claimed. Only what the store refuses stops a claim. */
static enum err take(struct engine *e, const struct run *r, int called)
{
	struct checkout *c = NULL;
	enum err err = checkout_add(e, r, &c);

	if (c)
		c->called = called;
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

/* What a claim of one transaction has taken so far. */
struct claim {
	struct run *runs; /* e->claimed */
	int ready;	  /* checked out, with something to do */
	int of_adapter[CATALOG_ADAPTERS_MAX];
};

/* Who has a place and is not planned yet keeps it. */
static void count_ready(const struct engine *e, struct claim *c)
{
	int i;

	for (i = 0; i < e->checkout_count; i++) {
		const struct checkout *one = e->checkout[i];

		if (!one || !one->used)
			continue;
		c->ready += one->ready;
		if (one->called > 1)
			c->of_adapter[one->called - 2]++;
	}
}

static enum err take_all(struct engine *e, struct claim *c,
			 const struct queue *q, bool called, int room,
			 int count)
{
	enum err err = OK;
	int i;

	for (i = 0; err == OK && i < count; i++)
		err = take(e, &c->runs[i], called ? q->adapter + 2 : 0);
	if (count == room && !(q->kind != QUEUE_NONE && room == LET_IN))
		e->backlog = true;
	c->ready += count;
	if (q->adapter >= 0)
		c->of_adapter[q->adapter] += count;
	return err;
}

/* Of an adapter's queues together no more than it has room for. */
static int room_left(struct engine *e, const struct claim *c,
		     const struct queue *q)
{
	int64_t wait_ms;
	int room = queue_room(e, q, &wait_ms);

	return q->adapter >= 0 ? room - c->of_adapter[q->adapter] : room;
}

/* Those who wait for a place: as many as there are, most urgent first. */
static enum err claim_parked(struct engine *e, struct claim *c,
			     const struct queue *q)
{
	int room = q->parked ? room_left(e, c, q) : 0;
	int count = 0;
	enum err err;

	if (room <= 0)
		return OK;
	err = run_claim_parked(e->db, e->engine_id, q->name, room, c->runs,
			       &count);
	return err == OK ? take_all(e, c, q, true, room, count) : err;
}

/* Of what waits for nothing: to check out more than the next ticks plan only
 * spreads the work over more memory, and more pages, than are kept at hand. */
static int room_ahead(const struct engine *e, const struct claim *c,
		      int priority)
{
	int room = TICKS_AHEAD * (int)e->config->tick_runs - c->ready;

	if (priority < URGENT_PRIORITIES)
		return (int)e->config->tick_runs;
	return room < LET_IN ? LET_IN : room;
}

static bool lets_in(const struct engine *e, const struct claim *c,
		    const struct queue *q)
{
	int64_t pause_ms =
		c->ready > 0 ? LET_IN_PAUSE_BUSY_MS : LET_IN_PAUSE_MS;

	return !q->let_in_ms || e->mono_ms - q->let_in_ms >= pause_ms;
}

/* Those whose time has come. Some are let in although there is no place for
 * them: their plans park them by urgency, which their time does not know. */
static enum err claim_due(struct engine *e, struct claim *c, struct queue *q,
			  int priority)
{
	int most = engine_room(e), room, places = most;
	int count = 0;
	enum err err;

	if (!q->due_of[priority] || q->due_of[priority] > e->now_ms)
		return OK;
	if (q->kind == QUEUE_NONE) {
		room = room_ahead(e, c, priority);
	} else {
		room = places = room_left(e, c, q);
		if (room < LET_IN && lets_in(e, c, q))
			room = LET_IN;
	}
	room = room < most ? room : most;
	if (room <= 0)
		return OK;
	err = run_claim(e->db, e->engine_id, q->name, priority, e->now_ms, room,
			c->runs, &count);
	if (count > places)
		q->let_in_ms = e->mono_ms;
	return err == OK ? take_all(e, c, q, false, room, count) : err;
}

/* Turns, so that of an adapter's queues none always comes last. */
static const struct queue *in_turn(const struct engine *e, int i)
{
	return &e->queue[(e->queue_turn + i) % e->queue_count];
}

static enum err claim_all(struct engine *e)
{
	struct claim c = {.runs = e->claimed};
	enum err err = OK;
	int priority, i;

	e->queue_turn = (e->queue_turn + 1) % e->queue_count;
	count_ready(e, &c);
	for (i = 0; err == OK && i < e->queue_count; i++)
		err = claim_parked(e, &c, in_turn(e, i));
	for (priority = 0; priority < RUN_PRIORITIES; priority++) {
		for (i = 0; err == OK && i < e->queue_count; i++)
			err = claim_due(e, &c, &e->queue[i], priority);
	}
	return err;
}

void engine_due(struct engine *e, int64_t due_ms)
{
	if (due_ms && (e->next_due_ms == 0 || due_ms < e->next_due_ms))
		e->next_due_ms = due_ms;
}

/* When to look into this queue again; 0: no need. What waits for an answer is
 * woken by it. */
static int64_t look_again_ms(struct engine *e, const struct queue *q)
{
	int64_t wait_ms = 0;
	bool room;

	if (q->parked) {
		room = queue_room(e, q, &wait_ms) > 0;
		if (!room && !wait_ms)
			e->place_wanted = true;
		if (room || !wait_ms)
			wait_ms = FULL_PAUSE_MS;
	}
	/* The engine itself is full, or they are let in a few at a time. */
	if (q->due_ms && q->due_ms <= e->now_ms &&
	    (!wait_ms || wait_ms > LET_IN_PAUSE_MS))
		wait_ms = LET_IN_PAUSE_MS;
	if (wait_ms && engine_room(e) <= 0)
		e->place_wanted = true;
	if (wait_ms)
		engine_due(e, e->now_ms + wait_ms);
	return q->due_ms > e->now_ms ? q->due_ms : 0;
}

/* When the next run that is not checked out comes due, or has a place. */
static void next_due(struct engine *e)
{
	int i;

	e->next_due_ms = e->stop_next_ms;
	e->place_wanted = false;
	for (i = 0; i < e->queue_count; i++)
		engine_due(e, look_again_ms(e, &e->queue[i]));
}

static void ask(struct engine *e, struct queue *q)
{
	int i;

	q->due_ms = 0;
	q->parked = false;
	memset(q->due_of, 0, sizeof(q->due_of));
	/* What could not be asked is asked again, and not forgotten. */
	if (run_next_due(e->db, q->name, q->due_of, &q->parked) != OK)
		e->nudged = q->parked = true;
	for (i = 0; i < RUN_PRIORITIES; i++) {
		if (q->due_of[i] && (!q->due_ms || q->due_of[i] < q->due_ms))
			q->due_ms = q->due_of[i];
	}
}

/* The first queue, and of the others those in which something waits: mostly
 * that is few of many. */
static void ask_where_some_wait(struct engine *e)
{
	char name[NAME_SIZE] = "";
	enum err err = OK;
	int count, i;

	ask(e, &e->queue[0]);
	for (i = 1; i < e->queue_count; i++) {
		struct queue *q = &e->queue[i];

		q->due_ms = 0;
		q->parked = false;
		memset(q->due_of, 0, sizeof(q->due_of));
	}
	for (count = 0; err == OK && count < RUN_QUEUES_MAX; count++) {
		struct queue *q;

		err = run_queue_after(e->db, name, name);
		q = err == OK ? queue_named(e, name) : NULL;
		if (q)
			ask(e, q);
	}
	for (i = 1; err != ERR_NOT_FOUND && i < e->queue_count; i++)
		e->nudged = e->queue[i].parked = true;
}

/* All of them as of one moment, which also begins only once. */
static void ask_all(struct engine *e)
{
	bool reading = db_begin_read(e->db) == OK;

	ask_where_some_wait(e);
	if (reading)
		db_end_read(e->db);
}

/* Whether there is anything to claim: to ask is cheap, to claim from an empty
 * queue is not. */
static bool anything_due(struct engine *e)
{
	bool any = false;
	int64_t wait_ms;
	int i;

	ask_all(e);
	engine_prune_queues(e);
	for (i = 0; i < e->queue_count; i++) {
		struct queue *q = &e->queue[i];

		any = any || (q->due_ms && q->due_ms <= e->now_ms) ||
		      (q->parked && queue_room(e, q, &wait_ms) > 0);
	}
	return any && engine_room(e) > 0;
}

/* Claims need not reach the disk by themselves: losing one at power loss is
 * harmless, and a crash of ours alone loses none. */
static enum err claim(struct engine *e)
{
	enum err err;

	db_set_durable(e->db, false);
	err = db_begin(e->db);
	if (err == OK)
		err = claim_all(e);
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

/* What is ready fills this tick. What is urgent does not wait long, though. */
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

/* What others wrote since the last tick. */
static void take_notice(struct engine *e)
{
	e->dirty = true;
	/* What is in force stays so. */
	if (engine_load_catalog(e) != OK || engine_load_stops(e) != OK)
		e->nudged = true;
	unread(e);
}

static void claim_and_ask(struct engine *e)
{
	bool *before = arena_alloc(&e->arena, (size_t)e->checkout_count);
	enum err err;
	int i;

	for (i = 0; i < e->checkout_count; i++)
		before[i] = e->checkout[i] && e->checkout[i]->used;
	err = claim(e);
	if (err != OK) {
		forget(e, before);
		engine_rest(e, err, "claim");
	}
	for (i = 0; i < e->queue_count; i++) {
		struct queue *q = &e->queue[i];

		if (q->parked || (q->due_ms && q->due_ms <= e->now_ms))
			ask(e, q);
	}
}

void part_claim(struct engine *e)
{
	bool changed = db_changed(e->db);

	if (changed)
		take_notice(e);
	engine_expire_stops(e);
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
	if (e->used_count < e->checkout_count && anything_due(e))
		claim_and_ask(e);
	next_due(e);
}

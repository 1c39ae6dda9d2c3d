/*
 * Why: time-outs come whether or not anybody answers. A run that is checked out
 * waits for its calls and has no due time; one in the queue of an adapter that
 * is full or paused is not claimed. Both are looked at when their time is up.
 */
#include "../base/log.h"
#include "parts.h"

/* Between two looks at who waits in a queue. */
#define LOOK_MS 500

void engine_wake_at(struct engine *e, struct checkout *c, int64_t wake_ms)
{
	c->wake_ms = wake_ms;
	if (wake_ms && (e->wake_ms == 0 || wake_ms < e->wake_ms))
		e->wake_ms = wake_ms;
}

static void wake_checkouts(struct engine *e)
{
	int i;

	if (e->wake_ms == 0 || e->now_ms < e->wake_ms)
		return;
	e->wake_ms = 0;
	for (i = 0; i < e->checkout_count; i++) {
		struct checkout *c = e->checkout[i];

		if (!c || !c->used || c->wake_ms == 0)
			continue;
		if (e->now_ms >= c->wake_ms) {
			c->ready = true;
			c->wake_ms = 0;
		} else {
			engine_wake_at(e, c, c->wake_ms);
		}
	}
}

static void leave_queues(struct engine *e)
{
	int64_t next_ms = 0, count = 0;
	enum err err = run_next_deadline(e->db, &next_ms);

	if (err == OK && (next_ms == 0 || e->now_ms < next_ms))
		return;
	if (err == OK)
		err = db_begin(e->db);
	if (err == OK)
		err = run_deadlines(e->db, e->now_ms, &count);
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK) {
		db_rollback(e->db);
		engine_rest(e, err, "time-outs");
		return;
	}
	e->nudged = true;
	log_info("runs left a queue to time out count=%lld", (long long)count);
}

void part_wake(struct engine *e)
{
	wake_checkouts(e);
	if (e->mono_ms < e->look_ms || e->mono_ms < e->rest_until_ms ||
	    e->draining)
		return;
	e->look_ms = e->mono_ms + LOOK_MS;
	leave_queues(e);
}

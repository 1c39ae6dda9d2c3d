/*
 * Why: operations on many runs are carried out between the ticks, a slice at a
 * time and no faster than was asked for, so that neither the runs that work nor
 * the other writers wait for them. What a slice said and what it reports is one
 * transaction: after a crash the next engine goes on with the items that have
 * no result.
 */
#include <string.h>

#include "../base/log.h"
#include "../flow/bulk.h"
#include "parts.h"

#define LOOK_MS 250   /* for bulks that were started meanwhile */
#define SLICE_MAX 100 /* items a transaction */

/* How many items are due by its rate since the last slice. */
static int allowance(struct bulk_pace *pace, const struct bulk *b,
		     int64_t mono_ms)
{
	int64_t due;

	if (pace->bulk_id != b->id) {
		pace->bulk_id = b->id;
		pace->since_ms = mono_ms;
		pace->spent = 0;
		pace->spending = (struct spending){.count = 0};
	}
	due = 1 + (mono_ms - pace->since_ms) * b->rate / 1000 - pace->spent;
	/* Never more than a second's worth at once, after a rest or a halt. */
	if (due > 1 + b->rate) {
		pace->since_ms = mono_ms - 1000;
		pace->spent = 0;
		due = 1 + b->rate;
	}
	return due > SLICE_MAX ? SLICE_MAX : (int)due;
}

static enum err slice(struct engine *e, struct bulk_pace *pace, struct bulk *b)
{
	int most = allowance(pace, b, e->mono_ms), count = 0;
	struct bulk_desk desk = {.catalog = e->catalog,
				 .spending = &pace->spending};
	enum err err;

	if (most <= 0)
		return OK;
	err = db_begin(e->db);
	if (err == OK)
		err = bulk_slice(e->db, e->world, &desk, b, most, &e->arena,
				 &count);
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK) {
		db_rollback(e->db);
		pace->spending = (struct spending){.count = 0};
		return err;
	}
	pace->spent += count;
	e->dirty = true;
	if (count > 0)
		e->nudged = true;
	if (b->state == BULK_DONE)
		log_info("bulk finished bulk=%s done=%lld skipped=%lld "
			 "failed=%lld",
			 b->public_id, (long long)b->done,
			 (long long)b->skipped, (long long)b->failed);
	return OK;
}

static struct bulk_pace *pace_of(struct engine *e, int64_t bulk_id)
{
	struct bulk_pace *oldest = &e->bulk_pace[0];
	int i;

	for (i = 0; i < BULKS_AT_ONCE; i++) {
		struct bulk_pace *p = &e->bulk_pace[i];

		if (p->bulk_id == bulk_id)
			return p;
		if (p->since_ms < oldest->since_ms)
			oldest = p;
	}
	return oldest;
}

void part_bulk(struct engine *e)
{
	struct bulk *bulks = NULL;
	int count = 0, i;
	enum err err;

	if (e->mono_ms < e->rest_until_ms || e->draining)
		return;
	if (!e->nudged && !e->bulk_runs &&
	    e->mono_ms - e->bulk_looked_ms < LOOK_MS)
		return;
	e->bulk_looked_ms = e->mono_ms;
	err = bulk_running(e->db, BULKS_AT_ONCE, &e->arena, &bulks, &count);
	e->bulk_runs = err == OK && count > 0;
	for (i = 0; err == OK && i < count; i++)
		err = slice(e, pace_of(e, bulks[i].id), &bulks[i]);
	if (err != OK)
		engine_rest(e, err, "a bulk operation");
}

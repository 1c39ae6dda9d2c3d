/*
 * What the engine asks for at every tick: due runs, the next due time, unread
 * inbox; and at its start: leases that a crash left behind (run_store.h).
 *
 * Always holds: the cost rests on what is asked for, never on how many runs
 * there are; each statement meets a partial index (tests/store/ checks that).
 */
#include <stdlib.h>

#include "rows.h"
#include "run_row.h"
#include "sql.h"

static int by_due(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	if (x->due_ms != y->due_ms)
		return x->due_ms < y->due_ms ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* RETURNING promises no order. Mostly it is right already, and rows are large.
 */
static void sort_by_due(struct run *runs, int count)
{
	for (int i = 1; i < count; i++) {
		if (by_due(&runs[i - 1], &runs[i]) > 0) {
			qsort(runs, (size_t)count, sizeof(*runs), by_due);
			return;
		}
	}
}

enum err run_claim(struct db *db, int64_t engine_id, const char *queue,
		   int priority, int64_t now_ms, int limit,
		   struct run *ret_runs, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_CLAIM);
	enum err e;

	db_bind_int(s, 1, engine_id);
	db_bind_text(s, 2, queue);
	db_bind_int(s, 3, priority);
	db_bind_int(s, 4, now_ms);
	db_bind_int(s, 5, limit);
	e = run_read_all(s, ret_runs, ret_count);
	if (e == OK)
		sort_by_due(ret_runs, *ret_count);
	return e;
}

int64_t run_urgency_ms(const struct run *r)
{
	static const int64_t hours[] = {1, 6, 24, 72}; /* by priority */
	int64_t allowed = r->created_ms + hours[r->priority & 3] * 3600 * 1000;

	return r->urgent_ms > 0 && r->urgent_ms < allowed ? r->urgent_ms
							  : allowed;
}

static int by_urgency(const void *a, const void *b)
{
	const struct run *x = a, *y = b;
	int64_t left = run_urgency_ms(x), right = run_urgency_ms(y);

	if (left != right)
		return left < right ? -1 : 1;
	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

enum err run_claim_parked(struct db *db, int64_t engine_id, const char *queue,
			  int limit, struct run *ret_runs, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_CLAIM_PARKED);
	enum err e;

	db_bind_int(s, 1, engine_id);
	db_bind_text(s, 2, queue);
	db_bind_int(s, 3, limit);
	e = run_read_all(s, ret_runs, ret_count);
	if (e == OK)
		qsort(ret_runs, (size_t)*ret_count, sizeof(*ret_runs),
		      by_urgency);
	return e;
}

enum err run_parked_count(struct db *db, const char *queue, int most,
			  int64_t *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_PARKED_COUNT);
	enum err e;

	db_bind_text(s, 1, queue);
	db_bind_int(s, 2, most);
	e = db_one(s);
	if (e != OK)
		return e;
	*ret_count = db_int(s, 0);
	db_done(s);
	return OK;
}

enum err run_queue_after(struct db *db, const char *name,
			 char ret_name[NAME_SIZE])
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_QUEUE_AFTER);
	enum err e;

	db_bind_text(s, 1, name);
	e = db_one(s);
	if (e != OK)
		return e;
	if (db_is_null(s, 0))
		e = ERR_NOT_FOUND;
	else
		db_text_into(s, 0, ret_name, NAME_SIZE);
	db_done(s);
	return e;
}

enum err run_queues(struct db *db, char (*ret_names)[NAME_SIZE], int *ret_count)
{
	const char *name = "";
	enum err e = OK;
	int count = 0;

	while (e == OK && count < RUN_QUEUES_MAX) {
		e = run_queue_after(db, name, ret_names[count]);
		if (e == OK)
			name = ret_names[count++];
	}
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	*ret_count = count;
	return OK;
}

enum err run_next_due(struct db *db, const char *queue,
		      int64_t ret_due_ms[RUN_PRIORITIES], bool *ret_parked)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_NEXT_DUE);
	enum err e;
	int i;

	db_bind_text(s, 1, queue);
	e = db_one(s);
	if (e != OK)
		return e;
	for (i = 0; i < RUN_PRIORITIES; i++)
		ret_due_ms[i] = db_int(s, i);
	*ret_parked = db_int(s, RUN_PRIORITIES) != 0;
	db_done(s);
	return OK;
}

enum err run_unread(struct db *db, int64_t engine_id, int limit,
		    int64_t *ret_ids, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_UNREAD);
	enum db_step step;
	int count = 0;

	db_bind_int(s, 1, engine_id);
	db_bind_int(s, 2, limit);
	while ((step = db_step(s)) == DB_ROW)
		ret_ids[count++] = db_int(s, 0);
	if (step == DB_ERROR)
		return db_error(s);
	*ret_count = count;
	return OK;
}

enum err run_unqueue(struct db *db, const char *queue, int64_t *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_UNQUEUE);

	db_bind_text(s, 1, queue);
	return db_run(s, ret_count);
}

enum err run_deadlines(struct db *db, int64_t now_ms, int64_t *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_DEADLINE);

	db_bind_int(s, 1, now_ms);
	return db_run(s, ret_count);
}

enum err run_next_deadline(struct db *db, int64_t *ret_next_ms)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_NEXT_DEADLINE);
	enum err e = db_one(s);

	if (e != OK)
		return e;
	*ret_next_ms = db_int(s, 0);
	db_done(s);
	return OK;
}

enum err run_reclaim(struct db *db, int64_t engine_id, int64_t suspect_id,
		     int64_t now_ms, int64_t *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_RECLAIM);

	db_bind_int(s, 1, engine_id);
	db_bind_int(s, 2, now_ms);
	db_bind_int(s, 3, suspect_id);
	return db_run(s, ret_count);
}

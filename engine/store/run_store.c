/*
 * The run row (run_store.h): one narrow update a step. Lists: run_list.c.
 *
 * Always holds: whoever writes for the engine is fenced by epoch and inbox_seq,
 * so a plan that was made before the outside spoke changes nothing.
 */
#include "run_store.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"
#include "run_row.h"
#include "sql.h"

static const char *const state_names[RUN_STATE_COUNT] = {
	[RUN_READY] = "READY",
	[RUN_RUNNING] = "RUNNING",
	[RUN_BACKING_OFF] = "BACKING_OFF",
	[RUN_BLOCKED] = "BLOCKED",
	[RUN_WAITING_TASK] = "WAITING_TASK",
	[RUN_WAITING_SIGNAL] = "WAITING_SIGNAL",
	[RUN_PAUSED] = "PAUSED",
	[RUN_HELD] = "HELD",
	[RUN_CANCELING] = "CANCELING",
	[RUN_COMPLETED] = "COMPLETED",
	[RUN_FAILED] = "FAILED",
	[RUN_CANCELED] = "CANCELED",
	[RUN_TIMED_OUT] = "TIMED_OUT",
};

const char *run_state_name(enum run_state s)
{
	return s < RUN_STATE_COUNT ? state_names[s] : "";
}

bool run_state_parse(const char *name, enum run_state *ret_state)
{
	int i = name == NULL ? -1
			     : name_find(state_names, RUN_STATE_COUNT, name);

	if (i < 0)
		return false;
	*ret_state = (enum run_state)i;
	return true;
}

bool run_state_closed(enum run_state s)
{
	return s >= RUN_COMPLETED;
}

void run_copy(struct run *to, const struct run *from)
{
	memcpy(to, from,
	       offsetof(struct run, progress) + strlen(from->progress) + 1);
}

/* ---- reading ---- */

void run_read(struct db_stmt *s, struct run *r)
{
	int c = 0;

	r->id = db_int(s, c++);
	DB_TEXT_INTO(s, c++, r->public_id);
	DB_TEXT_INTO(s, c++, r->order_id);
	r->state =
		(enum run_state)name_read(s, c++, state_names, RUN_STATE_COUNT);
	DB_TEXT_INTO(s, c++, r->outcome);
	DB_TEXT_INTO(s, c++, r->result);
	DB_TEXT_INTO(s, c++, r->issue_type);
	r->tier = (int)db_int(s, c++);
	r->playbook_id = db_int(s, c++);
	DB_TEXT_INTO(s, c++, r->step);
	DB_TEXT_INTO(s, c++, r->phase);
	DB_TEXT_INTO(s, c++, r->progress);
	r->attempt = (int)db_int(s, c++);
	r->attempts_max = (int)db_int(s, c++);
	DB_TEXT_INTO(s, c++, r->queue);
	r->priority = (int)db_int(s, c++);
	r->due_ms = db_int(s, c++);
	r->lease = db_int(s, c++);
	r->epoch = db_int(s, c++);
	r->inbox_seq = db_int(s, c++);
	r->inbox_read = db_int(s, c++);
	r->crash_count = (int)db_int(s, c++);
	r->wait_task_id = db_int(s, c++);
	DB_TEXT_INTO(s, c++, r->wait_signal);
	DB_TEXT_INTO(s, c++, r->wait_adapter);
	DB_TEXT_INTO(s, c++, r->reason);
	DB_TEXT_INTO(s, c++, r->last_error);
	DB_TEXT_INTO(s, c++, r->paused_state);
	r->amount_minor = read_amount(s, c++);
	DB_TEXT_INTO(s, c++, r->currency);
	r->event_ms = db_int(s, c++);
	r->urgent_ms = db_int(s, c++);
	DB_TEXT_INTO(s, c++, r->source);
	DB_TEXT_INTO(s, c++, r->event_key);
	r->audit.seq = db_int(s, c++);
	db_blob_into(s, c++, r->audit.hash, sizeof(r->audit.hash));
	r->created_ms = db_int(s, c++);
	r->updated_ms = db_int(s, c++);
	r->closed_ms = db_int(s, c++);
	DB_TEXT_INTO(s, c++, r->event_ref);
	DB_TEXT_INTO(s, c++, r->seller_ref);
	DB_TEXT_INTO(s, c++, r->venue_ref);
	DB_TEXT_INTO(s, c++, r->platform_ref);
	r->parked_ms = db_int(s, c++);
	r->deadline_ms = db_int(s, c);
}

enum err run_read_all(struct db_stmt *s, struct run *ret_runs, int *ret_count)
{
	enum db_step step;
	int count = 0;

	while ((step = db_step(s)) == DB_ROW)
		run_read(s, &ret_runs[count++]);
	if (step == DB_ERROR)
		return db_error(s);
	*ret_count = count;
	return OK;
}

static enum err read_one(struct db_stmt *s, struct run *ret_run)
{
	enum err e = db_one(s);

	if (e != OK)
		return e;
	run_read(s, ret_run);
	db_done(s);
	return OK;
}

enum err run_by_id(struct db *db, int64_t id, struct run *ret_run)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_BY_ID);

	db_bind_int(s, 1, id);
	return read_one(s, ret_run);
}

static enum err one_by_text(struct db *db, int statement, const char *text,
			    struct run *ret_run)
{
	struct db_stmt *s = db_bind_start(db, statement);

	db_bind_text(s, 1, text);
	return read_one(s, ret_run);
}

enum err run_by_public_id(struct db *db, const char *public_id,
			  struct run *ret_run)
{
	return one_by_text(db, SQL_RUN_BY_PUBLIC_ID, public_id, ret_run);
}

enum err run_open_of_order(struct db *db, const char *order_id,
			   struct run *ret_run)
{
	return one_by_text(db, SQL_RUN_OPEN_OF_ORDER, order_id, ret_run);
}

enum err run_latest_of_order(struct db *db, const char *order_id,
			     struct run *ret_run)
{
	return one_by_text(db, SQL_RUN_LATEST_OF_ORDER, order_id, ret_run);
}

/* ---- writing ---- */

static void bind_refs(struct db_stmt *s, int p, const struct run *r)
{
	db_bind_text_or_null(s, p++, r->event_ref);
	db_bind_text_or_null(s, p++, r->seller_ref);
	db_bind_text_or_null(s, p++, r->venue_ref);
	db_bind_text_or_null(s, p, r->platform_ref);
}

enum err run_insert(struct db *db, struct run *r)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_INSERT);
	enum err e;
	int p = 1;

	db_bind_text(s, p++, r->public_id);
	db_bind_text(s, p++, r->order_id);
	db_bind_text(s, p++, run_state_name(r->state));
	db_bind_text_or_null(s, p++, r->outcome);
	db_bind_text_or_null(s, p++, r->result);
	db_bind_text_or_null(s, p++, r->issue_type);
	db_bind_int_or_null(s, p++, r->tier);
	db_bind_int_or_null(s, p++, r->playbook_id);
	db_bind_text(s, p++, r->step);
	db_bind_text(s, p++, r->phase);
	db_bind_text(s, p++, r->progress);
	db_bind_int(s, p++, r->attempt);
	db_bind_int(s, p++, r->attempts_max);
	db_bind_text(s, p++, r->queue);
	db_bind_int(s, p++, r->priority);
	db_bind_int_or_null(s, p++, r->due_ms);
	db_bind_int_or_null(s, p++, r->lease);
	db_bind_int(s, p++, r->epoch);
	db_bind_int(s, p++, r->inbox_seq);
	db_bind_int(s, p++, r->inbox_read);
	db_bind_int(s, p++, r->crash_count);
	db_bind_int_or_null(s, p++, r->wait_task_id);
	db_bind_text_or_null(s, p++, r->wait_signal);
	db_bind_text_or_null(s, p++, r->wait_adapter);
	db_bind_text_or_null(s, p++, r->reason);
	db_bind_text_or_null(s, p++, r->last_error);
	db_bind_text_or_null(s, p++, r->paused_state);
	bind_amount(s, p++, r->amount_minor);
	db_bind_text_or_null(s, p++, r->currency);
	db_bind_int_or_null(s, p++, r->event_ms);
	db_bind_int_or_null(s, p++, r->urgent_ms);
	db_bind_text(s, p++, r->source);
	db_bind_text_or_null(s, p++, r->event_key);
	db_bind_int(s, p++, r->audit.seq);
	db_bind_blob(s, p++, r->audit.hash, sizeof(r->audit.hash));
	db_bind_int(s, p++, r->created_ms);
	db_bind_int(s, p++, r->updated_ms);
	db_bind_int_or_null(s, p++, r->closed_ms);
	bind_refs(s, p, r);
	e = db_run(s, NULL);
	if (e == OK)
		r->id = db_last_id(db);
	return e;
}

static enum err update(struct db *db, int statement, const struct run *r,
		       int64_t *ret_changes)
{
	struct db_stmt *s = db_bind_start(db, statement);
	int p = 1;

	db_bind_int(s, p++, r->id);
	db_bind_int(s, p++, r->epoch);
	db_bind_int(s, p++, r->inbox_seq);
	db_bind_text(s, p++, run_state_name(r->state));
	db_bind_text(s, p++, r->step);
	db_bind_text(s, p++, r->phase);
	db_bind_text(s, p++, r->progress);
	db_bind_int(s, p++, r->attempt);
	db_bind_int(s, p++, r->attempts_max);
	db_bind_int_or_null(s, p++, r->due_ms);
	db_bind_int(s, p++, r->crash_count);
	db_bind_int_or_null(s, p++, r->wait_task_id);
	db_bind_text_or_null(s, p++, r->wait_signal);
	db_bind_text_or_null(s, p++, r->wait_adapter);
	db_bind_text_or_null(s, p++, r->reason);
	db_bind_text_or_null(s, p++, r->last_error);
	db_bind_text_or_null(s, p++, r->paused_state);
	db_bind_int(s, p++, r->audit.seq);
	db_bind_blob(s, p++, r->audit.hash, sizeof(r->audit.hash));
	db_bind_int(s, p++, r->updated_ms);
	db_bind_int_or_null(s, p++, r->playbook_id);
	db_bind_int_or_null(s, p++, r->tier);
	db_bind_text_or_null(s, p++, r->outcome);
	db_bind_text_or_null(s, p++, r->result);
	db_bind_text_or_null(s, p++, r->currency);
	db_bind_int_or_null(s, p++, r->event_ms);
	db_bind_int_or_null(s, p++, r->urgent_ms);
	db_bind_int_or_null(s, p++, r->lease);
	db_bind_text_or_null(s, p++, r->issue_type);
	bind_amount(s, p++, r->amount_minor);
	db_bind_int_or_null(s, p++, r->closed_ms);
	db_bind_text(s, p++, r->queue);
	db_bind_int(s, p++, r->priority);
	db_bind_int(s, p++, r->inbox_read);
	bind_refs(s, p, r);
	db_bind_int_or_null(s, p + 4, r->parked_ms);
	db_bind_int_or_null(s, p + 5, r->deadline_ms);
	return db_run(s, ret_changes);
}

enum err run_fence(struct db *db, const struct run *r)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_FENCE);
	enum err e;

	db_bind_int(s, 1, r->id);
	db_bind_int(s, 2, r->epoch);
	db_bind_int(s, 3, r->inbox_seq);
	e = db_one(s);
	if (e == OK)
		db_done(s);
	return e == ERR_NOT_FOUND ? ERR_STALE : e;
}

static bool same_state(const struct run *a, const struct run *b)
{
	return a->state == b->state && a->lease == b->lease &&
	       a->inbox_read == b->inbox_read && a->due_ms == b->due_ms &&
	       a->parked_ms == b->parked_ms &&
	       a->deadline_ms == b->deadline_ms &&
	       strcmp(a->queue, b->queue) == 0;
}

static bool same_search(const struct run *a, const struct run *b)
{
	return a->playbook_id == b->playbook_id && a->tier == b->tier &&
	       a->amount_minor == b->amount_minor &&
	       a->priority == b->priority &&
	       strcmp(a->issue_type, b->issue_type) == 0 &&
	       strcmp(a->event_ref, b->event_ref) == 0 &&
	       strcmp(a->seller_ref, b->seller_ref) == 0 &&
	       strcmp(a->venue_ref, b->venue_ref) == 0 &&
	       strcmp(a->platform_ref, b->platform_ref) == 0;
}

enum err run_update_from(struct db *db, const struct run *was,
			 const struct run *r)
{
	static const int open[] = {SQL_RUN_UPDATE, SQL_RUN_UPDATE_STATE,
				   SQL_RUN_UPDATE_SEARCH, SQL_RUN_UPDATE_ALL};
	static const int closed[] = {SQL_RUN_UPDATE_CLOSED, SQL_RUN_UPDATE_ALL};
	const int *statement = r->closed_ms ? closed : open;
	int most = r->closed_ms ? 2 : 4, i = 0;
	int64_t changes = 0;
	enum err e = OK;

	if (was && !same_search(was, r))
		i = r->closed_ms ? 1 : 2;
	else if (was && !r->closed_ms && !same_state(was, r))
		i = 1;
	for (; i < most && e == OK && changes == 0; i++)
		e = update(db, statement[i], r, &changes);
	if (e == OK && changes == 0)
		return ERR_STALE;
	return e;
}

enum err run_update(struct db *db, const struct run *r)
{
	return run_update_from(db, NULL, r);
}

enum err run_nudge(struct db *db, struct run *r, bool wake, int64_t now_ms)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_NUDGE);
	enum err e;

	db_bind_int(s, 1, r->id);
	db_bind_int(s, 2, wake);
	db_bind_int(s, 3, now_ms);
	db_bind_int(s, 4, r->audit.seq);
	db_bind_blob(s, 5, r->audit.hash, sizeof(r->audit.hash));
	e = db_one(s);
	if (e != OK)
		return e;
	r->inbox_seq = db_int(s, 0);
	r->due_ms = db_int(s, 1);
	db_done(s);
	return OK;
}

enum err run_write_audit_head(struct db *db, const struct run *r)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_AUDIT_HEAD);
	int64_t changes = 0;
	enum err e;

	db_bind_int(s, 1, r->id);
	db_bind_int(s, 2, r->audit.seq);
	db_bind_blob(s, 3, r->audit.hash, sizeof(r->audit.hash));
	e = db_run(s, &changes);
	return e == OK && changes == 0 ? ERR_NOT_FOUND : e;
}

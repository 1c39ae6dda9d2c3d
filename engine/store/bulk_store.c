/*
 * One operation on many runs (bulk_store.h).
 *
 * Always holds: an item that has a result keeps it: finishing it asks for one
 * that waits.
 */
#include "bulk_store.h"

#include "rows.h"
#include "sql.h"

static const char *const state_names[BULK_STATE_COUNT] = {
	[BULK_PREVIEW] = "PREVIEW",
	[BULK_RUNNING] = "RUNNING",
	[BULK_STOPPED] = "STOPPED",
	[BULK_DONE] = "DONE",
};
static const char *const item_names[ITEM_STATE_COUNT] = {
	[ITEM_WAITING] = "WAITING",
	[ITEM_DONE] = "DONE",
	[ITEM_SKIPPED] = "SKIPPED",
	[ITEM_FAILED] = "FAILED",
};

const char *bulk_state_name(enum bulk_state s)
{
	return s < BULK_STATE_COUNT ? state_names[s] : "";
}

const char *bulk_item_state_name(enum bulk_item_state s)
{
	return s < ITEM_STATE_COUNT ? item_names[s] : "";
}

bool bulk_item_state_parse(const char *name, enum bulk_item_state *ret_state)
{
	int i = name ? name_find(item_names, ITEM_STATE_COUNT, name) : -1;

	if (i < 0)
		return false;
	*ret_state = (enum bulk_item_state)i;
	return true;
}

enum err bulk_insert(struct db *db, struct bulk *b)
{
	struct db_stmt *s = db_bind_start(db, SQL_BULK_INSERT);
	enum err e;
	int p = 1;

	db_bind_text(s, p++, b->public_id);
	db_bind_text(s, p++, b->operation);
	db_bind_text(s, p++, bulk_state_name(b->state));
	db_bind_text(s, p++, b->filter);
	db_bind_text(s, p++, b->params);
	db_bind_text(s, p++, b->reason);
	db_bind_text(s, p++, b->actor.name);
	db_bind_text(s, p++, role_name(b->actor.role));
	db_bind_int(s, p++, b->actor.self_asserted);
	db_bind_int(s, p++, b->rate);
	db_bind_int(s, p++, b->total);
	db_bind_int(s, p++, b->waiting);
	db_bind_int(s, p++, b->done);
	db_bind_int(s, p++, b->skipped);
	db_bind_int(s, p++, b->failed);
	db_bind_int(s, p++, b->created_ms);
	db_bind_int_or_null(s, p++, b->started_ms);
	db_bind_int_or_null(s, p, b->ended_ms);
	e = db_run(s, NULL);
	if (e == OK)
		b->id = db_last_id(db);
	return e;
}

enum err bulk_update(struct db *db, const struct bulk *b)
{
	struct db_stmt *s = db_bind_start(db, SQL_BULK_UPDATE);
	int p = 1;

	db_bind_int(s, p++, b->id);
	db_bind_text(s, p++, bulk_state_name(b->state));
	db_bind_text(s, p++, b->actor.name);
	db_bind_text(s, p++, role_name(b->actor.role));
	db_bind_int(s, p++, b->actor.self_asserted);
	db_bind_int(s, p++, b->total);
	db_bind_int(s, p++, b->waiting);
	db_bind_int(s, p++, b->done);
	db_bind_int(s, p++, b->skipped);
	db_bind_int(s, p++, b->failed);
	db_bind_int_or_null(s, p++, b->started_ms);
	db_bind_int_or_null(s, p, b->ended_ms);
	return db_run(s, NULL);
}

static void read_bulk(struct db_stmt *s, struct arena *a, void *to)
{
	struct bulk *b = to;
	char role[16];
	int c = 0;

	b->id = db_int(s, c++);
	DB_TEXT_INTO(s, c++, b->public_id);
	DB_TEXT_INTO(s, c++, b->operation);
	b->state = (enum bulk_state)name_read(s, c++, state_names,
					      BULK_STATE_COUNT);
	b->filter = text_read(s, c++, a);
	b->params = text_read(s, c++, a);
	DB_TEXT_INTO(s, c++, b->reason);
	DB_TEXT_INTO(s, c++, b->actor.name);
	DB_TEXT_INTO(s, c++, role);
	if (!role_parse(role, &b->actor.role))
		b->actor.role = ROLE_VIEWER;
	b->actor.self_asserted = db_int(s, c++) != 0;
	b->rate = db_int(s, c++);
	b->total = db_int(s, c++);
	b->waiting = db_int(s, c++);
	b->done = db_int(s, c++);
	b->skipped = db_int(s, c++);
	b->failed = db_int(s, c++);
	b->created_ms = db_int(s, c++);
	b->started_ms = db_int(s, c++);
	b->ended_ms = db_int(s, c);
}

enum err bulk_by_public_id(struct db *db, const char *public_id,
			   struct arena *a, struct bulk *ret_bulk)
{
	struct db_stmt *s = db_bind_start(db, SQL_BULK_BY_PUBLIC_ID);
	enum err e;

	db_bind_text(s, 1, public_id);
	e = db_one(s);
	if (e != OK)
		return e;
	read_bulk(s, a, ret_bulk);
	db_done(s);
	return OK;
}

static enum err read_bulks(struct db_stmt *s, struct arena *a,
			   struct bulk **ret_bulks, int *ret_count)
{
	struct rows rows = {.a = a, .size = sizeof(struct bulk)};
	enum err e = rows_read(s, &rows, read_bulk);

	if (e != OK)
		return e;
	*ret_bulks = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

enum err bulk_running(struct db *db, int limit, struct arena *a,
		      struct bulk **ret_bulks, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_BULK_RUNNING);

	db_bind_int(s, 1, limit);
	return read_bulks(s, a, ret_bulks, ret_count);
}

enum err bulk_list(struct db *db, int64_t before_id, int limit, struct arena *a,
		   struct bulk **ret_bulks, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_BULK_LIST);

	db_bind_int(s, 1, before_id > 0 ? before_id : INT64_MAX);
	db_bind_int(s, 2, limit);
	return read_bulks(s, a, ret_bulks, ret_count);
}

enum err bulk_item_insert(struct db *db, int64_t bulk_id,
			  const struct bulk_item *item)
{
	struct db_stmt *s = db_bind_start(db, SQL_BULK_ITEM_INSERT);

	db_bind_int(s, 1, bulk_id);
	db_bind_int(s, 2, item->run_id);
	db_bind_text(s, 3, bulk_item_state_name(item->state));
	db_bind_text_or_null(s, 4, item->code);
	db_bind_text_or_null(s, 5, item->detail);
	db_bind_text_or_null(s, 6, item->task_id);
	db_bind_text_or_null(s, 7, item->digest);
	db_bind_int_or_null(s, 8, item->at_ms);
	db_bind_int(s, 9, item->urgency_ms);
	return db_run(s, NULL);
}

enum err bulk_item_finish(struct db *db, int64_t bulk_id,
			  const struct bulk_item *item)
{
	struct db_stmt *s = db_bind_start(db, SQL_BULK_ITEM_FINISH);
	int64_t changes = 0;
	enum err e;

	db_bind_int(s, 1, bulk_id);
	db_bind_int(s, 2, item->run_id);
	db_bind_text(s, 3, bulk_item_state_name(item->state));
	db_bind_text_or_null(s, 4, item->code);
	db_bind_text_or_null(s, 5, item->detail);
	db_bind_int_or_null(s, 6, item->at_ms);
	e = db_run(s, &changes);
	return e == OK && changes == 0 ? ERR_NOT_FOUND : e;
}

static void read_waiting(struct db_stmt *s, struct arena *a, void *to)
{
	struct bulk_item *item = to;

	(void)a;
	item->run_id = db_int(s, 0);
	DB_TEXT_INTO(s, 1, item->run_public_id);
	DB_TEXT_INTO(s, 2, item->task_id);
	DB_TEXT_INTO(s, 3, item->digest);
}

enum err bulk_item_waiting(struct db *db, int64_t bulk_id, int limit,
			   struct arena *a, struct bulk_item **ret_items,
			   int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_BULK_ITEM_WAITING);
	struct rows rows = {.a = a, .size = sizeof(struct bulk_item)};
	enum err e;

	db_bind_int(s, 1, bulk_id);
	db_bind_int(s, 2, limit);
	e = rows_read(s, &rows, read_waiting);
	if (e != OK)
		return e;
	*ret_items = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

static void read_item(struct db_stmt *s, struct arena *a, void *to)
{
	struct bulk_item *item = to;
	char state[32];

	(void)a;
	item->run_id = db_int(s, 0);
	DB_TEXT_INTO(s, 1, item->run_public_id);
	DB_TEXT_INTO(s, 2, item->order_id);
	item->state = (enum bulk_item_state)name_read(s, 3, item_names,
						      ITEM_STATE_COUNT);
	DB_TEXT_INTO(s, 4, item->code);
	DB_TEXT_INTO(s, 5, item->detail);
	item->at_ms = db_int(s, 6);
	DB_TEXT_INTO(s, 7, item->task_id);
	DB_TEXT_INTO(s, 8, state);
	(void)run_state_parse(state, &item->run_state);
	DB_TEXT_INTO(s, 9, item->outcome);
	DB_TEXT_INTO(s, 10, item->result);
	DB_TEXT_INTO(s, 11, item->issue_type);
	item->amount_minor = read_amount(s, 12);
	DB_TEXT_INTO(s, 13, item->currency);
}

enum err bulk_item_list(struct db *db, int64_t bulk_id, int64_t after_run_id,
			int state, int limit, struct arena *a,
			struct bulk_item **ret_items, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_BULK_ITEM_LIST);
	struct rows rows = {.a = a, .size = sizeof(struct bulk_item)};
	enum err e;

	db_bind_int(s, 1, bulk_id);
	db_bind_int(s, 2, after_run_id);
	if (state >= 0)
		db_bind_text(s, 3,
			     bulk_item_state_name((enum bulk_item_state)state));
	db_bind_int(s, 4, limit);
	e = rows_read(s, &rows, read_item);
	if (e != OK)
		return e;
	*ret_items = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

static void read_count(struct db_stmt *s, struct arena *a, void *to)
{
	struct bulk_count *row = to;

	(void)a;
	row->state = (enum bulk_item_state)name_read(s, 0, item_names,
						     ITEM_STATE_COUNT);
	DB_TEXT_INTO(s, 1, row->code);
	row->count = db_int(s, 2);
}

enum err bulk_item_count(struct db *db, int64_t bulk_id, struct arena *a,
			 struct bulk_count **ret_counts, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_BULK_ITEM_COUNT);
	struct rows rows = {.a = a, .size = sizeof(struct bulk_count)};
	enum err e;

	db_bind_int(s, 1, bulk_id);
	e = rows_read(s, &rows, read_count);
	if (e != OK)
		return e;
	*ret_counts = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

/*
 * What the outside said to a run (inbox_store.h). Whoever inserts also calls
 * run_nudge() in the same transaction, or the engine would not look.
 */
#include "inbox_store.h"

#include "rows.h"
#include "sql.h"

static const char *const kind_names[INBOX_KIND_COUNT] = {
	[INBOX_EVENT] = "event",       [INBOX_SIGNAL] = "signal",
	[INBOX_DECISION] = "decision", [INBOX_UNDO] = "undo",
	[INBOX_CANCEL] = "cancel",     [INBOX_PAUSE] = "pause",
	[INBOX_RESUME] = "resume",     [INBOX_RETRY] = "retry",
	[INBOX_COMMENT] = "comment",   [INBOX_KILL] = "kill",
	[INBOX_PRIORITY] = "priority", [INBOX_SETTLE] = "settle",
	[INBOX_MIGRATE] = "migrate",
};

const char *inbox_kind_name(enum inbox_kind k)
{
	return k < INBOX_KIND_COUNT ? kind_names[k] : "";
}

enum err inbox_insert(struct db *db, struct inbox_row *row)
{
	struct db_stmt *s = db_bind_start(db, SQL_INBOX_INSERT);
	enum err e;

	db_bind_int(s, 1, row->run_id);
	db_bind_text(s, 2, inbox_kind_name(row->kind));
	db_bind_text_or_null(s, 3, row->name);
	db_bind_text(s, 4, row->body != NULL ? row->body : "{}");
	db_bind_text(s, 5, row->actor);
	db_bind_int(s, 6, row->received_ms);
	db_bind_int_or_null(s, 7, row->consumed_ms);
	e = db_run(s, NULL);
	if (e == OK)
		row->id = db_last_id(db);
	return e;
}

static void read_row(struct db_stmt *s, struct arena *a, void *to)
{
	struct inbox_row *row = to;

	row->id = db_int(s, 0);
	row->run_id = db_int(s, 1);
	row->kind =
		(enum inbox_kind)name_read(s, 2, kind_names, INBOX_KIND_COUNT);
	DB_TEXT_INTO(s, 3, row->name);
	row->body = text_read(s, 4, a);
	DB_TEXT_INTO(s, 5, row->actor);
	row->received_ms = db_int(s, 6);
	row->consumed_ms = db_int(s, 7);
}

enum err inbox_unconsumed(struct db *db, int64_t run_id, int limit,
			  struct arena *a, struct inbox_row **ret_rows,
			  int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_INBOX_UNCONSUMED);
	struct rows rows = {.a = a, .size = sizeof(struct inbox_row)};
	enum err e;

	db_bind_int(s, 1, run_id);
	db_bind_int(s, 2, limit);
	e = rows_read(s, &rows, read_row);
	if (e != OK)
		return e;
	*ret_rows = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

enum err inbox_sweep(struct db *db, int64_t after, int limit, struct arena *a,
		     struct inbox_row **ret_rows, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_INBOX_SWEEP);
	struct rows rows = {.a = a, .size = sizeof(struct inbox_row)};
	enum err e;

	db_bind_int(s, 1, after);
	db_bind_int(s, 2, limit);
	e = rows_read(s, &rows, read_row);
	if (e != OK)
		return e;
	*ret_rows = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

enum err inbox_consume(struct db *db, int64_t id, int64_t now_ms)
{
	struct db_stmt *s = db_bind_start(db, SQL_INBOX_CONSUME);
	int64_t changes = 0;
	enum err e;

	db_bind_int(s, 1, id);
	db_bind_int(s, 2, now_ms);
	e = db_run(s, &changes);
	return e == OK && changes == 0 ? ERR_NOT_FOUND : e;
}

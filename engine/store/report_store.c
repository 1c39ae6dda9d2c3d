/*
 * Counts for monitoring (report_store.h).
 *
 * Always holds: no count reads a table row by row over its whole length.
 */
#include "report_store.h"

#include "sql.h"

#define GROUPS_MAX 512

static enum err one_number(struct db_stmt *s, int64_t *ret_number)
{
	enum err e = db_one(s);

	if (e != OK)
		return e;
	*ret_number = db_int(s, 0);
	db_done(s);
	return OK;
}

enum err report_runs(struct db *db, bool closed, int64_t *ret_counts)
{
	struct db_stmt *s = db_bind_start(db, closed ? SQL_REPORT_RUNS_CLOSED
						     : SQL_REPORT_RUNS_OPEN);
	enum db_step step;

	while ((step = db_step(s)) == DB_ROW) {
		char name[NAME_SIZE];
		enum run_state state;

		DB_TEXT_INTO(s, 0, name);
		if (run_state_parse(name, &state))
			ret_counts[state] = db_int(s, 1);
	}
	db_done(s);
	return step == DB_ERROR ? db_error(s) : OK;
}

enum err report_open_tasks(struct db *db, int64_t *ret_count)
{
	return one_number(db_bind_start(db, SQL_REPORT_OPEN_TASKS), ret_count);
}

enum err report_inbox(struct db *db, int64_t *ret_count)
{
	return one_number(db_bind_start(db, SQL_REPORT_INBOX), ret_count);
}

enum err report_oldest_due(struct db *db, int64_t *ret_due_ms)
{
	return one_number(db_bind_start(db, SQL_REPORT_OLDEST_DUE), ret_due_ms);
}

static enum err read_calls(struct db_stmt *s, struct arena *a,
			   struct report_calls **ret_rows, int *ret_count)
{
	struct report_calls *rows = arena_alloc(a, GROUPS_MAX * sizeof(*rows));
	enum db_step step = DB_DONE;
	int count = 0;

	while (count < GROUPS_MAX && (step = db_step(s)) == DB_ROW) {
		struct report_calls *row = &rows[count++];

		DB_TEXT_INTO(s, 0, row->adapter);
		DB_TEXT_INTO(s, 1, row->operation);
		DB_TEXT_INTO(s, 2, row->state);
		row->count = db_int(s, 3);
		row->duration_ms = db_int(s, 4);
	}
	db_done(s);
	if (step == DB_ERROR)
		return db_error(s);
	*ret_rows = rows;
	*ret_count = count;
	return OK;
}

enum err report_calls_out(struct db *db, struct arena *a,
			  struct report_calls **ret_rows, int *ret_count)
{
	return read_calls(db_bind_start(db, SQL_REPORT_CALLS_OUT), a, ret_rows,
			  ret_count);
}

enum err report_calls_recent(struct db *db, int64_t window, struct arena *a,
			     struct report_calls **ret_rows, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_REPORT_CALLS_RECENT);

	db_bind_int(s, 1, window);
	return read_calls(s, a, ret_rows, ret_count);
}

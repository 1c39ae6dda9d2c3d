/*
 * Signatures under tasks (task_store.h): the first of four eyes, the deciding
 * one, and those that were undone. The same person signs a task once.
 */
#include "rows.h"
#include "sql.h"
#include "task_store.h"

enum err decision_insert(struct db *db, struct decision *d)
{
	struct db_stmt *s = db_bind_start(db, SQL_DECISION_INSERT);
	enum err e;

	db_bind_int(s, 1, d->task_id);
	db_bind_int(s, 2, d->approved);
	db_bind_text(s, 3, d->actor.name);
	db_bind_text(s, 4, role_name(d->actor.role));
	db_bind_int(s, 5, d->actor.self_asserted);
	db_bind_text(s, 6, d->digest);
	db_bind_text(s, 7, d->notes);
	db_bind_int(s, 8, d->decided_ms);
	db_bind_int_or_null(s, 9, d->undone_ms);
	db_bind_text(s, 10, d->alternative);
	db_bind_text(s, 11, d->form);
	db_bind_text(s, 12, d->reason_code);
	bind_amount(s, 13, d->amount_minor);
	db_bind_text_or_null(s, 14, d->currency);
	e = db_run(s, NULL);
	if (e == OK)
		d->id = db_last_id(db);
	return e;
}

enum err decision_undo(struct db *db, int64_t task_id, int64_t now_ms)
{
	struct db_stmt *s = db_bind_start(db, SQL_DECISION_UNDO);

	db_bind_int(s, 1, task_id);
	db_bind_int(s, 2, now_ms);
	return db_run(s, NULL);
}

static void read_row(struct db_stmt *s, struct arena *a, void *to)
{
	struct decision *d = to;
	char role[16];

	d->id = db_int(s, 0);
	d->task_id = db_int(s, 1);
	d->approved = db_int(s, 2) != 0;
	DB_TEXT_INTO(s, 3, d->actor.name);
	DB_TEXT_INTO(s, 4, role);
	if (!role_parse(role, &d->actor.role))
		d->actor.role = ROLE_VIEWER;
	d->actor.self_asserted = db_int(s, 5) != 0;
	DB_TEXT_INTO(s, 6, d->digest);
	d->notes = db_text(s, 7, a);
	d->decided_ms = db_int(s, 8);
	d->undone_ms = db_int(s, 9);
	d->alternative = db_text(s, 10, a);
	d->form = db_text(s, 11, a);
	d->reason_code = db_text(s, 12, a);
	d->amount_minor = read_amount(s, 13);
	DB_TEXT_INTO(s, 14, d->currency);
}

enum err decision_list(struct db *db, int64_t task_id, struct arena *a,
		       struct decision **ret_rows, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_DECISION_LIST);
	struct rows rows = {.a = a, .size = sizeof(struct decision)};
	enum err e;

	db_bind_int(s, 1, task_id);
	e = rows_read(s, &rows, read_row);
	if (e != OK)
		return e;
	*ret_rows = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

enum err decision_spent(struct db *db, const char *actor, const char *currency,
			int64_t since_ms, int64_t *ret_minor)
{
	struct db_stmt *s = db_bind_start(db, SQL_DECISION_SPENT);
	enum err e;

	db_bind_text(s, 1, actor);
	db_bind_int(s, 2, since_ms);
	db_bind_text_or_null(s, 3, currency);
	e = db_one(s);
	if (e != OK)
		return e;
	*ret_minor = db_int(s, 0);
	db_done(s);
	return OK;
}

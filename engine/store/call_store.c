/*
 * Calls (call_store.h): the intent before it leaves, the answer by call id.
 *
 * Always holds: an answer is never fenced by the run; proof that money moved is
 * never thrown away. One key belongs to one call; one money call of an order is
 * out at a time, by a unique index.
 */
#include "call_store.h"

#include "rows.h"
#include "sql.h"

static const char *const state_names[CALL_STATE_COUNT] = {
	[CALL_INTENT] = "INTENT", [CALL_SENT] = "SENT",	      [CALL_OK] = "OK",
	[CALL_FAILED] = "FAILED", [CALL_UNKNOWN] = "UNKNOWN",
};

#define PURPOSE_COUNT 3
static const char *const purpose_names[PURPOSE_COUNT] = {
	[PURPOSE_READ] = "read",
	[PURPOSE_EFFECT] = "effect",
	[PURPOSE_LOOKUP] = "lookup",
};

const char *call_state_name(enum call_state s)
{
	return s < CALL_STATE_COUNT ? state_names[s] : "";
}

const char *call_purpose_name(enum call_purpose p)
{
	return p < PURPOSE_COUNT ? purpose_names[p] : "";
}

enum err call_insert(struct db *db, struct call *c)
{
	struct db_stmt *s = db_bind_start(db, SQL_CALL_INSERT);
	enum err e;
	int p = 1;

	db_bind_int(s, p++, c->run_id);
	db_bind_text(s, p++, c->public_id);
	db_bind_text(s, p++, c->order_id);
	db_bind_text(s, p++, c->step);
	db_bind_int(s, p++, c->visit);
	db_bind_text(s, p++, c->name);
	db_bind_text(s, p++, c->adapter);
	db_bind_text(s, p++, c->operation);
	db_bind_int(s, p++, c->adapter_id);
	db_bind_text(s, p++, call_purpose_name(c->purpose));
	db_bind_int(s, p++, c->order_scope);
	db_bind_text(s, p++, c->key);
	db_bind_text(s, p++, c->digest);
	db_bind_text(s, p++, c->params != NULL ? c->params : "{}");
	db_bind_text(s, p++, call_state_name(c->state));
	db_bind_int(s, p++, c->attempt);
	db_bind_text_or_null(s, p++, c->class);
	db_bind_int_or_null(s, p++, c->status);
	db_bind_text(s, p++, c->answer);
	db_bind_text_or_null(s, p++, c->error);
	db_bind_int(s, p++, c->intent_ms);
	db_bind_int_or_null(s, p++, c->sent_ms);
	db_bind_int_or_null(s, p++, c->answered_ms);
	db_bind_int_or_null(s, p, c->duration_ms);
	e = db_run(s, NULL);
	if (e == OK)
		c->id = db_last_id(db);
	return e;
}

static enum err run_on_one(struct db_stmt *s)
{
	int64_t changes = 0;
	enum err e = db_run(s, &changes);

	return e == OK && changes == 0 ? ERR_NOT_FOUND : e;
}

enum err call_resend(struct db *db, const struct call *c)
{
	struct db_stmt *s = db_bind_start(db, SQL_CALL_RESEND);

	db_bind_int(s, 1, c->id);
	db_bind_int(s, 2, c->attempt);
	db_bind_int_or_null(s, 3, c->sent_ms);
	db_bind_int(s, 4, c->maybe_done);
	return run_on_one(s);
}

enum err call_answer(struct db *db, const struct call *c)
{
	struct db_stmt *s = db_bind_start(db, SQL_CALL_ANSWER);
	int p = 1;

	db_bind_int(s, p++, c->id);
	db_bind_text(s, p++, call_state_name(c->state));
	db_bind_int(s, p++, c->attempt);
	db_bind_text_or_null(s, p++, c->class);
	db_bind_int(s, p++, c->status);
	db_bind_text(s, p++, c->answer);
	db_bind_text_or_null(s, p++, c->error);
	db_bind_int_or_null(s, p++, c->sent_ms);
	db_bind_int_or_null(s, p++, c->answered_ms);
	db_bind_int(s, p++, c->duration_ms);
	db_bind_text_or_null(s, p++, c->code);
	db_bind_int(s, p, c->maybe_done);
	return run_on_one(s);
}

static void read_row(struct db_stmt *s, struct arena *a, void *to)
{
	struct call *r = to;
	int c = 0;

	r->id = db_int(s, c++);
	r->run_id = db_int(s, c++);
	DB_TEXT_INTO(s, c++, r->public_id);
	DB_TEXT_INTO(s, c++, r->order_id);
	DB_TEXT_INTO(s, c++, r->step);
	r->visit = (int)db_int(s, c++);
	DB_TEXT_INTO(s, c++, r->name);
	DB_TEXT_INTO(s, c++, r->adapter);
	DB_TEXT_INTO(s, c++, r->operation);
	r->adapter_id = db_int(s, c++);
	r->purpose = (enum call_purpose)name_read(s, c++, purpose_names,
						  PURPOSE_COUNT);
	r->order_scope = db_int(s, c++) != 0;
	DB_TEXT_INTO(s, c++, r->key);
	DB_TEXT_INTO(s, c++, r->digest);
	r->params = text_read(s, c++, a);
	r->state = (enum call_state)name_read(s, c++, state_names,
					      CALL_STATE_COUNT);
	r->attempt = (int)db_int(s, c++);
	DB_TEXT_INTO(s, c++, r->class);
	r->status = (int)db_int(s, c++);
	r->answer = db_text(s, c++, a);
	DB_TEXT_INTO(s, c++, r->error);
	r->intent_ms = db_int(s, c++);
	r->sent_ms = db_int(s, c++);
	r->answered_ms = db_int(s, c++);
	r->duration_ms = db_int(s, c++);
	DB_TEXT_INTO(s, c++, r->code);
	r->maybe_done = db_int(s, c) != 0;
}

static enum err read_one(struct db_stmt *s, struct arena *a,
			 struct call *ret_call)
{
	enum err e = db_one(s);

	if (e != OK)
		return e;
	read_row(s, a, ret_call);
	db_done(s);
	return OK;
}

static enum err read_all(struct db_stmt *s, struct arena *a,
			 struct call **ret_calls, int *ret_count)
{
	struct rows rows = {.a = a, .size = sizeof(struct call)};
	enum err e = rows_read(s, &rows, read_row);

	if (e != OK)
		return e;
	*ret_calls = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

enum err call_by_id(struct db *db, int64_t id, struct arena *a,
		    struct call *ret_call)
{
	struct db_stmt *s = db_bind_start(db, SQL_CALL_BY_ID);

	db_bind_int(s, 1, id);
	return read_one(s, a, ret_call);
}

enum err call_of_visit(struct db *db, int64_t run_id, const char *step,
		       int visit, struct arena *a, struct call **ret_calls,
		       int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_CALL_OF_VISIT);

	db_bind_int(s, 1, run_id);
	db_bind_text(s, 2, step);
	db_bind_int(s, 3, visit);
	return read_all(s, a, ret_calls, ret_count);
}

enum err call_of_run(struct db *db, int64_t run_id, int limit, struct arena *a,
		     struct call **ret_calls, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_CALL_OF_RUN);

	db_bind_int(s, 1, run_id);
	db_bind_int(s, 2, limit);
	return read_all(s, a, ret_calls, ret_count);
}

enum err call_out_count(struct db *db, int64_t run_id, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_CALL_OUT_COUNT);
	enum err e;

	db_bind_int(s, 1, run_id);
	e = db_one(s);
	if (e != OK)
		return e;
	*ret_count = (int)db_int(s, 0);
	db_done(s);
	return OK;
}

enum err call_forsake(struct db *db, const char *error, int64_t *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_CALL_FORSAKE);

	db_bind_text(s, 1, error);
	return db_run(s, ret_count);
}

enum err call_order_scope_out(struct db *db, const char *order_id,
			      struct arena *a, struct call *ret_call)
{
	struct db_stmt *s = db_bind_start(db, SQL_CALL_ORDER_SCOPE_OUT);

	db_bind_text(s, 1, order_id);
	return read_one(s, a, ret_call);
}

enum err call_by_public_id(struct db *db, const char *public_id,
			   struct arena *a, struct call *ret_call)
{
	struct db_stmt *s = db_bind_start(db, SQL_CALL_BY_PUBLIC_ID);

	db_bind_text(s, 1, public_id);
	return read_one(s, a, ret_call);
}

/* They are few. Sorting them would make the statement open a tree of its own,
 * which takes ten times as long as finding that there is none. */
enum err call_unknown_of_run(struct db *db, int64_t run_id, bool closed,
			     struct arena *a, struct call *ret_call)
{
	struct db_stmt *s = db_bind_start(db, SQL_CALL_UNKNOWN_OF_RUN);
	enum err e = ERR_NOT_FOUND;
	enum db_step step;
	struct call c;

	db_bind_int(s, 1, run_id);
	db_bind_int(s, 2, closed);
	while ((step = db_step(s)) == DB_ROW) {
		c = (struct call){0};
		read_row(s, a, &c);
		if (e != OK || c.order_scope)
			*ret_call = c;
		e = OK;
		if (c.order_scope)
			break;
	}
	if (step == DB_ERROR)
		return db_error(s);
	db_done(s);
	return e;
}

enum err call_effect_of_run(struct db *db, int64_t run_id, int limit,
			    struct arena *a, struct call **ret_calls,
			    int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_CALL_EFFECT_OF_RUN);

	db_bind_int(s, 1, run_id);
	db_bind_int(s, 2, limit);
	return read_all(s, a, ret_calls, ret_count);
}

/*
 * Rows of controls and of what was seen of adapters (control_store.h).
 *
 * Always holds: the generation moves with every change, in its transaction, so
 * that whoever reads it before and after knows whether to read the rows.
 */
#include "control_store.h"

#include "rows.h"
#include "sql.h"

static const char *const kind_names[CONTROL_KIND_COUNT] = {
	[CONTROL_ADAPTER] = "adapter",	 [CONTROL_ACTION] = "action",
	[CONTROL_PLAYBOOK] = "playbook", [CONTROL_EVENT] = "event",
	[CONTROL_SELLER] = "seller",	 [CONTROL_PROBE] = "probe",
};

const char *control_kind_name(enum control_kind k)
{
	return kind_names[k];
}

bool control_kind_parse(const char *name, enum control_kind *ret_kind)
{
	int i = name_find(kind_names, CONTROL_KIND_COUNT, name);

	if (i >= 0)
		*ret_kind = (enum control_kind)i;
	return i >= 0;
}

static enum err raise_generation(struct db *db)
{
	struct db_stmt *s = db_bind_start(db, SQL_META_RAISE);
	enum err e;

	db_bind_text(s, 1, "control_generation");
	e = db_one(s);
	if (e == OK)
		db_done(s);
	return e;
}

enum err control_generation(struct db *db, int64_t *ret_generation)
{
	struct db_stmt *s = db_bind_start(db, SQL_META_GET);
	enum err e;

	db_bind_text(s, 1, "control_generation");
	e = db_one(s);
	if (e != OK)
		return e;
	*ret_generation = db_int(s, 0);
	db_done(s);
	return OK;
}

enum err control_insert(struct db *db, struct control *c)
{
	struct db_stmt *s = db_bind_start(db, SQL_CONTROL_INSERT);
	enum err e;

	db_bind_text(s, 1, c->public_id);
	db_bind_text(s, 2, kind_names[c->kind]);
	db_bind_text(s, 3, c->name);
	db_bind_text(s, 4, c->reason);
	db_bind_text(s, 5, c->actor);
	db_bind_int(s, 6, c->created_ms);
	db_bind_int(s, 7, c->expires_ms);
	e = db_run(s, NULL);
	if (e != OK)
		return e;
	c->id = db_last_id(db);
	return raise_generation(db);
}

enum err control_lift(struct db *db, int64_t id, const char *by,
		      const char *reason, int64_t now_ms)
{
	struct db_stmt *s = db_bind_start(db, SQL_CONTROL_LIFT);
	int64_t changes = 0;
	enum err e;

	db_bind_int(s, 1, id);
	db_bind_int(s, 2, now_ms);
	db_bind_text(s, 3, by);
	db_bind_text(s, 4, reason);
	e = db_run(s, &changes);
	if (e != OK)
		return e;
	return changes ? raise_generation(db) : ERR_STALE;
}

static void read_control(struct db_stmt *s, struct arena *a, void *row)
{
	struct control *c = row;

	(void)a;
	c->id = db_int(s, 0);
	DB_TEXT_INTO(s, 1, c->public_id);
	c->kind = (enum control_kind)name_read(s, 2, kind_names,
					       CONTROL_KIND_COUNT);
	DB_TEXT_INTO(s, 3, c->name);
	DB_TEXT_INTO(s, 4, c->reason);
	DB_TEXT_INTO(s, 5, c->actor);
	c->created_ms = db_int(s, 6);
	c->expires_ms = db_int(s, 7);
	c->lifted_ms = db_int(s, 8);
	DB_TEXT_INTO(s, 9, c->lifted_by);
	DB_TEXT_INTO(s, 10, c->lift_reason);
}

static enum err read_one(struct db_stmt *s, struct control *ret_control)
{
	enum err e = db_one(s);

	if (e != OK)
		return e;
	read_control(s, NULL, ret_control);
	db_done(s);
	return OK;
}

enum err control_by_public_id(struct db *db, const char *public_id,
			      struct control *ret_control)
{
	struct db_stmt *s = db_bind_start(db, SQL_CONTROL_BY_PUBLIC_ID);

	db_bind_text(s, 1, public_id);
	return read_one(s, ret_control);
}

enum err control_of(struct db *db, enum control_kind kind, const char *name,
		    struct control *ret_control)
{
	struct db_stmt *s = db_bind_start(db, SQL_CONTROL_OF);

	db_bind_text(s, 1, kind_names[kind]);
	db_bind_text(s, 2, name);
	return read_one(s, ret_control);
}

static enum err read_all(struct db_stmt *s, int limit, struct arena *a,
			 struct control **ret_controls, int *ret_count)
{
	struct rows rows = {.a = a, .size = sizeof(struct control)};
	enum err e;

	db_bind_int(s, 1, limit);
	e = rows_read(s, &rows, read_control);
	if (e != OK)
		return e;
	*ret_controls = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

enum err control_in_force(struct db *db, struct arena *a,
			  struct control **ret_controls, int *ret_count)
{
	return read_all(db_bind_start(db, SQL_CONTROL_IN_FORCE), CONTROLS_MAX,
			a, ret_controls, ret_count);
}

enum err control_list(struct db *db, int limit, struct arena *a,
		      struct control **ret_controls, int *ret_count)
{
	return read_all(db_bind_start(db, SQL_CONTROL_LIST), limit, a,
			ret_controls, ret_count);
}

enum err adapter_state_save(struct db *db, const char *adapter,
			    const char *body, int64_t now_ms)
{
	struct db_stmt *s = db_bind_start(db, SQL_ADAPTER_STATE_SAVE);

	db_bind_text(s, 1, adapter);
	db_bind_int(s, 2, now_ms);
	db_bind_text(s, 3, body);
	return db_run(s, NULL);
}

static void read_state(struct db_stmt *s, struct arena *a, void *row)
{
	struct adapter_state *state = row;

	DB_TEXT_INTO(s, 0, state->adapter);
	state->at_ms = db_int(s, 1);
	state->body = text_read(s, 2, a);
}

enum err adapter_state_list(struct db *db, struct arena *a,
			    struct adapter_state **ret_states, int *ret_count)
{
	struct rows rows = {.a = a, .size = sizeof(struct adapter_state)};
	enum err e = rows_read(db_bind_start(db, SQL_ADAPTER_STATE_LIST), &rows,
			       read_state);

	if (e != OK)
		return e;
	*ret_states = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

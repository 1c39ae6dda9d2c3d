/*
 * Effects that are done once for a group of runs (shared_store.h).
 */
#include "shared_store.h"

#include "rows.h"
#include "sql.h"

enum err shared_get(struct db *db, const char *key, struct arena *a,
		    struct shared_call *ret_shared)
{
	struct db_stmt *s = db_bind_start(db, SQL_SHARED_GET);
	struct shared_call *r = ret_shared;
	char state[32];
	enum err e;
	int i;

	db_bind_text(s, 1, key);
	e = db_one(s);
	if (e != OK)
		return e;
	r->run_id = db_int(s, 0);
	DB_TEXT_INTO(s, 1, r->call_key);
	r->since_ms = db_int(s, 2);
	DB_TEXT_INTO(s, 3, r->run_public_id);
	DB_TEXT_INTO(s, 4, state);
	r->answer = db_text(s, 5, a);
	r->tries = db_int(s, 6) != 0;
	db_done(s);
	r->state = CALL_FAILED;
	for (i = 0; i < CALL_STATE_COUNT; i++) {
		if (strcmp(call_state_name((enum call_state)i), state) == 0)
			r->state = (enum call_state)i;
	}
	return OK;
}

enum err shared_take(struct db *db, const char *key, int64_t run_id,
		     const char *call_key, const char *seen, int64_t now_ms)
{
	struct db_stmt *s = db_bind_start(db, SQL_SHARED_TAKE);
	int64_t changes = 0;
	enum err e;

	db_bind_text(s, 1, key);
	db_bind_int(s, 2, run_id);
	db_bind_text(s, 3, call_key);
	db_bind_int(s, 4, now_ms);
	db_bind_text(s, 5, seen);
	e = db_run(s, &changes);
	return e == OK && changes == 0 ? ERR_STALE : e;
}

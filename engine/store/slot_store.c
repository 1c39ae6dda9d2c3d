/* Places of concurrency keys (slot_store.h); the unique index is the rule. */
#include "slot_store.h"

#include <string.h>

#include "rows.h"
#include "sql.h"

/* Who does not know when it is too late waits behind those who do. */
#define URGENT_NEVER_MS INT64_MAX

enum err slot_of_run(struct db *db, int64_t run_id, char key[KEY_SIZE],
		     int64_t *ret_number)
{
	struct db_stmt *s = db_bind_start(db, SQL_SLOT_OF_RUN);
	enum err e;

	db_bind_int(s, 1, run_id);
	e = db_one(s);
	if (e != OK)
		return e;
	db_text_into(s, 0, key, KEY_SIZE);
	*ret_number = db_is_null(s, 1) ? -1 : db_int(s, 1);
	db_done(s);
	return OK;
}

/* The lowest number that is free; -1: none below limit. */
static enum err lowest_free(struct db *db, const char *key, int limit,
			    int64_t *ret_number)
{
	struct db_stmt *s = db_bind_start(db, SQL_SLOT_TAKEN);
	int64_t free_number = 0;
	enum db_step step;

	db_bind_text(s, 1, key);
	db_bind_int(s, 2, limit);
	while ((step = db_step(s)) == DB_ROW) {
		if (db_int(s, 0) == free_number)
			free_number++;
	}
	if (step == DB_ERROR)
		return db_error(s);
	*ret_number = free_number < limit ? free_number : -1;
	return OK;
}

static enum err put(struct db *db, const struct run *r, const char *key,
		    int64_t number, int limit, int64_t now_ms)
{
	struct db_stmt *s = db_bind_start(db, SQL_SLOT_PUT);

	db_bind_int(s, 1, r->id);
	db_bind_text(s, 2, key);
	if (number >= 0)
		db_bind_int(s, 3, number);
	else
		db_bind_null(s, 3);
	db_bind_int(s, 4, limit);
	db_bind_int(s, 5, r->priority);
	db_bind_int(s, 6, r->urgent_ms ? r->urgent_ms : URGENT_NEVER_MS);
	db_bind_int(s, 7, now_ms);
	return db_run(s, NULL);
}

enum err slot_take(struct db *db, const struct run *r, const char *key,
		   int limit, int64_t now_ms, bool *ret_taken, bool *ret_woken)
{
	char held[KEY_SIZE];
	int64_t number = -1;
	enum err e = slot_of_run(db, r->id, held, &number);

	*ret_woken = false;
	if (e == OK && strcmp(held, key) != 0) {
		e = slot_release(db, r->id, now_ms, ret_woken);
		number = -1;
	}
	if (e == ERR_NOT_FOUND)
		e = OK;
	if (e == OK && number < 0)
		e = lowest_free(db, key, limit, &number);
	if (e == OK)
		e = put(db, r, key, number, limit, now_ms);
	if (e == OK)
		*ret_taken = number >= 0;
	return e;
}

static enum err wake(struct db *db, int64_t run_id, int64_t now_ms)
{
	struct db_stmt *s = db_bind_start(db, SQL_SLOT_WAKE);

	db_bind_int(s, 1, run_id);
	db_bind_int(s, 2, now_ms);
	return db_run(s, NULL);
}

static enum err pass_on(struct db *db, const char *key, int64_t number,
			int64_t now_ms, bool *ret_woken)
{
	struct db_stmt *s = db_bind_start(db, SQL_SLOT_PASS);
	int64_t run_id;
	enum err e;

	db_bind_text(s, 1, key);
	db_bind_int(s, 2, number);
	e = db_one(s);
	if (e != OK)
		return e == ERR_NOT_FOUND ? OK : e;
	run_id = db_int(s, 0);
	db_done(s);
	*ret_woken = true;
	return wake(db, run_id, now_ms);
}

enum err slot_release(struct db *db, int64_t run_id, int64_t now_ms,
		      bool *ret_woken)
{
	char key[KEY_SIZE];
	struct db_stmt *s;
	int64_t number;
	/* Most runs that end have none, and asking costs a sixth of deleting.
	 */
	enum err e = slot_of_run(db, run_id, key, &number);

	*ret_woken = false;
	if (e != OK)
		return e == ERR_NOT_FOUND ? OK : e;
	s = db_bind_start(db, SQL_SLOT_FREE);
	db_bind_int(s, 1, run_id);
	e = db_run(s, NULL);
	if (e != OK || number < 0)
		return e;
	return pass_on(db, key, number, now_ms, ret_woken);
}

enum err slot_holds(struct db *db, int64_t run_id, bool *ret_holds)
{
	char key[KEY_SIZE];
	int64_t number = -1;
	enum err e = slot_of_run(db, run_id, key, &number);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	*ret_holds = e == OK && number >= 0;
	return OK;
}

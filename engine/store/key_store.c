/*
 * Keys that make a repeat harmless (key_store.h): of requests, kept with their
 * answers for some days, and of events, kept for ever.
 */
#include "key_store.h"

#include "rows.h"
#include "sql.h"

enum err key_get(struct db *db, const char *actor, const char *route,
		 const char *key, struct arena *a,
		 struct kept_answer *ret_answer)
{
	struct db_stmt *s = db_bind_start(db, SQL_KEY_GET);
	enum err e;

	db_bind_text(s, 1, actor);
	db_bind_text(s, 2, route);
	db_bind_text(s, 3, key);
	e = db_one(s);
	if (e != OK)
		return e;
	DB_TEXT_INTO(s, 0, ret_answer->digest);
	ret_answer->status = (int)db_int(s, 1);
	ret_answer->answer = text_read(s, 2, a);
	db_done(s);
	return OK;
}

enum err key_put(struct db *db, const char *actor, const char *route,
		 const char *key, const struct kept_answer *answer,
		 int64_t now_ms)
{
	struct db_stmt *s = db_bind_start(db, SQL_KEY_PUT);

	db_bind_text(s, 1, actor);
	db_bind_text(s, 2, route);
	db_bind_text(s, 3, key);
	db_bind_text(s, 4, answer->digest);
	db_bind_int(s, 5, answer->status);
	db_bind_text(s, 6, answer->answer != NULL ? answer->answer : "");
	db_bind_int(s, 7, now_ms);
	return db_run(s, NULL);
}

enum err key_expire(struct db *db, int64_t before_ms, int limit,
		    int64_t *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_KEY_EXPIRE);

	db_bind_int(s, 1, before_ms);
	db_bind_int(s, 2, limit);
	return db_run(s, ret_count);
}

enum err event_key_get(struct db *db, const char *source, const char *key,
		       int64_t *ret_run_id, char ret_digest[DIGEST_HEX_SIZE])
{
	struct db_stmt *s = db_bind_start(db, SQL_EVENT_KEY_GET);
	enum err e;

	db_bind_text(s, 1, source);
	db_bind_text(s, 2, key);
	e = db_one(s);
	if (e != OK)
		return e;
	*ret_run_id = db_int(s, 0);
	db_text_into(s, 1, ret_digest, DIGEST_HEX_SIZE);
	db_done(s);
	return OK;
}

enum err event_key_put(struct db *db, const char *source, const char *key,
		       int64_t run_id, const char *digest)
{
	struct db_stmt *s = db_bind_start(db, SQL_EVENT_KEY_PUT);

	db_bind_text(s, 1, source);
	db_bind_text(s, 2, key);
	db_bind_int(s, 3, run_id);
	db_bind_text(s, 4, digest);
	return db_run(s, NULL);
}

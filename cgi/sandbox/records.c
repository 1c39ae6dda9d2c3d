/*
 * Rows beside those of an order: what befell an event, how a seller was written
 * to, which seats are held. Bound and read here, like situation.c does.
 */
#include <string.h>

#include "cgi/sandbox/situation.h"
#include "cgi/sandbox/sql.h"
#include "engine/base/json.h"

enum err happening_load(struct db *db, const char *event_id,
			struct happening *ret_happening)
{
	struct happening h = {0};
	struct db_stmt *q = db_bind_start(db, SQL_HAPPENING);
	db_bind_text(q, 1, event_id);
	enum err e = db_one(q);
	if (e != OK)
		return e;
	DB_TEXT_INTO(q, 0, h.status);
	DB_TEXT_INTO(q, 1, h.official_status);
	h.new_starts_ms = db_int(q, 2);
	h.told_ms = db_int(q, 3);
	db_done(q);
	*ret_happening = h;
	return OK;
}

enum err happening_set(struct db *db, const char *event_id,
		       const struct happening *h)
{
	struct db_stmt *q = db_bind_start(db, SQL_HAPPENING_SET);
	db_bind_text(q, 1, event_id);
	db_bind_text_or_null(q, 2, h->status);
	db_bind_text_or_null(q, 3, h->official_status);
	db_bind_int_or_null(q, 4, h->new_starts_ms);
	db_bind_int(q, 5, h->told_ms);
	return db_run(q, NULL);
}

enum err contact_note(struct db *db, const char *seller_id, int64_t at_ms,
		      const char *channel)
{
	struct db_stmt *q = db_bind_start(db, SQL_CONTACT_NOTE);
	db_bind_text(q, 1, seller_id);
	db_bind_int(q, 2, at_ms);
	db_bind_text(q, 3, channel);
	return db_run(q, NULL);
}

enum err hold_add(struct db *db, const char *order_id, const struct hold *h)
{
	struct db_stmt *q = db_bind_start(db, SQL_HOLD_ADD);
	db_bind_text(q, 1, h->id);
	db_bind_text(q, 2, order_id);
	db_bind_int(q, 3, h->offer);
	db_bind_int(q, 4, h->price_minor);
	db_bind_int(q, 5, h->expires_ms);
	return db_run(q, NULL);
}

enum err hold_find(struct db *db, const char *order_id, const char *id,
		   struct hold *ret_hold)
{
	struct hold h = {0};
	struct db_stmt *q = db_bind_start(db, SQL_HOLD);
	db_bind_text(q, 1, id);
	db_bind_text(q, 2, order_id);
	enum err e = db_one(q);
	if (e != OK)
		return e;
	(void)str_copy(h.id, sizeof(h.id), id);
	h.offer = db_int(q, 0);
	h.price_minor = db_int(q, 1);
	h.expires_ms = db_int(q, 2);
	DB_TEXT_INTO(q, 3, h.state);
	db_done(q);
	*ret_hold = h;
	return OK;
}

enum err hold_set(struct db *db, const char *id, const char *state)
{
	struct db_stmt *q = db_bind_start(db, SQL_HOLD_SET);
	db_bind_text(q, 1, id);
	db_bind_text(q, 2, state);
	return db_run(q, NULL);
}

enum err holds_expire(struct db *db, const char *order_id, int64_t at_ms)
{
	struct db_stmt *q = db_bind_start(db, SQL_HOLDS_EXPIRE);
	db_bind_text(q, 1, order_id);
	db_bind_int(q, 2, at_ms);
	return db_run(q, NULL);
}

enum err holds_list(struct db *db, const char *order_id, int64_t now_ms,
		    struct arena *a, cJSON *list)
{
	struct db_stmt *q = db_bind_start(db, SQL_HOLDS);
	db_bind_text(q, 1, order_id);
	enum db_step step;
	while ((step = db_step(q)) == DB_ROW) {
		char *state = db_text(q, 4, a);
		cJSON *h = cJSON_CreateObject();
		json_set_string(h, "holdId", db_text(q, 0, a));
		json_set_int(h, "priceMinor", db_int(q, 2));
		json_set_time(h, "expiresAt", db_int(q, 3));
		bool late =
			strcmp(state, "HELD") == 0 && db_int(q, 3) <= now_ms;
		json_set_string(h, "status", late ? "EXPIRED" : state);
		cJSON_AddItemToArray(list, h);
	}
	enum err e = step == DB_ERROR ? db_error(q) : OK;
	db_done(q);
	return e;
}

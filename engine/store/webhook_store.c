/*
 * What other systems sent in (webhook_store.h).
 */
#include "webhook_store.h"

#include "rows.h"
#include "sql.h"

enum err webhook_get(struct db *db, const char *source, const char *webhook_id,
		     char ret_digest[DIGEST_HEX_SIZE], int64_t *ret_run_id)
{
	struct db_stmt *s = db_bind_start(db, SQL_WEBHOOK_GET);
	enum err e;

	db_bind_text(s, 1, source);
	db_bind_text(s, 2, webhook_id);
	e = db_one(s);
	if (e != OK)
		return e;
	db_text_into(s, 0, ret_digest, DIGEST_HEX_SIZE);
	*ret_run_id = db_int(s, 1);
	db_done(s);
	return OK;
}

enum err webhook_put(struct db *db, const struct webhook *h)
{
	struct db_stmt *s = db_bind_start(db, SQL_WEBHOOK_PUT);

	db_bind_text(s, 1, h->source);
	db_bind_text(s, 2, h->webhook_id);
	db_bind_text(s, 3, h->digest);
	db_bind_text(s, 4, h->order_id);
	db_bind_text(s, 5, h->name);
	db_bind_text(s, 6, h->body);
	db_bind_int(s, 7, h->received_ms);
	db_bind_int_or_null(s, 8, h->run_id);
	return db_run(s, NULL);
}

static void read_row(struct db_stmt *s, struct arena *a, void *to)
{
	struct webhook *h = to;

	DB_TEXT_INTO(s, 0, h->source);
	DB_TEXT_INTO(s, 1, h->webhook_id);
	DB_TEXT_INTO(s, 2, h->name);
	h->body = text_read(s, 3, a);
	h->received_ms = db_int(s, 4);
}

enum err webhook_waiting(struct db *db, const char *order_id, int limit,
			 struct arena *a, struct webhook **ret_rows,
			 int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_WEBHOOK_WAITING);
	struct rows rows = {.a = a, .size = sizeof(struct webhook)};
	enum err e;

	db_bind_text(s, 1, order_id);
	db_bind_int(s, 2, limit);
	e = rows_read(s, &rows, read_row);
	if (e != OK)
		return e;
	*ret_rows = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

enum err webhook_deliver(struct db *db, const struct webhook *h, int64_t run_id)
{
	struct db_stmt *s = db_bind_start(db, SQL_WEBHOOK_DELIVER);

	db_bind_text(s, 1, h->source);
	db_bind_text(s, 2, h->webhook_id);
	db_bind_int(s, 3, run_id);
	return db_run(s, NULL);
}

enum err webhook_expire(struct db *db, int64_t before_ms, int limit,
			int64_t *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_WEBHOOK_EXPIRE);

	db_bind_int(s, 1, before_ms);
	db_bind_int(s, 2, limit);
	return db_run(s, ret_count);
}

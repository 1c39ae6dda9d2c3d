/*
 * Why: the only file that binds and reads the sandbox's statements. A read of
 * an order is one look-up by primary key, whatever happened to it.
 */
#include "cgi/sandbox/situation.h"

#include "cgi/sandbox/sql.h"
#include "engine/base/json.h"

#define MESSAGES_MAX 20

enum err situation_load(struct db *db, const char *order_id,
			struct situation *ret_situation)
{
	struct situation s = {.dispute = DISPUTE_BY_STORY};
	struct db_stmt *q = db_bind_start(db, SQL_SITUATION_LOAD);
	db_bind_text(q, 1, order_id);
	enum err e = db_one(q);
	if (e == ERR_NOT_FOUND) {
		*ret_situation = s;
		return OK;
	}
	if (e != OK)
		return e;
	s.seen_ms = db_int(q, 1);
	s.reads = db_int(q, 2);
	s.effects = db_int(q, 3);
	s.outage = db_int(q, 4);
	s.garbage = db_int(q, 5);
	s.retries = db_int(q, 6);
	s.retried_ms = db_int(q, 7);
	s.accepted_ms = db_int(q, 8);
	DB_TEXT_INTO(q, 9, s.recipient);
	s.pings = db_int(q, 10);
	s.pinged_ms = db_int(q, 11);
	s.answered_ms = db_int(q, 12);
	s.authorizations = db_int(q, 13);
	s.refunded_minor = db_int(q, 14);
	DB_TEXT_INTO(q, 15, s.transfer_status);
	DB_TEXT_INTO(q, 16, s.supplier_status);
	DB_TEXT_INTO(q, 17, s.supplier_answer);
	DB_TEXT_INTO(q, 18, s.event_status);
	DB_TEXT_INTO(q, 19, s.payment_status);
	s.doors_ms = db_int(q, 20);
	if (!db_is_null(q, 21))
		s.dispute = db_int(q, 21) ? DISPUTE_OPEN : DISPUTE_NONE;
	s.fail_next = db_int(q, 22);
	s.delay_ms = db_int(q, 23);
	db_done(q);
	*ret_situation = s;
	return OK;
}

enum err situation_save(struct db *db, const char *order_id,
			const struct situation *s)
{
	struct db_stmt *q = db_bind_start(db, SQL_SITUATION_SAVE);
	db_bind_text(q, 1, order_id);
	db_bind_int(q, 2, s->seen_ms);
	db_bind_int(q, 3, s->reads);
	db_bind_int(q, 4, s->effects);
	db_bind_int(q, 5, s->outage);
	db_bind_int(q, 6, s->garbage);
	db_bind_int(q, 7, s->retries);
	db_bind_int_or_null(q, 8, s->retried_ms);
	db_bind_int_or_null(q, 9, s->accepted_ms);
	db_bind_text_or_null(q, 10, s->recipient);
	db_bind_int(q, 11, s->pings);
	db_bind_int_or_null(q, 12, s->pinged_ms);
	db_bind_int_or_null(q, 13, s->answered_ms);
	db_bind_int(q, 14, s->authorizations);
	db_bind_int(q, 15, s->refunded_minor);
	db_bind_text_or_null(q, 16, s->transfer_status);
	db_bind_text_or_null(q, 17, s->supplier_status);
	db_bind_text_or_null(q, 18, s->supplier_answer);
	db_bind_text_or_null(q, 19, s->event_status);
	db_bind_text_or_null(q, 20, s->payment_status);
	db_bind_int_or_null(q, 21, s->doors_ms);
	if (s->dispute == DISPUTE_BY_STORY)
		db_bind_null(q, 22);
	else
		db_bind_int(q, 22, s->dispute == DISPUTE_OPEN);
	db_bind_int(q, 23, s->fail_next);
	db_bind_int(q, 24, s->delay_ms);
	return db_run(q, NULL);
}

/* ---- ledger ---- */

enum err ledger_add(struct db *db, const struct ledger_line *l)
{
	struct db_stmt *q = db_bind_start(db, SQL_LEDGER_ADD);
	db_bind_int(q, 1, l->at_ms);
	db_bind_text(q, 2, l->order_id);
	db_bind_text(q, 3, l->adapter);
	db_bind_text(q, 4, l->operation);
	db_bind_text(q, 5, l->key);
	db_bind_int_or_null(q, 6, l->amount_minor);
	db_bind_text(q, 7, l->amount_minor ? l->currency : NULL);
	return db_run(q, NULL);
}

static void text_or_null(cJSON *object, const char *key, const char *text)
{
	if (text)
		json_set_string(object, key, text);
	else
		json_set_null(object, key);
}

static cJSON *ledger_row(struct db_stmt *q, struct arena *a)
{
	cJSON *row = cJSON_CreateObject();
	json_set_int(row, "seq", db_int(q, 0));
	json_set_time(row, "at", db_int(q, 1));
	json_set_string(row, "orderId", db_text(q, 2, a));
	json_set_string(row, "adapter", db_text(q, 3, a));
	json_set_string(row, "operation", db_text(q, 4, a));
	text_or_null(row, "idempotencyKey", db_text(q, 5, a));
	if (db_is_null(q, 6))
		json_set_null(row, "amountMinor");
	else
		json_set_int(row, "amountMinor", db_int(q, 6));
	text_or_null(row, "currency", db_text(q, 7, a));
	return row;
}

enum err ledger_list(struct db *db, const char *order_id, int64_t after_seq,
		     int64_t limit, struct arena *a, cJSON **ret_list)
{
	struct db_stmt *q = db_bind_start(db, order_id ? SQL_LEDGER_OF_ORDER
						       : SQL_LEDGER_ALL);
	int position = 1;
	if (order_id)
		db_bind_text(q, position++, order_id);
	db_bind_int(q, position++, after_seq);
	db_bind_int(q, position, limit + 1); /* one more: is there more? */

	cJSON *data = cJSON_CreateArray();
	int64_t seq = 0, count = 0;
	bool more = false;
	enum db_step step;
	while ((step = db_step(q)) == DB_ROW) {
		more = count++ == limit;
		if (more)
			break;
		seq = db_int(q, 0);
		cJSON_AddItemToArray(data, ledger_row(q, a));
	}
	enum err e = step == DB_ERROR ? db_error(q) : OK;
	db_done(q);
	if (e != OK) {
		cJSON_Delete(data);
		return e;
	}
	cJSON *list = cJSON_CreateObject();
	json_set(list, "data", data);
	if (more)
		json_set_int(list, "nextAfter", seq);
	else
		json_set_null(list, "nextAfter");
	*ret_list = list;
	return OK;
}

/* ---- answers ---- */

enum err answer_find(struct db *db, const char *order_id, const char *operation,
		     const char *key, struct arena *a,
		     struct answer *ret_answer)
{
	struct db_stmt *q = db_bind_start(db, SQL_ANSWER_FIND);
	db_bind_text(q, 1, order_id);
	db_bind_text(q, 2, operation);
	db_bind_text(q, 3, key);
	enum err e = db_one(q);
	if (e != OK)
		return e;
	DB_TEXT_INTO(q, 0, ret_answer->digest);
	ret_answer->status = db_int(q, 1);
	ret_answer->body = db_text(q, 2, a);
	db_done(q);
	return OK;
}

enum err answer_keep(struct db *db, const char *order_id, const char *operation,
		     const char *key, int64_t at_ms,
		     const struct answer *answer)
{
	struct db_stmt *q = db_bind_start(db, SQL_ANSWER_KEEP);
	db_bind_text(q, 1, order_id);
	db_bind_text(q, 2, operation);
	db_bind_text(q, 3, key);
	db_bind_text(q, 4, answer->digest);
	db_bind_int(q, 5, answer->status);
	db_bind_text(q, 6, answer->body);
	db_bind_int(q, 7, at_ms);
	return db_run(q, NULL);
}

/* ---- messages ---- */

enum err message_add(struct db *db, const char *order_id, const char *thread,
		     int64_t at_ms, const char *sender, const char *recipient,
		     const char *text)
{
	struct db_stmt *q = db_bind_start(db, SQL_MESSAGE_ADD);
	db_bind_text(q, 1, order_id);
	db_bind_text(q, 2, thread);
	db_bind_int(q, 3, at_ms);
	db_bind_text(q, 4, sender);
	db_bind_text(q, 5, recipient);
	db_bind_text(q, 6, text);
	return db_run(q, NULL);
}

enum err message_list(struct db *db, const char *order_id, const char *thread,
		      struct arena *a, cJSON *list)
{
	struct db_stmt *q = db_bind_start(db, SQL_MESSAGES);
	db_bind_text(q, 1, order_id);
	db_bind_text(q, 2, thread);
	db_bind_int(q, 3, MESSAGES_MAX);
	cJSON *newest_first[MESSAGES_MAX];
	int count = 0;
	enum db_step step;
	while ((step = db_step(q)) == DB_ROW && count < MESSAGES_MAX) {
		cJSON *m = newest_first[count++] = cJSON_CreateObject();
		json_set_time(m, "at", db_int(q, 0));
		json_set_string(m, "from", db_text(q, 1, a));
		json_set_string(m, "to", db_text(q, 2, a));
		json_set_string(m, "text", db_text(q, 3, a));
	}
	enum err e = step == DB_ERROR ? db_error(q) : OK;
	db_done(q);
	while (count > 0)
		cJSON_AddItemToArray(list, newest_first[--count]);
	return e;
}

/*
 * Why: here and in records.c alone the sandbox's statements are bound and read.
 * A read of an order is one look-up by primary key, whatever happened to it.
 */
#include "cgi/sandbox/situation.h"

#include <stddef.h>
#include <string.h>

#include "cgi/sandbox/sql.h"
#include "engine/base/json.h"

#define MESSAGES_MAX 20

/* How a member stands in its column; SQL's SITUATION has the same order, after
 * the order's id. */
enum column_type {
	INT,
	TIME,  /* 0 is NULL */
	MAYBE, /* -1 is NULL */
	TEXT,  /* "" is NULL */
};

#define COLUMN(type, member)                                                   \
	{                                                                      \
		(type), offsetof(struct situation, member),                    \
			sizeof(((struct situation *)0)->member)                \
	}

static const struct column {
	enum column_type type;
	size_t offset, size;
} columns[] = {
	COLUMN(INT, seen_ms),
	COLUMN(INT, reads),
	COLUMN(INT, effects),
	COLUMN(INT, outage),
	COLUMN(INT, garbage),
	COLUMN(INT, retries),
	COLUMN(TIME, retried_ms),
	COLUMN(TIME, accepted_ms),
	COLUMN(TEXT, recipient),
	COLUMN(INT, pings),
	COLUMN(TIME, pinged_ms),
	COLUMN(TIME, answered_ms),
	COLUMN(INT, authorizations),
	COLUMN(INT, refunded_minor),
	COLUMN(TEXT, transfer_status),
	COLUMN(TEXT, supplier_status),
	COLUMN(TEXT, supplier_answer),
	COLUMN(TEXT, event_status),
	COLUMN(TEXT, payment_status),
	COLUMN(TIME, doors_ms),
	COLUMN(MAYBE, dispute),
	COLUMN(INT, fail_next),
	COLUMN(INT, delay_ms),
	COLUMN(MAYBE, frozen),
	COLUMN(TIME, cancelled_ms),
	COLUMN(TEXT, delivery_method),
	COLUMN(TIME, seats_accepted_ms),
	COLUMN(MAYBE, resold),
	COLUMN(TEXT, risk),
	COLUMN(TIME, sent_ms),
	COLUMN(TIME, revoked_ms),
	COLUMN(MAYBE, sent_quantity),
	COLUMN(TIME, voided_ms),
	COLUMN(TEXT, payout_state),
	COLUMN(TEXT, dispute_status),
	COLUMN(TIME, evidence_ms),
	COLUMN(MAYBE, offer_bought),
	COLUMN(TIME, buyer_asked_ms),
	COLUMN(TEXT, buyer_channel),
	COLUMN(TIME, buyer_told_ms),
	COLUMN(TEXT, buyer_answer),
	COLUMN(TEXT, buyer_choice),
	COLUMN(TIME, seller_asked_ms),
	COLUMN(TEXT, official_status),
	COLUMN(TEXT, scan_status),
};
#define COLUMN_COUNT ((int)(sizeof(columns) / sizeof(columns[0])))

static void read_column(struct db_stmt *q, int position, const struct column *c,
			struct situation *s)
{
	char *member = (char *)s + c->offset;
	if (c->type == TEXT) {
		db_text_into(q, position, member, c->size);
		return;
	}
	int64_t value = db_int(q, position);
	if (c->type == MAYBE && db_is_null(q, position))
		value = MAYBE_BY_STORY;
	memcpy(member, &value, sizeof(value));
}

enum err situation_load(struct db *db, const char *order_id,
			const char *event_id, const char *seller_id,
			struct situation *ret_situation)
{
	struct situation s = {0};
	struct db_stmt *q = db_bind_start(db, SQL_SITUATION_LOAD);
	db_bind_text(q, 1, order_id);
	db_bind_text(q, 2, event_id);
	db_bind_text(q, 3, seller_id);
	enum err e = db_one(q);
	if (e != OK)
		return e;
	for (int i = 0; i < COLUMN_COUNT; i++)
		read_column(q, i + 1, &columns[i], &s);
	DB_TEXT_INTO(q, COLUMN_COUNT + 1, s.happening.status);
	DB_TEXT_INTO(q, COLUMN_COUNT + 2, s.happening.official_status);
	s.happening.new_starts_ms = db_int(q, COLUMN_COUNT + 3);
	s.happening.told_ms = db_int(q, COLUMN_COUNT + 4);
	s.contact.pings = db_int(q, COLUMN_COUNT + 5);
	s.contact.pinged_ms = db_int(q, COLUMN_COUNT + 6);
	DB_TEXT_INTO(q, COLUMN_COUNT + 7, s.contact.channel);
	db_done(q);
	*ret_situation = s;
	return OK;
}

static void bind_column(struct db_stmt *q, int position, const struct column *c,
			const struct situation *s)
{
	const char *member = (const char *)s + c->offset;
	if (c->type == TEXT) {
		db_bind_text_or_null(q, position, member);
		return;
	}
	int64_t value;
	memcpy(&value, member, sizeof(value));
	if ((c->type == TIME && value == 0) ||
	    (c->type == MAYBE && value == MAYBE_BY_STORY))
		db_bind_null(q, position);
	else
		db_bind_int(q, position, value);
}

enum err situation_save(struct db *db, const char *order_id,
			const struct situation *s)
{
	struct db_stmt *q = db_bind_start(db, SQL_SITUATION_SAVE);
	db_bind_text(q, 1, order_id);
	for (int i = 0; i < COLUMN_COUNT; i++)
		bind_column(q, i + 2, &columns[i], s);
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

#ifndef MEND_SANDBOX_SITUATION_H
#define MEND_SANDBOX_SITUATION_H

#include <cjson/cJSON.h>

#include "cgi/sandbox/story.h"
#include "engine/base/config.h"
#include "engine/store/db.h"

/*
 * What is stored of an order, and the rows around it. Every function that
 * writes wants an open write transaction. Times are UTC ms, 0: not yet. An
 * empty status: as the story says.
 */
#define STATUS_SIZE 16
#define TEXT_SIZE 400
#define EMAIL_SIZE 256

enum dispute { DISPUTE_BY_STORY = -1, DISPUTE_NONE, DISPUTE_OPEN };

struct situation {
	int64_t seen_ms; /* 0: the order has never been seen */
	int64_t reads, effects, outage, garbage;
	int64_t retries, retried_ms, accepted_ms;
	char recipient[EMAIL_SIZE];
	int64_t pings, pinged_ms, answered_ms;
	int64_t authorizations, refunded_minor;
	char transfer_status[STATUS_SIZE];
	char supplier_status[STATUS_SIZE];
	char supplier_answer[TEXT_SIZE];
	char event_status[STATUS_SIZE];
	char payment_status[STATUS_SIZE];
	int64_t doors_ms;
	enum dispute dispute;
	int64_t fail_next, delay_ms;
};

/* A fresh one when the order is not known: see seen_ms. */
MUST_CHECK enum err situation_load(struct db *db, const char *order_id,
				   struct situation *ret_situation);
MUST_CHECK enum err situation_save(struct db *db, const char *order_id,
				   const struct situation *s);

struct ledger_line {
	int64_t at_ms;
	const char *order_id, *adapter, *operation;
	const char *key;      /* NULL: none was given */
	int64_t amount_minor; /* 0: no money moves */
	const char *currency;
};
MUST_CHECK enum err ledger_add(struct db *db, const struct ledger_line *l);
/* {data: […], nextAfter}; order_id NULL: of all orders. */
MUST_CHECK enum err ledger_list(struct db *db, const char *order_id,
				int64_t after_seq, int64_t limit,
				struct arena *a, cJSON **ret_list);

struct answer {
	char digest[65];
	int64_t status;
	const char *body; /* JSON, in the arena */
};
MUST_CHECK enum err answer_find(struct db *db, const char *order_id,
				const char *operation, const char *key,
				struct arena *a, struct answer *ret_answer);
MUST_CHECK enum err answer_keep(struct db *db, const char *order_id,
				const char *operation, const char *key,
				int64_t at_ms, const struct answer *answer);

MUST_CHECK enum err message_add(struct db *db, const char *order_id,
				const char *thread, int64_t at_ms,
				const char *sender, const char *recipient,
				const char *text);
/* Puts the newest messages into list, oldest first: {at, from, to, text}. */
MUST_CHECK enum err message_list(struct db *db, const char *order_id,
				 const char *thread, struct arena *a,
				 cJSON *list);

/* Opens and migrates "<data>/sandbox.db"; any number of workers at once. */
MUST_CHECK enum err sandbox_open(const struct config *config,
				 struct db **ret_db);
/* Keeps the WAL short: nobody else checkpoints this file. */
void sandbox_housekeep(const struct config *config, struct db *db);

#endif

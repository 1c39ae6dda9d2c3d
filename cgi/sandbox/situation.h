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

/* What befell an event, for all of its orders. told_ms 0: nothing did. */
struct happening {
	char status[STATUS_SIZE], official_status[STATUS_SIZE];
	int64_t new_starts_ms, told_ms;
};

/* How a seller was written to, over all of his orders; 0 pings: never. */
struct contact {
	int64_t pings, pinged_ms;
	char channel[STATUS_SIZE];
};

/* A matter that a story decides until somebody says yes (1) or no (0), or how
 * many. */
#define MAYBE_BY_STORY (-1)

/* Every number is an int64_t, every text a char array: see columns[]. */
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
	int64_t dispute; /* MAYBE_BY_STORY */
	int64_t fail_next, delay_ms;

	int64_t frozen; /* MAYBE_BY_STORY */
	int64_t cancelled_ms;
	char delivery_method[STATUS_SIZE];
	int64_t seats_accepted_ms;
	int64_t resold; /* MAYBE_BY_STORY */
	char risk[STATUS_SIZE];
	int64_t sent_ms, revoked_ms;
	int64_t sent_quantity; /* MAYBE_BY_STORY */
	int64_t voided_ms;
	char payout_state[STATUS_SIZE], dispute_status[STATUS_SIZE];
	int64_t evidence_ms;
	int64_t offer_bought; /* MAYBE_BY_STORY: none */
	int64_t buyer_asked_ms;
	char buyer_channel[STATUS_SIZE];
	int64_t buyer_told_ms;
	char buyer_answer[TEXT_SIZE], buyer_choice[STATUS_SIZE];
	int64_t seller_asked_ms;
	char official_status[STATUS_SIZE], scan_status[STATUS_SIZE];

	/* Not saved with it: of its event, of its seller. */
	struct happening happening;
	struct contact contact;
};

/* A fresh one when the order is not known: see seen_ms. */
MUST_CHECK enum err situation_load(struct db *db, const char *order_id,
				   const char *event_id, const char *seller_id,
				   struct situation *ret_situation);
MUST_CHECK enum err situation_save(struct db *db, const char *order_id,
				   const struct situation *s);

/* ERR_NOT_FOUND: nothing befell it. */
MUST_CHECK enum err happening_load(struct db *db, const char *event_id,
				   struct happening *ret_happening);
MUST_CHECK enum err happening_set(struct db *db, const char *event_id,
				  const struct happening *h);

MUST_CHECK enum err contact_note(struct db *db, const char *seller_id,
				 int64_t at_ms, const char *channel);

/* Seats that are kept for an order until they expire. */
struct hold {
	char id[64];
	int64_t offer, price_minor, expires_ms;
	char state[STATUS_SIZE]; /* HELD, RELEASED, BOUGHT */
};
MUST_CHECK enum err hold_add(struct db *db, const char *order_id,
			     const struct hold *h);
MUST_CHECK enum err hold_find(struct db *db, const char *order_id,
			      const char *id, struct hold *ret_hold);
MUST_CHECK enum err hold_set(struct db *db, const char *id, const char *state);
/* All that are still held: not longer than until then. */
MUST_CHECK enum err holds_expire(struct db *db, const char *order_id,
				 int64_t at_ms);
MUST_CHECK enum err holds_list(struct db *db, const char *order_id,
			       int64_t now_ms, struct arena *a, cJSON *list);

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

#ifndef MEND_TESTS_ENGINE_PEERS_H
#define MEND_TESTS_ENGINE_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/store/store.h"

/*
 * The downstream systems in memory: orders, transfers, suppliers, payments and
 * messages, with idempotency keys, lookups and a ledger of every effect. They
 * know nothing of the network: a request either reaches them or does not.
 */
#define PEER_ORDERS_MAX 32
#define PEER_LEDGER_MAX 4096

struct peer_request {
	char method[8], path[400], key[KEY_SIZE], body[1024];
};
struct peer_answer {
	int status;
	char body[1024];
};

struct peer_order {
	char id[ORDER_ID_SIZE];
	int64_t total_minor, captured_minor, refunded_minor, disputed_minor;
	int accept_after; /* transfer retries; -1: never */
	int answer_after; /* supplier pings; -1: never */
	int pay_after;	  /* authorisations; -1: never; 0: is paid */
	int retries, pings, tries;
	bool silent, hard, contradicts, event_off, stopped;
};

struct peer_entry {
	char order_id[ORDER_ID_SIZE], operation[NAME_SIZE], key[KEY_SIZE];
	int64_t amount_minor, at_ms;
	uint64_t content; /* of the request */
	bool of_refund;	  /* a message that tells of one */
};

struct peers {
	struct peer_order order[PEER_ORDERS_MAX];
	int order_count;
	int ledger_count;
	int64_t forget_ms;  /* keys of money; others seven times that */
	int64_t visible_ms; /* pings are found so much later */
	bool unkeyed;	 /* messages are sent as often as they are asked for */
	char fault[320]; /* something that no client may ever do */
	struct peer_entry ledger[PEER_LEDGER_MAX]; /* last: seldom full */
};

/* Made at its first sight, after the words in its id. */
struct peer_order *peers_order(struct peers *p, const char *order_id);
void peers_serve(struct peers *p, const struct peer_request *r, int64_t now_ms,
		 struct peer_answer *ret_answer);
/* What a read would say of it now: "transfer.status"; false: not known. */
bool peers_fact(const struct peer_order *o, const char *field, char *ret_text,
		size_t size);
/* Whether an effect was done under this key. */
bool peers_did(const struct peers *p, const char *key);
int peers_effects(const struct peers *p, const char *order_id,
		  const char *operation);

#endif

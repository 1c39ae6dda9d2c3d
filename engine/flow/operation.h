#ifndef MEND_FLOW_OPERATION_H
#define MEND_FLOW_OPERATION_H

#include <cjson/cJSON.h>

#include "../store/call_store.h"
#include "retry.h"

/*
 * An adapter as its JSON file declares it: what can be asked of a downstream
 * system and what its peer promises. Parsed and checked here, because
 * playbooks are checked against it; engine/adapters/ speaks it over HTTP.
 *
 * {
 *   "adapter": "payment", "title": "…", "kind": "http" | "local",
 *   "baseUrl": "{{setting.sandbox_url}}/payments",
 *   "credential": "payment_token",     a secret's file (base/secret.h), for
 *   "headers": {"Authorization": "Bearer {{credential}}"},   headers alone
 *   "concurrency": 50, "rate": {"perSecond": 200, "burst": 50},
 *   "retryBudget": {"share": 0.1, "window": "60s", "least": 10},   at most this
 *                      share of a window's calls are retries, or so many
 *   "breaker": {"failures": 5, "window": 100, "ratio": 0.5, "open": "30s"},
 *   "operations": {
 *     "refund": {
 *       "kind": "effect" | "read", "method": "POST",
 *       "path": "/{{orderId}}/refund", "body": {"amountMinor":
 *                      "{{amountMinor}}"},  templates over params
 *       "concurrency": 5, "rate": {…},   its own, within the adapter's
 *       "offers": "keyed" | "lookup" | "neither",         effects only
 *       "keyRetention": "24h",   how long a key, or a record that is looked
 *                                up, is kept; absent: for ever
 *       "lookup": "findRefund", "visibleWithin": "5s",    lookup only; found is
 *                          2xx, not found is 404, over params and {{key}}
 *       "effectScope": "order",                           money
 *       "connectTimeout": "1s", "timeout": "5s", "retry": {…},
 *       "require": ["orderId", "status"],  members that an answer must have,
 *                                  after mapping, and not null
 *       "echo": ["orderId"],       members of it that must equal the params'
 *       "map": {"status": "transfer.status"},  answer member -> path in body;
 *                                  absent: the whole body
 *       "classes": [{"status": "409", "when": {guard over the body},
 *                    "class": "PERMANENT", "code": "…"}]  first match wins;
 *                                  "409", "4xx"; before the defaults
 *     }}
 * }
 * A local adapter has no baseUrl, headers, method, path or body. Defaults:
 * concurrency 16, no rate, no budget of retries, breaker 5 in a row (of
 * different orders) or half of 100 for 30 s and longer each time, GET for reads
 * and POST for effects, 1 s to connect, 5 s in all. The shipped adapters have
 * breakers of longer patience, for in the sandbox orders fail on purpose.
 */
enum operation_kind { OPERATION_READ, OPERATION_EFFECT };
enum operation_offer { OFFER_NONE, OFFER_KEYED, OFFER_LOOKUP, OFFER_NEITHER };

/* What an attempt came to. OK and PERMANENT are the peer's word; THROTTLED
 * and RETRYABLE: certainly not done; UNKNOWN: perhaps done. */
enum call_class {
	CLASS_OK,
	CLASS_RETRYABLE,
	CLASS_PERMANENT,
	CLASS_UNKNOWN,
	CLASS_THROTTLED,
	CLASS_COUNT
};
const char *call_class_name(enum call_class c);
bool call_class_parse(const char *name, enum call_class *ret_class);

struct class_rule {
	int status_low, status_high; /* inclusive */
	const cJSON *when;	     /* guard over the body; NULL: any */
	enum call_class class;
	char code[NAME_SIZE];
};

#define OPERATION_LIST_MAX 16
struct operation {
	char name[NAME_SIZE]; /* without the adapter: "refund" */
	enum operation_kind kind;
	char method[8];
	const char *path;  /* template */
	const cJSON *body; /* template; NULL: none */
	enum operation_offer offer;
	int64_t key_retention_ms; /* 0: for ever */
	char lookup[NAME_SIZE];
	int64_t visible_within_ms;
	bool order_scope;
	int64_t connect_timeout_ms, timeout_ms;
	int concurrency;     /* calls in flight at most; 0: the adapter's */
	int rate_per_second; /* 0: the adapter's */
	int rate_burst;
	struct retry_policy retry;
	const char *require[OPERATION_LIST_MAX];
	const char *echo[OPERATION_LIST_MAX];
	int require_count, echo_count;
	const cJSON *map; /* NULL: the whole body */
	struct class_rule class_rule[OPERATION_LIST_MAX];
	int class_rule_count;
};

#define ADAPTER_OPERATIONS_MAX 32
#define ADAPTER_WINDOW_MAX 200 /* answers that a breaker looks back on */
struct adapter {
	char name[ADAPTER_SIZE];
	int64_t document_id;
	bool local; /* runs in the process */
	const char *title, *base_url;
	const cJSON *headers; /* name -> template over settings; NULL: none */
	char credential[NAME_SIZE]; /* name of a secret; "": none */
	int concurrency;	    /* calls in flight at most */
	int rate_per_second;	    /* 0: no limit */
	int rate_burst;
	double retry_share;	 /* of the calls of the window */
	int64_t retry_window_ms; /* 0: no limit */
	int retry_least;
	int breaker_failures, breaker_window;
	double breaker_ratio;
	int64_t breaker_open_ms;
	struct operation operation[ADAPTER_OPERATIONS_MAX];
	int operation_count;
	cJSON *document; /* owns every string above */
};

/* Takes ownership of document, also on failure. *ret_adapter is allocated;
 * adapter_free() takes NULL. */
MUST_CHECK enum err adapter_parse(cJSON *document, struct problems *p,
				  struct adapter **ret_adapter);
void adapter_free(struct adapter *a);
const struct operation *adapter_operation(const struct adapter *a,
					  const char *name);

/* One attempt's answer, as adapters/ hands it to the flow. */
struct call_answer {
	int64_t call_id;
	enum call_class class;
	int status;	      /* HTTP; 0: none came */
	cJSON *body;	      /* mapped; NULL when there is none; owned here */
	char code[NAME_SIZE]; /* for nonRetryableErrors: the rule's, else the
				 body's "code", else HTTP_404, TIMED_OUT,
				 BROKEN, GARBAGE, …; "" when OK */
	char error[REASON_SIZE];
	bool declared;		/* by a class rule of the operation */
	int64_t retry_after_ms; /* 0: not said */
	int64_t duration_ms;
};

#endif

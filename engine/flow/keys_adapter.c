/*
 * What an adapter and its operations may have; what it means is told in
 * operation.h. Reads have nothing that only effects have, and what runs in the
 * process has no peer.
 */
#include <stddef.h>

#include "keys_shared.h"
#include "operation.h"
#include "operation_parse.h"

static const char *const methods[] = {"GET",   "POST",	 "PUT",
				      "PATCH", "DELETE", NULL};
static const char *const offers[] = {"keyed", "lookup", "neither", NULL};
static const char *const scopes[] = {"order", NULL};
static const char *const classes[] = {"OK",	 "RETRYABLE", "PERMANENT",
				      "UNKNOWN", "THROTTLED", NULL};

/* clang-format off */
#define NO false
#define YES true
#define ROW(name, type, required, help) \
	{ name, type, required, 0, 0, NULL, NULL, help }
#define WORDS(name, required, words, help) \
	{ name, KEY_WORD, required, 0, 0, words, NULL, help }
#define WITHIN(name, type, required, min, max, help) \
	{ name, type, required, min, max, NULL, NULL, help }
#define OF(name, type, required, of, help) \
	{ name, type, required, 0, 0, NULL, &(of), help }

static const struct key rate_rows[] = {
	WITHIN("perSecond", KEY_INT, YES, 1, 100000, "a number: calls a second, at most"),
	WITHIN("burst", KEY_INT, NO, 1, 100000, "so many at once; absent: perSecond"),
	KEYS_END
};
static const struct keys rate = {"rate", "How fast calls may leave", rate_rows, NULL, NULL};

static const struct key breaker_rows[] = {
	WITHIN("failures", KEY_INT, NO, 1, 1000, "in a row; absent: 5"),
	WITHIN("window", KEY_INT, NO, 1, ADAPTER_WINDOW_MAX, "answers that are looked back on"),
	ROW("ratio", KEY_SHARE, NO, "share of failures among them; absent: 0.5"),
	ROW("open", KEY_DURATION, NO, "pause before the first probe; absent: 30s"),
	KEYS_END
};
static const struct keys breaker = {"breaker", "When to leave a peer alone", breaker_rows, NULL, NULL};

static const struct key budget_rows[] = {
	ROW("share", KEY_SHARE, NO, "of a window's calls may be retries"),
	ROW("window", KEY_DURATION, NO, "absent: 60s"),
	WITHIN("least", KEY_INT, NO, 1, 100000, "so many retries are always allowed"),
	KEYS_END
};
static const struct keys budget = {"retryBudget", "How many calls may be retries", budget_rows, NULL, NULL};

static const struct key class_rows[] = {
	ROW("status", KEY_TEXT, NO, "\"409\" or \"4xx\""),
	ROW("when", KEY_GUARD, NO, "over the body"),
	WORDS("class", YES, classes, "what it means"),
	ROW("code", KEY_TEXT, NO, "for nonRetryableErrors and people"),
	KEYS_END
};
static const struct keys class_keys = {"class", "What an answer means; the first that fits", class_rows, NULL, NULL};

#define ANSWER_KEYS \
	ROW("kind", KEY_TEXT, YES, "read or effect"), \
	ROW("connectTimeout", KEY_DURATION, NO, "absent: 1s"), \
	ROW("timeout", KEY_DURATION, NO, "absent: 5s"), \
	OF("retry", KEY_OBJECT, NO, keys_retry, "when to try again"), \
	WITHIN("require", KEY_TEXTS, NO, 0, OPERATION_LIST_MAX, "members that an answer must have"), \
	WITHIN("echo", KEY_TEXTS, NO, 0, OPERATION_LIST_MAX, "members of it that must equal the params'"), \
	ROW("map", KEY_TEXT_MAP, NO, "answer member -> path in the body; absent: the whole body"), \
	{ "classes", KEY_LIST, NO, 0, OPERATION_LIST_MAX, NULL, &class_keys, "before the defaults; the first that fits" }
#define REQUEST_KEYS \
	WORDS("method", NO, methods, "absent: GET for reads, POST for effects"), \
	ROW("path", KEY_TEXT, YES, "a template over params, \"/…\" or \"\""), \
	ROW("body", KEY_TREE, NO, "a template over params"), \
	WITHIN("concurrency", KEY_INT, NO, 1, CONCURRENCY_MAX, "its own, within the adapter's"), \
	OF("rate", KEY_OBJECT, NO, rate, "its own, within the adapter's")
#define PROMISE_KEYS \
	WORDS("offers", YES, offers, "what the peer promises of a repeat"), \
	WORDS("effectScope", NO, scopes, "order: money, one at a time"), \
	ROW("keyRetention", KEY_DURATION, NO, "how long a key is kept; absent: for ever"), \
	ROW("lookup", KEY_TEXT, NO, "the read that finds it, for offers \"lookup\""), \
	ROW("visibleWithin", KEY_DURATION, NO, "how soon it is found, for offers \"lookup\"")

static const struct key http_read_rows[] = {ANSWER_KEYS, REQUEST_KEYS, KEYS_END};
static const struct key http_effect_rows[] = {ANSWER_KEYS, REQUEST_KEYS, PROMISE_KEYS, KEYS_END};
static const struct key local_read_rows[] = {ANSWER_KEYS, KEYS_END};
static const struct key local_effect_rows[] = {ANSWER_KEYS, PROMISE_KEYS, KEYS_END};
static const struct keys http_read = {"read", "Asks, and changes nothing", http_read_rows, NULL, NULL};
static const struct keys http_effect = {"effect", "Changes something", http_effect_rows, NULL, NULL};
static const struct keys local_read = {"read", "Asks, and changes nothing", local_read_rows, NULL, NULL};
static const struct keys local_effect = {"effect", "Changes something", local_effect_rows, NULL, NULL};
static const struct keys *const http_kinds[] = {&http_read, &http_effect, NULL};
static const struct keys *const local_kinds[] = {&local_read, &local_effect, NULL};
static const struct keys http_operation = {"operation", "One operation of a peer", NULL, "kind", http_kinds};
static const struct keys local_operation = {"localOperation", "One operation in the process", NULL, "kind", local_kinds};

#define ADAPTER_KEYS \
	ROW("adapter", KEY_NAME, YES, "its name"), \
	ROW("title", KEY_TEXT, NO, "what it is called"), \
	ROW("kind", KEY_TEXT, YES, "http, or local: runs in the process"), \
	WITHIN("concurrency", KEY_INT, NO, 1, CONCURRENCY_MAX, "calls in flight; absent: 16"), \
	OF("rate", KEY_OBJECT, NO, rate, "absent: no limit"), \
	OF("breaker", KEY_OBJECT, NO, breaker, "when to leave the peer alone"), \
	OF("retryBudget", KEY_OBJECT, NO, budget, "absent: no limit")

static const struct key http_rows[] = {
	ADAPTER_KEYS,
	ROW("baseUrl", KEY_TEXT, YES, "http://…, https://… or {{setting.…}}"),
	ROW("credential", KEY_TEXT, NO, "a secret's file, for headers alone"),
	ROW("headers", KEY_TEXT_MAP, NO, "names and templates over settings and {{credential}}"),
	OF("operations", KEY_MAP, YES, http_operation, "by name"),
	KEYS_END
};
static const struct key local_rows[] = {
	ADAPTER_KEYS,
	OF("operations", KEY_MAP, YES, local_operation, "by name"),
	KEYS_END
};
/* clang-format on */

static const struct keys http = {"http", "A peer over HTTP", http_rows, NULL,
				 NULL};
static const struct keys local = {"local", "Runs in the process", local_rows,
				  NULL, NULL};
static const struct keys *const kinds[] = {&http, &local, NULL};

const struct keys keys_adapter = {"adapter",
				  "An adapter of Mend: what can be asked of a "
				  "downstream system, and what it promises",
				  NULL, "kind", kinds};

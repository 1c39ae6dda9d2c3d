/*
 * See peers.h. Behaves as the sandbox does, as far as the playbooks can tell;
 * what is served here took place, whether or not its answer arrives.
 */
#include "peers.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "tally.h"

/* ---- orders ---- */

static uint64_t hash_text(const char *text)
{
	uint64_t h = 1469598103934665603u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return h;
}

static bool says(const char *id, const char *word)
{
	return strstr(id, word) != NULL;
}

static void make(struct peer_order *o, const char *id)
{
	uint64_t h = hash_text(id);

	memset(o, 0, sizeof(*o));
	snprintf(o->id, sizeof(o->id), "%s", id);
	o->total_minor = 2000 + (int64_t)(h % 40000);
	if (says(id, "VIP"))
		o->total_minor += 120000;
	o->captured_minor = o->total_minor;
	o->accept_after = says(id, "FAIL") ? -1 : 1 + (int)(h % 3);
	o->silent = says(id, "SUPPLIER");
	o->answer_after = says(id, "ANSWERS") ? 2 : -1;
	o->contradicts = says(id, "CONTRADICT");
	o->event_off = says(id, "CANCELLED");
	if (says(id, "PAYMENT")) {
		o->captured_minor = 0;
		o->hard = says(id, "STOLEN");
		o->pay_after = says(id, "FAIL") || o->hard ? -1 : 2;
	}
	if (says(id, "DISPUTE"))
		o->disputed_minor = o->captured_minor;
}

struct peer_order *peers_order(struct peers *p, const char *order_id)
{
	int i;

	for (i = 0; i < p->order_count; i++) {
		if (strcmp(p->order[i].id, order_id) == 0)
			return &p->order[i];
	}
	if (p->order_count == PEER_ORDERS_MAX)
		abort();
	make(&p->order[p->order_count], order_id);
	return &p->order[p->order_count++];
}

/* ---- ledger ---- */

/* As conf/adapters/ declares it; a lookup finds for ever. */
static int64_t retention(const struct peers *p, const char *operation)
{
	if (strcmp(operation, "refund") == 0 ||
	    strcmp(operation, "authorize") == 0)
		return p->forget_ms;
	return strcmp(operation, "ping") == 0 ? INT64_MAX : 7 * p->forget_ms;
}

static const struct peer_entry *known(const struct peers *p, const char *key,
				      const char *operation, int64_t now_ms)
{
	int i;

	for (i = p->ledger_count - 1; key[0] && i >= 0; i--) {
		const struct peer_entry *e = &p->ledger[i];

		if (strcmp(e->key, key) != 0 ||
		    strcmp(e->operation, operation) != 0)
			continue;
		return now_ms - e->at_ms < retention(p, operation) ? e : NULL;
	}
	return NULL;
}

static void write_entry(struct peers *p, const struct peer_order *o,
			const char *operation, const struct peer_request *r,
			int64_t amount_minor, int64_t now_ms)
{
	struct peer_entry *e = &p->ledger[p->ledger_count];

	if (p->ledger_count == PEER_LEDGER_MAX)
		abort();
	p->ledger_count++;
	snprintf(e->order_id, sizeof(e->order_id), "%s", o->id);
	snprintf(e->operation, sizeof(e->operation), "%s", operation);
	snprintf(e->key, sizeof(e->key), "%s", r->key);
	e->amount_minor = amount_minor;
	e->at_ms = now_ms;
	e->content = hash_text(r->body);
	e->of_refund = says(r->body, "\"refunded\"");
}

bool peers_did(const struct peers *p, const char *key)
{
	int i;

	for (i = 0; i < p->ledger_count; i++) {
		if (strcmp(p->ledger[i].key, key) == 0)
			return true;
	}
	return false;
}

int peers_effects(const struct peers *p, const char *order_id,
		  const char *operation)
{
	int count = 0, i;

	for (i = 0; i < p->ledger_count; i++) {
		if (strcmp(p->ledger[i].operation, operation) == 0 &&
		    strcmp(p->ledger[i].order_id, order_id) == 0)
			count++;
	}
	return count;
}

/* ---- answers ---- */

static int64_t refundable(const struct peer_order *o)
{
	return o->captured_minor - o->refunded_minor - o->disputed_minor;
}

static void reply(struct peer_answer *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void reply(struct peer_answer *a, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(a->body, sizeof(a->body), format, arguments);
	va_end(arguments);
}

static void order_get(const struct peer_order *o, struct peer_answer *a)
{
	reply(a,
	      "{\"orderId\":\"%s\",\"status\":\"BROKEN\",\"totalMinor\":%lld,"
	      "\"currency\":\"EUR\",\"buyer\":{\"name\":\"Ann\",\"email\":"
	      "\"ann@example.com\"},\"seller\":{\"name\":\"Bo\"}%s}",
	      o->id, (long long)o->total_minor,
	      o->disputed_minor ? ",\"dispute\":{\"status\":\"OPEN\"}" : "");
}

static void event_get(const struct peer_order *o, struct peer_answer *a)
{
	reply(a,
	      "{\"orderId\":\"%s\",\"eventId\":\"E1\",\"status\":\"%s\","
	      "\"startsAt\":\"2033-01-01T20:00:00Z\",\"doorsAt\":"
	      "\"2033-01-01T19:00:00Z\"}",
	      o->id, o->event_off ? "CANCELLED" : "ON");
}

static void official_get(const struct peer_order *o, struct peer_answer *a)
{
	reply(a,
	      "{\"orderId\":\"%s\",\"eventId\":\"E1\",\"status\":\"%s\","
	      "\"startsAt\":\"2033-01-01T20:00:00Z\",\"source\":\"venue\","
	      "\"confirmedAt\":\"2033-01-01T00:00:00Z\"}",
	      o->id, o->event_off ? "CANCELLED" : "ON");
}

/* Nothing is wrong there with any order. */
static void dispute_get(const struct peer_order *o, struct peer_answer *a)
{
	reply(a, "{\"orderId\":\"%s\",\"status\":\"NONE\"}", o->id);
}

static void scan_get(const struct peer_order *o, struct peer_answer *a)
{
	reply(a,
	      "{\"orderId\":\"%s\",\"status\":\"NOT_SCANNED\","
	      "\"entries\":[]}",
	      o->id);
}

static void related_get(const struct peer_order *o, struct peer_answer *a)
{
	reply(a, "{\"orderId\":\"%s\",\"orders\":[],\"count\":0}", o->id);
}

/* Nobody sells such seats. */
static void inventory_search(const struct peer_order *o, struct peer_answer *a)
{
	reply(a, "{\"orderId\":\"%s\",\"offers\":[],\"count\":0}", o->id);
}

static void payout_get(const struct peer_order *o, struct peer_answer *a)
{
	reply(a, "{\"orderId\":\"%s\",\"state\":\"%s\"}", o->id,
	      o->stopped ? "FROZEN" : "HELD");
}

static void messages_get(const struct peer_order *o, struct peer_answer *a)
{
	reply(a, "{\"orderId\":\"%s\",\"messages\":[]}", o->id);
}

static const char *transfer_status(const struct peer_order *o)
{
	if (o->accept_after >= 0 && o->retries >= o->accept_after)
		return "ACCEPTED";
	return o->silent ? "PENDING" : "FAILED";
}

static void transfer_get(const struct peer_order *o, struct peer_answer *a)
{
	reply(a,
	      "{\"orderId\":\"%s\",\"status\":\"%s\",\"attempts\":%d,"
	      "\"lastError\":\"no\"}",
	      o->id, transfer_status(o), o->retries);
}

static const char *supplier_status(const struct peer_order *o)
{
	if (!o->silent)
		return "RESPONSIVE";
	return o->answer_after >= 0 && o->pings >= o->answer_after ? "ANSWERED"
								   : "SILENT";
}

static void supplier_get(const struct peer_order *o, struct peer_answer *a)
{
	reply(a,
	      "{\"orderId\":\"%s\",\"status\":\"%s\",\"pings\":%d,\"answer\":"
	      "\"soon\"%s}",
	      o->id, supplier_status(o), o->pings,
	      o->contradicts ? ",\"transferStatus\":\"ACCEPTED\"" : "");
}

static bool declined(const struct peer_order *o)
{
	return o->pay_after != 0 &&
	       (o->pay_after < 0 || o->tries < o->pay_after);
}

static void payment_get(const struct peer_order *o, struct peer_answer *a)
{
	reply(a,
	      "{\"orderId\":\"%s\",\"status\":\"%s\",\"declineClass\":%s,"
	      "\"declineCode\":\"NO\",\"refundableMinor\":%lld,"
	      "\"refundedMinor\":%lld,\"disputedMinor\":%lld,\"currency\":"
	      "\"EUR\",\"card\":{\"brand\":\"V\",\"last4\":\"1\"}}",
	      o->id, declined(o) ? "DECLINED" : "CAPTURED",
	      !declined(o) ? "null"
	      : o->hard	   ? "\"HARD\""
			   : "\"SOFT\"",
	      (long long)refundable(o), (long long)o->refunded_minor,
	      (long long)o->disputed_minor);
}

static void quote_get(const struct peer_order *o, struct peer_answer *a)
{
	reply(a,
	      "{\"orderId\":\"%s\",\"refundableMinor\":%lld,\"currency\":"
	      "\"EUR\"}",
	      o->id, (long long)refundable(o));
}

bool peers_fact(const struct peer_order *o, const char *field, char *ret_text,
		size_t size)
{
	const struct {
		const char *field, *text;
		int64_t number;
	} facts[] = {
		{"transfer.status", transfer_status(o), 0},
		{"supplier.status", supplier_status(o), 0},
		{"event.status", o->event_off ? "CANCELLED" : "ON", 0},
		{"official.status", o->event_off ? "CANCELLED" : "ON", 0},
		{"quote.refundableMinor", NULL, refundable(o)},
		{"payment.refundedMinor", NULL, o->refunded_minor},
		{"payment.disputedMinor", NULL, o->disputed_minor},
	};
	size_t i;

	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (strcmp(facts[i].field, field) != 0)
			continue;
		if (facts[i].text)
			snprintf(ret_text, size, "%s", facts[i].text);
		else
			snprintf(ret_text, size, "%lld",
				 (long long)facts[i].number);
		return true;
	}
	return false;
}

/* ---- effects ---- */

static void refunded(const struct peer_order *o, int64_t amount_minor,
		     struct peer_answer *a)
{
	reply(a,
	      "{\"orderId\":\"%s\",\"refundId\":\"R\",\"status\":\"REFUNDED\","
	      "\"amountMinor\":%lld,\"currency\":\"EUR\"}",
	      o->id, (long long)amount_minor);
}

static void messaged(const struct peer_order *o, struct peer_answer *a)
{
	reply(a, "{\"orderId\":\"%s\",\"messageId\":\"M\"}", o->id);
}

/* 0: the request does not say. */
static int64_t asked_minor(const struct peer_request *r)
{
	const char *at = strstr(r->body, "\"amountMinor\":");

	return at ? strtoll(at + 14, NULL, 10) : 0;
}

static void do_refund(struct peers *p, struct peer_order *o,
		      const struct peer_request *r, int64_t now_ms,
		      struct peer_answer *a)
{
	int64_t amount = asked_minor(r);

	if (amount <= 0 || amount > refundable(o)) {
		a->status = 409;
		reply(a, "{\"orderId\":\"%s\",\"code\":\"TOO_MUCH\"}", o->id);
		return;
	}
	o->refunded_minor += amount;
	write_entry(p, o, "refund", r, amount, now_ms);
	refunded(o, amount, a);
}

static void do_effect(struct peers *p, struct peer_order *o, const char *what,
		      const struct peer_request *r, int64_t now_ms,
		      struct peer_answer *a)
{
	if (strcmp(what, "refund") == 0) {
		do_refund(p, o, r, now_ms, a);
		return;
	}
	write_entry(p, o, what, r, 0, now_ms);
	if (strcmp(what, "retry") == 0)
		o->retries++;
	else if (strcmp(what, "ping") == 0)
		o->pings++;
	else if (strcmp(what, "authorize") == 0)
		o->tries++;
	else if (strcmp(what, "freeze") == 0)
		o->stopped = true;
}

static void say_state(const struct peer_order *o, const char *what,
		      const struct peer_entry *e, struct peer_answer *a)
{
	if (strcmp(what, "retry") == 0)
		transfer_get(o, a);
	else if (strcmp(what, "ping") == 0)
		supplier_get(o, a);
	else if (strcmp(what, "authorize") == 0)
		payment_get(o, a);
	else if (strcmp(what, "message") == 0)
		messaged(o, a);
	else if (strcmp(what, "freeze") == 0)
		payout_get(o, a);
	else if (e)
		refunded(o, e->amount_minor, a);
	if (strcmp(what, "authorize") == 0 && declined(o))
		a->status = 402;
}

static void effect(struct peers *p, struct peer_order *o, const char *what,
		   const struct peer_request *r, int64_t now_ms,
		   struct peer_answer *a)
{
	/* Who offers a lookup only takes every ping for a new one. */
	bool unkeyed = strcmp(what, "ping") == 0 ||
		       (p->unkeyed && strcmp(what, "message") == 0);
	const struct peer_entry *e =
		unkeyed ? NULL : known(p, r->key, what, now_ms);

	if (!r->key[0])
		snprintf(p->fault, sizeof(p->fault), "%s without a key", what);
	if (e && e->content != hash_text(r->body))
		snprintf(p->fault, sizeof(p->fault),
			 "%s: same key, other content: %s", what, r->key);
	if (e)
		tally_one(TALLY_KNOWN_KEY);
	else
		do_effect(p, o, what, r, now_ms, a);
	if (a->status == 200)
		say_state(o, what, e, a);
}

static void lookup(struct peers *p, struct peer_order *o, const char *what,
		   const char *key, int64_t now_ms, struct peer_answer *a)
{
	const struct peer_entry *e = known(p, key, what, now_ms);

	if (!e || now_ms - e->at_ms < p->visible_ms) {
		a->status = 404;
		reply(a, "{\"code\":\"NOT_FOUND\"}");
		return;
	}
	tally_one(TALLY_LOOKED_UP);
	say_state(o, what, e, a);
}

/* ---- routes ---- */

static void unescape(const char *from, char *to, size_t size)
{
	size_t n = 0;

	while (*from && n + 1 < size) {
		char digits[3] = {0};

		if (*from == '%' && from[1] && from[2]) {
			memcpy(digits, from + 1, 2);
			to[n++] = (char)strtol(digits, NULL, 16);
			from += 3;
		} else {
			to[n++] = *from++;
		}
	}
	to[n] = '\0';
}

static const struct route {
	const char *system, *rest;
	void (*get)(const struct peer_order *o, struct peer_answer *a);
	const char *effect, *lookup;
} routes[] = {
	{"orders", "", order_get, NULL, NULL},
	{"orders", "event", event_get, NULL, NULL},
	{"orders", "related", related_get, NULL, NULL},
	{"official", "", official_get, NULL, NULL},
	{"disputes", "", dispute_get, NULL, NULL},
	{"scans", "", scan_get, NULL, NULL},
	{"inventory", "search", inventory_search, NULL, NULL},
	{"payouts", "", payout_get, NULL, NULL},
	{"payouts", "freeze", NULL, "freeze", NULL},
	{"transfers", "", transfer_get, NULL, NULL},
	{"transfers", "retry", NULL, "retry", NULL},
	{"transfers", "retries/", NULL, NULL, "retry"},
	{"suppliers", "", supplier_get, NULL, NULL},
	{"suppliers", "ping", NULL, "ping", NULL},
	{"suppliers", "pings/", NULL, NULL, "ping"},
	{"payments", "", payment_get, NULL, NULL},
	{"payments", "refund-quote", quote_get, NULL, NULL},
	{"payments", "refund", NULL, "refund", NULL},
	{"payments", "refunds/", NULL, NULL, "refund"},
	{"payments", "authorize", NULL, "authorize", NULL},
	{"messages", "", messages_get, "message", NULL},
	{"messages", "sent/", NULL, NULL, "message"},
};

static bool fits(const struct route *r, const char *system, const char *rest)
{
	size_t length = strlen(r->rest);

	if (strcmp(r->system, system) != 0)
		return false;
	if (r->lookup)
		return strncmp(r->rest, rest, length) == 0;
	return strcmp(r->rest, rest) == 0;
}

/* What no story plays a part in: always there, and nothing is the matter. */
static const char *const bystanders[] = {
	"orders",   "transfers", "suppliers", "payments", "messages",
	"official", "disputes",	 "scans",     "payouts",  "inventory"};

static bool bystander(const char *system)
{
	size_t i;

	for (i = 0; i < sizeof(bystanders) / sizeof(bystanders[0]); i++) {
		if (strcmp(bystanders[i], system) == 0)
			return true;
	}
	return false;
}

/* Whatever it does, it does once under a key. */
static void stand_by(struct peers *p, struct peer_order *o, const char *what,
		     const struct peer_request *r, int64_t now_ms,
		     struct peer_answer *a)
{
	if (r->key[0])
		effect(p, o, what, r, now_ms, a);
	if (a->status == 200)
		reply(a,
		      "{\"orderId\":\"%s\",\"status\":\"DONE\",\"state\":"
		      "\"HELD\",\"amountMinor\":0,\"currency\":\"EUR\","
		      "\"messages\":[],\"orders\":[],\"offers\":[],"
		      "\"count\":0,\"frozen\":false}",
		      o->id);
}

void peers_serve(struct peers *p, const struct peer_request *r, int64_t now_ms,
		 struct peer_answer *ret_answer)
{
	char system[32] = "", id[ORDER_ID_SIZE] = "", rest[400] = "";
	char key[KEY_SIZE];
	struct peer_order *o;
	size_t i;

	ret_answer->status = 200;
	ret_answer->body[0] = '\0';
	if (sscanf(r->path, "/%31[^/]/%128[^/]/%399s", system, id, rest) < 2)
		goto unknown;
	o = peers_order(p, id);
	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		const struct route *at = &routes[i];

		if (!fits(at, system, rest))
			continue;
		if (at->get && (!at->effect || r->method[0] == 'G'))
			at->get(o, ret_answer);
		else if (at->effect)
			effect(p, o, at->effect, r, now_ms, ret_answer);
		if (at->lookup) {
			unescape(rest + strlen(at->rest), key, sizeof(key));
			lookup(p, o, at->lookup, key, now_ms, ret_answer);
		}
		return;
	}
	if (bystander(system)) {
		stand_by(p, o, rest, r, now_ms, ret_answer);
		return;
	}
unknown:
	snprintf(p->fault, sizeof(p->fault), "no route for %.100s", r->path);
	ret_answer->status = 404;
}

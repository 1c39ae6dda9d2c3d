/*
 * The gate before each downstream system: how many calls at once, how many a
 * second, how many of them retries, and none while it is known to be down or
 * has asked to be left alone. Its breaker stands in breaker.c, the share of
 * retries in budget.c.
 *
 * Always holds: every GATE_GO is matched by one gate_answer() or gate_return();
 * a call that is refused costs nothing anywhere.
 */
#include "gate.h"

#include <limits.h>
#include <string.h>

#include "../base/strbuf.h"

/* A token, less what adding fractions may lose. */
#define TOKEN (1.0 - 1e-6)

static const struct verdict {
	const char *reason;
	enum gate_scope scope;
} verdicts[] = {
	[GATE_GO] = {"may leave", SCOPE_ADAPTER},
	[GATE_FULL] = {"as many calls in flight as allowed", SCOPE_ADAPTER},
	[GATE_RATE] = {"rate limit reached", SCOPE_ADAPTER},
	[GATE_OPEN] = {"adapter is failing; its breaker is open",
		       SCOPE_ADAPTER},
	[GATE_ASKED] = {"it asked for a pause", SCOPE_ADAPTER},
	[GATE_PART_FULL] = {"as many calls of this operation in flight as "
			    "allowed",
			    SCOPE_OPERATION},
	[GATE_PART_RATE] = {"rate limit of this operation reached",
			    SCOPE_OPERATION},
	[GATE_BUDGET] = {"too many of its calls are retries; this one waits "
			 "for its share",
			 SCOPE_RETRIES},
};
_Static_assert(sizeof(verdicts) / sizeof(verdicts[0]) == GATE_VERDICT_COUNT,
	       "every verdict has its words");

const char *gate_verdict_reason(enum gate_verdict v)
{
	return (unsigned)v < GATE_VERDICT_COUNT ? verdicts[v].reason : "";
}

enum gate_scope gate_verdict_scope(enum gate_verdict v)
{
	return (unsigned)v < GATE_VERDICT_COUNT ? verdicts[v].scope
						: SCOPE_ADAPTER;
}

/* ---- finding ---------------------------------------------------------- */

static int find(const struct gates *g, const char *name)
{
	for (int i = 0; i < g->count; i++) {
		if (strcmp(g->gate[i].name, name) == 0)
			return i;
	}
	return -1;
}

const struct gate *gate_find(const struct gates *g, const char *adapter)
{
	int index = find(g, adapter);

	return index >= 0 ? &g->gate[index] : NULL;
}

/* A place for a new adapter: a free one, or that of one with nothing in flight
 * (its declaration is gone, for there are no more places than adapters). */
static struct gate *place(struct gates *g)
{
	if (g->count < GATES_MAX)
		return &g->gate[g->count++];
	for (int i = 0; i < GATES_MAX; i++) {
		if (g->gate[i].in_flight == 0)
			return &g->gate[i];
	}
	return NULL;
}

static struct gate *obtain(struct gates *g, const struct adapter *a,
			   int64_t mono_ms)
{
	int index = find(g, a->name);
	struct gate *gate;

	if (index >= 0)
		return &g->gate[index];
	gate = place(g);
	if (!gate)
		return NULL;
	*gate = (struct gate){.bucket = {a->rate_burst, mono_ms}};
	STR_COPY(gate->name, a->name);
	return gate;
}

static bool has_limits(const struct operation *o)
{
	return o && (o->concurrency > 0 || o->rate_per_second > 0);
}

static int find_part(const struct gate *gate, const struct operation *o)
{
	for (int i = 0; o && gate && i < gate->part_count; i++) {
		if (strcmp(gate->part[i].name, o->name) == 0)
			return i;
	}
	return -1;
}

/* NULL: it has no limits of its own, or no place is free. */
static struct gate_part *obtain_part(struct gate *gate,
				     const struct operation *o, int64_t mono_ms)
{
	int index = find_part(gate, o);
	struct gate_part *part = index >= 0 ? &gate->part[index] : NULL;

	if (!has_limits(o) || part)
		return part;
	for (int i = 0; i < gate->part_count && !part; i++) {
		if (gate->part_count == ADAPTER_OPERATIONS_MAX &&
		    gate->part[i].in_flight == 0)
			part = &gate->part[i];
	}
	if (!part && gate->part_count < ADAPTER_OPERATIONS_MAX)
		part = &gate->part[gate->part_count++];
	if (!part)
		return NULL;
	*part = (struct gate_part){.bucket = {o->rate_burst, mono_ms}};
	STR_COPY(part->name, o->name);
	return part;
}

/* ---- token bucket ----------------------------------------------------- */

struct rate {
	int per_second, burst;
};

static double tokens_at(const struct bucket *b, struct rate r, int64_t mono_ms)
{
	int64_t elapsed = mono_ms - b->refilled_ms;
	double tokens = b->tokens;

	if (elapsed > 0)
		tokens += (double)elapsed * r.per_second / 1000.0;
	return tokens < r.burst ? tokens : r.burst;
}

/* Rounded up, so that who waits that long finds one; 0: there is one. */
static int64_t token_wait_ms(const struct bucket *b, struct rate r,
			     int64_t mono_ms)
{
	double tokens, ms;
	int64_t whole;

	if (r.per_second <= 0)
		return 0;
	tokens = tokens_at(b, r, mono_ms);
	if (tokens >= TOKEN)
		return 0;
	ms = (TOKEN - tokens) * 1000.0 / r.per_second;
	whole = (int64_t)ms;
	return whole + ((double)whole < ms);
}

static int tokens_whole(const struct bucket *b, struct rate r, int64_t mono_ms)
{
	if (r.per_second <= 0)
		return INT_MAX;
	return (int)(tokens_at(b, r, mono_ms) / TOKEN);
}

static void token_take(struct bucket *b, struct rate r, int64_t mono_ms)
{
	if (r.per_second <= 0)
		return;
	b->tokens = tokens_at(b, r, mono_ms) - 1.0;
	b->refilled_ms = mono_ms;
}

static void token_return(struct bucket *b, struct rate r)
{
	if (r.per_second > 0)
		b->tokens += 1.0;
}

static struct rate rate_of(const struct adapter *a)
{
	return (struct rate){a->rate_per_second, a->rate_burst};
}

static struct rate rate_of_part(const struct operation *o)
{
	return (struct rate){o->rate_per_second, o->rate_burst};
}

/* ---- the gate --------------------------------------------------------- */

/* Whether it may leave, without taking anything. part may be NULL. */
static enum gate_verdict judge(const struct gate *gate,
			       const struct gate_part *part,
			       const struct gate_call *c, int64_t mono_ms,
			       int64_t *ret_wait_ms)
{
	const struct breaker *b = &gate->breaker;
	const struct adapter *a = c->adapter;
	const struct operation *o = c->operation;

	*ret_wait_ms = 0;
	if (breaker_is_open(b, mono_ms)) {
		*ret_wait_ms = b->open_until_ms - mono_ms;
		return GATE_OPEN;
	}
	if (breaker_is_half_open(b, mono_ms) && breaker_probes_left(b) == 0)
		return GATE_OPEN;
	if (mono_ms < gate->asked_until_ms) {
		*ret_wait_ms = gate->asked_until_ms - mono_ms;
		return GATE_ASKED;
	}
	if (gate->in_flight >= a->concurrency)
		return GATE_FULL;
	*ret_wait_ms = token_wait_ms(&gate->bucket, rate_of(a), mono_ms);
	if (*ret_wait_ms > 0)
		return GATE_RATE;
	if (part && o->concurrency > 0 && part->in_flight >= o->concurrency)
		return GATE_PART_FULL;
	if (part)
		*ret_wait_ms =
			token_wait_ms(&part->bucket, rate_of_part(o), mono_ms);
	if (*ret_wait_ms > 0)
		return GATE_PART_RATE;
	if (c->retry && !budget_has(&gate->budget, a, mono_ms, ret_wait_ms))
		return GATE_BUDGET;
	return GATE_GO;
}

enum gate_verdict gate_take(struct gates *g, const struct gate_call *c,
			    int64_t mono_ms, int64_t *ret_wait_ms)
{
	struct gate *gate = obtain(g, c->adapter, mono_ms);
	struct gate_part *part;
	enum gate_verdict v;

	*ret_wait_ms = 0;
	if (!gate)
		return GATE_FULL;
	part = obtain_part(gate, c->operation, mono_ms);
	v = judge(gate, part, c, mono_ms, ret_wait_ms);
	if (v != GATE_GO)
		return v;
	token_take(&gate->bucket, rate_of(c->adapter), mono_ms);
	if (part) {
		token_take(&part->bucket, rate_of_part(c->operation), mono_ms);
		part->in_flight++;
	}
	budget_count(&gate->budget, c->adapter, c->retry, 1, mono_ms);
	if (breaker_is_half_open(&gate->breaker, mono_ms))
		gate->breaker.probes++;
	gate->in_flight++;
	return GATE_GO;
}

static void leave(struct gate *gate, const struct gate_call *c)
{
	int part = find_part(gate, c->operation);

	if (gate->in_flight > 0)
		gate->in_flight--;
	if (part >= 0 && gate->part[part].in_flight > 0)
		gate->part[part].in_flight--;
}

void gate_return(struct gates *g, const struct gate_call *c, int64_t mono_ms)
{
	int index = find(g, c->adapter->name);
	struct gate *gate;
	int part;

	if (index < 0 || g->gate[index].in_flight == 0)
		return;
	gate = &g->gate[index];
	leave(gate, c);
	breaker_return(&gate->breaker);
	token_return(&gate->bucket, rate_of(c->adapter));
	part = find_part(gate, c->operation);
	if (part >= 0)
		token_return(&gate->part[part].bucket,
			     rate_of_part(c->operation));
	budget_count(&gate->budget, c->adapter, c->retry, -1, mono_ms);
}

void gate_answer(struct gates *g, const struct gate_call *c,
		 enum call_class class, int64_t retry_after_ms, int64_t mono_ms)
{
	int index = find(g, c->adapter->name);
	bool failed = class != CLASS_OK && class != CLASS_PERMANENT;
	struct gate *gate;

	if (index < 0)
		return;
	gate = &g->gate[index];
	leave(gate, c);
	if (class != CLASS_THROTTLED || retry_after_ms <= 0) {
		breaker_answer(&gate->breaker, c->adapter, c->order, failed,
			       mono_ms);
		return;
	}
	/* It is alive, and said when it will take more. */
	if (breaker_is_half_open(&gate->breaker, mono_ms))
		breaker_return(&gate->breaker);
	if (retry_after_ms > GATE_ASKED_MS_MAX)
		retry_after_ms = GATE_ASKED_MS_MAX;
	if (mono_ms + retry_after_ms > gate->asked_until_ms)
		gate->asked_until_ms = mono_ms + retry_after_ms;
}

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

int gate_room(const struct gates *g, const struct gate_call *c, int64_t mono_ms,
	      int64_t *ret_wait_ms)
{
	const struct gate *gate = gate_find(g, c->adapter->name);
	const struct operation *o = c->operation;
	int index = find_part(gate, o);
	const struct gate_part *part = index >= 0 ? &gate->part[index] : NULL;
	int room;

	*ret_wait_ms = 0;
	if (gate && judge(gate, part, c, mono_ms, ret_wait_ms) != GATE_GO)
		return 0;
	room = c->adapter->concurrency - (gate ? gate->in_flight : 0);
	if (!gate && c->adapter->rate_per_second > 0)
		room = smaller(room, c->adapter->rate_burst);
	if (o && o->concurrency > 0)
		room = smaller(room,
			       o->concurrency - (part ? part->in_flight : 0));
	if (!part && o && o->rate_per_second > 0)
		room = smaller(room, o->rate_burst);
	if (!gate && c->retry && c->adapter->retry_window_ms > 0)
		room = smaller(room, c->adapter->retry_least);
	if (!gate)
		return room;
	room = smaller(room, tokens_whole(&gate->bucket, rate_of(c->adapter),
					  mono_ms));
	if (part)
		room = smaller(room, tokens_whole(&part->bucket,
						  rate_of_part(o), mono_ms));
	if (breaker_is_half_open(&gate->breaker, mono_ms))
		room = smaller(room, breaker_probes_left(&gate->breaker));
	if (c->retry)
		room = smaller(room,
			       budget_left(&gate->budget, c->adapter, mono_ms));
	return room;
}

void gate_probe(struct gates *g, const struct adapter *a, int64_t mono_ms)
{
	int index = find(g, a->name);

	if (index < 0)
		return;
	breaker_probe(&g->gate[index].breaker, mono_ms);
	g->gate[index].asked_until_ms = 0;
}

bool gate_is_shut(const struct gates *g, const char *adapter, int64_t mono_ms)
{
	const struct gate *gate = gate_find(g, adapter);

	return gate && (mono_ms < gate->asked_until_ms ||
			breaker_is_open(&gate->breaker, mono_ms) ||
			(breaker_is_half_open(&gate->breaker, mono_ms) &&
			 breaker_probes_left(&gate->breaker) == 0));
}

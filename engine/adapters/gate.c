/*
 * The gate before each downstream system: how many calls at once, how many a
 * second, and none while it is known to be down.
 *
 * The breaker: closed, it counts failures in a row and failures among the last
 * `window` answers; either limit opens it. Open, nothing leaves until its time
 * is up. Half-open (the time is up, and it has not closed yet) a few probes
 * leave; as many good ones close it, one bad one opens it again, for twice as
 * long each time up to ten times the declared time.
 *
 * Always holds: every GATE_GO is matched by one gate_answer(); answers of calls
 * that left before the breaker opened change nothing but the count in flight.
 */
#include "gate.h"

#include <string.h>

#include "../base/strbuf.h"

#define PROBES_MAX 3
#define OPEN_GROWTH_MAX 10
/* A token, less what adding fractions may lose. */
#define TOKEN (1.0 - 1e-6)

_Static_assert(ADAPTER_WINDOW_MAX <= GATE_WINDOW_MAX,
	       "every declared window fits");

const char *gate_verdict_reason(enum gate_verdict v)
{
	static const char *const reasons[] = {
		[GATE_GO] = "may leave",
		[GATE_FULL] = "as many calls in flight as allowed",
		[GATE_RATE] = "rate limit reached",
		[GATE_OPEN] = "adapter is failing; its breaker is open",
	};

	return (unsigned)v <= GATE_OPEN ? reasons[v] : "";
}

static int find(const struct gates *g, const char *name)
{
	for (int i = 0; i < g->count; i++) {
		if (strcmp(g->gate[i].name, name) == 0)
			return i;
	}
	return -1;
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
	*gate = (struct gate){
		.tokens = a->rate_burst,
		.refilled_ms = mono_ms,
		.open_for_ms = a->breaker_open_ms,
	};
	STR_COPY(gate->name, a->name);
	return gate;
}

/* ---- token bucket ----------------------------------------------------- */

static double tokens_at(const struct gate *gate, const struct adapter *a,
			int64_t mono_ms)
{
	int64_t elapsed = mono_ms - gate->refilled_ms;
	double tokens = gate->tokens;

	if (elapsed > 0)
		tokens += (double)elapsed * a->rate_per_second / 1000.0;
	return tokens < a->rate_burst ? tokens : a->rate_burst;
}

/* Rounded up, so that who waits that long finds one. */
static int64_t token_wait_ms(double tokens, const struct adapter *a)
{
	double ms = (TOKEN - tokens) * 1000.0 / a->rate_per_second;
	int64_t whole = (int64_t)ms;

	return whole + ((double)whole < ms);
}

/* ---- breaker ---------------------------------------------------------- */

static bool is_open(const struct gate *gate, int64_t mono_ms)
{
	return mono_ms < gate->open_until_ms;
}

static bool is_half_open(const struct gate *gate, int64_t mono_ms)
{
	return gate->open_until_ms != 0 && !is_open(gate, mono_ms);
}

static int probes_left(const struct gate *gate)
{
	int left = PROBES_MAX - gate->probes - gate->probes_ok;

	return left > 0 ? left : 0;
}

static void forget_answers(struct gate *gate)
{
	memset(gate->window, 0, sizeof(gate->window));
	gate->window_at = gate->window_used = gate->window_failed = 0;
	gate->failures_in_row = 0;
	gate->probes = gate->probes_ok = 0;
}

static void breaker_open(struct gate *gate, const struct adapter *a,
			 int64_t mono_ms)
{
	int64_t most = a->breaker_open_ms * OPEN_GROWTH_MAX;
	bool again = gate->open_until_ms != 0;

	gate->open_for_ms = again ? 2 * gate->open_for_ms : a->breaker_open_ms;
	if (gate->open_for_ms > most)
		gate->open_for_ms = most;
	forget_answers(gate);
	gate->open_until_ms = mono_ms + gate->open_for_ms;
}

static void breaker_close(struct gate *gate, const struct adapter *a)
{
	forget_answers(gate);
	gate->open_until_ms = 0;
	gate->open_for_ms = a->breaker_open_ms;
}

static void remember(struct gate *gate, const struct adapter *a, bool failed)
{
	int size = a->breaker_window;

	/* Another version of the declaration may have a smaller window. */
	if (gate->window_used > size || gate->window_at >= size)
		forget_answers(gate);
	if (gate->window_used == size)
		gate->window_failed -= gate->window[gate->window_at];
	else
		gate->window_used++;
	gate->window[gate->window_at] = failed;
	gate->window_failed += failed;
	gate->window_at = (gate->window_at + 1) % size;
	gate->failures_in_row = failed ? gate->failures_in_row + 1 : 0;
}

static bool too_many_failed(const struct gate *gate, const struct adapter *a)
{
	if (gate->failures_in_row >= a->breaker_failures)
		return true;
	return gate->window_used == a->breaker_window &&
	       gate->window_failed >= a->breaker_ratio * gate->window_used;
}

static void answer_probe(struct gate *gate, const struct adapter *a,
			 bool failed, int64_t mono_ms)
{
	/* One that left before the opening and came back only now. */
	if (gate->probes == 0)
		return;
	gate->probes--;
	if (failed)
		breaker_open(gate, a, mono_ms);
	else if (++gate->probes_ok >= PROBES_MAX)
		breaker_close(gate, a);
}

/* ---- the gate --------------------------------------------------------- */

enum gate_verdict gate_take(struct gates *g, const struct adapter *a,
			    int64_t mono_ms, int64_t *ret_wait_ms)
{
	struct gate *gate = obtain(g, a, mono_ms);

	*ret_wait_ms = 0;
	if (!gate)
		return GATE_FULL;
	if (is_open(gate, mono_ms)) {
		*ret_wait_ms = gate->open_until_ms - mono_ms;
		return GATE_OPEN;
	}
	if (is_half_open(gate, mono_ms) && probes_left(gate) == 0)
		return GATE_OPEN;
	if (gate->in_flight >= a->concurrency)
		return GATE_FULL;
	if (a->rate_per_second > 0) {
		gate->tokens = tokens_at(gate, a, mono_ms);
		gate->refilled_ms = mono_ms;
		if (gate->tokens < TOKEN) {
			*ret_wait_ms = token_wait_ms(gate->tokens, a);
			return GATE_RATE;
		}
		gate->tokens -= 1.0;
	}
	if (is_half_open(gate, mono_ms))
		gate->probes++;
	gate->in_flight++;
	return GATE_GO;
}

void gate_return(struct gates *g, const struct adapter *a)
{
	int index = find(g, a->name);
	struct gate *gate;

	if (index < 0 || g->gate[index].in_flight == 0)
		return;
	gate = &g->gate[index];
	gate->in_flight--;
	if (gate->probes > 0)
		gate->probes--;
	if (a->rate_per_second > 0)
		gate->tokens += 1.0;
}

void gate_answer(struct gates *g, const struct adapter *a,
		 enum call_class class, int64_t mono_ms)
{
	int index = find(g, a->name);
	bool failed = class != CLASS_OK && class != CLASS_PERMANENT;
	struct gate *gate;

	if (index < 0)
		return;
	gate = &g->gate[index];
	if (gate->in_flight > 0)
		gate->in_flight--;
	if (is_open(gate, mono_ms))
		return;
	if (is_half_open(gate, mono_ms)) {
		answer_probe(gate, a, failed, mono_ms);
		return;
	}
	remember(gate, a, failed);
	if (too_many_failed(gate, a))
		breaker_open(gate, a, mono_ms);
}

int gate_room(const struct gates *g, const struct adapter *a, int64_t mono_ms)
{
	int index = find(g, a->name);
	const struct gate *gate = index >= 0 ? &g->gate[index] : NULL;
	int room = a->concurrency - (gate ? gate->in_flight : 0);
	int tokens = a->rate_burst;

	if (gate && is_open(gate, mono_ms))
		return 0;
	if (gate && is_half_open(gate, mono_ms) && probes_left(gate) < room)
		room = probes_left(gate);
	if (gate && a->rate_per_second > 0)
		tokens = (int)(tokens_at(gate, a, mono_ms) / TOKEN);
	if (a->rate_per_second > 0 && tokens < room)
		room = tokens;
	return room > 0 ? room : 0;
}

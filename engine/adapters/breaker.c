/*
 * When to leave a downstream system alone, and when to try it again; the rules
 * stand in breaker.h.
 *
 * Always holds: answers of calls that left before it opened change nothing but
 * what is known of their orders.
 */
#include "breaker.h"

#include <string.h>

#define OPEN_GROWTH_MAX 10

_Static_assert(BREAKER_WINDOW_MAX >= ADAPTER_WINDOW_MAX,
	       "every declared window fits");

bool breaker_is_open(const struct breaker *b, int64_t mono_ms)
{
	return mono_ms < b->open_until_ms;
}

bool breaker_is_half_open(const struct breaker *b, int64_t mono_ms)
{
	return b->open_until_ms != 0 && !breaker_is_open(b, mono_ms);
}

int breaker_probes_left(const struct breaker *b)
{
	int left = BREAKER_PROBES - b->probes - b->probes_ok;

	return left > 0 ? left : 0;
}

static bool known(const struct breaker_orders *o, uint64_t order)
{
	for (int i = 0; order && i < BREAKER_ORDERS; i++) {
		if (o->order[i] == order)
			return true;
	}
	return false;
}

static void add_order(struct breaker_orders *o, uint64_t order)
{
	if (!order || known(o, order))
		return;
	o->order[o->at] = order;
	o->at = (o->at + 1) % BREAKER_ORDERS;
}

static void forget_answers(struct breaker *b)
{
	memset(b->window, 0, sizeof(b->window));
	b->window_at = b->window_used = b->window_failed = 0;
	b->failures_in_row = 0;
	b->row = (struct breaker_orders){.at = 0};
	b->probes = b->probes_ok = b->probes_bad = 0;
}

static void open_it(struct breaker *b, const struct adapter *a, int64_t mono_ms)
{
	int64_t most = a->breaker_open_ms * OPEN_GROWTH_MAX;
	bool again = b->open_until_ms != 0;

	b->open_for_ms = again ? 2 * b->open_for_ms : a->breaker_open_ms;
	if (b->open_for_ms > most)
		b->open_for_ms = most;
	forget_answers(b);
	b->open_until_ms = mono_ms + b->open_for_ms;
}

static void close_it(struct breaker *b)
{
	forget_answers(b);
	b->bad = (struct breaker_orders){.at = 0};
	b->open_until_ms = 0;
}

static void count_in_row(struct breaker *b, uint64_t order, bool failed)
{
	if (!failed) {
		b->failures_in_row = 0;
		b->row = (struct breaker_orders){.at = 0};
	} else if (!known(&b->row, order)) {
		add_order(&b->row, order);
		b->failures_in_row++;
	}
}

static void remember(struct breaker *b, const struct adapter *a, uint64_t order,
		     bool failed)
{
	int size = a->breaker_window;

	/* Another version of the declaration may have a smaller window. */
	if (b->window_used > size || b->window_at >= size)
		forget_answers(b);
	if (b->window_used == size)
		b->window_failed -= b->window[b->window_at];
	else
		b->window_used++;
	b->window[b->window_at] = failed;
	b->window_failed += failed;
	b->window_at = (b->window_at + 1) % size;
	count_in_row(b, order, failed);
}

static bool too_many_failed(const struct breaker *b, const struct adapter *a)
{
	if (b->failures_in_row >= a->breaker_failures)
		return true;
	return b->window_used == a->breaker_window &&
	       b->window_failed >= a->breaker_ratio * b->window_used;
}

static void answer_probe(struct breaker *b, const struct adapter *a,
			 uint64_t order, bool failed, int64_t mono_ms)
{
	bool was_bad = known(&b->bad, order);

	/* One that left before the opening and came back only now. */
	if (b->probes == 0)
		return;
	b->probes--;
	if (!failed) {
		if (++b->probes_ok >= BREAKER_PROBES)
			close_it(b);
		return;
	}
	add_order(&b->bad, order);
	if (!was_bad || ++b->probes_bad >= BREAKER_PROBES)
		open_it(b, a, mono_ms);
}

void breaker_answer(struct breaker *b, const struct adapter *a, uint64_t order,
		    bool failed, int64_t mono_ms)
{
	if (breaker_is_open(b, mono_ms)) {
		if (failed)
			add_order(&b->bad, order);
		return;
	}
	if (breaker_is_half_open(b, mono_ms)) {
		answer_probe(b, a, order, failed, mono_ms);
		return;
	}
	remember(b, a, order, failed);
	if (too_many_failed(b, a)) {
		b->bad = b->row;
		open_it(b, a, mono_ms);
	}
}

void breaker_return(struct breaker *b)
{
	if (b->probes > 0)
		b->probes--;
}

void breaker_probe(struct breaker *b, int64_t mono_ms)
{
	if (breaker_is_open(b, mono_ms))
		b->open_until_ms = mono_ms;
}

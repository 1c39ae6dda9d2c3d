/*
 * The share of calls that may be retries (budget.h).
 *
 * Always holds: an adapter that declares no budget has one without end.
 */
#include "budget.h"

#include <limits.h>
#include <string.h>

static int64_t slot_width_ms(const struct adapter *a)
{
	int64_t width = a->retry_window_ms / BUDGET_SLOTS;

	return width > 0 ? width : 1;
}

/* What of the sums is still within the window at this moment. */
static void sum(const struct budget *b, int64_t slot, int *ret_calls,
		int *ret_retries)
{
	int calls = 0, retries = 0;

	for (int i = 0; i < BUDGET_SLOTS; i++) {
		int64_t at = b->slot - i;

		if (at < 0 || at <= slot - BUDGET_SLOTS)
			break;
		calls += b->calls[at % BUDGET_SLOTS];
		retries += b->retries[at % BUDGET_SLOTS];
	}
	*ret_calls = calls;
	*ret_retries = retries;
}

int budget_left(const struct budget *b, const struct adapter *a,
		int64_t mono_ms)
{
	int calls, retries, most;

	if (a->retry_window_ms <= 0)
		return INT_MAX;
	sum(b, mono_ms / slot_width_ms(a), &calls, &retries);
	most = (int)(a->retry_share * calls);
	if (most < a->retry_least)
		most = a->retry_least;
	return most > retries ? most - retries : 0;
}

bool budget_has(const struct budget *b, const struct adapter *a,
		int64_t mono_ms, int64_t *ret_wait_ms)
{
	int64_t width = slot_width_ms(a);

	*ret_wait_ms = 0;
	if (budget_left(b, a, mono_ms) > 0)
		return true;
	*ret_wait_ms = width - mono_ms % width;
	return false;
}

/* Slots between then and now are empty. */
static void slide(struct budget *b, int64_t slot)
{
	if (slot - b->slot >= BUDGET_SLOTS) {
		memset(b, 0, sizeof(*b));
		b->slot = slot;
	}
	while (b->slot < slot) {
		b->slot++;
		b->calls[b->slot % BUDGET_SLOTS] = 0;
		b->retries[b->slot % BUDGET_SLOTS] = 0;
	}
}

void budget_count(struct budget *b, const struct adapter *a, bool retry, int by,
		  int64_t mono_ms)
{
	int at;

	if (a->retry_window_ms <= 0)
		return;
	slide(b, mono_ms / slot_width_ms(a));
	at = (int)(b->slot % BUDGET_SLOTS);
	b->calls[at] += by;
	if (retry)
		b->retries[at] += by;
	/* One that is taken back in a later slot than it left in. */
	if (b->calls[at] < 0)
		b->calls[at] = 0;
	if (b->retries[at] < 0)
		b->retries[at] = 0;
}

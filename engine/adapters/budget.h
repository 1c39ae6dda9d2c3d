#ifndef MEND_ADAPTERS_BUDGET_H
#define MEND_ADAPTERS_BUDGET_H

#include <stdbool.h>

#include "../flow/operation.h"

/*
 * How many of an adapter's calls may be retries: at most a share of those of a
 * sliding window, so that what is slow is not made slower by those who ask
 * again; but always as many as declared, for where few ask a share is nothing.
 * The window slides by a tenth of itself, on the monotonic clock.
 */
#define BUDGET_SLOTS 10
struct budget {
	int64_t slot; /* number of the newest: clock / width */
	int calls[BUDGET_SLOTS], retries[BUDGET_SLOTS];
};

/* May a retry leave? *ret_wait_ms: when to ask again. */
bool budget_has(const struct budget *b, const struct adapter *a,
		int64_t mono_ms, int64_t *ret_wait_ms);
/* How many retries could leave now. */
int budget_left(const struct budget *b, const struct adapter *a,
		int64_t mono_ms);
/* A call leaves; by -1: it did not after all. */
void budget_count(struct budget *b, const struct adapter *a, bool retry, int by,
		  int64_t mono_ms);

#endif

#ifndef MEND_ADAPTERS_BREAKER_H
#define MEND_ADAPTERS_BREAKER_H

#include <stdbool.h>

#include "../flow/operation.h"

/*
 * The circuit breaker of one adapter, on the monotonic clock.
 *
 * Closed, it counts failures in a row and failures among the last `window`
 * answers; either limit opens it. A row is of different orders: one whose own
 * order fails again and again says nothing of the adapter. Open, nothing
 * leaves until its time is up. Half-open (the time is up, and it has not
 * closed yet) a few probes leave; as many good ones close it, a bad one opens
 * it again, for twice as long each time up to ten times the declared time.
 * Not so a bad one of an order that was bad already when it opened: its place
 * goes to another order, until as many such have failed as there are probes.
 */
#define BREAKER_WINDOW_MAX ADAPTER_WINDOW_MAX
#define BREAKER_PROBES 3
#define BREAKER_ORDERS 16

/* The last few orders of something; order 0 is not known, and never in it. */
struct breaker_orders {
	uint64_t order[BREAKER_ORDERS];
	int at;
};

struct breaker {
	unsigned char window[BREAKER_WINDOW_MAX]; /* 1: failed */
	int window_at, window_used, window_failed;
	int failures_in_row;
	struct breaker_orders row; /* of the failures in a row */
	struct breaker_orders bad; /* failed while it was not closed */
	int64_t open_until_ms;	   /* 0: closed */
	int64_t open_for_ms;	   /* grows with every opening in a row */
	int probes;		   /* half-open: in flight */
	int probes_ok, probes_bad; /* answered; bad: of known bad orders */
};

bool breaker_is_open(const struct breaker *b, int64_t mono_ms);
bool breaker_is_half_open(const struct breaker *b, int64_t mono_ms);
/* How many probes may leave; half-open only. */
int breaker_probes_left(const struct breaker *b);
/* What became of a call; order 0: of whom is not known. */
void breaker_answer(struct breaker *b, const struct adapter *a, uint64_t order,
		    bool failed, int64_t mono_ms);
/* A call that left came to nothing that could be judged. */
void breaker_return(struct breaker *b);
/* An operator wants to know now: an open one becomes half-open. */
void breaker_probe(struct breaker *b, int64_t mono_ms);

#endif

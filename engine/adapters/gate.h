#ifndef MEND_ADAPTERS_GATE_H
#define MEND_ADAPTERS_GATE_H

#include "../flow/operation.h"

/*
 * May a call of this adapter leave now? Concurrency limit, token bucket and
 * circuit breaker of one adapter, on the monotonic clock; kept by adapter name,
 * so that a new version of the declaration keeps the state.
 */
enum gate_verdict {
	GATE_GO,   /* taken: gate_answer() must follow */
	GATE_FULL, /* as many in flight as allowed */
	GATE_RATE, /* no token yet */
	GATE_OPEN, /* the breaker is open */
};
const char *gate_verdict_reason(enum gate_verdict v);

#define GATE_WINDOW_MAX 200
struct gate {
	char name[ADAPTER_SIZE];
	int in_flight;
	double tokens;
	int64_t refilled_ms;
	unsigned char window[GATE_WINDOW_MAX]; /* 1: failed */
	int window_at, window_used, window_failed;
	int failures_in_row;
	int64_t open_until_ms; /* 0: closed */
	int64_t open_for_ms;   /* grows with every opening in a row */
	int probes;	       /* half-open: in flight */
	int probes_ok;
};

#define GATES_MAX 32 /* as many as a catalog has adapters */
struct gates {
	struct gate gate[GATES_MAX];
	int count;
};

/* *ret_wait_ms: when to ask again (0: when one comes back). */
enum gate_verdict gate_take(struct gates *g, const struct adapter *a,
			    int64_t mono_ms, int64_t *ret_wait_ms);
/* Reports what became of a call that was let go. THROTTLED and RETRYABLE and
 * UNKNOWN count as failures, PERMANENT and OK as life. */
void gate_answer(struct gates *g, const struct adapter *a,
		 enum call_class class, int64_t mono_ms);
/* The call did not leave after all: as if it had never been taken. */
void gate_return(struct gates *g, const struct adapter *a);
/* How many could leave now; for claiming no more than that. */
int gate_room(const struct gates *g, const struct adapter *a, int64_t mono_ms);

#endif

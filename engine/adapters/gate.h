#ifndef MEND_ADAPTERS_GATE_H
#define MEND_ADAPTERS_GATE_H

#include "breaker.h"
#include "budget.h"

/*
 * May a call of this adapter leave now? Concurrency and rate of the adapter and
 * of the operation, the share of retries, a pause that the peer asked for, and
 * the circuit breaker, on the monotonic clock; kept by adapter name, so that a
 * new version of the declaration keeps the state.
 */
enum gate_verdict {
	GATE_GO,	/* taken: gate_answer() must follow */
	GATE_FULL,	/* as many in flight as allowed */
	GATE_RATE,	/* no token yet */
	GATE_OPEN,	/* the breaker is open */
	GATE_ASKED,	/* the peer asked for a pause (Retry-After) */
	GATE_PART_FULL, /* the same for the operation */
	GATE_PART_RATE,
	GATE_BUDGET, /* a retry, and too many calls are retries */
	GATE_VERDICT_COUNT
};
const char *gate_verdict_reason(enum gate_verdict v);
/* Whom a verdict keeps waiting: who waits for it waits in this one's queue. */
enum gate_scope { SCOPE_ADAPTER, SCOPE_OPERATION, SCOPE_RETRIES };
enum gate_scope gate_verdict_scope(enum gate_verdict v);

struct bucket {
	double tokens;
	int64_t refilled_ms;
};

/* Of an operation that has limits of its own. */
struct gate_part {
	char name[NAME_SIZE];
	int in_flight;
	struct bucket bucket;
};

struct gate {
	char name[ADAPTER_SIZE];
	int in_flight;
	struct bucket bucket;
	struct breaker breaker;
	struct budget budget;
	int64_t asked_until_ms; /* the peer wants to be left alone */
	struct gate_part part[ADAPTER_OPERATIONS_MAX];
	int part_count;
};

#define GATES_MAX 32 /* as many as a catalog has adapters */
struct gates {
	struct gate gate[GATES_MAX];
	int count;
};

/* Who wants to leave. */
struct gate_call {
	const struct adapter *adapter;
	const struct operation *operation; /* NULL: not known */
	bool retry;			   /* not its first attempt */
	uint64_t order; /* a digest of whose it is; 0: not known */
};

/* *ret_wait_ms: when to ask again (0: when one comes back). */
enum gate_verdict gate_take(struct gates *g, const struct gate_call *c,
			    int64_t mono_ms, int64_t *ret_wait_ms);
/* Reports what became of a call that was let go. THROTTLED, RETRYABLE and
 * UNKNOWN count as failures, PERMANENT and OK as life; but one that is
 * THROTTLED with a time to wait only keeps everybody away for that long
 * (GATE_ASKED_MS_MAX at most). */
#define GATE_ASKED_MS_MAX (INT64_C(5) * 60 * 1000)
void gate_answer(struct gates *g, const struct gate_call *c,
		 enum call_class class, int64_t retry_after_ms,
		 int64_t mono_ms);
/* The call did not leave after all: as if it had never been taken. */
void gate_return(struct gates *g, const struct gate_call *c, int64_t mono_ms);
/* How many such could leave now; for claiming no more than that. Without any,
 * *ret_wait_ms says when to ask again (0: when one comes back). */
int gate_room(const struct gates *g, const struct gate_call *c, int64_t mono_ms,
	      int64_t *ret_wait_ms);
/* An operator wants to know now: an open breaker becomes half-open, and no
 * pause that the peer asked for is waited out. */
void gate_probe(struct gates *g, const struct adapter *a, int64_t mono_ms);
/* Nobody gets through for a while, however few want to: its breaker is open or
 * knows no more until its probes are back, or the peer asked for a pause. */
bool gate_is_shut(const struct gates *g, const char *adapter, int64_t mono_ms);
/* NULL: nothing was ever asked of it. */
const struct gate *gate_find(const struct gates *g, const char *adapter);

#endif

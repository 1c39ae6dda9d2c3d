#ifndef MEND_FLOW_STUCK_H
#define MEND_FLOW_STUCK_H

#include "../store/run_store.h"

/*
 * Runs that do not move, by what holds them: state, adapter, step and the error
 * without what differs from order to order (ids, amounts, times). A run stands
 * in one group or in none:
 *   HELD, PAUSED     always
 *   BLOCKED          always
 *   BACKING_OFF      from the third attempt on
 * The group's name is "HELD.1f0c…": its state, and a digest of the rest.
 */
#define STUCK_REF_SIZE 40
#define STUCK_ERROR_SIZE 160
#define STUCK_ATTEMPTS 3

struct stuck {
	enum run_state state;
	char adapter[ADAPTER_SIZE]; /* "": none */
	char step[NAME_SIZE];
	char error[STUCK_ERROR_SIZE];
};
/* False: it is not stuck. */
bool stuck_of(const struct run *r, struct stuck *ret_stuck);
bool stuck_ref(const struct run *r, char ret_ref[STUCK_REF_SIZE]);
/*
 * The runs of a group, also of those that a call ("UNKNOWN.payment.refund") or
 * a late question ("OVERDUE.triage.ask.agent") holds. False: not the name of
 * one. *ret_asked: each run that f finds is asked for its stuck_ref() too.
 */
bool stuck_filter(const char *ref, int64_t now_ms, struct run_filter *f,
		  bool *ret_asked);

#endif

#ifndef MEND_FLOW_REPLAY_H
#define MEND_FLOW_REPLAY_H

#include "../base/clock.h"
#include "../store/run_store.h"

/*
 * A new run of an order from a step of one that is closed: the same version of
 * the playbook, the case file as it was, and in it
 *   replayOf {runId, step, reason, by, at,
 *             done: [{operation, digest, callId, runId, answer, at}]}
 * the effects that happened. A step that would do one of them again, the same
 * operation with the same params, takes its recorded answer instead. Effects of
 * unknown outcome are settled first. In the caller's transaction; nudge after
 * the commit.
 */
struct replay_request {
	const char *step; /* of the run's playbook */
	const char *reason;
	const char *bulk_id; /* of the bulk it belongs to; NULL: none */
};

/* ERR_NOT_FOUND; ERR_INVALID: no such step; ERR_CONFLICT: not closed, not the
 * order's last run, or something is not settled; ERR_DENIED: a step that the
 * run never came to, and the actor is no supervisor. */
MUST_CHECK enum err run_replay(struct db *db, const struct world *w,
			       const char *run_public_id,
			       const struct replay_request *q,
			       const struct actor *actor, struct arena *a,
			       struct problems *p, struct run *ret_run);
/* Would it be allowed? Nothing is written. */
MUST_CHECK enum err replay_judge(struct db *db, const struct run *r,
				 const char *step, const struct actor *actor,
				 struct arena *a, struct problems *p);

#endif

#ifndef MEND_FLOW_OPERATE_H
#define MEND_FLOW_OPERATE_H

#include <cjson/cJSON.h>

#include "../base/clock.h"
#include "../store/inbox_store.h"
#include "../store/run_store.h"

/*
 * What an operator or another system says to a run: an inbox row and its audit
 * entry, in the caller's transaction; the engine acts on it. Nudge after the
 * commit.
 *
 * Bodies of the inbox rows: inbox_store.h.
 */
struct operation_request {
	/* SIGNAL, CANCEL, PAUSE, RESUME, RETRY, COMMENT, KILL, PRIORITY,
	 * SETTLE, MIGRATE */
	enum inbox_kind kind;
	const char *name;    /* of a signal, [a-z][a-z0-9_]{0,62} */
	const char *reason;  /* required but for signals; the comment's text */
	const cJSON *body;   /* of a signal, an object; NULL: {} */
	int priority;	     /* of PRIORITY: 0 most urgent - 3 */
	int64_t document_id; /* of MIGRATE */
	/* of SETTLE: what became of a call of unknown outcome; a call of order
	 * scope (money) needs a supervisor. Written at once, also where the run
	 * is closed; an open one goes on from it. */
	const char *call_id;
	bool happened;
	const cJSON *answer; /* what the peer would have said; NULL: unknown */
	const char *bulk_id; /* of the bulk it belongs to; NULL: none */
};

/* ERR_CONFLICT: the run's state does not allow it (closed, not held, …): p
 * says why in words. ERR_INVALID: p says what. ERR_DENIED: the role. *ret_run
 * is the run as it is. */
MUST_CHECK enum err run_operate(struct db *db, const struct world *w,
				const char *run_public_id,
				const struct operation_request *request,
				const struct actor *actor, struct problems *p,
				struct run *ret_run);
/* Would the run's state allow it? As run_operate, and nothing is written. */
MUST_CHECK enum err operate_judge(const struct run *r, enum inbox_kind kind,
				  struct problems *p);
/* What it would do to a run in this state, in words; NULL: not allowed there,
 * or nothing that an operator would be offered. */
const char *operate_offer(enum inbox_kind kind, enum run_state state);
/* Which clocks of a run stand still because of it: {standStill: […], goOn:
 * […], words}; NULL: it stops and starts none. */
cJSON *operate_clocks(enum inbox_kind kind);

#endif

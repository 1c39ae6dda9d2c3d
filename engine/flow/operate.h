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
 */
struct operation_request {
	enum inbox_kind
		kind;	    /* SIGNAL, CANCEL, PAUSE, RESUME, RETRY, COMMENT */
	const char *name;   /* of a signal, [a-z][a-z0-9_]{0,62} */
	const char *reason; /* required but for signals; the comment's text */
	const cJSON *body;  /* of a signal, an object; NULL: {} */
};

/* ERR_CONFLICT: the run's state does not allow it (closed, not held, …): p
 * says why in words. ERR_INVALID: p says what. *ret_run is the run as it is. */
MUST_CHECK enum err run_operate(struct db *db, const struct world *w,
				const char *run_public_id,
				const struct operation_request *request,
				const struct actor *actor, struct problems *p,
				struct run *ret_run);

#endif

#ifndef MEND_FLOW_VIEW_WHY_H
#define MEND_FLOW_VIEW_WHY_H

#include "../base/strbuf.h"
#include "../store/call_store.h"
#include "../store/run_store.h"
#include "../store/task_store.h"

/*
 * "Why does this order not move?": one answer, the same words in API, CLI and
 * dashboard. A pure function of rows, so that an ETag over it holds:
 *   {state, sentence, since, nextAt, nextWhat,
 *    blocker: {kind: adapter|task|signal|pause|switch|error|time|none, …},
 *    whatYouCanDo: [{do, words}]}
 * blocker has further members by kind: adapter {adapter, reason}; switch
 * {adapter, reason}; time {reason}; task {taskId, title, role, state,
 * claimedBy, dueAt}; signal {name}; pause {reason}; error {step, error, callId,
 * operation}. callId names a call whose outcome is unknown: settle it. do is an
 * operation of the API, or one of "decide", "signal", "settle", "replay",
 * "adapter", "switch".
 */
struct why_rows {
	const struct task *task;    /* the one it waits for; NULL: none */
	const struct call *unknown; /* a call of unknown outcome; NULL: none */
	const char *next;	    /* what view_next() says of it */
};
void view_why(struct strbuf *text, const char *key, const struct run *r,
	      const struct why_rows *rows);
/* Its members alone, into the object that text is in. */
void view_why_put(struct strbuf *text, const struct run *r,
		  const struct why_rows *rows);

#endif

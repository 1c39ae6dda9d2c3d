#ifndef MEND_FLOW_LIFE_H
#define MEND_FLOW_LIFE_H

#include "../store/call_store.h"
#include "../store/run_store.h"
#include "../store/task_store.h"

/*
 * Life cycles as const tables: state x event -> state. A pair that does not
 * stand in the table does not happen (ERR_CONFLICT for whoever asked).
 */
enum run_event {
	RUN_EV_CLAIM,	 /* the engine starts on it */
	RUN_EV_CALL,	 /* calls go out */
	RUN_EV_BACK_OFF, /* waits until due */
	RUN_EV_BLOCK,	 /* the adapter cannot take it now */
	RUN_EV_TASK,	 /* a task opened */
	RUN_EV_SIGNAL,	 /* waits for a signal or a time */
	RUN_EV_PAUSE,
	RUN_EV_RESUME,
	RUN_EV_HOLD,
	RUN_EV_RETRY,  /* an operator lets a held or waiting run try now */
	RUN_EV_CANCEL, /* calls are out: CANCELING; else CANCELED */
	RUN_EV_COMPLETE,
	RUN_EV_FAIL,
	RUN_EV_CANCELED,
	RUN_EV_TIME_OUT,
	RUN_EV_COUNT
};
/* ERR_CONFLICT when the pair is not in the table. */
MUST_CHECK enum err run_next(enum run_state from, enum run_event event,
			     enum run_state *ret_to);

enum task_event {
	TASK_EV_CLAIM,
	TASK_EV_RETURN,
	TASK_EV_DECIDE,
	TASK_EV_UNDO,
	TASK_EV_DONE,
	TASK_EV_VOID,
	TASK_EV_EXPIRE,
	TASK_EV_CANCEL,
	TASK_EV_COUNT
};
MUST_CHECK enum err task_next(enum task_state from, enum task_event event,
			      enum task_state *ret_to);

enum call_event {
	CALL_EV_SEND,
	CALL_EV_OK,
	CALL_EV_FAIL,
	CALL_EV_UNKNOWN,
	CALL_EV_COUNT
};
MUST_CHECK enum err call_next(enum call_state from, enum call_event event,
			      enum call_state *ret_to);

/*
 * Per run state: which columns must and must not be set. Returns NULL, or the
 * name of the column that breaks the rule. Called by tests after every step and
 * by the engine's sweep.
 */
const char *run_columns_wrong(const struct run *r);

#endif

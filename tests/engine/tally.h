#ifndef MEND_TESTS_ENGINE_TALLY_H
#define MEND_TESTS_ENGINE_TALLY_H

#include <stdbool.h>
#include <stdio.h>

/*
 * What all lives together have met, counted over all workers. A kind that was
 * never met is a hole in the simulation: the test fails.
 */
enum tally {
	/* As enum fate, in its order. */
	TALLY_ANSWERED,
	TALLY_NOT_SENT,
	TALLY_BROKEN_BEFORE,
	TALLY_BROKEN_AFTER,
	TALLY_TIME_OUT_BEFORE,
	TALLY_TIME_OUT_AFTER,
	TALLY_500_BEFORE,
	TALLY_500_AFTER,
	TALLY_503,
	TALLY_429,
	TALLY_GARBAGE,
	TALLY_STRANGER,
	TALLY_LATE_ARRIVAL,
	TALLY_KNOWN_KEY,
	TALLY_LOOKED_UP,
	/* ends of the engine */
	TALLY_CRASH,
	TALLY_CRASH_PLANNED,
	TALLY_CRASH_WRITTEN,
	TALLY_CRASH_SENDING,
	TALLY_CRASH_COMMITTING,
	TALLY_REPLACED,
	TALLY_STOP,
	TALLY_POWER_LOSS,
	TALLY_LOST_WRITES,
	TALLY_TURN_TAKEN,
	/* as enum disk_trouble from DISK_FULL on */
	TALLY_DISK_FULL,
	TALLY_DISK_WRITE_EIO,
	TALLY_DISK_SYNC_EIO,
	TALLY_DISK_READ_EIO,
	TALLY_HALTED,
	/* jumps of the wall clock */
	TALLY_JUMP_SECOND,
	TALLY_JUMP_SECOND_BACK,
	TALLY_JUMP_HOUR,
	TALLY_JUMP_HOUR_BACK,
	TALLY_JUMP_DAY,
	TALLY_JUMP_DAY_BACK,
	TALLY_JUMP_YEAR,
	TALLY_JUMP_YEAR_BACK,
	TALLY_LONG_PAUSE,
	/* words, that were taken */
	TALLY_START,
	TALLY_START_AGAIN,
	TALLY_START_JOINED,
	TALLY_APPROVE,
	TALLY_REJECT,
	TALLY_DECIDED_TWICE, /* refused */
	TALLY_DENIED,
	TALLY_UNDO,
	TALLY_UNDO_LATE, /* refused */
	TALLY_CLAIM,
	TALLY_HANDLE,
	TALLY_CANCEL,
	TALLY_PAUSE,
	TALLY_RESUME,
	TALLY_RETRY,
	TALLY_SIGNAL,
	TALLY_COMMENT,
	TALLY_KILL,
	TALLY_PRIORITY,
	TALLY_SETTLE,
	TALLY_SETTLE_CLOSED, /* of a run that was killed */
	TALLY_ORDER_MOVED,
	TALLY_STOPPED, /* an adapter, action, playbook, event, seller */
	TALLY_LIFTED,
	TALLY_PROBED,
	/* what it came to */
	TALLY_REFUND,
	TALLY_REFUND_DUE,
	TALLY_TASK_VOID,
	TALLY_TASK_EXPIRED,
	TALLY_RUN_BLOCKED,
	TALLY_RUN_WAITING_SIGNAL,
	TALLY_RUN_HELD,
	TALLY_RUN_CANCELING,
	TALLY_RUN_COMPLETED,
	TALLY_RUN_CANCELED,
	TALLY_RUN_TIMED_OUT,
	TALLY_UNDONE,
	TALLY_STEP_TIMED_OUT,
	TALLY_SLOT_WAIT,
	TALLY_CALL_UNKNOWN,
	TALLY_COUNT
};

void tally_open(void); /* before the workers are born */
void tally_add(enum tally t, long n);
#define tally_one(t) tally_add((t), 1)
void tally_print(FILE *to);
/* Of those that are zero; false when there is none. */
bool tally_missing(char *names, size_t size);

#endif

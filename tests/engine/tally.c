/* See tally.h. Shared memory, so that every worker counts into the same. */
#include "tally.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

static const char *const names[TALLY_COUNT] = {
	[TALLY_ANSWERED] = "answered",
	[TALLY_NOT_SENT] = "not sent",
	[TALLY_BROKEN_BEFORE] = "broken before arrival",
	[TALLY_BROKEN_AFTER] = "broken after arrival",
	[TALLY_TIME_OUT_BEFORE] = "timed out before arrival",
	[TALLY_TIME_OUT_AFTER] = "timed out after arrival",
	[TALLY_500_BEFORE] = "500, not done",
	[TALLY_500_AFTER] = "500, done",
	[TALLY_503] = "503",
	[TALLY_429] = "429",
	[TALLY_GARBAGE] = "garbage",
	[TALLY_STRANGER] = "another order's answer",
	[TALLY_LATE_ARRIVAL] = "arrived after its engine",
	[TALLY_KNOWN_KEY] = "key known to the peer",
	[TALLY_LOOKED_UP] = "found by lookup",
	[TALLY_CRASH] = "crash between ticks",
	[TALLY_CRASH_PLANNED] = "crash before the write",
	[TALLY_CRASH_WRITTEN] = "crash after the write",
	[TALLY_CRASH_SENDING] = "crash while sending",
	[TALLY_CRASH_COMMITTING] = "crash inside a commit",
	[TALLY_REPLACED] = "replaced while it slept",
	[TALLY_STOP] = "orderly stop",
	[TALLY_POWER_LOSS] = "power loss",
	[TALLY_LOST_WRITES] = "writes lost to power loss",
	[TALLY_TURN_TAKEN] = "write turn not given",
	[TALLY_DISK_FULL] = "disk full",
	[TALLY_DISK_WRITE_EIO] = "write error",
	[TALLY_DISK_SYNC_EIO] = "sync error",
	[TALLY_DISK_READ_EIO] = "read error",
	[TALLY_HALTED] = "latch removed by an operator",
	[TALLY_JUMP_SECOND] = "clock +1 s",
	[TALLY_JUMP_SECOND_BACK] = "clock -1 s",
	[TALLY_JUMP_HOUR] = "clock +1 h",
	[TALLY_JUMP_HOUR_BACK] = "clock -1 h",
	[TALLY_JUMP_DAY] = "clock +1 day",
	[TALLY_JUMP_DAY_BACK] = "clock -1 day",
	[TALLY_JUMP_YEAR] = "clock +1 year",
	[TALLY_JUMP_YEAR_BACK] = "clock -1 year",
	[TALLY_LONG_PAUSE] = "long pause",
	[TALLY_START] = "start",
	[TALLY_START_AGAIN] = "duplicate start",
	[TALLY_START_JOINED] = "second event",
	[TALLY_APPROVE] = "approve",
	[TALLY_REJECT] = "reject",
	[TALLY_DECIDED_TWICE] = "double decide",
	[TALLY_DENIED] = "decision denied",
	[TALLY_UNDO] = "undo",
	[TALLY_UNDO_LATE] = "undo too late",
	[TALLY_CLAIM] = "claim",
	[TALLY_HANDLE] = "return, snooze, look",
	[TALLY_CANCEL] = "cancel",
	[TALLY_PAUSE] = "pause",
	[TALLY_RESUME] = "resume",
	[TALLY_RETRY] = "retry",
	[TALLY_SIGNAL] = "signal",
	[TALLY_COMMENT] = "comment",
	[TALLY_KILL] = "kill",
	[TALLY_PRIORITY] = "priority",
	[TALLY_SETTLE] = "settle",
	[TALLY_SETTLE_CLOSED] = "settle of a killed run",
	[TALLY_ORDER_MOVED] = "order moved by others",
	[TALLY_STOPPED] = "stop of an operator",
	[TALLY_LIFTED] = "stop lifted",
	[TALLY_PROBED] = "probe of an operator",
	[TALLY_REFUND] = "refund in the ledger",
	[TALLY_REFUND_DUE] = "refund that had to be made",
	[TALLY_TASK_VOID] = "task void",
	[TALLY_TASK_EXPIRED] = "task expired",
	[TALLY_RUN_BLOCKED] = "run blocked",
	[TALLY_RUN_WAITING_SIGNAL] = "run waiting for a signal",
	[TALLY_RUN_HELD] = "run held",
	[TALLY_RUN_CANCELING] = "run canceling",
	[TALLY_RUN_COMPLETED] = "run completed",
	[TALLY_RUN_CANCELED] = "run canceled",
	[TALLY_RUN_TIMED_OUT] = "run timed out",
	[TALLY_UNDONE] = "undone",
	[TALLY_STEP_TIMED_OUT] = "step timed out",
	[TALLY_SLOT_WAIT] = "waits for a place",
	[TALLY_CALL_UNKNOWN] = "call unknown",
};

static atomic_long *counts;

void tally_open(void)
{
	void *p =
		mmap(NULL, TALLY_COUNT * sizeof(*counts),
		     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	counts = p;
}

void tally_add(enum tally t, long n)
{
	if (counts)
		atomic_fetch_add_explicit(&counts[t], n, memory_order_relaxed);
}

void tally_print(FILE *to)
{
	int i;

	for (i = 0; i < TALLY_COUNT; i++)
		fprintf(to, "# %10ld %s\n", atomic_load(&counts[i]), names[i]);
}

bool tally_missing(char *text, size_t size)
{
	size_t n = 0;
	int i;

	text[0] = '\0';
	for (i = 0; i < TALLY_COUNT && n < size; i++) {
		if (!atomic_load(&counts[i]))
			n += (size_t)snprintf(text + n, size - n, "%s%s",
					      n ? ", " : "", names[i]);
	}
	return n > 0;
}

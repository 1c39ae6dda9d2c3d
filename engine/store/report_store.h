#ifndef MEND_STORE_REPORT_STORE_H
#define MEND_STORE_REPORT_STORE_H

#include "call_store.h"
#include "run_store.h"

/*
 * Counts for monitoring. Each goes by an index that holds only what it counts,
 * so that a scrape costs by what is open and not by what there ever was; the
 * one exception says so.
 */

/* ret_counts[RUN_STATE_COUNT]; only open or only closed states are set. The
 * closed ones cost an index entry each: ask seldom. */
MUST_CHECK enum err report_runs(struct db *db, bool closed,
				int64_t *ret_counts);
MUST_CHECK enum err report_open_tasks(struct db *db, int64_t *ret_count);
/* What runs have not read yet; stops counting at 100,000. */
MUST_CHECK enum err report_inbox(struct db *db, int64_t *ret_count);
/* When the longest waiting due run became due; 0: none is timed. */
MUST_CHECK enum err report_oldest_due(struct db *db, int64_t *ret_due_ms);

struct report_calls {
	char adapter[ADAPTER_SIZE], operation[NAME_SIZE];
	char state[16];
	int64_t count, duration_ms; /* the sum */
};
/* Calls that are out (INTENT, SENT, UNKNOWN): all of them. */
MUST_CHECK enum err report_calls_out(struct db *db, struct arena *a,
				     struct report_calls **ret_rows,
				     int *ret_count);
/* Of the newest `window` calls, by adapter, operation and state. */
MUST_CHECK enum err report_calls_recent(struct db *db, int64_t window,
					struct arena *a,
					struct report_calls **ret_rows,
					int *ret_count);

#endif

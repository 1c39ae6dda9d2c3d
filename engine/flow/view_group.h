#ifndef MEND_FLOW_VIEW_GROUP_H
#define MEND_FLOW_VIEW_GROUP_H

#include <cjson/cJSON.h>

#include "../store/group_store.h"

/*
 * What does not move, and what belongs together, as groups that a bulk can be
 * made of: "filter" is what selects one (filter.h).
 */
#define STUCK_SCAN_MAX 20000 /* of each state, newest first */
#define GROUP_RUNS_MAX 5000  /* of one group, whose parts are counted */

/* {groups: [{group, kind, state, adapter, step, operation, error, issueType,
 * count, firstSeen, lastSeen, nextAt, orderIds, filter}], scanned, limited}.
 * kind: HELD | PAUSED | BLOCKED | BACKING_OFF | UNKNOWN | OVERDUE. limited: at
 * least one state has more runs than were looked at. */
MUST_CHECK enum err view_stuck(struct db *db, int64_t now_ms, struct arena *a,
			       cJSON **ret_tree);
/* {by, data: [{ref, runs, waitingTask, held, amounts: [{currency,
 * amountMinor}], issueTypes: [{issueType, count}], nextDeadlineAt, limited,
 * filter}], hasMore}, the largest first. */
MUST_CHECK enum err view_groups(struct db *db, enum group_by by, int limit,
				struct arena *a, cJSON **ret_tree);

#endif

#ifndef MEND_FLOW_REPLAY_CASE_H
#define MEND_FLOW_REPLAY_CASE_H

#include <cjson/cJSON.h>

#include "replay.h"

/* The case file of a run that replays r, the caller's: r's own, but for what
 * was concluded when it ended, with "replayOf": {runId, step, reason, by, at,
 * done}. done: every effect that happened and was not undone, of r and of what
 * r replayed itself. For replay.c. */
MUST_CHECK enum err replay_case(struct db *db, const struct run *r,
				const struct replay_request *q,
				const struct actor *actor, int64_t now_ms,
				struct arena *a, cJSON **ret_file);

#endif

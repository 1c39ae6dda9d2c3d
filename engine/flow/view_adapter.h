#ifndef MEND_FLOW_VIEW_ADAPTER_H
#define MEND_FLOW_VIEW_ADAPTER_H

#include <cjson/cJSON.h>

#include "../store/control_store.h"

/*
 * The adapters in force as people see them, for API, CLI and metrics alike:
 * [{name, title, version, digest, active, createdAt, actor, state: HEALTHY |
 * DEGRADED | OPEN | PAUSED, success, p50Ms, p95Ms, inFlight, limit, queue,
 * lastError, lastErrorAt, openUntil, pausedBy, reason, expiresAt, seenAt,
 * operations: [{name, kind, inFlight, limit, queue, pausedBy, reason,
 * expiresAt}]}].
 * What the engine last saw is as old as seenAt says; null: it never asked it.
 * queue counts those that are parked behind it, up to ADAPTER_QUEUE_MOST.
 */
#define ADAPTER_QUEUE_MOST 10000
MUST_CHECK enum err view_adapters(struct db *db, struct arena *a,
				  cJSON **ret_view);

#endif

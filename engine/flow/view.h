#ifndef MEND_FLOW_VIEW_H
#define MEND_FLOW_VIEW_H

#include <cjson/cJSON.h>

#include "../store/audit_store.h"
#include "../store/call_store.h"
#include "../store/run_store.h"
#include "../store/task_store.h"

/*
 * How things read in JSON, the same in API, CLI and dashboard. The caller frees
 * the tree with cJSON_Delete. Absent values are null, never left out.
 */

/* {runId, workflowId, orderId, state, outcome, result, issueType, tier,
 * playbook, playbookVersion, step, attempt, maximumAttempts, dueAt, reason,
 * lastError, priority, createdAt, updatedAt, closedAt, amountMinor, currency,
 * eventAt, urgentAt, eventRef, sellerRef, venueRef, platformRef, waitingFor,
 * next, why}; "next" says in words what happens next and when, "why" all of
 * view_why.h. */
cJSON *view_run(struct db *db, const struct run *r);
/* See design: task fields in camel case; proposal as an object; decisions. */
cJSON *view_task(struct db *db, const struct task *t);
/* {at, kind, message, data, actor, seq}. */
cJSON *view_audit(const struct audit_entry *e);
/* {callId, step, visit, name, adapter, operation, purpose, idempotencyKey,
 * state, attempt, class, status, params, answer, error, intentAt, sentAt,
 * answeredAt, durationMs}. */
cJSON *view_call(const struct call *c);

#endif

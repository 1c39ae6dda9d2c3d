#ifndef MEND_FLOW_VIEW_H
#define MEND_FLOW_VIEW_H

#include <cjson/cJSON.h>

#include "../base/strbuf.h"
#include "../store/audit_store.h"
#include "../store/call_store.h"
#include "../store/run_store.h"
#include "../store/task_store.h"

/*
 * How things read in JSON, the same in API, CLI and dashboard. The caller frees
 * the tree with cJSON_Delete. Absent values are null, never left out.
 * Each comes as a tree, for who looks into it or adds to it, and "raw": one
 * value that holds its text, for who only prints it, in a fraction of the time.
 * Nothing can be set in or read from a raw one. "put" prints the members into
 * the object that text is in (json_text.h).
 */

/* {runId, workflowId, orderId, state, outcome, result, issueType, tier,
 * playbook, playbookVersion, step, attempt, maximumAttempts, dueAt, reason,
 * lastError, priority, createdAt, updatedAt, closedAt, amountMinor, currency,
 * eventAt, urgentAt, deadlineAt (of both the one that counts), eventRef,
 * sellerRef, venueRef, platformRef, waitingFor,
 * next, why}; "next" says in words what happens next and when, "why" all of
 * view_why.h. */
cJSON *view_run(struct db *db, const struct run *r);
cJSON *view_run_raw(struct db *db, const struct run *r);
void view_run_put(struct strbuf *object, struct db *db, const struct run *r);
/* Of that only "why". */
void view_run_why_put(struct strbuf *object, struct db *db,
		      const struct run *r);
/* See design: task fields in camel case; proposal as an object; decisions. */
cJSON *view_task(struct db *db, const struct task *t);
cJSON *view_task_raw(struct db *db, const struct task *t);
void view_task_put(struct strbuf *object, struct db *db, const struct task *t);
/* {at, kind, message, data, actor, seq}. */
cJSON *view_audit(const struct audit_entry *e);
cJSON *view_audit_raw(const struct audit_entry *e);
/* {callId, step, visit, name, adapter, operation, purpose, idempotencyKey,
 * state, attempt, class, status, params, answer, error, intentAt, sentAt,
 * answeredAt, durationMs}. */
cJSON *view_call(const struct call *c);
cJSON *view_call_raw(const struct call *c);

#endif

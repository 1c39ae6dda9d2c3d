#ifndef MEND_FLOW_CASEFILE_H
#define MEND_FLOW_CASEFILE_H

#include <cjson/cJSON.h>
#include <stdint.h>

/*
 * The case file: what is known about an order, with source and time of every
 * piece. One JSON object:
 *   orderId, request       the event that started it
 *   order, event, transfer, supplier, payment, …   facts, as gathered
 *   sources {name: {operation, status: ok|missing, fetchedAt, error}}
 *   contradictions [{field, value, otherField, otherValue}]
 *   classification {issueType, tier, confidence, rule, why}
 *   tried [{at, step, what, result}], newest last, at most 50
 *   signals {name: {…, receivedAt}}, changes [{field, before, after}]
 *   decision {approved, alternative, form {name: value}, reasonCode, notes, by,
 *     role, at, step, taskId}   of the last task that was decided
 *   stopped {reason, step}, failure {step, operation, class, code, error}
 */
#define TRIED_MAX 50
/* Of its text. A plan that would make it larger is refused and the run held, so
 * that whatever was written can be read again. */
#define CASE_FILE_BYTES_MAX (1024 * 1024)

/* Takes ownership of value. */
void casefile_fact(cJSON *file, const char *name, const char *operation,
		   cJSON *value, int64_t at_ms);
/* A source that could not be read: its old fact stays, marked as missing. */
void casefile_missing(cJSON *file, const char *name, const char *operation,
		      const char *error, int64_t at_ms);
void casefile_tried(cJSON *file, const char *step, const char *what,
		    const char *result, int64_t at_ms);
/* pairs: [["transfer.status", "supplier.transferStatus"], …]; two facts that
 * are both known and differ are a contradiction. */
void casefile_contradictions(cJSON *file, const cJSON *pairs);
/* [{field, value, source, fetchedAt}] for a list of paths. */
cJSON *casefile_evidence(const cJSON *file, const cJSON *paths);
/* What of such a list is no longer so: [{field, before, after}]; NULL: all is
 * as it was. */
cJSON *casefile_changes(const cJSON *file, const cJSON *evidence);

#endif

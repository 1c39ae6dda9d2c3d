#ifndef MEND_FLOW_PLAYBOOK_H
#define MEND_FLOW_PLAYBOOK_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "../base/err.h"
#include "../store/store.h"
#include "retry.h"

/*
 * A playbook: for an issue type, ordered steps and guardrails. JSON is the
 * source; it is parsed once into flat steps that know their index. Without
 * "next" a step goes on to the one written after it; the last one inside a
 * repeat goes back to its repeat.
 *
 * {
 *   "playbook": "transfer_failed", "title": "…",
 *   "index": {"amountMinor": "order.totalMinor", "currency": "order.currency",
 *             "eventAt": "event.startsAt", "urgentAt": "event.doorsAt"},
 *   "steps": [
 *     {"step": "look", "kind": "gather", "reads": [{"as": "transfer",
 *        "operation": "transfer.get", "with": {…}, "optional": true}],
 *        "mustAgree": [["transfer.status", "supplier.transferStatus"]]},
 *     {"step": "pick", "kind": "choose", "rules": [{"name": "…", "when":
 * {guard}, "set": {"path": value}, "classify": {"issueType", "tier",
 *        "confidence"}, "next": step | "route": playbook, "reason": "…"}]},
 *     {"step": "resend", "kind": "call", "operation": "transfer.retry",
 *        "with": {…}, "as": "transfer", "retry": {…}, "marks":
 *        "ACCEPTED_CONFIRMED", "onFailure": step | "hold",
 *        "onUnknown": step | "hold"},
 *     {"step": "try", "kind": "repeat", "until": {guard}, "stop": [rules],
 *        "maximumAttempts": 3, "interval": {retry}, "steps": […],
 *        "onExhausted": step | "hold"},
 *     {"step": "ask", "kind": "task", "title": "…", "reason": "…",
 *        "role": "agent", "due": "30m", "onDue": step, "proposal": {"text":
 * "…", "rejectText": "…", "action": {"operation", "with"}, "amountMinor":
 *        "order.totalMinor", "currency": "order.currency", "payee": "…",
 *        "reversible": false}, "evidence": ["transfer.status", …], "recheck":
 *        [reads], "onApprove": step, "onReject": step, "onVoid": step,
 *        "onFailure": step | "hold", "onUnknown": step | "hold"},
 *     {"step": "hear", "kind": "wait", "signal": "supplier_answer", "for":
 * "2m", "until": "supplier.deadlineAt", "onTimeout": step},
 *     {"step": "end", "kind": "finish", "outcome": "…", "result": "…",
 *        "reason": "…", "followUp": "…"}
 *   ]}
 */
enum step_kind {
	STEP_CALL,
	STEP_GATHER,
	STEP_CHOOSE,
	STEP_TASK,
	STEP_WAIT,
	STEP_REPEAT,
	STEP_FINISH,
	STEP_KIND_COUNT
};
const char *step_kind_name(enum step_kind k);

#define STEPS_MAX 64
#define READS_MAX 16
#define RULES_MAX 64

/* Where a step may go besides a step's index. */
enum { GO_HOLD = -1, GO_NOWHERE = -2 };

struct read_spec {
	const char *as, *operation;
	const cJSON *with; /* NULL: {"orderId": "{{orderId}}"} */
	bool optional;
};

struct choice {
	const char *name, *reason, *route;
	const cJSON *when, *set, *classify;
	int next; /* GO_NOWHERE when it routes */
};

struct action_spec {
	const char *operation; /* NULL: approving does nothing by itself */
	const cJSON *with;
};

struct step {
	char name[NAME_SIZE];
	enum step_kind kind;
	int parent; /* index of the repeat it stands in, or -1 */
	int next;
	const cJSON *json;
	/* call */
	const char *operation, *as, *marks;
	const cJSON *with;
	struct retry_policy retry; /* call, task's action: over the operation's;
				      repeat: the interval */
	bool has_retry;
	int on_failure, on_unknown;
	/* gather, task's recheck */
	struct read_spec read[READS_MAX];
	int read_count;
	const cJSON *must_agree;
	/* choose, repeat's stop */
	struct choice *choice;
	int choice_count;
	/* repeat */
	const cJSON *until;
	int maximum_attempts, on_exhausted, body;
	/* task */
	const char *title, *reason;
	enum role role;
	int64_t due_ms; /* 0: none */
	struct action_spec action;
	const cJSON *proposal, *evidence;
	int on_approve, on_reject, on_void, on_due;
	/* wait */
	const char *signal, *until_path;
	int64_t for_ms;
	int on_timeout;
	/* finish */
	const char *outcome, *result, *follow_up;
};

struct playbook {
	char name[NAME_SIZE];
	const char *title;
	int64_t document_id;
	int version;
	const cJSON *index;
	struct step step[STEPS_MAX];
	int step_count;
	cJSON *document; /* owns every string above */
};

/* Takes ownership of document, also on failure. Structure, names and
 * references inside the playbook; references to operations, playbooks and
 * policy values: playbook_check(). */
MUST_CHECK enum err playbook_parse(cJSON *document, struct problems *p,
				   struct playbook **ret_playbook);
void playbook_free(struct playbook *b);
const struct step *playbook_step(const struct playbook *b, const char *name);

struct catalog;
/* Every operation, route and policy value that it names exists and fits. */
void playbook_check(const struct playbook *b, const struct catalog *c,
		    struct problems *p);

#endif

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
 * repeat goes back to its repeat. Members that begin with "_" are remarks.
 *
 * {
 *   "playbook": "transfer_failed", "title": "…",
 *   "index": {"amountMinor": "order.totalMinor", "currency": "order.currency",
 *             "eventAt": "event.startsAt", "urgentAt": "event.doorsAt" |
 *             ["hold.expiresAt", "event.doorsAt"],   the first one that is
 *             still ahead
 *             "eventRef": path, "sellerRef": path, "venueRef": path,
 *             "platformRef": path},   what lists and groups go by
 *   "timeout": "72h", "onTimeout": step | "hold" | "fail",   since the run was
 *       created; fail: compensates, then TIMED_OUT; default hold
 *   "priority": 0..3,      the run gets it when it is routed to this playbook
 *   "concurrency": {"key": "seller:{{order.seller.id}}", "limit": 1},   so many
 *       runs with this key are past their route at once; the others wait
 *   "steps": [
 *     {"step": "look", "kind": "gather", "reads": [{"as": "transfer",
 *        "operation": "transfer.get", "with": {…}, "optional": true}],
 *        "mustAgree": [["transfer.status", "supplier.transferStatus"]],
 *        "budget": "5s", "onFailure": step | "hold"},   after the budget an
 *        optional read without an answer is missing evidence; one that is
 *        needed is bounded by its own retries
 *     {"step": "pick", "kind": "choose", "rules": [{"name": "…", "when":
 *        {guard}, "set": {"path": value}, "classify": {"issueType", "tier",
 *        "confidence"}, "priority": 0..3, "next": step | "route": playbook,
 *        "reason": "…"}]},
 *     {"step": "resend", "kind": "call", "operation": "transfer.retry",
 *        "with": {…}, "as": "transfer", "retry": {…}, "marks":
 *        "ACCEPTED_CONFIRMED", "onFailure": step | "hold",
 *        "onUnknown": step | "hold",
 *        "once": {"key": "seller:{{order.seller.id}}", "for": "1h"},   one run
 *        does it for all that have this key; the others take its answer; not
 *        with "compensate", nor for what moves an order's money
 *        "compensate": {"operation": "transfer.revoke", "with": {…}},   what
 *        undoes it; filled in when it succeeded
 *        "requires": [{"fact": "transfer", "within": "60s"}], "onStale": step |
 *        "hold"},   the facts are known and not older, or it does not leave
 *     {"step": "try", "kind": "repeat", "until": {guard}, "stop": [rules],
 *        "maximumAttempts": 3, "interval": {retry}, "steps": […],
 *        "onExhausted": step | "hold"},
 *     {"step": "ask", "kind": "task", "title": "…", "reason": "…",
 *        "role": "agent", "due": "30m", "onDue": step, "proposal": {"text":
 *        "…", "rejectText": "…", "action": {"operation", "with"},
 *        "amountMinor": path | sum, "currency": path | "USD", "payee": "…",
 *        "reversible": false, "recommended": true, "cost": {"amountMinor",
 *        "currency", "bearer": "mend" | "seller" | "buyer"}}, "evidence":
 *        ["transfer.status", …], "recheck": [reads], "requires": […],
 *        "onStale": …, "onApprove": step, "onReject": step, "onVoid": step,
 *        "onFailure": step | "hold", "onUnknown": step | "hold",
 *        "form": [{"name", "label", "type": "text" | "number" | "money" |
 *        "boolean" | "choice" | "date" | "email", "required": true, "options":
 *        [{"value", "label"}], "min", "max", "help"}],   asked on approval
 *        "reasonCodes": {"approve": [{"code", "label"}], "reject": […]},   one
 *        of them is required then
 *        "alternatives": [{"name", "text", "when": {guard}, "recommended",
 *        "cost", "action", "amountMinor", "currency", "payee", "reversible",
 *        "form", "marks", "next": step}],   beside the proposal, which is the
 * first one and named "proposal"; without "form" the task's, without "next"
 *        onApprove
 *        "escalate": {"after": "15m", "role": "supervisor"}},   once
 *     {"step": "hear", "kind": "wait", "signal": "supplier_answer" | […],
 *        "for": "2m" | {"policy": "a.b"}, "until": "supplier.deadlineAt",
 *        "before": "4h" | {"policy": "a.b"}, "reason": "…", "onTimeout":
 *        step},   the first of signal, for, and until less before
 *     {"step": "undo", "kind": "compensate", "onFailure": step | "hold"},   the
 *        undo list backwards, each entry once
 *     {"step": "ask_seller", "kind": "playbook", "playbook": "ping_seller",
 *        "set": {"path": value}, "as": "pinged"},   see below
 *     {"step": "end", "kind": "finish", "outcome": "…", "result": "…",
 *        "reason": "…", "followUp": "…", "compensate": true, "failed": true}
 *   ]}
 * A call, choose, repeat, task or finish may have "marks": an audit entry of
 * that kind when it is done.
 * Every step that takes time (all but choose, wait, finish, playbook) may have
 * "timeout": "10m" with "onTimeout": step | "hold"; default hold.
 *
 * A step of kind playbook stands for the steps of another one, and is resolved
 * when the configuration is checked or activated (playbook_expand.h): the
 * stored version holds them as "ask_seller.<step>", with the step itself a
 * choose that sets "set", and each of their finishes a choose that puts
 * {outcome, result, reason, failed} under "as" and goes to "next". So a version
 * is whole, and STEP_PLAYBOOK is met only in files. Which one it stood for, and
 * in which version, stays there as "origin": {"playbook": "ping_seller",
 * "version": 3}, so that whoever stops ping_seller stops its steps everywhere.
 */
enum step_kind {
	STEP_CALL,
	STEP_GATHER,
	STEP_CHOOSE,
	STEP_TASK,
	STEP_WAIT,
	STEP_REPEAT,
	STEP_FINISH,
	STEP_COMPENSATE,
	STEP_PLAYBOOK,
	STEP_KIND_COUNT
};
const char *step_kind_name(enum step_kind k);

#define STEPS_MAX 128
#define READS_MAX 16
#define RULES_MAX 64
#define REQUIRES_MAX 8
#define SIGNALS_MAX 8
#define MOMENTS_MAX 8
#define ALTERNATIVES_MAX 8
#define FORM_FIELDS_MAX 24
#define REASON_CODES_MAX 24
#define PRIORITY_NONE (-1)

/* Where a step may go besides a step's index. */
enum { GO_HOLD = -1, GO_NOWHERE = -2, GO_FAIL = -3 };

struct read_spec {
	const char *as, *operation;
	const cJSON *with; /* NULL: {"orderId": "{{orderId}}"} */
	bool optional;
};

struct choice {
	const char *name, *reason, *route;
	const cJSON *when, *set, *classify;
	int next;     /* GO_NOWHERE when it routes */
	int priority; /* PRIORITY_NONE: as it is */
};

struct action_spec {
	const char *operation; /* NULL: approving does nothing by itself */
	const cJSON *with;
};

/* The source of this name was read, with an answer, and not longer ago. */
struct requirement {
	const char *fact;
	int64_t within_ms; /* 0: any age */
};

/* json: the whole object, for what is only shown (cost, payee, …). */
struct alternative {
	const char *name, *text, *marks;
	const cJSON *json, *when, *form;
	bool recommended;
	struct action_spec action;
	int next;
};

struct step {
	char name[NAME_SIZE];
	enum step_kind kind;
	int parent; /* index of the repeat it stands in, or -1 */
	int use;    /* of the choose that stands for the sub-playbook whose step
		       it is, or -1 */
	int next;
	const cJSON *json;
	/* all that take time; on_timeout is a wait's too */
	int64_t timeout_ms; /* 0: none */
	int on_timeout;
	/* call, task */
	struct requirement requirement[REQUIRES_MAX];
	int requirement_count, on_stale;
	/* call */
	struct action_spec compensate;
	const char *operation, *as, *marks;
	const char *once_key; /* NULL: for each run */
	int64_t once_ms;
	const cJSON *with;
	struct retry_policy retry; /* call, task's action: over the operation's;
				      repeat: the interval */
	bool has_retry;
	int on_failure, on_unknown;
	/* gather, task's recheck */
	struct read_spec read[READS_MAX];
	int read_count;
	const cJSON *must_agree;
	int64_t budget_ms; /* 0: none */
	/* choose, repeat's stop */
	struct choice *choice;
	int choice_count;
	const char *origin; /* the sub-playbook it stands for; NULL: none */
	int origin_version; /* 0: not known */
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
	const cJSON *form, *approve_codes, *reject_codes; /* NULL: none */
	struct alternative *alternative; /* without the proposal */
	int alternative_count;
	int64_t escalate_ms; /* 0: never */
	enum role escalate_role;
	/* wait */
	const char *signal; /* the first one; NULL: only time ends it */
	const char *signals[SIGNALS_MAX];
	int signal_count;
	const char *until_path;
	int64_t for_ms;		/* -1: not said */
	const char *for_policy; /* a policy value that is a duration */
	int64_t before_ms;	/* before until_path's time; -1: not said */
	const char *before_policy;
	/* finish */
	const char *outcome, *result, *follow_up;
	bool compensates, failed;
	/* playbook; finish's "result", choose's "set" are of their own */
	const char *playbook;
	const cJSON *set;
};

struct playbook {
	char name[NAME_SIZE];
	const char *title;
	int64_t document_id;
	int version;
	const cJSON *index;
	int64_t timeout_ms; /* 0: none */
	int on_timeout;	    /* GO_FAIL too */
	int priority;	    /* PRIORITY_NONE: as it is */
	const char *concurrency_key;
	int concurrency_limit; /* 0: none */
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

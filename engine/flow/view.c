/*
 * How rows read in JSON. Tables say which member of a row becomes which
 * member of the object; code only fills in what stands in other rows.
 *
 * Always holds: every key of the contract is there, absent values are null,
 * and equal rows give equal text. A row that points nowhere reads as null
 * rather than failing: a list must not break on one of its rows.
 */
#include "view.h"

#include <stddef.h>
#include <string.h>

#include "../base/json.h"
#include "../store/document_store.h"
#include "intake.h"
#include "view_field.h"
#include "view_next.h"
#include "view_why.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define RUN(key, type, member)                                                 \
	{                                                                      \
		key, type, offsetof(struct run, member)                        \
	}

static const struct view_field run_fields[] = {
	RUN("runId", VIEW_TEXT, public_id),
	{"workflowId", VIEW_OTHER, 0},
	RUN("orderId", VIEW_TEXT, order_id),
	{"state", VIEW_OTHER, 0},
	RUN("outcome", VIEW_TEXT, outcome),
	RUN("result", VIEW_TEXT, result),
	RUN("issueType", VIEW_TEXT, issue_type),
	RUN("tier", VIEW_INT_SOME, tier),
	{"playbook", VIEW_OTHER, 0},
	{"playbookVersion", VIEW_OTHER, 0},
	RUN("step", VIEW_TEXT, step),
	RUN("attempt", VIEW_INT, attempt),
	RUN("maximumAttempts", VIEW_INT_SOME, attempts_max),
	RUN("dueAt", VIEW_TIME, due_ms),
	RUN("reason", VIEW_TEXT, reason),
	RUN("lastError", VIEW_TEXT, last_error),
	RUN("priority", VIEW_INT, priority),
	RUN("createdAt", VIEW_TIME, created_ms),
	RUN("updatedAt", VIEW_TIME, updated_ms),
	RUN("closedAt", VIEW_TIME, closed_ms),
	RUN("amountMinor", VIEW_AMOUNT, amount_minor),
	RUN("currency", VIEW_TEXT, currency),
	RUN("eventAt", VIEW_TIME, event_ms),
	RUN("urgentAt", VIEW_TIME, urgent_ms),
	RUN("eventRef", VIEW_TEXT, event_ref),
	RUN("sellerRef", VIEW_TEXT, seller_ref),
	RUN("venueRef", VIEW_TEXT, venue_ref),
	RUN("platformRef", VIEW_TEXT, platform_ref),
	{"waitingFor", VIEW_OTHER, 0},
	{"next", VIEW_OTHER, 0},
	{"why", VIEW_OTHER, 0},
};

/*
 * A run names its playbook by document id. Documents never change, so the last
 * few are remembered, by database.
 */
struct playbook_name {
	const struct db *db;
	int64_t id;
	char name[NAME_SIZE];
	int version;
};
#define PLAYBOOK_NAMES 64

static const struct playbook_name *playbook_name(struct db *db, int64_t id)
{
	static _Thread_local struct playbook_name names[PLAYBOOK_NAMES];
	struct playbook_name *n = &names[(uint64_t)id % PLAYBOOK_NAMES];
	struct document document;
	struct arena arena;
	enum err e;

	if (id == 0 || !db)
		return NULL;
	if (n->db == db && n->id == id)
		return n;
	arena_init(&arena);
	e = document_by_id(db, id, &arena, &document);
	if (e == OK) {
		n->db = db;
		n->id = id;
		n->version = document.version;
		STR_COPY(n->name, document.name);
	}
	arena_release(&arena);
	return e == OK ? n : NULL;
}

static void set_waits(cJSON *o, struct db *db, const struct run *r)
{
	struct why_rows rows = {.task = NULL};
	struct task task;
	struct call unknown;
	struct arena arena;
	char next[NEXT_SIZE];

	arena_init(&arena);
	if (db && r->state == RUN_WAITING_TASK &&
	    task_by_id(db, r->wait_task_id, &arena, &task) == OK)
		rows.task = &task;
	if (db && call_unknown_of_run(db, r->id, run_state_closed(r->state),
				      &arena, &unknown) == OK)
		rows.unknown = &unknown;
	view_next(r, rows.task, next);
	json_set(o, "waitingFor", view_waiting_for(r, rows.task));
	json_set_string(o, "next", next);
	json_set(o, "why", view_why(r, &rows));
	arena_release(&arena);
}

cJSON *view_run(struct db *db, const struct run *r)
{
	const struct playbook_name *playbook =
		playbook_name(db, r->playbook_id);
	char workflow[WORKFLOW_ID_SIZE];
	cJSON *o = cJSON_CreateObject();

	view_fields(o, r, run_fields, COUNT(run_fields));
	workflow_id(r->order_id, workflow);
	json_set_string(o, "workflowId", workflow);
	json_set_string(o, "state", run_state_name(r->state));
	if (playbook) {
		json_set_string(o, "playbook", playbook->name);
		json_set_int(o, "playbookVersion", playbook->version);
	}
	set_waits(o, db, r);
	return o;
}

/* What was stored as JSON text; null when there is none, or it is damaged. */
static cJSON *parsed(const char *text)
{
	cJSON *tree = NULL;

	if (!text || json_parse_max(text, strlen(text), 4 * JSON_BYTES_MAX,
				    NULL, &tree) != OK)
		return cJSON_CreateNull();
	return tree;
}

cJSON *view_audit(const struct audit_entry *e)
{
	cJSON *o = cJSON_CreateObject();

	json_set_time(o, "at", e->at_ms);
	json_set_string(o, "kind", e->kind);
	json_set_string(o, "message", e->message);
	json_set(o, "data", e->data ? parsed(e->data) : cJSON_CreateObject());
	json_set_string(o, "actor", e->actor);
	json_set_int(o, "seq", e->seq);
	return o;
}

#define CALL(key, type, member)                                                \
	{                                                                      \
		key, type, offsetof(struct call, member)                       \
	}

static const struct view_field call_fields[] = {
	CALL("callId", VIEW_TEXT, public_id),
	CALL("step", VIEW_TEXT, step),
	CALL("visit", VIEW_INT, visit),
	CALL("name", VIEW_TEXT, name),
	CALL("adapter", VIEW_TEXT, adapter),
	CALL("operation", VIEW_TEXT, operation),
	{"purpose", VIEW_OTHER, 0},
	CALL("idempotencyKey", VIEW_TEXT, key),
	{"state", VIEW_OTHER, 0},
	CALL("attempt", VIEW_INT, attempt),
	CALL("class", VIEW_TEXT, class),
	CALL("status", VIEW_INT_SOME, status),
	{"params", VIEW_OTHER, 0},
	{"answer", VIEW_OTHER, 0},
	CALL("error", VIEW_TEXT, error),
	CALL("intentAt", VIEW_TIME, intent_ms),
	CALL("sentAt", VIEW_TIME, sent_ms),
	CALL("answeredAt", VIEW_TIME, answered_ms),
	{"durationMs", VIEW_OTHER, 0},
};

cJSON *view_call(const struct call *c)
{
	cJSON *o = cJSON_CreateObject();

	view_fields(o, c, call_fields, COUNT(call_fields));
	json_set_string(o, "purpose", call_purpose_name(c->purpose));
	json_set_string(o, "state", call_state_name(c->state));
	json_set(o, "params", parsed(c->params));
	json_set(o, "answer", parsed(c->answer));
	/* An answer in less than a millisecond took 0, not nothing. */
	if (c->answered_ms)
		json_set_int(o, "durationMs", c->duration_ms);
	return o;
}

/*
 * How a task reads in JSON: its row, its proposal as an object, and every
 * signature under it.
 *
 * Always holds: the proposal has every member that flow/task.h names, whatever
 * the playbook left out, so that a dashboard need not ask.
 */
#include <stddef.h>
#include <string.h>

#include "../base/json.h"
#include "../base/json_token.h"
#include "intake.h"
#include "view.h"
#include "view_field.h"

/* Most tasks need less; the others grow. */
#define TASK_BYTES 4000

/* What a task's row does not say itself. */
struct others {
	struct db *db; /* NULL: nothing is known of it */
	struct arena *arena;
};

static void put_run(struct strbuf *text, const char *key, const void *row,
		    const void *more)
{
	const struct others *o = more;
	const struct task *t = row;
	struct run r;

	if (o->db && run_by_id(o->db, t->run_id, &r) == OK)
		json_object_string(text, key, r.public_id);
	else
		json_object_null(text, key);
}

static void put_workflow(struct strbuf *text, const char *key, const void *row,
			 const void *more)
{
	const struct task *t = row;
	char workflow[WORKFLOW_ID_SIZE];

	(void)more;
	workflow_id(t->order_id, workflow);
	json_object_string(text, key, workflow);
}

static void put_state(struct strbuf *text, const char *key, const void *row,
		      const void *more)
{
	const struct task *t = row;

	(void)more;
	json_object_string(text, key, task_state_name(t->state));
}

static void put_role(struct strbuf *text, const char *key, const void *row,
		     const void *more)
{
	const struct task *t = row;

	(void)more;
	json_object_string(text, key, role_name(t->role));
}

static void put_approved(struct strbuf *text, const char *key, const void *row,
			 const void *more)
{
	const struct task *t = row;

	(void)more;
	if (t->approved < 0)
		json_object_null(text, key);
	else
		json_object_bool(text, key, t->approved == 1);
}

static void put_decider_role(struct strbuf *text, const char *key,
			     const void *row, const void *more)
{
	const struct task *t = row;

	(void)more;
	json_object_string(text, key,
			   t->approved < 0 ? NULL : role_name(t->decider_role));
}

static void put_self_asserted(struct strbuf *text, const char *key,
			      const void *row, const void *more)
{
	const struct task *t = row;

	(void)more;
	if (t->approved < 0)
		json_object_null(text, key);
	else
		json_object_bool(text, key, t->self_asserted);
}

static void put_undoable(struct strbuf *text, const char *key, const void *row,
			 const void *more)
{
	const struct task *t = row;

	(void)more;
	json_object_bool(text, key,
			 t->state == TASK_DECIDED && t->intent_ms == 0);
}

static void put_form(struct strbuf *text, const char *key, const void *row,
		     const void *more)
{
	const struct task *t = row;

	(void)more;
	view_stored(text, key, t->form);
}

static const struct {
	const char *key;
	bool list;
} proposal_members[] = {
	{"text", false},	{"rejectText", false},	{"action", false},
	{"amountMinor", false}, {"currency", false},	{"payee", false},
	{"reversible", false},	{"evidence", true},	{"why", true},
	{"tried", true},	{"changes", true},	{"cost", false},
	{"form", true},		{"alternatives", true}, {"notOffered", true},
	{"reasonCodes", false},
};

#define PROPOSAL_MEMBERS                                                       \
	(sizeof(proposal_members) / sizeof(proposal_members[0]))

/* Which of them the proposal has, as bits. */
static unsigned members_of(const char *json, size_t length)
{
	struct json_cursor c = {.text = json, .length = length};
	unsigned have = 0;
	const char *key;
	size_t n;

	while (json_token_key(&c, &key, &n))
		for (size_t i = 0; i < PROPOSAL_MEMBERS; i++)
			if (strlen(proposal_members[i].key) == n &&
			    memcmp(proposal_members[i].key, key, n) == 0)
				have |= 1U << i;
	return have;
}

/* As it was stored, and what it left out. */
static void put_proposal(struct strbuf *text, const char *key, const void *row,
			 const void *more)
{
	const struct task *t = row;
	const char *json = view_stored_object(t->proposal);
	size_t length = strlen(json);
	unsigned have = members_of(json, length);

	(void)more;
	json_object_open_with(text, key, json, length);
	for (size_t i = 0; i < PROPOSAL_MEMBERS; i++) {
		if (have & 1U << i)
			continue;
		if (proposal_members[i].list)
			json_object_raw(text, proposal_members[i].key, "[]");
		else
			json_object_null(text, proposal_members[i].key);
	}
	json_object_close(text);
}

static void put_decision(struct strbuf *text, const struct decision *d)
{
	json_object_open(text, NULL);
	json_object_bool(text, "approved", d->approved);
	json_object_string(text, "actor", d->actor.name);
	json_object_string(text, "role", role_name(d->actor.role));
	json_object_string(text, "notes", d->notes);
	json_object_string(text, "alternative", d->alternative);
	json_object_string(text, "reasonCode", d->reason_code);
	view_stored(text, "form", d->form);
	if (d->amount_minor >= 0)
		json_object_int(text, "amountMinor", d->amount_minor);
	else
		json_object_null(text, "amountMinor");
	view_text(text, "currency", d->currency);
	json_object_time(text, "decidedAt", d->decided_ms);
	json_object_time(text, "undoneAt", d->undone_ms);
	json_object_close(text);
}

static void put_decisions(struct strbuf *text, const char *key, const void *row,
			  const void *more)
{
	const struct others *o = more;
	const struct task *t = row;
	struct decision *rows;
	int count = 0;

	json_list_open(text, key);
	if (o->db &&
	    decision_list(o->db, t->id, o->arena, &rows, &count) == OK) {
		for (int i = 0; i < count; i++)
			put_decision(text, &rows[i]);
	}
	json_list_close(text);
}

#define TASK(key, type, member)                                                \
	{                                                                      \
		key, type, offsetof(struct task, member), NULL                 \
	}

static const struct view_field fields[] = {
	TASK("taskId", VIEW_TEXT, public_id),
	VIEW_PUT("runId", put_run),
	VIEW_PUT("workflowId", put_workflow),
	TASK("orderId", VIEW_TEXT, order_id),
	TASK("step", VIEW_TEXT, step),
	VIEW_PUT("state", put_state),
	TASK("version", VIEW_LONG, version),
	TASK("title", VIEW_TEXT, title),
	TASK("reason", VIEW_TEXT, reason),
	VIEW_PUT("role", put_role),
	TASK("issueType", VIEW_TEXT, issue_type),
	TASK("tier", VIEW_INT_SOME, tier),
	VIEW_PUT("proposal", put_proposal),
	TASK("digest", VIEW_TEXT, digest),
	TASK("amountMinor", VIEW_AMOUNT, amount_minor),
	TASK("currency", VIEW_TEXT, currency),
	TASK("eventAt", VIEW_TIME, event_ms),
	TASK("approvalsNeeded", VIEW_INT, approvals_needed),
	TASK("approvalCount", VIEW_INT, approval_count),
	TASK("dueAt", VIEW_TIME, due_ms),
	TASK("claimedBy", VIEW_TEXT, claimed_by),
	TASK("claimUntil", VIEW_TIME, claim_until_ms),
	VIEW_PUT("approved", put_approved),
	TASK("reasonCode", VIEW_TEXT, reason_code),
	TASK("notes", VIEW_POINTER, notes),
	TASK("decider", VIEW_TEXT, decider),
	VIEW_PUT("deciderRole", put_decider_role),
	VIEW_PUT("selfAsserted", put_self_asserted),
	TASK("decidedAt", VIEW_TIME, decided_ms),
	TASK("executeAt", VIEW_TIME, execute_at_ms),
	VIEW_PUT("undoable", put_undoable),
	TASK("supersedes", VIEW_TEXT, supersedes),
	TASK("voidReason", VIEW_TEXT, void_reason),
	TASK("snoozedUntil", VIEW_TIME, snoozed_until_ms),
	TASK("alternative", VIEW_TEXT, alternative),
	VIEW_PUT("form", put_form),
	TASK("escalatesAt", VIEW_TIME, escalate_ms),
	TASK("escalatedAt", VIEW_TIME, escalated_ms),
	TASK("createdAt", VIEW_TIME, created_ms),
	TASK("updatedAt", VIEW_TIME, updated_ms),
	TASK("closedAt", VIEW_TIME, closed_ms),
	VIEW_PUT("decisions", put_decisions),
};

void view_task_put(struct strbuf *object, struct db *db, const struct task *t)
{
	struct arena arena;
	struct others o = {.db = db, .arena = &arena};

	arena_init(&arena);
	strbuf_reserve(object, TASK_BYTES);
	view_fields(object, t, fields, sizeof(fields) / sizeof(fields[0]), &o);
	arena_release(&arena);
}

cJSON *view_task(struct db *db, const struct task *t)
{
	struct strbuf object;

	json_object_begin(&object);
	view_task_put(&object, db, t);
	return json_own(&object);
}

cJSON *view_task_raw(struct db *db, const struct task *t)
{
	struct strbuf object;

	json_object_begin(&object);
	view_task_put(&object, db, t);
	return json_raw(&object);
}

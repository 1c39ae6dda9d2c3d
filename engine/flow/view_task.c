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
#include "intake.h"
#include "view.h"
#include "view_field.h"

#define TASK(key, type, member)                                                \
	{                                                                      \
		key, type, offsetof(struct task, member)                       \
	}

static const struct view_field fields[] = {
	TASK("taskId", VIEW_TEXT, public_id),
	{"runId", VIEW_OTHER, 0},
	{"workflowId", VIEW_OTHER, 0},
	TASK("orderId", VIEW_TEXT, order_id),
	TASK("step", VIEW_TEXT, step),
	{"state", VIEW_OTHER, 0},
	TASK("version", VIEW_LONG, version),
	TASK("title", VIEW_TEXT, title),
	TASK("reason", VIEW_TEXT, reason),
	{"role", VIEW_OTHER, 0},
	TASK("issueType", VIEW_TEXT, issue_type),
	TASK("tier", VIEW_INT_SOME, tier),
	{"proposal", VIEW_OTHER, 0},
	TASK("digest", VIEW_TEXT, digest),
	TASK("amountMinor", VIEW_AMOUNT, amount_minor),
	TASK("currency", VIEW_TEXT, currency),
	TASK("eventAt", VIEW_TIME, event_ms),
	TASK("approvalsNeeded", VIEW_INT, approvals_needed),
	TASK("approvalCount", VIEW_INT, approval_count),
	TASK("dueAt", VIEW_TIME, due_ms),
	TASK("claimedBy", VIEW_TEXT, claimed_by),
	TASK("claimUntil", VIEW_TIME, claim_until_ms),
	{"approved", VIEW_OTHER, 0},
	TASK("reasonCode", VIEW_TEXT, reason_code),
	TASK("notes", VIEW_POINTER, notes),
	TASK("decider", VIEW_TEXT, decider),
	{"deciderRole", VIEW_OTHER, 0},
	{"selfAsserted", VIEW_OTHER, 0},
	TASK("decidedAt", VIEW_TIME, decided_ms),
	TASK("executeAt", VIEW_TIME, execute_at_ms),
	{"undoable", VIEW_OTHER, 0},
	TASK("supersedes", VIEW_TEXT, supersedes),
	TASK("voidReason", VIEW_TEXT, void_reason),
	TASK("snoozedUntil", VIEW_TIME, snoozed_until_ms),
	TASK("alternative", VIEW_TEXT, alternative),
	{"form", VIEW_OTHER, 0},
	TASK("escalatesAt", VIEW_TIME, escalate_ms),
	TASK("escalatedAt", VIEW_TIME, escalated_ms),
	TASK("createdAt", VIEW_TIME, created_ms),
	TASK("updatedAt", VIEW_TIME, updated_ms),
	TASK("closedAt", VIEW_TIME, closed_ms),
	{"decisions", VIEW_OTHER, 0},
};

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

static cJSON *view_proposal(const char *text)
{
	cJSON *o = NULL;

	if (!text || json_parse_max(text, strlen(text), 4 * JSON_BYTES_MAX,
				    NULL, &o) != OK)
		o = cJSON_CreateObject();
	for (size_t i = 0;
	     i < sizeof(proposal_members) / sizeof(proposal_members[0]); i++) {
		if (!json_get(o, proposal_members[i].key))
			json_set(o, proposal_members[i].key,
				 proposal_members[i].list ? cJSON_CreateArray()
							  : NULL);
	}
	return o;
}

static cJSON *view_form(const char *text)
{
	cJSON *o = NULL;

	if (!text || json_parse(text, strlen(text), NULL, &o) != OK)
		return cJSON_CreateNull();
	return o;
}

static cJSON *view_decision(const struct decision *d)
{
	cJSON *o = cJSON_CreateObject();

	json_set_bool(o, "approved", d->approved);
	json_set_string(o, "actor", d->actor.name);
	json_set_string(o, "role", role_name(d->actor.role));
	json_set_string(o, "notes", d->notes);
	json_set_string(o, "alternative", d->alternative);
	json_set_string(o, "reasonCode", d->reason_code);
	json_set(o, "form", view_form(d->form));
	json_set_null(o, "amountMinor");
	if (d->amount_minor >= 0)
		json_set_int(o, "amountMinor", d->amount_minor);
	json_set_string(o, "currency", d->currency[0] ? d->currency : NULL);
	json_set_time(o, "decidedAt", d->decided_ms);
	json_set_time(o, "undoneAt", d->undone_ms);
	return o;
}

static cJSON *view_decisions(struct db *db, const struct task *t)
{
	cJSON *list = cJSON_CreateArray();
	struct decision *rows;
	struct arena arena;
	int count = 0;

	arena_init(&arena);
	if (db && decision_list(db, t->id, &arena, &rows, &count) == OK) {
		for (int i = 0; i < count; i++)
			cJSON_AddItemToArray(list, view_decision(&rows[i]));
	}
	arena_release(&arena);
	return list;
}

static void set_decided(cJSON *o, const struct task *t)
{
	if (t->approved < 0)
		return;
	json_set_bool(o, "approved", t->approved == 1);
	json_set_string(o, "deciderRole", role_name(t->decider_role));
	json_set_bool(o, "selfAsserted", t->self_asserted);
}

cJSON *view_task(struct db *db, const struct task *t)
{
	char workflow[WORKFLOW_ID_SIZE];
	cJSON *o = cJSON_CreateObject();
	struct run r;

	view_fields(o, t, fields, sizeof(fields) / sizeof(fields[0]));
	if (db && run_by_id(db, t->run_id, &r) == OK)
		json_set_string(o, "runId", r.public_id);
	workflow_id(t->order_id, workflow);
	json_set_string(o, "workflowId", workflow);
	json_set_string(o, "state", task_state_name(t->state));
	json_set_string(o, "role", role_name(t->role));
	json_set(o, "proposal", view_proposal(t->proposal));
	json_set(o, "form", view_form(t->form));
	json_set_bool(o, "undoable",
		      t->state == TASK_DECIDED && t->intent_ms == 0);
	json_set(o, "decisions", view_decisions(db, t));
	set_decided(o, t);
	return o;
}

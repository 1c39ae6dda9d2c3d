/*
 * Why: an effect that succeeded may have to be undone later, when nobody
 * remembers what it was. So what would undo it is written down, filled in, in
 * the transaction that takes its answer in; and the list is worked off
 * backwards, each entry once.
 *
 * Always holds: an entry is open until its call is known to have happened. Each
 * try is a visit of its own of the step that undoes, so its key is that of any
 * effect, and another try under another key begins only where the one before
 * certainly did not happen: an unknown outcome holds the run at its place.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_work.h"

/* The place of a run that ends and undoes what it did; of no playbook. */
static const struct step leaving = {
	.name = STEP_LEAVING,
	.kind = STEP_COMPENSATE,
	.parent = -1,
	.next = GO_NOWHERE,
	.on_failure = GO_HOLD,
	.on_unknown = GO_HOLD,
	.on_timeout = GO_HOLD,
	.on_stale = GO_HOLD,
};

const struct step *work_leaving(void)
{
	return &leaving;
}

static bool is_open(const cJSON *entry)
{
	return strcmp(json_string(entry, "state", ""), "open") == 0;
}

static cJSON *last_open(const cJSON *list)
{
	cJSON *entry, *found = NULL;

	cJSON_ArrayForEach(entry, list)
	{
		if (is_open(entry))
			found = entry;
	}
	return found;
}

bool work_undo_open(const struct work *w)
{
	return last_open(json_get(work_case(w), "undo")) != NULL;
}

static cJSON *list_of(struct work *w)
{
	cJSON *file = work_edit(w);
	cJSON *list = cJSON_GetObjectItemCaseSensitive(file, "undo");

	if (cJSON_IsArray(list))
		return list;
	list = cJSON_CreateArray();
	json_set(file, "undo", list);
	return list;
}

/* Of an effect that a run before did: that one's list has it already. */
static bool listed(struct work *w, const cJSON *list)
{
	cJSON *params = work_params(w, w->step->compensate.with);
	const cJSON *entry;
	bool found = false;

	cJSON_ArrayForEach(entry, list)
	{
		found = found || (is_open(entry) &&
				  strcmp(json_string(entry, "operation", ""),
					 w->step->compensate.operation) == 0 &&
				  cJSON_Compare(json_get(entry, "params"),
						params, true));
	}
	cJSON_Delete(params);
	return found;
}

bool work_undo_note(struct work *w)
{
	const struct step *s = w->step;
	const struct visit_call *c = work_call(w, "");
	cJSON *list, *entry;
	char key[KEY_SIZE];

	if (!s->compensate.operation)
		return true;
	list = list_of(w);
	if (c && c->known && listed(w, list))
		return true;
	if (cJSON_GetArraySize(list) >= UNDO_MAX)
		return false;
	(void)snprintf(key, sizeof(key), "%s/%d", s->name,
		       work_progress(w)->visit);
	entry = cJSON_CreateObject();
	json_set_string(entry, "of", key);
	if (c && c->call.public_id[0])
		json_set_string(entry, "callId", c->call.public_id);
	json_set_string(entry, "operation", s->compensate.operation);
	json_set(entry, "params", work_params(w, s->compensate.with));
	json_set_time(entry, "notedAt", w->in->now_ms);
	json_set_string(entry, "state", "open");
	cJSON_AddItemToArray(list, entry);
	work_note(w, AUDIT_UNDO_NOTED, cJSON_Duplicate(entry, true),
		  "%s would undo %s", s->compensate.operation, s->name);
	return true;
}

static void undone(struct work *w, cJSON *entry)
{
	json_set_string(entry, "state", "done");
	json_set_time(entry, "undoneAt", w->in->now_ms);
	work_note(w, AUDIT_UNDONE, cJSON_Duplicate(entry, true),
		  "Undone: %s, by %s", json_string(entry, "of", ""),
		  json_string(entry, "operation", ""));
}

static const char *stuck_words(struct work *w, const cJSON *entry,
			       const struct visit_call *c, bool unknown)
{
	return arena_printf(w->arena, "%s, which would undo %s, %s%s%s",
			    json_string(entry, "operation", ""),
			    json_string(entry, "of", ""),
			    unknown ? "has an unknown outcome" : "failed",
			    c && c->call.error[0] ? ": " : "",
			    c ? c->call.error : "");
}

enum undoing work_undo(struct work *w, const char **ret_words)
{
	for (;;) {
		cJSON *entry = last_open(json_get(work_edit(w), "undo"));
		struct visit_call *c = work_call(w, "");
		enum resolved r;

		if (!entry)
			return UNDO_DONE;
		if (!work_resolving(w) || (work_in_phase(w, "call") && !c)) {
			work_make_call(w, "",
				       json_string(entry, "operation", ""),
				       cJSON_Duplicate(
					       json_get(entry, "params"), true),
				       PURPOSE_EFFECT);
			work_phase(w, "call");
			return UNDO_WAIT;
		}
		r = work_resolve(w, "", NULL);
		if (r == RESOLVED_WAIT)
			return UNDO_WAIT;
		if (c)
			work_tried(w, c);
		if (r != RESOLVED_OK) {
			if (c)
				work_failure(w, c);
			*ret_words =
				stuck_words(w, entry, c, r == RESOLVED_UNKNOWN);
			return r == RESOLVED_UNKNOWN ? UNDO_UNKNOWN
						     : UNDO_FAILED;
		}
		undone(w, entry);
		work_enter(w, w->step);
	}
}

/* ---- the end of a run that undoes ---- */

static enum way close_leaving(struct work *w)
{
	const cJSON *ending = json_get(work_case(w), "ending");
	const char *as = json_string(ending, "as", "CANCELED");
	const char *reason =
		arena_dup(w->arena, json_string(ending, "reason", "canceled"));
	bool timed_out = strcmp(as, "TIMED_OUT") == 0;

	return work_close(w, timed_out ? RUN_EV_TIME_OUT : RUN_EV_CANCELED,
			  timed_out ? "TIMED_OUT" : "CANCELED", "NONE", reason,
			  NULL);
}

void work_ends(struct work *w, const char *as, const char *reason)
{
	cJSON *ending = cJSON_CreateObject();

	json_set_string(ending, "as", as);
	json_set_string(ending, "reason", reason);
	json_set(work_edit(w), "ending", ending);
}

enum way work_leave(struct work *w, const char *as, const char *reason)
{
	bool cancel = strcmp(as, "CANCELED") == 0;

	work_ends(w, as, reason);
	work_end_task(w, TASK_EV_CANCEL,
		      cancel ? "the run was canceled" : "the run timed out");
	if (!work_undo_open(w))
		return close_leaving(w);
	if (cancel && w->run->state != RUN_CANCELING) {
		(void)work_state(w, RUN_EV_CANCEL);
		work_note(w, AUDIT_CANCELING, NULL,
			  "Canceling: undoes what it did");
	}
	return work_enter(w, &leaving);
}

/* ---- the steps that undo ---- */

static enum way leave_on(struct work *w, enum undoing u, const char *words)
{
	/* Held and tried again, it is still being cancelled. */
	const char *as =
		json_string(json_get(work_case(w), "ending"), "as", "");

	if (strcmp(as, "CANCELED") == 0 && w->run->state != RUN_CANCELING)
		(void)work_state(w, RUN_EV_CANCEL);
	if (u == UNDO_WAIT)
		return work_waiting(w);
	if (u == UNDO_DONE)
		return close_leaving(w);
	return work_hold(w, words);
}

enum way step_compensate(struct work *w)
{
	const char *words = "";
	enum undoing u = work_undo(w, &words);

	if (w->step == &leaving)
		return leave_on(w, u, words);
	if (u == UNDO_WAIT)
		return work_waiting(w);
	if (u == UNDO_UNKNOWN)
		return work_hold(w, words);
	return work_go(w, u == UNDO_DONE ? w->step->next : w->step->on_failure,
		       words);
}

enum way step_finish(struct work *w)
{
	const struct step *s = w->step;
	const char *words = "", *follow_up;
	enum undoing u = s->compensates ? work_undo(w, &words) : UNDO_DONE;
	cJSON *data;

	if (u == UNDO_WAIT)
		return work_waiting(w);
	if (w->run->state == RUN_CANCELING && u != UNDO_UNKNOWN)
		return work_canceled(w);
	if (u != UNDO_DONE)
		return work_hold(w, words);
	follow_up = work_text(w, s->follow_up);
	data = cJSON_CreateObject();
	if (follow_up && *follow_up) {
		json_set_string(data, "followUp", follow_up);
		json_set_string(work_edit(w), "followUp", follow_up);
	}
	work_mark(w, s->marks, NULL);
	return work_close(w, s->failed ? RUN_EV_FAIL : RUN_EV_COMPLETE,
			  s->outcome, s->result, work_text(w, s->reason), data);
}

/*
 * Why: a question to a person: how it is asked, how long it waits, and when a
 * higher role is asked. What the answer sets off: advance_decided.c.
 */
#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_decided.h"
#include "advance_offer.h"

static void describe(struct work *w, struct task *t)
{
	const struct step *s = w->step;

	t->run_id = w->run->id;
	STR_COPY(t->order_id, w->run->order_id);
	STR_COPY(t->step, s->name);
	t->visit = work_progress(w)->visit;
	t->state = TASK_OPEN;
	t->version = 1;
	STR_COPY(t->title, work_text(w, s->title));
	STR_COPY(t->reason, work_text(w, s->reason));
	t->role = s->role;
	STR_COPY(t->issue_type, w->run->issue_type);
	t->tier = w->run->tier;
	t->event_ms = w->run->event_ms;
	t->approved = -1;
	t->due_ms = s->due_ms ? w->in->now_ms + s->due_ms : 0;
	t->escalate_ms = s->escalate_ms ? w->in->now_ms + s->escalate_ms : 0;
	t->created_ms = t->updated_ms = w->in->now_ms;
	STR_COPY(t->supersedes, json_string(work_case(w), "superseded", ""));
}

static cJSON *opened_data(const struct task *t, const cJSON *proposal)
{
	static const char *const copied[] = {"action", "notOffered"};
	const cJSON *offers = json_get(proposal, "alternatives");
	cJSON *data = cJSON_CreateObject();
	const cJSON *item;
	size_t i;

	json_set_string(data, "title", t->title);
	json_set_string(data, "reason", t->reason);
	json_set_string(data, "digest", t->digest);
	json_set_int(data, "approvalsNeeded", t->approvals_needed);
	for (i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
		item = json_get(proposal, copied[i]);
		if (item)
			json_set(data, copied[i], cJSON_Duplicate(item, true));
	}
	if (offers) {
		cJSON *names = cJSON_AddArrayToObject(data, "alternatives");

		cJSON_ArrayForEach(item, offers)
		{
			cJSON_AddItemToArray(
				names, cJSON_CreateString(
					       json_string(item, "name", "")));
		}
	}
	if (t->supersedes[0])
		json_set_string(data, "supersedes", t->supersedes);
	return data;
}

/* When the engine must look at an open task again; 0: never. */
static int64_t task_due(const struct work *w, const struct task *t)
{
	int64_t due = w->step->on_due >= 0 ? t->due_ms : 0;

	if (t->escalate_ms && !t->escalated_ms && t->state != TASK_DECIDED &&
	    (!due || t->escalate_ms < due))
		due = t->escalate_ms;
	return due;
}

static enum way open_task(struct work *w)
{
	struct task *t = arena_alloc(w->arena, sizeof(*t));
	cJSON *p;

	describe(w, t);
	p = offer_make(w, t);
	if (!offer_counted(w, t)) {
		cJSON_Delete(p);
		return work_hold(w, "the sum that a person would approve is "
				    "not known, and no limit could count it");
	}
	work_note(w, AUDIT_TASK_OPENED, opened_data(t, p), "Asks a person: %s",
		  t->title);
	cJSON_Delete(p);
	if (json_get(work_case(w), "superseded") ||
	    json_get(work_case(w), "changes")) {
		cJSON_DeleteItemFromObjectCaseSensitive(work_edit(w),
							"superseded");
		cJSON_DeleteItemFromObjectCaseSensitive(work_edit(w),
							"changes");
	}
	w->plan->task_open = t;
	work_clear(w);
	work_phase(w, "open");
	if (!work_state(w, RUN_EV_TASK))
		return work_hold(w, "a task cannot open in this state");
	STR_COPY(w->run->reason, t->title);
	w->run->due_ms = task_due(w, t);
	return STAY;
}

static enum way wait_for(struct work *w, const struct task *t, int64_t due_ms)
{
	work_clear(w);
	if (!work_state(w, RUN_EV_TASK))
		return work_hold(w, "a task cannot be waited for in this "
				    "state");
	w->run->wait_task_id = t->id;
	w->run->due_ms = due_ms;
	STR_COPY(w->run->reason, t->title);
	return STAY;
}

/* Nobody took it up: from now on it is a higher role's. Whoever has claimed it
 * may not be of that role. */
static void escalate(struct work *w)
{
	struct task *t = work_task(w);
	const struct step *s = w->step;
	cJSON *data = cJSON_CreateObject();
	enum task_state open;

	t->escalated_ms = t->updated_ms = w->in->now_ms;
	json_set_string(data, "taskId", t->public_id);
	json_set_string(data, "from", role_name(t->role));
	if (s->escalate_role > t->role)
		t->role = s->escalate_role;
	json_set_string(data, "to", role_name(t->role));
	json_set_string(data, "claimedBy",
			t->claimed_by[0] ? t->claimed_by : NULL);
	if (t->state == TASK_CLAIMED &&
	    task_next(t->state, TASK_EV_RETURN, &open) == OK) {
		t->state = open;
		t->claimed_by[0] = '\0';
		t->claim_until_ms = 0;
	}
	work_note(w, AUDIT_TASK_ESCALATED, data,
		  "Nobody decided in time: it is for the role %s now",
		  role_name(t->role));
}

static enum way undecided(struct work *w, struct task *t)
{
	int64_t due = w->step->on_due >= 0 ? t->due_ms : 0;

	work_phase(w, "open");
	if (due && w->in->now_ms >= due) {
		work_end_task(w, TASK_EV_EXPIRE, "nobody decided in time");
		return work_go(w, w->step->on_due, "");
	}
	if (t->escalate_ms && !t->escalated_ms &&
	    w->in->now_ms >= t->escalate_ms) {
		escalate(w);
		*t = *work_task(w);
	}
	return wait_for(w, t, task_due(w, t));
}

enum way step_task(struct work *w)
{
	struct task *t;

	if (!w->run->phase[0])
		return open_task(w);
	if (work_resolving(w))
		return decided_acted(w);
	if (!w->in->task)
		return work_hold(w, "the task it waits for is gone");
	t = arena_alloc(w->arena, sizeof(*t));
	*t = *w->in->task;
	if (t->state != TASK_DECIDED)
		return undecided(w, t);
	if (w->in->now_ms < t->execute_at_ms)
		return wait_for(w, t, t->execute_at_ms);
	return t->approved ? decided_approved(w, t) : decided_rejected(w, t);
}

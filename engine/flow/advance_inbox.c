/*
 * Why: what the outside said comes before anything the playbook wants. Rows are
 * taken in the order they came; what cannot be acted on yet (an event while an
 * effect is out, a signal nobody waits for) stays where it is.
 */
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_work.h"

void work_consume(struct work *w, const struct inbox_row *row)
{
	if (w->plan->consumed_count < PLAN_INBOX_MAX)
		w->plan->consumed[w->plan->consumed_count++] = row->id;
}

bool work_nothing_out(const struct work *w)
{
	int i;

	if (w->in->money_out)
		return false;
	for (i = 0; i < w->call_count; i++) {
		const struct visit_call *c = &w->call[i];

		if (c->call.purpose != PURPOSE_READ &&
		    (c->in_flight || c->call.state == CALL_SENT ||
		     c->call.state == CALL_INTENT ||
		     c->call.state == CALL_UNKNOWN))
			return false;
	}
	return true;
}

/* An effect was answered, and no step has taken the answer in yet: whatever the
 * outside wants, that comes first, or what was done would not be on record. */
static bool unheard(struct work *w)
{
	const struct visit_call *c = work_call(w, "");
	bool held = w->run->state == RUN_HELD ||
		    strcmp(w->run->paused_state, "HELD") == 0;

	return c && !held && work_in_phase(w, "call") && !c->in_flight &&
	       c->call.purpose == PURPOSE_EFFECT &&
	       (c->call.state == CALL_OK || c->call.state == CALL_FAILED);
}

static bool in_flight(const struct work *w)
{
	int i;

	for (i = 0; i < w->call_count; i++) {
		if (w->call[i].in_flight)
			return true;
	}
	return false;
}

enum way work_canceled(struct work *w)
{
	const char *reason = json_string(json_get(work_case(w), "cancel"),
					 "reason", "canceled");

	if (!work_nothing_out(w))
		return work_hold(w, "cannot be cancelled: the outcome of a "
				    "call is unknown");
	work_end_task(w, TASK_EV_CANCEL, "the run was canceled");
	return work_close(w, RUN_EV_CANCELED, "CANCELED", "NONE",
			  arena_dup(w->arena, reason), NULL);
}

static cJSON *body_of(const struct inbox_row *row)
{
	cJSON *body = NULL;

	if (json_parse(row->body, strlen(row->body), NULL, &body) != OK)
		body = cJSON_CreateObject();
	return body;
}

static void take_cancel(struct work *w, const struct inbox_row *row)
{
	cJSON *body = body_of(row);
	bool at_once = work_nothing_out(w) && !unheard(w);

	json_set_string(body, "by", row->actor);
	json_set(work_edit(w), "cancel", body);
	w->run->paused_state[0] = '\0';
	if (at_once) {
		work_canceled(w);
		return;
	}
	if (work_state(w, RUN_EV_CANCEL)) {
		work_clear(w);
		w->run->due_ms = w->in->now_ms;
		work_note(w, AUDIT_CANCELING, NULL,
			  "Canceling: waits for what is out");
	}
}

static void take_pause(struct work *w, const struct inbox_row *row)
{
	cJSON *body = body_of(row);
	char before[16];

	STR_COPY(before, run_state_name(w->run->state));
	if (work_state(w, RUN_EV_PAUSE)) {
		work_clear(w);
		STR_COPY(w->run->paused_state, before);
		STR_COPY(w->run->reason, json_string(body, "reason", "paused"));
		work_note_as(w, AUDIT_PAUSED, row->actor, NULL, "Paused: %s",
			     w->run->reason);
	}
	cJSON_Delete(body);
}

static void take_resume(struct work *w, const struct inbox_row *row)
{
	bool held = strcmp(w->run->paused_state, "HELD") == 0;
	char reason[REASON_SIZE];

	if (!work_state(w, RUN_EV_RESUME))
		return;
	STR_COPY(reason, w->run->last_error);
	work_clear(w);
	w->run->paused_state[0] = '\0';
	work_note_as(w, AUDIT_RESUMED, row->actor, NULL, "Resumed");
	if (held)
		work_hold(w, reason[0] ? reason : "held before the pause");
}

/* A second try by an operator: a call goes on under its key with its attempts
 * fresh; any other step is entered again. */
static void take_retry(struct work *w, const struct inbox_row *row)
{
	bool held = w->run->state == RUN_HELD;
	struct progress_item *item;

	if (!work_state(w, RUN_EV_RETRY))
		return;
	work_clear(w);
	work_note_as(w, AUDIT_RESUMED, row->actor, NULL, "Tries again now");
	if (!w->step)
		return;
	item = work_progress(w);
	item->until_ms = w->in->now_ms;
	if (!held)
		return;
	w->insisted = true;
	if (work_in_phase(w, "recheck") ||
	    work_in_phase(w, "recheck_backoff")) {
		item->count++; /* the next reads are others: read_again() */
		work_phase(w, "open");
		return;
	}
	item->count = 0;
	if (work_resolving(w)) {
		struct visit_call *c = work_call(w, "");

		/* One that is SENT was never heard of: that is recovered. */
		if (c &&
		    (c->call.state == CALL_FAILED ||
		     c->call.state == CALL_UNKNOWN) &&
		    work_in_phase(w, "call"))
			work_phase(w, "backoff");
		return;
	}
	if (w->step->kind != STEP_TASK)
		work_go(w, (int)(w->step - w->playbook->step), "");
}

static bool may_restart(const struct work *w)
{
	return w->run->state != RUN_PAUSED && w->run->state != RUN_CANCELING &&
	       work_nothing_out(w);
}

/* What was said and concluded about the trouble before; what was tried stays.
 */
static void forget(struct work *w)
{
	static const char *const member[] = {"stopped", "signals", "failure",
					     "action", "followUp"};
	size_t i;

	for (i = 0; i < sizeof(member) / sizeof(member[0]); i++)
		cJSON_DeleteItemFromObjectCaseSensitive(work_edit(w),
							member[i]);
}

/* A further event: everything is read and classified again. */
static void take_event(struct work *w, const struct inbox_row *row)
{
	if (w->run->state == RUN_HELD)
		(void)work_state(w, RUN_EV_RETRY);
	if (w->in->task)
		json_set_string(work_edit(w), "superseded",
				w->in->task->public_id);
	work_end_task(w, TASK_EV_VOID, "a further event arrived");
	json_set(work_edit(w), "request", body_of(row));
	forget(w);
	work_clear(w);
	w->playbook = NULL;
	w->step = NULL;
	w->call_count = 0;
	w->plan->new_visit = true;
}

static void take(struct work *w, const struct inbox_row *row)
{
	switch (row->kind) {
	case INBOX_SIGNAL: /* a wait takes it */
	case INBOX_EVENT:  /* work_restart() does, when nothing is out */
		return;
	case INBOX_CANCEL:
		take_cancel(w, row);
		break;
	case INBOX_PAUSE:
		take_pause(w, row);
		break;
	case INBOX_RESUME:
		take_resume(w, row);
		break;
	case INBOX_RETRY:
		take_retry(w, row);
		break;
	case INBOX_DECISION: /* the task itself says it */
	case INBOX_UNDO:
	case INBOX_COMMENT:
	case INBOX_KILL:
	case INBOX_PRIORITY:
	case INBOX_SETTLE:
	case INBOX_MIGRATE:
	case INBOX_KIND_COUNT:
		break;
	}
	work_consume(w, row);
}

bool work_restart(struct work *w)
{
	bool any = false;
	int i;

	for (i = 0; w->events_wait && i < w->in->inbox_count &&
		    w->plan->consumed_count < PLAN_INBOX_MAX;
	     i++) {
		if (w->in->inbox[i].kind != INBOX_EVENT || !may_restart(w))
			continue;
		take_event(w, &w->in->inbox[i]);
		work_consume(w, &w->in->inbox[i]);
		any = true;
	}
	w->events_wait = w->events_wait && !any;
	return any;
}

static bool events_wait(const struct work *w)
{
	int i;

	for (i = 0; i < w->in->inbox_count; i++) {
		if (w->in->inbox[i].kind == INBOX_EVENT)
			return true;
	}
	return false;
}

enum way work_inbox(struct work *w)
{
	int i;

	for (i = 0; i < w->in->inbox_count &&
		    w->plan->consumed_count < PLAN_INBOX_MAX &&
		    !run_state_closed(w->run->state);
	     i++)
		take(w, &w->in->inbox[i]);
	if (run_state_closed(w->run->state))
		return STAY;
	/* After the others: an event that came to a paused run is seen by the
	 * resume that follows it. */
	w->events_wait = events_wait(w);
	if (!unheard(w))
		(void)work_restart(w);
	if (w->run->state == RUN_PAUSED || w->run->state == RUN_HELD) {
		/* What woke it is read; only a person moves it on. */
		w->run->due_ms = 0;
		w->plan->waits = in_flight(w);
		return STAY;
	}
	(void)work_state(w, RUN_EV_CLAIM);
	return ON;
}

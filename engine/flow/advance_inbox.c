/*
 * Why: what the outside said comes before anything the playbook wants. Rows are
 * taken in the order they came; what cannot be acted on yet (an event while an
 * effect is out, a signal nobody waits for) stays where it is.
 */
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_word.h"

void work_consume(struct work *w, const struct inbox_row *row)
{
	if (w->plan->consumed_count < PLAN_INBOX_MAX)
		w->plan->consumed[w->plan->consumed_count++] = row->id;
}

bool work_nothing_out(const struct work *w)
{
	int i;

	if (w->money_out)
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
bool work_unheard(struct work *w)
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
	return work_leave(w, "CANCELED", arena_dup(w->arena, reason));
}

static bool may_restart(const struct work *w)
{
	return w->run->state != RUN_PAUSED && w->run->state != RUN_CANCELING &&
	       w->step != work_leaving() && work_nothing_out(w);
}

/* What was said and concluded about the trouble before; what was tried stays.
 */
static void forget(struct work *w)
{
	static const char *const member[] = {"stopped", "signals", "heard",
					     "failure", "action",  "followUp"};
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
	json_set(work_edit(w), "request", work_body(row));
	forget(w);
	work_clear(w);
	w->playbook = NULL;
	w->step = NULL;
	w->call_count = 0;
	w->plan->new_visit = true;
}

/* A signal waits for a wait; an event for work_restart(), when nothing is out;
 * what is not here (a decision, an undo, a comment) only wakes the run. */
static void (*const word[INBOX_KIND_COUNT])(struct work *,
					    const struct inbox_row *) = {
	[INBOX_CANCEL] = word_cancel, [INBOX_KILL] = word_kill,
	[INBOX_PAUSE] = word_pause,   [INBOX_RESUME] = word_resume,
	[INBOX_RETRY] = word_retry,   [INBOX_PRIORITY] = word_priority,
	[INBOX_SETTLE] = word_settle, [INBOX_MIGRATE] = word_migrate,
};

static void take(struct work *w, const struct inbox_row *row)
{
	if (row->kind == INBOX_SIGNAL || row->kind == INBOX_EVENT)
		return;
	/* The input holds what the first of its kind names. */
	if (row->kind == INBOX_SETTLE || row->kind == INBOX_MIGRATE) {
		if (w->named[row->kind == INBOX_MIGRATE]) {
			w->left = true;
			return;
		}
		w->named[row->kind == INBOX_MIGRATE] = true;
	}
	if (row->kind < INBOX_KIND_COUNT && word[row->kind])
		word[row->kind](w, row);
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
	if (!work_unheard(w))
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

/*
 * Why: a run waits for what others say, for a moment, or for its turn. What was
 * said early waits in the inbox; the moment is fixed when the wait begins, and
 * stands in the visit.
 */
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_work.h"

/* Who waits for a place is called when one is free; it asks all the same, now
 * and then. */
#define SLOT_LOOK_MS (6LL * 60 * 60 * 1000)

/* How long, as the step or the policy says; -1: it does not. */
static int64_t span_ms(const struct work *w, int64_t said_ms,
		       const char *policy)
{
	const cJSON *values =
		json_get(w->in->catalog->policy.document, "values");
	const cJSON *value;
	int64_t ms;

	if (!policy)
		return said_ms;
	value = json_path(values, policy);
	return cJSON_IsString(value) &&
			       duration_parse(value->valuestring, &ms) == 0
		       ? ms
		       : -1;
}

static int64_t wait_end(struct work *w)
{
	const struct step *s = w->step;
	int64_t before = span_ms(w, s->before_ms, s->before_policy);
	int64_t end = 0, ms = span_ms(w, s->for_ms, s->for_policy);
	const cJSON *until;

	if (ms >= 0)
		end = w->in->now_ms + ms;
	until = s->until_path ? json_path(work_case(w), s->until_path) : NULL;
	if (cJSON_IsString(until) && time_parse(until->valuestring, &ms) == 0) {
		ms -= before > 0 ? before : 0;
		if (end == 0 || ms < end)
			end = ms;
	}
	return end ? end : w->in->now_ms; /* nothing to wait for is known */
}

static bool waits_for(const struct step *s, const char *signal)
{
	int i;

	for (i = 0; i < s->signal_count; i++) {
		if (strcmp(s->signals[i], signal) == 0)
			return true;
	}
	return false;
}

/* The oldest that it waits for, whatever its name. */
static const struct inbox_row *heard(struct work *w)
{
	int i, j;

	for (i = 0; i < w->in->inbox_count; i++) {
		const struct inbox_row *row = &w->in->inbox[i];
		bool taken = false;

		for (j = 0; j < w->plan->consumed_count; j++)
			taken = taken || w->plan->consumed[j] == row->id;
		if (!taken && row->kind == INBOX_SIGNAL &&
		    waits_for(w->step, row->name))
			return row;
	}
	return NULL;
}

/* Which one it was, for the guards behind it; none when time ended the wait. */
static void note_heard(struct work *w, const char *signal)
{
	if (signal)
		json_path_set(work_edit(w), "heard.signal",
			      cJSON_CreateString(signal));
	else if (json_get(work_case(w), "heard"))
		cJSON_DeleteItemFromObjectCaseSensitive(work_edit(w), "heard");
}

static enum way take_signal(struct work *w, const struct inbox_row *row)
{
	cJSON *body = NULL;
	cJSON *data = cJSON_CreateObject();
	char path[NAME_SIZE + 16];

	if (json_parse(row->body, strlen(row->body), NULL, &body) != OK)
		body = cJSON_CreateObject();
	json_set_time(body, "receivedAt", row->received_ms);
	json_set_string(body, "from", row->actor);
	snprintf(path, sizeof(path), "signals.%s", row->name);
	json_path_set(work_edit(w), path, body);
	note_heard(w, row->name);
	work_consume(w, row);
	json_set_string(data, "signal", row->name);
	work_note_as(w, AUDIT_SIGNAL_CONSUMED, row->actor, data,
		     "Heard %s from %s", row->name, row->actor);
	return work_go(w, w->step->next, "");
}

static void signal_names(const struct step *s, char names[NAME_SIZE])
{
	size_t used = 0;
	int i;

	names[0] = '\0';
	for (i = 0; i < s->signal_count && used < NAME_SIZE; i++)
		used += (size_t)snprintf(names + used, NAME_SIZE - used, "%s%s",
					 i ? " or " : "", s->signals[i]);
}

enum way step_wait(struct work *w)
{
	struct progress_item *item = work_progress(w);
	const struct inbox_row *row = heard(w);
	char until[TIME_TEXT_SIZE];
	char names[NAME_SIZE];
	const char *reason;

	if (row)
		return take_signal(w, row);
	signal_names(w->step, names);
	if (!w->run->phase[0]) {
		item->until_ms = wait_end(w);
		work_phase(w, "wait");
		time_format(item->until_ms, until);
		work_note(w, AUDIT_WAITING, NULL, "Waits%s%s until %s",
			  names[0] ? " for " : "", names, until);
	}
	if (w->in->now_ms >= item->until_ms) {
		note_heard(w, NULL);
		return work_go(w, w->step->on_timeout, "nothing was heard");
	}
	reason = work_text(w, w->step->reason);
	work_clear(w);
	if (!work_state(w, RUN_EV_SIGNAL))
		return work_hold(w, "the run cannot wait in this state");
	STR_COPY(w->run->wait_signal, names);
	STR_COPY(w->run->reason, reason);
	w->run->due_ms = item->until_ms;
	return STAY;
}

/* ---- its turn ---- */

void work_want_slot(struct work *w)
{
	const struct playbook *b = w->playbook;

	/* Out of the playbook that had a place, or into one that has none. */
	w->plan->slot_free = b->concurrency_limit == 0 && w->in->playbook &&
			     w->in->playbook->concurrency_limit > 0;
	w->plan->slot_key = NULL;
	if (b->concurrency_limit == 0)
		return;
	work_phase(w, "slot");
	work_progress(w)->end_ms = 0; /* its time begins with its place */
}

enum way step_slot(struct work *w)
{
	const struct playbook *b = w->playbook;
	char reason[REASON_SIZE];
	const char *key = work_text(w, b->concurrency_key);

	if (w->in->slot_held && !w->plan->slot_key) {
		work_note(w, AUDIT_SLOT, NULL, "Has a place among the %d of %s",
			  b->concurrency_limit, key);
		work_phase(w, "");
		if (w->step->timeout_ms)
			work_progress(w)->end_ms =
				w->in->now_ms + w->step->timeout_ms;
		return ON;
	}
	if (strcmp(w->in->run->phase, "slot") != 0)
		work_note(w, AUDIT_SLOT, NULL,
			  "Wants a place among the %d of "
			  "%s",
			  b->concurrency_limit, key);
	(void)snprintf(reason, sizeof(reason),
		       "at most %d run%s of %s at once; waits for a place",
		       b->concurrency_limit,
		       b->concurrency_limit == 1 ? "" : "s", key);
	work_clear(w);
	if (!work_state(w, RUN_EV_BLOCK))
		return work_hold(w, "the run cannot wait for a place in this "
				    "state");
	STR_COPY(w->run->reason, reason);
	w->run->due_ms = w->in->now_ms + SLOT_LOOK_MS;
	w->plan->slot_key = key;
	w->plan->slot_limit = b->concurrency_limit;
	return STAY;
}

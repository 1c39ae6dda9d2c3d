/*
 * Why: what an operator says to a run: cancel, kill, pause, resume, retry,
 * priority. Each is judged by the state the run is in when it reads the word,
 * and what cannot be done then is consumed without effect. See advance_settle.c
 * for the words that change more than the run's state.
 */
#include "advance_word.h"

#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"

cJSON *work_body(const struct inbox_row *row)
{
	cJSON *body = NULL;

	if (json_parse(row->body, strlen(row->body), NULL, &body) != OK)
		body = cJSON_CreateObject();
	return body;
}

void word_cancel(struct work *w, const struct inbox_row *row)
{
	cJSON *body = work_body(row);
	bool at_once = work_nothing_out(w) && !work_unheard(w);

	json_set_string(body, "by", row->actor);
	json_set(work_edit(w), "cancel", body);
	w->run->paused_state[0] = '\0';
	if (at_once) {
		work_canceled(w);
		return;
	}
	/* One that timed out, and is undoing: it ends as canceled now. */
	if (w->step == work_leaving())
		work_ends(w, "CANCELED",
			  json_string(body, "reason", "canceled"));
	if (work_state(w, RUN_EV_CANCEL)) {
		work_clear(w);
		w->run->due_ms = w->in->now_ms;
		work_note(w, AUDIT_CANCELING, NULL,
			  "Canceling: waits for what is out");
	}
}

void word_pause(struct work *w, const struct inbox_row *row)
{
	cJSON *body = work_body(row);
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

void word_resume(struct work *w, const struct inbox_row *row)
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
void word_retry(struct work *w, const struct inbox_row *row)
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
	if (work_in_phase(w, "slot"))
		return;
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
	if (w->step->kind != STEP_TASK && !work_restart(w))
		work_enter(w, w->step);
}

/* What nobody knows the outcome of when the run ends: for who looks later. */
static cJSON *unresolved(struct work *w)
{
	cJSON *list = cJSON_CreateArray();
	int i;

	for (i = 0; i < w->call_count; i++) {
		const struct call *c = &w->call[i].call;
		cJSON *entry;

		if (c->purpose != PURPOSE_EFFECT || w->call[i].local ||
		    c->state == CALL_OK || c->state == CALL_FAILED)
			continue;
		entry = cJSON_CreateObject();
		json_set_string(entry, "callId", c->public_id);
		json_set_string(entry, "adapter", c->adapter);
		json_set_string(entry, "operation", c->operation);
		json_set_string(entry, "idempotencyKey", c->key);
		json_set_string(entry, "state", call_state_name(c->state));
		cJSON_AddItemToArray(list, entry);
	}
	return list;
}

/* At once, whatever is out: nothing is waited for, and nothing undone. The rows
 * of its calls stay as they are, and while one that moves money is open no
 * other of the order starts. */
void word_kill(struct work *w, const struct inbox_row *row)
{
	cJSON *body = work_body(row);
	cJSON *data = cJSON_CreateObject();
	struct visit_call *c = work_call(w, "");

	if (work_unheard(w)) {
		work_note_result(w, &c->call);
		work_tried(w, c);
	}
	json_set_string(data, "by", row->actor);
	json_set(data, "unresolved", unresolved(w));
	w->run->paused_state[0] = '\0';
	work_end_task(w, TASK_EV_CANCEL, "the run was killed");
	work_close(w, RUN_EV_CANCELED, "KILLED", "NONE",
		   arena_dup(w->arena, json_string(body, "reason", "killed")),
		   data);
	cJSON_Delete(body);
}

void word_priority(struct work *w, const struct inbox_row *row)
{
	cJSON *body = work_body(row);
	int64_t wanted = json_int(body, "priority", -1);
	cJSON *data = cJSON_CreateObject();

	if (wanted < 0 || wanted > PRIORITY_LEAST) {
		cJSON_Delete(data);
		work_refuse(w, row, "expected a priority from 0 to 3");
	} else {
		json_set_int(data, "from", w->run->priority);
		json_set_int(data, "to", wanted);
		work_note_as(w, AUDIT_PRIORITY, row->actor, data,
			     "Priority %d, was %d", (int)wanted,
			     w->run->priority);
		w->run->priority = (int)wanted;
	}
	cJSON_Delete(body);
}

void work_refuse(struct work *w, const struct inbox_row *row, const char *why)
{
	cJSON *data = cJSON_CreateObject();

	json_set_string(data, "word", inbox_kind_name(row->kind));
	json_set_string(data, "by", row->actor);
	json_set_string(data, "why", why);
	work_note(w, AUDIT_REFUSED, data, "Cannot %s: %s",
		  inbox_kind_name(row->kind), why);
}

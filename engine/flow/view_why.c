/*
 * Why a run stands where it stands: what holds it, since when, what happens
 * next and when, and what a person can do about it. What can be done is asked
 * of the table that judges it (operate.h), so that nothing is offered that
 * would be refused.
 */
#include "view_why.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "note.h"
#include "operate.h"
#include "view_next.h"

#define SENTENCE_SIZE (NEXT_SIZE + 2 * REASON_SIZE)

enum blocker {
	BLOCKER_NONE,
	BLOCKER_ADAPTER,
	BLOCKER_TASK,
	BLOCKER_SIGNAL,
	BLOCKER_PAUSE,
	BLOCKER_SWITCH,
	BLOCKER_ERROR,
	BLOCKER_TIME,
	BLOCKER_PLACE, /* of a concurrency key */
};
static const char *const blocker_names[] = {
	[BLOCKER_NONE] = "none",   [BLOCKER_ADAPTER] = "adapter",
	[BLOCKER_TASK] = "task",   [BLOCKER_SIGNAL] = "signal",
	[BLOCKER_PAUSE] = "pause", [BLOCKER_SWITCH] = "switch",
	[BLOCKER_ERROR] = "error", [BLOCKER_TIME] = "time",
	[BLOCKER_PLACE] = "place",
};

static const enum blocker blocker_of_state[RUN_STATE_COUNT] = {
	[RUN_BACKING_OFF] = BLOCKER_ERROR,
	[RUN_BLOCKED] = BLOCKER_ADAPTER,
	[RUN_WAITING_TASK] = BLOCKER_TASK,
	[RUN_WAITING_SIGNAL] = BLOCKER_SIGNAL,
	[RUN_PAUSED] = BLOCKER_PAUSE,
	[RUN_HELD] = BLOCKER_ERROR,
};

/* An operator stopped more than an adapter; the words are the loop's. */
static bool switched_off(const struct run *r)
{
	return strstr(r->reason, " is stopped by ") != NULL &&
	       strncmp(r->reason, "adapter ", strlen("adapter ")) != 0;
}

static enum blocker blocker_of(const struct run *r, const struct why_rows *rows)
{
	enum blocker b = blocker_of_state[r->state];

	if (r->state == RUN_BLOCKED && strcmp(r->phase, "slot") == 0)
		return BLOCKER_PLACE;
	/* The pause between two rounds is no fault of anybody's, nor is what
	 * another run does for the whole group. */
	if (r->state == RUN_BACKING_OFF &&
	    (strcmp(r->phase, "pause") == 0 || strcmp(r->phase, "once") == 0))
		return BLOCKER_TIME;
	if (r->state == RUN_BLOCKED && switched_off(r))
		return BLOCKER_SWITCH;
	if (r->state == RUN_WAITING_SIGNAL && !r->wait_signal[0])
		return BLOCKER_TIME;
	return b == BLOCKER_NONE && rows->unknown ? BLOCKER_ERROR : b;
}

static const char *error_of(const struct run *r)
{
	if (r->state == RUN_HELD && r->reason[0])
		return r->reason;
	if (r->last_error[0])
		return r->last_error;
	return r->reason[0] ? r->reason : NULL;
}

static void set_task(cJSON *o, const struct task *t)
{
	json_set_string(o, "taskId", t ? t->public_id : NULL);
	json_set_string(o, "title", t ? t->title : NULL);
	json_set_string(o, "role", t ? role_name(t->role) : NULL);
	json_set_string(o, "state", t ? task_state_name(t->state) : NULL);
	json_set_string(o, "claimedBy",
			t && t->claimed_by[0] ? t->claimed_by : NULL);
	json_set_time(o, "dueAt", t ? t->due_ms : 0);
}

static void set_error(cJSON *o, const struct run *r, const struct call *unknown)
{
	json_set_string(o, "step", r->step[0] ? r->step : NULL);
	json_set_string(o, "error", error_of(r));
	json_set_string(o, "callId", unknown ? unknown->public_id : NULL);
	json_set_null(o, "operation");
	if (unknown) {
		char full[NAME_SIZE * 2];

		(void)snprintf(full, sizeof(full), "%s.%s", unknown->adapter,
			       unknown->operation);
		json_set_string(o, "operation", full);
	}
}

static cJSON *view_blocker(const struct run *r, const struct why_rows *rows)
{
	enum blocker kind = blocker_of(r, rows);
	cJSON *o = cJSON_CreateObject();

	json_set_string(o, "kind", blocker_names[kind]);
	switch (kind) {
	case BLOCKER_ADAPTER:
	case BLOCKER_SWITCH:
		json_set_string(o, "adapter",
				r->wait_adapter[0] ? r->wait_adapter : NULL);
		json_set_string(o, "reason", r->reason);
		break;
	case BLOCKER_TASK:
		set_task(o, rows->task);
		break;
	case BLOCKER_SIGNAL:
		json_set_string(o, "name", r->wait_signal);
		break;
	case BLOCKER_PAUSE:
	case BLOCKER_PLACE:
		json_set_string(o, "reason", r->reason);
		break;
	case BLOCKER_ERROR:
		set_error(o, r, rows->unknown);
		break;
	case BLOCKER_TIME:
		json_set_string(o, "reason", r->reason[0] ? r->reason : NULL);
		break;
	case BLOCKER_NONE:
		break;
	}
	return o;
}

static void can(cJSON *list, const char *what, const char *words)
{
	cJSON *o = cJSON_CreateObject();

	json_set_string(o, "do", what);
	json_set_string(o, "words", words);
	cJSON_AddItemToArray(list, o);
}

static cJSON *what_you_can_do(const struct run *r, const struct why_rows *rows)
{
	cJSON *list = cJSON_CreateArray();

	if (rows->unknown)
		can(list, "settle",
		    "say what became of the call of unknown outcome");
	if (r->state == RUN_WAITING_TASK)
		can(list, "decide", "decide the task");
	if (r->state == RUN_WAITING_SIGNAL && r->wait_signal[0])
		can(list, "signal", "send the signal it waits for");
	if (blocker_of(r, rows) == BLOCKER_SWITCH)
		can(list, "switch", "lift the switch that stops it");
	if (blocker_of(r, rows) == BLOCKER_ADAPTER)
		can(list, "adapter", "look at the adapter: resume or probe it");
	for (int k = 0; k < INBOX_KIND_COUNT; k++) {
		const char *words = operate_offer((enum inbox_kind)k, r->state);

		if (words)
			can(list, inbox_kind_name((enum inbox_kind)k), words);
	}
	if (run_state_closed(r->state))
		can(list, "replay",
		    "a new run from one of its steps; what it did is kept and "
		    "not repeated");
	return list;
}

/* What holds it, in words; the state alone where nothing does. */
static void why_words(const struct run *r, const struct why_rows *rows,
		      char text[REASON_SIZE + 128])
{
	const char *error = error_of(r);
	size_t size = REASON_SIZE + 128;

	switch (blocker_of(r, rows)) {
	case BLOCKER_SWITCH:
		(void)snprintf(text, size, "%s", r->reason);
		break;
	case BLOCKER_ADAPTER:
		(void)snprintf(text, size, "%s can't take it: %s",
			       r->wait_adapter, r->reason);
		break;
	case BLOCKER_TASK:
		(void)snprintf(text, size, "a person must decide: %s",
			       rows->task ? rows->task->title : "its task");
		break;
	case BLOCKER_SIGNAL:
		(void)snprintf(text, size, "%s has not come yet",
			       r->wait_signal);
		break;
	case BLOCKER_PAUSE:
		(void)snprintf(text, size, "an operator paused it: %s",
			       r->reason);
		break;
	case BLOCKER_ERROR:
		if (rows->unknown)
			(void)snprintf(text, size,
				       "nobody knows what became of %s.%s (%s)",
				       rows->unknown->adapter,
				       rows->unknown->operation,
				       rows->unknown->public_id);
		else
			(void)snprintf(text, size, "%s",
				       error ? error : "an error");
		break;
	case BLOCKER_PLACE:
		(void)snprintf(text, size, "%s", r->reason);
		break;
	case BLOCKER_TIME:
		(void)snprintf(text, size, "it waits for its time: %s",
			       r->reason[0] ? r->reason : "as planned");
		break;
	case BLOCKER_NONE:
		(void)snprintf(text, size, "nothing holds it");
		break;
	}
}

static int64_t next_ms(const struct run *r, const struct task *task)
{
	if (run_state_closed(r->state) || r->state == RUN_PAUSED ||
	    r->state == RUN_HELD)
		return 0;
	if (r->state != RUN_WAITING_TASK || !task)
		return r->due_ms;
	return task->state == TASK_DECIDED ? task->execute_at_ms : task->due_ms;
}

cJSON *view_why(const struct run *r, const struct why_rows *rows)
{
	char next[NEXT_SIZE], why[REASON_SIZE + 128], since[MOMENT_SIZE];
	int64_t since_ms = r->closed_ms ? r->closed_ms : r->updated_ms;
	char sentence[SENTENCE_SIZE];
	cJSON *o = cJSON_CreateObject();

	view_next(r, rows->task, next);
	why_words(r, rows, why);
	moment_words(since_ms, since);
	(void)snprintf(sentence, sizeof(sentence),
		       "%s is %s since %s%s%s: %s. Next: %s.", r->order_id,
		       run_state_name(r->state), since,
		       r->step[0] ? " at step " : "", r->step, why, next);
	json_set_string(o, "state", run_state_name(r->state));
	json_set_string(o, "sentence", sentence);
	json_set_time(o, "since", since_ms);
	json_set_time(o, "nextAt", next_ms(r, rows->task));
	json_set_string(o, "nextWhat", next);
	json_set(o, "blocker", view_blocker(r, rows));
	json_set(o, "whatYouCanDo", what_you_can_do(r, rows));
	return o;
}

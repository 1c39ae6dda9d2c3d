/*
 * Why a run stands where it stands: what holds it, since when, what happens
 * next and when, and what a person can do about it. What can be done is asked
 * of the table that judges it (operate.h), so that nothing is offered that
 * would be refused.
 */
#include "view_why.h"

#include <stdio.h>
#include <string.h>

#include "../base/json_text.h"
#include "note.h"
#include "operate.h"
#include "view_field.h"
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

static void put_task(struct strbuf *text, const struct task *t)
{
	json_object_string(text, "taskId", t ? t->public_id : NULL);
	json_object_string(text, "title", t ? t->title : NULL);
	json_object_string(text, "role", t ? role_name(t->role) : NULL);
	json_object_string(text, "state", t ? task_state_name(t->state) : NULL);
	view_text(text, "claimedBy", t ? t->claimed_by : NULL);
	json_object_time(text, "dueAt", t ? t->due_ms : 0);
}

static void put_error(struct strbuf *text, const struct run *r,
		      const struct call *unknown)
{
	char full[NAME_SIZE * 2];

	view_text(text, "step", r->step);
	json_object_string(text, "error", error_of(r));
	json_object_string(text, "callId", unknown ? unknown->public_id : NULL);
	if (unknown)
		(void)snprintf(full, sizeof(full), "%s.%s", unknown->adapter,
			       unknown->operation);
	json_object_string(text, "operation", unknown ? full : NULL);
}

static void put_blocker(struct strbuf *text, enum blocker kind,
			const struct run *r, const struct why_rows *rows)
{
	json_object_open(text, "blocker");
	json_object_string(text, "kind", blocker_names[kind]);
	switch (kind) {
	case BLOCKER_ADAPTER:
	case BLOCKER_SWITCH:
		view_text(text, "adapter", r->wait_adapter);
		json_object_string(text, "reason", r->reason);
		break;
	case BLOCKER_TASK:
		put_task(text, rows->task);
		break;
	case BLOCKER_SIGNAL:
		json_object_string(text, "name", r->wait_signal);
		break;
	case BLOCKER_PAUSE:
	case BLOCKER_PLACE:
		json_object_string(text, "reason", r->reason);
		break;
	case BLOCKER_ERROR:
		put_error(text, r, rows->unknown);
		break;
	case BLOCKER_TIME:
		view_text(text, "reason", r->reason);
		break;
	case BLOCKER_NONE:
		break;
	}
	json_object_close(text);
}

static void can(struct strbuf *text, const char *what, const char *words)
{
	json_object_open(text, NULL);
	json_object_string(text, "do", what);
	json_object_string(text, "words", words);
	json_object_close(text);
}

static void put_what_you_can_do(struct strbuf *text, enum blocker blocker,
				const struct run *r,
				const struct why_rows *rows)
{
	json_list_open(text, "whatYouCanDo");
	if (rows->unknown)
		can(text, "settle",
		    "say what became of the call of unknown outcome");
	if (r->state == RUN_WAITING_TASK)
		can(text, "decide", "decide the task");
	if (r->state == RUN_WAITING_SIGNAL && r->wait_signal[0])
		can(text, "signal", "send the signal it waits for");
	if (blocker == BLOCKER_SWITCH)
		can(text, "switch", "lift the switch that stops it");
	if (blocker == BLOCKER_ADAPTER)
		can(text, "adapter", "look at the adapter: resume or probe it");
	for (int k = 0; k < INBOX_KIND_COUNT; k++) {
		const char *words = operate_offer((enum inbox_kind)k, r->state);

		if (words)
			can(text, inbox_kind_name((enum inbox_kind)k), words);
	}
	if (run_state_closed(r->state))
		can(text, "replay",
		    "a new run from one of its steps; what it did is kept and "
		    "not repeated");
	json_list_close(text);
}

/* What holds it, in words; the state alone where nothing does. */
static void why_words(enum blocker blocker, const struct run *r,
		      const struct why_rows *rows, char text[REASON_SIZE + 128])
{
	const char *error = error_of(r);
	size_t size = REASON_SIZE + 128;

	switch (blocker) {
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

void view_why_put(struct strbuf *text, const struct run *r,
		  const struct why_rows *rows)
{
	char why[REASON_SIZE + 128], since[MOMENT_SIZE];
	int64_t since_ms = r->closed_ms ? r->closed_ms : r->updated_ms;
	enum blocker blocker = blocker_of(r, rows);
	char sentence[SENTENCE_SIZE];

	why_words(blocker, r, rows, why);
	moment_words(since_ms, since);
	(void)snprintf(sentence, sizeof(sentence),
		       "%s is %s since %s%s%s: %s. Next: %s.", r->order_id,
		       run_state_name(r->state), since,
		       r->step[0] ? " at step " : "", r->step, why, rows->next);
	json_object_string(text, "state", run_state_name(r->state));
	json_object_string(text, "sentence", sentence);
	json_object_time(text, "since", since_ms);
	json_object_time(text, "nextAt", next_ms(r, rows->task));
	json_object_string(text, "nextWhat", rows->next);
	put_blocker(text, blocker, r, rows);
	put_what_you_can_do(text, blocker, r, rows);
}

void view_why(struct strbuf *text, const char *key, const struct run *r,
	      const struct why_rows *rows)
{
	json_object_open(text, key);
	view_why_put(text, r, rows);
	json_object_close(text);
}

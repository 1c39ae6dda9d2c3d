/*
 * In words: where a run stands, what it waits for, and what comes next. An
 * operator reads this before anything else, so every open state says either
 * when it goes on by itself or who has to do what.
 */
#include "view_next.h"

#include <stdio.h>
#include <string.h>

#include "../base/json_text.h"
#include "note.h"

/* " at 2026-03-01 12:00:05 UTC", or nothing. */
#define AT_SIZE (MOMENT_SIZE + 8)
static void at_words(const char *word, int64_t ms, char text[AT_SIZE])
{
	char moment[MOMENT_SIZE];

	text[0] = '\0';
	if (ms) {
		moment_words(ms, moment);
		(void)snprintf(text, AT_SIZE, " %s %s", word, moment);
	}
}

static const char *step_words(const struct run *r)
{
	return r->step[0] ? r->step : "the first step";
}

static void next_ready(const struct run *r, const struct task *task, char *text)
{
	(void)task;
	(void)snprintf(text, NEXT_SIZE,
		       "goes on with %s as soon as the engine takes it",
		       step_words(r));
}

static void next_running(const struct run *r, const struct task *task,
			 char *text)
{
	(void)task;
	(void)snprintf(text, NEXT_SIZE, "works on %s", step_words(r));
}

/* Phases of backing off that are no repeat of a call; flow/advance.h. */
static const struct {
	const char *phase, *words, *count;
} phase_words[] = {
	{"pause", "starts the next round of", "round"},
	{"lookup_wait", "asks what became of", NULL},
	{"once", "looks what became of it for the group at", NULL},
	{"gather_backoff", "reads again for", NULL},
	{"recheck_backoff", "reads the facts again for", NULL},
	{"", "retries", "attempt"}, /* any other */
};

static void next_backing_off(const struct run *r, const struct task *task,
			     char *text)
{
	char at[AT_SIZE];
	char count[64] = "";
	size_t i = 0;

	(void)task;
	while (phase_words[i].phase[0] &&
	       strcmp(phase_words[i].phase, r->phase) != 0)
		i++;
	at_words("at", r->due_ms, at);
	if (phase_words[i].count && r->attempt < r->attempts_max)
		(void)snprintf(count, sizeof(count), " (%s %d of %d)",
			       phase_words[i].count, r->attempt + 1,
			       r->attempts_max);
	(void)snprintf(text, NEXT_SIZE, "%s %s%s%s", phase_words[i].words,
		       step_words(r), at, count);
}

static void next_blocked(const struct run *r, const struct task *task,
			 char *text)
{
	char at[AT_SIZE];

	(void)task;
	if (strcmp(r->phase, "slot") == 0) {
		(void)snprintf(text, NEXT_SIZE,
			       "goes on with %s when one of them ends, the "
			       "most urgent first",
			       step_words(r));
		return;
	}
	at_words("at", r->due_ms, at);
	(void)snprintf(text, NEXT_SIZE,
		       "%s can't take it now (%s); tries %s again%s",
		       r->wait_adapter, r->reason, step_words(r),
		       r->due_ms <= r->updated_ms ? " when there is room" : at);
}

static void next_task(const struct run *r, const struct task *task, char *text)
{
	char due[AT_SIZE];

	if (task && task->state == TASK_DECIDED) {
		at_words("at", task->execute_at_ms, due);
		(void)snprintf(
			text, NEXT_SIZE, "%s %s: carried out%s", task->decider,
			task->approved == 1 ? "approved" : "rejected", due);
		return;
	}
	at_words("due", task ? task->due_ms : r->due_ms, due);
	(void)snprintf(text, NEXT_SIZE, "waits for a person: %s%s%s",
		       task ? task->title : step_words(r), due[0] ? "," : "",
		       due);
}

static void next_signal(const struct run *r, const struct task *task,
			char *text)
{
	char until[AT_SIZE];

	(void)task;
	at_words("until", r->due_ms, until);
	(void)snprintf(text, NEXT_SIZE, "waits%s%s%s",
		       r->wait_signal[0] ? " for the signal " : "",
		       r->wait_signal, until);
}

static void next_paused(const struct run *r, const struct task *task,
			char *text)
{
	(void)task;
	(void)snprintf(text, NEXT_SIZE,
		       "PAUSED: %s — needs an operator: resume or cancel",
		       r->reason);
}

static void next_held(const struct run *r, const struct task *task, char *text)
{
	(void)task;
	(void)snprintf(text, NEXT_SIZE,
		       "HELD: %s — needs an operator: retry or cancel",
		       r->reason);
}

static void next_canceling(const struct run *r, const struct task *task,
			   char *text)
{
	(void)task;
	(void)snprintf(text, NEXT_SIZE, "%s",
		       strcmp(r->step, "@undo") == 0
			       ? "undoes what it did, then it is cancelled"
			       : "is cancelled as soon as no call is out any "
				 "more");
}

static void next_closed(const struct run *r, const struct task *task,
			char *text)
{
	(void)task;
	(void)snprintf(text, NEXT_SIZE, "nothing: %s%s%s",
		       run_state_name(r->state), r->outcome[0] ? ", " : "",
		       r->outcome);
}

static void (*const next_words[])(const struct run *, const struct task *,
				  char *) = {
	[RUN_READY] = next_ready,
	[RUN_RUNNING] = next_running,
	[RUN_BACKING_OFF] = next_backing_off,
	[RUN_BLOCKED] = next_blocked,
	[RUN_WAITING_TASK] = next_task,
	[RUN_WAITING_SIGNAL] = next_signal,
	[RUN_PAUSED] = next_paused,
	[RUN_HELD] = next_held,
	[RUN_CANCELING] = next_canceling,
	[RUN_COMPLETED] = next_closed,
	[RUN_FAILED] = next_closed,
	[RUN_CANCELED] = next_closed,
	[RUN_TIMED_OUT] = next_closed,
};
_Static_assert(sizeof(next_words) / sizeof(next_words[0]) == RUN_STATE_COUNT,
	       "every state has words");

void view_next(const struct run *r, const struct task *task,
	       char ret_text[NEXT_SIZE])
{
	next_words[r->state](r, task, ret_text);
}

/* Which states wait, and for what kind of thing. */
static const char *const waiting_kinds[RUN_STATE_COUNT] = {
	[RUN_BACKING_OFF] = "time",  [RUN_BLOCKED] = "adapter",
	[RUN_WAITING_TASK] = "task", [RUN_WAITING_SIGNAL] = "signal",
	[RUN_PAUSED] = "operator",   [RUN_HELD] = "operator",
};

static const char *waiting_kind(const struct run *r)
{
	if (r->state == RUN_WAITING_SIGNAL && !r->wait_signal[0])
		return "time";
	if (r->state == RUN_BLOCKED && strcmp(r->phase, "slot") == 0)
		return "place";
	return waiting_kinds[r->state];
}

void view_waiting_for(struct strbuf *text, const char *key, const struct run *r,
		      const struct task *task)
{
	const char *kind = waiting_kind(r);
	int64_t due_ms = r->due_ms;

	if (!kind) {
		json_object_null(text, key);
		return;
	}
	json_object_open(text, key);
	json_object_string(text, "kind", kind);
	if (r->state == RUN_WAITING_TASK) {
		json_object_string(text, "taskId",
				   task ? task->public_id : NULL);
		json_object_string(text, "title", task ? task->title : NULL);
		json_object_string(text, "state",
				   task ? task_state_name(task->state) : NULL);
		due_ms = task ? task->due_ms : due_ms;
	}
	if (strcmp(kind, "signal") == 0)
		json_object_string(text, "name", r->wait_signal);
	if (strcmp(kind, "adapter") == 0)
		json_object_string(text, "adapter", r->wait_adapter);
	if (strcmp(kind, "place") == 0)
		json_object_string(text, "reason", r->reason);
	if (strcmp(kind, "operator") == 0) {
		json_object_string(text, "reason", r->reason);
		due_ms = 0;
	}
	json_object_time(text, "dueAt", due_ms);
	json_object_close(text);
}

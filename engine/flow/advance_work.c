/*
 * Why: the moves that every kind of step makes, each leaving the plan's run row
 * consistent with its state, so that no step can forget a column.
 */
#include "advance_work.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "template.h"

const cJSON *work_case(const struct work *w)
{
	return w->plan->case_file ? w->plan->case_file : w->in->case_file;
}

cJSON *work_edit(struct work *w)
{
	if (!w->plan->case_file)
		w->plan->case_file = cJSON_Duplicate(w->in->case_file, true);
	return w->plan->case_file;
}

static void note(struct work *w, enum audit_kind kind, const char *actor,
		 const char *data, const char *format, va_list arguments)
{
	struct plan_entry *e;
	char text[900];
	/* The last place is for how it ends. */
	bool ends = kind == AUDIT_HELD || kind == AUDIT_CLOSED;

	if (w->plan->entry_count >= PLAN_ENTRIES_MAX - !ends)
		return;
	vsnprintf(text, sizeof(text), format, arguments);
	e = &w->plan->entry[w->plan->entry_count++];
	e->kind = kind;
	e->actor = arena_dup(w->arena, actor);
	e->message = arena_dup(w->arena, text);
	e->data = data;
}

/* Consumes the tree. */
static const char *data_text(struct work *w, cJSON *data)
{
	const char *text = data ? json_print_arena(data, w->arena) : "{}";

	cJSON_Delete(data);
	return text;
}

void work_note(struct work *w, enum audit_kind kind, cJSON *data,
	       const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(w, kind, "mend", data_text(w, data), format, arguments);
	va_end(arguments);
}

void work_note_text(struct work *w, enum audit_kind kind, const char *data,
		    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(w, kind, "mend", data, format, arguments);
	va_end(arguments);
}

void work_note_as(struct work *w, enum audit_kind kind, const char *actor,
		  cJSON *data, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(w, kind, actor, data_text(w, data), format, arguments);
	va_end(arguments);
}

char *work_text(struct work *w, const char *template)
{
	char *text = NULL;

	if (!template)
		return NULL;
	if (template_text(template, work_case(w), TEMPLATE_TEXT, w->arena,
			  &text) != OK)
		return arena_dup(w->arena, template);
	return text;
}

struct progress_item *work_progress(struct work *w)
{
	static struct progress_item nowhere;
	struct progress_item *item = progress_of(&w->progress, w->run->step);

	if (item)
		return item;
	work_hold(w, "the playbook has more steps than a run can remember");
	memset(&nowhere, 0, sizeof(nowhere));
	return &nowhere;
}

void work_clear(struct work *w)
{
	struct run *r = w->run;

	r->due_ms = 0;
	r->queue[0] = '\0';
	r->wait_task_id = 0;
	r->wait_signal[0] = '\0';
	r->wait_adapter[0] = '\0';
	r->reason[0] = '\0';
}

void work_phase(struct work *w, const char *phase)
{
	STR_COPY(w->run->phase, phase);
}

bool work_in_phase(const struct work *w, const char *phase)
{
	return strcmp(w->run->phase, phase) == 0;
}

bool work_state(struct work *w, enum run_event event)
{
	enum run_state to;

	if (run_next(w->run->state, event, &to) != OK)
		return false;
	w->run->state = to;
	return true;
}

enum way work_hold(struct work *w, const char *reason)
{
	struct run *r = w->run;

	if (run_state_closed(r->state))
		return STAY;
	work_clear(w);
	r->state = RUN_HELD;
	STR_COPY(r->reason, reason);
	w->plan->waits = false;
	work_note(w, AUDIT_HELD, NULL, "Held: %s", reason);
	return STAY;
}

/* Enters a step: a new visit, with nothing of the one before. */
enum way work_enter(struct work *w, const struct step *s)
{
	struct progress_item *item;
	bool inside = w->step && w->step->parent >= 0 &&
		      &w->playbook->step[w->step->parent] == s;

	work_clear(w);
	w->step = s;
	STR_COPY(w->run->step, s->name);
	work_phase(w, "");
	w->call_count = 0;
	w->wake_ms = 0;
	w->plan->new_visit = true;
	item = work_progress(w);
	item->visit++;
	item->until_ms = 0;
	/* A body that comes back to its repeat goes on counting. */
	if (!(s->kind == STEP_REPEAT && inside)) {
		item->count = 0;
		item->end_ms =
			s->timeout_ms ? w->in->now_ms + s->timeout_ms : 0;
	}
	if (w->in->watch && w->in->watch->entered && s != work_leaving())
		w->in->watch->entered(w->in->watch->context, w->playbook, s,
				      item->visit);
	return ON;
}

enum way work_go(struct work *w, int target, const char *hold_reason)
{
	if (w->run->state == RUN_CANCELING)
		return work_canceled(w);
	if (work_restart(w))
		return ON;
	if (target < 0)
		return work_hold(w, hold_reason);
	return work_enter(w, &w->playbook->step[target]);
}

enum way work_route(struct work *w, const char *name, const char *reason)
{
	const struct playbook *b = catalog_playbook(w->in->catalog, name);
	char text[REASON_SIZE];
	cJSON *data;

	if (!b) {
		snprintf(text, sizeof(text), "no playbook \"%s\" is active",
			 name);
		return work_hold(w, text);
	}
	data = cJSON_CreateObject();
	json_set_string(data, "playbook", b->name);
	json_set_int(data, "version", b->version);
	work_note(w, AUDIT_ROUTED, data, "Playbook %s, version %d%s%s", b->name,
		  b->version, reason ? ": " : "", reason ? reason : "");
	w->playbook = b;
	w->run->playbook_id = b->document_id;
	w->run->attempt = w->run->attempts_max = 0;
	w->step = NULL;
	work_prioritise(w, b->priority, b->name);
	(void)work_enter(w, &b->step[0]);
	work_want_slot(w);
	return ON;
}

enum way work_no_room(struct work *w)
{
	work_clear(w);
	if (!work_state(w, RUN_EV_BLOCK))
		return work_hold(w, "the run cannot wait in this state");
	return STAY;
}

void work_prioritise(struct work *w, int priority, const char *by)
{
	cJSON *data;

	if (priority == PRIORITY_NONE || priority == w->run->priority)
		return;
	data = cJSON_CreateObject();
	json_set_int(data, "from", w->run->priority);
	json_set_int(data, "to", priority);
	json_set_string(data, "by", by);
	work_note(w, AUDIT_PRIORITY, data, "Priority %d, was %d (%s)", priority,
		  w->run->priority, by);
	w->run->priority = priority;
}

enum way work_wait_calls(struct work *w)
{
	work_clear(w);
	if (!work_state(w, RUN_EV_CALL))
		return work_hold(w, "calls went out in a state that allows "
				    "none");
	w->plan->waits = true;
	return STAY;
}

/* What a step in the process came to is durable before the next begins. */
enum way work_again(struct work *w)
{
	w->plan->again = true;
	return work_wait_calls(w);
}

enum way work_back_off(struct work *w, const char *phase, int64_t until_ms,
		       const char *adapter, const char *reason)
{
	char kept[REASON_SIZE];

	STR_COPY(kept, reason);
	work_clear(w);
	work_phase(w, phase);
	work_progress(w)->until_ms = until_ms;
	if (!work_state(w, RUN_EV_BACK_OFF))
		return work_hold(w, kept);
	w->run->due_ms = until_ms;
	STR_COPY(w->run->queue, adapter);
	STR_COPY(w->run->reason, kept);
	return STAY;
}

enum way work_close(struct work *w, enum run_event event, const char *outcome,
		    const char *result, const char *reason, cJSON *data)
{
	struct run *r = w->run;

	if (!work_state(w, event)) {
		cJSON_Delete(data);
		return work_hold(w, "the run cannot end in this state");
	}
	work_clear(w);
	STR_COPY(r->outcome, outcome);
	/* However it ended, money that went back is what became of the buyer.
	 */
	if (strcmp(result, "NONE") != 0 || !r->result[0])
		STR_COPY(r->result, result);
	STR_COPY(r->reason, reason);
	r->closed_ms = w->in->now_ms;
	work_phase(w, "");
	if (!data)
		data = cJSON_CreateObject();
	json_set_string(data, "state", run_state_name(r->state));
	json_set_string(data, "outcome", outcome);
	json_set_string(data, "result", r->result);
	work_note(w, AUDIT_CLOSED, data, "%s", reason);
	return STAY;
}

struct task *work_task(struct work *w)
{
	struct task *t = w->plan->task_update;

	if (!t && w->in->task) {
		t = arena_alloc(w->arena, sizeof(*t));
		*t = *w->in->task;
		w->plan->task_update = t;
	}
	return t;
}

void work_end_task(struct work *w, enum task_event event,
		   const char *void_reason)
{
	static const enum audit_kind kind[TASK_EV_COUNT] = {
		[TASK_EV_DONE] = AUDIT_TASK_DONE,
		[TASK_EV_VOID] = AUDIT_TASK_VOID,
		[TASK_EV_EXPIRE] = AUDIT_TASK_EXPIRED,
		[TASK_EV_CANCEL] = AUDIT_TASK_VOID,
	};
	struct task *t = work_task(w);
	enum task_state to;
	cJSON *data;

	if (!t || t->closed_ms || task_next(t->state, event, &to) != OK)
		return;
	t->state = to;
	t->closed_ms = w->in->now_ms;
	t->updated_ms = w->in->now_ms;
	STR_COPY(t->void_reason, void_reason);
	data = cJSON_CreateObject();
	json_set_string(data, "taskId", t->public_id);
	json_set_string(data, "state", task_state_name(to));
	work_note(w, kind[event], data, "Task %s%s%s", task_state_name(to),
		  void_reason && void_reason[0] ? ": " : "",
		  void_reason ? void_reason : "");
}

void work_mark(struct work *w, const char *marks, cJSON *data)
{
	struct visit_call *c = work_call(w, "");
	int k;

	for (k = 0; marks && k < AUDIT_KIND_COUNT; k++) {
		if (strcmp(audit_kind_name((enum audit_kind)k), marks) == 0) {
			/* What was marked before is not counted again. */
			if (c && c->known)
				cJSON_Delete(data);
			else
				work_note(w, (enum audit_kind)k, data, "%s: %s",
					  w->run->order_id, marks);
			if (k == AUDIT_REFUND_EXECUTED)
				STR_COPY(w->run->result, "REFUNDED");
			return;
		}
	}
	cJSON_Delete(data);
}

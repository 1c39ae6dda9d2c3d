/*
 * Why: what a run does next is one pure function, so that it can be tested, run
 * again, and thrown away. It reads the inbox, then continues the step where the
 * run stands and enters the next ones until something must be waited for.
 */
#include "advance.h"

#include <stddef.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_work.h"

/* Steps entered in one plan at most: a circle of choices is a fault. */
#define MOVES_MAX 64

static enum way (*const continue_step[STEP_KIND_COUNT])(struct work *) = {
	[STEP_CALL] = step_call,     [STEP_GATHER] = step_gather,
	[STEP_CHOOSE] = step_choose, [STEP_TASK] = step_task,
	[STEP_WAIT] = step_wait,     [STEP_REPEAT] = step_repeat,
	[STEP_FINISH] = step_finish, [STEP_COMPENSATE] = step_compensate,
};

static void begin(struct work *w, const struct advance_input *in,
		  struct plan *plan)
{
	int i;

	memset(w, 0, offsetof(struct work, progress));
	w->progress.item_count = 0;
	w->in = in;
	w->plan = plan;
	w->run = &plan->run;
	w->arena = plan->arena;
	w->playbook = in->playbook;
	w->random = in->random;
	w->money_out = in->money_out;
	run_copy(w->run, in->run);
	w->run->updated_ms = in->now_ms;
	w->run->inbox_read = w->run->inbox_seq;
	if (w->playbook && w->run->step[0])
		w->step = strcmp(w->run->step, STEP_LEAVING) == 0
				  ? work_leaving()
				  : playbook_step(w->playbook, w->run->step);
	for (i = 0; i < in->call_count && i < VISIT_CALLS_MAX; i++)
		w->call[w->call_count++] = in->call[i];
}

/* Nobody will read what else was said to a run that has ended. */
static void clear_inbox(struct work *w)
{
	int i, j;

	for (i = 0; i < w->in->inbox_count; i++) {
		const struct inbox_row *row = &w->in->inbox[i];
		bool taken = row->kind == INBOX_SIGNAL;

		for (j = 0; j < w->plan->consumed_count; j++)
			taken = taken || w->plan->consumed[j] == row->id;
		if (!taken && row->kind == INBOX_EVENT &&
		    (w->run->state == RUN_CANCELED ||
		     w->run->state == RUN_TIMED_OUT))
			w->plan->follow = row;
		if (!taken)
			work_consume(w, row);
	}
}

/* What stands behind the rows that were read is read next, and soon. */
static void read_on(struct work *w)
{
	struct run *r = w->run;

	if ((!w->in->inbox_more && !w->left) || !w->plan->consumed_count ||
	    run_state_closed(r->state))
		return;
	r->inbox_read = r->inbox_seq - 1;
	if (!r->lease)
		r->due_ms = w->in->now_ms;
}

/* A run that makes progress has not crashed us. */
static void end(struct work *w)
{
	struct run *r = w->run;

	if (run_state_closed(r->state))
		clear_inbox(w);
	if (!progress_print(&w->progress, r->progress))
		work_hold(w, "the playbook has more steps than a run can "
			     "remember");
	if (r->state != RUN_HELD)
		r->crash_count = 0;
	work_wake(w);
	if (!w->plan->waits)
		r->lease = 0;
	read_on(w);
}

static enum way walk(struct work *w)
{
	enum way way = ON;
	int moves = 0;

	while (way == ON) {
		if (++moves > MOVES_MAX)
			return work_hold(w, "the playbook goes round in "
					    "circles");
		if (!w->playbook)
			way = work_route(w, "intake", NULL);
		else if (!w->step)
			way = work_hold(w, "the playbook has no step of this "
					   "name");
		else if (work_timed_out(w, &way))
			continue;
		else if (work_in_phase(w, "slot"))
			way = step_slot(w);
		else if (!continue_step[w->step->kind])
			way = work_hold(w, "steps of this kind are not run");
		else
			way = continue_step[w->step->kind](w);
	}
	return way;
}

static void clear(struct plan *p, struct arena *a)
{
	memset(p, 0, offsetof(struct plan, entry));
	p->arena = a;
}

void advance(const struct advance_input *in, struct plan *ret_plan)
{
	struct arena *arena = ret_plan->arena;
	struct work w;

	clear(ret_plan, arena);
	begin(&w, in, ret_plan);
	if (!progress_parse(in->run->progress, &w.progress)) {
		plan_hold(in->run, arena, in->now_ms,
			  "the record of visits is damaged", ret_plan);
		ret_plan->run.inbox_read = in->run->inbox_seq;
		ret_plan->damaged = true;
		return;
	}
	if (work_inbox(&w) == ON)
		walk(&w);
	end(&w);
}

void plan_release(struct plan *p)
{
	cJSON_Delete(p->case_file);
	p->case_file = NULL;
}

static void plan_begin(const struct run *r, struct arena *a, int64_t now_ms,
		       struct plan *ret_plan)
{
	clear(ret_plan, a);
	run_copy(&ret_plan->run, r);
	ret_plan->run.updated_ms = now_ms;
	ret_plan->run.lease = 0;
}

void plan_hold(const struct run *r, struct arena *a, int64_t now_ms,
	       const char *reason, struct plan *ret_plan)
{
	struct run *run = &ret_plan->run;

	plan_begin(r, a, now_ms, ret_plan);
	run->state = RUN_HELD;
	run->due_ms = 0;
	run->queue[0] = '\0';
	run->wait_task_id = 0;
	run->wait_signal[0] = run->wait_adapter[0] = '\0';
	run->paused_state[0] = '\0';
	STR_COPY(run->reason, reason);
	ret_plan->entry[ret_plan->entry_count++] = (struct plan_entry){
		.kind = AUDIT_HELD,
		.actor = "mend",
		.message = arena_printf(a, "Held: %s", reason),
	};
}

void plan_block(const struct run *r, struct arena *a, int64_t now_ms,
		const char *adapter, const char *reason, int64_t due_ms,
		struct plan *ret_plan)
{
	struct run *run = &ret_plan->run;

	plan_begin(r, a, now_ms, ret_plan);
	run->due_ms = due_ms;
	/* Also one that is stopped, and stays so until its plan can be
	 * written, is claimed when there is room. */
	STR_COPY(run->queue, adapter);
	if (run_next(r->state, RUN_EV_BLOCK, &run->state) != OK)
		return;
	run->wait_task_id = 0;
	run->wait_signal[0] = '\0';
	STR_COPY(run->wait_adapter, adapter);
	STR_COPY(run->reason, reason);
}

/* Which state an attempt's class leaves a call in. */
static enum call_state state_after(const struct call *c, enum call_class class)
{
	if (class == CLASS_OK)
		return CALL_OK;
	if (c->purpose == PURPOSE_EFFECT && c->maybe_done)
		return CALL_UNKNOWN;
	return CALL_FAILED;
}

void call_apply(struct call *c, const struct call_answer *answer,
		int64_t now_ms, struct arena *a)
{
	/* A refusal that the declaration names is the key's final word. */
	if (answer->class == CLASS_OK ||
	    (answer->class == CLASS_PERMANENT && answer->declared))
		c->maybe_done = false;
	else if (answer->class == CLASS_UNKNOWN)
		c->maybe_done = true;
	c->state = state_after(c, answer->class);
	STR_COPY(c->code, answer->code);
	STR_COPY(c->class, call_class_name(answer->class));
	c->status = answer->status;
	c->answer = answer->body ? json_print_arena(answer->body, a) : NULL;
	STR_COPY(c->error, answer->error);
	c->answered_ms = now_ms;
	c->duration_ms = answer->duration_ms;
}

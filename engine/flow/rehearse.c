/*
 * Why: what a playbook does with an order can be seen before it is in force.
 * This is the engine's loop without an engine: plan, take the plan for written,
 * move the clock to the next moment at which something happens.
 */
#include "rehearse.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "life.h"
#include "rehearse_work.h"

/* A run that is still going after so many plans goes on for ever. */
#define PLANS_MAX 4000

void rehearse_stop(struct rehearsing *r, enum rehearse_end end,
		   const char *problem)
{
	r->over = true;
	r->record->end = end;
	STR_COPY(r->record->problem, problem);
}

/* ---- plans ---- */

static void take_inbox(struct rehearsing *r, const struct plan *p)
{
	int i, j, kept = 0;

	for (i = 0; i < r->inbox_count; i++) {
		bool gone = false;

		for (j = 0; j < p->consumed_count; j++)
			gone = gone || p->consumed[j] == r->inbox[i].id;
		if (!gone)
			r->inbox[kept++] = r->inbox[i];
	}
	r->inbox_count = kept;
}

static void keep_task_texts(struct rehearsing *r)
{
	r->task.proposal = arena_dup(r->arena, r->task.proposal);
	r->task.notes = arena_dup(r->arena, r->task.notes);
}

static void take_task(struct rehearsing *r, const struct plan *p)
{
	if (p->task_update) {
		r->task = *p->task_update;
		r->task.version++;
		keep_task_texts(r);
		r->has_task = r->task.closed_ms == 0;
		record_task(r);
	}
	if (p->task_open) {
		r->task = *p->task_open;
		keep_task_texts(r);
		r->task.id = r->record->task_count + 1;
		(void)snprintf(r->task.public_id, sizeof(r->task.public_id),
			       "task_%lld", (long long)r->task.id);
		r->record->run.wait_task_id = r->task.id;
		r->has_task = true;
		r->asked = r->decides = false;
		record_task(r);
	}
}

/* As the store would: no money moves beside money whose outcome is open. */
static bool refused_by_store(struct rehearsing *r, struct plan *p)
{
	const struct rehearse_effect *out;
	char text[REASON_SIZE];
	int i;

	for (i = 0; i < p->call_count; i++) {
		if (!p->call[i].insert || !p->call[i].call.order_scope)
			continue;
		out = record_money_out(r, false);
		if (!out)
			return false;
		(void)snprintf(text, sizeof(text),
			       "no money moves while %s (%s) is out or its "
			       "outcome is unknown",
			       out->operation, out->key);
		plan_release(p);
		plan_hold(&r->record->run, &r->scratch, r->now_ms, text, p);
		return true;
	}
	return false;
}

static void take(struct rehearsing *r, struct plan *p)
{
	struct rehearsal *record = r->record;

	record_entries(r, p);
	r->again = p->again;
	r->wake_ms = p->waits ? p->wake_ms : 0;
	record->run = p->run;
	/* There is no other run: the place it asks for is free. */
	if (p->slot_key && !p->slot_free)
		record->run.due_ms = r->now_ms;
	if (p->case_file) {
		cJSON_Delete(record->case_file);
		record->case_file = p->case_file;
		p->case_file = NULL;
	}
	take_task(r, p);
	take_inbox(r, p);
	rehearse_take_calls(r, p);
	if (!record->run.lease && !r->over)
		rehearse_leave_calls(r);
	if (run_state_closed(record->run.state))
		rehearse_stop(r, REHEARSE_CLOSED, "");
}

static const struct playbook *playbook_of(const struct rehearsing *r)
{
	const struct catalog *c = r->in->catalog;
	int i;

	for (i = 0; i < c->playbook_count; i++) {
		if (c->playbook[i]->document_id == r->record->run.playbook_id)
			return c->playbook[i];
	}
	return NULL;
}

static void plan_once(struct rehearsing *r)
{
	struct run *run = &r->record->run;
	struct advance_input in = {
		.catalog = r->in->catalog,
		.playbook = run->playbook_id ? playbook_of(r) : NULL,
		.run = run,
		.case_file = r->record->case_file,
		.call = r->call,
		.call_count = r->call_count,
		.inbox = r->inbox,
		.inbox_count = r->inbox_count,
		.task = r->has_task ? &r->task : NULL,
		.money_out = record_money_out(r, true) != NULL,
		.slot_held = strcmp(run->phase, "slot") == 0,
		.now_ms = r->now_ms,
		.watch = &r->watch,
	};
	struct plan *p = arena_alloc(&r->scratch, sizeof(*p));

	r->random = r->random * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
	in.random = r->random;
	rehearse_shared(r, &in);
	p->arena = &r->scratch;
	run->lease = 1;
	advance(&in, p);
	(void)refused_by_store(r, p);
	take(r, p);
	plan_release(p);
	arena_reset(&r->scratch);
}

/* ---- the clock ---- */

static void earlier(int64_t *at_ms, int64_t ms)
{
	if (*at_ms < 0 || ms < *at_ms)
		*at_ms = ms;
}

/* A task that nobody looks at stays as it is, whatever its due time. */
static bool left_alone(const struct rehearsing *r)
{
	return r->record->run.state == RUN_WAITING_TASK && !r->decides &&
	       r->said == r->in->said_count;
}

/* -1: nothing more is to come. */
static int64_t next_moment(const struct rehearsing *r)
{
	const struct run *run = &r->record->run;
	int64_t at = -1;
	int i;

	for (i = 0; i < r->call_count; i++) {
		if (r->coming[i].comes)
			earlier(&at, r->coming[i].at_ms);
	}
	if (r->wake_ms > 0)
		earlier(&at, r->wake_ms);
	if (r->said < r->in->said_count)
		earlier(&at, r->in->said[r->said].at_ms);
	if (left_alone(r))
		return at;
	if (r->decides && !r->decision.lapses)
		earlier(&at, r->decides_ms);
	if (run->due_ms > 0)
		earlier(&at, run->due_ms);
	return at;
}

static void happen(struct rehearsing *r)
{
	int i;

	for (i = 0; i < r->call_count; i++) {
		if (r->coming[i].comes && r->coming[i].at_ms <= r->now_ms)
			rehearse_deliver(r, i);
	}
	while (r->said < r->in->said_count &&
	       r->in->said[r->said].at_ms <= r->now_ms) {
		const struct rehearse_said *s = &r->in->said[r->said++];

		rehearse_hear(r, s->kind, s->name, s->actor, s->body);
	}
	if (r->decides && !r->decision.lapses && r->decides_ms <= r->now_ms)
		rehearse_decide(r);
}

static void drive(struct rehearsing *r)
{
	int plans = 0;

	while (!r->over) {
		int64_t at;

		if (++plans > PLANS_MAX) {
			rehearse_stop(r, REHEARSE_ENDLESS, "it goes on and on");
			return;
		}
		plan_once(r);
		if (r->over)
			return;
		if (r->again)
			continue;
		rehearse_ask_people(r);
		at = next_moment(r);
		if (at < 0) {
			rehearse_stop(r, REHEARSE_WAITS, r->record->run.reason);
			return;
		}
		if (at > r->now_ms)
			r->now_ms = at;
		happen(r);
	}
}

static void begin(struct rehearsing *r)
{
	struct run *run = &r->record->run;

	run->id = 1;
	STR_COPY(run->public_id, "run_rehearsal");
	STR_COPY(run->order_id, r->in->order_id);
	STR_COPY(run->source, "rehearsal");
	run->state = RUN_READY;
	run->priority = 2;
	run->amount_minor = -1;
	run->due_ms = run->created_ms = run->updated_ms = r->in->now_ms;
	r->record->case_file = cJSON_CreateObject();
	json_set_string(r->record->case_file, "orderId", r->in->order_id);
	json_set(r->record->case_file, "request",
		 r->in->request ? cJSON_Duplicate(r->in->request, true)
				: cJSON_CreateObject());
}

void rehearse(const struct rehearse_input *in, struct arena *a,
	      struct rehearsal *ret_record)
{
	struct rehearsing *r = arena_alloc(a, sizeof(*r));

	memset(ret_record, 0, sizeof(*ret_record));
	r->in = in;
	r->record = ret_record;
	r->arena = a;
	r->now_ms = ret_record->began_ms = in->now_ms;
	r->random = 12345;
	r->watch.context = r;
	r->watch.entered = record_entered;
	r->watch.judged = in->explain ? record_judged : NULL;
	arena_init(&r->scratch);
	begin(r);
	drive(r);
	rehearse_forget_calls(r);
	arena_release(&r->scratch);
	ret_record->ended_ms = r->now_ms;
}

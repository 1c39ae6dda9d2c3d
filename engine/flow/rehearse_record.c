/*
 * Why: what a rehearsal saw, in lists that grow in the caller's arena. Whoever
 * judges a rehearsal (golden cases, replays of past runs) reads only these.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "rehearse_work.h"

/* Room for one element more; doubles when it is used up. */
static void *grown(struct arena *a, void *list, int count, size_t size)
{
	size_t room = count ? 2 * (size_t)count : 4;
	void *more;

	if (count != 0 && (count < 4 || (count & (count - 1)) != 0))
		return list;
	more = arena_alloc(a, room * size);
	if (count)
		memcpy(more, list, (size_t)count * size);
	return more;
}

#define GROW(record, list, count)                                              \
	((record)->list = grown(r->arena, (record)->list, (record)->count,     \
				sizeof(*(record)->list)))

void record_entered(void *context, const struct playbook *b,
		    const struct step *s, int visit)
{
	struct rehearsing *r = context;
	struct rehearsal *record = r->record;

	GROW(record, step, step_count);
	record->step[record->step_count++] = (struct rehearse_step){
		.playbook = b, .step = s, .visit = visit, .at_ms = r->now_ms};
	record->playbook = b;
}

void record_judged(void *context, const struct step *s, const char *rule,
		   bool held, const cJSON *why)
{
	struct rehearsing *r = context;
	struct rehearsal *record = r->record;

	(void)s;
	GROW(record, rule, rule_count);
	record->rule[record->rule_count++] = (struct rehearse_rule){
		.at = record->step_count - 1,
		.rule = rule ? rule : "",
		.held = held,
		.why = json_print_arena(why, r->arena),
	};
}

void record_entries(struct rehearsing *r, const struct plan *p)
{
	struct rehearsal *record = r->record;
	int i;

	for (i = 0; r->in->explain && i < p->entry_count; i++) {
		const struct plan_entry *e = &p->entry[i];

		GROW(record, entry, entry_count);
		record->entry[record->entry_count++] = (struct rehearse_entry){
			.at_ms = r->now_ms,
			.at = record->step_count - 1,
			.entry = {.kind = e->kind,
				  .actor = arena_dup(r->arena, e->actor),
				  .message = arena_dup(r->arena, e->message),
				  .data = arena_dup(r->arena, e->data)},
		};
	}
}

void record_task(struct rehearsing *r)
{
	struct rehearsal *record = r->record;
	struct rehearse_task *last =
		record->task_count ? &record->task[record->task_count - 1]
				   : NULL;

	if (!last || last->task.id != r->task.id) {
		GROW(record, task, task_count);
		last = &record->task[record->task_count++];
		last->at_ms = r->now_ms;
	}
	last->task = r->task;
}

static struct rehearse_effect *effect_of(struct rehearsal *record,
					 const char *key)
{
	int i;

	for (i = 0; i < record->effect_count; i++) {
		if (strcmp(record->effect[i].key, key) == 0)
			return &record->effect[i];
	}
	return NULL;
}

/* What it is worth: as it was asked, else as it was answered. */
static void read_amount(struct rehearse_effect *e)
{
	static const char *const member[] = {"amountMinor", "priceMinor",
					     "totalMinor"};
	const char *const text[] = {e->params, e->answer};
	size_t t, m;

	e->amount_minor = 0;
	for (t = 0; t < 2 && e->money; t++) {
		cJSON *tree = text[t] ? cJSON_Parse(text[t]) : NULL;

		for (m = 0; m < 3 && e->amount_minor == 0; m++)
			e->amount_minor = json_int(tree, member[m], 0);
		if (!e->currency[0])
			STR_COPY(e->currency,
				 json_string(tree, "currency", ""));
		cJSON_Delete(tree);
	}
}

static struct rehearse_effect *new_effect(struct rehearsing *r,
					  const struct plan_call *c)
{
	struct rehearsal *record = r->record;
	struct rehearse_effect *e;

	GROW(record, effect, effect_count);
	e = &record->effect[record->effect_count++];
	memset(e, 0, sizeof(*e));
	(void)snprintf(e->operation, sizeof(e->operation), "%s.%s",
		       c->call.adapter, c->call.operation);
	STR_COPY(e->key, c->call.key);
	e->step = arena_dup(r->arena, c->call.step);
	e->params = arena_dup(r->arena, c->call.params);
	e->money = c->call.order_scope;
	e->state = CALL_SENT;
	e->at_ms = r->now_ms;
	read_amount(e);
	return e;
}

void record_sent(struct rehearsing *r, const struct plan_call *c)
{
	struct rehearse_effect *e;

	r->record->call_count++;
	if (c->call.purpose != PURPOSE_EFFECT)
		return;
	e = effect_of(r->record, c->call.key);
	if (!e)
		e = new_effect(r, c);
	e->attempts++;
	e->state = CALL_SENT;
}

void record_effect(struct rehearsing *r, const struct call *c)
{
	struct rehearse_effect *e = effect_of(r->record, c->key);

	if (!e)
		return;
	e->state = c->state;
	STR_COPY(e->class, c->class);
	STR_COPY(e->error, c->error);
	e->answer = arena_dup(r->arena, c->answer);
	read_amount(e);
}

int record_nth(struct rehearsing *r, const char *name)
{
	int i;

	for (i = 0; i < r->counted; i++) {
		if (strcmp(r->count[i].name, name) == 0)
			return ++r->count[i].times;
	}
	if (r->counted == REHEARSE_OPERATIONS_MAX)
		return 1;
	STR_COPY(r->count[r->counted].name, name);
	r->count[r->counted].times = 1;
	return r->count[r->counted++].times;
}

const struct rehearse_effect *record_money_out(const struct rehearsing *r,
					       bool earlier)
{
	const struct rehearsal *record = r->record;
	int i, j;

	for (i = 0; i < record->effect_count; i++) {
		const struct rehearse_effect *e = &record->effect[i];
		bool mine = false;

		if (!e->money ||
		    (e->state != CALL_SENT && e->state != CALL_UNKNOWN))
			continue;
		for (j = 0; earlier && j < r->call_count; j++)
			mine = mine || strcmp(r->call[j].call.key, e->key) == 0;
		if (!mine)
			return e;
	}
	return NULL;
}

int64_t rehearsal_money(const struct rehearsal *r, const char *currency)
{
	int64_t sum = 0;
	int i;

	for (i = 0; i < r->effect_count; i++) {
		const struct rehearse_effect *e = &r->effect[i];

		if (e->money && e->state == CALL_OK &&
		    (!currency || strcmp(e->currency, currency) == 0))
			sum += e->amount_minor;
	}
	return sum;
}

const char *rehearse_end_name(enum rehearse_end e)
{
	static const char *const name[] = {
		[REHEARSE_CLOSED] = "closed",
		[REHEARSE_WAITS] = "waits",
		[REHEARSE_UNANSWERED] = "unanswered",
		[REHEARSE_REFUSED] = "refused",
		[REHEARSE_ENDLESS] = "endless",
	};

	return name[e];
}

void rehearsal_release(struct rehearsal *r)
{
	cJSON_Delete(r->case_file);
	r->case_file = NULL;
}

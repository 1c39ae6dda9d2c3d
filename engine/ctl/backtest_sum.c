/*
 * Why: ten thousand runs are told in twenty lines: sums before and after, and
 * groups of runs that part at the same place.
 */
#include "backtest_sum.h"

#include <string.h>

#include "../base/strbuf.h"

static struct backtest_total *total_of(struct backtest *b,
				       const struct rehearse_effect *e)
{
	struct backtest_total *t;
	int i;

	for (i = 0; i < b->total_count; i++) {
		t = &b->total[i];
		if (strcmp(t->operation, e->operation) == 0 &&
		    strcmp(t->currency, e->money ? e->currency : "") == 0)
			return t;
	}
	if (b->total_count == BACKTEST_TOTALS_MAX)
		return NULL;
	t = &b->total[b->total_count++];
	STR_COPY(t->operation, e->operation);
	STR_COPY(t->currency, e->money ? e->currency : "");
	t->money = e->money;
	return t;
}

static void add_effects(struct backtest *b, const struct rehearsal *r,
			bool after)
{
	int i;

	for (i = 0; i < r->effect_count; i++) {
		const struct rehearse_effect *e = &r->effect[i];
		struct backtest_total *t = total_of(b, e);
		int64_t minor =
			e->money && e->state == CALL_OK ? e->amount_minor : 0;

		if (!t)
			continue;
		*(after ? &t->after_count : &t->before_count) += 1;
		*(after ? &t->after_minor : &t->before_minor) += minor;
	}
}

void backtest_add_sums(struct backtest *b, const struct rehearsal *before,
		       const struct rehearsal *after)
{
	add_effects(b, before, false);
	add_effects(b, after, true);
	b->tasks_before += before->task_count;
	b->tasks_after += after->task_count;
	b->held_before += before->run.state == RUN_HELD;
	b->held_after += after->run.state == RUN_HELD;
}

/* ---- groups ---- */

int backtest_group_of(struct backtest *b, enum backtest_fate fate,
		      const char *where)
{
	int i;

	for (i = 0; i < b->group_count; i++) {
		if (b->group[i].fate == fate &&
		    strcmp(b->group[i].where, where) == 0)
			return i;
	}
	if (b->group_count == BACKTEST_GROUPS_MAX)
		return -1;
	b->group[b->group_count].fate = fate;
	STR_COPY(b->group[b->group_count].where, where);
	return b->group_count++;
}

void backtest_put(struct backtest *b, int index, enum backtest_fate fate,
		  const char *where, bool assumed)
{
	int at = backtest_group_of(b, fate, where);
	struct backtest_group *g = at < 0 ? NULL : &b->group[at];

	if (!g) {
		b->others++;
		return;
	}
	if (g->count < BACKTEST_EXAMPLES)
		g->example[g->count] = index;
	g->count++;
	g->assumed += assumed;
}

void backtest_note_change(struct backtest *b, int index, int group,
			  const struct rehearsal *before,
			  const struct rehearsal *after, bool assumed)
{
	struct backtest_change *c = &b->change[b->change_count++];

	c->run = index;
	c->group = group;
	c->assumed = assumed;
	STR_COPY(c->before_outcome, before->run.outcome);
	STR_COPY(c->after_outcome, after->run.outcome);
	STR_COPY(c->before_result, before->run.result);
	STR_COPY(c->after_result, after->run.result);
	STR_COPY(c->before_state, run_state_name(before->run.state));
	STR_COPY(c->after_state, run_state_name(after->run.state));
}

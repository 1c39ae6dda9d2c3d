/*
 * Why: ten thousand runs are told in twenty lines: sums before and after, and
 * groups of runs that part at the same place.
 */
#include "backtest_sum.h"

#include <string.h>

#include "../base/strbuf.h"

static struct backtest_total *total_of(struct backtest *b,
				       const struct told_effect *e)
{
	struct backtest_total *t;
	int i;

	for (i = 0; i < b->total_count; i++) {
		t = &b->total[i];
		if (strcmp(t->operation, e->operation) == 0 &&
		    strcmp(t->currency, e->currency) == 0)
			return t;
	}
	if (b->total_count == BACKTEST_TOTALS_MAX)
		return NULL;
	t = &b->total[b->total_count++];
	STR_COPY(t->operation, e->operation);
	STR_COPY(t->currency, e->currency);
	t->money = e->money;
	return t;
}

static void add_effects(struct backtest *b, const struct told_effect *effect,
			int count, bool after)
{
	int i;

	for (i = 0; i < count; i++) {
		struct backtest_total *t = total_of(b, &effect[i]);

		if (!t)
			continue;
		*(after ? &t->after_count : &t->before_count) += 1;
		*(after ? &t->after_minor : &t->before_minor) +=
			effect[i].minor;
	}
}

static void add_sums(struct backtest *b, const struct told *t)
{
	add_effects(b, t->effect, t->before.effect_count, false);
	add_effects(b, t->effect + t->before.effect_count,
		    t->after.effect_count, true);
	b->tasks_before += t->before.task_count;
	b->tasks_after += t->after.task_count;
	b->held_before += t->before.held;
	b->held_after += t->after.held;
}

/* ---- groups ---- */

static int group_of(struct backtest *b, enum backtest_fate fate,
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

/* Its group; -1: there is no room for one more. */
static int put(struct backtest *b, const struct told *t)
{
	int at = group_of(b, t->fate, t->where);
	struct backtest_group *g = at < 0 ? NULL : &b->group[at];

	if (!g) {
		b->others++;
		return at;
	}
	if (g->count < BACKTEST_EXAMPLES)
		g->example[g->count] = t->index;
	g->count++;
	g->assumed += t->assumed;
	return at;
}

static void note_change(struct backtest *b, const struct told *t, int group)
{
	struct backtest_change *c = &b->change[b->change_count++];

	c->run = t->index;
	c->group = group;
	c->assumed = t->assumed;
	STR_COPY(c->before_outcome, t->before.outcome);
	STR_COPY(c->after_outcome, t->after.outcome);
	STR_COPY(c->before_result, t->before.result);
	STR_COPY(c->after_result, t->after.result);
	STR_COPY(c->before_state, t->before.state);
	STR_COPY(c->after_state, t->after.state);
}

void backtest_add(struct backtest *b, const struct told *t)
{
	int group;

	b->fate[t->fate]++;
	if (t->compared && t->fate != BACKTEST_UNASKED)
		add_sums(b, t);
	if (t->fate == BACKTEST_SAME)
		return;
	b->assumed += t->assumed;
	group = put(b, t);
	if (t->compared)
		note_change(b, t, group);
}

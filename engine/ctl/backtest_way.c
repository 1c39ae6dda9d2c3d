/*
 * Why: a backtest is about what differs. Says of two playings of one run, or of
 * a playing and the record, whether they went the same way, and where they
 * parted.
 */
#include "backtest_way.h"

#include <stdio.h>
#include <string.h>

/* ---- is the first playing the recorded run? ---- */

/* The first effect that is another one; false: all are the same. */
static bool other_effects(const struct past_run *p, const struct rehearsal *r,
			  char *text, size_t size)
{
	int effect = 0, i;

	for (i = 0; i < p->call_count; i++) {
		const struct call *c = &p->call[i];
		char name[2 * NAME_SIZE];

		if (c->purpose != PURPOSE_EFFECT)
			continue;
		(void)snprintf(name, sizeof(name), "%s.%s", c->adapter,
			       c->operation);
		if (effect == r->effect_count ||
		    strcmp(r->effect[effect].operation, name) != 0 ||
		    strcmp(r->effect[effect].step, c->step) != 0) {
			(void)snprintf(text, size, "played without %s at %s",
				       name, c->step);
			return true;
		}
		effect++;
	}
	if (effect == r->effect_count)
		return false;
	(void)snprintf(text, size, "played with one more %s at %s",
		       r->effect[effect].operation, r->effect[effect].step);
	return true;
}

bool way_as_recorded(const struct past_run *p, const struct rehearsal *r,
		     char *text, size_t size)
{
	const struct run *then = p->run, *now = &r->run;

	/* The title of a task names its order, and would part what is alike. */
	if (now->state == RUN_WAITING_TASK)
		(void)snprintf(text, size, "played it asks at %s", now->step);
	else if (r->end != REHEARSE_CLOSED)
		(void)snprintf(text, size, "played it ends at %s, %s%s%s",
			       now->step, run_state_name(now->state),
			       r->problem[0] ? ": " : "", r->problem);
	else if (now->state != then->state ||
		 strcmp(now->outcome, then->outcome) != 0 ||
		 strcmp(now->result, then->result) != 0 ||
		 strcmp(now->step, then->step) != 0)
		(void)snprintf(text, size,
			       "played it ends at %s %s %s, on record at %s "
			       "%s %s",
			       now->step, now->outcome, now->result, then->step,
			       then->outcome, then->result);
	else
		return !other_effects(p, r, text, size);
	return false;
}

/* ---- where two ways part ---- */

static bool same_step(const struct rehearse_step *a,
		      const struct rehearse_step *b)
{
	return strcmp(a->playbook->name, b->playbook->name) == 0 &&
	       strcmp(a->step->name, b->step->name) == 0;
}

int way_parting(const struct rehearsal *a, const struct rehearsal *b)
{
	int i = 0;

	while (i < a->step_count && i < b->step_count &&
	       same_step(&a->step[i], &b->step[i]))
		i++;
	return i;
}

/* The first effect that is another one, or with other params; -1: none. */
static int other_effect(const struct rehearsal *a, const struct rehearsal *b)
{
	int i;

	for (i = 0; i < a->effect_count && i < b->effect_count; i++) {
		if (strcmp(a->effect[i].operation, b->effect[i].operation) !=
			    0 ||
		    strcmp(a->effect[i].params, b->effect[i].params) != 0)
			return i;
	}
	return a->effect_count == b->effect_count ? -1 : i;
}

static const char *name_at(const struct rehearsal *r, int i)
{
	if (i < r->step_count)
		return r->step[i].step->name;
	return run_state_closed(r->run.state) ? "the end"
					      : run_state_name(r->run.state);
}

void way_parted_words(const struct rehearsal *a, const struct rehearsal *b,
		      char *text, size_t size)
{
	int at = way_parting(a, b), effect = other_effect(a, b);

	if (at < a->step_count || at < b->step_count)
		(void)snprintf(text, size, "after %s: %s becomes %s",
			       at ? name_at(a, at - 1) : "the start",
			       name_at(a, at), name_at(b, at));
	else if (effect >= 0)
		(void)snprintf(
			text, size, "the same steps, but another %s at %s",
			effect < b->effect_count ? b->effect[effect].operation
						 : a->effect[effect].operation,
			effect < b->effect_count ? b->effect[effect].step
						 : a->effect[effect].step);
	else
		(void)snprintf(text, size,
			       "the same steps, but another end: %s becomes %s",
			       a->run.outcome, b->run.outcome);
}

bool way_same(const struct rehearsal *a, const struct rehearsal *b)
{
	return a->step_count == b->step_count &&
	       way_parting(a, b) == a->step_count && other_effect(a, b) < 0 &&
	       a->run.state == b->run.state &&
	       strcmp(a->run.outcome, b->run.outcome) == 0 &&
	       strcmp(a->run.result, b->run.result) == 0;
}

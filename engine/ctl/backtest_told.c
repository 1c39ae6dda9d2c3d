/*
 * What is told of one run (backtest_told.h).
 */
#include "backtest_told.h"

#include <string.h>

#include "../base/strbuf.h"

static void tell_side(struct told_side *s, const struct rehearsal *r,
		      struct told_effect *effect)
{
	int i;

	STR_COPY(s->state, run_state_name(r->run.state));
	STR_COPY(s->outcome, r->run.outcome);
	STR_COPY(s->result, r->run.result);
	s->task_count = r->task_count;
	s->effect_count = r->effect_count;
	s->held = r->run.state == RUN_HELD;
	for (i = 0; i < r->effect_count; i++) {
		const struct rehearse_effect *e = &r->effect[i];

		STR_COPY(effect[i].operation, e->operation);
		STR_COPY(effect[i].currency, e->money ? e->currency : "");
		effect[i].money = e->money;
		effect[i].minor =
			e->money && e->state == CALL_OK ? e->amount_minor : 0;
	}
}

static struct told_effect *effects(struct arena *a, int before, int after)
{
	return arena_alloc(a, ((size_t)before + (size_t)after + 1) *
				      sizeof(struct told_effect));
}

void told_sides(struct told *t, const struct rehearsal *before,
		const struct rehearsal *after, struct arena *a)
{
	t->effect = effects(a, before->effect_count, after->effect_count);
	tell_side(&t->before, before, t->effect);
	tell_side(&t->after, after, t->effect + before->effect_count);
}

enum err told_write(const struct told *t, FILE *to)
{
	size_t count =
		(size_t)t->before.effect_count + (size_t)t->after.effect_count;

	return fwrite(t, sizeof(*t), 1, to) == 1 &&
			       fwrite(t->effect, sizeof(*t->effect), count,
				      to) == count
		       ? OK
		       : ERR_SYSTEM;
}

enum err told_read(FILE *from, struct arena *a, struct told *ret_told)
{
	struct told *t = ret_told;
	size_t count;

	if (fread(t, sizeof(*t), 1, from) != 1)
		return feof(from) ? ERR_NOT_FOUND : ERR_SYSTEM;
	count = (size_t)t->before.effect_count + (size_t)t->after.effect_count;
	t->effect = effects(a, t->before.effect_count, t->after.effect_count);
	return fread(t->effect, sizeof(*t->effect), count, from) == count
		       ? OK
		       : ERR_SYSTEM;
}

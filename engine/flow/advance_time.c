/*
 * Why: a run and its steps may take so long and no longer. Deadlines are
 * moments of the wall clock, kept with the visit (or made of the run's
 * creation), and judged when the run is planned; each fires once.
 *
 * Always holds: what is out at a deadline is resolved first. A time-out comes
 * between two calls, never over one, and an effect that happened in time or
 * late is taken in as any other.
 */
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_work.h"

static void sooner(int64_t *at, int64_t ms)
{
	if (ms > 0 && (*at == 0 || ms < *at))
		*at = ms;
}

static const struct step *above(const struct work *w, const struct step *s)
{
	return s->parent < 0 ? NULL : &w->playbook->step[s->parent];
}

static int64_t end_of(struct work *w, const struct step *s)
{
	const struct progress_item *item =
		s->timeout_ms ? progress_of(&w->progress, s->name) : NULL;

	return item ? item->end_ms : 0;
}

static int64_t end_of_run(const struct work *w)
{
	if (w->playbook->timeout_ms == 0 || json_get(work_case(w), "timedOut"))
		return 0;
	return w->run->created_ms + w->playbook->timeout_ms;
}

/* A run that ends, or is at its end, has nothing more to be late for. */
static bool has_time(const struct work *w)
{
	return w->playbook && w->step && w->step != work_leaving() &&
	       w->step->kind != STEP_FINISH && w->run->state != RUN_CANCELING;
}

int64_t work_deadline(struct work *w)
{
	int64_t at = 0;
	const struct step *s;

	if (!has_time(w))
		return 0;
	sooner(&at, end_of_run(w));
	for (s = w->step; s; s = above(w, s))
		sooner(&at, end_of(w, s));
	return at;
}

static void told(struct work *w, const char *what, const char *name,
		 int64_t after_ms, const char *words)
{
	cJSON *data = cJSON_CreateObject();

	json_set_string(data, "of", what);
	json_set_string(data, "name", name);
	json_set_int(data, "afterMs", after_ms);
	work_note(w, AUDIT_TIMED_OUT, data, "Timed out: %s", words);
}

static const char *took_longer(struct work *w, const char *who,
			       const cJSON *json)
{
	return arena_printf(w->arena, "%s took longer than %s", who,
			    json_string(json, "timeout", "it may"));
}

static enum way run_timed_out(struct work *w)
{
	const struct playbook *b = w->playbook;
	bool waited = work_in_phase(w, "slot");
	enum way way;
	cJSON *fired = cJSON_CreateObject();
	const char *words = took_longer(w, "the run", b->document);

	json_set_time(fired, "at", w->in->now_ms);
	json_set_int(fired, "afterMs", b->timeout_ms);
	json_set(work_edit(w), "timedOut", fired);
	told(w, "run", b->name, b->timeout_ms, words);
	if (b->on_timeout == GO_FAIL)
		return work_leave(w, "TIMED_OUT", words);
	if (b->on_timeout >= 0)
		work_end_task(w, TASK_EV_EXPIRE, words);
	way = work_go(w, b->on_timeout, words);
	/* Who has no place yet has none there. */
	if (waited && way == ON && w->playbook == b)
		work_want_slot(w);
	return way;
}

static enum way step_timed_out(struct work *w, const struct step *s)
{
	const char *words = took_longer(w, s->name, s->json);

	progress_of(&w->progress, s->name)->end_ms = 0;
	told(w, "step", s->name, s->timeout_ms, words);
	if (s->on_timeout >= 0)
		work_end_task(w, TASK_EV_EXPIRE, words);
	return work_go(w, s->on_timeout, words);
}

/* Who has decided in time is not late: what follows is the engine's. */
static bool decided(const struct work *w, const struct step *s)
{
	return s == w->step && s->kind == STEP_TASK && w->in->task &&
	       w->in->task->state == TASK_DECIDED;
}

bool work_timed_out(struct work *w, enum way *ret_way)
{
	const struct step *s, *late = NULL;
	int64_t now = w->in->now_ms, end;

	if (!has_time(w) || work_unheard(w) || !work_nothing_out(w))
		return false;
	end = end_of_run(w);
	if (end && now >= end) {
		*ret_way = run_timed_out(w);
		return true;
	}
	/* The outermost: what stands inside is over with it. */
	for (s = w->step; s; s = above(w, s)) {
		end = end_of(w, s);
		if (end && now >= end && !decided(w, s))
			late = s;
	}
	if (late)
		*ret_way = step_timed_out(w, late);
	return late != NULL;
}

/* Before the run rests: it wakes for what comes first. */
void work_wake(struct work *w)
{
	struct run *r = w->run;
	int64_t now = w->in->now_ms, at = work_deadline(w);

	r->deadline_ms = 0;
	if (run_state_closed(r->state) || r->state == RUN_HELD ||
	    r->state == RUN_PAUSED)
		return;
	/* One that has passed waits for what is out, not for time. */
	if (at <= now)
		at = 0;
	sooner(&at, w->wake_ms);
	if (!at)
		return;
	r->deadline_ms = at;
	if (w->plan->waits)
		w->plan->wake_ms = at;
	else if (r->due_ms == 0 || at < r->due_ms)
		r->due_ms = at;
}

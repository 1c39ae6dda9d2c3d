/*
 * Why: the world moves. An effect rests on facts, and does not leave while one
 * of them is not known or older than the step allows.
 */
#include <string.h>

#include "../base/clock.h"
#include "../base/json.h"
#include "advance_work.h"

static const char *age(struct work *w, const struct requirement *q,
		       int64_t at_ms)
{
	return arena_printf(
		w->arena, "%s was read %lld s ago; it may be %lld s old",
		q->fact, (long long)((w->in->now_ms - at_ms) / 1000),
		(long long)(q->within_ms / 1000));
}

const char *work_stale(struct work *w)
{
	const struct step *s = w->step;
	int i;

	for (i = 0; i < s->requirement_count; i++) {
		const struct requirement *q = &s->requirement[i];
		const cJSON *source =
			json_get(json_get(work_case(w), "sources"), q->fact);
		int64_t at_ms = 0;

		if (strcmp(json_string(source, "status", ""), "ok") != 0)
			return arena_printf(w->arena, "%s is not known",
					    q->fact);
		if (time_parse(json_string(source, "fetchedAt", ""), &at_ms) !=
			    0 ||
		    (q->within_ms && w->in->now_ms - at_ms > q->within_ms))
			return age(w, q, at_ms);
	}
	return NULL;
}

enum way work_go_stale(struct work *w, const char *why)
{
	cJSON *data = cJSON_CreateObject();

	json_set_string(data, "step", w->step->name);
	json_set_string(data, "why", why);
	work_note(w, AUDIT_STALE, data, "%s does not leave: %s", w->step->name,
		  why);
	if (w->step->on_stale >= 0)
		work_end_task(w, TASK_EV_VOID, why);
	return work_go(w, w->step->on_stale, why);
}

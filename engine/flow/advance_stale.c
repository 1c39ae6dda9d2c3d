/*
 * Why: the world moves. An effect rests on facts, and does not leave while one
 * of them is not known or older than the step allows.
 */
#include <string.h>

#include "../base/clock.h"
#include "../base/json.h"
#include "advance_guard.h"

static const char *age(struct work *w, const struct requirement *q,
		       int64_t at_ms)
{
	return arena_printf(
		w->arena, "%s was read %lld s ago; it may be %lld s old",
		q->fact, (long long)((w->in->now_ms - at_ms) / 1000),
		(long long)(q->within_ms / 1000));
}

/* Why one fact is not good enough, in words; NULL: it is. */
static const char *wrong(struct work *w, const struct requirement *q,
			 const cJSON *source)
{
	int64_t at_ms = 0;

	if (strcmp(json_string(source, "status", ""), "ok") != 0)
		return arena_printf(w->arena, "%s is not known", q->fact);
	if (time_parse(json_string(source, "fetchedAt", ""), &at_ms) != 0 ||
	    (q->within_ms && w->in->now_ms - at_ms > q->within_ms))
		return age(w, q, at_ms);
	return NULL;
}

static const cJSON *source_of(struct work *w, const struct requirement *q)
{
	return json_get(json_get(work_case(w), "sources"), q->fact);
}

const char *work_stale(struct work *w)
{
	const struct step *s = w->step;
	const char *words;
	int i;

	for (i = 0; i < s->requirement_count; i++) {
		words = wrong(w, &s->requirement[i],
			      source_of(w, &s->requirement[i]));
		if (words)
			return words;
	}
	return NULL;
}

/* In the shape in which guards explain themselves. */
static cJSON *reasons(struct work *w)
{
	const struct step *s = w->step;
	const cJSON *list = json_get(s->json, "requires");
	cJSON *why = cJSON_CreateArray();
	int i;

	for (i = 0; i < s->requirement_count; i++) {
		const struct requirement *q = &s->requirement[i];
		const cJSON *source = source_of(w, q);
		const cJSON *spec = cJSON_GetArrayItem(list, i);
		bool known =
			strcmp(json_string(source, "status", ""), "ok") == 0;
		cJSON *entry;

		if (!wrong(w, q, source))
			continue;
		entry = cJSON_CreateObject();
		json_set_string(entry, "field",
				arena_printf(w->arena, "sources.%s.%s", q->fact,
					     known ? "fetchedAt" : "status"));
		json_set_string(entry, "operator", known ? "olderThan" : "eq");
		json_set_string(entry, "expected",
				known ? json_string(spec, "within", "0")
				      : "ok");
		json_set_string(entry, "seen",
				json_string(source,
					    known ? "fetchedAt" : "status",
					    NULL));
		if (known)
			json_set_bool(entry, "not", true);
		cJSON_AddItemToArray(why, entry);
	}
	return why;
}

enum way work_go_stale(struct work *w, const char *why)
{
	cJSON *data = cJSON_CreateObject();
	cJSON *list = reasons(w);

	json_set_string(data, "step", w->step->name);
	work_explained(data, false, list);
	cJSON_Delete(list);
	work_note(w, AUDIT_STALE, data, "%s does not leave: %s", w->step->name,
		  why);
	if (w->step->on_stale >= 0)
		work_end_task(w, TASK_EV_VOID, why);
	return work_go(w, w->step->on_stale, why);
}

/*
 * Why: those who look at adapters read what the engine saw of them from a row,
 * without asking it. It is written at most once a second, only when it says
 * something else than before, and need not survive a crash.
 *
 * {state: HEALTHY | DEGRADED | OPEN | PAUSED, success, p50Ms, p95Ms, inFlight,
 * lastError, lastErrorAt, openUntil, operations: [{name, inFlight}]}
 */
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "parts.h"

/* A share of good answers below this is worth a look, from so many on. */
#define HEALTHY_SHARE 0.9
#define HEALTHY_ANSWERS 10

static struct watch *find(struct engine *e, const char *name)
{
	int i;

	for (i = 0; i < e->watch_count; i++) {
		if (strcmp(e->watch[i].name, name) == 0)
			return &e->watch[i];
	}
	return NULL;
}

static struct watch *obtain(struct engine *e, const char *name)
{
	struct watch *w = find(e, name);

	if (w || e->watch_count == GATES_MAX)
		return w;
	w = &e->watch[e->watch_count++];
	memset(w, 0, sizeof(*w));
	STR_COPY(w->name, name);
	return w;
}

void engine_watch(struct engine *e, const struct adapter *a,
		  const struct operation *o, const struct call_answer *answer)
{
	bool failed =
		answer->class != CLASS_OK && answer->class != CLASS_PERMANENT;
	struct watch *w = obtain(e, a->name);

	if (!w)
		return;
	w->took_ms[w->at] = answer->duration_ms < INT32_MAX
				    ? (int32_t)answer->duration_ms
				    : INT32_MAX;
	w->failed[w->at] = failed;
	w->at = (w->at + 1) % WATCH_ANSWERS;
	if (w->used < WATCH_ANSWERS)
		w->used++;
	if (!failed)
		return;
	STR_COPY(w->error,
		 arena_printf(
			 &e->arena, "%s%s%s", o ? o->name : "", o ? ": " : "",
			 answer->error[0] ? answer->error
					  : call_class_name(answer->class)));
	w->error_ms = e->now_ms;
}

static int by_size(const void *a, const void *b)
{
	const int32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double share_of(const struct watch *w)
{
	int good = 0, i;

	for (i = 0; i < w->used; i++)
		good += !w->failed[i];
	return w->used ? (double)good / w->used : 1.0;
}

static void add_answers(cJSON *view, const struct watch *w)
{
	int32_t took[WATCH_ANSWERS];

	if (!w->used) {
		json_set_null(view, "success");
		json_set_null(view, "p50Ms");
		json_set_null(view, "p95Ms");
		return;
	}
	memcpy(took, w->took_ms, sizeof(took));
	qsort(took, (size_t)w->used, sizeof(*took), by_size);
	json_set(view, "success", cJSON_CreateNumber(share_of(w)));
	json_set_int(view, "p50Ms", took[w->used / 2]);
	json_set_int(view, "p95Ms", took[w->used * 95 / 100]);
}

static const char *state_of(struct engine *e, const struct adapter *a,
			    const struct watch *w, const struct gate *g)
{
	if (stop_of_call(e, a, NULL))
		return "PAUSED";
	if (breaker_is_open(&g->breaker, e->mono_ms))
		return "OPEN";
	if (breaker_is_half_open(&g->breaker, e->mono_ms) ||
	    e->mono_ms < g->asked_until_ms)
		return "DEGRADED";
	return w->used >= HEALTHY_ANSWERS && share_of(w) < HEALTHY_SHARE
		       ? "DEGRADED"
		       : "HEALTHY";
}

static void add_time(cJSON *view, const char *key, int64_t ms)
{
	if (ms)
		json_set_time(view, key, ms);
	else
		json_set_null(view, key);
}

/* In wall time, worked out once: the two clocks drift by a millisecond now and
 * then, and what drifts would be written again each time. */
static int64_t open_until_ms(const struct engine *e, struct watch *w,
			     const struct gate *g)
{
	int64_t until = g->breaker.open_until_ms;

	if (g->asked_until_ms > until)
		until = g->asked_until_ms;
	if (until <= e->mono_ms)
		return 0;
	if (w->open_mono_ms != until) {
		w->open_mono_ms = until;
		w->open_wall_ms = e->now_ms + until - e->mono_ms;
	}
	return w->open_wall_ms;
}

static cJSON *view(struct engine *e, const struct adapter *a, struct watch *w,
		   const struct gate *g)
{
	cJSON *all = cJSON_CreateObject(), *operations, *one;
	int i;

	json_set_string(all, "state", state_of(e, a, w, g));
	add_answers(all, w);
	json_set_int(all, "inFlight", g->in_flight);
	if (w->error[0])
		json_set_string(all, "lastError", w->error);
	else
		json_set_null(all, "lastError");
	add_time(all, "lastErrorAt", w->error_ms);
	add_time(all, "openUntil", open_until_ms(e, w, g));
	operations = cJSON_AddArrayToObject(all, "operations");
	for (i = 0; i < g->part_count; i++) {
		one = cJSON_CreateObject();
		json_set_string(one, "name", g->part[i].name);
		json_set_int(one, "inFlight", g->part[i].in_flight);
		cJSON_AddItemToArray(operations, one);
	}
	return all;
}

/* Of an adapter that was asked at all: what is to be written, or NULL. */
static const char *changed(struct engine *e, struct watch *w,
			   char ret_digest[DIGEST_HEX_SIZE])
{
	const struct adapter *a = catalog_adapter(e->catalog, w->name);
	const struct gate *g = gate_find(&e->gates, w->name);
	const char *text;
	cJSON *all;

	if (!a || !g)
		return NULL;
	all = view(e, a, w, g);
	text = json_print_arena(all, &e->arena);
	cJSON_Delete(all);
	digest_text_hex(text, ret_digest);
	return strcmp(ret_digest, w->written) == 0 ? NULL : text;
}

static enum err write_all(struct engine *e, const char *const *text)
{
	enum err err = db_begin(e->db);
	int i;

	for (i = 0; err == OK && i < e->watch_count; i++) {
		if (text[i])
			err = adapter_state_save(e->db, e->watch[i].name,
						 text[i], e->now_ms);
	}
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK)
		db_rollback(e->db);
	return err;
}

enum err engine_write_watch(struct engine *e)
{
	char(*digest)[DIGEST_HEX_SIZE];
	const char **text;
	bool any = false;
	enum err err;
	int i;

	if (!e->catalog || e->watch_count == 0)
		return OK;
	digest = arena_alloc(&e->arena,
			     (size_t)e->watch_count * sizeof(*digest));
	text = arena_alloc(&e->arena, (size_t)e->watch_count * sizeof(*text));
	for (i = 0; i < e->watch_count; i++) {
		text[i] = changed(e, &e->watch[i], digest[i]);
		any = any || text[i];
	}
	if (!any)
		return OK;
	db_set_durable(e->db, false);
	err = write_all(e, text);
	db_set_durable(e->db, true);
	for (i = 0; err == OK && i < e->watch_count; i++) {
		if (text[i])
			STR_COPY(e->watch[i].written, digest[i]);
	}
	return err;
}

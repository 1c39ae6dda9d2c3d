/*
 * Adapters as people see them (view_adapter.h): what is declared, what the
 * engine saw of it last, what operators have stopped, who waits behind it.
 */
#include "view_adapter.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "../store/document_store.h"

struct sources {
	struct db *db;
	struct arena *a;
	struct control *control;
	struct adapter_state *state;
	int control_count, state_count;
};

static const struct control *
find_control(const struct sources *s, enum control_kind kind, const char *name)
{
	for (int i = 0; i < s->control_count; i++) {
		if (s->control[i].kind == kind &&
		    strcmp(s->control[i].name, name) == 0)
			return &s->control[i];
	}
	return NULL;
}

static void add_control(cJSON *view, const struct control *c)
{
	if (c) {
		json_set_string(view, "pausedBy", c->actor);
		json_set_string(view, "reason", c->reason);
		json_set_time(view, "expiresAt", c->expires_ms);
		json_set_string(view, "switchId", c->public_id);
		return;
	}
	json_set_null(view, "pausedBy");
	json_set_null(view, "reason");
	json_set_null(view, "expiresAt");
	json_set_null(view, "switchId");
}

static enum err add_queue(const struct sources *s, const char *name,
			  int64_t *count)
{
	int64_t some = 0;
	enum err e = run_parked_count(s->db, name, ADAPTER_QUEUE_MOST, &some);

	*count += some;
	return e;
}

/* What the engine saw of an operation, by name. */
static const cJSON *seen_operation(const cJSON *seen, const char *name)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_get(seen, "operations"))
	{
		if (strcmp(json_string(item, "name", ""), name) == 0)
			return item;
	}
	return NULL;
}

static void copy(cJSON *view, const cJSON *from, const char *key)
{
	const cJSON *item = json_get(from, key);

	json_set(view, key,
		 item ? cJSON_Duplicate(item, true) : cJSON_CreateNull());
}

static enum err add_operations(const struct sources *s, const char *adapter,
			       const cJSON *body, const cJSON *seen,
			       cJSON *view, int64_t *queue)
{
	cJSON *list = cJSON_AddArrayToObject(view, "operations");
	const cJSON *item;
	enum err e = OK;

	cJSON_ArrayForEach(item, json_get(body, "operations"))
	{
		char full[NAME_SIZE * 2];
		cJSON *one;
		int64_t count = 0;

		if (item->string[0] == '_' || e != OK)
			continue;
		one = cJSON_CreateObject();
		cJSON_AddItemToArray(list, one);
		(void)snprintf(full, sizeof(full), "%s.%s", adapter,
			       item->string);
		json_set_string(one, "name", item->string);
		json_set_string(one, "kind", json_string(item, "kind", ""));
		copy(one, seen_operation(seen, item->string), "inFlight");
		copy(one, item, "concurrency");
		e = add_queue(s, full, &count);
		json_set_int(one, "queue", count);
		*queue += count;
		add_control(one, find_control(s, CONTROL_ACTION, full));
	}
	return e;
}

static void add_seen(cJSON *view, const cJSON *seen,
		     const struct adapter_state *state, bool paused)
{
	static const char *const members[] = {
		"success",   "p50Ms",	    "p95Ms",	 "inFlight",
		"lastError", "lastErrorAt", "openUntil",
	};

	json_set_string(view, "state",
			paused ? "PAUSED"
			       : json_string(seen, "state", "HEALTHY"));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		copy(view, seen, members[i]);
	if (state)
		json_set_time(view, "seenAt", state->at_ms);
	else
		json_set_null(view, "seenAt");
}

static const struct adapter_state *find_state(const struct sources *s,
					      const char *name)
{
	for (int i = 0; i < s->state_count; i++) {
		if (strcmp(s->state[i].adapter, name) == 0)
			return &s->state[i];
	}
	return NULL;
}

static void add_version(cJSON *view, const struct document *d,
			const cJSON *body)
{
	json_set_string(view, "name", d->name);
	json_set_string(view, "title", json_string(body, "title", d->name));
	json_set_string(view, "kind", json_string(body, "kind", ""));
	json_set_int(view, "version", d->version);
	json_set_string(view, "digest", d->digest);
	json_set_bool(view, "active", true);
	json_set_time(view, "createdAt", d->created_ms);
	json_set_string(view, "actor", d->actor);
	json_set_int(view, "limit", json_int(body, "concurrency", 16));
}

static enum err view_one(const struct sources *s, const struct document *d,
			 cJSON *view)
{
	const struct control *paused =
		find_control(s, CONTROL_ADAPTER, d->name);
	const struct adapter_state *state = find_state(s, d->name);
	const char *retries = arena_printf(s->a, "%s!", d->name);
	cJSON *body = NULL, *seen = NULL;
	int64_t queue = 0;
	enum err e;

	/* One that cannot be read hides none of the others. */
	if (json_parse(d->body, strlen(d->body), NULL, &body) != OK)
		body = NULL;
	if (state &&
	    json_parse(state->body, strlen(state->body), NULL, &seen) != OK)
		state = NULL;
	add_version(view, d, body);
	add_seen(view, seen, state, paused != NULL);
	add_control(view, paused);
	e = add_queue(s, d->name, &queue);
	if (e == OK)
		e = add_queue(s, retries, &queue);
	if (e == OK)
		e = add_operations(s, d->name, body, seen, view, &queue);
	json_set_int(view, "queue", queue);
	cJSON_Delete(body);
	cJSON_Delete(seen);
	return e;
}

enum err view_adapters(struct db *db, struct arena *a, cJSON **ret_view)
{
	struct sources s = {.db = db, .a = a};
	cJSON *view = cJSON_CreateArray();
	struct document *d = NULL;
	int count = 0;
	enum err e = document_active_of(db, DOCUMENT_ADAPTER, a, &d, &count);

	if (e == OK)
		e = control_in_force(db, a, &s.control, &s.control_count);
	if (e == OK)
		e = adapter_state_list(db, a, &s.state, &s.state_count);
	for (int i = 0; e == OK && i < count; i++) {
		cJSON *one = cJSON_CreateObject();

		cJSON_AddItemToArray(view, one);
		e = view_one(&s, &d[i], one);
	}
	if (e != OK)
		cJSON_Delete(view);
	else
		*ret_view = view;
	return e;
}

/*
 * Why: what runs wait for has a name, and who waits for it is taken in the
 * order of urgency and at the pace of what is waited for: never all at once
 * when it comes back. The names are those of parts.h.
 */
#include <stdio.h>
#include <string.h>

#include "../base/log.h"
#include "../base/strbuf.h"
#include "parts.h"

struct queue *queue_named(struct engine *e, const char *name)
{
	int i;

	for (i = 0; i < e->queue_count; i++) {
		if (strcmp(e->queue[i].name, name) == 0)
			return &e->queue[i];
	}
	return NULL;
}

static struct queue *add(struct engine *e, const struct queue *q)
{
	struct queue *there = queue_named(e, q->name);

	if (there)
		return there;
	if (e->queue_count == QUEUES_MAX)
		return NULL;
	e->queue[e->queue_count] = *q;
	return &e->queue[e->queue_count++];
}

static int adapter_index(const struct engine *e, const struct adapter *a)
{
	int i;

	for (i = 0; i < e->catalog->adapter_count; i++) {
		if (e->catalog->adapter[i] == a)
			return i;
	}
	return -1;
}

static struct queue of_adapter(const struct engine *e, const struct adapter *a,
			       const struct operation *o, bool retry)
{
	struct queue q = {
		.kind = o || retry ? QUEUE_PART : QUEUE_ADAPTER,
		.call = {.adapter = a, .operation = o, .retry = retry},
		.adapter = adapter_index(e, a),
		.parked = true, /* until asked */
	};

	(void)snprintf(q.name, sizeof(q.name), "%.31s%s%.31s", a->name,
		       o       ? "."
		       : retry ? "!"
			       : "",
		       o ? o->name : "");
	return q;
}

struct queue *queue_of_scope(struct engine *e, const struct plan_call *c,
			     enum gate_scope scope)
{
	struct queue q = of_adapter(
		e, c->adapter, scope == SCOPE_OPERATION ? c->operation : NULL,
		scope == SCOPE_RETRIES);

	return add(e, &q);
}

struct queue *queue_of_stop(struct engine *e, int64_t control_id)
{
	struct queue q = {.kind = QUEUE_STOP,
			  .adapter = -1,
			  .control_id = control_id,
			  .parked = true};

	(void)snprintf(q.name, sizeof(q.name), "#%lld", (long long)control_id);
	return add(e, &q);
}

/* A name of the database. False: what it waits for is no more. */
static bool add_by_name(struct engine *e, const char *name)
{
	const struct adapter *a;
	const struct operation *o = NULL;
	char text[NAME_SIZE];
	long long id;
	struct queue q;
	size_t length;
	bool retry;
	char *dot;

	if (sscanf(name, "#%lld", &id) == 1)
		return queue_of_stop(e, id) != NULL;
	STR_COPY(text, name);
	length = strlen(text);
	retry = length > 0 && text[length - 1] == '!';
	if (retry)
		text[length - 1] = '\0';
	dot = strchr(text, '.');
	if (dot)
		*dot = '\0';
	a = catalog_adapter(e->catalog, text);
	if (a && dot)
		o = adapter_operation(a, dot + 1);
	if (!a || (dot && !o))
		return false;
	q = of_adapter(e, a, o, retry);
	return add(e, &q) != NULL;
}

static enum err leave(struct engine *e, const char *name)
{
	int64_t count = 0;
	enum err err = db_begin(e->db);

	if (err == OK)
		err = run_unqueue(e->db, name, &count);
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK)
		db_rollback(e->db);
	else if (count)
		log_info("runs left a queue that is no more queue=%s "
			 "count=%lld",
			 name, (long long)count);
	return err;
}

enum err engine_load_queues(struct engine *e)
{
	char(*names)[NAME_SIZE] =
		arena_alloc(&e->arena, RUN_QUEUES_MAX * sizeof(*names));
	struct queue none = {.kind = QUEUE_NONE, .adapter = -1};
	int count = 0, i;
	enum err err = run_queues(e->db, names, &count);

	if (err != OK)
		return err;
	e->queue_count = 0;
	add(e, &none);
	for (i = 0; i < e->catalog->adapter_count; i++) {
		struct queue q =
			of_adapter(e, e->catalog->adapter[i], NULL, false);

		add(e, &q);
	}
	for (i = 0; err == OK && i < count; i++) {
		if (!add_by_name(e, names[i]))
			err = leave(e, names[i]);
	}
	return err;
}

void engine_prune_queues(struct engine *e)
{
	int i;

	for (i = e->queue_count - 1; i > 0; i--) {
		const struct queue *q = &e->queue[i];

		if ((q->kind == QUEUE_PART || q->kind == QUEUE_STOP) &&
		    !q->parked && !q->due_ms)
			e->queue[i] = e->queue[--e->queue_count];
	}
	e->queue_turn %= e->queue_count;
}

/* ---- room ------------------------------------------------------------- */

struct gate_call engine_gate_call(const struct adapter *a,
				  const struct operation *o,
				  const struct call *c)
{
	uint64_t order = UINT64_C(14695981039346656037); /* FNV-1a */
	const char *p;

	for (p = c->order_id; *p; p++)
		order = (order ^ (unsigned char)*p) * UINT64_C(1099511628211);
	return (struct gate_call){.adapter = a,
				  .operation = o,
				  .retry = c->attempt > 1,
				  .order = order ? order : 1};
}

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

int engine_room(const struct engine *e)
{
	int room = smaller(e->checkout_count - e->used_count,
			   (int)e->config->call_limit - e->in_flight);

	return smaller(room, (int)e->config->tick_runs);
}

/* Of a stop that is in force; once it is lifted there is room for all. */
static int room_of_stop(const struct engine *e, const struct stop *s,
			int64_t *ret_wait_ms)
{
	*ret_wait_ms = s->control.expires_ms - e->now_ms;
	if (*ret_wait_ms <= 0)
		*ret_wait_ms = 1;
	return s->pass;
}

int queue_room(struct engine *e, const struct queue *q, int64_t *ret_wait_ms)
{
	const struct stop *s = NULL;
	int64_t wait_ms = 0;
	int room = engine_room(e), most;

	*ret_wait_ms = 0;
	if (q->kind == QUEUE_STOP)
		s = stop_by_id(e, q->control_id);
	else if (q->kind != QUEUE_NONE && !q->call.adapter->local)
		s = stop_of_call(e, q->call.adapter, q->call.operation);
	if (s) {
		most = room_of_stop(e, s, ret_wait_ms);
		if (most <= 0)
			return 0;
		room = smaller(room, most);
	}
	if (q->kind == QUEUE_NONE || q->kind == QUEUE_STOP)
		return room;
	if (engine_secret_missing(e, q->call.adapter)) {
		*ret_wait_ms = SECRET_AGAIN_MS;
		return 0;
	}
	most = gate_room(&e->gates, &q->call, e->mono_ms, &wait_ms);
	if (most <= 0)
		*ret_wait_ms = wait_ms;
	return smaller(room, most);
}

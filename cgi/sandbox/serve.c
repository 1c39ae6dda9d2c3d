/*
 * Why: one way for every request of every system, so that a fault story, an
 * idempotency key and the first sight of an order mean the same everywhere.
 *
 * A read takes the write turn only to note something: that it saw the order
 * first, or that a fault counted. An effect takes it always; what it did, its
 * ledger line and its answer are one transaction. Sleeping and spoiling come
 * after it.
 */
#include "cgi/sandbox/sandbox.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/json.h"
#include "engine/base/log.h"

#define ROUTES_MAX 96

static const struct {
	enum method method;
	bool writes; /* takes the write turn always, and waits for the disk */
	bool faulty; /* fault stories apply */
} kinds[SERVICE_KIND_COUNT] = {
	[SERVICE_READ] = {.method = METHOD_GET, .faulty = true},
	[SERVICE_SEARCH] = {.method = METHOD_POST, .faulty = true},
	[SERVICE_EFFECT] = {.method = METHOD_POST,
			    .writes = true,
			    .faulty = true},
	[SERVICE_LOOKUP] = {.method = METHOD_GET, .faulty = true},
	[SERVICE_SHOW] = {.method = METHOD_GET},
	[SERVICE_STEER] = {.method = METHOD_POST, .writes = true},
	[SERVICE_LIST] = {.method = METHOD_GET},
	[SERVICE_CONTROL] = {.method = METHOD_POST},
};

/* Same index: the row behind a route. */
static struct route routes[ROUTES_MAX];
static const struct service *behind[ROUTES_MAX];

void scene_answer(struct scene *s, int status, cJSON *tree)
{
	response_json(&s->c->response, status, tree);
}

enum err scene_refuse(struct scene *s, const char *code, const char *format,
		      ...)
{
	char detail[300];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	return response_refuse(&s->c->response, ERR_CONFLICT, code, "%s",
			       detail);
}

cJSON *scene_object(const struct scene *s)
{
	cJSON *object = cJSON_CreateObject();
	json_set_string(object, "orderId", s->story.order_id);
	return object;
}

void scene_set_text(cJSON *object, const char *key, const char *text)
{
	if (text && *text)
		json_set_string(object, key, text);
	else
		json_set_null(object, key);
}

static enum err load(struct scene *s)
{
	enum err e = situation_load(s->db, s->story.order_id, s->story.event_id,
				    s->story.seller_id, &s->situation);
	if (e == OK && s->situation.seen_ms == 0) {
		s->situation.seen_ms = s->now_ms;
		if (story_has(&s->story, STORY_REFUNDED))
			s->situation.refunded_minor = s->story.total_minor;
	}
	story_times(&s->story, s->situation.seen_ms, &s->times);
	return e;
}

/* The part inside the write turn. The refusal of an effect is committed too:
 * it may have counted. */
static enum err act(struct scene *s, enum fault *ret_fault)
{
	enum service_kind kind = s->service->kind;
	/* A first sight or a count that power loss takes back harms nobody. */
	db_set_durable(s->db, kinds[kind].writes);
	enum err e = db_begin(s->db);
	if (e != OK)
		return e;
	e = load(s);
	if (e == OK && kinds[kind].faulty)
		*ret_fault = fault_judge(s);
	/* Now: ledger lines and messages refer to it. */
	if (e == OK)
		e = situation_save(s->db, s->story.order_id, &s->situation);
	enum err answer = OK;
	if (e == OK && *ret_fault != FAULT_REFUSE) {
		if (kind == SERVICE_EFFECT)
			answer = effect_do(s);
		else if (kind == SERVICE_STEER)
			answer = s->service->fn(s);
	}
	bool refused = answer == ERR_CONFLICT || answer == ERR_MISMATCH ||
		       answer == ERR_INVALID;
	if (answer != OK && !refused)
		e = answer;
	if (e == OK && kinds[kind].writes && answer == OK)
		e = situation_save(s->db, s->story.order_id, &s->situation);
	if (e == OK)
		e = db_commit(s->db);
	else
		db_rollback(s->db);
	return e != OK ? e : answer;
}

static bool has_something_to_note(struct scene *s)
{
	const struct situation before = s->situation;
	if (kinds[s->service->kind].faulty)
		(void)fault_judge(s);
	bool counts = before.reads != s->situation.reads ||
		      before.outage != s->situation.outage ||
		      before.garbage != s->situation.garbage ||
		      before.fail_next != s->situation.fail_next;
	s->situation = before;
	return counts;
}

static enum err perform(struct scene *s)
{
	enum service_kind kind = s->service->kind;
	enum fault fault = FAULT_NONE;
	enum err e = OK;
	bool turn = kinds[kind].writes;
	if (!turn) {
		e = situation_load(s->db, s->story.order_id, s->story.event_id,
				   s->story.seller_id, &s->situation);
		turn = e == OK && s->situation.seen_ms == 0;
	}
	if (e == OK && !turn) {
		story_times(&s->story, s->situation.seen_ms, &s->times);
		turn = has_something_to_note(s);
	}
	if (e == OK && turn)
		e = act(s, &fault);
	if (e == OK && fault != FAULT_REFUSE && !kinds[kind].writes)
		e = kind == SERVICE_LOOKUP ? effect_lookup(s)
					   : s->service->fn(s);
	if (kinds[kind].faulty)
		fault_apply(s, fault, &e);
	return e;
}

static enum err serve(struct context *c)
{
	const char *order_id = request_param(&c->request, "orderId");
	if (!story_id_valid(order_id)) {
		problems_add(&c->problems, "orderId",
			     "expected 1 to %d bytes of text", ORDER_ID_MAX);
		return ERR_INVALID;
	}
	struct scene *s = arena_alloc(c->arena, sizeof(*s));
	s->c = c;
	s->db = c->db;
	s->service = behind[c->route - c->program->routes];
	s->now_ms = world_wall_ms(c->world);
	story_tell(order_id, &s->story);
	if (!s->service->adapter)
		return perform(s);
	int place = storm_place(s->service->adapter);
	enum err e = OK;
	if (storm_enter(c, place, s->now_ms))
		e = perform(s);
	storm_leave(place);
	return e;
}

const struct service *serve_behind(int index)
{
	return behind[index];
}

const struct route *serve_routes(const struct system *const *systems,
				 int system_count, int *ret_count)
{
	int count = 0;
	for (int i = 0; i < system_count; i++) {
		for (int j = 0; j < systems[i]->service_count; j++, count++) {
			const struct service *v = &systems[i]->services[j];
			if (count == ROUTES_MAX) {
				log_error("more than %d routes", ROUTES_MAX);
				abort();
			}
			behind[count] = v;
			routes[count] = (struct route){
				.method = kinds[v->kind].method,
				.pattern = v->pattern,
				.body = v->body,
				.query = v->query,
				.fn = v->list ? v->list : serve,
			};
		}
	}
	*ret_count = count;
	return routes;
}

/*
 * The way in of an event: replay beats join beats create.
 *
 * Always holds: an event key belongs to one run for ever, whatever became of
 * it; an order has at most one open run, which every further event joins. A
 * replay writes nothing at all. The first word about an order is kept in its
 * case file as "request", later ones wait in the inbox.
 */
#include "intake.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../store/case_store.h"
#include "../store/inbox_store.h"
#include "../store/key_store.h"
#include "note.h"
#include "webhook.h"

#define WORKFLOW_PREFIX "resolve-"
#define PRIORITY_DEFAULT 2
#define PRIORITY_LAST 3

/* One intake on its way through the functions below. */
struct arrival {
	struct db *db;
	const struct world *world;
	const struct intake *in;
	const struct actor *actor;
	struct problems *problems;
	const char *source;
	int priority;
	int64_t now_ms;
	char digest[DIGEST_HEX_SIZE];
};

bool order_id_check(const char *order_id, const char *pointer,
		    struct problems *p)
{
	if (order_id && order_id[0] == '.') {
		problems_add(p, pointer, "must not begin with a dot");
		return false;
	}
	return word_check(order_id, pointer, ORDER_ID_SIZE - 1, p);
}

const char *workflow_order(const char *workflow_id)
{
	static const size_t prefix = sizeof(WORKFLOW_PREFIX) - 1;
	struct problems ignored = {.count = 0};

	if (!workflow_id || strncmp(workflow_id, WORKFLOW_PREFIX, prefix) != 0)
		return NULL;
	if (!order_id_check(workflow_id + prefix, "", &ignored))
		return NULL;
	return workflow_id + prefix;
}

void workflow_id(const char *order_id, char ret_id[WORKFLOW_ID_SIZE])
{
	memcpy(ret_id, WORKFLOW_PREFIX, sizeof(WORKFLOW_PREFIX));
	(void)str_copy(ret_id + sizeof(WORKFLOW_PREFIX) - 1, ORDER_ID_SIZE,
		       order_id);
}

static enum err check(const struct arrival *a)
{
	const struct intake *in = a->in;
	bool good = order_id_check(in->order_id, "/orderId", a->problems);
	enum err e;

	good = word_check(a->source, "/source", NAME_SIZE - 1, a->problems) &&
	       good;
	if (in->event_key)
		good = text_check(in->event_key, "/eventKey", KEY_SIZE - 1,
				  a->problems) &&
		       good;
	if (a->priority < 0 || a->priority > PRIORITY_LAST) {
		problems_add(a->problems, "/priority", "expected 0 to %d",
			     PRIORITY_LAST);
		good = false;
	}
	e = said_check(in->event, "/event", a->problems);
	return e == OK && !good ? ERR_INVALID : e;
}

/* No event and an empty one say the same. */
static void digest_arrival(struct arrival *a)
{
	struct arena arena;
	struct digest d;
	uint8_t bytes[DIGEST_SIZE];

	arena_init(&arena);
	digest_init(&d);
	digest_text(&d, a->in->order_id);
	digest_text(&d,
		    a->in->event ? json_canonical(a->in->event, &arena) : "{}");
	digest_final(&d, bytes);
	digest_hex(bytes, a->digest);
	arena_release(&arena);
}

static cJSON *event_copy(const struct intake *in)
{
	return in->event ? cJSON_Duplicate(in->event, true)
			 : cJSON_CreateObject();
}

/* ERR_NOT_FOUND: not heard before. */
static enum err replay(const struct arrival *a, struct run *ret_run)
{
	char digest[DIGEST_HEX_SIZE];
	int64_t run_id;
	enum err e;

	if (!a->in->event_key)
		return ERR_NOT_FOUND;
	e = event_key_get(a->db, a->source, a->in->event_key, &run_id, digest);
	if (e != OK)
		return e;
	if (strcmp(digest, a->digest) != 0) {
		problems_add(a->problems, "/eventKey",
			     "this event key was used with other content");
		return ERR_MISMATCH;
	}
	return run_by_id(a->db, run_id, ret_run);
}

static enum err bind_key(const struct arrival *a, const struct run *r)
{
	if (!a->in->event_key)
		return OK;
	return event_key_put(a->db, a->source, a->in->event_key, r->id,
			     a->digest);
}

static cJSON *arrival_data(const struct arrival *a)
{
	cJSON *data = cJSON_CreateObject();

	json_set_string(data, "orderId", a->in->order_id);
	json_set_string(data, "source", a->source);
	json_set_string(data, "eventKey", a->in->event_key);
	return data;
}

/* ERR_NOT_FOUND: the order has no open run. */
static enum err join(const struct arrival *a, struct run *ret_run)
{
	struct run r;
	struct inbox_row row = {.kind = INBOX_EVENT};
	cJSON *event;
	enum err e;

	e = run_open_of_order(a->db, a->in->order_id, &r);
	if (e != OK)
		return e;
	event = event_copy(a->in);
	row.run_id = r.id;
	row.body = json_print(event);
	row.received_ms = a->now_ms;
	STR_COPY(row.actor, a->actor->name);
	e = inbox_insert(a->db, &row);
	free(row.body);
	cJSON_Delete(event);
	if (e == OK)
		e = bind_key(a, &r);
	if (e == OK)
		e = run_note(a->db, &r, AUDIT_JOINED, a->actor->name, a->now_ms,
			     arrival_data(a),
			     "A further event from %s joined the open run",
			     a->source);
	if (e == OK)
		e = run_nudge(a->db, &r, true, a->now_ms);
	if (e == OK)
		*ret_run = r;
	return e;
}

/* The run before did not settle the matter; that counts against it. */
static enum err reopen(const struct arrival *a, const struct run *r)
{
	struct run before;
	cJSON *data;
	enum err e = run_latest_of_order(a->db, r->order_id, &before);

	if (e == ERR_NOT_FOUND)
		return OK;
	if (e != OK)
		return e;
	data = cJSON_CreateObject();
	json_set_string(data, "runId", r->public_id);
	e = run_note(a->db, &before, AUDIT_REOPENED, a->actor->name, a->now_ms,
		     data, "The order is broken again: %s", r->public_id);
	return e == OK ? run_write_audit_head(a->db, &before) : e;
}

static enum err save_case(const struct arrival *a, const struct run *r)
{
	cJSON *body = cJSON_CreateObject();
	char *text;
	enum err e;

	json_set_string(body, "orderId", r->order_id);
	json_set(body, "request", event_copy(a->in));
	text = json_print(body);
	e = case_save(a->db, r->id, text, a->now_ms);
	free(text);
	cJSON_Delete(body);
	return e;
}

static void fill(const struct arrival *a, struct run *r)
{
	*r = (struct run){
		.state = RUN_READY,
		.priority = a->priority,
		.due_ms = a->now_ms,
		.amount_minor = -1,
		.created_ms = a->now_ms,
		.updated_ms = a->now_ms,
	};
	id_make("run", a->world, r->public_id);
	STR_COPY(r->order_id, a->in->order_id);
	STR_COPY(r->source, a->source);
	STR_COPY(r->event_key, a->in->event_key);
}

static enum err create(const struct arrival *a, struct run *ret_run)
{
	struct run r;
	int kept = 0;
	enum err e;

	fill(a, &r);
	e = reopen(a, &r);
	if (e == OK)
		e = run_insert(a->db, &r);
	/* Between our look and the insert another one opened a run; only a
	 * database that lets writers overlap can tell that. The caller rolls
	 * back, and finds that run when it comes again. */
	if (e == ERR_CONSTRAINT)
		return ERR_STALE;
	if (e == OK)
		e = save_case(a, &r);
	if (e == OK)
		e = bind_key(a, &r);
	if (e == OK)
		e = run_note(a->db, &r, AUDIT_RECEIVED, a->actor->name,
			     a->now_ms, arrival_data(a),
			     "Order %s reported as broken by %s", r.order_id,
			     a->source);
	/* What was sent in before there was a run; the last one nudges. */
	if (e == OK)
		e = webhook_hand_over(a->db, &r, a->now_ms, &kept);
	if (e == OK && kept == 0)
		e = run_write_audit_head(a->db, &r);
	if (e == OK)
		*ret_run = r;
	return e;
}

enum err order_intake(struct db *db, const struct world *w,
		      const struct intake *in, const struct actor *actor,
		      struct problems *p, struct run *ret_run,
		      enum intake_way *ret_way)
{
	static const struct {
		enum intake_way way;
		enum err (*take)(const struct arrival *, struct run *);
	} ways[] = {
		{INTAKE_REPLAYED, replay},
		{INTAKE_JOINED, join},
		{INTAKE_CREATED, create},
	};
	struct arrival a = {
		.db = db,
		.world = w,
		.in = in,
		.actor = actor,
		.problems = p,
		.source = in->source ? in->source : "api",
		.priority =
			in->priority == -1 ? PRIORITY_DEFAULT : in->priority,
		.now_ms = world_wall_ms(w),
	};
	enum err e;

	assert(db_in_transaction(db));
	e = check(&a);
	if (e != OK)
		return e;
	digest_arrival(&a);
	e = ERR_NOT_FOUND;
	for (size_t i = 0; i < 3 && e == ERR_NOT_FOUND; i++) {
		e = ways[i].take(&a, ret_run);
		if (e == OK)
			*ret_way = ways[i].way;
	}
	return e;
}

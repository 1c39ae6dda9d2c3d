/*
 * Many events in one request.
 *
 * Always holds: every item has its own result in the order it came; a bad item
 * spoils no other; what is reported as taken is committed. Items go in
 * transactions of 100, so that others get their turn in between; when one of
 * these fails, its items are taken one by one.
 *
 * A repeat under the same Idempotency-Key, also of a batch that was cut short,
 * is safe: each item without an event key gets one made of that key and its
 * place.
 */
#include <stdio.h>
#include <string.h>

#include "../engine/base/json.h"
#include "../engine/base/nudge.h"
#include "../engine/flow/view.h"
#include "lib/once.h"
#include "runs.h"

#define CHUNK 100

const struct field runs_batch_fields[] = {
	{.name = "items",
	 .type = FIELD_ARRAY,
	 .required = true,
	 .min = 1,
	 .max = BATCH_ITEMS_MAX},
	{0},
};

struct item {
	const cJSON *body;
	bool checked; /* the body is what it should be */
	enum err error;
	char pointer[192], detail[320];
	int status;
	char run_id[ID_SIZE], order_id[ORDER_ID_SIZE];
	enum intake_way way;
};

struct batch {
	struct context *c;
	struct item *item;
	int count;
	char key[DIGEST_HEX_SIZE]; /* "": the request has none */
	enum err store_error;	   /* the last one */
	bool any_done;
};

static void note_problem(struct item *item, enum err e,
			 const struct problems *p, int index)
{
	char at[192];

	item->error = e;
	item->status = response_status_of(e);
	if (p->count == 0)
		return;
	/* What the flow says is relative to the item. */
	(void)snprintf(at, sizeof(at), "/items/%d", index);
	if (strncmp(p->item[0].pointer, at, strlen(at)) != 0)
		(void)snprintf(item->pointer, sizeof(item->pointer),
			       "%.20s%.160s", at, p->item[0].pointer);
	else
		STR_COPY(item->pointer, p->item[0].pointer);
	STR_COPY(item->detail, p->item[0].detail);
}

/* Shape only; the flow checks the rest. */
static void check_items(struct batch *b)
{
	for (int i = 0; i < b->count; i++) {
		struct item *item = &b->item[i];
		struct problems p = {0};
		char at[32];

		(void)snprintf(at, sizeof(at), "/items/%d", i);
		if (!cJSON_IsObject(item->body))
			problems_add(&p, at, "expected an object");
		else
			(void)field_check_object(item->body, runs_start_fields,
						 at, &p);
		item->checked = p.count == 0;
		if (!item->checked)
			note_problem(item, ERR_INVALID, &p, i);
	}
}

/* What belongs to the item, not to the store. */
static bool is_answer(enum err e)
{
	return e == ERR_INVALID || e == ERR_MISMATCH || e == ERR_CONFLICT ||
	       e == ERR_NOT_FOUND || e == ERR_DENIED || e == ERR_TOO_LARGE;
}

static enum err take_in(struct batch *b, int index)
{
	struct item *item = &b->item[index];
	struct problems p = {0};
	char key[KEY_SIZE];
	struct run run;
	enum err e;

	(void)snprintf(key, sizeof(key), "batch/%.32s/%d", b->key, index);

	struct intake in = runs_intake(item->body, *b->key ? key : NULL);

	e = order_intake(b->c->db, b->c->world, &in, &b->c->actor, &p, &run,
			 &item->way);
	if (e) {
		note_problem(item, e, &p, index);
		return is_answer(e) ? OK : e;
	}
	item->error = OK;
	item->status = item->way == INTAKE_CREATED ? 201 : 200;
	STR_COPY(item->run_id, run.public_id);
	STR_COPY(item->order_id, run.order_id);
	return OK;
}

/* Items from..to in one transaction; one by one when something breaks. */
static void take_chunk(struct batch *b, int from, int to)
{
	struct db *db = b->c->db;
	enum err begun = db_begin(db);
	enum err e = begun;

	for (int i = from; !e && i < to; i++)
		if (b->item[i].checked)
			e = take_in(b, i);
	if (!e)
		e = db_commit(db);
	if (!e) {
		b->any_done = true;
		nudge_send(b->c->config);
		return;
	}
	db_rollback(db);
	b->store_error = e;
	for (int i = from; i < to; i++) {
		if (!b->item[i].checked)
			continue;
		if (!begun && e == ERR_CONSTRAINT && to - from > 1)
			take_chunk(b, i, i + 1);
		else
			note_problem(&b->item[i], e, &(struct problems){0}, i);
	}
}

static cJSON *show_item(const struct item *item, int index)
{
	cJSON *row = cJSON_CreateObject();
	cJSON *error = cJSON_CreateNull();
	char workflow[WORKFLOW_ID_SIZE];

	json_set_int(row, "index", index);
	json_set_int(row, "status", item->status);
	if (item->error) {
		json_set_null(row, "runId");
		json_set_null(row, "workflowId");
		cJSON_Delete(error);
		error = cJSON_CreateObject();
		json_set_string(error, "code", response_code_of(item->error));
		json_set_string(error, "detail",
				*item->detail ? item->detail
					      : response_title_of(item->error));
		json_set_string(error, "pointer", item->pointer);
	} else {
		workflow_id(item->order_id, workflow);
		json_set_string(row, "runId", item->run_id);
		json_set_string(row, "workflowId", workflow);
	}
	json_set_bool(row, "created",
		      !item->error && item->way == INTAKE_CREATED);
	json_set_bool(row, "joined",
		      !item->error && item->way == INTAKE_JOINED);
	cJSON_AddItemToObject(row, "error", error);
	return row;
}

static void show(const struct batch *b)
{
	cJSON *answer = cJSON_CreateObject();
	cJSON *results = cJSON_AddArrayToObject(answer, "results");

	for (int i = 0; i < b->count; i++)
		cJSON_AddItemToArray(results, show_item(&b->item[i], i));
	response_json(&b->c->response, 200, answer);
}

/* For a repeat. When this fails the items' own keys still make it safe. */
static void keep(struct batch *b, const struct once *once)
{
	struct db *db = b->c->db;

	if (!once->key || b->store_error || db_begin(db))
		return;
	if (once_keep(b->c, once) || db_commit(db))
		db_rollback(db);
}

enum err runs_batch(struct context *c)
{
	const cJSON *items = json_get(c->request.json, "items");
	struct batch b = {.c = c, .count = cJSON_GetArraySize(items)};
	struct once once;
	bool replayed = false;
	const cJSON *body;
	int at = 0;
	enum err e = once_key(c, &once);

	if (!e)
		e = once_replay(c, &once, &replayed);
	if (e || replayed)
		return e;
	if (once.key)
		digest_text_hex(arena_printf(c->arena, "%s\n%s", c->actor.name,
					     once.key),
				b.key);
	b.item = arena_alloc(c->arena, (size_t)b.count * sizeof(*b.item));
	cJSON_ArrayForEach(body, items) b.item[at++].body = body;
	check_items(&b);
	for (int from = 0; from < b.count; from += CHUNK)
		take_chunk(&b, from,
			   from + CHUNK < b.count ? from + CHUNK : b.count);
	if (b.store_error && !b.any_done)
		return b.store_error;
	show(&b);
	keep(&b, &once);
	return OK;
}

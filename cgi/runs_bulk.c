/*
 * One operation on many runs: made as a snapshot with its preview, started,
 * stopped, watched. The engine carries it out; a request only writes down what
 * is wanted.
 */
#include "../engine/flow/bulk.h"

#include <string.h>

#include "../engine/base/json.h"
#include "lib/once.h"
#include "lib/page.h"
#include "runs.h"

#define BULK_LIST 'b'
#define ITEM_LIST 'i'

const struct field runs_bulk_fields[] = {
	{.name = "operation",
	 .type = FIELD_TEXT,
	 .required = true,
	 .min = 1,
	 .max = 15},
	{.name = "filter", .type = FIELD_OBJECT, .required = true},
	{.name = "reason",
	 .type = FIELD_NOTE,
	 .required = true,
	 .min = 1,
	 .max = 2000},
	{.name = "ratePerSecond",
	 .type = FIELD_INT,
	 .min = 1,
	 .max = BULK_RATE_MAX},
	{.name = "preview", .type = FIELD_BOOL},
	{.name = "priority", .type = FIELD_INT, .min = 0, .max = 3},
	{.name = "step", .type = FIELD_TEXT, .min = 1, .max = NAME_SIZE - 1},
	{.name = "decision", .type = FIELD_OBJECT},
	{.name = "playbook",
	 .type = FIELD_TEXT,
	 .min = 1,
	 .max = NAME_SIZE - 1},
	{.name = "version", .type = FIELD_INT, .min = 1, .max = 1000000},
	{0},
};

static const char *const item_states[] = {"WAITING", "DONE", "SKIPPED",
					  "FAILED", NULL};
const struct field runs_bulk_items_query[] = {
	{.name = "state", .type = FIELD_WORD, .values = item_states},
	PAGE_FIELDS(1000),
	{0},
};
const struct field runs_bulk_list_query[] = {
	PAGE_FIELDS(200),
	{0},
};

static enum err work_make(struct context *c)
{
	struct bulk b;
	enum err e = bulk_make(c->db, c->world, c->prepared, &c->actor,
			       c->arena, &c->problems, &b);

	if (!e)
		response_json(&c->response, 201, view_bulk(c->db, &b));
	return e;
}

static enum err not_found(struct context *c, enum err e)
{
	return e == ERR_NOT_FOUND
		       ? response_refuse(&c->response, e, NULL,
					 "there is no bulk of this id")
		       : e;
}

static enum err work_turn(struct context *c)
{
	const char *id = request_param(&c->request, "bulkId");
	bool start = strcmp(c->request.segment[3], "start") == 0;
	struct bulk b;
	enum err e = (start ? bulk_start : bulk_stop)(
		c->db, c->world, id, &c->actor, c->arena, &c->problems, &b);

	if (!e)
		response_json(&c->response, 200, view_bulk(c->db, &b));
	else if (e == ERR_CONFLICT)
		c->response.current = view_bulk(c->db, &b);
	return not_found(c, e);
}

/* The search comes before the write: nobody else waits for it. */
enum err runs_bulk_make(struct context *c)
{
	const cJSON *body = c->request.json;
	struct bulk_request *q = arena_alloc(c->arena, sizeof(*q));
	enum err e;

	*q = (struct bulk_request){
		.operation = json_string(body, "operation", ""),
		.filter = json_get(body, "filter"),
		.reason = json_string(body, "reason", ""),
		.rate = json_int(body, "ratePerSecond", BULK_RATE_DEFAULT),
		.preview = !cJSON_IsFalse(json_get(body, "preview")),
		.priority = (int)json_int(body, "priority", -1),
		.step = json_string(body, "step", NULL),
		.decision = json_get(body, "decision"),
		.playbook = json_string(body, "playbook", NULL),
		.version = (int)json_int(body, "version", 0),
	};
	c->prepared = q;
	e = bulk_find(c->db, c->world, q, c->arena, &c->problems);
	return e ? e : once_write(c, work_make);
}

enum err runs_bulk_turn(struct context *c)
{
	return once_write(c, work_turn);
}

enum err runs_bulk_show(struct context *c)
{
	struct bulk b;
	enum err e = bulk_by_public_id(
		c->db, request_param(&c->request, "bulkId"), c->arena, &b);

	if (!e)
		response_json(&c->response, 200, view_bulk(c->db, &b));
	return not_found(c, e);
}

enum err runs_bulk_list(struct context *c)
{
	struct bulk *bulks = NULL;
	struct page page;
	int64_t before = 0;
	int count = 0;
	enum err e = page_cursor(c, BULK_LIST, &before);

	if (e)
		return e;
	page_start(&page, c, 50);
	e = bulk_list(c->db, before, page.limit + 1, c->arena, &bulks, &count);
	for (int i = 0; !e && i < count; i++)
		if (page_add(&page, view_bulk(c->db, &bulks[i])))
			before = bulks[i].id;
	if (e)
		cJSON_Delete(page.data);
	else
		(void)page_finish(&page, c, BULK_LIST, before);
	return e;
}

enum err runs_bulk_items(struct context *c)
{
	const char *name = request_query(&c->request, "state");
	enum bulk_item_state state;
	struct bulk_item *items = NULL;
	struct page page;
	struct bulk b;
	int64_t after = 0;
	int count = 0, of = -1;
	enum err e = bulk_by_public_id(
		c->db, request_param(&c->request, "bulkId"), c->arena, &b);

	if (e)
		return not_found(c, e);
	e = page_cursor(c, ITEM_LIST, &after);
	if (e)
		return e;
	if (name && bulk_item_state_parse(name, &state))
		of = (int)state;
	page_start(&page, c, 200);
	e = bulk_item_list(c->db, b.id, after, of, page.limit + 1, c->arena,
			   &items, &count);
	for (int i = 0; !e && i < count; i++)
		if (page_add(&page, view_bulk_item(&items[i])))
			after = items[i].run_id;
	if (e)
		cJSON_Delete(page.data);
	else
		(void)page_finish(&page, c, ITEM_LIST, after);
	return e;
}

/*
 * The ledger over HTTP: how often something really happened, for tests, demos
 * and doubters. One indexed range, whatever the size of the whole.
 */
#include "cgi/sandbox/sandbox.h"

#define LINES_DEFAULT 100
#define LINES_MAX 1000

static enum err ledger_get(struct context *c)
{
	const struct request *r = &c->request;
	cJSON *list;
	enum err e = ledger_list(c->db, request_query(r, "orderId"),
				 request_query_int(r, "after", 0),
				 request_query_int(r, "limit", LINES_DEFAULT),
				 c->arena, &list);
	if (e == OK)
		response_json(&c->response, 200, list);
	return e;
}

static const struct field query[] = {
	{.name = "orderId", .type = FIELD_TEXT, .min = 1, .max = ORDER_ID_MAX},
	{.name = "after", .type = FIELD_INT, .max = INT64_C(1) << 52},
	{.name = "limit", .type = FIELD_INT, .min = 1, .max = LINES_MAX},
	{0},
};

static const struct service services[] = {
	{.kind = SERVICE_LIST,
	 .pattern = "/sandbox/ledger",
	 .query = query,
	 .list = ledger_get},
};

const struct system ledger_system = SYSTEM(services);

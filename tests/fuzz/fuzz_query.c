/*
 * Query strings and what is read from them. Promises tried: what is accepted
 * is printable UTF-8, each name once, and comes back the same when it is
 * encoded and read again; a checked value is in its table's range; a cursor
 * that was given out is taken back as the same number.
 */
#include <stdio.h>
#include <string.h>

#include "../../cgi/lib/page.h"
#include "../../cgi/lib/route.h"
#include "../../engine/base/clock.h"
#include "../unit/fake_request.h"
#include "fuzz.h"

#define LIST 'r'

static const char *const words[] = {"READY", "HELD", NULL};

static const struct field fields[] = {
	{.name = "order", .type = FIELD_TEXT, .min = 1, .max = 128},
	{.name = "note", .type = FIELD_NOTE, .min = 0, .max = 20},
	{.name = "amountMin", .type = FIELD_INT, .min = -5, .max = 1000000},
	{.name = "open", .type = FIELD_BOOL},
	{.name = "state", .type = FIELD_WORD, .values = words},
	{.name = "at", .type = FIELD_TIME},
	PAGE_FIELDS(200),
	{0},
};

static struct context context_of(const struct request_source *source,
				 struct arena *a, enum err *ret_error)
{
	struct context c = {.arena = a, .world = &world_real};

	*ret_error = request_init(&c.request, source, a, &c.problems);
	return c;
}

static void encode(struct strbuf *out, const char *text)
{
	for (; *text; text++)
		strbuf_printf(out, "%%%02x", (unsigned char)*text);
}

/* Every pair, escaped byte by byte, reads as it was. */
static void round_trip(const struct request *r, struct arena *a)
{
	struct strbuf uri;
	struct request again;
	struct problems p = {0};

	strbuf_init(&uri, 1024 * 1024);
	strbuf_add(&uri, "/v1/runs?");
	for (int i = 0; i < r->query_count; i++) {
		encode(&uri, r->query[i].name);
		strbuf_add_char(&uri, '=');
		encode(&uri, r->query[i].value);
		strbuf_add_char(&uri, '&');
	}
	require(request_init(&again,
			     FAKE("REQUEST_METHOD", "GET", "REQUEST_URI",
				  strbuf_text(&uri)),
			     a, &p) == OK);
	require(again.query_count == r->query_count);
	for (int i = 0; i < r->query_count; i++) {
		require(strcmp(again.query[i].name, r->query[i].name) == 0);
		require(strcmp(again.query[i].value, r->query[i].value) == 0);
	}
	strbuf_release(&uri);
}

static void hold_values(const struct request *r)
{
	int64_t least = request_query_int(r, "amountMin", 0);
	int64_t limit = request_query_int(r, "limit", 50);
	const char *at = request_query(r, "at");
	const char *order = request_query(r, "order");
	int64_t ms;

	require(least >= -5 && least <= 1000000);
	require(limit >= 1 && limit <= 200);
	require(!at || time_parse(at, &ms) == 0);
	require(!order || (*order && strlen(order) <= 128));
}

static void hold_pairs(const struct request *r)
{
	for (int i = 0; i < r->query_count; i++) {
		require(fuzz_printable(r->query[i].name));
		require(fuzz_printable(r->query[i].value));
		for (int k = 0; k < i; k++)
			require(strcmp(r->query[i].name, r->query[k].name) !=
				0);
	}
}

static void try_query(const char *query, struct arena *a)
{
	const char *uri = arena_printf(a, "/v1/runs?%s", query);
	enum err e;
	struct context c = context_of(
		FAKE("REQUEST_METHOD", "GET", "REQUEST_URI", uri), a, &e);
	int64_t cursor;

	require(e == OK || e == ERR_INVALID);
	fuzz_problems(&c.problems, e != OK);
	if (e != OK)
		return;
	hold_pairs(&c.request);
	round_trip(&c.request, a);
	if (!field_check_query(&c.request, fields, &c.problems)) {
		fuzz_problems(&c.problems, true);
		return;
	}
	hold_values(&c.request);
	if (page_cursor(&c, LIST, &cursor) == OK)
		require(cursor >= 0);
}

/* Given out for a number, taken back as that number, and by this list only. */
static void try_cursor(int64_t number, struct arena *a)
{
	struct context first = {.arena = a};
	struct page page = {.limit = 0};
	int64_t back = -1;
	enum err e;

	page.data = cJSON_CreateArray();
	response_init(&first.response);
	require(!page_add(&page, cJSON_CreateNull()));
	(void)page_finish(&page, &first, LIST, number);

	const char *cursor =
		json_string(first.response.json, "nextCursor", NULL);

	require(cursor != NULL && strlen(cursor) <= PAGE_CURSOR_MAX);

	const char *uri = arena_printf(a, "/v1/runs?cursor=%s", cursor);
	struct context c = context_of(
		FAKE("REQUEST_METHOD", "GET", "REQUEST_URI", uri), a, &e);

	require(e == OK);
	require(page_cursor(&c, LIST, &back) == OK && back == number);
	require(page_cursor(&c, LIST + 1, &back) == ERR_INVALID);
	response_release(&first.response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {(const char *)data, size};
	struct arena a = {0};
	int64_t number = 0;

	try_query(input_line(&in, &a), &a);
	if (in.left >= sizeof(number)) {
		memcpy(&number, in.at, sizeof(number));
		try_cursor(number & ((INT64_C(1) << 60) - 1), &a);
	}
	arena_release(&a);
	return 0;
}

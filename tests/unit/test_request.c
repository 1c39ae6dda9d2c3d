/* Requests are taken apart strictly: what could be read in two ways is no
 * request. */
#include "../test.h"

#include <stdio.h>

#include "../../cgi/lib/field.h"
#include "../../engine/base/id.h"
#include "../../engine/base/json.h"
#include "fake_request.h"

static struct arena arena;
static struct problems problems;
static struct request request;

static int start(void **state)
{
	(void)state;
	arena_init(&arena);
	problems = (struct problems){0};
	return 0;
}

static int end(void **state)
{
	(void)state;
	request_release(&request);
	arena_release(&arena);
	return 0;
}

static enum err read_uri(const char *uri)
{
	problems = (struct problems){0};
	return request_init(&request,
			    FAKE("REQUEST_METHOD", "GET", "REQUEST_URI", uri),
			    &arena, &problems);
}

static void path_and_query_are_decoded(void **state)
{
	(void)state;
	assert_int_equal(
		read_uri("/v1/runs/a%2Fb%20c?q=x%26y&limit=5&e=&s=a+b"), OK);
	assert_int_equal(request.method, METHOD_GET);
	assert_false(request.head);
	assert_int_equal(request.segment_count, 3);
	assert_string_equal(request.segment[2], "a/b c");
	assert_string_equal(request_query(&request, "q"), "x&y");
	assert_string_equal(request_query(&request, "e"), "");
	assert_string_equal(request_query(&request, "s"), "a b");
	assert_null(request_query(&request, "none"));
	assert_int_equal(request_query_int(&request, "limit", 1), 5);
	assert_int_equal(request_query_int(&request, "none", 7), 7);
}

static void plus_is_a_space_in_the_query_only(void **state)
{
	(void)state;
	assert_int_equal(read_uri("/a+b?c+d=e%2Bf"), OK);
	assert_string_equal(request.segment[0], "a+b");
	assert_string_equal(request_query(&request, "c d"), "e+f");
}

static void broken_paths_and_queries_are_refused(void **state)
{
	static const char *const bad[] = {
		"",	      "v1",	   "/%",      "/%2",	 "/%zz",
		"/%00",	      "/a%0ab",	   "/%ff",    "/%c3%28", "/%ed%a0%80",
		"/?a=%",      "/?a=%4",	   "/?a=%4g", "/?a=%00", "/?%ff=1",
		"/?a=%c0%af", "/?a=1&a=2", "/?a&a",   "/?a=%7f", "/\x01",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (read_uri(bad[i]) != ERR_INVALID)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(problems.count, 1);
		request_release(&request);
	}
}

static void limits_hold(void **state)
{
	char uri[8192];
	size_t n = 0;

	(void)state;
	/* Deeper than any route: not an error, but found by none. */
	assert_int_equal(read_uri("/1/2/3/4/5/6/7/8/9/10/11/12/13"), OK);
	assert_int_equal(request.segment_count, 0);
	memset(uri, 'a', sizeof(uri));
	uri[0] = '/';
	uri[4097] = '\0';
	assert_int_equal(read_uri(uri), ERR_INVALID);
	uri[4096] = '\0';
	assert_int_equal(read_uri(uri), OK);
	n = (size_t)snprintf(uri, sizeof(uri), "/?");
	for (int i = 0; i <= REQUEST_QUERY_MAX; i++)
		n += (size_t)snprintf(uri + n, sizeof(uri) - n, "p%d=1&", i);
	assert_int_equal(read_uri(uri), ERR_INVALID);
}

static void methods_lengths_and_ids(void **state)
{
	(void)state;
	assert_int_equal(
		request_init(&request,
			     FAKE("REQUEST_METHOD", "HEAD", "REQUEST_URI", "/",
				  "CONTENT_LENGTH", "12", "REQUEST_ID", "abc1"),
			     &arena, &problems),
		OK);
	assert_int_equal(request.method, METHOD_GET);
	assert_true(request.head);
	assert_int_equal(request.body_length, 12);
	assert_string_equal(request.id, "abc1");
	assert_int_equal(request_init(&request,
				      FAKE("REQUEST_METHOD", "PATCH",
					   "REQUEST_URI", "/", "CONTENT_LENGTH",
					   "-5", "REQUEST_ID", "<script>"),
				      &arena, &problems),
			 OK);
	assert_int_equal(request.method, METHOD_OTHER);
	assert_int_equal(request.body_length, -1);
	assert_true(id_valid(request.id, "req"));
}

static void headers_and_content_type(void **state)
{
	(void)state;
	assert_int_equal(
		request_init(&request,
			     FAKE("REQUEST_URI", "/", "HTTP_X_MEND_ACTOR",
				  "Ana", "HTTP_EMPTY", "", "CONTENT_TYPE",
				  "Application/JSON; charset=utf-8"),
			     &arena, &problems),
		OK);
	assert_string_equal(request_header(&request, "X-Mend-Actor"), "Ana");
	assert_null(request_header(&request, "Empty"));
	assert_null(request_header(&request, "Other"));
	assert_true(request_is_json(&request));
	assert_int_equal(request_init(&request,
				      FAKE("REQUEST_URI", "/", "CONTENT_TYPE",
					   "application/jsonx"),
				      &arena, &problems),
			 OK);
	assert_false(request_is_json(&request));
}

static bool matches(const char *list, const char *etag)
{
	assert_int_equal(request_init(&request,
				      FAKE("REQUEST_URI", "/",
					   "HTTP_IF_NONE_MATCH", list),
				      &arena, &problems),
			 OK);
	return request_none_match(&request, etag);
}

static void etags_compare_weakly(void **state)
{
	(void)state;
	assert_true(matches("\"a1\"", "\"a1\""));
	assert_true(matches("W/\"a1\"", "\"a1\""));
	assert_true(matches("\"b\", W/\"a1\" ,\"c\"", "\"a1\""));
	assert_true(matches("*", "\"a1\""));
	assert_false(matches("\"a1\"x", "\"a1\""));
	assert_false(matches("\"a12\"", "\"a1\""));
	assert_false(matches("a1", "\"a1\""));
	assert_false(matches("\"b\", \"c\"", "\"a1\""));
}

static const char *const words[] = {"red", "green", NULL};
static const struct field fields[] = {
	{.name = "text",
	 .type = FIELD_TEXT,
	 .required = true,
	 .min = 1,
	 .max = 5},
	{.name = "note", .type = FIELD_NOTE, .null_ok = true, .max = 9},
	{.name = "count", .type = FIELD_INT, .min = -1, .max = 10},
	{.name = "flag", .type = FIELD_BOOL},
	{.name = "at", .type = FIELD_TIME},
	{.name = "any", .type = FIELD_OBJECT},
	{.name = "list", .type = FIELD_ARRAY, .min = 1, .max = 2},
	{.name = "word", .type = FIELD_WORD, .values = words},
	{0},
};

/* "" when the body is fine, else the first pointer. */
static const char *complaint(const char *body)
{
	static char pointer[192];
	cJSON *tree = NULL;

	problems = (struct problems){0};
	assert_int_equal(json_parse(body, strlen(body), &problems, &tree), OK);

	bool good = field_check_object(tree, fields, "", &problems);

	assert_int_equal(good, problems.count == 0);
	snprintf(pointer, sizeof(pointer), "%s",
		 good ? "" : problems.item[0].pointer);
	cJSON_Delete(tree);
	return pointer;
}

static void bodies_hold_what_the_table_says(void **state)
{
	static const struct {
		const char *body, *pointer;
	} rows[] = {
		{"{\"text\":\"abc\"}", ""},
		{"{\"text\":\"abc\",\"note\":null,\"count\":10,\"flag\":true,"
		 "\"at\":\"2026-03-01T12:00:00Z\",\"any\":{\"x\":[]},"
		 "\"list\":[1],\"word\":\"green\"}",
		 ""},
		{"{\"text\":\"abc\",\"note\":\"a\\nb\\tc\"}", ""},
		{"{}", "/text"},
		{"{\"text\":null}", "/text"},
		{"{\"text\":7}", "/text"},
		{"{\"text\":\"\"}", "/text"},
		{"{\"text\":\"123456\"}", "/text"},
		{"{\"text\":\"a\\nb\"}", "/text"},
		{"{\"text\":\"a\",\"note\":\"a\\u0001\"}", "/note"},
		{"{\"text\":\"a\",\"count\":11}", "/count"},
		{"{\"text\":\"a\",\"count\":-2}", "/count"},
		{"{\"text\":\"a\",\"count\":1.5}", "/count"},
		{"{\"text\":\"a\",\"count\":\"1\"}", "/count"},
		{"{\"text\":\"a\",\"flag\":1}", "/flag"},
		{"{\"text\":\"a\",\"at\":\"yesterday\"}", "/at"},
		{"{\"text\":\"a\",\"any\":[]}", "/any"},
		{"{\"text\":\"a\",\"list\":[]}", "/list"},
		{"{\"text\":\"a\",\"list\":[1,2,3]}", "/list"},
		{"{\"text\":\"a\",\"word\":\"blue\"}", "/word"},
		{"{\"text\":\"a\",\"Text\":\"a\"}", "/Text"},
		{"{\"text\":\"a\",\"a/b~c\":1}", "/a~1b~0c"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(complaint(rows[i].body), rows[i].pointer);
}

static bool query_fits(const char *uri)
{
	assert_int_equal(read_uri(uri), OK);
	return field_check_query(&request, fields, &problems);
}

static void queries_hold_what_the_table_says(void **state)
{
	(void)state;
	assert_true(query_fits("/?text=a&count=-1&flag=false&word=red"));
	assert_true(query_fits("/?at=2026-03-01T12:00:00%2B01:00"));
	assert_false(query_fits("/?other=1"));
	assert_string_equal(problems.item[0].pointer, "?other");
	assert_false(query_fits("/?text="));
	assert_false(query_fits("/?count=1x"));
	assert_false(query_fits("/?count=--1"));
	assert_false(query_fits("/?count="));
	assert_false(query_fits("/?count=99999999999999999999"));
	assert_false(query_fits("/?flag=yes"));
	assert_false(query_fits("/?any=%7B%7D"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(path_and_query_are_decoded),
		TEST(plus_is_a_space_in_the_query_only),
		TEST(broken_paths_and_queries_are_refused),
		TEST(limits_hold),
		TEST(methods_lengths_and_ids),
		TEST(headers_and_content_type),
		TEST(etags_compare_weakly),
		TEST(bodies_hold_what_the_table_says),
		TEST(queries_hold_what_the_table_says),
	};

	json_init();
	return RUN(tests);
}

/* One place renders: the mapping from errors to HTTP, problems, ETags. */
#include "../test.h"

#include <stdio.h>

#include "../../cgi/lib/response.h"
#include "../../engine/base/json.h"
#include "fake_request.h"

static struct arena arena;
static struct problems problems;
static struct request request;
static struct response response;

static int start(void **state)
{
	(void)state;
	arena_init(&arena);
	problems = (struct problems){0};
	response_init(&response);
	return 0;
}

static int end(void **state)
{
	(void)state;
	request_release(&request);
	response_release(&response);
	arena_release(&arena);
	return 0;
}

static void ask(const char *method, const char *none_match)
{
	/* The request looks into them for as long as it lives. */
	static const char *params[9];
	static const struct request_source source = {fake_param, params};
	const char *const now[] = {"REQUEST_METHOD",
				   method,
				   "REQUEST_URI",
				   "/",
				   "REQUEST_ID",
				   "r1",
				   "HTTP_IF_NONE_MATCH",
				   none_match,
				   NULL};

	memcpy(params, now, sizeof(params));
	assert_int_equal(request_init(&request, &source, &arena, &problems),
			 OK);
}

static void again(void)
{
	response_release(&response);
	response_init(&response);
}

static void finish(enum err e)
{
	response_finish(&response, e, &request, &problems, &arena);
}

static bool head_has(const char *line)
{
	return strstr(response.head.data, line) != NULL;
}

static void every_error_has_a_status(void **state)
{
	static const struct {
		enum err e;
		int status;
	} rows[] = {
		{ERR_NOT_FOUND, 404}, {ERR_CONFLICT, 409},
		{ERR_STALE, 409},     {ERR_DENIED, 403},
		{ERR_INVALID, 400},   {ERR_MISMATCH, 422},
		{ERR_TOO_LARGE, 413}, {ERR_BUSY, 503},
		{ERR_DISK_FULL, 507}, {ERR_IO, 500},
		{ERR_CORRUPT, 500},   {ERR_HALTED, 503},
		{ERR_SCHEMA, 503},    {ERR_CONSTRAINT, 500},
		{ERR_TIMEOUT, 503},   {ERR_SYSTEM, 500},
	};

	(void)state;
	assert_int_equal(sizeof(rows) / sizeof(rows[0]), ERR_COUNT - 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[64];

		again();
		ask("POST", "");
		finish(rows[i].e);
		assert_int_equal(response.status, rows[i].status);
		snprintf(line, sizeof(line), "Status: %d ", rows[i].status);
		assert_true(head_has(line));
		assert_false(head_has("Other"));
		assert_true(
			head_has("Content-Type: application/problem+json\r\n"));
		assert_true(head_has("Cache-Control: no-store\r\n"));
	}
	again();
	finish(ERR_BUSY);
	assert_true(head_has("Retry-After: 1\r\n"));
}

static void problems_say_where(void **state)
{
	(void)state;
	ask("POST", "");
	problems_add(&problems, "/orderId", "is missing");
	problems_add(&problems, "/x", "is not known here");
	finish(ERR_INVALID);
	assert_string_equal(
		response.body,
		"{\"type\":\"urn:mend:problem:invalid\",\"title\":\"The "
		"request is not valid\",\"status\":400,\"detail\":\"is "
		"missing\",\"code\":\"invalid\",\"requestId\":\"r1\","
		"\"errors\":[{\"pointer\":\"/orderId\",\"detail\":\"is "
		"missing\"},{\"pointer\":\"/x\",\"detail\":\"is not known "
		"here\"}]}");
	assert_int_equal(response.body_length, strlen(response.body));
}

static void refusals_have_their_own_words_and_the_state(void **state)
{
	(void)state;
	ask("POST", "");
	response_json(&response, 200, cJSON_CreateTrue());
	response.current = cJSON_CreateObject();
	json_set_string(response.current, "state", "DONE");
	finish(response_refuse(&response, ERR_CONFLICT, "too_late", "%s",
			       "Ana was faster"));
	assert_int_equal(response.status, 409);
	assert_non_null(strstr(response.body, "\"code\":\"too_late\""));
	assert_non_null(strstr(response.body, "Ana was faster"));
	assert_non_null(
		strstr(response.body, "\"current\":{\"state\":\"DONE\"}"));
}

static void our_failures_keep_their_inside(void **state)
{
	(void)state;
	ask("GET", "");
	problems_add(&problems, "", "table run has no column x");
	finish(ERR_CORRUPT);
	assert_int_equal(response.status, 500);
	assert_non_null(strstr(response.body,
			       "\"detail\":\"The database is damaged\""));
	assert_null(strstr(response.body, "no column"));
}

static void gets_carry_an_etag(void **state)
{
	char etag[64];
	const char *at;

	(void)state;
	ask("GET", "");
	response_json(&response, 200, cJSON_CreateString("a"));
	finish(OK);
	assert_int_equal(response.status, 200);
	assert_string_equal(response.body, "\"a\"");
	assert_true(head_has("Cache-Control: private, no-cache\r\n"));
	assert_true(head_has("Content-Length: 3\r\n"));
	at = strstr(response.head.data, "ETag: ");
	assert_non_null(at);
	snprintf(etag, sizeof(etag), "%.34s", at + strlen("ETag: "));
	assert_int_equal(etag[33], '"');

	again();
	ask("GET", etag);
	response_json(&response, 200, cJSON_CreateString("a"));
	finish(OK);
	assert_int_equal(response.status, 304);
	assert_int_equal(response.body_length, 0);
	assert_false(head_has("Content-Type"));
	assert_false(head_has("Content-Length"));
	assert_true(head_has(etag));

	again();
	ask("GET", etag);
	response_json(&response, 200, cJSON_CreateString("b"));
	finish(OK);
	assert_int_equal(response.status, 200);

	again();
	ask("POST", etag);
	response_json(&response, 200, cJSON_CreateString("a"));
	finish(OK);
	assert_int_equal(response.status, 200);
	assert_false(head_has("ETag"));
}

static void a_head_has_no_body(void **state)
{
	(void)state;
	ask("HEAD", "");
	response_json(&response, 200, cJSON_CreateString("a"));
	finish(OK);
	assert_int_equal(response.status, 200);
	assert_int_equal(response.body_length, 0);
	/* What it would have been. */
	assert_true(head_has("Content-Length: 3\r\n"));
	assert_true(head_has("ETag: "));
}

static void headers_cannot_be_split(void **state)
{
	(void)state;
	ask("GET", "");
	response_header(&response, "X-One", "1");
	response_header(&response, "X-One", "2");
	response_header(&response, "X-Two", "a\r\nX-Three: b");
	response_json(&response, 200, NULL);
	finish(OK);
	assert_string_equal(response.body, "null");
	assert_true(head_has("X-One: 2\r\n"));
	assert_false(head_has("X-One: 1"));
	assert_false(head_has("X-T"));
	assert_string_equal(response.head.data + response.head.length - 4,
			    "\r\n\r\n");
}

static void text_goes_out_as_it_is(void **state)
{
	(void)state;
	ask("GET", "");
	response_text(&response, 200, "text/html", "<h1>\0", 5);
	finish(OK);
	assert_true(head_has("Content-Type: text/html\r\n"));
	assert_true(head_has("Content-Length: 5\r\n"));
	assert_int_equal(response.body_length, 5);
	assert_memory_equal(response.body, "<h1>\0", 5);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_error_has_a_status),
		TEST(problems_say_where),
		TEST(refusals_have_their_own_words_and_the_state),
		TEST(our_failures_keep_their_inside),
		TEST(gets_carry_an_etag),
		TEST(a_head_has_no_body),
		TEST(headers_cannot_be_split),
		TEST(text_goes_out_as_it_is),
	};

	json_init();
	return RUN(tests);
}

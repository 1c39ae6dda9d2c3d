/* The dispatcher: every precondition of a route is checked, in order, and the
 * handler sees only what passed. */
#include "../test.h"

#include <stdio.h>

#include "../../cgi/lib/route.h"
#include "../../engine/base/json.h"
#include "../../engine/base/log.h"
#include "fake_request.h"

static int calls;

static enum err show(struct context *c)
{
	cJSON *answer = cJSON_CreateObject();

	calls++;
	json_set_string(answer, "id", request_param(&c->request, "id"));
	json_set_string(answer, "part", request_param(&c->request, "part"));
	json_set_string(answer, "actor", c->actor.name);
	response_json(&c->response, 200, answer);
	return OK;
}

static enum err take(struct context *c)
{
	calls++;
	response_json(&c->response, 201, cJSON_Duplicate(c->request.json, 1));
	return OK;
}

static enum err refuse(struct context *c)
{
	calls++;
	c->response.current = cJSON_CreateObject();
	json_set_string(c->response.current, "state", "DONE");
	return ERR_CONFLICT;
}

static const struct field body[] = {
	{.name = "name",
	 .type = FIELD_TEXT,
	 .required = true,
	 .min = 1,
	 .max = 50},
	{0},
};
static const struct field query[] = {
	{.name = "limit", .type = FIELD_INT, .min = 1, .max = 9},
	{0},
};

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_GET, "/things", ROLE_VIEWER, ROUTE_NO_DB, 0, query, NULL,
	  show },
	{ METHOD_POST, "/things", ROLE_AGENT, ROUTE_NO_DB, 64, NULL, body,
	  take },
	{ METHOD_POST, "/things/any", ROLE_AGENT, ROUTE_NO_DB | ROUTE_ANY_BODY,
	  0, NULL, NULL, take },
	{ METHOD_GET, "/things/{id}", ROLE_VIEWER, ROUTE_NO_DB, 0, NULL, NULL,
	  show },
	{ METHOD_GET, "/things/{id}/parts/{part}", ROLE_VIEWER, ROUTE_NO_DB, 0,
	  NULL, NULL, show },
	{ METHOD_POST, "/things/{id}/close", ROLE_ADMIN, ROUTE_NO_DB, 0, NULL,
	  NULL, refuse },
	{ METHOD_GET, "/stored", ROLE_VIEWER, 0, 0, NULL, NULL, show },
};
/* clang-format on */

static const struct program program = {
	.name = "test",
	.database = "test.db",
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
};

static struct config config;
static struct arena arena;
static struct context context;

static int start(void **state)
{
	(void)state;
	calls = 0;
	config = (struct config){.dev_role = "agent"};
	arena_init(&arena);
	return 0;
}

static int end(void **state)
{
	(void)state;
	program_done(&context);
	arena_release(&arena);
	return 0;
}

static enum err open_error = ERR_SCHEMA; /* why there is no database */

/* Returns the status; the answer's code, or "". */
static int serve(const struct request_source *source, const char *text)
{
	program_done(&context);
	context = (struct context){
		.program = &program,
		.config = &config,
		.world = &world_real,
		.arena = &arena,
		.db_error = open_error,
	};
	(void)program_serve(&context, source, text);
	return context.response.status;
}

static int get(const char *uri)
{
	return serve(FAKE("REQUEST_METHOD", "GET", "REQUEST_URI", uri), NULL);
}

static int post(const char *uri, const char *text)
{
	char length[32];

	snprintf(length, sizeof(length), "%zu", strlen(text));
	return serve(FAKE("REQUEST_METHOD", "POST", "REQUEST_URI", uri,
			  "CONTENT_TYPE", "application/json", "CONTENT_LENGTH",
			  length),
		     *text ? text : NULL);
}

static const char *answer(const char *member)
{
	static char text[512];
	cJSON *tree = NULL;

	assert_int_equal(json_parse(context.response.body,
				    context.response.body_length, NULL, &tree),
			 OK);
	snprintf(text, sizeof(text), "%s", json_string(tree, member, ""));
	cJSON_Delete(tree);
	return text;
}

static const char *pointer(void)
{
	return context.problems.count ? context.problems.item[0].pointer : "-";
}

static void paths_find_their_route(void **state)
{
	(void)state;
	assert_int_equal(get("/things/a%20b"), 200);
	assert_string_equal(answer("id"), "a b");
	assert_int_equal(get("/things/x/parts/y"), 200);
	assert_string_equal(answer("id"), "x");
	assert_string_equal(answer("part"), "y");
	assert_string_equal(context.route->pattern,
			    "/things/{id}/parts/{part}");
}

static void other_paths_find_none(void **state)
{
	static const char *const paths[] = {
		"/",
		"/thing",
		"/things/",
		"/things/x/parts",
		"/things//parts/y",
		"/Things",
		"/things/x/parts/y/z",
		"/things/x/parts/",
		"//things",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (get(paths[i]) != 404)
			fail_msg("%s: %d", paths[i], context.response.status);
		assert_string_equal(answer("code"), "no_route");
	}
	assert_int_equal(calls, 0);
}

static void other_methods_are_told_which(void **state)
{
	(void)state;
	assert_int_equal(serve(FAKE("REQUEST_METHOD", "DELETE", "REQUEST_URI",
				    "/things"),
			       NULL),
			 405);
	assert_string_equal(answer("code"), "method_not_allowed");
	assert_non_null(strstr(context.response.head.data,
			       "Allow: GET, HEAD, POST\r\n"));
	assert_int_equal(get("/things/x/close"), 405);
	assert_non_null(strstr(context.response.head.data, "Allow: POST\r\n"));
}

static void roles_are_needed(void **state)
{
	(void)state;
	assert_int_equal(post("/things/x/close", ""), 403);
	assert_int_equal(calls, 0);
	snprintf(config.dev_role, sizeof(config.dev_role), "admin");
	assert_int_equal(post("/things/x/close", ""), 409);
	assert_int_equal(calls, 1);
	assert_non_null(strstr(context.response.body,
			       "\"current\":{\"state\":\"DONE\"}"));
	snprintf(config.dev_role, sizeof(config.dev_role), "nonsense");
	assert_int_equal(post("/things", "{\"name\":\"a\"}"), 403);
	assert_int_equal(get("/things"), 200);
}

static void actors_are_named(void **state)
{
	char longest[ACTOR_SIZE + 1];

	(void)state;
	assert_int_equal(get("/things"), 200);
	assert_string_equal(answer("actor"), "dev");
	assert_int_equal(
		serve(FAKE("REQUEST_METHOD", "GET", "REQUEST_URI", "/things",
			   "HTTP_X_MEND_ACTOR", "Jos\xc3\xa9 P."),
		      NULL),
		200);
	assert_string_equal(answer("actor"), "Jos\xc3\xa9 P.");
	assert_int_equal(serve(FAKE("REQUEST_METHOD", "GET", "REQUEST_URI",
				    "/things", "HTTP_X_MEND_ACTOR", "\xff"),
			       NULL),
			 400);
	assert_int_equal(
		serve(FAKE("REQUEST_METHOD", "GET", "REQUEST_URI", "/things",
			   "HTTP_X_MEND_ACTOR", "Jos%C3%A9%20P."),
		      NULL),
		200);
	assert_string_equal(answer("actor"), "Jos\xc3\xa9 P.");
	memset(longest, 'a', sizeof(longest));
	longest[ACTOR_SIZE] = '\0';
	assert_int_equal(serve(FAKE("REQUEST_METHOD", "GET", "REQUEST_URI",
				    "/things", "HTTP_X_MEND_ACTOR", longest),
			       NULL),
			 400);
	assert_string_equal(pointer(), "X-Mend-Actor");
	/* Who signs as "Ana " is nobody else than Ana. */
	assert_int_equal(serve(FAKE("REQUEST_METHOD", "GET", "REQUEST_URI",
				    "/things", "HTTP_X_MEND_ACTOR", "Ana%20"),
			       NULL),
			 400);
	assert_string_equal(pointer(), "X-Mend-Actor");
	assert_int_equal(serve(FAKE("REQUEST_METHOD", "GET", "REQUEST_URI",
				    "/things", "HTTP_X_MEND_ACTOR", "%20Ana"),
			       NULL),
			 400);
}

static void other_sites_may_read_but_not_write(void **state)
{
	(void)state;
	assert_int_equal(
		serve(FAKE("REQUEST_METHOD", "GET", "REQUEST_URI", "/things",
			   "HTTP_SEC_FETCH_SITE", "cross-site"),
		      NULL),
		200);
	assert_int_equal(
		serve(FAKE("REQUEST_METHOD", "POST", "REQUEST_URI",
			   "/things/any", "HTTP_SEC_FETCH_SITE", "cross-site"),
		      NULL),
		403);
	assert_int_equal(
		serve(FAKE("REQUEST_METHOD", "POST", "REQUEST_URI",
			   "/things/any", "HTTP_SEC_FETCH_SITE", "same-origin"),
		      NULL),
		201);
}

static void an_origin_is_the_host_it_came_to(void **state)
{
	static const struct {
		const char *origin, *host;
		int status;
	} cases[] = {
		{"http://mend.test:8080", "mend.test:8080", 201},
		{"https://mend.test", "mend.test", 201},
		{"https://Mend.test", "mend.TEST:443", 201},
		{"http://mend.test", "mend.test:80", 201},
		{"http://[::1]:8080", "[::1]:8080", 201},
		{"http://mend.test:8080", "mend.test:8081", 403},
		{"http://mend.test", "mend.test:443", 403},
		{"http://mend.test", "mend.test.evil.test", 403},
		{"http://mend.test.evil.test", "mend.test", 403},
		{"http://evil.test", "mend.test", 403},
		{"ftp://mend.test", "mend.test", 403},
		{"http://", "mend.test", 403},
		{"mend.test", "mend.test", 403},
		{"null", "null", 403},
		{"", "", 201}, /* an empty line is none */
		{"http://mend.test", NULL, 403},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *host = cases[i].host ? "HTTP_HOST" : "HTTP_X_NO";

		assert_int_equal(
			serve(FAKE("REQUEST_METHOD", "POST", "REQUEST_URI",
				   "/things/any", "HTTP_ORIGIN",
				   cases[i].origin, host, cases[i].host),
			      NULL),
			cases[i].status);
	}
	assert_int_equal(
		serve(FAKE("REQUEST_METHOD", "GET", "REQUEST_URI", "/things",
			   "HTTP_ORIGIN", "http://evil.test", "HTTP_HOST",
			   "mend.test"),
		      NULL),
		200);
}

static void bodies_are_json_of_some_size(void **state)
{
	(void)state;
	assert_int_equal(post("/things", "{\"name\":\"a\"}"), 201);
	assert_string_equal(answer("name"), "a");
	calls = 0;
	assert_int_equal(post("/things", "{\"name\":"), 400);
	assert_string_equal(answer("code"), "invalid_json");
	assert_int_equal(post("/things", "[]"), 400);
	assert_int_equal(post("/things", ""), 400);
	assert_string_equal(pointer(), "/name");
	assert_int_equal(post("/things", "{\"name\":\"a\",\"b\":1}"), 400);
	assert_string_equal(pointer(), "/b");
	assert_int_equal(post("/things",
			      "{\"name\":\"0123456789012345678901234"
			      "56789012345678901234567890123456789\"}"),
			 413);
	assert_int_equal(
		serve(FAKE("REQUEST_METHOD", "POST", "REQUEST_URI", "/things",
			   "CONTENT_TYPE", "text/plain", "CONTENT_LENGTH", "2"),
		      "{}"),
		415);
	/* Declared, but it never came. */
	assert_int_equal(serve(FAKE("REQUEST_METHOD", "POST", "REQUEST_URI",
				    "/things", "CONTENT_TYPE",
				    "application/json", "CONTENT_LENGTH", "20"),
			       NULL),
			 400);
	assert_string_equal(answer("code"), "cut_off");
	assert_int_equal(calls, 0);
	assert_int_equal(post("/things/any", "{\"x\":{\"y\":[1]}}"), 201);
	assert_int_equal(post("/things/any", ""), 201);
	assert_int_equal(post("/things/any", "7"), 400);
}

static void queries_are_checked(void **state)
{
	(void)state;
	assert_int_equal(get("/things?limit=9"), 200);
	assert_int_equal(get("/things?limit=10"), 400);
	assert_int_equal(get("/things?other=1"), 400);
	assert_int_equal(get("/things/x?limit=9"), 400);
	assert_int_equal(get("/things?limit=%zz"), 400);
}

static void without_a_database_some_still_answer(void **state)
{
	(void)state;
	assert_int_equal(get("/things"), 200);
	assert_int_equal(get("/stored"), 503);
	assert_non_null(
		strstr(context.response.head.data, "Retry-After: 5\r\n"));
	assert_string_equal(answer("code"), "database");
	assert_int_equal(calls, 1);
	/* Of one that is halted, it says so. */
	open_error = ERR_HALTED;
	assert_int_equal(get("/stored"), 503);
	open_error = ERR_SCHEMA;
	assert_string_equal(answer("code"), "halted");
	assert_int_equal(calls, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(paths_find_their_route),
		TEST(other_paths_find_none),
		TEST(other_methods_are_told_which),
		TEST(roles_are_needed),
		TEST(actors_are_named),
		TEST(other_sites_may_read_but_not_write),
		TEST(an_origin_is_the_host_it_came_to),
		TEST(bodies_are_json_of_some_size),
		TEST(queries_are_checked),
		TEST(without_a_database_some_still_answer),
	};

	log_init("test", LOG_ERROR);
	json_init();
	return RUN(tests);
}

/* Writes that wait together share one transaction: one that fails takes back
 * only itself, a commit that fails takes back all, a key counts inside too. */
#include "../test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../../cgi/lib/once.h"
#include "../../cgi/lib/route.h"
#include "../../engine/base/json.h"
#include "../../engine/base/log.h"
#include "../../engine/store/key_store.h"
#include "fake_request.h"

#define GUESTS 4

static int worked;

/* The row that a write leaves is a kept answer; its key says who wrote it. */
static enum err write_row(struct context *c)
{
	struct kept_answer row = {
		.status = 1,
		.answer = arena_dup(c->arena, "{}"),
	};
	const char *name = json_string(c->request.json, "name", "");
	enum err e = key_put(c->db, "row", "row", name, &row, 1);

	worked++;
	response_json(&c->response, 201, cJSON_CreateString(name));
	if (!e && strncmp(name, "bad", 3) == 0)
		return response_refuse(&c->response, ERR_CONFLICT, NULL, "no");
	return e;
}

static enum err write_it(struct context *c)
{
	return once_write(c, write_row);
}

static const struct field body[] = {
	{.name = "name", .type = FIELD_TEXT, .min = 1, .max = 50},
	{0},
};
static enum err search(struct context *c)
{
	worked++;
	response_json(&c->response, 200, cJSON_CreateNull());
	return OK;
}

static const struct route routes[] = {
	{METHOD_POST, "/rows", ROLE_AGENT, 0, 0, NULL, body, write_it},
	{METHOD_GET, "/rows", ROLE_AGENT, 0, 0, NULL, NULL, search},
	{METHOD_POST, "/many", ROLE_AGENT, ROUTE_LONG, 0, NULL, body, search},
};
static const struct program program = {
	.name = "test",
	.database = "test.db",
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
};

static struct config config;
static struct arena arena;
static struct db *db;
static char folder[64], path[80];
static struct context guest[GUESTS];

static int start(void **state)
{
	struct db_options o = {
		.path = path,
		.schema = &mend_schema,
		.mode = DB_MIGRATE,
		.turn_ms = 3000,
		.owner = "test",
	};

	(void)state;
	worked = 0;
	STR_COPY(folder, "/tmp/mend-once-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/test.db", folder);
	config = (struct config){.dev_role = "agent"};
	STR_COPY(config.data, folder);
	arena_init(&arena);
	assert_int_equal(db_open(&o, &db), OK);
	return 0;
}

static int end(void **state)
{
	char command[100];

	(void)state;
	db_close(db);
	arena_release(&arena);
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	return system(command);
}

/* Takes the request of this name; key may be NULL. */
static void seat(int i, const char *name, const char *key)
{
	const char *text = arena_printf(&arena, "{\"name\":\"%s\"}", name);
	const char *length = arena_printf(&arena, "%zu", strlen(text));
	const char **param = arena_alloc(&arena, 13 * sizeof(*param));
	struct request_source *source = arena_alloc(&arena, sizeof(*source));
	const char *const given[] = {
		"REQUEST_METHOD",
		"POST",
		"REQUEST_URI",
		"/rows",
		"CONTENT_TYPE",
		"application/json",
		"CONTENT_LENGTH",
		length,
		key ? "HTTP_IDEMPOTENCY_KEY" : NULL,
		key,
	};

	memcpy(param, given, sizeof(given));
	*source = (struct request_source){fake_param, param};
	guest[i] = (struct context){
		.program = &program,
		.config = &config,
		.world = &world_real,
		.arena = &arena,
		.db = db,
	};
	program_take(&guest[i], source, text);
}

static void write_all(int count)
{
	struct context *c[GUESTS];

	for (int i = 0; i < count; i++) {
		assert_non_null(guest[i].work);
		c[i] = &guest[i];
	}
	program_write(c, count);
}

static void leave(int count)
{
	for (int i = 0; i < count; i++)
		program_done(&guest[i]);
}

static bool row_is_there(const char *name)
{
	struct kept_answer row;

	return key_get(db, "row", "row", name, &arena, &row) == OK;
}

static void nothing_is_written_before(void **state)
{
	(void)state;
	seat(0, "one", NULL);
	assert_int_equal(worked, 0);
	assert_int_equal(guest[0].response.status, 0);
	write_all(1);
	assert_int_equal(guest[0].response.status, 201);
	assert_string_equal(guest[0].response.body, "\"one\"");
	assert_true(row_is_there("one"));
	assert_false(db_in_transaction(db));
	leave(1);
}

static void a_failed_one_takes_back_itself(void **state)
{
	(void)state;
	seat(0, "one", NULL);
	seat(1, "bad", NULL);
	seat(2, "two", NULL);
	write_all(3);
	assert_int_equal(guest[0].response.status, 201);
	assert_int_equal(guest[1].response.status, 409);
	assert_int_equal(guest[2].response.status, 201);
	assert_true(row_is_there("one"));
	assert_false(row_is_there("bad"));
	assert_true(row_is_there("two"));
	leave(3);
}

static void only_failed_ones(void **state)
{
	(void)state;
	seat(0, "bad", NULL);
	write_all(1);
	assert_int_equal(guest[0].response.status, 409);
	assert_false(row_is_there("bad"));
	assert_false(db_in_transaction(db));
	leave(1);
}

static void a_key_counts_inside(void **state)
{
	(void)state;
	seat(0, "one", "k");
	seat(1, "one", "k");
	seat(2, "two", "k");
	write_all(3);
	assert_int_equal(worked, 1);
	assert_int_equal(guest[0].response.status, 201);
	assert_int_equal(guest[1].response.status, 201);
	assert_non_null(strstr(guest[1].response.head.data,
			       "Idempotent-Replayed: true"));
	assert_int_equal(guest[2].response.status, 422);
	leave(3);
}

/* The disk takes no more bytes, also none of what was answered by itself. */
static void a_failed_commit_takes_back_all(void **state)
{
	struct rlimit before, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	signal(SIGXFSZ, SIG_IGN);
	seat(0, "one", "k");
	seat(1, "bad", NULL);
	seat(2, "one", "k");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	write_all(3);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(guest[0].response.status, 500);
	assert_int_equal(guest[1].response.status, 500);
	assert_int_equal(guest[2].response.status, 500);
	assert_null(strstr(guest[2].response.head.data, "Replayed"));
	assert_false(row_is_there("one"));
	leave(3);
	/* And the folder is latched: the next one hears why. */
	seat(0, "three", NULL);
	write_all(1);
	assert_int_equal(guest[0].response.status, 503);
	assert_non_null(strstr(guest[0].response.body, "halted"));
	leave(1);
}

/* What may take long is checked, and left until those that write are done. */
static void what_may_take_long_comes_later(void **state)
{
	const struct request_source *const long_ones[] = {
		FAKE("REQUEST_METHOD", "GET", "REQUEST_URI", "/rows"),
		FAKE("REQUEST_METHOD", "POST", "REQUEST_URI", "/many"),
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		worked = 0;
		seat(0, "one", NULL);
		program_done(&guest[0]);
		program_take(&guest[0], long_ones[i], NULL);
		assert_true(guest[0].later);
		assert_int_equal(worked, 0);
		program_call(&guest[0]);
		assert_int_equal(worked, 1);
		assert_int_equal(guest[0].response.status, 200);
		leave(1);
	}
	/* What is refused has nothing to wait for. */
	program_take(&guest[0],
		     FAKE("REQUEST_METHOD", "GET", "REQUEST_URI", "/none"),
		     NULL);
	assert_false(guest[0].later);
	assert_int_equal(guest[0].response.status, 404);
	leave(1);
}

static void refused_before_is_no_write(void **state)
{
	(void)state;
	seat(0, "one", "\x01");
	assert_null(guest[0].work);
	assert_int_equal(guest[0].response.status, 400);
	leave(1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_written_before),
		TEST(a_failed_one_takes_back_itself),
		TEST(only_failed_ones),
		TEST(a_key_counts_inside),
		TEST(a_failed_commit_takes_back_all),
		TEST(what_may_take_long_comes_later),
		TEST(refused_before_is_no_write),
	};

	/* Refusals are what is tested here. */
	log_init("test", (enum log_level)0);
	json_init();
	return RUN(tests);
}

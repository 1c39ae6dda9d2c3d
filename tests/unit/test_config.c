/* Settings: default, file, environment; and every way to get them wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engine/base/config.h"
#include "../../engine/base/config_table.h"
#include "../../engine/flow/task.h"
#include "../test.h"

static char folder[] = "/tmp/mend-config-XXXXXX";
static char file_path[64];
static struct config config;
static struct problems problems;

/* Not clearenv(): the test runner speaks to cmocka through a variable. */
static void clear_environment(void)
{
	static const char *const names[] = {
		"MEND_CONF",	"MEND_CONFIG",	  "MEND_WORKERS",
		"MEND_POLL_MS", "MEND_LOG_LEVEL", "TMPDIR",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		(void)unsetenv(names[i]);
}

static int setup(void **state)
{
	(void)state;
	clear_environment();
	memset(&config, 0x55, sizeof(config));
	problems = (struct problems){0};
	return 0;
}

static void write_file(const char *text)
{
	FILE *file = fopen(file_path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void defaults_are_those_of_the_table(void **state)
{
	(void)state;
	assert_int_equal(setenv("MEND_CONF", "/nonexistent", 1), 0);
	assert_int_equal(config_load(NULL, &config, &problems), OK);
	assert_int_equal(problems.count, 0);
	assert_string_equal(config.data, "var");
	assert_string_equal(config.conf, "/nonexistent");
	assert_string_equal(config.sandbox_url,
			    "http://127.0.0.1:8090/sandbox");
	assert_string_equal(config.dev_role, "admin");
	assert_int_equal(config.workers, 2);
	assert_int_equal(config.sandbox_workers, 16);
	assert_int_equal(config.poll_ms, 1000);
	assert_int_equal(config.checked_out, 1000);
	assert_int_equal(config.tick_runs, 200);
	assert_int_equal(config.turn_ms, 3000);
	assert_int_equal(config.undo_ms, 10000);
	assert_int_equal(config.call_limit, 1000);
	assert_int_equal(config.idempotency_days, 7);
	assert_string_equal(config.log_level, "info");
}

static void a_file_is_read(void **state)
{
	(void)state;
	write_file("# a comment\n\n  data =  /srv/mend \r\n"
		   "workers=5 # five\nsandbox_url = http://h/#x\n"
		   "dev_role\t=\tviewer");
	assert_int_equal(config_load(file_path, &config, &problems), OK);
	assert_string_equal(config.data, "/srv/mend");
	assert_int_equal(config.workers, 5);
	assert_string_equal(config.sandbox_url, "http://h/#x");
	assert_string_equal(config.dev_role, "viewer");
	assert_int_equal(config.poll_ms, 1000);
}

static void the_environment_wins(void **state)
{
	(void)state;
	write_file("workers = 5\npoll_ms = 50\n");
	assert_int_equal(setenv("MEND_WORKERS", "6", 1), 0);
	assert_int_equal(setenv("MEND_POLL_MS", "", 1), 0);
	assert_int_equal(setenv("MEND_LOG_LEVEL", "debug", 1), 0);
	assert_int_equal(config_load(file_path, &config, &problems), OK);
	assert_int_equal(config.workers, 6);
	assert_int_equal(config.poll_ms, 50);
	assert_string_equal(config.log_level, "debug");
}

static void the_file_is_found_by_variable_or_in_conf(void **state)
{
	(void)state;
	write_file("workers = 7\n");
	assert_int_equal(setenv("MEND_CONF", folder, 1), 0);
	assert_int_equal(config_load(NULL, &config, &problems), OK);
	assert_int_equal(config.workers, 7);
	clear_environment();
	assert_int_equal(setenv("MEND_CONFIG", file_path, 1), 0);
	config.workers = 0;
	assert_int_equal(config_load(NULL, &config, &problems), OK);
	assert_int_equal(config.workers, 7);
}

static void edges_of_ranges_are_in(void **state)
{
	(void)state;
	write_file("workers = 1\nsandbox_workers = 64\nundo_ms = 0\n");
	assert_int_equal(config_load(file_path, &config, &problems), OK);
	assert_int_equal(config.workers, 1);
	assert_int_equal(config.sandbox_workers, 64);
	assert_int_equal(config.undo_ms, 0);
}

/* What is offered must be granted: the base cannot see the flow's limit. */
static void no_more_undo_is_offered_than_granted(void **state)
{
	(void)state;
	assert_int_equal(setting_find("undo_ms")->max, TASK_UNDO_MS_MAX);
}

static const struct refusal {
	const char *text;
	const char *key;
	const char *words[2];
} refusals[] = {
	{"\nworkers = 0\n", "workers", {":2: ", "from 1 to 64"}},
	{"workers = 65\n", "workers", {":1: ", "'65'"}},
	{"workers = -1\n", "workers", {"'-1'", "not a number"}},
	{"workers = 2x\n", "workers", {"'2x'", "not a number"}},
	{"workers = \n", "workers", {"''", "not a number"}},
	{"workers = 99999999999999999999\n", "workers", {"not a", "64"}},
	{"wokers = 2\n", "wokers", {":1: ", "unknown setting"}},
	{"Workers = 2\n", "Workers", {":1: ", "unknown setting"}},
	{"checked_out = 1001\n", "checked_out", {":1: ", "1 to 1000"}},
	{"undo_ms = 60001\n", "undo_ms", {":1: ", "from 0 to 60000"}},
	{"dev_role = root\n", "dev_role", {"'root'", "viewer|agent"}},
	{"dev_role = view\n", "dev_role", {"'view'", "viewer|agent"}},
	{"dev_role = viewers\n", "dev_role", {"'viewers'", "viewer|"}},
	{"dev_role = \n", "dev_role", {"''", "viewer|agent"}},
	{"data =\n", "data", {":1: ", "expected some text"}},
	{"data\n", "", {":1: ", "key = value"}},
	{"workers = 2\n#\nworkers = 2\n", "workers", {":3: ", "line 1"}},
};

static void mistakes_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const struct refusal *r = &refusals[i];

		(void)setup(NULL);
		write_file(r->text);
		assert_int_equal(config_load(file_path, &config, &problems),
				 ERR_INVALID);
		assert_int_equal(problems.count, 1);
		assert_string_equal(problems.item[0].pointer, r->key);
		for (int w = 0; w < 2; w++) {
			if (!strstr(problems.item[0].detail, r->words[w]))
				fail_msg("'%s' lacks '%s'",
					 problems.item[0].detail, r->words[w]);
		}
		assert_non_null(strstr(problems.item[0].detail, file_path));
		/* The result is untouched. */
		assert_int_equal(config.data[0], 0x55);
	}
}

static void all_mistakes_are_told_at_once(void **state)
{
	(void)state;
	write_file("workers = 0\nbogus = 1\n");
	assert_int_equal(setenv("MEND_POLL_MS", "soon", 1), 0);
	assert_int_equal(config_load(file_path, &config, &problems),
			 ERR_INVALID);
	assert_int_equal(problems.count, 3);
	assert_string_equal(problems.item[2].pointer, "poll_ms");
	assert_non_null(strstr(problems.item[2].detail, "MEND_POLL_MS: "));
}

static void what_is_too_long_is_refused(void **state)
{
	char text[2048] = "data = ";

	(void)state;
	memset(text + 7, 'x', 255);
	write_file(text);
	assert_int_equal(config_load(file_path, &config, &problems), OK);
	assert_int_equal(strlen(config.data), 255);
	memset(text + 7, 'x', 256);
	write_file(text);
	assert_int_equal(config_load(file_path, &config, &problems),
			 ERR_INVALID);
	assert_non_null(strstr(problems.item[0].detail, "255 bytes"));
	memset(text + 7, 'x', sizeof(text) - 8);
	write_file(text);
	problems = (struct problems){0};
	assert_int_equal(config_load(file_path, &config, &problems),
			 ERR_INVALID);
	assert_non_null(strstr(problems.item[0].detail, "line longer"));
}

static void a_demanded_file_must_be_there(void **state)
{
	(void)state;
	assert_int_equal(config_load("/nonexistent/x", &config, &problems),
			 ERR_INVALID);
	assert_int_equal(setenv("MEND_CONFIG", "/nonexistent/y", 1), 0);
	assert_int_equal(config_load(NULL, &config, &problems), ERR_INVALID);
	assert_non_null(strstr(problems.item[0].detail, "/nonexistent/x: No"));
	assert_non_null(strstr(problems.item[1].detail, "/nonexistent/y: No"));
}

static void data_paths_fit_or_are_refused(void **state)
{
	struct config c = {.data = "/d"};
	char path[16] = "untouched";

	(void)state;
	assert_int_equal(config_data_path(&c, "mend.db", path, 11), OK);
	assert_string_equal(path, "/d/mend.db");
	assert_int_equal(config_data_path(&c, "mend.dbx", path, 11),
			 ERR_TOO_LARGE);
	assert_string_equal(path, "/d/mend.db");
}

static void socket_paths_fit_by_a_short_folder(void **state)
{
	struct config c = {.data = "/data"};
	char path[108], again[108], other[108];

	(void)state;
	assert_int_equal(config_socket_path(&c, "engine", path), OK);
	assert_string_equal(path, "/data/run/engine.sock");

	/* 107 bytes are the most that fit beside the NUL. */
	memset(c.data, 'd', 91);
	c.data[0] = '/';
	assert_int_equal(config_socket_path(&c, "engine", path), OK);
	assert_int_equal(strlen(path), 107);
	assert_int_equal(strncmp(path, c.data, 91), 0);
	c.data[91] = 'd';
	assert_int_equal(config_socket_path(&c, "engine", path), OK);
	assert_int_equal(strncmp(path, "/tmp/mend-", 10), 0);
	assert_string_equal(path + strlen(path) - 12, "/engine.sock");

	/* The same folder for all sockets of one data folder, and only it. */
	assert_int_equal(config_socket_path(&c, "engine", again), OK);
	assert_string_equal(path, again);
	c.data[91] = 'e';
	assert_int_equal(config_socket_path(&c, "engine", other), OK);
	assert_string_not_equal(path, other);

	assert_int_equal(setenv("TMPDIR", folder, 1), 0);
	assert_int_equal(config_socket_path(&c, "engine", path), OK);
	assert_int_equal(strncmp(path, folder, strlen(folder)), 0);
	assert_int_equal(setenv("TMPDIR", c.data, 1), 0);
	assert_int_equal(config_socket_path(&c, "engine", path), ERR_TOO_LARGE);
}

#define CONFIG_TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG_TEST(defaults_are_those_of_the_table),
		CONFIG_TEST(a_file_is_read),
		CONFIG_TEST(the_environment_wins),
		CONFIG_TEST(the_file_is_found_by_variable_or_in_conf),
		CONFIG_TEST(edges_of_ranges_are_in),
		CONFIG_TEST(no_more_undo_is_offered_than_granted),
		CONFIG_TEST(mistakes_are_named),
		CONFIG_TEST(all_mistakes_are_told_at_once),
		CONFIG_TEST(what_is_too_long_is_refused),
		CONFIG_TEST(a_demanded_file_must_be_there),
		CONFIG_TEST(data_paths_fit_or_are_refused),
		CONFIG_TEST(socket_paths_fit_by_a_short_folder),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	(void)snprintf(file_path, sizeof(file_path), "%s/mend.conf", folder);
	failed = RUN(tests);
	(void)unlink(file_path);
	(void)rmdir(folder);
	return failed;
}

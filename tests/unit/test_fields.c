/* Reading declarations strictly: each refusal with its place and what was
 * expected. */
#include <stdio.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/flow/fields.h"
#include "stage.h"

static struct problems problems;
static struct fields fields;
static cJSON *tree;

static struct fields *open_on(const char *text)
{
	cJSON_Delete(tree);
	tree = stage_json(text);
	memset(&problems, 0, sizeof(problems));
	fields_begin(&fields, tree, "/at", &problems);
	return &fields;
}

static void said(const char *pointer, const char *words)
{
	assert_int_equal(problems.count, 1);
	assert_string_equal(problems.item[0].pointer, pointer);
	if (!strstr(problems.item[0].detail, words))
		fail_msg("said: %s", problems.item[0].detail);
	problems.count = 0;
}

static void wants_an_object(void **state)
{
	static const char *const texts[] = {"[]", "'x'", "1", "null"};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		cJSON *json = stage_json(texts[i]);
		struct fields f;

		problems.count = 0;
		assert_false(fields_begin(&f, json, "/p", &problems));
		said("/p", "expected an object");
		cJSON_Delete(json);
	}
	problems.count = 0;
	assert_false(fields_begin(&fields, NULL, "/p", &problems));
	said("/p", "expected an object");
}

static void knows_its_members(void **state)
{
	struct fields *f = open_on("{'a': 'x', '_remark': 1, 'b~/': 2}");

	(void)state;
	assert_string_equal(fields_string(f, "a", true), "x");
	fields_end(f);
	said("/at/b~0~1", "unknown member \"b~/\"");
}

static void strings(void **state)
{
	struct fields *f = open_on("{'a': 'x', 'n': 1}");

	(void)state;
	assert_null(fields_string(f, "b", false));
	assert_int_equal(problems.count, 0);
	assert_null(fields_string(f, "b", true));
	said("/at/b", "missing; expected a string");
	assert_null(fields_string(f, "n", false));
	said("/at/n", "expected a string");
}

static void names(void **state)
{
	static const char *const bad[] = {
		"''",
		"'A'",
		"'1a'",
		"'_a'",
		"'a-b'",
		"'a b'",
		"'\xc3\xa4'",
		"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aa'",
	};
	char text[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "{'n': %s}", bad[i]);
		assert_null(fields_name(open_on(text), "n", true));
		said("/at/n", "expected a name");
	}
	assert_string_equal(fields_name(open_on("{'n': 'a_1'}"), "n", true),
			    "a_1");
}

static void numbers(void **state)
{
	static const char *const bad[] = {"1.5", "'1'",	 "0",
					  "11",	 "true", "null"};
	char text[60];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "{'n': %s}", bad[i]);
		assert_int_equal(fields_int(open_on(text), "n", 1, 10, 7), 7);
		said("/at/n", "expected a whole number from 1 to 10");
	}
	assert_int_equal(fields_int(open_on("{'n': 10}"), "n", 1, 10, 7), 10);
	assert_int_equal(fields_int(open_on("{}"), "n", 1, 10, 7), 7);
	assert_int_equal(problems.count, 0);
}

static void the_others(void **state)
{
	struct fields *f = open_on("{'t': true, 'd': '5s', 'e': 'soon', 'o': "
				   "{}, 'l': [1, 2], 'x': 1}");

	(void)state;
	assert_true(fields_bool(f, "t", false));
	assert_true(fields_bool(f, "none", true));
	assert_int_equal(fields_duration(f, "d", 1), 5000);
	assert_int_equal(fields_duration(f, "none", 1), 1);
	assert_non_null(fields_object(f, "o", true));
	assert_non_null(fields_array(f, "l", true, 2));
	assert_int_equal(problems.count, 0);
	assert_null(fields_array(f, "l", true, 1));
	said("/at/l", "at most 1 entries");
	assert_int_equal(fields_duration(f, "e", 1), 1);
	said("/at/e", "expected a duration");
	assert_true(fields_bool(f, "x", true));
	said("/at/x", "expected true or false");
	assert_null(fields_object(f, "x", false));
	said("/at/x", "expected an object");
	assert_null(fields_array(f, "x", false, 9));
	said("/at/x", "expected a list");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wants_an_object),
		cmocka_unit_test(knows_its_members),
		cmocka_unit_test(strings),
		cmocka_unit_test(names),
		cmocka_unit_test(numbers),
		cmocka_unit_test(the_others),
	};
	int failures;

	json_init();
	failures = RUN(tests);
	cJSON_Delete(tree);
	return failures;
}

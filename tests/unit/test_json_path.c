/* Dotted paths and JSON Pointers. */
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/json.h"
#include "../test.h"

static cJSON *parse(const char *text)
{
	cJSON *tree = NULL;

	assert_int_equal(json_parse(text, strlen(text), NULL, &tree), OK);
	return tree;
}

static void paths_lead_somewhere_or_nowhere(void **state)
{
	cJSON *tree = parse("{\"order\":{\"buyer\":{\"name\":\"N\"},\"o\":1},"
			    "\"seats\":[{\"row\":7},8],\"\":5,\"ord\":2}");
	static const char *const nowhere[] = {
		"none",		"order.none",	 "order.buyer.name.x",
		"order.buyer.", "seats.2",	 "seats.-1",
		"seats.x",	"seats.0.row.x", "seats.99999999999",
		"orde",		"orders",	 ".order",
		"seats.",
	};

	(void)state;
	assert_string_equal(json_path(tree, "order.buyer.name")->valuestring,
			    "N");
	assert_int_equal(json_path(tree, "seats.0.row")->valueint, 7);
	assert_int_equal(json_path(tree, "seats.1")->valueint, 8);
	assert_int_equal(json_path(tree, "ord")->valueint, 2);
	assert_int_equal(json_path(tree, "")->valueint, 5);
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(*nowhere); i++) {
		if (json_path(tree, nowhere[i]))
			fail_msg("found: '%s'", nowhere[i]);
	}
	assert_null(json_path(NULL, "a"));
	cJSON_Delete(tree);
}

static void sets_to(const char *before, const char *path, const char *after)
{
	cJSON *tree = parse(before);
	char *text;

	json_path_set(tree, path, cJSON_CreateNumber(9));
	text = json_print(tree);
	assert_string_equal(text, after);
	free(text);
	cJSON_Delete(tree);
}

static void setting_makes_its_way(void **state)
{
	(void)state;
	sets_to("{}", "a", "{\"a\":9}");
	sets_to("{}", "a.b.c", "{\"a\":{\"b\":{\"c\":9}}}");
	sets_to("{\"a\":{\"x\":1}}", "a.b", "{\"a\":{\"x\":1,\"b\":9}}");
	sets_to("{\"a\":1,\"b\":2}", "a", "{\"a\":9,\"b\":2}");
	sets_to("{\"a\":1,\"b\":2}", "a.x", "{\"a\":{\"x\":9},\"b\":2}");
	sets_to("{\"a\":null}", "a.0", "{\"a\":{\"0\":9}}");
	sets_to("{\"a\":{\"b\":[1]}}", "a.b", "{\"a\":{\"b\":9}}");
}

static void setting_reaches_into_arrays(void **state)
{
	(void)state;
	sets_to("{\"a\":[1,2]}", "a.1", "{\"a\":[1,9]}");
	sets_to("{\"a\":[1,2]}", "a.2", "{\"a\":[1,2,9]}");
	sets_to("{\"a\":[1,2]}", "a.7", "{\"a\":[1,2,9]}");
	sets_to("{\"a\":[{\"b\":1}]}", "a.0.b", "{\"a\":[{\"b\":9}]}");
	sets_to("{\"a\":[1]}", "a.x", "{\"a\":{\"x\":9}}");
	sets_to("[1]", "0", "[9]");
}

static void setting_in_a_scalar_loses_nothing(void **state)
{
	(void)state;
	sets_to("5", "a", "5");
	sets_to("[]", "a.b", "[]");
}

static void pointers_are_escaped(void **state)
{
	char pointer[64] = "";

	(void)state;
	json_pointer_key(pointer, sizeof(pointer), "a/b");
	json_pointer_index(pointer, sizeof(pointer), 0);
	json_pointer_key(pointer, sizeof(pointer), "m~n");
	json_pointer_index(pointer, sizeof(pointer), 12);
	json_pointer_key(pointer, sizeof(pointer), "");
	assert_string_equal(pointer, "/a~1b/0/m~0n/12/");
}

static void a_part_that_does_not_fit_is_left_out(void **state)
{
	char pointer[8] = "/abc";

	(void)state;
	json_pointer_key(pointer, sizeof(pointer), "def");
	assert_string_equal(pointer, "/abc");
	json_pointer_key(pointer, sizeof(pointer), "~~");
	assert_string_equal(pointer, "/abc");
	json_pointer_key(pointer, sizeof(pointer), "de");
	assert_string_equal(pointer, "/abc/de");
	json_pointer_index(pointer, sizeof(pointer), 1);
	assert_string_equal(pointer, "/abc/de");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_lead_somewhere_or_nowhere),
		cmocka_unit_test(setting_makes_its_way),
		cmocka_unit_test(setting_reaches_into_arrays),
		cmocka_unit_test(setting_in_a_scalar_loses_nothing),
		cmocka_unit_test(pointers_are_escaped),
		cmocka_unit_test(a_part_that_does_not_fit_is_left_out),
	};

	json_init();
	return RUN(tests);
}

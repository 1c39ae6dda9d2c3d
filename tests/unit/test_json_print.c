/* Trees back into text: exact, escaped, and the same for equal trees. */
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

static void prints_as(const char *in, const char *out)
{
	cJSON *tree = parse(in);
	char *text = json_print(tree);

	assert_string_equal(text, out);
	free(text);
	cJSON_Delete(tree);
}

static void compact_text_keeps_the_order(void **state)
{
	(void)state;
	prints_as(" { \"b\" : [ 1 , true , null ] , \"a\" : { } } ",
		  "{\"b\":[1,true,null],\"a\":{}}");
	prints_as("[]", "[]");
	prints_as("[[],{\"x\":[false]}]", "[[],{\"x\":[false]}]");
	prints_as("\"\"", "\"\"");
}

static void integers_print_as_integers(void **state)
{
	(void)state;
	prints_as("9007199254740991", "9007199254740991");
	prints_as("-9007199254740991", "-9007199254740991");
	prints_as("1000000000000000", "1000000000000000");
	prints_as("1e3", "1000");
	prints_as("-0", "0");
	prints_as("1.0", "1");
}

static void fractions_round_trip_shortly(void **state)
{
	(void)state;
	prints_as("0.1", "0.1");
	prints_as("-2.5", "-2.5");
	prints_as("0.30000000000000004", "0.30000000000000004");
	prints_as("1e-7", "1e-07");
}

static void strings_are_escaped(void **state)
{
	(void)state;
	prints_as("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\"",
		  "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\"");
	prints_as("\"\\u00e9\\ud83c\\udfab\x7f\"", "\"\u00e9\U0001f3ab\x7f\"");
	prints_as("{\"\\n\":1}", "{\"\\n\":1}");
}

static void what_json_cannot_say_is_null(void **state)
{
	cJSON *tree = cJSON_CreateArray();
	char *text;

	(void)state;
	cJSON_AddItemToArray(tree, cJSON_CreateNumber(__builtin_inf()));
	cJSON_AddItemToArray(tree, cJSON_CreateNumber(-__builtin_inf()));
	cJSON_AddItemToArray(tree, cJSON_CreateNumber(__builtin_nan("")));
	cJSON_AddItemToArray(tree, cJSON_CreateRaw("[1]"));
	text = json_print(tree);
	assert_string_equal(text, "[null,null,null,[1]]");
	free(text);
	cJSON_Delete(tree);
}

static void an_element_prints_without_the_key_it_had(void **state)
{
	cJSON *object = parse("{\"k\":[1]}");
	cJSON *array = cJSON_CreateArray();
	char *text;

	(void)state;
	cJSON_AddItemToArray(array,
			     cJSON_Duplicate(json_get(object, "k"), true));
	text = json_print(array);
	assert_string_equal(text, "[[1]]");
	free(text);
	cJSON_Delete(array);
	cJSON_Delete(object);
}

static void equal_trees_have_one_canonical_text(void **state)
{
	struct arena a = {0};
	cJSON *one = parse("{\"b\":{\"y\":1,\"x\":[{\"d\":1,\"c\":2}]},"
			   "\"a\":2,\"B\":3,\"ab\":4}");
	cJSON *two = parse("{\"ab\":4,\"a\":2.0,\"B\":3,"
			   "\"b\":{\"x\":[{\"c\":2,\"d\":1}],\"y\":1}}");

	(void)state;
	assert_string_equal(json_canonical(one, &a),
			    "{\"B\":3,\"a\":2,\"ab\":4,"
			    "\"b\":{\"x\":[{\"c\":2,\"d\":1}],\"y\":1}}");
	assert_string_equal(json_canonical(one, &a), json_canonical(two, &a));
	/* Order counts in arrays, and the tree itself is left as it was. */
	assert_string_equal(json_print_arena(one, &a),
			    "{\"b\":{\"y\":1,\"x\":[{\"d\":1,\"c\":2}]},"
			    "\"a\":2,\"B\":3,\"ab\":4}");
	cJSON_Delete(one);
	cJSON_Delete(two);
	arena_release(&a);
}

static void an_object_is_printed_as_it_is_made(void **state)
{
	struct arena a = {0};
	struct strbuf text;

	(void)state;
	json_object_begin(&text);
	assert_string_equal(json_object_end(&text, &a), "{}");
	json_object_begin(&text);
	json_object_string(&text, "a", "say \"x\"\n");
	json_object_int(&text, "b", -5);
	json_object_raw(&text, "c", "[1]");
	assert_string_equal(json_object_end(&text, &a),
			    "{\"a\":\"say \\\"x\\\"\\n\",\"b\":-5,\"c\":[1]}");
	arena_release(&a);
}

/* Every byte that must be escaped, as JSON has it. */
static void control_characters_are_escaped(void **state)
{
	struct strbuf text;
	cJSON *tree;
	char all[0x21];

	(void)state;
	for (int i = 1; i <= 0x20; i++)
		all[i - 1] = (char)i;
	all[0x20] = '\0';
	json_object_begin(&text);
	json_object_string(&text, "all", all);
	json_object_string(&text, "few", "\b\f\x1f\x7f\\");
	json_object_finish(&text);
	assert_non_null(
		strstr(text.data, "\"few\":\"\\b\\f\\u001f\x7f\\\\\"}"));
	assert_int_equal(json_parse(text.data, text.length, NULL, &tree), OK);
	assert_string_equal(json_string(tree, "all", ""), all);
	cJSON_Delete(tree);
	strbuf_release(&text);
}

static void objects_and_lists_nest_as_they_are_made(void **state)
{
	static const char made[] =
		"{\"o\":{},\"l\":[],\"n\":null,\"t\":true,\"list\":[{\"a\":1},"
		"{\"b\":[1,\"x\",false]}],\"none\":null,"
		"\"at\":\"2027-01-15T08:00:00.000Z\"}";
	struct arena a = {0};
	struct strbuf text;
	cJSON *raw;

	(void)state;
	json_object_begin(&text);
	json_object_open(&text, "o");
	json_object_close(&text);
	json_list_open(&text, "l");
	json_list_close(&text);
	json_object_string(&text, "n", NULL);
	json_object_bool(&text, "t", true);
	json_list_open(&text, "list");
	json_object_open(&text, NULL);
	json_object_int(&text, "a", 1);
	json_object_close(&text);
	json_object_open(&text, NULL);
	json_list_open(&text, "b");
	json_object_int(&text, NULL, 1);
	json_object_string(&text, NULL, "x");
	json_object_bool(&text, NULL, false);
	json_list_close(&text);
	json_object_close(&text);
	json_list_close(&text);
	json_object_time(&text, "none", 0);
	json_object_time(&text, "at", INT64_C(1800000000000));
	raw = json_raw(&text);
	assert_string_equal(json_print_arena(raw, &a), made);
	cJSON_Delete(raw);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compact_text_keeps_the_order),
		cmocka_unit_test(integers_print_as_integers),
		cmocka_unit_test(fractions_round_trip_shortly),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(what_json_cannot_say_is_null),
		cmocka_unit_test(an_object_is_printed_as_it_is_made),
		cmocka_unit_test(control_characters_are_escaped),
		cmocka_unit_test(objects_and_lists_nest_as_they_are_made),
		cmocka_unit_test(an_element_prints_without_the_key_it_had),
		cmocka_unit_test(equal_trees_have_one_canonical_text),
	};

	json_init();
	return RUN(tests);
}

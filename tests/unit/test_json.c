/* The strict door: what gets in, what does not, and what is said about it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../engine/base/json.h"
#include "../../engine/base/json_scan.h"
#include "../../engine/base/json_token.h"
#include "../../engine/base/mem.h"
#include "../test.h"

static cJSON *parse(const char *text)
{
	cJSON *tree = NULL;
	struct problems p = {0};

	if (json_parse(text, strlen(text), &p, &tree) != OK)
		fail_msg("refused: %s: %s", text, p.item[0].detail);
	assert_int_equal(p.count, 0);
	return tree;
}

static void refused(const char *text, size_t length, const char *pointer,
		    const char *words)
{
	cJSON *tree = NULL;
	struct problems p = {0};

	if (json_parse(text, length, &p, &tree) != ERR_INVALID)
		fail_msg("taken: %s", text);
	assert_null(tree);
	assert_int_equal(p.count, 1);
	if (pointer)
		assert_string_equal(p.item[0].pointer, pointer);
	if (words && !strstr(p.item[0].detail, words))
		fail_msg("%s: '%s' lacks '%s'", text, p.item[0].detail, words);
	/* Without a list the answer is the same. */
	assert_int_equal(json_parse(text, length, NULL, &tree), ERR_INVALID);
}

static void every_kind_of_value_is_taken(void **state)
{
	static const char *const good[] = {
		"null",
		"true",
		"false",
		"0",
		"-0",
		"-1",
		"0.5",
		"-0.0e-0",
		"1E+2",
		"9007199254740991",
		"-9007199254740991",
		"1e-400",
		"\"\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"",
		"\"\\ud83c\\udfab\"",
		"\"\xf0\x9f\x8e\xab\x7f\"",
		"[]",
		"{}",
		" [ 1 , [ ] , { } ] ",
		"\t\r\n{ \"\" : { \"a\" : [ null ] } , \"b\" : 1 }\n",
		"[{\"a\":1},{\"a\":2}]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		cJSON_Delete(parse(good[i]));
}

static void values_come_out_as_written(void **state)
{
	cJSON *tree = parse("{\"n\":9007199254740991,\"s\":\"\\ud83c\\udfab\","
			    "\"t\":true,\"f\":1.5,\"z\":null}");

	(void)state;
	assert_int_equal(json_int(tree, "n", 0), INT64_C(9007199254740991));
	assert_string_equal(json_string(tree, "s", ""), "\U0001f3ab");
	assert_true(json_bool(tree, "t", false));
	assert_int_equal(json_int(tree, "f", -7), -7);
	assert_true(cJSON_IsNull(json_get(tree, "z")));
	cJSON_Delete(tree);
}

static void text_need_not_end_with_nul(void **state)
{
	cJSON *tree = NULL;
	char *text = mem_alloc(3);

	(void)state;
	memcpy(text, "123", 3);
	assert_int_equal(json_parse(text, 3, NULL, &tree), OK);
	assert_int_equal((int)tree->valuedouble, 123);
	cJSON_Delete(tree);
	assert_int_equal(json_parse(text, 2, NULL, &tree), OK);
	assert_int_equal((int)tree->valuedouble, 12);
	cJSON_Delete(tree);
	free(text);
}

static const struct refusal {
	const char *text;
	const char *pointer;
	const char *words;
} refusals[] = {
	{"", "", "ends too early at byte 0"},
	{"  ", "", "ends too early"},
	{"nul", "", "unknown word"},
	{"nulL", "", "unknown word"},
	{"True", "", "expected a value"},
	{"\xef\xbb\xbf{}", "", "expected a value at byte 0"},
	{"'a'", "", "expected a value"},
	{"{} x", "", "after the value at byte 3"},
	{"1 2", "", "after the value"},
	{"[1,]", "/1", "expected a value at byte 3"},
	{"[,1]", "/0", "expected a value"},
	{"[1 2]", "/0", "',' or ']' at byte 3"},
	{"[1", "/0", "',' or ']'"},
	{"[", "/0", "ends too early"},
	{"{\"a\":1,}", "", "expected a key"},
	{"{a:1}", "", "expected a key"},
	{"{\"a\" 1}", "/a", "expected ':'"},
	{"{\"a\":}", "/a", "expected a value"},
	{"{\"a\":1 \"b\":2}", "/a", "',' or '}'"},
	{"{\"a\":1", "/a", "',' or '}'"},
	{"[1}", NULL, "',' or ']'"},
	{"01", "", "leading zero"},
	{"-01", "", "leading zero"},
	{"[0123]", "/0", "leading zero"},
	{"-", "", "without digits"},
	{"+1", "", "expected a value"},
	{".5", "", "expected a value"},
	{"1.", "", "without digits"},
	{"1.e5", "", "without digits"},
	{"1e", "", "without digits"},
	{"1e+", "", "without digits"},
	{"0x10", "", "after the value"},
	{"NaN", "", "expected a value"},
	{"-Infinity", "", "without digits"},
	{"9007199254740992", "", "beyond 2^53-1 at byte 0"},
	{"9007199254740993", "", "beyond"},
	{"-9007199254740992", "", "beyond"},
	{"[1e16]", "/0", "beyond"},
	{"1e400", "", "beyond"},
	{"-1e400", "", "beyond"},
	{"\"a", "", "without an end"},
	{"\"a\\", "", "without an end"},
	{"\"\\x41\"", "", "unknown escape"},
	{"\"\\U0041\"", "", "unknown escape"},
	{"\"\\u12\"", "", "four hexadecimal"},
	{"\"\\u12g4\"", "", "four hexadecimal"},
	{"\"\\u0000\"", "", "\\u0000"},
	{"{\"a\\u0000b\":1}", NULL, "\\u0000"},
	{"\"\\ud800\"", "", "lone surrogate"},
	{"\"\\udc00\"", "", "lone surrogate"},
	{"\"\\ud800\\u0041\"", "", "lone surrogate"},
	{"\"\\ud800\\ud800\"", "", "lone surrogate"},
	{"\"\\ud800xudc00\"", "", "lone surrogate"},
	{"\"\\udc00\\ud800\"", "", "lone surrogate"},
	{"\"a\nb\"", "", "control character in a string at byte 2"},
	{"\"\t\"", "", "control character"},
	{"\"\x1f\"", "", "control character"},
	{"{\"a\":[1,\"\xff\"]}", "/a/1", "invalid UTF-8 at byte 9"},
	{"\"\xc0\x80\"", "", "invalid UTF-8"},
	{"\"\xed\xa0\x80\"", "", "invalid UTF-8"},
	{"[{\"x\":1,\"\xff\":1}]", "/0", "invalid UTF-8"},
	{"{\"a\":1,\"a\":2}", "/a", "duplicate key at byte 7"},
	{"{\"a\":1,\"\\u0061\":2}", "/a", "duplicate key"},
	{"{\"x\":[{\"a\":1,\"b\":2,\"a\":3}]}", "/x/0/a", "duplicate key"},
	{"{\"\":1,\"\":2}", "/", "duplicate key"},
	{"{\"a/b~\":1,\"a/b~\":2}", "/a~1b~0", "duplicate key"},
	{"{\"\\u20ac\":1,\"\xe2\x82\xac\":1}", "/\xe2\x82\xac", "duplicate"},
	{"{\"\\ud83c\\udfab\":1,\"\xf0\x9f\x8e\xab\":1}", NULL, "duplicate"},
	{"{\"o\":{\"a\":1},\"p\":{\"a\":01}}", "/p/a", "leading zero"},
	{"{\"a\":1,\"b\":[true,{\"c\":tru}]}", "/b/1/c", "unknown word"},
};

static void what_is_not_strict_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		refused(refusals[i].text, strlen(refusals[i].text),
			refusals[i].pointer, refusals[i].words);
}

static void a_nul_byte_is_refused_anywhere(void **state)
{
	(void)state;
	refused("{}\0", 3, "", "after the value");
	refused("\"a\0b\"", 5, "", "control character");
	refused("\0{}", 3, "", "expected a value");
	refused("[1\0]", 4, "/0", "',' or ']'");
	refused("\"\\\0\"", 4, "", "unknown escape");
}

static void every_prefix_of_a_document_is_refused(void **state)
{
	const char *text =
		"{\"a\":[1.5e3,\"\\ud83c\\udfab\",true],\"\\n\":null}";

	(void)state;
	/* On the heap, so that a sanitiser sees each read past the end. */
	for (size_t length = 0; length < strlen(text); length++) {
		char *prefix = mem_alloc(length + 1);
		char *exact = mem_grow(prefix, length ? length : 1, 1);

		memcpy(exact, text, length);
		refused(exact, length, NULL, NULL);
		free(exact);
	}
	cJSON_Delete(parse(text));
}

static void keys_are_case_sensitive(void **state)
{
	cJSON *tree = parse("{\"id\":1,\"ID\":2}");

	(void)state;
	assert_int_equal(json_int(tree, "ID", 0), 2);
	assert_null(json_get(tree, "Id"));
	cJSON_Delete(tree);
}

static char *nested(int depth)
{
	char *text = mem_alloc(2 * (size_t)depth + 1);

	memset(text, '[', (size_t)depth);
	memset(text + depth, ']', (size_t)depth);
	return text;
}

static void depth_is_bounded(void **state)
{
	char *text = nested(JSON_DEPTH_MAX);

	(void)state;
	cJSON_Delete(parse(text));
	free(text);
	text = nested(JSON_DEPTH_MAX + 1);
	refused(text, strlen(text), NULL, "nested too deeply at byte 32");
	free(text);
	text = nested(100000);
	refused(text, strlen(text), NULL, "nested too deeply at byte 32");
	free(text);
}

static void size_is_bounded(void **state)
{
	char *text = mem_alloc(JSON_BYTES_MAX + 2);
	cJSON *tree = NULL;
	struct problems p = {0};

	(void)state;
	memset(text, 'x', JSON_BYTES_MAX + 1);
	text[0] = '"';
	text[JSON_BYTES_MAX - 1] = '"';
	assert_int_equal(json_parse(text, JSON_BYTES_MAX, &p, &tree), OK);
	cJSON_Delete(tree);
	tree = NULL;
	assert_int_equal(json_parse(text, JSON_BYTES_MAX + 1, &p, &tree),
			 ERR_TOO_LARGE);
	assert_null(tree);
	assert_non_null(strstr(p.item[0].detail, "262144 allowed"));
	assert_int_equal(json_parse_max("[1]", 3, 2, NULL, &tree),
			 ERR_TOO_LARGE);
	assert_int_equal(json_parse_max("[1]", 3, 3, NULL, &tree), OK);
	cJSON_Delete(tree);
	free(text);
}

static void numbers_have_a_longest_form(void **state)
{
	char text[80];

	(void)state;
	memset(text, '0', sizeof(text));
	memcpy(text, "0.", 2);
	text[60] = '\0';
	cJSON_Delete(parse(text));
	text[60] = '0';
	text[61] = '\0';
	refused(text, 61, "", "number too long at byte 0");
}

/* Every key is new but the last; with escapes every second one. */
static char *many_keys(int count)
{
	struct strbuf b;

	strbuf_init(&b, 8u << 20);
	strbuf_add_char(&b, '{');
	for (int i = 0; i < count; i++)
		strbuf_printf(&b, "\"%s%d\":0,", i % 2 ? "k" : "\\u006b", i);
	strbuf_printf(&b, "\"k%d\":0}", count / 2);
	return b.data;
}

static void a_big_object_is_checked_fast(void **state)
{
	char *text = many_keys(200000);
	struct problems p = {0};
	cJSON *tree = NULL;
	clock_t start = clock();

	(void)state;
	/* Each with each would take minutes. */
	assert_int_equal(
		json_parse_max(text, strlen(text), 8u << 20, &p, &tree),
		ERR_INVALID);
	assert_string_equal(p.item[0].pointer, "/k100000");
	assert_true((clock() - start) / CLOCKS_PER_SEC < 5);
	free(text);
}

static void reading_falls_back(void **state)
{
	cJSON *tree = parse("{\"s\":\"x\",\"n\":3,\"b\":false,\"a\":[]}");

	(void)state;
	assert_string_equal(json_string(tree, "s", "-"), "x");
	assert_string_equal(json_string(tree, "n", "-"), "-");
	assert_null(json_string(tree, "none", NULL));
	assert_int_equal(json_int(tree, "n", 9), 3);
	assert_int_equal(json_int(tree, "s", 9), 9);
	assert_int_equal(json_int(NULL, "s", 9), 9);
	assert_false(json_bool(tree, "b", true));
	assert_true(json_bool(tree, "n", true));
	assert_null(json_get(json_get(tree, "a"), "x"));
	assert_null(json_get(NULL, "x"));
	cJSON_Delete(tree);
}

static void integers_are_told_from_other_numbers(void **state)
{
	static const struct {
		double value;
		bool integer;
	} cases[] = {
		{0, true},
		{-0.0, true},
		{-3, true},
		{9007199254740991.0, true},
		{9007199254740992.0, false},
		{0.5, false},
		{1e300, false},
		{-1e300, false},
		{__builtin_nan(""), false},
		{__builtin_inf(), false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cJSON *item = cJSON_CreateNumber(cases[i].value);

		assert_int_equal(json_is_int(item), cases[i].integer);
		cJSON_Delete(item);
	}
	assert_false(json_is_int(NULL));
}

static void setting_adds_and_replaces_in_place(void **state)
{
	cJSON *tree = cJSON_CreateObject();
	char *text;

	(void)state;
	json_set_int(tree, "a", 1);
	json_set_string(tree, "b", "x");
	json_set_bool(tree, "c", true);
	json_set_string(tree, "a", "\"");
	json_set_string(tree, "b", NULL);
	json_set_null(tree, "d");
	json_set_time(tree, "t", 1);
	json_set_time(tree, "u", 0);
	json_set(tree, "A", NULL);
	text = json_print(tree);
	assert_string_equal(text,
			    "{\"a\":\"\\\"\",\"b\":null,\"c\":true,\"d\":null,"
			    "\"t\":\"1970-01-01T00:00:00.001Z\",\"u\":null,"
			    "\"A\":null}");
	free(text);
	cJSON_Delete(tree);
}

static void setting_in_no_object_loses_nothing(void **state)
{
	cJSON *array = cJSON_CreateArray();

	(void)state;
	/* A leak would be seen by the sanitised run. */
	json_set_int(array, "a", 1);
	json_set_int(NULL, "a", 1);
	assert_int_equal(cJSON_GetArraySize(array), 0);
	cJSON_Delete(array);
}

/* Only the keys of the outermost object, each once, as they are written. */
static void keys_of_an_object(void **state)
{
	static const struct {
		const char *text, *keys;
	} rows[] = {
		{"{}", ""},
		{" { } ", ""},
		{"{\"a\":1}", "a;"},
		{"{\"a\":\"b\",\"c\":[\"d\",\"e\"],\"f\":{\"g\":{\"h\":1}}}",
		 "a;c;f;"},
		{"{ \"a\" : [ 1 , { \"x\" : 2 } , \"y\" ] , \"b\" : null }",
		 "a;b;"},
		{"{\"q\\\"{\":\"v\\\\\",\"w\":\",\\\"z\\\":\"}", "q\\\"{;w;"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json_cursor c = {.text = rows[i].text,
					.length = strlen(rows[i].text)};
		char keys[64] = "";
		const char *key;
		size_t n, at = 0;

		assert_int_equal(json_scan(c.text, c.length, NULL), OK);
		while (json_token_key(&c, &key, &n))
			at += (size_t)snprintf(keys + at, sizeof(keys) - at,
					       "%.*s;", (int)n, key);
		assert_string_equal(keys, rows[i].keys);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_an_object),
		cmocka_unit_test(every_kind_of_value_is_taken),
		cmocka_unit_test(values_come_out_as_written),
		cmocka_unit_test(text_need_not_end_with_nul),
		cmocka_unit_test(what_is_not_strict_is_refused),
		cmocka_unit_test(a_nul_byte_is_refused_anywhere),
		cmocka_unit_test(every_prefix_of_a_document_is_refused),
		cmocka_unit_test(keys_are_case_sensitive),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(size_is_bounded),
		cmocka_unit_test(numbers_have_a_longest_form),
		cmocka_unit_test(a_big_object_is_checked_fast),
		cmocka_unit_test(reading_falls_back),
		cmocka_unit_test(integers_are_told_from_other_numbers),
		cmocka_unit_test(setting_adds_and_replaces_in_place),
		cmocka_unit_test(setting_in_no_object_loses_nothing),
	};

	json_init();
	return RUN(tests);
}

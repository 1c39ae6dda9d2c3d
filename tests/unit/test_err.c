/* Names of errors, and the bound of a problems list. */
#include <string.h>

#include "../../engine/base/err.h"
#include "../test.h"

static void every_error_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int a = 0; a < ERR_COUNT; a++) {
		assert_non_null(err_name((enum err)a));
		assert_string_not_equal(err_name((enum err)a), "unknown");
		for (int b = 0; b < a; b++)
			assert_string_not_equal(err_name((enum err)a),
						err_name((enum err)b));
	}
	assert_string_equal(err_name(OK), "ok");
	assert_string_equal(err_name(ERR_NOT_FOUND), "not_found");
	assert_string_equal(err_name(ERR_SYSTEM), "system");
}

static void a_value_outside_the_enum_is_unknown(void **state)
{
	(void)state;
	assert_string_equal(err_name(ERR_COUNT), "unknown");
	assert_string_equal(err_name((enum err)(-1)), "unknown");
}

static void a_problem_keeps_place_and_words(void **state)
{
	struct problems p = {0};

	(void)state;
	problems_add(&p, "/steps/3", "expected %s, found %d", "text", 7);
	assert_int_equal(p.count, 1);
	assert_int_equal(p.dropped, 0);
	assert_string_equal(p.item[0].pointer, "/steps/3");
	assert_string_equal(p.item[0].detail, "expected text, found 7");
}

static void problems_past_the_bound_are_counted(void **state)
{
	struct problems p = {0};

	(void)state;
	for (int i = 0; i < PROBLEMS_MAX + 5; i++)
		problems_add(&p, "", "%d", i);
	assert_int_equal(p.count, PROBLEMS_MAX);
	assert_int_equal(p.dropped, 5);
	assert_string_equal(p.item[0].detail, "0");
	assert_string_equal(p.item[PROBLEMS_MAX - 1].detail, "31");
}

static void long_words_are_cut_at_a_character(void **state)
{
	struct problems p = {0};
	char text[700];
	size_t size = sizeof(p.item[0].detail);

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	/* A two-byte character over the end of the field. */
	text[size - 2] = (char)0xc3;
	text[size - 1] = (char)0xa9;
	problems_add(&p, text, "%s", text);
	assert_int_equal(strlen(p.item[0].detail), size - 2);
	assert_int_equal(strlen(p.item[0].pointer),
			 sizeof(p.item[0].pointer) - 1);
}

/* Whatever bytes a file or a peer had: the words can be shown. */
static void words_are_always_utf8(void **state)
{
	struct problems p = {0};

	(void)state;
	problems_add(&p, "k\xff", "found \"%.2s\"", "x\xc3\xa9");
	assert_string_equal(p.item[0].pointer, "k?");
	assert_string_equal(p.item[0].detail, "found \"x?\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_a_name_of_its_own),
		cmocka_unit_test(a_value_outside_the_enum_is_unknown),
		cmocka_unit_test(a_problem_keeps_place_and_words),
		cmocka_unit_test(problems_past_the_bound_are_counted),
		cmocka_unit_test(long_words_are_cut_at_a_character),
		cmocka_unit_test(words_are_always_utf8),
	};

	return RUN(tests);
}

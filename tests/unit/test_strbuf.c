/* Text with a maximum: what is there is always a prefix of what was meant. */
#include <string.h>

#include "../../engine/base/strbuf.h"
#include "../test.h"

static void text_adds_up(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 100);
	assert_string_equal(strbuf_text(&b), "");
	strbuf_add(&b, "one");
	strbuf_add_char(&b, ' ');
	strbuf_add_n(&b, "two!", 3);
	strbuf_printf(&b, " %d%s", 3, "!");
	assert_string_equal(strbuf_text(&b), "one two 3!");
	assert_int_equal(b.length, 10);
	assert_false(b.truncated);
	strbuf_release(&b);
	assert_string_equal(strbuf_text(&b), "");
}

static void exactly_the_maximum_fits(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 4);
	strbuf_add(&b, "12");
	strbuf_printf(&b, "%d", 34);
	assert_string_equal(strbuf_text(&b), "1234");
	assert_false(b.truncated);
	strbuf_add_char(&b, '5');
	assert_string_equal(strbuf_text(&b), "1234");
	assert_true(b.truncated);
	strbuf_release(&b);
}

static void past_the_maximum_nothing_is_added(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 5);
	strbuf_add(&b, "1234567");
	assert_string_equal(strbuf_text(&b), "12345");
	assert_true(b.truncated);
	strbuf_clear(&b);
	assert_false(b.truncated);
	assert_string_equal(strbuf_text(&b), "");
	strbuf_printf(&b, "%s", "abcdefg");
	assert_string_equal(strbuf_text(&b), "abcde");
	assert_true(b.truncated);
	strbuf_printf(&b, "%s", "");
	strbuf_add(&b, "x");
	assert_string_equal(strbuf_text(&b), "abcde");
	strbuf_release(&b);
}

static void a_maximum_of_zero_holds_nothing(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 0);
	strbuf_add(&b, "");
	assert_false(b.truncated);
	strbuf_add(&b, "x");
	assert_true(b.truncated);
	assert_string_equal(strbuf_text(&b), "");
	strbuf_release(&b);
}

static void it_grows_far(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 1 << 20);
	for (int i = 0; i < 100000; i++)
		strbuf_printf(&b, "%d", i % 10);
	assert_int_equal(b.length, 100000);
	assert_int_equal(b.data[99999], '9');
	assert_int_equal(b.data[100000], '\0');
	strbuf_release(&b);
}

static void fields_are_filled_and_cut(void **state)
{
	char field[6] = "xxxxx";

	(void)state;
	assert_true(str_copy(field, sizeof(field), "12345"));
	assert_string_equal(field, "12345");
	assert_false(str_copy(field, sizeof(field), "123456"));
	assert_string_equal(field, "12345");
	assert_true(str_copy(field, sizeof(field), NULL));
	assert_string_equal(field, "");
	assert_false(str_copy(field, 0, "x"));
	STR_COPY(field, "ok");
	assert_string_equal(field, "ok");
}

static void fields_are_cut_between_characters(void **state)
{
	char field[6];

	(void)state;
	/* e-acute is two bytes, the euro sign three, the ticket four. */
	assert_false(str_copy(field, sizeof(field), "1234\u00e9"));
	assert_string_equal(field, "1234");
	assert_true(str_copy(field, sizeof(field), "123\u00e9"));
	assert_string_equal(field, "123\u00e9");
	assert_false(str_copy(field, sizeof(field), "123\u20ac"));
	assert_string_equal(field, "123");
	assert_false(str_copy(field, sizeof(field), "12\U0001f3ab"));
	assert_string_equal(field, "12");
}

static void a_field_may_be_copied_onto_itself(void **state)
{
	char field[8] = "abcdef";

	(void)state;
	assert_true(str_copy(field, sizeof(field), field + 2));
	assert_string_equal(field, "cdef");
}

static void integers_are_written_whole(void **state)
{
	char text[INT_TEXT_SIZE];
	struct strbuf b;

	(void)state;
	assert_int_equal(int_text(0, text), 1);
	assert_string_equal(text, "0");
	assert_int_equal(int_text(INT64_MIN, text), 20);
	assert_string_equal(text, "-9223372036854775808");
	assert_int_equal(int_text(INT64_MAX, text), 19);
	assert_string_equal(text, "9223372036854775807");
	strbuf_init(&b, 5);
	strbuf_add_int(&b, -17);
	strbuf_add_int(&b, 123);
	assert_string_equal(strbuf_text(&b), "-1712");
	assert_true(b.truncated);
	strbuf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_adds_up),
		cmocka_unit_test(exactly_the_maximum_fits),
		cmocka_unit_test(past_the_maximum_nothing_is_added),
		cmocka_unit_test(a_maximum_of_zero_holds_nothing),
		cmocka_unit_test(it_grows_far),
		cmocka_unit_test(integers_are_written_whole),
		cmocka_unit_test(fields_are_filled_and_cut),
		cmocka_unit_test(fields_are_cut_between_characters),
		cmocka_unit_test(a_field_may_be_copied_onto_itself),
	};

	return RUN(tests);
}

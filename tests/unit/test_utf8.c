/* Which bytes are text, at every edge of the encoding. */
#include <string.h>

#include "../../engine/base/json.h"
#include "../../engine/base/utf8.h"
#include "../test.h"

static void every_character_round_trips(void **state)
{
	char bytes[4];

	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		size_t length = utf8_put(bytes, c);
		bool surrogate = c >= 0xd800 && c <= 0xdfff;
		size_t expected = c < 0x80	? 1
				  : c < 0x800	? 2
				  : c < 0x10000 ? 3
						: 4;

		assert_int_equal(length, expected);
		assert_int_equal(utf8_length(bytes, 4),
				 surrogate ? 0 : expected);
		if (length > 1)
			assert_int_equal(utf8_length(bytes, length - 1), 0);
	}
}

static void known_encodings(void **state)
{
	char bytes[4];

	(void)state;
	assert_int_equal(utf8_put(bytes, 0xe9), 2);
	assert_memory_equal(bytes, "\u00e9", 2);
	assert_int_equal(utf8_put(bytes, 0x20ac), 3);
	assert_memory_equal(bytes, "\u20ac", 3);
	assert_int_equal(utf8_put(bytes, 0x1f3ab), 4);
	assert_memory_equal(bytes, "\U0001f3ab", 4);
}

static void valid_text_is_taken(void **state)
{
	(void)state;
	assert_true(utf8_valid("", 0));
	assert_true(utf8_valid("a\0b", 3));
	assert_true(utf8_valid("\u00e9\u20ac\U0001f3ab", 9));
	assert_true(utf8_valid("\xf4\x8f\xbf\xbf", 4));
	assert_true(utf8_valid("\xed\x9f\xbf\xee\x80\x80", 6));
}

static void broken_text_is_refused(void **state)
{
	static const char *const bad[] = {
		"\x80", /* a continuation alone */
		"\xbf",
		"\xc0\x80",	    /* overlong NUL */
		"\xc1\xbf",	    /* overlong */
		"\xe0\x9f\xbf",	    /* overlong */
		"\xf0\x8f\xbf\xbf", /* overlong */
		"\xed\xa0\x80",	    /* surrogate */
		"\xed\xbf\xbf",
		"\xf4\x90\x80\x80", /* past the last character */
		"\xf5\x80\x80\x80",
		"\xfe",
		"\xff",
		"\xc3", /* cut */
		"\xe2\x82",
		"\xf0\x9f\x8e",
		"\xc3(", /* not continued */
		"\xe2(\xac",
		"\xe2\x82(",
		"\xf0\x9f\x8e(",
		"ok\xff",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (utf8_valid(bad[i], strlen(bad[i])))
			fail_msg("taken: number %zu", i);
	}
	assert_int_equal(utf8_length("a", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_round_trips),
		cmocka_unit_test(known_encodings),
		cmocka_unit_test(valid_text_is_taken),
		cmocka_unit_test(broken_text_is_refused),
	};

	return RUN(tests);
}

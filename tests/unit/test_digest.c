/* Digests are framed; the expected values were computed by another program. */
#include <string.h>

#include "../../engine/base/digest.h"
#include "../test.h"

static void final_hex(struct digest *d, char hex[DIGEST_HEX_SIZE])
{
	uint8_t bytes[DIGEST_SIZE];

	digest_final(d, bytes);
	digest_hex(bytes, hex);
}

static void known_digests(void **state)
{
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	digest_text_hex("abc", hex);
	assert_string_equal(hex, "c3494ca1a2cf8eeb8a11ded316fb55b8"
				 "3c3bbbedb6313cd50415251e5d09e12f");
	digest_text_hex("", hex);
	assert_string_equal(hex, "af5570f5a1810b7af78caf4bc70a660f"
				 "0df51e42baf91d4de5b2328de0e83dfc");
	digest_text_hex(NULL, hex);
	assert_string_equal(hex, "af5570f5a1810b7af78caf4bc70a660f"
				 "0df51e42baf91d4de5b2328de0e83dfc");
}

static void text_number_and_bytes_in_a_row(void **state)
{
	struct digest d;
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	digest_init(&d);
	digest_text(&d, "ab");
	digest_int(&d, -2);
	digest_field(&d, "\0\1", 2);
	final_hex(&d, hex);
	assert_string_equal(hex, "444dd803325502014ef46c749e14ea6d"
				 "ed5c3092a71c941aee0500fe693e3223");
}

static void fields_do_not_run_together(void **state)
{
	static const char *const pairs[][2] = {
		{"ab", "c"},
		{"a", "bc"},
		{"abc", ""},
		{"", "abc"},
	};
	char hex[4][DIGEST_HEX_SIZE];

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct digest d;

		digest_init(&d);
		digest_text(&d, pairs[i][0]);
		digest_text(&d, pairs[i][1]);
		final_hex(&d, hex[i]);
		assert_int_equal(strlen(hex[i]), 64);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(hex[i], hex[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_digests),
		cmocka_unit_test(text_number_and_bytes_in_a_row),
		cmocka_unit_test(fields_do_not_run_together),
	};

	return RUN(tests);
}

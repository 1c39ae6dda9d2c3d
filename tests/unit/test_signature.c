/*
 * Signatures of webhooks: the example of the standard, every byte counts, and
 * keys that are changed overlap.
 */
#include "engine/base/signature.h"

#include <stdio.h>
#include <string.h>

#include "tests/test.h"

/* From the specification's own examples. */
#define KEY "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define AT "1614265330"
#define BODY "{\"test\": 2432232314}"
#define SIGNED "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static bool valid(const char *keys, const char *id, const char *at,
		  const char *body, const char *signatures)
{
	return signature_valid(keys, id, at, body, strlen(body), signatures);
}

static void the_example_of_the_standard(void **state)
{
	char made[SIGNATURE_SIZE];

	(void)state;
	assert_true(signature_make(KEY, ID, AT, BODY, strlen(BODY), made));
	assert_string_equal(made, SIGNED);
	assert_true(valid(KEY, ID, AT, BODY, SIGNED));
}

static void every_byte_counts(void **state)
{
	char text[sizeof(SIGNED)];

	(void)state;
	assert_false(valid(KEY, ID "x", AT, BODY, SIGNED));
	assert_false(valid(KEY, ID, "1614265331", BODY, SIGNED));
	assert_false(valid(KEY, ID, AT, BODY " ", SIGNED));
	assert_false(valid(KEY, ID, AT, BODY, ""));
	assert_false(valid(KEY, ID, AT, BODY, "v1,"));
	for (size_t i = 0; i < sizeof(SIGNED) - 1; i++) {
		memcpy(text, SIGNED, sizeof(text));
		text[i] = text[i] == 'A' ? 'B' : 'A';
		assert_false(valid(KEY, ID, AT, BODY, text));
		text[i] = '\0';
		assert_false(valid(KEY, ID, AT, BODY, text));
	}
}

static void keys_and_signatures_overlap(void **state)
{
	(void)state;
	assert_true(valid(KEY, ID, AT, BODY, "v1,AAAA " SIGNED " v2,BBBB"));
	assert_true(valid("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" KEY "\n",
			  ID, AT, BODY, SIGNED));
	assert_false(valid("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", ID, AT,
			   BODY, SIGNED));
}

static void what_is_no_key_opens_nothing(void **state)
{
	static const char *const none[] = {"",
					   "\n\n",
					   "whsec_",
					   "whsec_AAAA",
					   "whsec_!!!!!!!!!!!!!!!!!!!!!!",
					   "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
	char made[SIGNATURE_SIZE], longest[400];

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_false(signature_keys_valid(none[i]));
		assert_false(signature_make(none[i], ID, AT, "", 0, made));
		assert_false(valid(none[i], ID, AT, "", "v1,"));
	}
	memset(longest, 'A', sizeof(longest));
	memcpy(longest, "whsec_", 6);
	longest[sizeof(longest) - 1] = '\0';
	assert_false(signature_keys_valid(longest));
	assert_true(signature_keys_valid(KEY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_standard),
		cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(keys_and_signatures_overlap),
		cmocka_unit_test(what_is_no_key_opens_nothing),
	};

	return RUN(tests);
}

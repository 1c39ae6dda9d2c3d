/* Times and durations as text: calendars have corners. */
#include <string.h>
#include <time.h>

#include "../../engine/base/clock.h"
#include "../test.h"

static const struct known {
	const char *text;
	int64_t ms;
} both_ways[] = {
	{"1970-01-01T00:00:00.000Z", 0},
	{"1970-01-01T00:00:00.001Z", 1},
	{"1969-12-31T23:59:59.999Z", -1},
	{"2000-02-29T12:00:00.000Z", INT64_C(951825600000)},
	{"2026-03-01T12:00:00.000Z", INT64_C(1772366400000)},
	{"2100-02-28T23:59:59.999Z", INT64_C(4107542399999)},
	{"2100-03-01T00:00:00.000Z", INT64_C(4107542400000)},
	{"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)},
	{"0000-01-01T00:00:00.000Z", INT64_C(-62167219200000)},
};

static void known_times_format_and_parse(void **state)
{
	char text[TIME_TEXT_SIZE];
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(both_ways) / sizeof(*both_ways); i++) {
		time_format(both_ways[i].ms, text);
		assert_string_equal(text, both_ways[i].text);
		assert_int_equal(time_parse(both_ways[i].text, &ms), 0);
		assert_int_equal(ms, both_ways[i].ms);
	}
}

static void every_day_of_four_centuries_agrees_with_libc(void **state)
{
	char text[TIME_TEXT_SIZE];
	char expected[TIME_TEXT_SIZE];

	(void)state;
	for (int64_t day = -100000; day < 100000; day += 1) {
		time_t seconds = (time_t)(day * 86400 + 86399);
		struct tm tm;
		int64_t ms;

		assert_non_null(gmtime_r(&seconds, &tm));
		assert_true(strftime(expected, sizeof(expected),
				     "%Y-%m-%dT%H:%M:%S.000Z", &tm) > 0);
		time_format((int64_t)seconds * 1000, text);
		assert_string_equal(text, expected);
		assert_int_equal(time_parse(text, &ms), 0);
		assert_int_equal(ms, (int64_t)seconds * 1000);
	}
}

static void what_cannot_be_said_is_clamped(void **state)
{
	char text[TIME_TEXT_SIZE];

	(void)state;
	time_format(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
	time_format(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00.000Z");
}

static void offsets_fractions_and_case_are_taken(void **state)
{
	static const struct known forms[] = {
		{"2026-03-01T12:00:00Z", INT64_C(1772366400000)},
		{"2026-03-01t12:00:00z", INT64_C(1772366400000)},
		{"2026-03-01 12:00:00Z", INT64_C(1772366400000)},
		{"2026-03-01T14:00:00+02:00", INT64_C(1772366400000)},
		{"2026-03-01T06:30:00-05:30", INT64_C(1772366400000)},
		{"2026-03-01T12:00:00-00:00", INT64_C(1772366400000)},
		{"2026-03-01T12:00:00.5Z", INT64_C(1772366400500)},
		{"2026-03-01T12:00:00.123999Z", INT64_C(1772366400123)},
		{"2026-03-01T11:59:60Z", INT64_C(1772366400000)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		int64_t ms = -7;

		assert_int_equal(time_parse(forms[i].text, &ms), 0);
		assert_int_equal(ms, forms[i].ms);
	}
}

static void malformed_times_are_refused_and_leave_the_result(void **state)
{
	static const char *const bad[] = {
		"",
		"2026",
		"2026-03-01",
		"2026-03-01T12:00:00",
		"2026-03-01T12:00Z",
		"2026-03-01T12:00:00.Z",
		"2026-03-01T12:00:00Z ",
		" 2026-03-01T12:00:00Z",
		"2026-3-01T12:00:00Z",
		"2026-00-01T12:00:00Z",
		"2026-13-01T12:00:00Z",
		"2026-02-29T12:00:00Z",
		"2100-02-29T12:00:00Z",
		"2026-04-31T12:00:00Z",
		"2026-03-00T12:00:00Z",
		"2026-03-01T24:00:00Z",
		"2026-03-01T12:60:00Z",
		"2026-03-01T12:00:61Z",
		"2026-03-01T12:00:00+2:00",
		"2026-03-01T12:00:00+0200",
		"2026-03-01T12:00:00+24:00",
		"2026-03-01T12:00:00+02:60",
		"+026-03-01T12:00:00Z",
		"2026-03-01X12:00:00Z",
		"0000-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59.999-00:01",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int64_t ms = -7;

		if (time_parse(bad[i], &ms) != -1)
			fail_msg("taken: '%s'", bad[i]);
		assert_int_equal(ms, -7);
	}
}

static void durations_are_taken(void **state)
{
	static const struct known good[] = {
		{"0", 0},
		{"0s", 0},
		{"250ms", 250},
		{"5s", 5000},
		{"10m", 600000},
		{"4h", 14400000},
		{"3d", 259200000},
		{"007s", 7000},
		{"999999999999999ms", INT64_C(999999999999999)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		int64_t ms = -7;

		assert_int_equal(duration_parse(good[i].text, &ms), 0);
		assert_int_equal(ms, good[i].ms);
	}
}

static void malformed_durations_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"5",
		"s",
		"-5s",
		"+5s",
		" 5s",
		"5 s",
		"5s ",
		"5S",
		"1.5s",
		"5w",
		"5mss",
		"00x",
		"1d2h",
		"1000000000000000ms",
		"999999999999999d",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int64_t ms = -7;

		if (duration_parse(bad[i], &ms) != -1)
			fail_msg("taken: '%s'", bad[i]);
		assert_int_equal(ms, -7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_times_format_and_parse),
		cmocka_unit_test(every_day_of_four_centuries_agrees_with_libc),
		cmocka_unit_test(what_cannot_be_said_is_clamped),
		cmocka_unit_test(offsets_fractions_and_case_are_taken),
		cmocka_unit_test(
			malformed_times_are_refused_and_leave_the_result),
		cmocka_unit_test(durations_are_taken),
		cmocka_unit_test(malformed_durations_are_refused),
	};

	return RUN(tests);
}

/*
 * Times and durations as text. Pure: no clock is asked here.
 *
 * Always holds: what time_format writes, time_parse reads back unchanged, for
 * every time of the years 0 to 9999, the only ones RFC 3339 can say.
 */
#include <stdbool.h>
#include <string.h>

#include "clock.h"

#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_DAY INT64_C(86400000)
#define TIME_MS_MIN (-62167219200000)	     /* 0000-01-01T00:00:00Z */
#define TIME_MS_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

/* Days since 1970-01-01 of a proleptic Gregorian date: years begin in March,
 * so that the leap day comes last. (H. Hinnant, "chrono-compatible low-level
 * date algorithms".) */
static int64_t days_of_date(int64_t year, int month, int day)
{
	year -= month <= 2;

	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year =
		(153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

static void date_of_days(int64_t days, int *year, int *month, int *day)
{
	days += 719468;

	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t of_era = days - era * 146097;
	int64_t years =
		(of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) /
		365;
	int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
	int64_t shifted = (5 * of_year + 2) / 153;

	*day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
	*month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
	*year = (int)(years + era * 400 + (*month <= 2));
}

/* Returns the place behind what it puts: the digits, and one sign. */
static char *put_digits(char *text, int value, int count, char sign)
{
	for (int i = count; i-- > 0; value /= 10)
		text[i] = (char)('0' + value % 10);
	text[count] = sign;
	return text + count + 1;
}

void time_format(int64_t ms, char text[TIME_TEXT_SIZE])
{
	int year, month, day;

	if (ms < TIME_MS_MIN)
		ms = TIME_MS_MIN;
	if (ms > TIME_MS_MAX)
		ms = TIME_MS_MAX;

	int64_t days = ms / MS_PER_DAY - (ms % MS_PER_DAY < 0);
	int rest = (int)(ms - days * MS_PER_DAY);

	date_of_days(days, &year, &month, &day);
	/* By hand, for printf takes ten times as long and every row has some.
	 */
	text = put_digits(text, year, 4, '-');
	text = put_digits(text, month, 2, '-');
	text = put_digits(text, day, 2, 'T');
	text = put_digits(text, rest / 3600000, 2, ':');
	text = put_digits(text, rest / 60000 % 60, 2, ':');
	text = put_digits(text, rest / 1000 % 60, 2, '.');
	text = put_digits(text, rest % 1000, 3, 'Z');
	*text = '\0';
}

/* Exactly count digits; moves *text behind them. */
static bool read_digits(const char **text, int count, int *ret_value)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		char c = (*text)[i];

		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	*text += count;
	*ret_value = value;
	return true;
}

static bool read_char(const char **text, const char *any_of)
{
	if (**text == '\0' || !strchr(any_of, **text))
		return false;
	(*text)++;
	return true;
}

/* ".123456": milliseconds count, what is finer is cut. */
static bool read_fraction(const char **text, int *ret_ms)
{
	int ms = 0;
	int digits = 0;

	if (!read_char(text, "."))
		return true;
	for (; **text >= '0' && **text <= '9'; (*text)++, digits++) {
		if (digits < 3)
			ms = ms * 10 + (**text - '0');
	}
	for (int i = digits; i < 3; i++)
		ms *= 10;
	*ret_ms = ms;
	return digits > 0;
}

/* "Z" or "+hh:mm". */
static bool read_offset(const char **text, int *ret_minutes)
{
	int hours, minutes;
	int sign = **text == '-' ? -1 : 1;

	if (read_char(text, "Zz")) {
		*ret_minutes = 0;
		return true;
	}
	if (!read_char(text, "+-") || !read_digits(text, 2, &hours) ||
	    !read_char(text, ":") || !read_digits(text, 2, &minutes) ||
	    hours > 23 || minutes > 59)
		return false;
	*ret_minutes = sign * (hours * 60 + minutes);
	return true;
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30,
				   31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

int time_parse(const char *text, int64_t *ret_ms)
{
	int year, month, day, hour, minute, second, offset;
	int ms = 0;

	if (!read_digits(&text, 4, &year) || !read_char(&text, "-") ||
	    !read_digits(&text, 2, &month) || !read_char(&text, "-") ||
	    !read_digits(&text, 2, &day) || !read_char(&text, "Tt ") ||
	    !read_digits(&text, 2, &hour) || !read_char(&text, ":") ||
	    !read_digits(&text, 2, &minute) || !read_char(&text, ":") ||
	    !read_digits(&text, 2, &second) || !read_fraction(&text, &ms) ||
	    !read_offset(&text, &offset) || *text != '\0')
		return -1;
	/* A leap second, 23:59:60, is taken as the second after it. */
	if (month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month) || hour > 23 || minute > 59 ||
	    second > 60)
		return -1;

	int64_t seconds = days_of_date(year, month, day) * 86400 +
			  hour * INT64_C(3600) + minute * INT64_C(60) + second -
			  offset * INT64_C(60);
	int64_t result = seconds * MS_PER_SECOND + ms;

	/* An offset can push a time out of what time_format can say. */
	if (result < TIME_MS_MIN || result > TIME_MS_MAX)
		return -1;
	*ret_ms = result;
	return 0;
}

static const struct duration_unit {
	const char *name;
	int64_t ms;
} units[] = {
	{"ms", 1},
	{"s", MS_PER_SECOND},
	{"m", 60 * MS_PER_SECOND},
	{"h", 3600 * MS_PER_SECOND},
	{"d", MS_PER_DAY},
};

int duration_parse(const char *text, int64_t *ret_ms)
{
	int64_t count = 0;
	size_t digits = strspn(text, "0123456789");

	/* 15 digits cannot overflow, and no deadline needs more. */
	if (digits == 0 || digits > 15)
		return -1;
	for (size_t i = 0; i < digits; i++)
		count = count * 10 + (text[i] - '0');
	if (text[digits] == '\0' && count == 0) {
		*ret_ms = 0;
		return 0;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text + digits, units[i].name) != 0)
			continue;
		if (count > INT64_MAX / units[i].ms)
			return -1;
		*ret_ms = count * units[i].ms;
		return 0;
	}
	return -1;
}

/*
 * Times, durations and ids. Promises tried: what is written reads back as it
 * was; what reads is written in one way; an id is valid, sorts by its time, and
 * no other text passes for one.
 */
#include <string.h>

#include "../../engine/base/clock.h"
#include "../../engine/base/id.h"
#include "fuzz.h"

struct source {
	const uint8_t *bytes;
	size_t left;
	int64_t ms;
};

static void take(void *context, void *bytes, size_t count)
{
	struct source *s = context;
	size_t n = count < s->left ? count : s->left;

	memset(bytes, 0, count);
	if (n)
		memcpy(bytes, s->bytes, n);
	s->bytes += n;
	s->left -= n;
}

static int64_t wall_ms(void *context)
{
	return ((struct source *)context)->ms;
}

static void try_time(const char *text)
{
	char once[TIME_TEXT_SIZE], twice[TIME_TEXT_SIZE];
	int64_t ms, again;

	if (time_parse(text, &ms) != 0)
		return;
	time_format(ms, once);
	require(time_parse(once, &again) == 0);
	require(again == ms);
	time_format(again, twice);
	require(strcmp(once, twice) == 0);
	require(strlen(once) == 24 && once[23] == 'Z');
}

static void try_duration(const char *text)
{
	int64_t ms = -1;

	if (duration_parse(text, &ms) != 0)
		return;
	require(ms >= 0);
	/* A whole number of its unit. */
	if (strchr(text, 'd'))
		require(ms % INT64_C(86400000) == 0);
	require(strlen(text) <= 17);
}

static void try_id(const char *text, struct source *s)
{
	const struct world w = {.wall_ms = wall_ms,
				.mono_ms = wall_ms,
				.random = take,
				.context = s};
	char id[ID_SIZE], later[ID_SIZE];

	if (id_valid(text, "run")) {
		require(strlen(text) == 30);
		require(strncmp(text, "run_", 4) == 0);
		/* 128 bits in 130: the first character has three. */
		require(text[4] <= '7');
		require(fuzz_printable(text));
		require(!id_valid(text, "task"));
	}
	s->ms &= (INT64_C(1) << 47) - 1;
	id_make("task", &w, id);
	require(id_valid(id, "task") && !id_valid(id, "run"));
	s->ms++;
	id_make("task", &w, later);
	require(strcmp(id, later) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {(const char *)data, size};
	char text[TIME_TEXT_SIZE];
	struct arena a = {0};
	const char *line = input_line(&in, &a);
	struct source s = {.bytes = (const uint8_t *)in.at, .left = in.left};
	int64_t ms = 0, again;

	try_time(line);
	try_duration(line);
	take(&s, &ms, sizeof(ms));
	s.ms = ms;
	try_id(line, &s);
	/* Any number can be written, and lies within four digits of years. */
	time_format(ms, text);
	require(time_parse(text, &again) == 0);
	arena_release(&a);
	return 0;
}

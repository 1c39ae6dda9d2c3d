/* Where a run has been, in and out of its text. */
#include <stdio.h>
#include <string.h>

#include "../test.h"
#include "engine/flow/progress.h"

static void reads_and_prints(void **state)
{
	static const char *const texts[] = {
		"",
		"look:1:0:0",
		"look:1:0:0 try:2:3:1800000000000",
	};
	char text[PROGRESS_SIZE];
	struct progress p;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_true(progress_parse(texts[i], &p));
		assert_int_equal(p.item_count, (int)i);
		assert_true(progress_print(&p, text));
		assert_string_equal(text, texts[i]);
	}
	assert_string_equal(p.item[1].step, "try");
	assert_int_equal(p.item[1].visit, 2);
	assert_int_equal(p.item[1].count, 3);
	assert_int_equal(p.item[1].until_ms, 1800000000000);
}

static void refuses(void **state)
{
	static const char *const texts[] = {
		"look",
		"look:1",
		"look:1:2",
		"look:1:2:",
		":1:2:3",
		"look:-1:0:0",
		"look:1:-2:0",
		"look:1:0:-3",
		"look:x:0:0",
		"look:1:0:0x",
		"look:4294967296:0:0",
		"look:1:0:0:0:0",
		"look:1:0:0:-1",
		"look:1:0:0:",
		" look:1:0:0",
		"look:1:0:0  a:1:0:0",
	};
	struct progress p;
	size_t i;
	char name[120];

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (progress_parse(texts[i], &p))
			fail_msg("taken: %s", texts[i]);
	}
	memset(name, 'a', 64);
	snprintf(name + 64, sizeof(name) - 64, ":1:0:0");
	assert_false(progress_parse(name, &p));
}

static void finds_and_makes(void **state)
{
	struct progress p = {.item_count = 0};
	struct progress_item *one, *two;

	(void)state;
	one = progress_of(&p, "one");
	assert_int_equal(one->visit, 0);
	one->visit = 7;
	two = progress_of(&p, "two");
	assert_ptr_not_equal(one, two);
	assert_int_equal(progress_of(&p, "one")->visit, 7);
	assert_int_equal(p.item_count, 2);
}

static void has_its_bounds(void **state)
{
	char text[PROGRESS_SIZE], name[NAME_SIZE];
	struct progress p = {.item_count = 0};
	int i;

	(void)state;
	for (i = 0; i < PROGRESS_STEPS_MAX; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		assert_non_null(progress_of(&p, name));
	}
	assert_null(progress_of(&p, "more"));
	assert_true(progress_print(&p, text)); /* short names fit */
	p.item_count = 0;
	for (i = 0; i < 80; i++) {
		snprintf(name, sizeof(name), "s%055d", i);
		progress_of(&p, name);
	}
	assert_false(progress_print(&p, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_prints),
		cmocka_unit_test(refuses),
		cmocka_unit_test(finds_and_makes),
		cmocka_unit_test(has_its_bounds),
	};

	return RUN(tests);
}

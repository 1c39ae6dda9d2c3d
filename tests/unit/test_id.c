/* Public ids against the vectors of the TypeID specification. */
#include <string.h>

#include "../../engine/base/id.h"
#include "../test.h"

struct fake {
	int64_t now_ms;
	unsigned char fill;
};

static int64_t fake_ms(void *context)
{
	return ((struct fake *)context)->now_ms;
}

static void fake_random(void *context, void *bytes, size_t count)
{
	memset(bytes, ((struct fake *)context)->fill, count);
}

static struct world world_of(struct fake *f)
{
	return (struct world){fake_ms, fake_ms, fake_random, f};
}

static void the_bits_are_those_of_a_uuid7(void **state)
{
	/* 01890a5d-ac96-774b-bcce-b302099a8057 is 01h455vb4pex5vsknk084sn02q
	 * in the specification; here the random part is all of one byte. */
	struct fake f = {INT64_C(0x01890a5dac96), 0};
	struct world w = world_of(&f);
	char id[ID_SIZE];

	(void)state;
	id_make("run", &w, id);
	/* 01890a5d-ac96-7000-8000-000000000000 */
	assert_string_equal(id, "run_01h455vb4pe008000000000000");
	f.fill = 0xff;
	id_make("run", &w, id);
	/* 01890a5d-ac96-7fff-bfff-ffffffffffff */
	assert_string_equal(id, "run_01h455vb4pfzzvzzzzzzzzzzzz");
}

static void ids_sort_by_time(void **state)
{
	struct fake early = {999, 0xff};
	struct fake late = {1000, 0x00};
	struct world w = world_of(&early);
	char first[ID_SIZE], second[ID_SIZE];

	(void)state;
	id_make("task", &w, first);
	w = world_of(&late);
	id_make("task", &w, second);
	assert_true(strcmp(first, second) < 0);
}

static void real_ids_are_valid_and_differ(void **state)
{
	char first[ID_SIZE], second[ID_SIZE];

	(void)state;
	id_make("run", &world_real, first);
	id_make("run", &world_real, second);
	assert_true(id_valid(first, "run"));
	assert_true(id_valid(second, "run"));
	assert_string_not_equal(first, second);
	assert_int_equal(strlen(first), 30);
}

static void a_long_prefix_is_cut(void **state)
{
	char id[ID_SIZE];

	(void)state;
	id_make("abcdefghijklmnop", &world_real, id);
	assert_true(id_valid(id, "abcdefghijkl"));
	assert_int_equal(strlen(id), ID_SIZE - 1);
}

static void forgeries_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"run",
		"run_",
		"01h455vb4pex5vsknk084sn02q",
		"run-01h455vb4pex5vsknk084sn02q",
		"task_01h455vb4pex5vsknk084sn02q",
		"run_01h455vb4pex5vsknk084sn02",
		"run_01h455vb4pex5vsknk084sn02qq",
		"run_81h455vb4pex5vsknk084sn02q",
		"run_01h455vb4pex5vsknk084sn02u",
		"run_01h455vb4pex5vsknk084sn02l",
		"run_01H455VB4PEX5VSKNK084SN02Q",
		"run_01h455vb4pex5vsknk084sn02'",
		" run_01h455vb4pex5vsknk084sn02q",
	};

	(void)state;
	assert_true(id_valid("run_01h455vb4pex5vsknk084sn02q", "run"));
	assert_true(id_valid("run_7zzzzzzzzzzzzzzzzzzzzzzzzz", "run"));
	assert_false(id_valid(NULL, "run"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (id_valid(bad[i], "run"))
			fail_msg("taken: '%s'", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bits_are_those_of_a_uuid7),
		cmocka_unit_test(ids_sort_by_time),
		cmocka_unit_test(real_ids_are_valid_and_differ),
		cmocka_unit_test(a_long_prefix_is_cut),
		cmocka_unit_test(forgeries_are_refused),
	};

	return RUN(tests);
}

/* The real world moves, and a test's world is asked through the same door. */
#include <string.h>
#include <time.h>

#include "../../engine/base/clock.h"
#include "../test.h"

static void real_time_is_now_in_milliseconds(void **state)
{
	int64_t before = (int64_t)time(NULL);
	int64_t now = world_wall_ms(&world_real);
	int64_t after = (int64_t)time(NULL);

	(void)state;
	/* time() may lag a tick behind the clock. */
	assert_true(now >= before * 1000);
	assert_true(now <= (after + 1) * 1000 + 20);
}

static void monotonic_time_moves_on(void **state)
{
	const struct timespec nap = {.tv_nsec = 12 * 1000 * 1000};
	int64_t before = world_mono_ms(&world_real);

	(void)state;
	(void)nanosleep(&nap, NULL);
	assert_true(world_mono_ms(&world_real) - before >= 11);
}

static void chance_differs_and_fills_exactly(void **state)
{
	unsigned char bytes[66] = {0};
	int zeros = 0;

	(void)state;
	assert_true(world_random(&world_real) != world_random(&world_real));
	world_real.random(NULL, bytes + 1, 64);
	for (int i = 1; i < 65; i++)
		zeros += bytes[i] == 0;
	assert_true(zeros < 32);
	assert_int_equal(bytes[0], 0);
	assert_int_equal(bytes[65], 0);
}

static int64_t fixed_wall(void *context)
{
	return *(int64_t *)context;
}

static int64_t fixed_mono(void *context)
{
	return *(int64_t *)context / 2;
}

static void fixed_random(void *context, void *bytes, size_t count)
{
	memset(bytes, (int)*(int64_t *)context, count);
}

static void a_test_drives_all_three(void **state)
{
	int64_t value = 8;
	const struct world w = {fixed_wall, fixed_mono, fixed_random, &value};

	(void)state;
	assert_int_equal(world_wall_ms(&w), 8);
	assert_int_equal(world_mono_ms(&w), 4);
	assert_true(world_random(&w) == UINT64_C(0x0808080808080808));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_time_is_now_in_milliseconds),
		cmocka_unit_test(monotonic_time_moves_on),
		cmocka_unit_test(chance_differs_and_fills_exactly),
		cmocka_unit_test(a_test_drives_all_three),
	};

	return RUN(tests);
}

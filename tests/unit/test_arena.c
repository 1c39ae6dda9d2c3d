/* Memory by lifetime: zeroed, aligned, apart, and reusable after a reset. */
#include <string.h>

#include "../../engine/base/arena.h"
#include "../test.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
	struct arena a;
	unsigned char *last = NULL;

	(void)state;
	arena_init(&a);
	for (size_t size = 0; size < 600; size++) {
		unsigned char *piece = arena_alloc(&a, size);

		assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
		assert_ptr_not_equal(piece, last);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(piece[i], 0);
		memset(piece, 0xff, size);
		last = piece;
	}
	arena_release(&a);
	assert_null(a.head);
	assert_int_equal(a.used, 0);
}

static void a_piece_may_be_larger_than_any_block(void **state)
{
	struct arena a = {0};
	char *small = arena_dup(&a, "small");
	char *large = arena_alloc(&a, 5u << 20);

	(void)state;
	memset(large, 'x', 5u << 20);
	assert_string_equal(small, "small");
	assert_true(a.used >= 5u << 20);
	arena_release(&a);
}

static void reset_gives_the_same_memory_zeroed(void **state)
{
	struct arena a = {0};
	char *before = arena_alloc(&a, 100);
	char *after;

	(void)state;
	memset(before, 'x', 100);
	(void)arena_alloc(&a, 100000);
	arena_reset(&a);
	assert_int_equal(a.used, 0);
	after = arena_alloc(&a, 100);
	assert_ptr_equal(before, after);
	for (int i = 0; i < 100; i++)
		assert_int_equal(after[i], 0);
	arena_release(&a);
}

static void what_is_reserved_stays(void **state)
{
	struct arena a = {0};
	char *first, *far;

	(void)state;
	arena_reserve(&a, 100000);
	first = arena_alloc(&a, 10);
	far = arena_alloc(&a, 90000);
	assert_true(far > first && far - first < 100);
	memset(far, 'x', 90000);
	arena_reserve(&a, 200000); /* too late: it has a block */
	arena_reset(&a);
	assert_ptr_equal(arena_alloc(&a, 10), first);
	assert_int_equal(((char *)arena_alloc(&a, 90000))[50000], 0);
	arena_release(&a);
}

static void reset_and_release_of_nothing_do_nothing(void **state)
{
	struct arena a = {0};

	(void)state;
	arena_reset(&a);
	arena_release(&a);
	arena_release(&a);
	assert_null(a.head);
}

static void texts_are_copied(void **state)
{
	struct arena a = {0};
	const char bytes[] = {'a', '\0', 'b', 'c'};
	char *copy = arena_dup_n(&a, bytes, 3);

	(void)state;
	assert_memory_equal(copy, "a\0b\0", 4);
	assert_string_equal(arena_dup_n(&a, NULL, 0), "");
	assert_string_equal(arena_dup(&a, "text"), "text");
	assert_null(arena_dup(&a, NULL));
	arena_release(&a);
}

static void printing_takes_any_length(void **state)
{
	struct arena a = {0};
	char long_text[9001];

	(void)state;
	memset(long_text, 'y', 9000);
	long_text[9000] = '\0';
	assert_string_equal(arena_printf(&a, "%d-%s", 42, "x"), "42-x");
	assert_string_equal(arena_printf(&a, "%s", long_text), long_text);
	assert_string_equal(arena_printf(&a, "%s", ""), "");
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(a_piece_may_be_larger_than_any_block),
		cmocka_unit_test(reset_gives_the_same_memory_zeroed),
		cmocka_unit_test(what_is_reserved_stays),
		cmocka_unit_test(reset_and_release_of_nothing_do_nothing),
		cmocka_unit_test(texts_are_copied),
		cmocka_unit_test(printing_takes_any_length),
	};

	return RUN(tests);
}

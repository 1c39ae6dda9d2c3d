/* Memory never comes back as NULL, and running out of it is the end. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../engine/base/mem.h"
#include "../test.h"

static void memory_is_zeroed(void **state)
{
	unsigned char *dirty = malloc(4096);
	unsigned char *block;

	(void)state;
	assert_non_null(dirty);
	memset(dirty, 0xff, 4096);
	free(dirty);
	block = mem_alloc(4096);
	for (int i = 0; i < 4096; i++)
		assert_int_equal(block[i], 0);
	free(block);
}

static void nothing_is_something(void **state)
{
	void *block = mem_alloc(0);

	(void)state;
	assert_non_null(block);
	block = mem_grow(block, 0, 8);
	assert_non_null(block);
	free(block);
}

static void growing_keeps_what_was_there(void **state)
{
	int *numbers = mem_grow(NULL, 2, sizeof(*numbers));

	(void)state;
	numbers[0] = 1;
	numbers[1] = 2;
	numbers = mem_grow(numbers, 10000, sizeof(*numbers));
	numbers[9999] = 3;
	assert_int_equal(numbers[0], 1);
	assert_int_equal(numbers[1], 2);
	free(numbers);
}

static void a_copy_is_a_copy(void **state)
{
	char text[] = "order";
	char *copy = mem_dup(text);

	(void)state;
	text[0] = 'X';
	assert_string_equal(copy, "order");
	free(copy);
}

/* Runs it in a child; returns its wait status and what it wrote. */
static int status_of(void (*run)(void), char *said, size_t size)
{
	int ends[2];
	int status;
	ssize_t got;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct rlimit no_core = {0, 0};

		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)signal(SIGABRT, SIG_DFL);
		(void)dup2(ends[1], STDERR_FILENO);
		run();
		_exit(0);
	}
	(void)close(ends[1]);
	got = read(ends[0], said, size - 1);
	said[got > 0 ? got : 0] = '\0';
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void overflow(void)
{
	/* Four times this is four, when it wraps. */
	volatile size_t count = SIZE_MAX / 4 + 2;

	free(mem_grow(NULL, count, 4));
}

static void count_times_size_does_not_wrap(void **state)
{
	char said[256];
	int status = status_of(overflow, said, sizeof(said));

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(said, "out of memory"));
}

static void exhausted(void)
{
	mem_exhausted(12345);
}

static void running_out_says_how_much_and_aborts(void **state)
{
	char said[256];
	int status = status_of(exhausted, said, sizeof(said));

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_string_equal(said, "out of memory: 12345 bytes\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed),
		cmocka_unit_test(nothing_is_something),
		cmocka_unit_test(growing_keeps_what_was_there),
		cmocka_unit_test(a_copy_is_a_copy),
		cmocka_unit_test(count_times_size_does_not_wrap),
		cmocka_unit_test(running_out_says_how_much_and_aborts),
	};

	return RUN(tests);
}

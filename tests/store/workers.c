/* See workers.h. */
#include "workers.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../test.h"

#define WORKERS_MAX 4

struct work {
	void (*fn)(void *context, int i, int of);
	void *context;
	int i, of;
};

static void one(void **state)
{
	const struct work *w = *state;

	w->fn(w->context, w->i, w->of);
}

/* A group of its own, so that a failure ends this process and not only its
 * test; its words go where errors go, for the parent has the say. */
static _Noreturn void worker(struct work *w)
{
	const struct CMUnitTest tests[] = {
		{.name = "worker", .test_func = one, .initial_state = w},
	};
	int failed;

	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	cmocka_set_message_output(CM_OUTPUT_SUBUNIT);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)fflush(NULL);
	_exit(failed ? 1 : 0);
}

void workers_run(void (*fn)(void *context, int i, int of), void *context)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int count = cores > WORKERS_MAX ? WORKERS_MAX
		    : cores < 2		? 2
					: (int)cores;
	pid_t pid[WORKERS_MAX];
	int bad = 0;

	(void)fflush(NULL);
	for (int i = 0; i < count; i++) {
		struct work w = {fn, context, i, count};

		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (pid[i] == 0)
			worker(&w);
	}
	for (int i = 0; i < count; i++) {
		int status = -1;

		if (waitpid(pid[i], &status, 0) != pid[i] || status != 0) {
			print_error("worker %d: status %d\n", i, status);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

void *workers_shared(size_t size)
{
	void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(shared != MAP_FAILED);
	return shared;
}

void workers_in_memory(void)
{
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
}

static bool is_watched(void)
{
#ifdef __SANITIZE_ADDRESS__
	return true;
#else
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded && strstr(preloaded, "vgpreload");
#endif
}

long workers_number(const char *name, long usual, long watched, long soak)
{
	const char *given = getenv(name);

	if (given)
		return strtol(given, NULL, 10);
	if (is_watched())
		return watched;
	return getenv("SOAK") ? soak : usual;
}

/*
 * Many lives of a whole Mend, each from a seed: trouble first, then the faults
 * stop and everything must come to rest. One worker a core, each takes the next
 * seed. SEEDS=n for so many, FROM=n for where to begin, SEED=n for one,
 * TRACE=1 to watch it, TALLY=1 to see what all lives have met.
 */
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "setting.h"
#include "tally.h"
#include "world.h"

#ifdef __SANITIZE_ADDRESS__
#define LIVES 500
#else
#define LIVES 20000
#endif
#define SOAK_LIVES 200000
/* Fewer lives need not meet everything. */
#define LIVES_TO_MEET_ALL 10000
/* Who waits for a place behind people looks again four times a day, and they
 * may have a year. */
#define REST_STEPS 60000
#define FAILURES_MAX 3
#define WORKERS_MAX 64
#define TWICE_OF 100  /* one of so many lives is lived twice */
#define CATALOG_OF 64 /* in one of so many every engine parses its own */

static struct sim sim;
static struct shared {
	_Atomic uint64_t next, end, done, failed;
	_Atomic uint64_t at[WORKERS_MAX]; /* the seed that a worker lives */
} * shared;

static void trouble(struct sim *s)
{
	int i;

	for (i = 0; i < s->whims.steps && !s->failure[0]; i++) {
		if (sim_chance(s, s->whims.folk_percent))
			folk_act(s);
		whims_strike(s);
		sim_step(s, 1 + sim_below(s, s->whims.pace_ms));
	}
}

static void rest(struct sim *s)
{
	int i;

	sim_say(s, "the trouble ends");
	whims_end(s);
	folk_lift_all(s);
	for (i = 0; i < REST_STEPS && !s->failure[0] && !laws_at_rest(s); i++)
		sim_step(s, 2 * SIM_YEAR_MS);
}

/* The trace's digest, or 0 after a failure. */
static uint64_t life(uint64_t seed)
{
	struct sim *s = &sim;
	uint64_t trace;

	setting_share_catalogs = seed % CATALOG_OF != 0;
	sim_open(s, seed, (int)(seed % SETTINGS));
	whims_draw(s);
	s->people = true;
	trouble(s);
	rest(s);
	if (!s->failure[0])
		laws_end(s);
	trace = s->failure[0] ? 0 : s->trace;
	if (s->failure[0])
		sim_print(s);
	sim_close(s);
	return trace;
}

/* False: it failed, and has said how. */
static bool live(uint64_t seed)
{
	uint64_t trace = life(seed);

	if (!trace)
		return false;
	if (seed % TWICE_OF != 7 || life(seed) == trace)
		return true;
	fprintf(stderr,
		"seed %llu: twice: its second life was another one\n"
		"again: SEED=%llu TRACE=1 <this test>\n",
		(unsigned long long)seed, (unsigned long long)seed);
	return false;
}

static void work(int worker)
{
	while (shared->failed < FAILURES_MAX) {
		uint64_t seed = atomic_fetch_add(&shared->next, 1);

		if (seed >= shared->end)
			break;
		shared->at[worker] = seed;
		if (!live(seed))
			atomic_fetch_add(&shared->failed, 1);
		atomic_fetch_add(&shared->done, 1);
	}
}

static void wait_for_worker(pid_t pid, int worker)
{
	int status = 0;

	if (waitpid(pid, &status, 0) != pid)
		abort();
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	fprintf(stderr,
		"seed %llu: its worker died (%x)\nagain: SEED=%llu "
		"TRACE=1 <this test>\n",
		(unsigned long long)shared->at[worker], (unsigned)status,
		(unsigned long long)shared->at[worker]);
	atomic_fetch_add(&shared->failed, 1);
}

static void work_on_all_cores(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t pid[WORKERS_MAX];
	int i, count = cores < 1	     ? 1
		       : cores > WORKERS_MAX ? WORKERS_MAX
					     : (int)cores;

	fflush(stdout);
	fflush(stderr);
	for (i = 0; i < count; i++) {
		pid[i] = fork();
		if (pid[i] < 0)
			abort();
		if (pid[i] == 0) {
			work(i);
			exit(0); /* so that leaks are looked for */
		}
	}
	for (i = 0; i < count; i++)
		wait_for_worker(pid[i], i);
}

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && text[0] ? strtoull(text, NULL, 10) : otherwise;
}

static void lives(void **state)
{
	uint64_t one = number("SEED", 0), count;
	char missing[2000];

	(void)state;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(shared != MAP_FAILED);
	tally_open();
	if (one) {
		assert_true(live(one));
		return;
	}
	count = number("SEEDS", getenv("SOAK") ? SOAK_LIVES : LIVES);
	shared->next = number("FROM", 1);
	shared->end = shared->next + count;
	work_on_all_cores();
	if (getenv("TALLY"))
		tally_print(stderr);
	print_message("# %llu lives\n", (unsigned long long)shared->done);
	assert_int_equal(shared->failed, 0);
	if (count >= LIVES_TO_MEET_ALL && tally_missing(missing, 2000))
		fail_msg("no life has met: %s", missing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lives)};

	/* What is large and cleared comes from the kernel, which clears less;
	 * the rest stays with us. */
	mallopt(M_MMAP_THRESHOLD, 1536 * 1024);
	mallopt(M_TRIM_THRESHOLD, 256 * 1024 * 1024);
	json_init();
	log_init("sim", (enum log_level)0);
	return RUN(tests);
}

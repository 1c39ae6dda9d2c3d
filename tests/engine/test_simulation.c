/*
 * Many short lives of a whole Mend, each from a seed: trouble first, then the
 * faults stop and everything must come to rest. SEEDS=n for more of them,
 * SEED=n for one, TRACE=1 to watch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "world.h"

#define SECONDS_MAX 40
#ifdef __SANITIZE_ADDRESS__
#define LIVES 20
#else
#define LIVES 120
#endif
#define STEPS 160
#define REST_STEPS 6000

static struct sim sim;

static void trouble(struct sim *s)
{
	static const int64_t jumps[] = {1000,	  -1000,    3600000,
					-3600000, 86400000, -86400000};
	int i;

	for (i = 0; i < STEPS && !s->failure[0]; i++) {
		if (sim_chance(s, 60))
			folk_act(s);
		if (sim_chance(s, 2))
			sim_crash(s);
		if (sim_chance(s, 1)) {
			sim_stop(s);
			sim_pass(s, sim_below(s, 60000));
			sim_start(s);
		}
		if (sim_chance(s, 1))
			sim_jump(s, jumps[sim_below(s, 6)]);
		if (sim_chance(s, 1))
			sim_pass(s, sim_below(s, 100000000));
		sim_step(s, 1 + sim_below(s, 2000));
	}
}

static void rest(struct sim *s)
{
	int i;

	s->people = s->races = false;
	s->fault_percent = 0;
	s->config.poll_ms = 3600000;
	sim_say(s, "the trouble ends");
	for (i = 0; i < REST_STEPS && !s->failure[0] && !laws_at_rest(s); i++)
		sim_step(s, 3600000);
}

/* The trace's digest, or 0 after a failure. */
static uint64_t life(uint64_t seed)
{
	struct sim *s = &sim;
	uint64_t trace;

	sim_open(s, seed, (int)(seed % 3));
	s->people = true;
	s->races = seed % 2;
	s->fault_percent = (int)(seed % 5) * 12;
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

static void lives(void **state)
{
	const char *one = getenv("SEED"), *many = getenv("SEEDS");
	uint64_t from = one ? strtoull(one, NULL, 10) : 1;
	uint64_t count = one ? 1 : many ? strtoull(many, NULL, 10) : LIVES;
	time_t start = time(NULL);
	uint64_t seed, done = 0, failed = 0;

	(void)state;
	for (seed = from; seed < from + count; seed++) {
		if (!many && time(NULL) - start > SECONDS_MAX)
			break;
		done++;
		if (life(seed) == 0)
			failed++;
		if (failed == 3)
			break;
	}
	print_message("# %llu lives\n", (unsigned long long)done);
	assert_int_equal(failed, 0);
}

static void same_seed_same_trace(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 3; seed++)
		assert_int_equal(life(seed), life(seed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lives),
		cmocka_unit_test(same_seed_same_trace),
	};

	json_init();
	log_init("sim", (enum log_level)0);
	return RUN(tests);
}

/*
 * Why: what the engine makes of the disk, beside what SQLite alone makes of it.
 * The two are measured in turn within one run and the median of the rounds
 * counts, so that other load on the machine touches both alike.
 *
 *   engine_bench w5 | open | full | dead
 *   engine_bench history FILE BEFORE RUNS ENTRIES     fills a database
 *   engine_bench profile     the engine alone, for perf and callgrind; with
 *                            BENCH_OPEN=N among so many open runs
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "engine/base/json.h"
#include "engine/base/log.h"

#define ROUNDS 5
#define ROUNDS_MAX 64
#define RAW_STARTS 300
#define RAW_ALONE 40

int bench_number(const char *variable, int fallback)
{
	const char *text = getenv(variable);

	return text ? (int)strtol(text, NULL, 10) : fallback;
}

double bench_tick_until(struct engine *e, int64_t plans)
{
	struct engine_figures f;
	double start = bench_now(), cpu = bench_cpu();
	int64_t target;

	engine_figures(e, &f);
	target = f.steps + plans;
	engine_nudged(e);
	while (f.steps < target) {
		(void)engine_tick(e);
		engine_figures(e, &f);
		bench_must(f.held == 0, "no run is held");
		bench_must(bench_now() - start < 120, "it ends in time");
	}
	bench_took_cpu = bench_cpu() - cpu;
	return bench_now() - start;
}

static double engine_w5(struct place *p, struct engine *e, int count)
{
	place_start(p, count);
	return bench_tick_until(e, (int64_t)count * W5_STEPS);
}

/* Milliseconds for one run with nothing beside it. */
static double engine_alone(struct place *p, struct engine *e)
{
	double took = 0;

	for (int i = 0; i < RAW_ALONE; i++)
		took += engine_w5(p, e, 1);
	return took * 1000 / RAW_ALONE;
}

static void measure_w5(void)
{
	int rounds = bench_number("BENCH_ROUNDS", ROUNDS);
	int count = bench_number("BENCH_RUNS", 2000);
	double engine[ROUNDS_MAX], raw[ROUNDS_MAX], steps[ROUNDS_MAX];
	double ratio[ROUNDS_MAX], work[ROUNDS_MAX], starts[ROUNDS_MAX];
	double alone[ROUNDS_MAX], single[ROUNDS_MAX];
	struct place p;
	struct engine *e;
	struct raw *r;

	place_open(&p, "w5");
	e = bench_engine(&p);
	engine_w5(&p, e, BATCH); /* warm, and the pattern */
	r = raw_open(&p);
	raw_w5(r, BATCH, BATCH);
	for (int i = 0; i < rounds && i < ROUNDS_MAX; i++) {
		double per = W5_STEPS * (double)count;
		double cpu[2];

		raw[i] = per / raw_w5(r, count, BATCH);
		cpu[0] = bench_took_cpu;
		engine[i] = per / engine_w5(&p, e, count);
		cpu[1] = bench_took_cpu;
		ratio[i] = engine[i] / raw[i];
		work[i] = cpu[1] / cpu[0];
		steps[i] = per / raw_steps(r, (int)per);
		starts[i] = RAW_STARTS / raw_starts(r, RAW_STARTS);
		alone[i] = raw_w5(r, RAW_ALONE, 1) * 1000 / RAW_ALONE;
		single[i] = engine_alone(&p, e);
	}
	bench_result("raw_steps_per_s", bench_median(steps, rounds), "/s");
	bench_result("engine_alone_ms", bench_median(single, rounds), "ms");
	bench_result("raw_alone_ms", bench_median(alone, rounds), "ms");
	bench_result("raw_starts_per_s", bench_median(starts, rounds), "/s");
	bench_result("raw_w5_steps_per_s", bench_median(raw, rounds), "/s");
	bench_result("engine_w5_steps_per_s", bench_median(engine, rounds),
		     "/s");
	bench_result("engine_w5_ratio", bench_median(ratio, rounds), "x");
	bench_result("engine_w5_cpu_ratio", bench_median(work, rounds), "x");
	raw_close(r);
	engine_close(e);
	place_close(&p);
}

/* Beside as many runs whose time has not come: that there are so many costs
 * something too, and is measured in engine_open.c. */
static void measure_full(void)
{
	int count = bench_number("BENCH_RUNS", 2000);
	double free_took[ROUNDS], full_took[ROUNDS];
	double free_cpu[ROUNDS], full_cpu[ROUNDS];
	struct place calm, full;
	struct engine *e, *f;

	place_open(&calm, "calm");
	place_open(&full, "full");
	place_flood(&calm, 100000, "deaf", 0);
	place_rest(&calm);
	place_flood(&full, 100000, "deaf", 0);
	e = bench_engine(&calm);
	f = bench_engine(&full);
	bench_tick_until(f, 1);
	engine_w5(&calm, e, BATCH);
	engine_w5(&full, f, BATCH);
	for (int i = 0; i < ROUNDS; i++) {
		free_took[i] = engine_w5(&calm, e, count);
		free_cpu[i] = bench_took_cpu;
		full_took[i] = engine_w5(&full, f, count);
		full_cpu[i] = bench_took_cpu;
	}
	bench_result("behind_full_adapter",
		     bench_median(free_took, ROUNDS) /
			     bench_median(full_took, ROUNDS),
		     "x");
	bench_result("behind_full_adapter_cpu",
		     bench_median(free_cpu, ROUNDS) /
			     bench_median(full_cpu, ROUNDS),
		     "x");
	engine_close(e);
	engine_close(f);
	place_close(&calm);
	place_close(&full);
}

static void profile(void)
{
	int count = bench_number("BENCH_RUNS", 2000),
	    open = bench_number("BENCH_OPEN", 0);
	double plans = W5_STEPS * count;
	struct place p;
	struct engine *e;

	place_open(&p, "profile");
	if (open > 0)
		place_flood(&p, open, "", 2);
	e = bench_engine(&p);
	bench_result("engine_w5_steps_per_s",
		     plans / (open > 0 ? bench_tick_until(e, (int64_t)plans)
				       : engine_w5(&p, e, count)),
		     "/s");
	bench_result("processor_us_per_plan", bench_took_cpu * 1e6 / plans,
		     "us");
	engine_close(e);
	place_close(&p);
}

static int value(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} measures[] = {
		{"w5", measure_w5},	{"open", measure_open},
		{"full", measure_full}, {"dead", measure_dead},
		{"profile", profile},
	};

	json_init();
	log_init("bench", LOG_WARNING);
	for (size_t i = 0; i < sizeof(measures) / sizeof(*measures); i++) {
		if (argc == 2 && strcmp(argv[1], measures[i].name) == 0) {
			measures[i].run();
			return 0;
		}
	}
	if (argc == 6 && strcmp(argv[1], "history") == 0) {
		history_flood(argv[2], value(argv[3]), value(argv[4]),
			      value(argv[5]));
		return 0;
	}
	fprintf(stderr,
		"usage: engine_bench w5 | open | full | dead | profile\n");
	return 2;
}

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
#include <sqlite3.h>
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

static int number(const char *variable, int fallback)
{
	const char *text = getenv(variable);

	return text ? (int)strtol(text, NULL, 10) : fallback;
}

/* Ticks until so many plans more are written; seconds. */
static double tick_until(struct engine *e, int64_t plans)
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
	return tick_until(e, (int64_t)count * W5_STEPS);
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
	int rounds = number("BENCH_ROUNDS", ROUNDS);
	int count = number("BENCH_RUNS", 2000);
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

/* 100 that are due among all, and the 100 most urgent of those that are parked
 * behind an adapter, as the engine finds them. */
#define SELECT_DUE                                                             \
	"SELECT id FROM run WHERE queue = '' AND priority = 2"                 \
	" AND due_ms <= ?1 AND lease IS NULL AND parked_ms IS NULL"            \
	" ORDER BY due_ms LIMIT 100"
#define SELECT_PARKED                                                          \
	"SELECT id FROM run WHERE queue = '' AND ?1 <> 0"                      \
	" AND parked_ms IS NOT NULL AND lease IS NULL"                         \
	" ORDER BY parked_ms, priority, id LIMIT 100"

/* In microseconds. */
static double select_us(struct place *p, const char *sql)
{
	double took[101];
	char path[300];
	sqlite3_stmt *s;
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/mend.db", p->folder);
	bench_must(sqlite3_open(path, &db) == SQLITE_OK, path);
	bench_must(sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK,
		   sqlite3_errmsg(db));
	for (int i = 0; i < 101; i++) {
		double start = bench_now();

		sqlite3_bind_int64(s, 1, INT64_C(1) << 60);
		while (sqlite3_step(s) == SQLITE_ROW)
			;
		sqlite3_reset(s);
		took[i] = (bench_now() - start) * 1e6;
	}
	sqlite3_finalize(s);
	sqlite3_close(db);
	return bench_median(took, 101);
}

/* All of them at once, as after a long outage. */
static double parked_us(int count)
{
	char path[300];
	struct place p;
	double took;
	sqlite3 *db;

	place_open(&p, "parked");
	place_flood(&p, count, "", 2);
	snprintf(path, sizeof(path), "%s/mend.db", p.folder);
	bench_must(sqlite3_open(path, &db) == SQLITE_OK, path);
	bench_must(sqlite3_exec(db, "UPDATE run SET parked_ms = due_ms", NULL,
				NULL, NULL) == SQLITE_OK,
		   sqlite3_errmsg(db));
	sqlite3_close(db);
	took = select_us(&p, SELECT_PARKED);
	place_close(&p);
	return took;
}

static void measure_open_at(int count, double *select, double *steps,
			    double *memory)
{
	double rate[ROUNDS];
	struct place p;
	struct engine *e;

	place_open(&p, "open");
	place_flood(&p, count, "", 2);
	*select = select_us(&p, SELECT_DUE);
	e = bench_engine(&p);
	tick_until(e, 10 * BATCH);
	for (int i = 0; i < ROUNDS; i++)
		rate[i] = 8000 / tick_until(e, 8000);
	*steps = bench_median(rate, ROUNDS);
	*memory = bench_memory_mib();
	engine_close(e);
	place_close(&p);
}

static void measure_open(void)
{
	static const int counts[] = {10000, 100000, 1000000};
	int sizes = number("BENCH_LARGE", 1) ? 3 : 2;
	double select[3], parked[3], steps[3], memory[3];
	char name[64];

	for (int i = 0; i < sizes; i++) {
		measure_open_at(counts[i], &select[i], &steps[i], &memory[i]);
		snprintf(name, sizeof(name), "claim_select_us_%d", counts[i]);
		bench_result(name, select[i], "us");
		parked[i] = parked_us(counts[i]);
		snprintf(name, sizeof(name), "parked_select_us_%d", counts[i]);
		bench_result(name, parked[i], "us");
		snprintf(name, sizeof(name), "plans_per_s_%d", counts[i]);
		bench_result(name, steps[i], "/s");
		snprintf(name, sizeof(name), "engine_memory_mib_%d", counts[i]);
		bench_result(name, memory[i], "MiB");
	}
	bench_result("claim_select_growth", select[sizes - 1] / select[0], "x");
	bench_result("parked_select_growth", parked[sizes - 1] / parked[0],
		     "x");
	bench_result("plans_at_most_open", steps[sizes - 1] / steps[0], "x");
	bench_result("memory_growth", memory[sizes - 1] / memory[0], "x");
}

static void measure_full(void)
{
	int count = number("BENCH_RUNS", 2000);
	double free_took[ROUNDS], full_took[ROUNDS];
	struct place calm, full;
	struct engine *e, *f;

	place_open(&calm, "calm");
	place_open(&full, "full");
	place_flood(&full, 100000, "deaf", 0);
	e = bench_engine(&calm);
	f = bench_engine(&full);
	tick_until(f, 1);
	engine_w5(&calm, e, BATCH);
	engine_w5(&full, f, BATCH);
	for (int i = 0; i < ROUNDS; i++) {
		free_took[i] = engine_w5(&calm, e, count);
		full_took[i] = engine_w5(&full, f, count);
	}
	bench_result("behind_full_adapter",
		     bench_median(free_took, ROUNDS) /
			     bench_median(full_took, ROUNDS),
		     "x");
	engine_close(e);
	engine_close(f);
	place_close(&calm);
	place_close(&full);
}

static void profile(void)
{
	int count = number("BENCH_RUNS", 2000), open = number("BENCH_OPEN", 0);
	double plans = W5_STEPS * count;
	struct place p;
	struct engine *e;

	place_open(&p, "profile");
	if (open > 0)
		place_flood(&p, open, "", 2);
	e = bench_engine(&p);
	bench_result("engine_w5_steps_per_s",
		     plans / (open > 0 ? tick_until(e, (int64_t)plans)
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

#ifndef MEND_TESTS_BENCH_H
#define MEND_TESTS_BENCH_H

#include "engine/loop/engine.h"
#include "engine/store/run_store.h"

/*
 * What the measurements of the engine share. Each works on a database file of
 * its own, on the disk that is to be measured, with a small configuration that
 * is made here: W5, five sequential durable steps in the process, and W5H, one
 * call of an adapter whose peer never answers. A result is one line of JSON on
 * stdout; tests/bench/bench.mjs gathers them.
 */
#define W5_STEPS 5
#define BATCH 100 /* runs a transaction, of the engine and of SQLite alone */

struct place {
	char folder[200];
	struct config config;
	struct db *db;
	int orders; /* begun so far; makes their ids */
};

void place_open(struct place *p, const char *name);
void place_close(struct place *p); /* and removes it */
/* Begins runs through the intake, BATCH a transaction. */
void place_start(struct place *p, int count);
/* The same with orders "prefix-…". */
void place_start_as(struct place *p, const char *prefix, int count);
/* A document of its own, or instead of one; then place_activate(). */
void place_document(const struct place *p, const char *path, const char *text);
void place_activate(struct place *p);
/* Begins many at once, due in an order that is not that of their rows. */
void place_flood(struct place *p, int count, const char *queue, int priority);
/* Lets all that are due wait for many years instead. */
void place_rest(struct place *p);

/* Closed runs with so many audit entries each, after those of the same kind
 * that are there; their orders are HIST-%08d. Nobody else may have the file
 * open. */
void history_flood(const char *path, int before, int runs, int entries);

/* An engine in this process on a place, with a network that takes every
 * request and never answers. */
struct engine *bench_engine(struct place *p);

/* Of the environment, or else. */
int bench_number(const char *variable, int fallback);
/* Ticks until so many plans more are written; seconds. */
double bench_tick_until(struct engine *e, int64_t plans);
double bench_now(void); /* seconds, monotonic */
double bench_cpu(void); /* seconds of processor that this process has used */
/* The same of what was measured last: raw_w5(), or ticks of the engine. */
extern double bench_took_cpu;
double bench_median(double *values, int count);
/* Resident memory of this process that is its own, in MiB. */
double bench_memory_mib(void);
void bench_result(const char *name, double value, const char *unit);
/* Ends the program when something that must not fail has failed. */
void bench_must(bool good, const char *what);
#define BENCH_OK(expression) bench_must((expression) == OK, #expression)

/* engine_dead.c, engine_open.c */
void measure_dead(void);
void measure_open(void);

/* The same rows by SQLite alone (engine_raw.c). */
struct raw;
/* Takes the rows of one closed W5 of a place as the pattern. */
struct raw *raw_open(struct place *pattern);
void raw_close(struct raw *r);
/* Seconds for the rows of so many W5, so many runs a transaction. */
double raw_w5(struct raw *r, int count, int batch);
/* Seconds for the rows of so many starts, each in a transaction of its own. */
double raw_starts(struct raw *r, int count);
/* Seconds for so many bare steps: one update, one insert each. */
double raw_steps(struct raw *r, int count);

#endif

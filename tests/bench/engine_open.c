/*
 * Why: what is open and waits for its time must not slow down what has work.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS 5

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

#define SIZES 3
#define OPEN_PLANS 7500 /* a round; there is enough for six and a half */

/* An engine among so many open runs, in a process of its own, since its memory
 * is measured too; it plans when it is told to. */
struct crowd {
	int count, tell, hear;
	pid_t pid;
	double rate[ROUNDS];
	struct answer {
		double select_us, parked_us, rate, memory_mib;
	} last;
};

/* Told by a byte each time, until nobody is there to tell. */
static _Noreturn void crowd_live(int count, int told, int say)
{
	struct answer a = {.parked_us = parked_us(count)};
	struct place p;
	struct engine *e;
	char go;

	place_open(&p, "open");
	place_flood(&p, count, "", 2);
	a.select_us = select_us(&p, SELECT_DUE);
	e = bench_engine(&p);
	bench_tick_until(e, OPEN_PLANS / 2);
	while (read(told, &go, 1) == 1) {
		a.rate = OPEN_PLANS / bench_tick_until(e, OPEN_PLANS);
		a.memory_mib = bench_memory_mib();
		bench_must(write(say, &a, sizeof(a)) == sizeof(a), "write");
	}
	engine_close(e);
	place_close(&p);
	exit(0);
}

static void crowd_open(struct crowd *c, int count)
{
	int to[2], from[2];

	c->count = count;
	bench_must(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0,
		   "pipe");
	c->pid = fork();
	bench_must(c->pid >= 0, "fork");
	if (c->pid == 0) {
		close(to[1]);
		close(from[0]);
		crowd_live(count, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	c->tell = to[1];
	c->hear = from[0];
}

static double crowd_round(struct crowd *c)
{
	bench_must(write(c->tell, "", 1) == 1 &&
			   read(c->hear, &c->last, sizeof(c->last)) ==
				   sizeof(c->last),
		   "a round among open runs");
	return c->last.rate;
}

static void crowd_close(struct crowd *c)
{
	close(c->tell);
	close(c->hear);
	waitpid(c->pid, NULL, 0);
}

static void crowd_show(struct crowd *c)
{
	const struct {
		const char *name, *unit;
		double value;
	} results[] = {
		{"claim_select_us", "us", c->last.select_us},
		{"parked_select_us", "us", c->last.parked_us},
		{"plans_per_s", "/s", bench_median(c->rate, ROUNDS)},
		{"engine_memory_mib", "MiB", c->last.memory_mib},
	};
	char name[64];

	for (size_t i = 0; i < sizeof(results) / sizeof(*results); i++) {
		snprintf(name, sizeof(name), "%s_%d", results[i].name,
			 c->count);
		bench_result(name, results[i].value, results[i].unit);
	}
}

/* In turn, round by round: what else the machine does from one minute to the
 * next is more than what is measured. The first round waits until all have
 * their runs, and does not count. */
void measure_open(void)
{
	static const int counts[SIZES] = {10000, 100000, 1000000};
	int sizes = bench_number("BENCH_LARGE", 1) ? SIZES : SIZES - 1;
	struct crowd crowd[SIZES] = {{.count = 0}};
	struct crowd *least = &crowd[0], *most = &crowd[sizes - 1];
	double ratio[ROUNDS];

	for (int i = 0; i < sizes; i++) {
		crowd_open(&crowd[i], counts[i]);
		crowd_round(&crowd[i]);
	}
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < sizes; i++)
			crowd[i].rate[round] = crowd_round(&crowd[i]);
		ratio[round] = most->rate[round] / least->rate[round];
	}
	for (int i = 0; i < sizes; i++)
		crowd_show(&crowd[i]);
	/* The later ones hold the ends of the earlier ones' pipes. */
	for (int i = sizes - 1; i >= 0; i--)
		crowd_close(&crowd[i]);
	bench_result("claim_select_growth",
		     most->last.select_us / least->last.select_us, "x");
	bench_result("parked_select_growth",
		     most->last.parked_us / least->last.parked_us, "x");
	bench_result("plans_at_most_open", bench_median(ratio, ROUNDS), "x");
	bench_result("memory_growth",
		     most->last.memory_mib / least->last.memory_mib, "x");
}

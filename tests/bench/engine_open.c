/*
 * Why: what is open and waits for its time must not slow down what has work.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stddef.h>
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

#define SELECTS 101

/* A place where nothing moves, to select from: every second run is due, the
 * others are parked, as after a long outage. */
struct still {
	struct place place;
	sqlite3 *db;
	sqlite3_stmt *due, *parked;
};

static void still_must(struct still *s, bool good)
{
	bench_must(good, sqlite3_errmsg(s->db));
}

static void still_open(struct still *s, int count)
{
	char path[300];

	place_open(&s->place, "still");
	place_flood(&s->place, count, "", 2);
	snprintf(path, sizeof(path), "%s/mend.db", s->place.folder);
	still_must(s, sqlite3_open(path, &s->db) == SQLITE_OK);
	still_must(s, sqlite3_exec(s->db,
				   "UPDATE run SET parked_ms = due_ms"
				   " WHERE id % 2 = 0",
				   NULL, NULL, NULL) == SQLITE_OK);
	still_must(s, sqlite3_prepare_v2(s->db, SELECT_DUE, -1, &s->due,
					 NULL) == SQLITE_OK);
	still_must(s, sqlite3_prepare_v2(s->db, SELECT_PARKED, -1, &s->parked,
					 NULL) == SQLITE_OK);
}

static void still_close(struct still *s)
{
	sqlite3_finalize(s->due);
	sqlite3_finalize(s->parked);
	sqlite3_close(s->db);
	place_close(&s->place);
}

/* In microseconds. */
static double select_us(sqlite3_stmt *s)
{
	double took[SELECTS];

	for (int i = 0; i < SELECTS; i++) {
		double start = bench_now();
		int found = 0;

		sqlite3_bind_int64(s, 1, INT64_C(1) << 60);
		while (sqlite3_step(s) == SQLITE_ROW)
			found++;
		sqlite3_reset(s);
		bench_must(found == 100, "100 are found");
		took[i] = (bench_now() - start) * 1e6;
	}
	return bench_median(took, SELECTS);
}

#define SIZES 3
#define OPEN_PLANS 7500 /* a round; there is enough for six and a half */

/* An engine among so many open runs, in a process of its own, since its memory
 * is measured too; it plans when it is told to. */
struct crowd {
	int count, tell, hear;
	pid_t pid;
	struct answer {
		double select_us, parked_us, rate, memory_mib;
	} round[ROUNDS];
};

/* Told by a byte each time, until nobody is there to tell. */
static _Noreturn void crowd_live(int count, int told, int say)
{
	struct answer a;
	struct still still;
	struct place p;
	struct engine *e;
	char go;

	still_open(&still, count);
	place_open(&p, "open");
	place_flood(&p, count, "", 2);
	e = bench_engine(&p);
	bench_tick_until(e, OPEN_PLANS / 2);
	while (read(told, &go, 1) == 1) {
		a.select_us = select_us(still.due);
		a.parked_us = select_us(still.parked);
		a.rate = OPEN_PLANS / bench_tick_until(e, OPEN_PLANS);
		a.memory_mib = bench_memory_mib();
		bench_must(write(say, &a, sizeof(a)) == sizeof(a), "write");
	}
	engine_close(e);
	place_close(&p);
	still_close(&still);
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

static struct answer crowd_round(struct crowd *c)
{
	struct answer a;

	bench_must(write(c->tell, "", 1) == 1 &&
			   read(c->hear, &a, sizeof(a)) == sizeof(a),
		   "a round among open runs");
	return a;
}

static void crowd_close(struct crowd *c)
{
	close(c->tell);
	close(c->hear);
	waitpid(c->pid, NULL, 0);
}

/* What is measured in each round; all are doubles of struct answer. */
static const struct figure {
	const char *name, *unit, *growth;
	size_t at;
} figures[] = {
	{"claim_select_us", "us", "claim_select_growth",
	 offsetof(struct answer, select_us)},
	{"parked_select_us", "us", "parked_select_growth",
	 offsetof(struct answer, parked_us)},
	{"plans_per_s", "/s", "plans_at_most_open",
	 offsetof(struct answer, rate)},
	{"engine_memory_mib", "MiB", "memory_growth",
	 offsetof(struct answer, memory_mib)},
};
#define FIGURES (sizeof(figures) / sizeof(*figures))

static double figure_of(const struct crowd *c, int round,
			const struct figure *f)
{
	return *(const double *)((const char *)&c->round[round] + f->at);
}

static void crowd_show(const struct crowd *c)
{
	double all[ROUNDS];
	char name[64];

	for (size_t i = 0; i < FIGURES; i++) {
		for (int round = 0; round < ROUNDS; round++)
			all[round] = figure_of(c, round, &figures[i]);
		snprintf(name, sizeof(name), "%s_%d", figures[i].name,
			 c->count);
		bench_result(name, bench_median(all, ROUNDS), figures[i].unit);
	}
}

/* With the most open runs, beside that with the fewest in the same round. */
static void show_growth(const struct crowd *least, const struct crowd *most)
{
	double ratio[ROUNDS];

	for (size_t i = 0; i < FIGURES; i++) {
		for (int round = 0; round < ROUNDS; round++)
			ratio[round] = figure_of(most, round, &figures[i]) /
				       figure_of(least, round, &figures[i]);
		bench_result(figures[i].growth, bench_median(ratio, ROUNDS),
			     "x");
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

	for (int i = 0; i < sizes; i++) {
		crowd_open(&crowd[i], counts[i]);
		(void)crowd_round(&crowd[i]);
	}
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < sizes; i++)
			crowd[i].round[round] = crowd_round(&crowd[i]);
	}
	for (int i = 0; i < sizes; i++)
		crowd_show(&crowd[i]);
	/* The later ones hold the ends of the earlier ones' pipes. */
	for (int i = sizes - 1; i >= 0; i--)
		crowd_close(&crowd[i]);
	show_growth(&crowd[0], &crowd[sizes - 1]);
}

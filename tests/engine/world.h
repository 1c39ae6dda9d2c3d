#ifndef MEND_TESTS_ENGINE_WORLD_H
#define MEND_TESTS_ENGINE_WORLD_H

#include <stdbool.h>

#include "engine/base/config.h"
#include "engine/flow/life.h"
#include "engine/loop/parts.h"
#include "peers.h"

/*
 * A simulated world around the real engine: clocks, chance, network, downstream
 * systems, people and crashes, all from one seed; only SQLite is real. The same
 * seed gives the same trace. Nothing waits: time goes on when everybody has
 * said how long he sleeps.
 *
 * world.c  clocks, network, engine's life and death
 * peers.c  what the downstream systems do
 * folk.c   what people and other systems do to runs
 * setting.c  the configuration
 * laws.c   what must hold at every step, and at the end
 */
#define SIM_START_MS INT64_C(1800000000000)
#define SIM_CALLS_MAX 4096
#define SIM_RUNS_MAX 64
#define SIM_LINES 60
#define SIM_LINE 200

/* How a request fares. */
enum fate {
	FATE_OK,
	FATE_NOT_SENT,
	FATE_BROKEN_BEFORE,
	FATE_BROKEN_AFTER,
	FATE_TIME_OUT_BEFORE,
	FATE_TIME_OUT_AFTER,
	FATE_500_BEFORE,
	FATE_500_AFTER,
	FATE_503,
	FATE_429,
	FATE_GARBAGE,
	FATE_STRANGER, /* the answer is of another order */
	FATE_COUNT
};

struct exchange {
	bool used, arrived, done, dropped;
	int64_t tag, start_ms, arrive_ms, respond_ms; /* monotonic */
	enum fate fate;
	struct peer_request request;
	struct peer_answer answer;
};

/* What is watched of a run from outside. */
struct watched {
	enum run_state state;
	int retries; /* by operators */
};

struct sim {
	uint64_t seed, state;
	int64_t wall_ms, mono_ms, back_ms; /* back: jumps backwards, summed */
	struct world world;
	struct network network;
	struct config config;
	char folder[128], conf[192];
	struct db *db;	  /* the engine's */
	struct db *faces; /* everybody else's */
	struct engine *engine;
	struct peers peers;
	struct exchange exchange[SIM_CALLS_MAX];
	int exchange_count;
	struct watched run[SIM_RUNS_MAX + 1]; /* by run id */
	int fault_percent;
	enum fate only;	       /* of the faults; FATE_OK: any */
	bool people, races;    /* they act; also in the middle of a tick */
	bool turn_taken, dead; /* dead: nothing leaves any more */
	int64_t poison_id; /* the run on which the engine crashes; 0: none */
	int crash_count, tick_count, action_count;
	int64_t operation_count;
	uint64_t trace;
	char line[SIM_LINES][SIM_LINE];
	int line_count;
	char failure[400]; /* "" while all is well */
	bool verbose;
};

/* variant 0: the shipped configuration; others: odd adapters. */
void sim_open(struct sim *s, uint64_t seed, int variant);
void sim_close(struct sim *s);
/* Ticks the engine and lets time go on to what comes next; most_ms bounds it.
 */
void sim_step(struct sim *s, int64_t most_ms);
void sim_tick(struct sim *s); /* now */
/* Time alone: requests arrive, answers come back. */
void sim_pass(struct sim *s, int64_t ms);
/* Kills the engine without a word and starts another one. */
void sim_crash(struct sim *s);
void sim_kill(struct sim *s);
void sim_start(struct sim *s);
/* Stops it as SIGTERM does. */
void sim_stop(struct sim *s);
void sim_configure(struct sim *s, int variant);
void sim_jump(struct sim *s, int64_t ms); /* of the wall clock */

uint64_t sim_random(struct sim *s);
int sim_below(struct sim *s, int n);
bool sim_chance(struct sim *s, int percent);
__attribute__((format(printf, 2, 3))) void sim_say(struct sim *s,
						   const char *format, ...);
__attribute__((format(printf, 2, 3))) void sim_fail(struct sim *s,
						    const char *format, ...);
void sim_print(const struct sim *s); /* the failure and how it came */

/* folk.c */
void folk_act(struct sim *s); /* somebody does something */
/* As a person does it; OK or the refusal. */
enum err folk_start(struct sim *s, const char *order_id, const char *key);
enum err folk_operate(struct sim *s, const char *run_id, enum inbox_kind kind,
		      const char *name);
enum err folk_decide(struct sim *s, const char *task_id, bool approved,
		     int64_t undo_ms, const struct actor *who);
enum err folk_claim(struct sim *s, const char *task_id,
		    const struct actor *who);
enum err folk_undo(struct sim *s, const char *task_id, const struct actor *who);
bool folk_run(struct sim *s, const char *order_id, struct run *ret_run);
bool folk_task(struct sim *s, const struct run *r, struct arena *a,
	       struct task *ret_task);
extern const struct actor folk_agent, folk_other, folk_supervisor;

/* laws.c */
void laws_step(struct sim *s); /* after every tick */
void laws_end(struct sim *s);  /* when everything has come to rest */
/* Closed, HELD, PAUSED, or waiting for a person, a signal or a later time, and
 * the engine with empty hands. */
bool laws_at_rest(struct sim *s);

#endif

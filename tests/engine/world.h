#ifndef MEND_TESTS_ENGINE_WORLD_H
#define MEND_TESTS_ENGINE_WORLD_H

#include <stdbool.h>

#include "engine/base/config.h"
#include "engine/flow/life.h"
#include "engine/loop/parts.h"
#include "peers.h"

/*
 * A simulated world around the real engine: clocks, chance, network, disk,
 * downstream systems, people and crashes, all from one seed; flow, store,
 * engine and SQLite are real. The same seed gives the same trace. Nothing
 * waits: time goes on when everybody has said how long he sleeps.
 *
 * world.c    chance, trace, clocks, beginning and end of a life
 * whims.c    what a seed draws: how long a life, which troubles, how often
 * wire.c     the network
 * mortal.c   the engine's life and death, trouble with the disk
 * folk.c     what people and other systems do to runs
 * peers.c    what the downstream systems do
 * disk.c     SQLite's files, in memory
 * setting.c  the configuration
 * laws.c     what must hold at every step; laws_end.c: when all is at rest
 * model.c    which effects there must, may and must not be
 * tally.c    what all lives have met
 */
#define SIM_START_MS INT64_C(1800000000000)
#define SIM_CALLS_MAX 1024
#define SIM_RUNS_MAX 64
#define SIM_LINES 60
#define SIM_LINE 200
#define SIM_YEAR_MS (365LL * 86400000)

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

/* What a seed draws. Percent, or of a thousand steps where so named. */
struct whims {
	int steps, orders; /* how many steps of trouble, over which orders */
	int folk_percent, fault_percent;
	int pace_ms;	/* the longest step; the engine looks as often */
	int grain_ms;	/* how late it notices that an answer came */
	unsigned fates; /* set of enum fate that may happen */
	unsigned words; /* set of what people may do; folk.c */
	bool races;	/* others act, and it dies, in the middle of a tick */
	int crash_1000, stop_1000, jump_1000, pause_1000, disk_1000, power_1000;
	unsigned disks; /* set of enum disk_trouble */
};

struct sim {
	uint64_t seed, state;
	int64_t wall_ms, mono_ms, back_ms; /* back: jumps backwards, summed */
	struct world world;
	struct network network;
	struct config config;
	char folder[128];
	struct db *db;	  /* the engine's */
	struct db *faces; /* everybody else's */
	struct engine *engine;
	struct whims whims;
	enum fate only;		/* of the faults; FATE_OK: any of whims.fates */
	int64_t retry_after_ms; /* said with a 503; 0: at once */
	bool people;		/* they act */
	bool probed;		/* what is stopped may be tried */
	bool turn_taken;	/* by somebody who keeps it */
	bool dead;		/* nothing leaves any more */
	int64_t poison_id; /* the run on which the engine crashes; 0: none */
	int crash_count, tick_count, action_count;
	uint64_t trace;
	char line[SIM_LINES][SIM_LINE];
	int line_count;
	char failure[400]; /* "" while all is well */
	bool verbose;
	int exchange_count;
	struct peers peers;
	/* Not cleared beyond exchange_count. */
	struct exchange exchange[SIM_CALLS_MAX];
};

/* setting 0: the shipped configuration; see setting.h. */
void sim_open(struct sim *s, uint64_t seed, int setting);
void sim_close(struct sim *s);
/* Ticks the engine and lets time go on to what comes next; most_ms bounds it.
 */
void sim_step(struct sim *s, int64_t most_ms);
void sim_tick(struct sim *s); /* now */
/* Time alone: requests arrive, answers come back. */
void sim_pass(struct sim *s, int64_t ms);
void sim_jump(struct sim *s, int64_t ms); /* of the wall clock */

/* whims.c */
void whims_draw(struct sim *s);
void whims_strike(struct sim *s); /* whatever else befalls the world now */
void whims_end(struct sim *s);	  /* nothing befalls it any more */

/* wire.c */
struct network sim_network(struct sim *s);
int64_t sim_next_event(const struct sim *s, int64_t most_ms);
void sim_deliver(struct sim *s); /* what arrives up to now, in its order */
void sim_cut_off(struct sim *s); /* nobody hears the answers any more */

/* mortal.c */
void sim_open_handles(struct sim *s);
void sim_close_handles(struct sim *s);
/* Kills the engine without a word and starts another one. */
void sim_crash(struct sim *s);
void sim_kill(struct sim *s);
void sim_start(struct sim *s);
/* Stops it as SIGTERM does. */
void sim_stop(struct sim *s);
void sim_lose_power(struct sim *s);
/* Somebody mends the disk, removes the latch and starts all anew. */
void sim_recover(struct sim *s);
bool sim_halted(const struct sim *s);
int64_t sim_mortal_tick(struct sim *s);

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
/* Says of a call of unknown outcome what became of it, if there is one. */
void folk_settle(struct sim *s);
enum err folk_decide(struct sim *s, const char *task_id, bool approved,
		     int64_t undo_ms, const struct actor *who);
enum err folk_claim(struct sim *s, const char *task_id,
		    const struct actor *who);
enum err folk_undo(struct sim *s, const char *task_id, const struct actor *who);
void folk_lift_all(struct sim *s);
bool folk_run(struct sim *s, const char *order_id, struct run *ret_run);
bool folk_task(struct sim *s, const struct run *r, struct arena *a,
	       struct task *ret_task);
extern const struct actor folk_agent, folk_other, folk_supervisor;

/* laws.c */
void laws_open(struct sim *s);	/* a new life */
void laws_begin(struct sim *s); /* after the handles were opened */
void laws_leave(struct sim *s); /* before they are closed */
void laws_step(struct sim *s);	/* after every tick */
int laws_runs(struct sim *s, struct run runs[SIM_RUNS_MAX]);
/* What an operator was told is heard. */
void laws_told(int64_t run_id, enum inbox_kind kind);
bool laws_canceled(int64_t run_id);
bool laws_killed(int64_t run_id);
/* Closed, HELD, PAUSED, or waiting for a person, a signal or a later time, and
 * the engine with empty hands. */
bool laws_at_rest(struct sim *s);
/* laws_end.c */
void laws_end(struct sim *s); /* when everything has come to rest */

/* model.c: told what people decided and what became of requests. */
void model_open(void);
void model_decided(struct sim *s, const struct task *t, bool approved,
		   const struct actor *who, bool certain);
void model_undone(struct sim *s, const char *task_id, bool certain);
void model_disturbed(struct sim *s, const char *order_id, const char *why);
void model_disturbed_all(struct sim *s, const char *why);
void model_event(struct sim *s, const char *order_id);
void model_refund_leaves(struct sim *s, const char *order, const char *key);
void model_end(struct sim *s);

#endif

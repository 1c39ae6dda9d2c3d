#ifndef MEND_LOOP_PARTS_H
#define MEND_LOOP_PARTS_H

#include "../adapters/gate.h"
#include "../base/digest.h"
#include "../base/secret.h"
#include "../flow/advance.h"
#include "../flow/control.h"
#include "engine.h"

/*
 * Inside the engine only. A tick goes through its parts in this order:
 *   collect   answers that came in
 *   claim     unread inbox of what is checked out; new due runs
 *   plan      advance() for whatever has something to do
 *   write     answers and plans in one transaction
 *   send      the calls of the plans that were written
 *   keep      now and then: checkpoint, seal, sweep
 */

/* The most that the setting checked_out may say. */
#define CHECKOUT_MAX 1000

/* A run that is checked out: leased, parsed, in memory. */
struct checkout {
	bool used;
	int slot;
	bool ready;	 /* something to do at once */
	bool refresh;	 /* the row moved: read it again before planning */
	int called;	 /* was parked and has a place, so is planned first: the
			    index of its adapter + 2, 1 of none; 0: was not */
	bool late;	 /* its run was killed, and an effect is still out */
	int64_t wake_ms; /* ready then, answered or not; 0: no */
	uint32_t generation; /* so that a late tag does not hit the next run */
	struct run run;
	cJSON *case_file;
	struct visit_call *call; /* of the current visit */
	bool *unwritten;	 /* beside call: answered, not yet in its row */
	int call_count, call_room;
	struct arena arena; /* texts of the calls; reset with the visit */
};

/* What runs wait for, by the name that stands in run.queue: nothing (""), an
 * adapter ("payment"), one of its operations ("payment.refund"), its share of
 * retries ("payment!"), or that a stop is lifted ("#17", the control's id). Who
 * is parked in it is taken, most urgent first, when it has room. */
enum queue_kind { QUEUE_NONE, QUEUE_ADAPTER, QUEUE_PART, QUEUE_STOP };
struct queue {
	char name[NAME_SIZE];
	enum queue_kind kind;
	struct gate_call call; /* who would leave; of an adapter */
	int adapter;	       /* index in the catalog, or -1 */
	int64_t control_id;
	int64_t due_ms; /* of what is not parked; as last asked */
	int64_t due_of[RUN_PRIORITIES]; /* the same of each priority */
	bool parked;
	int64_t let_in_ms; /* monotonic: when some were let in to be parked */
};
#define QUEUES_MAX 256

/* An operator's stop that is in force. */
struct stop {
	struct control control;
	int pass; /* calls that may leave all the same: a probe was asked for */
};

/* What was seen of an adapter, for the faces; kept by its name. */
#define WATCH_ANSWERS 100
struct watch {
	char name[ADAPTER_SIZE];
	int32_t took_ms[WATCH_ANSWERS];
	bool failed[WATCH_ANSWERS];
	int at, used;
	char error[REASON_SIZE]; /* the last one; "": none */
	int64_t error_ms;
	int64_t open_mono_ms, open_wall_ms; /* the same moment */
	char written[DIGEST_HEX_SIZE]; /* digest of what is in the database */
};

/* A plan on its way into the database, with the run it is for. */
struct planned {
	struct checkout *checkout; /* NULL: dropped */
	struct plan *plan;
	bool written;
};

/* How fast a bulk goes: items since then. */
#define BULKS_AT_ONCE 8
struct bulk_pace {
	int64_t bulk_id, since_ms, spent;
	struct spending spending; /* of who decides */
};

struct engine {
	struct db *db;
	const struct config *config;
	const struct world *world;
	struct network network;
	cJSON *settings; /* for {{setting.…}} in base URLs */
	int64_t engine_id;
	struct catalog *catalog;
	struct gates gates;
	struct queue *queue; /* [QUEUES_MAX]; the first is "" */
	int queue_count, queue_turn;
	struct stop *stop; /* [CONTROLS_MAX] */
	int stop_count;
	int64_t stop_generation;
	struct secret *secret; /* [CATALOG_ADAPTERS_MAX]; one a name */
	int secret_count;
	bool secret_missing;
	struct watch *watch; /* [GATES_MAX] */
	int watch_count;
	int64_t stop_next_ms; /* wall: when the first of them ends; 0: none */
	struct checkout **checkout; /* [config->checked_out] */
	int checkout_count, used_count;
	int in_flight;
	struct arena arena;  /* of the tick */
	struct run *claimed; /* [config->tick_runs], of one claim */
	struct planned *planned;
	int planned_count, planned_calls;
	int64_t claimed_ms; /* monotonic: last time */
	int plan_from;	    /* slot; turns, so that none is always last */
	uint64_t random;    /* splitmix64; seeded by the world */
	int64_t now_ms, mono_ms;
	int64_t wall_minus_mono_ms;
	bool nudged, backlog, draining;
	bool place_wanted;   /* what is due waits for an answer to make room */
	int64_t next_due_ms; /* of what is not checked out; 0: none */
	int64_t rest_until_ms; /* monotonic: the store refused, wait */
	int64_t suspect_id;
	int64_t keep_ms[7]; /* when each kind of upkeep ran, monotonic */
	int64_t sweep_after, wal_left; /* frames a checkpoint left behind */
	int64_t wake_ms; /* the earliest of the checkouts; 0: none */
	int late_count;	 /* checkouts that are late */
	int64_t look_ms; /* monotonic: at the time-outs of who is in a queue */
	bool dirty;	 /* something was written since the last seal */
	/* Groups whose call is taken on in this tick; more find out when they
	 * write. */
#define ONCE_A_TICK 64
	const char *once[ONCE_A_TICK];
	int once_count;
	bool bulk_runs;		/* some bulk has items left */
	int64_t bulk_looked_ms; /* monotonic */
	struct bulk_pace bulk_pace[BULKS_AT_ONCE];
	struct engine_figures figures;
};

/* checkout.c */
MUST_CHECK enum err checkout_add(struct engine *e, const struct run *r,
				 struct checkout **ret_checkout);
/* Reads row, inbox position, and what a recovery needs, again. */
MUST_CHECK enum err checkout_refresh(struct engine *e, struct checkout *c);
void checkout_drop(struct engine *e, struct checkout *c);
struct checkout *checkout_by_tag(struct engine *e, int64_t tag, int *ret_call);
int64_t checkout_tag(const struct checkout *c, int call);
/* The calls of a plan that was written become the checkout's. */
void checkout_take_calls(struct engine *e, struct checkout *c,
			 const struct plan *p);
struct checkout *checkout_of_run(struct engine *e, int64_t run_id);
/* Of the call with this idempotency key; -1: none. */
int checkout_call_index(const struct checkout *c, const char *key);

/* bulk.c */
void part_bulk(struct engine *e);

/* claim.c */
MUST_CHECK enum err engine_load_catalog(struct engine *e);
void part_claim(struct engine *e);
/* A run was let go that comes due then; 0: none. */
void engine_due(struct engine *e, int64_t due_ms);

/* queue.c */
/* After the catalog changed: its queues, and those of the database. */
MUST_CHECK enum err engine_load_queues(struct engine *e);
/* Those of operations, retries and stops that nobody waits in any more; what is
 * waited for again is made again. */
void engine_prune_queues(struct engine *e);
/* NULL: there are too many. */
struct queue *queue_of_scope(struct engine *e, const struct plan_call *c,
			     enum gate_scope scope);
struct queue *queue_of_stop(struct engine *e, int64_t control_id);
struct queue *queue_named(struct engine *e, const char *name); /* or NULL */
/* Room for runs of it that are parked; without any, *ret_wait_ms says when to
 * look again (0: when an answer comes). */
int queue_room(struct engine *e, const struct queue *q, int64_t *ret_wait_ms);
/* Room in the engine as a whole. */
int engine_room(const struct engine *e);
/* Whose call it is, as the gate wants to know it. */
struct gate_call engine_gate_call(const struct adapter *a,
				  const struct operation *o,
				  const struct call *c);

/* stop.c */
/* When somebody wrote to them: reads them, and makes the probes asked for. */
MUST_CHECK enum err engine_load_stops(struct engine *e);
/* Lets go what has come to its end. */
void engine_expire_stops(struct engine *e);
/* NULL: none in force. */
struct stop *stop_of_call(struct engine *e, const struct adapter *a,
			  const struct operation *o);
const struct stop *stop_of_run(struct engine *e, const struct run *r);
struct stop *stop_by_id(struct engine *e, int64_t control_id);
/* In words: who stopped what, until when, and why. */
const char *stop_words(struct engine *e, const struct stop *s);

/* wake.c */
void part_wake(struct engine *e);
void engine_wake_at(struct engine *e, struct checkout *c, int64_t wake_ms);

/* late.c */
/* False: nothing of it is worth waiting for, and it is dropped. */
bool engine_linger(struct engine *e, struct checkout *c);
void part_late(struct engine *e);

/* plan.c */
void part_plan(struct engine *e);
/* The calls of this plan will not go out: their places at the gate are free. */
void give_back_places(struct engine *e, const struct plan *p);
void give_back_place(struct engine *e, const struct call *c);

/* write.c; the second lets everything go and may be called alone */
void part_write(struct engine *e);
void engine_let_go(struct engine *e);
void engine_rest(struct engine *e, enum err why, const char *what);

/* send.c */
void part_collect(struct engine *e);
void part_send(struct engine *e);
void engine_take_answer(struct engine *e, struct checkout *c, int call,
			const struct call_answer *answer);

/* outside.c */
/* After the catalog changed, and when asked: where calls may go, and the
 * secrets that they take along. */
void engine_load_outside(struct engine *e);
/* One that was missing may have come. */
MUST_CHECK enum err engine_find_secrets(struct engine *e);
#define SECRET_AGAIN_MS (30 * 1000)
/* NULL: the adapter names none, or it is not there. */
const struct secret *engine_secret(const struct engine *e,
				   const struct adapter *a);
/* It names one that is not there. */
bool engine_secret_missing(const struct engine *e, const struct adapter *a);

/* watch.c */
void engine_watch(struct engine *e, const struct adapter *a,
		  const struct operation *o, const struct call_answer *answer);
/* Writes what changed since it was written last. */
MUST_CHECK enum err engine_write_watch(struct engine *e);

/* keep.c */
void part_keep(struct engine *e);

#endif

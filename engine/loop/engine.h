#ifndef MEND_LOOP_ENGINE_H
#define MEND_LOOP_ENGINE_H

#include "../adapters/http.h"
#include "../base/clock.h"
#include "../base/config.h"
#include "../store/db.h"

/*
 * The engine: claims due runs, plans them, writes the plans of one tick in one
 * transaction, and only then lets their calls out. Single-threaded; time,
 * chance, network and database come in from outside.
 *
 *   while (!stopping) {
 *           int64_t wait_ms = engine_tick(e);
 *           network.wait(…, wait_ms);
 *   }
 */
struct engine;

struct engine_options {
	struct db *db; /* DB_READ_WRITE, only the engine's */
	const struct config *config;
	const struct world *world;
	struct network network;
	int64_t pid;
};

struct engine_figures {
	int64_t ticks, commits, steps, calls, held, missed;
	int checked_out, in_flight;
};

/* Registers a new engine id, takes back what an engine before left leased,
 * loads the configuration. The caller holds the engine lock. */
MUST_CHECK enum err engine_open(const struct engine_options *o,
				struct engine **ret_engine);
/* Tells the world that it is ready. */
MUST_CHECK enum err engine_ready(struct engine *e);
/* Does all that is due; returns how long it may sleep. */
int64_t engine_tick(struct engine *e);
/* Reads secrets again; the configuration is noticed by itself. */
void engine_reload(struct engine *e);
/* The outside said there may be something. */
void engine_nudged(struct engine *e);
/* No new runs; returns true once no call is in flight. */
bool engine_drain(struct engine *e);
/* Lets every run go and frees all. NULL is fine. */
void engine_close(struct engine *e);
void engine_figures(const struct engine *e, struct engine_figures *ret);

#endif

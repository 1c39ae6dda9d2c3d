/*
 * Why: the tick. It says in which order the parts act, keeps the clocks, and
 * works out how long the engine may sleep. Starting is recovering: what an
 * engine before left leased is due again, and is read from its rows like any
 * other run.
 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/log.h"
#include "../base/mem.h"
#include "../store/audit_store.h"
#include "../store/call_store.h"
#include "../store/engine_store.h"
#include "parts.h"

/* A step of the wall clock beyond this is written into the audit. */
#define CLOCK_JUMP_MS 5000
/* Pages of the database: a tick among a million runs touches a thousand, and
 * one that does not fit is written twice. */
#define CACHE_KIB 8000
/* Between two slices of a bulk. */
#define BULK_PAUSE_MS 20
/* What a full tick of plain plans takes; a page counts once it was used. */
#define TICK_BYTES (1024 * 1024)

static enum err note_system(struct engine *e, enum audit_kind kind,
			    const char *message)
{
	struct audit_entry entry = {
		.at_ms = e->now_ms,
		.kind = audit_kind_name(kind),
		.actor = "mend",
		.message = message,
	};

	return audit_append_system(e->db, &entry);
}

static enum err take_over(struct engine *e, int64_t pid)
{
	int64_t suspect = 0, reclaimed = 0, forsaken = 0;
	enum err err = db_begin(e->db);

	if (err == OK)
		err = engine_register(e->db, pid, &e->engine_id);
	if (err == OK)
		err = engine_get_suspect(e->db, &suspect);
	if (err == OK)
		err = run_reclaim(e->db, e->engine_id, suspect, e->now_ms,
				  &reclaimed);
	if (err == OK)
		err = call_forsake(e->db,
				   "the engine stopped before the answer, and "
				   "the run had ended",
				   &forsaken);
	if (err == OK)
		err = engine_set_suspect(e->db, 0);
	if (err == OK)
		err = note_system(e, AUDIT_ENGINE_STARTED,
				  arena_printf(&e->arena,
					       "Engine %lld started; %lld "
					       "runs taken back",
					       (long long)e->engine_id,
					       (long long)reclaimed));
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK)
		db_rollback(e->db);
	if (err == OK)
		log_info("engine started id=%lld reclaimed=%lld forsaken=%lld",
			 (long long)e->engine_id, (long long)reclaimed,
			 (long long)forsaken);
	return err;
}

enum err engine_open(const struct engine_options *o, struct engine **ret_engine)
{
	struct engine *e = mem_alloc(sizeof(*e));
	enum err err;

	e->db = o->db;
	e->config = o->config;
	e->world = o->world;
	e->network = o->network;
	e->checkout_count = (int)o->config->checked_out;
	e->checkout =
		mem_alloc((size_t)e->checkout_count * sizeof(*e->checkout));
	e->planned =
		mem_alloc((size_t)o->config->tick_runs * sizeof(*e->planned));
	/* Not of the tick's arena, which is made zero again at each. */
	e->claimed =
		mem_alloc((size_t)o->config->tick_runs * sizeof(*e->claimed));
	e->queue = mem_alloc(QUEUES_MAX * sizeof(*e->queue));
	e->stop = mem_alloc(CONTROLS_MAX * sizeof(*e->stop));
	e->stop_generation = -1;
	e->secret = mem_alloc(CATALOG_ADAPTERS_MAX * sizeof(*e->secret));
	e->watch = mem_alloc(GATES_MAX * sizeof(*e->watch));
	e->settings = cJSON_CreateObject();
	json_set_string(e->settings, "sandbox_url", o->config->sandbox_url);
	arena_init(&e->arena);
	arena_reserve(&e->arena, TICK_BYTES);
	e->random = world_random(o->world);
	e->now_ms = world_wall_ms(o->world);
	e->mono_ms = world_mono_ms(o->world);
	e->wall_minus_mono_ms = e->now_ms - e->mono_ms;
	e->nudged = true;
	err = db_set_cache(e->db, CACHE_KIB);
	if (err == OK)
		err = take_over(e, o->pid);
	if (err == OK)
		err = engine_load_catalog(e);
	if (err == OK)
		err = engine_load_stops(e);
	if (err != OK) {
		engine_close(e);
		return err;
	}
	*ret_engine = e;
	return OK;
}

static enum err set_ready(struct engine *e, int64_t ready_ms)
{
	enum err err = db_begin(e->db);

	if (err == OK)
		err = engine_set_ready(e->db, ready_ms);
	if (err == OK && !ready_ms)
		err = note_system(e, AUDIT_ENGINE_STOPPED, "Engine stopped");
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK)
		db_rollback(e->db);
	return err;
}

enum err engine_ready(struct engine *e)
{
	return set_ready(e, e->now_ms);
}

/* Deadlines are the wall clock's; when it jumps, that is on record. */
static void watch_clock(struct engine *e)
{
	int64_t drift, difference;

	e->now_ms = world_wall_ms(e->world);
	e->mono_ms = world_mono_ms(e->world);
	difference = e->now_ms - e->mono_ms;
	drift = difference - e->wall_minus_mono_ms;
	if (drift < CLOCK_JUMP_MS && drift > -CLOCK_JUMP_MS)
		return;
	e->wall_minus_mono_ms = difference;
	e->nudged = true;
	log_warning("wall clock jumped ms=%lld", (long long)drift);
	if (db_begin(e->db) == OK &&
	    note_system(e, AUDIT_CLOCK_JUMP,
			arena_printf(&e->arena, "The clock jumped by %lld ms",
				     (long long)drift)) == OK &&
	    db_commit(e->db) == OK)
		return;
	db_rollback(e->db);
}

static bool anything_ready(const struct engine *e)
{
	int i;

	for (i = 0; i < e->checkout_count; i++) {
		if (e->checkout[i] && e->checkout[i]->used &&
		    e->checkout[i]->ready)
			return true;
	}
	return false;
}

static int64_t may_sleep(const struct engine *e)
{
	int64_t wait = e->config->poll_ms;
	int64_t due;

	if (e->mono_ms < e->rest_until_ms) {
		due = e->rest_until_ms - e->mono_ms;
		return due < wait ? due : wait;
	}
	if (anything_ready(e) || e->backlog)
		return 0;
	if (e->wake_ms) {
		due = e->wake_ms - world_wall_ms(e->world);
		if (due < wait)
			wait = due > 0 ? due : 0;
	}
	if (e->bulk_runs && wait > BULK_PAUSE_MS)
		wait = BULK_PAUSE_MS;
	if (e->next_due_ms && !e->draining) {
		due = e->next_due_ms - world_wall_ms(e->world);
		if (due < wait)
			wait = due > 0 ? due : 0;
	}
	return wait;
}

int64_t engine_tick(struct engine *e)
{
	arena_reset(&e->arena);
	if (e->catalog)
		catalog_forget(e->catalog);
	watch_clock(e);
	e->figures.ticks++;
	part_collect(e);
	part_late(e);
	part_wake(e);
	part_bulk(e);
	part_claim(e);
	part_plan(e);
	part_write(e);
	part_send(e);
	part_keep(e);
	return may_sleep(e);
}

void engine_reload(struct engine *e)
{
	engine_load_outside(e);
	e->nudged = true;
}

void engine_nudged(struct engine *e)
{
	e->nudged = true;
}

bool engine_drain(struct engine *e)
{
	e->draining = true;
	return e->in_flight == 0 && !anything_ready(e);
}

void engine_close(struct engine *e)
{
	int i;

	if (!e)
		return;
	if (e->catalog) {
		engine_let_go(e);
		if (set_ready(e, 0) != OK)
			log_warning("stop not recorded");
	}
	for (i = 0; i < e->checkout_count; i++) {
		if (e->checkout[i] && e->checkout[i]->used)
			checkout_drop(e, e->checkout[i]);
		free(e->checkout[i]);
	}
	free(e->checkout);
	free(e->claimed);
	free(e->planned);
	free(e->queue);
	free(e->stop);
	free(e->watch);
	explicit_bzero(e->secret, CATALOG_ADAPTERS_MAX * sizeof(*e->secret));
	free(e->secret);
	catalog_free(e->catalog);
	cJSON_Delete(e->settings);
	arena_release(&e->arena);
	free(e);
}

void engine_figures(const struct engine *e, struct engine_figures *ret)
{
	*ret = e->figures;
	ret->checked_out = e->used_count;
	ret->in_flight = e->in_flight;
}

/*
 * How the engine of a simulated world lives and dies: between two ticks, in the
 * middle of one, while it commits, or with the power. See world.h. Always
 * holds: what dies leaves nothing behind but what is on the disk and on its way
 * through the network.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "engine/store/halt.h"
#include "engine/store/store.h"
#include "tally.h"
#include "world.h"

/* ---- the disk and the handles on it ---- */

void sim_open_handles(struct sim *s)
{
	if (store_open(&s->config, DB_READ_WRITE, "engine", &s->db) != OK ||
	    store_open(&s->config, DB_READ_WRITE, "faces", &s->faces) != OK) {
		fprintf(stderr, "store not opened: %s\n", db_message(NULL));
		abort();
	}
	laws_begin(s);
}

void sim_close_handles(struct sim *s)
{
	laws_leave(s);
	db_close(s->faces);
	db_close(s->db);
	s->faces = s->db = NULL;
}

static void latch_path(const struct sim *s, char path[160])
{
	snprintf(path, 160, "%s/mend.db", s->folder);
}

bool sim_halted(const struct sim *s)
{
	char path[160];

	latch_path(s, path);
	return halt_is_set(path);
}

static void release_latch(const struct sim *s)
{
	char path[160];

	latch_path(s, path);
	if (halt_is_set(path) && halt_release(path) != OK)
		abort();
}

/* ---- life and death ---- */

static enum err try_start(struct sim *s)
{
	struct engine_options o = {
		.db = s->db,
		.config = &s->config,
		.world = &s->world,
		.network = s->network,
		.pid = 1,
	};
	enum err e = engine_open(&o, &s->engine);

	if (e != OK)
		return e;
	e = engine_ready(s->engine);
	if (e != OK)
		sim_kill(s);
	return e;
}

/* Whoever supervises it tries again when the disk is well. */
void sim_start(struct sim *s)
{
	bool ill = disk.trouble != DISK_WELL || sim_halted(s);

	if (try_start(s) == OK)
		return;
	if (!ill) {
		sim_fail(s, "start: %s", db_message(s->db));
		return;
	}
	sim_say(s, "does not start: %.100s", db_message(s->db));
	disk_mend();
	sim_close_handles(s);
	release_latch(s);
	sim_open_handles(s);
	if (try_start(s) != OK)
		sim_fail(s, "start: %s", db_message(s->db));
}

/* Without a word to the database. */
static void drop_engine(struct engine *e)
{
	int i, j;

	for (i = 0; i < e->checkout_count; i++) {
		for (j = 0; e->checkout[i] && j < e->checkout[i]->call_count;
		     j++)
			e->checkout[i]->call[j].in_flight = false;
	}
	for (i = 0; i < e->planned_count; i++)
		plan_release(e->planned[i].plan);
	/* An engine that has no catalog closes so. */
	catalog_free(e->catalog);
	e->catalog = NULL;
	engine_close(e);
}

void sim_kill(struct sim *s)
{
	struct engine *e = s->engine;

	s->engine = NULL; /* nobody interrupts what is not there */
	drop_engine(e);
	sim_cut_off(s);
	s->dead = false;
}

void sim_crash(struct sim *s)
{
	sim_say(s, "crash");
	s->crash_count++;
	sim_kill(s);
	sim_start(s);
}

void sim_stop(struct sim *s)
{
	sim_say(s, "stop");
	engine_close(s->engine);
	s->engine = NULL;
}

static void lose_writes(struct sim *s)
{
	int lost = disk_lose_power();

	tally_one(TALLY_POWER_LOSS);
	tally_add(TALLY_LOST_WRITES, lost);
	sim_say(s, "power lost, with %d writes", lost);
}

/* No process is left; nor, without power, what was not synced. Nobody was there
 * to set the latch. */
static void end_and_begin(struct sim *s, bool power)
{
	s->crash_count++;
	sim_kill(s);
	sim_close_handles(s);
	disk_mend();
	if (power)
		lose_writes(s);
	release_latch(s);
	sim_open_handles(s);
	sim_start(s);
}

void sim_lose_power(struct sim *s)
{
	end_and_begin(s, true);
}

static void die_committing(struct sim *s)
{
	sim_say(s, "died while committing");
	tally_one(TALLY_CRASH_COMMITTING);
	end_and_begin(s, s->whims.power_1000 && sim_chance(s, 50));
}

void sim_recover(struct sim *s)
{
	sim_say(s, "the latch is removed");
	tally_one(TALLY_HALTED);
	disk_mend();
	if (sim_chance(s, 50))
		sim_stop(s);
	else
		sim_kill(s);
	sim_close_handles(s);
	release_latch(s);
	sim_open_handles(s);
	sim_start(s);
}

/* ---- ticks ---- */

static bool poisoned(const struct sim *s)
{
	const struct engine *e = s->engine;
	int i;

	for (i = 0; i < e->planned_count; i++) {
		if (e->planned[i].checkout->run.id == s->poison_id &&
		    e->planned[i].plan->run.state != RUN_HELD)
			return true;
	}
	return false;
}

/* What others do between the engine's reading and its writing. */
static void interrupt(struct sim *s)
{
	if (s->people && sim_chance(s, 40))
		folk_act(s);
	if (sim_chance(s, 5)) {
		sim_say(s, "the turn is taken");
		s->turn_taken = db_begin(s->faces) == OK;
		if (s->turn_taken)
			tally_one(TALLY_TURN_TAKEN);
	}
}

static bool dies(struct sim *s, enum tally how)
{
	if (!s->whims.races || !sim_chance(s, 1))
		return false;
	tally_one(how);
	return true;
}

/* A tick with the same parts as the engine's own, and others in between. Says
 * whether the engine lived to its end. */
static bool torn_tick(struct sim *s)
{
	struct engine *e = s->engine;

	arena_reset(&e->arena);
	e->now_ms = s->wall_ms;
	e->mono_ms = s->mono_ms;
	part_collect(e);
	part_claim(e);
	part_plan(e);
	interrupt(s);
	if ((s->poison_id && poisoned(s)) || dies(s, TALLY_CRASH_PLANNED))
		return false;
	part_write(e);
	if (dies(s, TALLY_CRASH_WRITTEN))
		return false;
	part_send(e);
	part_keep(e);
	return true;
}

static int64_t mortal_tick(struct sim *s)
{
	bool torn = s->poison_id || (s->whims.races && sim_chance(s, 50));
	bool lives = !torn || torn_tick(s);
	int64_t wait_ms = torn ? 1 : engine_tick(s->engine);

	s->tick_count++;
	if (s->turn_taken) {
		s->turn_taken = false;
		db_rollback(s->faces);
	}
	if (disk.trouble == DISK_DEAD && disk.hits) {
		die_committing(s);
		return 0;
	}
	if (!lives || s->dead) {
		if (s->whims.power_1000 && sim_chance(s, 50))
			sim_lose_power(s);
		else
			sim_crash(s);
		return 0;
	}
	return wait_ms;
}

/* ---- an engine that slept while another took its place ---- */

/* All that it has planned was taken up by the other one since. Answers that it
 * has heard it would write all the same: nothing fences those. */
static bool overtaken(struct sim *s, const struct engine *old)
{
	int i;

	for (i = 0; i < old->planned_count; i++) {
		const struct run *planned = &old->planned[i].plan->run;
		const struct checkout *c = old->planned[i].checkout;
		struct run r;
		int j;

		for (j = 0; j < c->call_count; j++) {
			if (c->unwritten[j])
				return false;
		}

		if (run_by_id(s->faces, planned->id, &r) != OK ||
		    r.epoch <= planned->epoch ||
		    r.inbox_seq != planned->inbox_seq)
			return false;
	}
	return true;
}

static void replaced(struct sim *s)
{
	struct engine *old = s->engine;
	struct db *db = s->db;
	int i;

	arena_reset(&old->arena);
	old->now_ms = s->wall_ms;
	old->mono_ms = s->mono_ms;
	part_claim(old);
	part_plan(old);
	sim_say(s, "sleeps on %d plans, and is replaced", old->planned_count);
	sim_cut_off(s);
	if (store_open(&s->config, DB_READ_WRITE, "engine", &s->db) != OK)
		abort();
	sim_start(s);
	(void)engine_tick(s->engine);
	if (old->planned_count && overtaken(s, old)) {
		tally_one(TALLY_REPLACED);
		part_write(old);
		for (i = 0; i < old->planned_count; i++) {
			if (old->planned[i].written)
				sim_fail(s, "epoch: an engine that was replaced"
					    " wrote its plan");
		}
	}
	drop_engine(old);
	db_close(db);
}

int64_t sim_mortal_tick(struct sim *s)
{
	if (s->whims.races && disk.trouble == DISK_WELL && !sim_halted(s) &&
	    !s->poison_id && sim_chance(s, 1)) {
		replaced(s);
		return 0;
	}
	return mortal_tick(s);
}

/*
 * Why: what an operator has stopped is kept in memory, read again only when
 * somebody wrote to it, and judged right before anything leaves. It ends by
 * itself, on record.
 */
#include <stdio.h>
#include <string.h>

#include "../base/log.h"
#include "../flow/note.h"
#include "parts.h"

struct stop *stop_by_id(struct engine *e, int64_t control_id)
{
	int i;

	for (i = 0; i < e->stop_count; i++) {
		if (e->stop[i].control.id == control_id)
			return &e->stop[i];
	}
	return NULL;
}

static struct stop *find(struct engine *e, enum control_kind kind,
			 const char *name)
{
	int i;

	for (i = 0; i < e->stop_count; i++) {
		if (e->stop[i].control.kind == kind &&
		    strcmp(e->stop[i].control.name, name) == 0)
			return &e->stop[i];
	}
	return NULL;
}

/* The whole adapter's before its operation's. */
struct stop *stop_of_call(struct engine *e, const struct adapter *a,
			  const struct operation *o)
{
	char full[NAME_SIZE * 2];
	struct stop *s = NULL;

	if (e->stop_count == 0)
		return NULL;
	s = find(e, CONTROL_ADAPTER, a->name);
	if (s || !o)
		return s;
	(void)snprintf(full, sizeof(full), "%s.%s", a->name, o->name);
	return find(e, CONTROL_ACTION, full);
}

static const struct stop *of_version(struct engine *e, const char *name,
				     int version)
{
	const struct stop *s = find(e, CONTROL_PLAYBOOK, name);
	char text[NAME_SIZE + 16];

	if (s)
		return s;
	(void)snprintf(text, sizeof(text), "%s@%d", name, version);
	return find(e, CONTROL_PLAYBOOK, text);
}

/* Its own, and every sub-playbook in which it stands. */
static const struct stop *of_playbook(struct engine *e, const struct run *r)
{
	const struct playbook *b = NULL;
	const struct stop *stop;
	const struct step *s;

	if (!r->playbook_id ||
	    catalog_playbook_by_id(e->catalog, e->db, r->playbook_id, &b) != OK)
		return NULL;
	stop = of_version(e, b->name, b->version);
	s = playbook_step(b, r->step);
	while (!stop && s && s->use >= 0) {
		s = &b->step[s->use];
		if (s->origin)
			stop = of_version(e, s->origin, s->origin_version);
	}
	return stop;
}

const struct stop *stop_of_run(struct engine *e, const struct run *r)
{
	const struct stop *s = NULL;

	if (e->stop_count == 0)
		return NULL;
	if (r->event_ref[0])
		s = find(e, CONTROL_EVENT, r->event_ref);
	if (!s && r->seller_ref[0])
		s = find(e, CONTROL_SELLER, r->seller_ref);
	return s ? s : of_playbook(e, r);
}

const char *stop_words(struct engine *e, const struct stop *s)
{
	static const char *const what[CONTROL_KIND_COUNT] = {
		[CONTROL_ADAPTER] = "adapter",	 [CONTROL_ACTION] = "action",
		[CONTROL_PLAYBOOK] = "playbook", [CONTROL_EVENT] = "event",
		[CONTROL_SELLER] = "seller",	 [CONTROL_PROBE] = "probe",
	};
	char until[MOMENT_SIZE];

	moment_words(s->control.expires_ms, until);
	return arena_printf(&e->arena, "%s %s is stopped by %s until %s: %s",
			    what[s->control.kind], s->control.name,
			    s->control.actor, until, s->control.reason);
}

/* ---- reading ---------------------------------------------------------- */

/* One call may leave although it is stopped, and no pause is waited out. */
static void probe(struct engine *e, const char *name)
{
	char text[REF_SIZE];
	const struct adapter *a;
	struct stop *s;
	char *dot;

	(void)snprintf(text, sizeof(text), "%s", name);
	s = find(e, CONTROL_ACTION, text);
	if (s)
		s->pass = 1;
	dot = strchr(text, '.');
	if (dot)
		*dot = '\0';
	s = find(e, CONTROL_ADAPTER, text);
	if (s)
		s->pass = 1;
	a = catalog_adapter(e->catalog, text);
	if (a)
		gate_probe(&e->gates, a, e->mono_ms);
	log_info("probe asked for of=%s", name);
}

static enum err end(struct engine *e, const struct control *c, const char *why)
{
	enum err err = db_begin(e->db);

	if (err == OK)
		err = control_expire(e->db, c, why, e->now_ms);
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK)
		db_rollback(e->db);
	return err;
}

static void take(struct engine *e, const struct control *rows, int count)
{
	struct stop *before =
		arena_alloc(&e->arena, CONTROLS_MAX * sizeof(*before));
	int had = e->stop_count, i, j;

	memcpy(before, e->stop, (size_t)had * sizeof(*before));
	e->stop_count = 0;
	e->stop_next_ms = 0;
	for (i = 0; i < count; i++) {
		struct stop *s = &e->stop[e->stop_count];

		if (rows[i].kind == CONTROL_PROBE)
			continue;
		*s = (struct stop){.control = rows[i]};
		for (j = 0; j < had; j++) {
			if (before[j].control.id == rows[i].id)
				s->pass = before[j].pass;
		}
		e->stop_count++;
		if (!e->stop_next_ms || rows[i].expires_ms < e->stop_next_ms)
			e->stop_next_ms = rows[i].expires_ms;
	}
}

enum err engine_load_stops(struct engine *e)
{
	struct control *rows = NULL;
	int64_t generation = 0;
	int count = 0, i;
	enum err err = control_generation(e->db, &generation);

	if (err != OK || generation == e->stop_generation)
		return err;
	err = control_in_force(e->db, &e->arena, &rows, &count);
	if (err != OK)
		return err;
	take(e, rows, count);
	e->stop_generation = generation;
	e->nudged = true;
	for (i = 0; err == OK && i < count; i++) {
		if (rows[i].kind != CONTROL_PROBE)
			continue;
		probe(e, rows[i].name);
		err = end(e, &rows[i], "made");
	}
	return err;
}

void engine_expire_stops(struct engine *e)
{
	enum err err = OK;
	int i;

	if (!e->stop_next_ms || e->now_ms < e->stop_next_ms ||
	    e->mono_ms < e->rest_until_ms)
		return;
	for (i = 0; err == OK && i < e->stop_count; i++) {
		if (e->stop[i].control.expires_ms <= e->now_ms)
			err = end(e, &e->stop[i].control, "its time was up");
	}
	if (err == OK)
		err = engine_load_stops(e);
	if (err != OK)
		engine_rest(e, err, "letting go what was stopped");
}

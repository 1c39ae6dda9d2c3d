/*
 * Why: the files go into the database together or not at all, and who put them
 * there is on record. A playbook goes after those whose steps it has taken
 * over, and says in which version it took them.
 */
#include <string.h>

#include "../base/digest.h"
#include "../base/json.h"
#include "../base/strbuf.h"
#include "../store/audit_store.h"
#include "audit.h"
#include "catalog_loading.h"

/* What is put into the database, and what stands there. */
struct putting {
	struct db *db;
	struct loading *l;
	const struct document *active;
	int active_count;
	const char *actor;
	int64_t now_ms;
	cJSON *changes;
	int changed;
	bool put[FILES_MAX];
};

static bool is_active(const struct putting *p, struct document *d)
{
	int i;

	for (i = 0; i < p->active_count; i++) {
		if (p->active[i].kind == d->kind &&
		    strcmp(p->active[i].name, d->name) == 0 &&
		    strcmp(p->active[i].digest, d->digest) == 0) {
			d->version = p->active[i].version;
			return true;
		}
	}
	return false;
}

static bool in_files(const struct loading *l, const struct document *active)
{
	int i;

	for (i = 0; i < l->count; i++) {
		if (l->document[i].kind == active->kind &&
		    strcmp(l->document[i].name, active->name) == 0)
			return true;
	}
	return false;
}

static enum err put_one(struct putting *p, int index);

/* The version of each sub-playbook beside its name; which one that is, is known
 * once it was put. */
static enum err name_versions(struct putting *p, const cJSON *steps,
			      bool *ret_any)
{
	enum err e = OK;
	const cJSON *step;

	cJSON_ArrayForEach(step, steps)
	{
		cJSON *origin =
			cJSON_GetObjectItemCaseSensitive(step, "origin");
		const char *name = json_string(origin, "playbook", NULL);
		int i;

		for (i = 0; e == OK && name && i < p->l->count; i++) {
			const struct document *d = &p->l->document[i];

			if (d->kind != DOCUMENT_PLAYBOOK ||
			    strcmp(d->name, name) != 0)
				continue;
			e = put_one(p, i);
			json_set_int(origin, "version", d->version);
			*ret_any = true;
		}
		if (e == OK)
			e = name_versions(p, json_get(step, "steps"), ret_any);
	}
	return e;
}

static enum err make_whole(struct putting *p, struct document *d)
{
	cJSON *tree = NULL;
	bool any = false;
	enum err e;

	if (d->kind != DOCUMENT_PLAYBOOK)
		return OK;
	e = json_parse(d->body, strlen(d->body), NULL, &tree);
	if (e == OK)
		e = name_versions(p, json_get(tree, "steps"), &any);
	if (e == OK && any) {
		d->body = json_canonical(tree, &p->l->arena);
		digest_text_hex(d->body, d->digest);
	}
	cJSON_Delete(tree);
	return e;
}

static enum err put_one(struct putting *p, int index)
{
	struct document *d = &p->l->document[index];
	enum err e;

	if (p->put[index])
		return OK;
	p->put[index] = true;
	e = make_whole(p, d);
	if (e != OK || is_active(p, d))
		return e;
	STR_COPY(d->actor, p->actor);
	d->created_ms = p->now_ms;
	e = document_put(p->db, d);
	if (e == OK)
		e = document_activate(p->db, d);
	if (e == OK)
		e = document_note_activation(p->db, d, p->actor, p->now_ms);
	json_set_int(p->changes, d->name, d->version);
	p->changed++;
	return e;
}

static enum err retire_others(struct putting *p, struct document *active)
{
	enum err e = OK;
	int i;

	for (i = 0; e == OK && i < p->active_count; i++) {
		if (in_files(p->l, &active[i]))
			continue;
		active[i].id = 0;
		e = document_retire(p->db, active[i].kind, active[i].name);
		if (e == OK)
			e = document_note_activation(p->db, &active[i],
						     p->actor, p->now_ms);
		json_set_null(p->changes, active[i].name);
		p->changed++;
	}
	return e;
}

static enum err put(struct putting *p)
{
	struct document *active;
	int i;
	enum err e =
		document_active(p->db, &p->l->arena, &active, &p->active_count);

	p->active = active;
	for (i = 0; e == OK && i < p->l->count; i++)
		e = put_one(p, i);
	return e == OK ? retire_others(p, active) : e;
}

static enum err store(struct db *db, struct loading *l, const char *actor,
		      int64_t now_ms, int *ret_changed)
{
	struct putting p = {
		.db = db,
		.l = l,
		.actor = actor,
		.now_ms = now_ms,
		.changes = cJSON_CreateObject(),
	};
	struct audit_entry entry = {
		.at_ms = now_ms,
		.kind = audit_kind_name(AUDIT_CONFIGURATION),
		.actor = actor,
		.message = "Configuration activated",
	};
	enum err e = db_begin(db);

	if (e == OK)
		e = put(&p);
	*ret_changed = p.changed;
	if (e == OK && p.changed > 0) {
		entry.data = json_print_arena(p.changes, &l->arena);
		e = document_raise_generation(db);
		if (e == OK)
			e = audit_append_system(db, &entry);
	}
	cJSON_Delete(p.changes);
	if (e == OK)
		e = db_commit(db);
	if (e != OK)
		db_rollback(db);
	return e;
}

enum err catalog_activate(struct db *db, const char *conf, const char *actor,
			  int64_t now_ms, struct catalog_check *ret_check,
			  int *ret_changed)
{
	struct loading *l = loading_open(conf, NULL, ret_check);
	enum err e = ERR_INVALID;

	*ret_changed = 0;
	if (ret_check->count == 0)
		e = store(db, l, actor, now_ms, ret_changed);
	loading_close(l);
	return e;
}

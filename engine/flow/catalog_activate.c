/*
 * Why: the files go into the database together or not at all, and who put them
 * there is on record.
 */
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "../store/audit_store.h"
#include "audit.h"
#include "catalog_loading.h"

static bool is_active(const struct document *active, int count,
		      const struct document *d)
{
	int i;

	for (i = 0; i < count; i++) {
		if (active[i].kind == d->kind &&
		    strcmp(active[i].name, d->name) == 0 &&
		    strcmp(active[i].digest, d->digest) == 0)
			return true;
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

static enum err put(struct db *db, struct loading *l, const char *actor,
		    int64_t now_ms, cJSON *changes, int *ret_changed)
{
	struct document *active;
	int count, i;
	enum err e = document_active(db, &l->arena, &active, &count);

	for (i = 0; e == OK && i < l->count; i++) {
		struct document *d = &l->document[i];

		if (is_active(active, count, d))
			continue;
		STR_COPY(d->actor, actor);
		d->created_ms = now_ms;
		e = document_put(db, d);
		if (e == OK)
			e = document_activate(db, d);
		if (e == OK)
			e = document_note_activation(db, d, actor, now_ms);
		json_set_int(changes, d->name, d->version);
		(*ret_changed)++;
	}
	for (i = 0; e == OK && i < count; i++) {
		if (in_files(l, &active[i]))
			continue;
		active[i].id = 0;
		e = document_retire(db, active[i].kind, active[i].name);
		if (e == OK)
			e = document_note_activation(db, &active[i], actor,
						     now_ms);
		json_set_null(changes, active[i].name);
		(*ret_changed)++;
	}
	return e;
}

static enum err store(struct db *db, struct loading *l, const char *actor,
		      int64_t now_ms, int *ret_changed)
{
	cJSON *changes = cJSON_CreateObject();
	struct audit_entry entry = {
		.at_ms = now_ms,
		.kind = audit_kind_name(AUDIT_CONFIGURATION),
		.actor = actor,
		.message = "Configuration activated",
	};
	enum err e = db_begin(db);

	*ret_changed = 0;
	if (e == OK)
		e = put(db, l, actor, now_ms, changes, ret_changed);
	if (e == OK && *ret_changed > 0) {
		entry.data = json_print_arena(changes, &l->arena);
		e = document_raise_generation(db);
		if (e == OK)
			e = audit_append_system(db, &entry);
	}
	cJSON_Delete(changes);
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

/*
 * Why: a playbook that turned out badly is taken back in one step, without the
 * files and without an old build at hand.
 *
 * Always holds: what is put in force fits the adapters, the policy and the
 * other playbooks of this moment, for it is checked as a file would be.
 */
#include <assert.h>
#include <string.h>

#include "../base/json.h"
#include "../store/audit_store.h"
#include "audit.h"
#include "catalog.h"

static enum err check(struct db *db, const struct document *d,
		      struct problems *p)
{
	struct catalog *c = NULL;
	struct playbook *b = NULL;
	cJSON *tree;
	enum err e = json_parse(d->body, strlen(d->body), p, &tree);

	if (e == OK)
		e = playbook_parse(tree, p, &b);
	if (e == OK)
		e = catalog_load(db, &c, p);
	if (e == OK) {
		playbook_check(b, c, p);
		e = p->count ? ERR_INVALID : OK;
	}
	playbook_free(b);
	catalog_free(c);
	return e;
}

static enum err replace(struct db *db, const struct document *d,
			const char *reason, const char *actor, int64_t now_ms)
{
	cJSON *data = cJSON_CreateObject();
	struct audit_entry entry = {
		.at_ms = now_ms,
		.kind = audit_kind_name(AUDIT_CONFIGURATION),
		.actor = actor,
		.message = "An earlier version activated",
	};
	struct arena a;
	enum err e;

	arena_init(&a);
	json_set_int(data, d->name, d->version);
	json_set_string(data, "reason", reason);
	entry.data = json_print_arena(data, &a);
	e = document_activate(db, d);
	if (e == OK)
		e = document_note_activation(db, d, actor, now_ms);
	if (e == OK)
		e = document_raise_generation(db);
	if (e == OK)
		e = audit_append_system(db, &entry);
	cJSON_Delete(data);
	arena_release(&a);
	return e;
}

static enum err find(struct db *db, const char *name, int version,
		     struct arena *a, struct problems *p, struct document *d)
{
	enum err e =
		document_by_version(db, DOCUMENT_PLAYBOOK, name, version, a, d);

	if (e == OK && d->active) {
		problems_add(p, "", "version %d of %s is in force", version,
			     name);
		e = ERR_CONFLICT;
	}
	if (e == OK)
		e = check(db, d, p);
	return e;
}

enum err catalog_version_check(struct db *db, const char *name, int version,
			       struct problems *p)
{
	struct document d;
	struct arena a;
	enum err e;

	arena_init(&a);
	e = find(db, name, version, &a, p, &d);
	arena_release(&a);
	return e;
}

enum err catalog_activate_version(struct db *db, const char *name, int version,
				  const char *reason, const char *actor,
				  int64_t now_ms, struct problems *p)
{
	struct document d;
	struct arena a;
	enum err e;

	assert(db_in_transaction(db));
	arena_init(&a);
	e = find(db, name, version, &a, p, &d);
	if (e == OK)
		e = replace(db, &d, reason, actor, now_ms);
	arena_release(&a);
	return e;
}

/*
 * Why: who puts another version in force sees beforehand what it changes, and
 * whoever asks, by whatever face, is judged alike.
 *
 * Always holds: a preview has passed every check that the activation makes.
 */
#include "activation.h"

#include <string.h>

#include "../base/json.h"
#include "../store/document_store.h"
#include "catalog.h"
#include "note.h"

cJSON *view_version(const struct document_version *v)
{
	const struct document *d = &v->document;
	cJSON *row = cJSON_CreateObject();

	json_set_string(row, "name", d->name);
	json_set_int(row, "version", d->version);
	json_set_string(row, "digest", d->digest);
	json_set_bool(row, "active", d->active);
	json_set_time(row, "createdAt", d->created_ms);
	json_set_string(row, "actor", d->actor);
	json_set_int(row, "openRuns", v->open_runs);
	json_set_string(row, "activatedBy",
			v->activated_by[0] ? v->activated_by : NULL);
	json_set_time(row, "activatedAt", v->activated_ms);
	return row;
}

struct version_choice {
	struct document_version *versions;
	int count;
	int from, to; /* 0: none */
};

/* Of those that were in force, the last; not the one that is. */
static int earlier(const struct version_choice *k)
{
	const struct document_version *best = NULL;

	for (int i = 0; i < k->count; i++) {
		const struct document_version *v = &k->versions[i];

		if (v->document.active || !v->activated_ms)
			continue;
		if (!best || v->activated_ms > best->activated_ms)
			best = v;
	}
	return best ? best->document.version : 0;
}

static enum err choose(struct db *db, const struct activation *q,
		       struct arena *a, struct problems *p,
		       struct version_choice *k)
{
	enum err e = document_versions(db, DOCUMENT_PLAYBOOK, q->name, a,
				       &k->versions, &k->count);

	if (e != OK)
		return e;
	if (k->count == 0) {
		problems_add(p, "", "there is no playbook '%.60s'", q->name);
		return ERR_NOT_FOUND;
	}
	for (int i = 0; i < k->count; i++) {
		if (k->versions[i].document.active)
			k->from = k->versions[i].document.version;
	}
	k->to = q->version ? q->version : earlier(k);
	if (!k->to) {
		problems_add(p, "", "no other version of %s was ever in force",
			     q->name);
		return ERR_NOT_FOUND;
	}
	if (q->from && q->from != k->from) {
		problems_add(p, "/from",
			     "version %d is in force by now, not %d", k->from,
			     q->from);
		return ERR_STALE;
	}
	if (q->back && k->to != earlier(k)) {
		problems_add(p, "/version",
			     "version %d is not the one that was in force "
			     "before: it has to be activated",
			     k->to);
		return ERR_CONFLICT;
	}
	return OK;
}

/* ---- what it changes ---- */

static const cJSON *step_named(const cJSON *steps, const char *name)
{
	const cJSON *step;

	cJSON_ArrayForEach(step, steps)
	{
		const cJSON *found = step_named(json_get(step, "steps"), name);

		if (strcmp(json_string(step, "step", ""), name) == 0)
			return step;
		if (found)
			return found;
	}
	return NULL;
}

/* Names of the steps that the other has not; of both, into changed, those that
 * say another thing there. */
static void compare(const cJSON *steps, const cJSON *others, cJSON *missing,
		    cJSON *changed)
{
	const cJSON *step;

	cJSON_ArrayForEach(step, steps)
	{
		const char *name = json_string(step, "step", "");
		const cJSON *other = step_named(others, name);

		if (!other)
			cJSON_AddItemToArray(missing, cJSON_CreateString(name));
		else if (changed && !cJSON_Compare(step, other, true))
			cJSON_AddItemToArray(changed, cJSON_CreateString(name));
		compare(json_get(step, "steps"), others, missing, changed);
	}
}

static enum err body_of(struct db *db, const char *name, int version,
			struct arena *a, cJSON **ret_body)
{
	struct document d;
	enum err e = version ? document_by_version(db, DOCUMENT_PLAYBOOK, name,
						   version, a, &d)
			     : ERR_NOT_FOUND;

	*ret_body = NULL;
	if (e == OK)
		e = json_parse(d.body, strlen(d.body), NULL, ret_body);
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err view_steps(struct db *db, const struct activation *q,
			   const struct version_choice *k, struct arena *a,
			   cJSON *answer)
{
	cJSON *steps = cJSON_AddObjectToObject(answer, "steps");
	cJSON *added = cJSON_AddArrayToObject(steps, "added");
	cJSON *removed = cJSON_AddArrayToObject(steps, "removed");
	cJSON *changed = cJSON_AddArrayToObject(steps, "changed");
	cJSON *from = NULL, *to = NULL;
	enum err e = body_of(db, q->name, k->from, a, &from);

	if (e == OK)
		e = body_of(db, q->name, k->to, a, &to);
	compare(json_get(to, "steps"), json_get(from, "steps"), added, changed);
	compare(json_get(from, "steps"), json_get(to, "steps"), removed, NULL);
	cJSON_Delete(from);
	cJSON_Delete(to);
	return e;
}

static enum err view(struct db *db, const struct activation *q,
		     const struct version_choice *k, struct arena *a,
		     cJSON **ret_tree)
{
	struct document_version *v;
	int count;
	cJSON *answer, *list;
	enum err e = document_versions(db, DOCUMENT_PLAYBOOK, q->name, a, &v,
				       &count);

	if (e != OK)
		return e;
	answer = cJSON_CreateObject();
	json_set_string(answer, "name", q->name);
	json_set_null(answer, "from");
	if (k->from)
		json_set_int(answer, "from", k->from);
	json_set_int(answer, "to", k->to);
	json_set_bool(answer, "preview", q->preview);
	list = cJSON_AddArrayToObject(answer, "versions");
	for (int i = 0; i < count; i++)
		cJSON_AddItemToArray(list, view_version(&v[i]));
	e = view_steps(db, q, k, a, answer);
	if (e == OK)
		*ret_tree = answer;
	else
		cJSON_Delete(answer);
	return e;
}

enum err playbook_activate(struct db *db, const struct world *w,
			   const struct activation *q,
			   const struct actor *actor, struct arena *a,
			   struct problems *p, cJSON **ret_tree)
{
	struct version_choice k = {.count = 0};
	enum err e = OK;

	if (!q->preview &&
	    !text_check(q->reason, "/reason", REASON_SIZE - 1, p))
		return ERR_INVALID;
	e = choose(db, q, a, p, &k);
	if (e == OK)
		e = q->preview
			    ? catalog_version_check(db, q->name, k.to, p)
			    : catalog_activate_version(db, q->name, k.to,
						       q->reason, actor->name,
						       world_wall_ms(w), p);
	if (e == ERR_NOT_FOUND && p->count == 0)
		problems_add(p, "/version", "%s has no version %d", q->name,
			     k.to);
	return e == OK ? view(db, q, &k, a, ret_tree) : e;
}

/*
 * Why: one place that knows which adapters, playbooks and policy are in force.
 * It is read whole, and replaced whole when the generation moves.
 */
#include "catalog.h"
#include "catalog_add.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "../base/strbuf.h"

static void append(struct catalog *c, struct playbook *b,
		   const struct document *d)
{
	if (c->playbook_count == c->playbook_room) {
		c->playbook_room = c->playbook_room ? 2 * c->playbook_room : 32;
		c->playbook = mem_grow(c->playbook, (size_t)c->playbook_room,
				       sizeof(*c->playbook));
	}
	b->document_id = d->id;
	b->version = d->version;
	c->playbook[c->playbook_count++] = b;
}

static enum err add_playbook(struct catalog *c, const struct document *d,
			     cJSON *tree, struct problems *p)
{
	struct playbook *b;
	enum err e;

	if (c->playbook_count == CATALOG_PLAYBOOKS_MAX) {
		cJSON_Delete(tree);
		return ERR_TOO_LARGE;
	}
	e = playbook_parse(tree, p, &b);
	if (e == OK)
		append(c, b, d);
	return e;
}

static enum err add_adapter(struct catalog *c, const struct document *d,
			    cJSON *tree, struct problems *p)
{
	struct adapter *a;
	enum err e;

	if (c->adapter_count == CATALOG_ADAPTERS_MAX) {
		cJSON_Delete(tree);
		return ERR_TOO_LARGE;
	}
	e = adapter_parse(tree, p, &a);
	if (e != OK)
		return e;
	a->document_id = d->id;
	c->adapter[c->adapter_count++] = a;
	return OK;
}

enum err catalog_add(struct catalog *c, const struct document *d,
		     struct problems *p)
{
	cJSON *tree;
	enum err e = json_parse(d->body, strlen(d->body), p, &tree);

	if (e != OK)
		return e;
	switch (d->kind) {
	case DOCUMENT_PLAYBOOK:
		return add_playbook(c, d, tree, p);
	case DOCUMENT_ADAPTER:
		return add_adapter(c, d, tree, p);
	case DOCUMENT_POLICY:
		break;
	}
	policy_release(&c->policy);
	e = policy_parse(tree, p, &c->policy);
	c->policy.document_id = d->id;
	return e;
}

/* A pointer into a document is not enough for who has only the database. */
static void name_document(const struct document *d, struct problem *p)
{
	char pointer[sizeof(p->pointer)];

	STR_COPY(pointer, p->pointer);
	(void)snprintf(p->pointer, sizeof(p->pointer),
		       "%s %.60s version %d%.100s", document_kind_name(d->kind),
		       d->name, d->version, pointer);
}

static enum err load_one(struct catalog *c, const struct document *d,
			 struct problems *p)
{
	struct problems own = {.count = 0};
	enum err e = catalog_add(c, d, &own);
	int i;

	for (i = 0; i < own.count; i++)
		name_document(d, &own.item[i]);
	if (e == ERR_INVALID && d->kind == DOCUMENT_PLAYBOOK &&
	    strcmp(d->name, "intake") != 0) {
		if (c->unread_count++ == 0)
			c->unread = own.item[0];
		return OK;
	}
	if (e != OK)
		*p = own;
	return e;
}

enum err catalog_load(struct db *db, struct catalog **ret_catalog,
		      struct problems *p)
{
	struct catalog *c = mem_alloc(sizeof(*c));
	struct document *d;
	struct arena a;
	int count = 0, i;
	/* Inside a transaction all that is read is of one moment already. */
	bool own = !db_in_transaction(db);
	enum err e;

	arena_init(&a);
	e = own ? db_begin_read(db) : OK;
	if (e != OK)
		goto out;
	e = document_generation(db, &c->generation);
	if (e == OK)
		e = document_active(db, &a, &d, &count);
	if (own)
		db_end_read(db);
	for (i = 0; e == OK && i < count; i++)
		e = load_one(c, &d[i], p);
	c->active_count = c->playbook_count;
out:
	arena_release(&a);
	if (e != OK) {
		catalog_free(c);
		return e;
	}
	*ret_catalog = c;
	return OK;
}

void catalog_free(struct catalog *c)
{
	int i;

	if (!c)
		return;
	for (i = 0; i < c->adapter_count; i++)
		adapter_free(c->adapter[i]);
	for (i = 0; i < c->playbook_count; i++)
		playbook_free(c->playbook[i]);
	free(c->playbook);
	policy_release(&c->policy);
	free(c);
}

const struct adapter *catalog_adapter(const struct catalog *c, const char *name)
{
	int i;

	for (i = 0; i < c->adapter_count; i++) {
		if (strcmp(c->adapter[i]->name, name) == 0)
			return c->adapter[i];
	}
	return NULL;
}

const struct operation *catalog_operation(const struct catalog *c,
					  const char *full_name,
					  const struct adapter **ret_adapter)
{
	const char *dot = strchr(full_name, '.');
	const struct adapter *a;
	char name[ADAPTER_SIZE];

	if (!dot || (size_t)(dot - full_name) >= sizeof(name))
		return NULL;
	memcpy(name, full_name, (size_t)(dot - full_name));
	name[dot - full_name] = '\0';
	a = catalog_adapter(c, name);
	if (ret_adapter)
		*ret_adapter = a;
	return a ? adapter_operation(a, dot + 1) : NULL;
}

const struct playbook *catalog_playbook(const struct catalog *c,
					const char *name)
{
	int i;

	for (i = 0; i < c->active_count; i++) {
		if (strcmp(c->playbook[i]->name, name) == 0)
			return c->playbook[i];
	}
	return NULL;
}

/* One that is no longer in force, but that a run still keeps. */
static enum err load_retired(struct catalog *c, struct db *db,
			     int64_t document_id,
			     const struct playbook **ret_playbook)
{
	struct problems p = {.count = 0};
	struct playbook *b = NULL;
	cJSON *tree = NULL;
	struct document d;
	struct arena a;
	enum err e;

	arena_init(&a);
	e = document_by_id(db, document_id, &a, &d);
	if (e == OK && d.kind != DOCUMENT_PLAYBOOK)
		e = ERR_NOT_FOUND;
	if (e == OK)
		e = json_parse(d.body, strlen(d.body), &p, &tree);
	if (e == OK)
		e = playbook_parse(tree, &p, &b);
	if (e == OK)
		append(c, b, &d);
	arena_release(&a);
	if (e == OK)
		*ret_playbook = b;
	return e == ERR_TOO_LARGE ? ERR_INVALID : e;
}

void catalog_forget(struct catalog *c)
{
	if (c->playbook_count - c->active_count < CATALOG_RETIRED_MAX)
		return;
	while (c->playbook_count > c->active_count)
		playbook_free(c->playbook[--c->playbook_count]);
}

enum err catalog_playbook_by_id(struct catalog *c, struct db *db,
				int64_t document_id,
				const struct playbook **ret_playbook)
{
	int i;

	for (i = 0; i < c->playbook_count; i++) {
		if (c->playbook[i]->document_id == document_id) {
			*ret_playbook = c->playbook[i];
			return OK;
		}
	}
	return load_retired(c, db, document_id, ret_playbook);
}

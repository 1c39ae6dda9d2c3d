/*
 * Why: whoever writes a playbook should see a mistake while typing. The schema
 * is made from the same tables that files are checked against, so it cannot
 * fall behind.
 */
#include "keys_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "keys_schema_part.h"

#define DEF_SIZE 64

static const struct keys *const roots[] = {&keys_playbook, &keys_adapter,
					   &keys_policy};

static void add_def(cJSON *defs, const struct keys *keys);

/* Fills o; tag: the member whose value says which table this is. */
static void describe(cJSON *o, const struct keys *keys, const char *tag)
{
	cJSON *members = cJSON_CreateObject();
	cJSON *required = cJSON_CreateArray();
	const struct key *k;

	json_set_string(o, "type", "object");
	json_set_string(o, "description", keys->help);
	for (k = keys->key; k->name; k++) {
		cJSON *member;

		if (k->type == KEY_STORED)
			continue;
		member = schema_member(k);
		if (tag && strcmp(tag, k->name) == 0)
			json_set_string(member, "const", keys->name);
		json_set_string(member, "description", k->help);
		json_set(members, k->name, member);
		if (k->required)
			cJSON_AddItemToArray(required,
					     cJSON_CreateString(k->name));
	}
	json_set(o, "properties", members);
	json_set(o, "required", required);
	schema_close(o);
}

static void def_name(const struct keys *keys, const struct keys *variant,
		     char name[DEF_SIZE])
{
	(void)snprintf(name, DEF_SIZE, "%s_%s", keys->name, variant->name);
}

/* If the tag says so, then that table. */
static cJSON *way_of(const struct keys *keys, const struct keys *variant)
{
	cJSON *o = cJSON_CreateObject(), *condition = cJSON_CreateObject();
	cJSON *members = cJSON_CreateObject(), *tag = cJSON_CreateObject();
	const char *needed[2] = {keys->tag, NULL};
	char name[DEF_SIZE];

	json_set_string(tag, "const", variant->name);
	json_set(members, keys->tag, tag);
	json_set(condition, "properties", members);
	json_set(condition, "required", schema_words(needed));
	json_set(o, "if", condition);
	def_name(keys, variant, name);
	json_set(o, "then", schema_reference(name));
	return o;
}

static void describe_tagged(cJSON *o, const struct keys *keys)
{
	cJSON *members = cJSON_CreateObject(), *tag = cJSON_CreateObject();
	cJSON *names = cJSON_CreateArray(), *ways = cJSON_CreateArray();
	const char *needed[2] = {keys->tag, NULL};
	int i;

	for (i = 0; keys->variant[i]; i++) {
		cJSON_AddItemToArray(
			names, cJSON_CreateString(keys->variant[i]->name));
		cJSON_AddItemToArray(ways, way_of(keys, keys->variant[i]));
	}
	json_set_string(o, "type", "object");
	json_set_string(o, "description", keys->help);
	json_set(tag, "enum", names);
	json_set(members, keys->tag, tag);
	json_set(o, "properties", members);
	json_set(o, "required", schema_words(needed));
	json_set(o, "allOf", ways);
}

/* The tables that a table speaks of. */
static void add_used(cJSON *defs, const struct keys *keys)
{
	const struct key *k;

	for (k = keys->key; k->name; k++) {
		if (k->of && k->type != KEY_STORED)
			add_def(defs, k->of);
		if (k->type == KEY_GUARD)
			schema_add_guard(defs);
	}
}

static void add_variants(cJSON *defs, const struct keys *keys)
{
	char name[DEF_SIZE];
	int i;

	for (i = 0; keys->variant[i]; i++) {
		cJSON *o = cJSON_CreateObject();

		def_name(keys, keys->variant[i], name);
		json_set(defs, name, o);
		describe(o, keys->variant[i], keys->tag);
		add_used(defs, keys->variant[i]);
	}
}

static void fill(cJSON *o, cJSON *defs, const struct keys *keys)
{
	if (keys->tag) {
		describe_tagged(o, keys);
		add_variants(defs, keys);
	} else {
		describe(o, keys, NULL);
		add_used(defs, keys);
	}
}

static void add_def(cJSON *defs, const struct keys *keys)
{
	cJSON *o;

	if (json_get(defs, keys->name))
		return;
	o = cJSON_CreateObject();
	json_set(defs, keys->name, o);
	fill(o, defs, keys);
}

cJSON *keys_schema(const char *name)
{
	const struct keys *keys = NULL;
	cJSON *o, *defs;
	char id[DEF_SIZE];

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		if (strcmp(roots[i]->name, name) == 0)
			keys = roots[i];
	}
	if (!keys)
		return NULL;
	o = cJSON_CreateObject();
	defs = cJSON_CreateObject();
	(void)snprintf(id, sizeof(id), "%s.schema.json", name);
	json_set_string(o, "$schema",
			"https://json-schema.org/draft/2020-12/schema");
	json_set_string(o, "$id", id);
	json_set_string(o, "title", name);
	fill(o, defs, keys);
	json_set(o, "$defs", defs);
	return o;
}

char *keys_schema_text(const char *name)
{
	cJSON *o = keys_schema(name);
	char *text = o ? cJSON_Print(o) : NULL;
	char *whole = NULL, *at;

	/* A tab inside of a string is escaped; cJSON puts one behind colons. */
	for (at = text; at && (at = strstr(at, "\":\t")); at++)
		at[2] = ' ';
	if (text && asprintf(&whole, "%s\n", text) < 0)
		whole = NULL;
	free(text);
	cJSON_Delete(o);
	return whole;
}

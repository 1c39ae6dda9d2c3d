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
#include "guard_operator.h"
#include "keys_shared.h"

#define DURATION "^(0+|[0-9]{1,15}(ms|s|m|h|d))$"
#define NAME "^[a-z][a-z0-9_]{0,61}$"
#define PATH "^[A-Za-z0-9_.-]+$"
#define DEF_SIZE 64

static const struct keys *const roots[] = {&keys_playbook, &keys_adapter,
					   &keys_policy};

static cJSON *typed(const char *type)
{
	cJSON *o = cJSON_CreateObject();

	json_set_string(o, "type", type);
	return o;
}

static cJSON *patterned(const char *pattern)
{
	cJSON *o = typed("string");

	json_set_string(o, "pattern", pattern);
	return o;
}

static cJSON *reference(const char *def)
{
	cJSON *o = cJSON_CreateObject();
	char text[DEF_SIZE + 16];

	(void)snprintf(text, sizeof(text), "#/$defs/%s", def);
	json_set_string(o, "$ref", text);
	return o;
}

static cJSON *any_of(cJSON *one, cJSON *other)
{
	cJSON *o = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(o, "anyOf");

	cJSON_AddItemToArray(list, one);
	cJSON_AddItemToArray(list, other);
	return o;
}

/* items owned; max 0: any number. */
static cJSON *list_of(cJSON *items, int64_t min, int64_t max)
{
	cJSON *o = typed("array");

	json_set(o, "items", items);
	if (min)
		json_set_int(o, "minItems", min);
	if (max)
		json_set_int(o, "maxItems", max);
	return o;
}

/* Remarks are welcome everywhere, nothing else that is not named. */
static void close_object(cJSON *o)
{
	cJSON *remarks = cJSON_CreateObject();

	json_set(remarks, "^_", cJSON_CreateObject());
	json_set(o, "patternProperties", remarks);
	json_set_bool(o, "additionalProperties", false);
}

static cJSON *string_list(const char *const *words)
{
	cJSON *list = cJSON_CreateArray();

	for (; words && *words; words++)
		cJSON_AddItemToArray(list, cJSON_CreateString(*words));
	return list;
}

/* ---- one member ---- */

static cJSON *make_text(const struct key *k)
{
	(void)k;
	return typed("string");
}

static cJSON *make_name(const struct key *k)
{
	(void)k;
	return patterned(NAME);
}

static cJSON *make_word(const struct key *k)
{
	cJSON *o = cJSON_CreateObject();

	json_set(o, "enum", string_list(k->words));
	return o;
}

static cJSON *ranged(const struct key *k, const char *type)
{
	cJSON *o = typed(type);

	/* No number of JSON is beyond these anyway (json.h). */
	if (k->min > -MINOR_MOST)
		json_set_int(o, "minimum", k->min);
	if (k->max < MINOR_MOST)
		json_set_int(o, "maximum", k->max);
	return o;
}

static cJSON *make_int(const struct key *k)
{
	return ranged(k, "integer");
}

static cJSON *make_number(const struct key *k)
{
	return ranged(k, "number");
}

static cJSON *make_share(const struct key *k)
{
	cJSON *o = typed("number");

	(void)k;
	json_set_int(o, "exclusiveMinimum", 0);
	json_set_int(o, "maximum", 1);
	return o;
}

static cJSON *make_bool(const struct key *k)
{
	(void)k;
	return typed("boolean");
}

static cJSON *make_duration(const struct key *k)
{
	(void)k;
	return patterned(DURATION);
}

static cJSON *make_span(const struct key *k)
{
	static const char *const policy[] = {"policy", NULL};
	cJSON *lookup = typed("object");
	cJSON *members = cJSON_CreateObject();

	json_set(members, "policy", typed("string"));
	json_set(lookup, "properties", members);
	json_set(lookup, "required", string_list(policy));
	close_object(lookup);
	return any_of(make_duration(k), lookup);
}

static cJSON *make_sum(const struct key *k)
{
	return any_of(make_int(k), typed("string"));
}

static cJSON *make_names(const struct key *k)
{
	return any_of(patterned(NAME),
		      list_of(patterned(NAME), k->min, k->max));
}

static cJSON *make_pairs(const struct key *k)
{
	return list_of(list_of(typed("string"), 2, 2), k->min, k->max);
}

static cJSON *make_texts(const struct key *k)
{
	return list_of(typed("string"), k->min, k->max);
}

static cJSON *make_paths(const struct key *k)
{
	return any_of(typed("string"), make_texts(k));
}

static cJSON *make_guard(const struct key *k)
{
	(void)k;
	return reference("guard");
}

static cJSON *make_tree(const struct key *k)
{
	(void)k;
	return typed("object");
}

static cJSON *make_text_map(const struct key *k)
{
	cJSON *o = typed("object");

	(void)k;
	json_set(o, "additionalProperties", typed("string"));
	return o;
}

static cJSON *make_object(const struct key *k)
{
	return reference(k->of->name);
}

static cJSON *make_list(const struct key *k)
{
	return list_of(reference(k->of->name), k->min, k->max);
}

static cJSON *make_map(const struct key *k)
{
	cJSON *o = typed("object");

	close_object(o);
	json_set(o, "additionalProperties", reference(k->of->name));
	return o;
}

static cJSON *(*const make_type[KEY_TYPE_COUNT])(const struct key *) = {
	[KEY_TEXT] = make_text,		[KEY_NAME] = make_name,
	[KEY_STEP] = make_name,		[KEY_TARGET] = make_name,
	[KEY_WORD] = make_word,		[KEY_INT] = make_int,
	[KEY_NUMBER] = make_number,	[KEY_SHARE] = make_share,
	[KEY_BOOL] = make_bool,		[KEY_DURATION] = make_duration,
	[KEY_SPAN] = make_span,		[KEY_SUM] = make_sum,
	[KEY_NAMES] = make_names,	[KEY_PAIRS] = make_pairs,
	[KEY_TEXTS] = make_texts,	[KEY_PATHS] = make_paths,
	[KEY_GUARD] = make_guard,	[KEY_TREE] = make_tree,
	[KEY_TEXT_MAP] = make_text_map, [KEY_OBJECT] = make_object,
	[KEY_LIST] = make_list,		[KEY_MAP] = make_map,
};

/* ---- guards ---- */

static cJSON *lookup_def(void)
{
	cJSON *o = typed("object");
	cJSON *members = cJSON_CreateObject();

	json_set(members, "policy", patterned(PATH));
	json_set(members, "field", patterned(PATH));
	json_set(o, "properties", members);
	json_set_int(o, "minProperties", 1);
	json_set_int(o, "maxProperties", 1);
	json_set_bool(o, "additionalProperties", false);
	return o;
}

static cJSON *scalars(void)
{
	static const char *const types[] = {"string", "number", "boolean",
					    NULL};
	cJSON *o = cJSON_CreateObject();

	json_set(o, "type", string_list(types));
	return o;
}

/* Which samples an operator takes tells its type. */
static cJSON *operand(const struct guard_operator *g)
{
	static const struct {
		const char *sample;
		cJSON *(*make)(const char *);
		const char *argument;
	} probes[] = {
		{"\"x\"", typed, "string"},
		{"1", typed, "number"},
		{"true", typed, "boolean"},
	};
	cJSON *o = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(o, "anyOf");
	cJSON *sample = cJSON_Parse("\"5s\"");
	bool plain = false;

	cJSON_AddItemToArray(list, reference("lookup"));
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		cJSON *one = cJSON_Parse(probes[i].sample);

		if (g->takes(one)) {
			plain = plain || i == 0;
			cJSON_AddItemToArray(
				list, probes[i].make(probes[i].argument));
		}
		cJSON_Delete(one);
	}
	if (!plain && g->takes(sample))
		cJSON_AddItemToArray(list, patterned(DURATION));
	cJSON_Delete(sample);
	sample = cJSON_Parse("[1]");
	if (g->takes(sample))
		cJSON_AddItemToArray(list, plain ? typed("array")
						 : list_of(scalars(), 1, 256));
	cJSON_Delete(sample);
	return o;
}

static cJSON *condition_def(void)
{
	cJSON *o = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(o, "anyOf");
	cJSON *operators = typed("object");
	cJSON *members = cJSON_CreateObject();
	const struct guard_operator *g;

	for (int i = 0; (g = guard_operator_at(i)); i++)
		json_set(members, g->name, operand(g));
	json_set(operators, "properties", members);
	json_set_int(operators, "minProperties", 1);
	json_set_bool(operators, "additionalProperties", false);
	cJSON_AddItemToArray(list, scalars());
	cJSON_AddItemToArray(list, reference("lookup"));
	cJSON_AddItemToArray(list, operators);
	return o;
}

static cJSON *guard_def(void)
{
	cJSON *o = typed("object");
	cJSON *members = cJSON_CreateObject();

	json_set_string(o, "description",
			"Conditions over the case file, all of them true");
	json_set(members, "any", list_of(reference("guard"), 1, 0));
	json_set(members, "all", list_of(reference("guard"), 1, 0));
	json_set(members, "not", reference("guard"));
	json_set(o, "properties", members);
	json_set_int(o, "minProperties", 1);
	json_set(o, "propertyNames", patterned(PATH));
	json_set(o, "additionalProperties", reference("condition"));
	return o;
}

/* ---- one object ---- */

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
		cJSON *member = make_type[k->type](k);

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
	close_object(o);
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
	json_set(condition, "required", string_list(needed));
	json_set(o, "if", condition);
	def_name(keys, variant, name);
	json_set(o, "then", reference(name));
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
	json_set(o, "required", string_list(needed));
	json_set(o, "allOf", ways);
}

/* The tables that a table speaks of. */
static void add_used(cJSON *defs, const struct keys *keys)
{
	const struct key *k;

	for (k = keys->key; k->name; k++) {
		if (k->of)
			add_def(defs, k->of);
		if (k->type == KEY_GUARD && !json_get(defs, "guard")) {
			json_set(defs, "guard", guard_def());
			json_set(defs, "condition", condition_def());
			json_set(defs, "lookup", lookup_def());
		}
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

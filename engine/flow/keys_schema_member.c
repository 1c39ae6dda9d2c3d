/*
 * What each type of member may be, as JSON Schema: a function a type.
 */
#include <stdio.h>

#include "../base/json.h"
#include "keys_schema_part.h"

#define REFERENCE_SIZE 96

cJSON *schema_typed(const char *type)
{
	cJSON *o = cJSON_CreateObject();

	json_set_string(o, "type", type);
	return o;
}

cJSON *schema_patterned(const char *pattern)
{
	cJSON *o = schema_typed("string");

	json_set_string(o, "pattern", pattern);
	return o;
}

cJSON *schema_reference(const char *def)
{
	cJSON *o = cJSON_CreateObject();
	char text[REFERENCE_SIZE];

	(void)snprintf(text, sizeof(text), "#/$defs/%s", def);
	json_set_string(o, "$ref", text);
	return o;
}

cJSON *schema_any_of(cJSON *one, cJSON *other)
{
	cJSON *o = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(o, "anyOf");

	cJSON_AddItemToArray(list, one);
	cJSON_AddItemToArray(list, other);
	return o;
}

cJSON *schema_list_of(cJSON *items, int64_t min, int64_t max)
{
	cJSON *o = schema_typed("array");

	json_set(o, "items", items);
	if (min)
		json_set_int(o, "minItems", min);
	if (max)
		json_set_int(o, "maxItems", max);
	return o;
}

void schema_close(cJSON *o)
{
	cJSON *remarks = cJSON_CreateObject();

	json_set(remarks, "^_", cJSON_CreateObject());
	json_set(o, "patternProperties", remarks);
	json_set_bool(o, "additionalProperties", false);
}

cJSON *schema_words(const char *const *words)
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
	return schema_typed("string");
}

static cJSON *make_name(const struct key *k)
{
	(void)k;
	return schema_patterned(SCHEMA_NAME);
}

static cJSON *make_word(const struct key *k)
{
	cJSON *o = cJSON_CreateObject();

	json_set(o, "enum", schema_words(k->words));
	return o;
}

static cJSON *ranged(const struct key *k, const char *type)
{
	cJSON *o = schema_typed(type);

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
	cJSON *o = schema_typed("number");

	(void)k;
	json_set_int(o, "exclusiveMinimum", 0);
	json_set_int(o, "maximum", 1);
	return o;
}

static cJSON *make_bool(const struct key *k)
{
	(void)k;
	return schema_typed("boolean");
}

static cJSON *make_duration(const struct key *k)
{
	(void)k;
	return schema_patterned(SCHEMA_DURATION);
}

static cJSON *make_span(const struct key *k)
{
	static const char *const policy[] = {"policy", NULL};
	cJSON *lookup = schema_typed("object");
	cJSON *members = cJSON_CreateObject();

	json_set(members, "policy", schema_typed("string"));
	json_set(lookup, "properties", members);
	json_set(lookup, "required", schema_words(policy));
	schema_close(lookup);
	return schema_any_of(make_duration(k), lookup);
}

static cJSON *make_sum(const struct key *k)
{
	return schema_any_of(make_int(k), schema_typed("string"));
}

static cJSON *make_names(const struct key *k)
{
	return schema_any_of(
		schema_patterned(SCHEMA_NAME),
		schema_list_of(schema_patterned(SCHEMA_NAME), k->min, k->max));
}

static cJSON *make_pairs(const struct key *k)
{
	return schema_list_of(schema_list_of(schema_typed("string"), 2, 2),
			      k->min, k->max);
}

static cJSON *make_texts(const struct key *k)
{
	return schema_list_of(schema_typed("string"), k->min, k->max);
}

static cJSON *make_paths(const struct key *k)
{
	return schema_any_of(schema_typed("string"), make_texts(k));
}

static cJSON *make_guard(const struct key *k)
{
	(void)k;
	return schema_reference("guard");
}

static cJSON *make_tree(const struct key *k)
{
	(void)k;
	return schema_typed("object");
}

static cJSON *make_text_map(const struct key *k)
{
	cJSON *o = schema_typed("object");

	(void)k;
	json_set(o, "additionalProperties", schema_typed("string"));
	return o;
}

static cJSON *make_object(const struct key *k)
{
	return schema_reference(k->of->name);
}

static cJSON *make_list(const struct key *k)
{
	return schema_list_of(schema_reference(k->of->name), k->min, k->max);
}

static cJSON *make_map(const struct key *k)
{
	cJSON *o = schema_typed("object");

	schema_close(o);
	json_set(o, "additionalProperties", schema_reference(k->of->name));
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
	[KEY_STORED] = make_object,	[KEY_LIST] = make_list,
	[KEY_MAP] = make_map,
};

cJSON *schema_member(const struct key *k)
{
	return make_type[k->type](k);
}

/*
 * Guards as JSON Schema. Which operands an operator takes is asked of the
 * operator itself.
 */
#include "../base/json.h"
#include "guard_operator.h"
#include "keys_schema_part.h"

static cJSON *lookup_def(void)
{
	cJSON *o = schema_typed("object");
	cJSON *members = cJSON_CreateObject();

	json_set(members, "policy", schema_patterned(SCHEMA_PATH));
	json_set(members, "field", schema_patterned(SCHEMA_PATH));
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

	json_set(o, "type", schema_words(types));
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
		{"\"x\"", schema_typed, "string"},
		{"1", schema_typed, "number"},
		{"true", schema_typed, "boolean"},
	};
	cJSON *o = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(o, "anyOf");
	cJSON *sample = cJSON_Parse("\"5s\"");
	bool plain = false;

	cJSON_AddItemToArray(list, schema_reference("lookup"));
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
		cJSON_AddItemToArray(list, schema_patterned(SCHEMA_DURATION));
	cJSON_Delete(sample);
	sample = cJSON_Parse("[1]");
	if (g->takes(sample))
		cJSON_AddItemToArray(list,
				     plain ? schema_typed("array")
					   : schema_list_of(scalars(), 1, 256));
	cJSON_Delete(sample);
	return o;
}

static cJSON *condition_def(void)
{
	cJSON *o = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(o, "anyOf");
	cJSON *operators = schema_typed("object");
	cJSON *members = cJSON_CreateObject();
	const struct guard_operator *g;

	for (int i = 0; (g = guard_operator_at(i)); i++)
		json_set(members, g->name, operand(g));
	json_set(operators, "properties", members);
	json_set_int(operators, "minProperties", 1);
	json_set_bool(operators, "additionalProperties", false);
	cJSON_AddItemToArray(list, scalars());
	cJSON_AddItemToArray(list, schema_reference("lookup"));
	cJSON_AddItemToArray(list, operators);
	return o;
}

static cJSON *guard_def(void)
{
	cJSON *o = schema_typed("object");
	cJSON *members = cJSON_CreateObject();

	json_set_string(o, "description",
			"Conditions over the case file, all of them true");
	json_set(members, "any",
		 schema_list_of(schema_reference("guard"), 1, 0));
	json_set(members, "all",
		 schema_list_of(schema_reference("guard"), 1, 0));
	json_set(members, "not", schema_reference("guard"));
	json_set(o, "properties", members);
	json_set_int(o, "minProperties", 1);
	json_set(o, "propertyNames", schema_patterned(SCHEMA_PATH));
	json_set(o, "additionalProperties", schema_reference("condition"));
	return o;
}

void schema_add_guard(cJSON *defs)
{
	if (json_get(defs, "guard"))
		return;
	json_set(defs, "guard", guard_def());
	json_set(defs, "condition", condition_def());
	json_set(defs, "lookup", lookup_def());
}

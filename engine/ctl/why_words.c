/*
 * Why: the conditions that decided a guard, in a line that a person reads.
 */
#include "why_words.h"

#include <stddef.h>

#include "../base/json.h"

#define VALUE_MAX 80

static const char *value_words(const cJSON *value, struct arena *a)
{
	char *text;

	if (!value || cJSON_IsNull(value))
		return "missing";
	if (cJSON_IsString(value))
		return arena_printf(a, "%.*s", VALUE_MAX, value->valuestring);
	text = json_print_arena(value, a);
	return arena_printf(a, "%.*s", VALUE_MAX, text);
}

const char *why_words(const char *why, struct arena *a)
{
	cJSON *list = why ? cJSON_Parse(why) : NULL;
	const char *text = "";
	const cJSON *item;

	cJSON_ArrayForEach(item, list) text = arena_printf(
		a, "%s%s%s%s %s %s (is %s)", text, *text ? "; " : "",
		json_bool(item, "not", false) ? "not " : "",
		json_string(item, "field", "?"),
		json_string(item, "operator", "?"),
		value_words(json_get(item, "expected"), a),
		value_words(json_get(item, "seen"), a));
	cJSON_Delete(list);
	return *text ? text : "no condition";
}

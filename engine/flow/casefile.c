/*
 * Why: guards, templates, tasks and people all read the case file; what writes
 * it goes through these few functions, so that no fact stands without its
 * source.
 */
#include "casefile.h"

#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"

static cJSON *member(cJSON *file, const char *key, cJSON *(*make)(void))
{
	cJSON *item = cJSON_GetObjectItemCaseSensitive(file, key);

	if (!item) {
		item = make();
		json_set(file, key, item);
	}
	return item;
}

static void source(cJSON *file, const char *name, const char *operation,
		   const char *status, const char *error, int64_t at_ms)
{
	cJSON *s = cJSON_CreateObject();

	json_set_string(s, "operation", operation);
	json_set_string(s, "status", status);
	json_set_time(s, "fetchedAt", at_ms);
	if (error)
		json_set_string(s, "error", error);
	else
		json_set_null(s, "error");
	json_set(member(file, "sources", cJSON_CreateObject), name, s);
}

void casefile_fact(cJSON *file, const char *name, const char *operation,
		   cJSON *value, int64_t at_ms)
{
	json_set(file, name, value);
	source(file, name, operation, "ok", NULL, at_ms);
}

void casefile_missing(cJSON *file, const char *name, const char *operation,
		      const char *error, int64_t at_ms)
{
	source(file, name, operation, "missing", error, at_ms);
}

void casefile_tried(cJSON *file, const char *step, const char *what,
		    const char *result, int64_t at_ms)
{
	cJSON *list = member(file, "tried", cJSON_CreateArray);
	cJSON *entry = cJSON_CreateObject();

	json_set_time(entry, "at", at_ms);
	json_set_string(entry, "step", step);
	json_set_string(entry, "what", what);
	json_set_string(entry, "result", result);
	cJSON_AddItemToArray(list, entry);
	if (cJSON_GetArraySize(list) > TRIED_MAX)
		cJSON_DeleteItemFromArray(list, 0);
}

void casefile_contradictions(cJSON *file, const cJSON *pairs)
{
	cJSON *found = cJSON_CreateArray();
	const cJSON *pair;

	cJSON_ArrayForEach(pair, pairs)
	{
		const char *one = pair->child->valuestring;
		const char *other = pair->child->next->valuestring;
		const cJSON *a = json_path(file, one);
		const cJSON *b = json_path(file, other);
		cJSON *entry;

		if (!a || !b || cJSON_IsNull(a) || cJSON_IsNull(b) ||
		    cJSON_Compare(a, b, true))
			continue;
		entry = cJSON_CreateObject();
		json_set_string(entry, "field", one);
		json_set(entry, "value", cJSON_Duplicate(a, true));
		json_set_string(entry, "otherField", other);
		json_set(entry, "otherValue", cJSON_Duplicate(b, true));
		cJSON_AddItemToArray(found, entry);
	}
	if (found->child) {
		json_set(file, "contradictions", found);
		return;
	}
	cJSON_Delete(found);
	cJSON_DeleteItemFromObjectCaseSensitive(file, "contradictions");
}

static cJSON *copy_or_null(const cJSON *value)
{
	return value ? cJSON_Duplicate(value, true) : cJSON_CreateNull();
}

cJSON *casefile_evidence(const cJSON *file, const cJSON *paths)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *path;

	cJSON_ArrayForEach(path, paths)
	{
		const char *field = path->valuestring;
		cJSON *entry = cJSON_CreateObject();
		char name[64];
		const cJSON *from;

		str_copy(name, sizeof(name), field);
		name[strcspn(name, ".")] = '\0';
		from = json_get(json_get(file, "sources"), name);
		json_set_string(entry, "field", field);
		json_set(entry, "value", copy_or_null(json_path(file, field)));
		json_set(entry, "source",
			 copy_or_null(json_get(from, "operation")));
		json_set(entry, "fetchedAt",
			 copy_or_null(json_get(from, "fetchedAt")));
		cJSON_AddItemToArray(list, entry);
	}
	return list;
}

cJSON *casefile_changes(const cJSON *file, const cJSON *evidence)
{
	cJSON *list = NULL;
	const cJSON *item;

	cJSON_ArrayForEach(item, evidence)
	{
		const char *field = json_string(item, "field", "");
		const cJSON *before = json_get(item, "value");
		cJSON *after = copy_or_null(json_path(file, field));
		cJSON *entry;

		if (before && cJSON_Compare(before, after, true)) {
			cJSON_Delete(after);
			continue;
		}
		if (!list)
			list = cJSON_CreateArray();
		entry = cJSON_CreateObject();
		json_set_string(entry, "field", field);
		json_set(entry, "before", copy_or_null(before));
		json_set(entry, "after", after);
		cJSON_AddItemToArray(list, entry);
	}
	return list;
}

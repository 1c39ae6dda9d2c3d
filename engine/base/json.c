/*
 * cJSON behind a strict door, and short names for reading and writing members.
 *
 * Always holds: every tree that comes out of json_parse passed json_scan; only
 * here is cJSON's parser called. Reading never fails: what is absent or of
 * another type is the fallback, for the shape of a document is checked once,
 * by whoever takes it in.
 */
#include "json.h"

#include <stdlib.h>

#include "clock.h"
#include "json_scan.h"
#include "mem.h"

#define INTEGER_MAX 9007199254740991.0 /* 2^53 - 1 */

void json_init(void)
{
	cJSON_Hooks hooks = {.malloc_fn = mem_alloc, .free_fn = free};

	cJSON_InitHooks(&hooks);
}

enum err json_parse(const char *text, size_t length, struct problems *p,
		    cJSON **ret_tree)
{
	return json_parse_max(text, length, JSON_BYTES_MAX, p, ret_tree);
}

enum err json_parse_max(const char *text, size_t length, size_t max_bytes,
			struct problems *p, cJSON **ret_tree)
{
	enum err e;
	cJSON *tree;

	if (length > max_bytes) {
		if (p)
			problems_add(p, "", "%zu bytes, at most %zu allowed",
				     length, max_bytes);
		return ERR_TOO_LARGE;
	}
	e = json_scan(text, length, p);
	if (e != OK)
		return e;
	tree = cJSON_ParseWithLengthOpts(text, length, NULL, false);
	/* The scan knows all that cJSON can object to. */
	if (!tree)
		mem_exhausted(length);
	*ret_tree = tree;
	return OK;
}

cJSON *json_raw(struct strbuf *object)
{
	cJSON *item = cJSON_CreateNull();

	json_object_finish(object);
	item->type = cJSON_Raw;
	item->valuestring = object->data;
	return item;
}

cJSON *json_own(struct strbuf *object)
{
	cJSON *tree;

	json_object_finish(object);
	tree = cJSON_ParseWithLengthOpts(object->data, object->length, NULL,
					 false);
	strbuf_release(object);
	return tree ? tree : cJSON_CreateNull();
}

const cJSON *json_get(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *json_string(const cJSON *object, const char *key,
			const char *fallback)
{
	const cJSON *item = json_get(object, key);

	return cJSON_IsString(item) ? item->valuestring : fallback;
}

bool json_is_int(const cJSON *item)
{
	if (!cJSON_IsNumber(item))
		return false;

	double value = item->valuedouble;

	if (!(value >= -INTEGER_MAX && value <= INTEGER_MAX))
		return false;

	double whole = (double)(int64_t)value;

	return whole <= value && whole >= value;
}

int64_t json_int(const cJSON *object, const char *key, int64_t fallback)
{
	const cJSON *item = json_get(object, key);

	return json_is_int(item) ? (int64_t)item->valuedouble : fallback;
}

bool json_bool(const cJSON *object, const char *key, bool fallback)
{
	const cJSON *item = json_get(object, key);

	return cJSON_IsBool(item) ? cJSON_IsTrue(item) : fallback;
}

void json_set(cJSON *object, const char *key, cJSON *value)
{
	cJSON *old = cJSON_GetObjectItemCaseSensitive(object, key);

	if (!value)
		value = cJSON_CreateNull();
	if (!cJSON_IsObject(object))
		cJSON_Delete(value);
	else if (old)
		cJSON_ReplaceItemInObjectCaseSensitive(object, key, value);
	else
		cJSON_AddItemToObject(object, key, value);
}

void json_set_string(cJSON *object, const char *key, const char *value)
{
	json_set(object, key, value ? cJSON_CreateString(value) : NULL);
}

void json_set_int(cJSON *object, const char *key, int64_t value)
{
	json_set(object, key, cJSON_CreateNumber((double)value));
}

void json_set_bool(cJSON *object, const char *key, bool value)
{
	json_set(object, key, cJSON_CreateBool(value));
}

void json_set_null(cJSON *object, const char *key)
{
	json_set(object, key, NULL);
}

void json_set_time(cJSON *object, const char *key, int64_t ms)
{
	char text[TIME_TEXT_SIZE];

	if (ms == 0) {
		json_set_null(object, key);
		return;
	}
	time_format(ms, text);
	json_set_string(object, key, text);
}

/* The parser has bounded what comes here to JSON_DEPTH_MAX. */
bool json_deeper_than(const cJSON *tree, int depth)
{
	const cJSON *child;

	if (!cJSON_IsObject(tree) && !cJSON_IsArray(tree))
		return false;
	if (depth == 0)
		return true;
	cJSON_ArrayForEach(child, tree)
	{
		if (json_deeper_than(child, depth - 1))
			return true;
	}
	return false;
}

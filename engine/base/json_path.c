/*
 * Places inside a tree: dotted paths, as playbooks write them, and JSON
 * Pointers (RFC 6901), as problems name them.
 *
 * Always holds: a dotted path cannot name a key that has a dot in it; the
 * documents we keep have none. Setting never fails: what is in the way of a
 * path is replaced.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mem.h"

/* -1 when the part of a path is no array index. */
static int array_index(const char *part, size_t length)
{
	int index = 0;

	if (length == 0 || length > 6)
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (part[i] < '0' || part[i] > '9')
			return -1;
		index = index * 10 + (part[i] - '0');
	}
	return index;
}

static cJSON *child(const cJSON *parent, const char *part, size_t length)
{
	int index = 0;
	int wanted = -1;
	cJSON *item;

	if (cJSON_IsArray(parent)) {
		wanted = array_index(part, length);
		if (wanted < 0)
			return NULL;
	} else if (!cJSON_IsObject(parent)) {
		return NULL;
	}
	cJSON_ArrayForEach(item, parent)
	{
		if (wanted >= 0 && index++ == wanted)
			return item;
		if (wanted < 0 && strncmp(item->string, part, length) == 0 &&
		    item->string[length] == '\0')
			return item;
	}
	return NULL;
}

const cJSON *json_path(const cJSON *tree, const char *dotted)
{
	const cJSON *item = tree;

	while (item) {
		size_t length = strcspn(dotted, ".");

		item = child(item, dotted, length);
		if (dotted[length] == '\0')
			return item;
		dotted += length + 1;
	}
	return NULL;
}

/* Puts value under the part, in place of what was there; returns it. */
static cJSON *put(cJSON *parent, const char *part, size_t length, cJSON *value)
{
	cJSON *old = child(parent, part, length);

	if (cJSON_IsArray(parent)) {
		if (old)
			cJSON_ReplaceItemViaPointer(parent, old, value);
		else
			cJSON_AddItemToArray(parent, value);
		return value;
	}

	char *key = mem_alloc(length + 1);

	memcpy(key, part, length);
	json_set(parent, key, value);
	free(key);
	return value;
}

static bool can_hold(const cJSON *item, const char *part)
{
	return cJSON_IsObject(item) ||
	       (cJSON_IsArray(item) &&
		array_index(part, strcspn(part, ".")) >= 0);
}

void json_path_set(cJSON *tree, const char *dotted, cJSON *value)
{
	cJSON *item = tree;

	if (!can_hold(tree, dotted)) {
		cJSON_Delete(value);
		return;
	}
	for (;;) {
		size_t length = strcspn(dotted, ".");
		const char *rest = dotted + length + 1;
		cJSON *next;

		if (dotted[length] == '\0') {
			put(item, dotted, length, value);
			return;
		}
		next = child(item, dotted, length);
		if (!next || !can_hold(next, rest))
			next = put(item, dotted, length, cJSON_CreateObject());
		item = next;
		dotted = rest;
	}
}

/* All or nothing: half a key would name another place. */
static void append(char *pointer, size_t size, const struct strbuf *part)
{
	size_t length = strlen(pointer);

	if (length + part->length < size)
		memcpy(pointer + length, strbuf_text(part), part->length + 1);
}

void json_pointer_key(char *pointer, size_t size, const char *key)
{
	struct strbuf part;

	strbuf_init(&part, size);
	strbuf_add_char(&part, '/');
	for (; *key; key++) {
		if (*key == '~')
			strbuf_add(&part, "~0");
		else if (*key == '/')
			strbuf_add(&part, "~1");
		else
			strbuf_add_char(&part, *key);
	}
	append(pointer, size, &part);
	strbuf_release(&part);
}

void json_pointer_index(char *pointer, size_t size, int index)
{
	struct strbuf part;

	strbuf_init(&part, size);
	strbuf_printf(&part, "/%d", index);
	append(pointer, size, &part);
	strbuf_release(&part);
}

/*
 * Why: who writes a file wrong should hear of every fault at once, at its
 * place, with what was expected.
 *
 * Always holds: nothing is told of members that begin with "_": they are
 * remarks.
 */
#include "keys.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "keys_check.h"
#include "nearest.h"

static const struct key *find_key(const struct keys *keys, const char *name)
{
	const struct key *k;

	for (k = keys->key; k->name; k++) {
		if (strcmp(k->name, name) == 0)
			return k;
	}
	return NULL;
}

static void unknown(const struct keys *keys, const char *name, const char *at,
		    struct problems *p)
{
	int best = word_distance_max(name) + 1;
	const char *meant = NULL;
	const struct key *k;

	for (k = keys->key; k->name; k++) {
		int distance = word_distance(name, k->name);

		if (distance < best) {
			best = distance;
			meant = k->name;
		}
	}
	problems_add(p, at, "unknown member \"%.60s\"%s%s%s", name,
		     meant ? "; did you mean \"" : "", meant ? meant : "",
		     meant ? "\"?" : "");
}

/* The table that the object's tag chooses; NULL: a problem was told. */
static const struct keys *variant_of(const cJSON *json, const struct keys *keys,
				     const char *at, struct problems *p)
{
	const cJSON *tag = json_get(json, keys->tag);
	const char *words[16] = {NULL};
	const struct key as_word = {.type = KEY_WORD, .words = words};
	char below[POINTER_SIZE];
	int i;

	for (i = 0; keys->variant[i]; i++) {
		words[i] = keys->variant[i]->name;
		if (cJSON_IsString(tag) &&
		    strcmp(tag->valuestring, keys->variant[i]->name) == 0)
			return keys->variant[i];
	}
	(void)snprintf(below, sizeof(below), "%s", at);
	json_pointer_key(below, sizeof(below), keys->tag);
	if (tag)
		keys_check_type(tag, &as_word, below, p);
	else
		problems_add(p, below, "missing; expected a string");
	return NULL;
}

void keys_check_object(const cJSON *json, const struct keys *keys,
		       const char *at, struct problems *p)
{
	const struct key *k;
	const cJSON *item;
	char below[POINTER_SIZE];

	if (!cJSON_IsObject(json)) {
		problems_add(p, at, "expected an object");
		return;
	}
	if (keys->tag)
		keys = variant_of(json, keys, at, p);
	if (!keys)
		return;
	for (k = keys->key; k->name; k++) {
		item = json_get(json, k->name);
		(void)snprintf(below, sizeof(below), "%s", at);
		json_pointer_key(below, sizeof(below), k->name);
		if (item)
			keys_check_type(item, k, below, p);
		else if (k->required)
			problems_add(p, below, "missing; expected %s", k->help);
	}
	cJSON_ArrayForEach(item, json)
	{
		(void)snprintf(below, sizeof(below), "%s", at);
		json_pointer_key(below, sizeof(below), item->string);
		if (item->string[0] != '_' && !find_key(keys, item->string))
			unknown(keys, item->string, below, p);
	}
}

void keys_check(const cJSON *json, const struct keys *keys, const char *pointer,
		struct problems *p)
{
	keys_check_object(json, keys, pointer, p);
}

static bool told_at(const struct problems *told, const char *pointer)
{
	int i;

	for (i = 0; i < told->count; i++) {
		if (strcmp(told->item[i].pointer, pointer) == 0)
			return true;
	}
	return false;
}

bool keys_merge(struct problems *p, const struct problems *told,
		const struct problems *shape)
{
	int i;

	for (i = 0; i < told->count; i++)
		problems_add(p, told->item[i].pointer, "%s",
			     told->item[i].detail);
	for (i = 0; i < shape->count; i++) {
		if (!told_at(told, shape->item[i].pointer))
			problems_add(p, shape->item[i].pointer, "%s",
				     shape->item[i].detail);
	}
	p->dropped +=
		told->dropped > shape->dropped ? told->dropped : shape->dropped;
	return told->count + told->dropped + shape->count + shape->dropped == 0;
}

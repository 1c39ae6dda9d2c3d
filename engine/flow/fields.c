/*
 * Why: playbooks, adapters and policies are written by people. A reader that
 * accepts what it does not understand hides their mistakes until a run trips
 * over them, so every member is asked for by name and the rest is refused.
 */
#include "fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/json.h"
#include "nearest.h"

bool fields_begin(struct fields *f, const cJSON *json, const char *pointer,
		  struct problems *p)
{
	memset(f, 0, sizeof(*f));
	f->problems = p;
	snprintf(f->pointer, sizeof(f->pointer), "%s", pointer);
	if (!cJSON_IsObject(json)) {
		problems_add(p, pointer, "expected an object");
		return false;
	}
	f->object = json;
	return true;
}

const char *fields_at(const struct fields *f, const char *key, char *buffer,
		      unsigned long size)
{
	snprintf(buffer, size, "%s", f->pointer);
	json_pointer_key(buffer, size, key);
	return buffer;
}

void fields_problem(struct fields *f, const char *key, const char *format, ...)
{
	char at[192];
	char text[300];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	problems_add(f->problems, fields_at(f, key, at, sizeof(at)), "%s",
		     text);
}

const cJSON *fields_any(struct fields *f, const char *key)
{
	if (f->known_count < FIELDS_MAX)
		f->known[f->known_count++] = key;
	return json_get(f->object, key);
}

static bool known(const struct fields *f, const char *key)
{
	int i;

	for (i = 0; i < f->known_count; i++) {
		if (strcmp(f->known[i], key) == 0)
			return true;
	}
	return false;
}

static void unknown(struct fields *f, const char *name)
{
	int best = word_distance_max(name) + 1, i;
	const char *meant = NULL;

	for (i = 0; i < f->known_count; i++) {
		int distance = word_distance(name, f->known[i]);

		if (distance < best) {
			best = distance;
			meant = f->known[i];
		}
	}
	fields_problem(f, name, "unknown member \"%.60s\"%s%s%s", name,
		       meant ? "; did you mean \"" : "", meant ? meant : "",
		       meant ? "\"?" : "");
}

void fields_end(struct fields *f)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, f->object)
	{
		/* "_…" members are remarks. */
		if (item->string[0] != '_' && !known(f, item->string))
			unknown(f, item->string);
	}
}

/* The member if it is there and of the type that test() accepts. */
static const cJSON *typed(struct fields *f, const char *key, bool required,
			  cJSON_bool (*test)(const cJSON *), const char *type)
{
	const cJSON *item = fields_any(f, key);

	if (!item) {
		if (required)
			fields_problem(f, key, "missing; expected %s", type);
		return NULL;
	}
	if (!test(item)) {
		fields_problem(f, key, "expected %s", type);
		return NULL;
	}
	return item;
}

const char *fields_string(struct fields *f, const char *key, bool required)
{
	const cJSON *item = typed(f, key, required, cJSON_IsString, "a string");

	return item ? item->valuestring : NULL;
}

bool name_valid(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return length > 0 && length <= 62 && !text[length] && text[0] >= 'a';
}

const char *fields_name(struct fields *f, const char *key, bool required)
{
	const char *text = fields_string(f, key, required);

	if (!text)
		return NULL;
	if (!name_valid(text)) {
		fields_problem(f, key,
			       "expected a name like \"ask_refund\" (a-z, 0-9, "
			       "_), found \"%.80s\"",
			       text);
		return NULL;
	}
	return text;
}

int64_t fields_int(struct fields *f, const char *key, int64_t min, int64_t max,
		   int64_t fallback)
{
	const cJSON *item = fields_any(f, key);
	int64_t value;

	if (!item)
		return fallback;
	value = json_is_int(item) ? (int64_t)item->valuedouble : min - 1;
	if (!json_is_int(item) || value < min || value > max) {
		fields_problem(f, key,
			       "expected a whole number from %lld to %lld",
			       (long long)min, (long long)max);
		return fallback;
	}
	return value;
}

bool fields_bool(struct fields *f, const char *key, bool fallback)
{
	const cJSON *item = typed(f, key, false, cJSON_IsBool, "true or false");

	return item ? cJSON_IsTrue(item) : fallback;
}

int64_t fields_duration(struct fields *f, const char *key, int64_t fallback)
{
	const char *text = fields_string(f, key, false);
	int64_t ms;

	if (!text)
		return fallback;
	if (duration_parse(text, &ms) != 0) {
		fields_problem(f, key,
			       "expected a duration like \"250ms\", \"5s\", "
			       "\"10m\", \"4h\" or \"3d\", found \"%.40s\"",
			       text);
		return fallback;
	}
	return ms;
}

const cJSON *fields_object(struct fields *f, const char *key, bool required)
{
	return typed(f, key, required, cJSON_IsObject, "an object");
}

const cJSON *fields_array(struct fields *f, const char *key, bool required,
			  int max)
{
	const cJSON *item = typed(f, key, required, cJSON_IsArray, "a list");

	if (item && cJSON_GetArraySize(item) > max) {
		fields_problem(f, key, "expected at most %d entries", max);
		return NULL;
	}
	return item;
}

/*
 * Prints an object's members from a row by a table of what stands where.
 */
#include "view_field.h"

#include <string.h>

#include "../base/json.h"
#include "../base/json_scan.h"

#define STORED_BYTES_MAX ((size_t)4 * JSON_BYTES_MAX)

void view_text(struct strbuf *text, const char *key, const char *value)
{
	json_object_string(text, key, value && value[0] ? value : NULL);
}

static bool is_json(const char *text)
{
	size_t length = text ? strlen(text) : 0;

	return text && length <= STORED_BYTES_MAX &&
	       json_scan(text, length, NULL) == OK;
}

void view_stored(struct strbuf *text, const char *key, const char *json)
{
	json_object_raw(text, key, is_json(json) ? json : "null");
}

const char *view_stored_object(const char *json)
{
	return is_json(json) && json[strspn(json, " \t\r\n")] == '{' ? json
								     : "{}";
}

static void put_unless(struct strbuf *text, const char *key, int64_t value,
		       int64_t absent)
{
	if (value == absent)
		json_object_null(text, key);
	else
		json_object_int(text, key, value);
}

static void put_field(struct strbuf *text, const void *row,
		      const struct view_field *f, const void *more)
{
	const char *at = (const char *)row + f->offset;
	const int64_t *number = (const int64_t *)(const void *)at;
	const int *small = (const int *)(const void *)at;

	switch (f->type) {
	case VIEW_TEXT:
		view_text(text, f->key, at);
		break;
	case VIEW_POINTER:
		view_text(text, f->key, *(char *const *)(const void *)at);
		break;
	case VIEW_INT:
		json_object_int(text, f->key, *small);
		break;
	case VIEW_INT_SOME:
		put_unless(text, f->key, *small, 0);
		break;
	case VIEW_LONG:
		json_object_int(text, f->key, *number);
		break;
	case VIEW_LONG_SOME:
		put_unless(text, f->key, *number, 0);
		break;
	case VIEW_AMOUNT:
		put_unless(text, f->key, *number, -1);
		break;
	case VIEW_TIME:
		json_object_time(text, f->key, *number);
		break;
	case VIEW_MADE:
		f->put(text, f->key, row, more);
		break;
	}
}

void view_fields(struct strbuf *text, const void *row,
		 const struct view_field *f, size_t count, const void *more)
{
	for (size_t i = 0; i < count; i++)
		put_field(text, row, &f[i], more);
}

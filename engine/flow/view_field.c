/*
 * Sets an object's members from a row by a table of what stands where.
 */
#include "view_field.h"

#include "../base/json.h"

static const char *text_or_null(const char *text)
{
	return text && text[0] ? text : NULL;
}

static cJSON *number_unless(int64_t value, int64_t absent)
{
	return value == absent ? cJSON_CreateNull()
			       : cJSON_CreateNumber((double)value);
}

static void set_field(cJSON *object, const char *at, const struct view_field *f)
{
	const int64_t *number = (const int64_t *)(const void *)at;
	const int *small = (const int *)(const void *)at;

	switch (f->type) {
	case VIEW_TEXT:
		json_set_string(object, f->key, text_or_null(at));
		break;
	case VIEW_POINTER:
		json_set_string(object, f->key,
				text_or_null(*(char *const *)(const void *)at));
		break;
	case VIEW_INT:
		json_set_int(object, f->key, *small);
		break;
	case VIEW_INT_SOME:
		json_set(object, f->key, number_unless(*small, 0));
		break;
	case VIEW_LONG:
		json_set_int(object, f->key, *number);
		break;
	case VIEW_LONG_SOME:
		json_set(object, f->key, number_unless(*number, 0));
		break;
	case VIEW_AMOUNT:
		json_set(object, f->key, number_unless(*number, -1));
		break;
	case VIEW_TIME:
		json_set_time(object, f->key, *number);
		break;
	case VIEW_OTHER:
		json_set_null(object, f->key);
		break;
	}
}

void view_fields(cJSON *object, const void *row, const struct view_field *f,
		 size_t count)
{
	for (size_t i = 0; i < count; i++)
		set_field(object, (const char *)row + f[i].offset, &f[i]);
}

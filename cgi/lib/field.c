/*
 * Checks bodies and queries against const tables of what they may hold.
 *
 * Always holds: a handler never sees a member that its table does not name, nor
 * one of another type or size; every complaint says where and what was
 * expected.
 */
#include "field.h"

#include <stdlib.h>
#include <string.h>

#include "../../engine/base/clock.h"
#include "../../engine/base/json.h"
#include "../../engine/base/strbuf.h"

static const char *const type_words[] = {
	[FIELD_TEXT] = "a string",
	[FIELD_NOTE] = "a string",
	[FIELD_INT] = "an integer",
	[FIELD_NUMBER] = "a number",
	[FIELD_BOOL] = "true or false",
	[FIELD_TIME] = "a time as RFC 3339, 2026-03-01T12:00:00Z",
	[FIELD_OBJECT] = "an object",
	[FIELD_ARRAY] = "an array",
	[FIELD_WORD] = "a string",
};

static const struct field *find(const struct field *fields, const char *name)
{
	for (; fields && fields->name; fields++)
		if (strcmp(fields->name, name) == 0)
			return fields;
	return NULL;
}

static bool has_controls(const char *text, bool note)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (note && (c == '\n' || c == '\t' || c == '\r'))
			continue;
		if (c < ' ' || c == 0x7f)
			return true;
	}
	return false;
}

static bool check_text(const char *text, const struct field *f,
		       const char *pointer, struct problems *p)
{
	int64_t length = (int64_t)strlen(text);

	if (length < f->min || length > f->max) {
		problems_add(p, pointer,
			     "has %lld bytes, expected %lld to %lld",
			     (long long)length, (long long)f->min,
			     (long long)f->max);
		return false;
	}
	if (has_controls(text, f->type == FIELD_NOTE)) {
		problems_add(p, pointer, "has control characters");
		return false;
	}
	return true;
}

static bool check_range(int64_t value, const struct field *f,
			const char *pointer, struct problems *p)
{
	if (value >= f->min && value <= f->max)
		return true;
	problems_add(p, pointer, "is %lld, expected %lld to %lld",
		     (long long)value, (long long)f->min, (long long)f->max);
	return false;
}

static bool check_number(double value, const struct field *f,
			 const char *pointer, struct problems *p)
{
	if (value >= (double)f->min && value <= (double)f->max)
		return true;
	problems_add(p, pointer, "is %g, expected %lld to %lld", value,
		     (long long)f->min, (long long)f->max);
	return false;
}

static bool check_word(const char *text, const struct field *f,
		       const char *pointer, struct problems *p)
{
	struct strbuf words;

	for (const char *const *w = f->values; *w; w++)
		if (strcmp(*w, text) == 0)
			return true;
	strbuf_init(&words, 256);
	for (const char *const *w = f->values; *w; w++)
		strbuf_printf(&words, "%s%s", w == f->values ? "" : ", ", *w);
	problems_add(p, pointer, "expected one of %s", strbuf_text(&words));
	strbuf_release(&words);
	return false;
}

static bool check_time(const char *text, const char *pointer,
		       struct problems *p)
{
	int64_t ms;

	if (time_parse(text, &ms) == 0)
		return true;
	problems_add(p, pointer, "expected %s", type_words[FIELD_TIME]);
	return false;
}

static bool of_type(const cJSON *item, enum field_type type)
{
	switch (type) {
	case FIELD_TEXT:
	case FIELD_NOTE:
	case FIELD_TIME:
	case FIELD_WORD:
		return cJSON_IsString(item);
	case FIELD_INT:
		return json_is_int(item);
	case FIELD_NUMBER:
		return cJSON_IsNumber(item);
	case FIELD_BOOL:
		return cJSON_IsBool(item);
	case FIELD_OBJECT:
		return cJSON_IsObject(item);
	case FIELD_ARRAY:
		return cJSON_IsArray(item);
	}
	return false;
}

static bool check_item(const cJSON *item, const struct field *f,
		       const char *pointer, struct problems *p)
{
	if (!of_type(item, f->type)) {
		problems_add(p, pointer, "expected %s%s", type_words[f->type],
			     f->null_ok ? " or null" : "");
		return false;
	}
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_NOTE:
		return check_text(item->valuestring, f, pointer, p);
	case FIELD_TIME:
		return check_time(item->valuestring, pointer, p);
	case FIELD_WORD:
		return check_word(item->valuestring, f, pointer, p);
	case FIELD_INT:
		return check_range((int64_t)item->valuedouble, f, pointer, p);
	case FIELD_NUMBER:
		return check_number(item->valuedouble, f, pointer, p);
	case FIELD_ARRAY:
		return check_range(cJSON_GetArraySize(item), f, pointer, p);
	case FIELD_BOOL:
	case FIELD_OBJECT:
		break;
	}
	return true;
}

bool field_check_object(const cJSON *object, const struct field *fields,
			const char *pointer, struct problems *p)
{
	const int before = p->count + p->dropped;
	const cJSON *item;
	char at[192];

	cJSON_ArrayForEach(item, object)
	{
		const struct field *f = find(fields, item->string);

		STR_COPY(at, pointer);
		json_pointer_key(at, sizeof(at), item->string);
		if (!f)
			problems_add(p, at, "is not known here");
		else if (!(f->null_ok && cJSON_IsNull(item)))
			(void)check_item(item, f, at, p);
	}
	for (const struct field *f = fields; f && f->name; f++) {
		if (!f->required || json_get(object, f->name))
			continue;
		STR_COPY(at, pointer);
		json_pointer_key(at, sizeof(at), f->name);
		problems_add(p, at, "is missing, expected %s",
			     type_words[f->type]);
	}
	return p->count + p->dropped == before;
}

/* Digits with an optional minus and nothing else, that fit. */
static bool parse_int(const char *text, int64_t *ret_value)
{
	size_t digits = strspn(text + (*text == '-'), "0123456789");
	const char *end = text + (*text == '-') + digits;

	if (digits == 0 || digits > 16 || *end)
		return false;
	*ret_value = strtoll(text, NULL, 10);
	return true;
}

static bool check_query_value(const char *text, const struct field *f,
			      const char *pointer, struct problems *p)
{
	static const char *const truth[] = {"true", "false", NULL};
	const struct field flag = {.values = truth};
	int64_t value;

	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_NOTE:
		return check_text(text, f, pointer, p);
	case FIELD_TIME:
		return check_time(text, pointer, p);
	case FIELD_WORD:
		return check_word(text, f, pointer, p);
	case FIELD_BOOL:
		return check_word(text, &flag, pointer, p);
	case FIELD_INT:
		if (parse_int(text, &value))
			return check_range(value, f, pointer, p);
		problems_add(p, pointer, "expected an integer");
		return false;
	case FIELD_NUMBER:
	case FIELD_OBJECT:
	case FIELD_ARRAY:
		break;
	}
	problems_add(p, pointer, "cannot stand in a query");
	return false;
}

bool field_check_query(const struct request *r, const struct field *fields,
		       struct problems *p)
{
	const int before = p->count + p->dropped;

	for (int i = 0; i < r->query_count; i++) {
		const struct field *f = find(fields, r->query[i].name);
		char at[128] = "?";

		(void)str_copy(at + 1, sizeof(at) - 1, r->query[i].name);
		if (f)
			(void)check_query_value(r->query[i].value, f, at, p);
		else
			problems_add(p, at, "is not known here");
	}
	return p->count + p->dropped == before;
}

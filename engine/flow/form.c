/*
 * Why: what people type decides what happens next, so it is checked where
 * everybody passes (API, command line, tests), a message a field.
 */
#include "form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/json.h"
#include "note.h"

#define POINTER_SIZE 192

struct checking {
	const cJSON *field, *value;
	char at[POINTER_SIZE];
	struct problems *problems;
};

/* Characters, not bytes; the text is valid UTF-8. */
static int64_t length_of(const char *text)
{
	int64_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xC0) != 0x80;
	return n;
}

static bool within(struct checking *c, double value, const char *what)
{
	const cJSON *min = json_get(c->field, "min");
	const cJSON *max = json_get(c->field, "max");

	if ((!min || value >= min->valuedouble) &&
	    (!max || value <= max->valuedouble))
		return true;
	if (min && max)
		problems_add(c->problems, c->at,
			     "expected %s from %.0f to %.0f", what,
			     min->valuedouble, max->valuedouble);
	else if (min)
		problems_add(c->problems, c->at, "expected %s of at least %.0f",
			     what, min->valuedouble);
	else if (max)
		problems_add(c->problems, c->at, "expected %s of at most %.0f",
			     what, max->valuedouble);
	return false;
}

static void wrong(struct checking *c, const char *expected)
{
	problems_add(c->problems, c->at, "expected %s", expected);
}

static void check_text(struct checking *c)
{
	const char *text = cJSON_GetStringValue(c->value);

	if (!text)
		wrong(c, "text");
	else if (text_check(text, c->at, NOTE_BYTES_MAX, c->problems))
		(void)within(c, (double)length_of(text), "a length");
}

static void check_number(struct checking *c)
{
	if (!cJSON_IsNumber(c->value))
		wrong(c, "a number");
	else
		(void)within(c, c->value->valuedouble, "a number");
}

static void check_money(struct checking *c)
{
	if (!json_is_int(c->value) || c->value->valuedouble < 0)
		wrong(c, "whole minor units, like 2400 for 24.00");
	else
		(void)within(c, c->value->valuedouble, "minor units");
}

static void check_boolean(struct checking *c)
{
	if (!cJSON_IsBool(c->value))
		wrong(c, "true or false");
}

static void check_choice(struct checking *c)
{
	const char *value = cJSON_GetStringValue(c->value);
	char list[200] = "";
	const cJSON *option;
	size_t used;

	cJSON_ArrayForEach(option, json_get(c->field, "options"))
	{
		const char *one = json_string(option, "value", "");

		if (value && strcmp(one, value) == 0)
			return;
		used = strlen(list);
		(void)snprintf(list + used, sizeof(list) - used, "%s%.40s",
			       used ? ", " : "", one);
	}
	problems_add(c->problems, c->at, "expected one of: %s", list);
}

static void check_date(struct checking *c)
{
	const char *text = cJSON_GetStringValue(c->value);
	char moment[40];
	int64_t ms;

	if (text && strlen(text) == 10) {
		(void)snprintf(moment, sizeof(moment), "%sT00:00:00Z", text);
		if (time_parse(moment, &ms) == 0)
			return;
	}
	wrong(c, "a day like \"2026-05-01\"");
}

/* One @ with something before it, and a dot inside of what comes behind. */
static bool address_valid(const char *text)
{
	const char *at = strchr(text, '@');
	const char *dot = at ? strrchr(at, '.') : NULL;

	if (!at || at == text || strchr(at + 1, '@') || !dot || dot == at + 1 ||
	    !dot[1] || strlen(text) > 254)
		return false;
	for (; *text; text++) {
		if ((unsigned char)*text <= ' ' || strchr("<>(),;:\"", *text))
			return false;
	}
	return true;
}

static void check_email(struct checking *c)
{
	const char *text = cJSON_GetStringValue(c->value);

	if (!text || !address_valid(text))
		wrong(c, "an address like \"ana@example.org\"");
}

static const struct {
	const char *name;
	void (*check)(struct checking *c);
} types[] = {
	{"text", check_text},	  {"number", check_number},
	{"money", check_money},	  {"boolean", check_boolean},
	{"choice", check_choice}, {"date", check_date},
	{"email", check_email},
};

static const cJSON *field_of(const cJSON *form, const char *name)
{
	const cJSON *field;

	cJSON_ArrayForEach(field, form)
	{
		if (strcmp(json_string(field, "name", ""), name) == 0)
			return field;
	}
	return NULL;
}

static bool filled_in(const struct checking *c)
{
	const char *text = cJSON_GetStringValue(c->value);

	return c->value && !cJSON_IsNull(c->value) && !(text && !text[0]);
}

static void check_field(struct checking *c, bool strict)
{
	bool required = strict && json_bool(c->field, "required", false);
	const char *type = json_string(c->field, "type", "");

	if (!filled_in(c)) {
		if (required)
			problems_add(c->problems, c->at, "%s is required",
				     json_string(c->field, "label", "it"));
		return;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].name, type) == 0)
			types[i].check(c);
	}
}

bool form_check(const cJSON *form, const cJSON *values, bool strict,
		struct problems *p)
{
	int before = p->count + p->dropped;
	const cJSON *item;

	if (values && !cJSON_IsObject(values)) {
		problems_add(p, "/form", "expected an object");
		return false;
	}
	cJSON_ArrayForEach(item, form)
	{
		const char *name = json_string(item, "name", "");
		struct checking c = {
			.field = item,
			.value = json_get(values, name),
			.at = "/form",
			.problems = p,
		};

		json_pointer_key(c.at, sizeof(c.at), name);
		check_field(&c, strict);
	}
	cJSON_ArrayForEach(item, values)
	{
		char at[POINTER_SIZE] = "/form";

		json_pointer_key(at, sizeof(at), item->string);
		if (!field_of(form, item->string))
			problems_add(p, at,
				     "the form has no field of this name");
	}
	return p->count + p->dropped == before;
}

cJSON *form_value(const cJSON *form, const char *name, const char *text)
{
	const char *type = json_string(field_of(form, name), "type", "text");
	cJSON *value = NULL;
	bool number = strcmp(type, "number") == 0 || strcmp(type, "money") == 0;
	bool truth = strcmp(type, "boolean") == 0;

	if ((number || truth) &&
	    json_parse(text, strlen(text), NULL, &value) == OK &&
	    (number ? cJSON_IsNumber(value) : cJSON_IsBool(value)))
		return value;
	cJSON_Delete(value);
	return cJSON_CreateString(text);
}

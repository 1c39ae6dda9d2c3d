/*
 * What people fill in: each type with what it takes and what it refuses, a
 * message a field.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/flow/form.h"
#include "stage.h"

static const char form_text[] =
	"[{'name': 'why', 'label': 'Why', 'type': 'text', 'required': true, "
	"'min': 2, 'max': 5},"
	"{'name': 'row', 'label': 'Row', 'type': 'number', 'min': 1, 'max': 9},"
	"{'name': 'sum', 'label': 'Sum', 'type': 'money', 'max': 5000},"
	"{'name': 'sure', 'label': 'Sure', 'type': 'boolean'},"
	"{'name': 'way', 'label': 'Way', 'type': 'choice', 'options': "
	"[{'value': 'mail', 'label': 'M'}, {'value': 'hand', 'label': 'H'}]},"
	"{'name': 'day', 'label': 'Day', 'type': 'date'},"
	"{'name': 'to', 'label': 'To', 'type': 'email'}]";

static void table(void **state)
{
	static const struct {
		const char *values, *pointer, *words; /* NULL: taken */
	} rows[] = {
		{"{'why': 'okay'}", NULL, NULL},
		{"{}", "/form/why", "Why is required"},
		{"{'why': null}", "/form/why", "required"},
		{"{'why': ''}", "/form/why", "required"},
		{"{'why': 'x'}", "/form/why", "from 2 to 5"},
		{"{'why': 'ü€'}", NULL, NULL}, /* two characters */
		{"{'why': 'üüüüüü'}", "/form/why", "from 2 to 5"},
		{"{'why': 7}", "/form/why", "text"},
		{"{'why': 'a\\u0007b'}", "/form/why", ""},
		{"{'why': 'yes', 'row': 9}", NULL, NULL},
		{"{'why': 'yes', 'row': 2.5}", NULL, NULL},
		{"{'why': 'yes', 'row': 0}", "/form/row", "from 1 to 9"},
		{"{'why': 'yes', 'row': '4'}", "/form/row", "a number"},
		{"{'why': 'yes', 'row': null}", NULL, NULL},
		{"{'why': 'yes', 'sum': 5000}", NULL, NULL},
		{"{'why': 'yes', 'sum': 5001}", "/form/sum", "at most 5000"},
		{"{'why': 'yes', 'sum': -1}", "/form/sum", "minor units"},
		{"{'why': 'yes', 'sum': 1.5}", "/form/sum", "minor units"},
		{"{'why': 'yes', 'sure': false}", NULL, NULL},
		{"{'why': 'yes', 'sure': 'no'}", "/form/sure", "true or"},
		{"{'why': 'yes', 'way': 'hand'}", NULL, NULL},
		{"{'why': 'yes', 'way': ''}", NULL, NULL},
		{"{'why': 'yes', 'way': 'Hand'}", "/form/way", "mail, hand"},
		{"{'why': 'yes', 'day': '2028-02-29'}", NULL, NULL},
		{"{'why': 'yes', 'day': '2027-02-29'}", "/form/day", "a day"},
		{"{'why': 'yes', 'day': '2027-2-2'}", "/form/day", "a day"},
		{"{'why': 'yes', 'to': 'a.b@c.de'}", NULL, NULL},
		{"{'why': 'yes', 'to': 'a@b'}", "/form/to", "an address"},
		{"{'why': 'yes', 'to': 'a b@c.de'}", "/form/to", "an address"},
		{"{'why': 'yes', 'to': '@c.de'}", "/form/to", "an address"},
		{"{'why': 'yes', 'to': 'a@b@c.de'}", "/form/to", "an address"},
		{"{'why': 'yes', 'to': 'a@.de.'}", "/form/to", "an address"},
		{"{'why': 'yes', 'else': 1}", "/form/else", "no field"},
		{"[]", "/form", "an object"},
	};
	cJSON *form = stage_json(form_text);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct problems p = {.count = 0};
		cJSON *values = stage_json(rows[i].values);
		bool good = form_check(form, values, true, &p);

		if (good != (rows[i].pointer == NULL))
			fail_msg("%s is %s", rows[i].values,
				 good ? "taken" : p.item[0].detail);
		if (!good && (p.count != 1 ||
			      strcmp(p.item[0].pointer, rows[i].pointer) != 0 ||
			      !strstr(p.item[0].detail, rows[i].words)))
			fail_msg("%s: %s at %s", rows[i].values,
				 p.item[0].detail, p.item[0].pointer);
		cJSON_Delete(values);
	}
	cJSON_Delete(form);
}

static void a_message_a_field(void **state)
{
	struct problems p = {.count = 0};
	cJSON *form = stage_json(form_text);
	cJSON *values = stage_json("{'row': 99, 'sure': 1, 'day': 'x'}");

	(void)state;
	assert_false(form_check(form, values, true, &p));
	assert_int_equal(p.count, 4);
	memset(&p, 0, sizeof(p));
	assert_false(form_check(form, NULL, true, &p));
	assert_int_equal(p.count, 1);
	cJSON_Delete(values);
	/* Who rejects need not fill in, but not write nonsense either. */
	memset(&p, 0, sizeof(p));
	assert_true(form_check(form, NULL, false, &p));
	assert_true(form_check(NULL, NULL, true, &p));
	values = stage_json("{'row': 99}");
	assert_false(form_check(form, values, false, &p));
	assert_int_equal(p.count, 1);
	cJSON_Delete(values);
	cJSON_Delete(form);
}

static void typed_on_a_command_line(void **state)
{
	static const struct {
		const char *name, *text, *value;
	} rows[] = {
		{"why", "12", "\"12\""},     {"row", "12", "12"},
		{"row", "a", "\"a\""},	     {"sum", "true", "\"true\""},
		{"sure", "true", "true"},    {"sure", "1", "\"1\""},
		{"way", "mail", "\"mail\""}, {"else", "1", "\"1\""},
	};
	cJSON *form = stage_json(form_text);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cJSON *value = form_value(form, rows[i].name, rows[i].text);
		char *text = json_print(value);

		assert_string_equal(text, rows[i].value);
		free(text);
		cJSON_Delete(value);
	}
	cJSON_Delete(form);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(a_message_a_field),
		cmocka_unit_test(typed_on_a_command_line),
	};

	json_init();
	return RUN(tests);
}

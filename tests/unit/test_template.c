/* Templates: what people read never fails, what peers are asked never guesses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/json.h"
#include "../../engine/flow/template.h"
#include "../test.h"

static const char document_text[] =
	"{\"order\":{\"buyer\":{\"name\":\"Zo\xc3\xab / \\\"Z\\\"\"},"
	"\"totalMinor\":24000,\"currency\":\"USD\",\"ratio\":0.5,\"vip\":true,"
	"\"seats\":[\"1\",2,true],\"none\":null,\"empty\":\"\",\"list\":[]},"
	"\"event\":{\"doorsAt\":\"2026-03-01T19:00:00+01:00\"},"
	"\"mixed\":[1,{\"a\":2}],\"dot\":\".\",\"dots\":\"..\","
	"\"big\":9007199254740991,\"neg\":-5,\"jpy\":\"JPY\",\"bhd\":\"BHD\","
	"\"bad\":\"usd\"}";

struct fixture {
	cJSON *document;
	struct arena arena;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || json_parse(document_text, strlen(document_text), NULL,
			     &f->document) != OK)
		return -1;
	arena_init(&f->arena);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cJSON_Delete(f->document);
	arena_release(&f->arena);
	free(f);
	return 0;
}

static void reads(struct fixture *f, const char *text,
		  enum template_escape escape, const char *expected)
{
	char *out;

	assert_int_equal(
		template_text(text, f->document, escape, &f->arena, &out), OK);
	assert_string_equal(out, expected);
}

static void refused(struct fixture *f, const char *text,
		    enum template_escape escape)
{
	char *out = NULL;

	if (template_text(text, f->document, escape, &f->arena, &out) !=
	    ERR_INVALID)
		fail_msg("should be refused: %s", text);
	assert_null(out);
}

static void text_reads_well(void **state)
{
	struct fixture *f = *state;

	reads(f, "", TEMPLATE_TEXT, "");
	reads(f, "plain } { text", TEMPLATE_TEXT, "plain } { text");
	reads(f, "{{order.buyer.name}}!", TEMPLATE_TEXT, "Zo\xc3\xab / \"Z\"!");
	reads(f, "{{ order.totalMinor }}", TEMPLATE_TEXT, "24000");
	reads(f, "{{order.ratio}} {{order.vip}}", TEMPLATE_TEXT, "0.5 true");
	reads(f, "seats {{order.seats}}", TEMPLATE_TEXT, "seats 1, 2, true");
	reads(f, "{{order.seats.0}}{{order.seats.1}}", TEMPLATE_TEXT, "12");
	reads(f, "{{mixed}}", TEMPLATE_TEXT, "[1,{\"a\":2}]");
	reads(f, "{{mixed.1}}", TEMPLATE_TEXT, "{\"a\":2}");
	reads(f, "[{{order.empty}}{{order.list}}]", TEMPLATE_TEXT, "[]");
	reads(f, "{{big}}", TEMPLATE_TEXT, "9007199254740991");
}

static void functions_format(void **state)
{
	struct fixture *f = *state;

	reads(f, "{{money order.totalMinor order.currency}}", TEMPLATE_TEXT,
	      "240.00 USD");
	reads(f, "{{money order.totalMinor jpy}}", TEMPLATE_TEXT, "24000 JPY");
	reads(f, "{{money order.totalMinor bhd}}", TEMPLATE_TEXT, "24.000 BHD");
	reads(f, "{{money neg order.currency}}", TEMPLATE_TEXT, "-0.05 USD");
	reads(f, "{{time event.doorsAt}}", TEMPLATE_TEXT,
	      "2026-03-01 18:00 UTC");
	reads(f, "{{count order.seats}} {{count order.list}}", TEMPLATE_TEXT,
	      "3 0");
	/* Of the wrong type is missing. */
	reads(f, "{{money order.ratio order.currency}}", TEMPLATE_TEXT,
	      "unknown");
	reads(f, "{{money order.totalMinor bad}}", TEMPLATE_TEXT, "unknown");
	reads(f, "{{money order.totalMinor no.such}}", TEMPLATE_TEXT,
	      "unknown");
	reads(f, "{{time order.currency}}", TEMPLATE_TEXT, "unknown");
	reads(f, "{{count order.vip}}", TEMPLATE_TEXT, "unknown");
}

static void missing_is_unknown_in_text(void **state)
{
	struct fixture *f = *state;

	reads(f, "to {{no.such}}, {{order.none}}", TEMPLATE_TEXT,
	      "to unknown, unknown");
	reads(f, "[{{no.such?}}]", TEMPLATE_TEXT, "[]");
	reads(f, "[{{order.vip?}}]", TEMPLATE_TEXT, "[true]");
	/* Malformed text stands as it is. */
	reads(f, "a {{order.vip}} {{open", TEMPLATE_TEXT, "a true {{open");
}

static void missing_is_an_error_in_requests(void **state)
{
	struct fixture *f = *state;

	refused(f, "/{{no.such}}", TEMPLATE_URL);
	refused(f, "/{{order.none}}", TEMPLATE_URL);
	refused(f, "{{no.such}}", TEMPLATE_EXACT);
	refused(f, "/{{open", TEMPLATE_URL);
	refused(f, "{{a b}}", TEMPLATE_EXACT);
	reads(f, "/a?x={{no.such?}}", TEMPLATE_URL, "/a?x=");
}

static void url_values_cannot_change_the_path(void **state)
{
	struct fixture *f = *state;

	reads(f, "/x/{{order.buyer.name}}?q={{order.currency}}", TEMPLATE_URL,
	      "/x/Zo%C3%AB%20%2F%20%22Z%22?q=USD");
	reads(f, "{{order.buyer.name}}", TEMPLATE_EXACT, "Zo\xc3\xab / \"Z\"");
	refused(f, "/x/{{dot}}/y", TEMPLATE_URL);
	refused(f, "/x/{{dots}}/y", TEMPLATE_URL);
	refused(f, "/x/{{order.empty}}/y", TEMPLATE_URL);
}

static void sizes_are_bounded(void **state)
{
	struct fixture *f = *state;
	char *out, *text = calloc(1, 3 * TEMPLATE_TEXT_MAX);
	size_t count = 0;

	assert_non_null(text);
	/* One odd byte, so that the cut falls into a character. */
	text[count++] = 'x';
	while (count < 2 * TEMPLATE_TEXT_MAX) {
		memcpy(text + count, "\xc3\xab", 2);
		count += 2;
	}
	assert_int_equal(template_text(text, f->document, TEMPLATE_TEXT,
				       &f->arena, &out),
			 OK);
	assert_int_equal(strlen(out), TEMPLATE_TEXT_MAX - 1);
	assert_true(utf8_valid(out, strlen(out)));
	assert_int_equal(
		template_text(text, f->document, TEMPLATE_URL, &f->arena, &out),
		ERR_TOO_LARGE);
	assert_int_equal(template_text(text, f->document, TEMPLATE_EXACT,
				       &f->arena, &out),
			 ERR_TOO_LARGE);
	free(text);
}

static void fills(struct fixture *f, const char *json, const char *expected)
{
	cJSON *template, *filled;
	char *text;

	assert_int_equal(json_parse(json, strlen(json), NULL, &template), OK);
	filled = template_json(template, f->document);
	text = json_print(filled);
	assert_string_equal(text, expected);
	free(text);
	cJSON_Delete(filled);
	cJSON_Delete(template);
}

static void json_keeps_types(void **state)
{
	struct fixture *f = *state;

	fills(f,
	      "{\"a\":\"{{order.totalMinor}}\",\"v\":\"{{order.vip}}\","
	      "\"s\":[\"{{order.seats}}\"],\"t\":\"={{order.totalMinor}}\","
	      "\"n\":\"{{count order.seats}}\",\"l\":1,\"z\":null,\"k\":false,"
	      "\"m\":\"{{money order.totalMinor order.currency}}\"}",
	      "{\"a\":24000,\"v\":true,\"s\":[[\"1\",2,true]],\"t\":\"=24000\","
	      "\"n\":3,\"l\":1,\"z\":null,\"k\":false,\"m\":\"240.00 USD\"}");
	fills(f,
	      "{\"a\":\"{{no.such}}\",\"b\":\"{{no.such?}}\","
	      "\"c\":[\"{{no.such?}}\",1],\"d\":\"x{{no.such}}\"}",
	      "{\"a\":null,\"c\":[1],\"d\":\"xunknown\"}");
	fills(f, "\"{{order.ratio}}\"", "0.5");
	fills(f, "\"{{no.such?}}\"", "null");
}

static void complaints(struct problems *p, const char *json,
		       const cJSON *document)
{
	cJSON *template;

	memset(p, 0, sizeof(*p));
	assert_int_equal(json_parse(json, strlen(json), NULL, &template), OK);
	if (document)
		template_missing(template, document, "/body", p);
	else
		template_check_json(template, "/body", p);
	cJSON_Delete(template);
}

static void missing_values_are_told(void **state)
{
	struct fixture *f = *state;
	struct problems p;

	complaints(&p,
		   "{\"a\":\"{{order.vip}}\",\"b\":[\"x\",\"{{no.such}}\"],"
		   "\"c\":\"{{no.such?}}\",\"d\":\"{{order.none}} {{no}}\"}",
		   f->document);
	assert_int_equal(p.count, 3);
	assert_string_equal(p.item[0].pointer, "/body/b/1");
	assert_string_equal(p.item[0].detail, "no value for {{no.such}}");
	assert_string_equal(p.item[1].pointer, "/body/d");
	assert_string_equal(p.item[2].detail, "no value for {{no}}");
}

static void faults_are_told(void **state)
{
	static const char *const bad[] = {
		"{{",
		"{{a",
		"x {{}}",
		"{{ }}",
		"{{?}}",
		"{{a b}}",
		"{{money a}}",
		"{{money a b c}}",
		"{{time}} {{time a b}}",
		"{{count a b}}",
		"{{a..b}}",
		"{{.a}}",
		"{{a.}}",
		"{{a,b}}",
		"{{mony a b}}",
		"{{a}} {{b",
		"{{a {{b}}",
		"{{ money a b c d e f g }}",
	};
	static const char *const good[] = {
		"",
		"}}",
		"{ {",
		"{{a}}{{b.c-d.0}}",
		"{{ money a b }}",
		"{{money}}",
		"{{time a?}}",
		"{{a}}}",
	};
	struct problems p;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&p, 0, sizeof(p));
		template_check(bad[i], "/text", &p);
		if (p.count != 1)
			fail_msg("not told: %s", bad[i]);
		assert_string_equal(p.item[0].pointer, "/text");
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		memset(&p, 0, sizeof(p));
		template_check(good[i], "/text", &p);
		if (p.count != 0)
			fail_msg("%s: %s", good[i], p.item[0].detail);
	}
	complaints(&p, "{\"a\":[\"{{x}}\",{\"b\":\"{{x\"}],\"c\":\"{{}}\"}",
		   NULL);
	assert_int_equal(p.count, 2);
	assert_string_equal(p.item[0].pointer, "/body/a/1/b");
	assert_string_equal(p.item[1].pointer, "/body/c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_reads_well),
		cmocka_unit_test(functions_format),
		cmocka_unit_test(missing_is_unknown_in_text),
		cmocka_unit_test(missing_is_an_error_in_requests),
		cmocka_unit_test(url_values_cannot_change_the_path),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(json_keeps_types),
		cmocka_unit_test(missing_values_are_told),
		cmocka_unit_test(faults_are_told),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

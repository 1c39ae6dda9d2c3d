/* Guards: every operator in both directions, what is missing, why, and that
 * every malformed guard is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/clock.h"
#include "../../engine/base/json.h"
#include "../../engine/flow/guard.h"
#include "../test.h"

#define NOW "2026-03-01T12:00:00Z"

static const char document_text[] =
	"{\"order\":{\"vip\":true,\"totalMinor\":24000,\"status\":\"OPEN\","
	"\"seats\":[\"1\",\"2\"],\"listed\":[\"1\",\"2\"],\"note\":null,"
	"\"deep\":{\"a\":{}}},"
	"\"transfer\":{\"status\":\"FAILED\",\"attempts\":2},"
	"\"event\":{\"doorsAt\":\"2026-03-01T15:00:00Z\","
	"\"sameAt\":\"2026-03-01T17:00:00+02:00\","
	"\"pastAt\":\"2026-03-01T11:30:00Z\"},"
	"\"key\":\"resend-17\"}";
static const char policy_text[] =
	"{\"refund\":{\"autoLimitMinor\":24000,\"span\":\"4h\","
	"\"states\":[\"FAILED\",\"OPEN\"],\"none\":null}}";

static cJSON *parse(const char *text)
{
	cJSON *tree;

	assert_int_equal(json_parse(text, strlen(text), NULL, &tree), OK);
	return tree;
}

static bool judge_why(const char *guard_text, cJSON *why)
{
	cJSON *document = parse(document_text);
	cJSON *policy = parse(policy_text);
	cJSON *guard = parse(guard_text);
	struct guard_context context = {.document = document, .policy = policy};
	bool answer;

	assert_int_equal(time_parse(NOW, &context.now_ms), 0);
	answer = guard_eval(guard, &context, why);
	cJSON_Delete(guard);
	cJSON_Delete(policy);
	cJSON_Delete(document);
	return answer;
}

static void holds(const char *guard)
{
	if (!judge_why(guard, NULL))
		fail_msg("should hold: %s", guard);
}

static void fails(const char *guard)
{
	if (judge_why(guard, NULL))
		fail_msg("should not hold: %s", guard);
}

static void each_operator_both_ways(void **state)
{
	static const struct {
		const char *yes, *no;
	} rows[] = {
		{"{\"order.vip\":true}", "{\"order.vip\":false}"},
		{"{\"order.status\":\"OPEN\"}", "{\"order.status\":\"open\"}"},
		{"{\"order.totalMinor\":{\"eq\":24000}}",
		 "{\"order.totalMinor\":{\"eq\":\"24000\"}}"},
		{"{\"order.seats\":{\"eq\":{\"field\":\"order.listed\"}}}",
		 "{\"order.seats\":{\"ne\":{\"field\":\"order.listed\"}}}"},
		{"{\"order.status\":{\"ne\":\"CLOSED\"}}",
		 "{\"order.status\":{\"ne\":\"OPEN\"}}"},
		{"{\"transfer.status\":{\"in\":[\"X\",\"FAILED\"]}}",
		 "{\"transfer.status\":{\"in\":[\"X\",\"Y\"]}}"},
		{"{\"transfer.attempts\":{\"in\":[1,2]}}",
		 "{\"transfer.attempts\":{\"in\":[\"2\"]}}"},
		{"{\"transfer.attempts\":{\"lt\":3}}",
		 "{\"transfer.attempts\":{\"lt\":2}}"},
		{"{\"transfer.attempts\":{\"lte\":2}}",
		 "{\"transfer.attempts\":{\"lte\":1.5}}"},
		{"{\"transfer.attempts\":{\"gt\":1}}",
		 "{\"transfer.attempts\":{\"gt\":2}}"},
		{"{\"transfer.attempts\":{\"gte\":2}}",
		 "{\"transfer.attempts\":{\"gte\":3}}"},
		{"{\"order.status\":{\"gt\":\"ABC\"}}",
		 "{\"order.status\":{\"lt\":\"ABC\"}}"},
		{"{\"order.status\":{\"exists\":true}}",
		 "{\"order.status\":{\"exists\":false}}"},
		{"{\"order.missing\":{\"exists\":false}}",
		 "{\"order.missing\":{\"exists\":true}}"},
		{"{\"key\":{\"prefix\":\"resend-\"}}",
		 "{\"key\":{\"prefix\":\"Resend-\"}}"},
		{"{\"event.doorsAt\":{\"within\":\"4h\"}}",
		 "{\"event.doorsAt\":{\"within\":\"3h\"}}"},
		{"{\"event.pastAt\":{\"within\":\"0\"}}",
		 "{\"event.doorsAt\":{\"within\":\"0\"}}"},
		{"{\"event.pastAt\":{\"olderThan\":\"29m\"}}",
		 "{\"event.pastAt\":{\"olderThan\":\"30m\"}}"},
		{"{\"transfer.attempts\":{\"gt\":1,\"lt\":3}}",
		 "{\"transfer.attempts\":{\"gt\":1,\"lt\":2}}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		holds(rows[i].yes);
		fails(rows[i].no);
	}
}

static void times_compare_as_instants(void **state)
{
	(void)state;
	holds("{\"event.sameAt\":{\"lte\":{\"field\":\"event.doorsAt\"}}}");
	holds("{\"event.sameAt\":{\"gte\":{\"field\":\"event.doorsAt\"}}}");
	fails("{\"event.sameAt\":{\"gt\":{\"field\":\"event.doorsAt\"}}}");
}

static void operands_are_looked_up(void **state)
{
	(void)state;
	holds("{\"order.totalMinor\":{\"lte\":{\"policy\":"
	      "\"refund.autoLimitMinor\"}}}");
	fails("{\"order.totalMinor\":{\"lt\":{\"policy\":"
	      "\"refund.autoLimitMinor\"}}}");
	holds("{\"transfer.status\":{\"in\":{\"policy\":\"refund.states\"}}}");
	holds("{\"event.doorsAt\":{\"within\":{\"policy\":\"refund.span\"}}}");
	holds("{\"order.totalMinor\":{\"policy\":\"refund.autoLimitMinor\"}}");
	fails("{\"order.totalMinor\":{\"field\":\"transfer.attempts\"}}");
}

static void a_missing_field_is_false_but_for_ne(void **state)
{
	static const char *const operators[] = {
		"{\"eq\":1}",
		"{\"in\":[1]}",
		"{\"lt\":1}",
		"{\"lte\":1}",
		"{\"gt\":1}",
		"{\"gte\":1}",
		"{\"prefix\":\"\"}",
		"{\"within\":\"9d\"}",
		"{\"olderThan\":\"0\"}",
		"{\"exists\":true}",
	};
	char guard[128];

	(void)state;
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		(void)snprintf(guard, sizeof(guard), "{\"no.such\":%s}",
			       operators[i]);
		fails(guard);
		(void)snprintf(guard, sizeof(guard), "{\"order.note\":%s}",
			       operators[i]);
		fails(guard);
	}
	holds("{\"no.such\":{\"ne\":1}}");
	holds("{\"order.note\":{\"ne\":1}}");
	holds("{\"order.note\":{\"exists\":false}}");
}

/* Neither true nor false, so false whatever stands around it. */
static void what_cannot_be_judged_never_allows(void **state)
{
	static const char *const conditions[] = {
		"\"order.totalMinor\":{\"gt\":{\"policy\":\"no.limit\"}}",
		"\"order.totalMinor\":{\"gt\":{\"policy\":\"refund.none\"}}",
		"\"order.totalMinor\":{\"ne\":{\"policy\":\"no.limit\"}}",
		"\"order.totalMinor\":{\"gt\":\"100\"}",
		"\"order.vip\":{\"gt\":0}",
		"\"order.status\":{\"within\":\"4h\"}",
		"\"order.totalMinor\":{\"prefix\":\"2\"}",
		"\"order.totalMinor\":{\"in\":{\"policy\":\"refund.span\"}}",
		"\"order.totalMinor\":{\"like\":1}",
	};
	static const char *const frames[] = {
		"{%s}",
		"{\"not\":{%s}}",
		"{\"not\":{\"not\":{%s}}}",
		"{\"any\":[{%s},{\"order.vip\":false}]}",
		"{\"not\":{\"any\":[{%s},{\"order.vip\":false}]}}",
		"{\"all\":[{%s},{\"order.vip\":true}]}",
		"{\"not\":{\"all\":[{%s},{\"order.vip\":true}]}}",
	};
	char guard[256];

	(void)state;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		for (size_t j = 0; j < sizeof(frames) / sizeof(frames[0]);
		     j++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			(void)snprintf(guard, sizeof(guard), frames[j],
				       conditions[i]);
#pragma GCC diagnostic pop
			fails(guard);
		}
	/* Beside one that settles it, it does no harm. */
	holds("{\"any\":[{\"order.vip\":{\"gt\":0}},{\"order.vip\":true}]}");
	holds("{\"not\":{\"all\":[{\"order.vip\":{\"gt\":0}},"
	      "{\"order.vip\":false}]}}");
}

static void combinations(void **state)
{
	(void)state;
	holds("{\"any\":[{\"order.vip\":false},{\"key\":\"resend-17\"}]}");
	fails("{\"any\":[{\"order.vip\":false},{\"key\":\"x\"}]}");
	holds("{\"all\":[{\"order.vip\":true},{\"key\":\"resend-17\"}]}");
	fails("{\"all\":[{\"order.vip\":true},{\"key\":\"x\"}]}");
	holds("{\"not\":{\"order.vip\":false}}");
	fails("{\"not\":{\"order.vip\":true}}");
	fails("{\"order.vip\":true,\"not\":{\"key\":\"resend-17\"}}");
	holds("{\"not\":{\"any\":[{\"not\":{\"order.vip\":true}}]}}");
	fails("{}");
	fails("{\"any\":[]}");
	fails("{\"all\":[]}");
	fails("{\"not\":{}}");
	fails("{\"order.vip\":{}}");
	assert_true(guard_eval(NULL, &(struct guard_context){0}, NULL));
}

static void explains(const char *guard, const char *expected)
{
	cJSON *why = cJSON_CreateArray();
	char *text;

	(void)judge_why(guard, why);
	text = json_print(why);
	assert_string_equal(text, expected);
	free(text);
	cJSON_Delete(why);
}

static void the_answer_is_explained(void **state)
{
	(void)state;
	explains("{\"order.vip\":true,\"transfer.attempts\":{\"gte\":3},"
		 "\"order.status\":\"CLOSED\"}",
		 "[{\"field\":\"transfer.attempts\",\"operator\":\"gte\","
		 "\"expected\":3,\"seen\":2},{\"field\":\"order.status\","
		 "\"operator\":\"eq\",\"expected\":\"CLOSED\","
		 "\"seen\":\"OPEN\"}]");
	explains("{\"order.vip\":true,\"any\":[{\"key\":\"x\"},"
		 "{\"order.status\":\"OPEN\"}]}",
		 "[{\"field\":\"order.vip\",\"operator\":\"eq\","
		 "\"expected\":true,\"seen\":true},{\"field\":\"order.status\","
		 "\"operator\":\"eq\",\"expected\":\"OPEN\","
		 "\"seen\":\"OPEN\"}]");
	explains("{\"not\":{\"no.such\":{\"exists\":true}}}",
		 "[{\"field\":\"no.such\",\"operator\":\"exists\","
		 "\"expected\":true,\"seen\":null,\"not\":true}]");
	explains("{\"order.totalMinor\":{\"gt\":{\"policy\":"
		 "\"refund.autoLimitMinor\"}}}",
		 "[{\"field\":\"order.totalMinor\",\"operator\":\"gt\","
		 "\"expected\":24000,\"seen\":24000,\"from\":"
		 "\"policy refund.autoLimitMinor\"}]");
	explains("{\"order.seats\":{\"exists\":true},\"order.deep\":"
		 "{\"exists\":true}}",
		 "[{\"field\":\"order.seats\",\"operator\":\"exists\","
		 "\"expected\":true,\"seen\":[\"1\",\"2\"]},{\"field\":"
		 "\"order.deep\",\"operator\":\"exists\",\"expected\":true,"
		 "\"seen\":\"an object\"}]");
}

static void an_explanation_is_bounded(void **state)
{
	char guard[8192] = "{\"any\":[";
	cJSON *why = cJSON_CreateArray();

	(void)state;
	for (int i = 0; i < 200; i++)
		(void)snprintf(guard + strlen(guard),
			       sizeof(guard) - strlen(guard), "%s{\"f%d\":1}",
			       i ? "," : "", i);
	(void)snprintf(guard + strlen(guard), sizeof(guard) - strlen(guard),
		       "]}");
	assert_false(judge_why(guard, why));
	assert_int_equal(cJSON_GetArraySize(why), 64);
	cJSON_Delete(why);
}

/* Which pointers are told, in order, joined by spaces. */
static void complains(const char *guard_text, const char *expected)
{
	struct problems p = {0};
	cJSON *guard = parse(guard_text);
	char found[512] = "";

	guard_check(guard, "/when", &p);
	for (int i = 0; i < p.count; i++)
		(void)snprintf(found + strlen(found),
			       sizeof(found) - strlen(found), "%s%s",
			       i ? " " : "", p.item[i].pointer);
	if (strcmp(found, expected) != 0)
		fail_msg("%s: found \"%s\", expected \"%s\"", guard_text, found,
			 expected);
	cJSON_Delete(guard);
}

static void every_problem_is_told(void **state)
{
	(void)state;
	complains("{}", "/when");
	complains("[]", "/when");
	complains("true", "/when");
	complains("{\"any\":[]}", "/when/any");
	complains("{\"all\":{}}", "/when/all");
	complains("{\"any\":[{\"a\":1},{}]}", "/when/any/1");
	complains("{\"not\":[{\"a\":1}]}", "/when/not");
	complains("{\"a\":[1]}", "/when/a");
	complains("{\"a\":null}", "/when/a");
	complains("{\"a\":{}}", "/when/a");
	complains("{\"a\":{\"eq\":null}}", "/when/a/eq");
	complains("{\"a\":{\"like\":1,\"equals\":2}}",
		  "/when/a/like /when/a/equals");
	complains("{\"a\":{\"in\":1},\"b\":{\"in\":[]},\"c\":{\"in\":[{}]}}",
		  "/when/a/in /when/b/in /when/c/in");
	complains("{\"a\":{\"lt\":true},\"b\":{\"gte\":[1]}}",
		  "/when/a/lt /when/b/gte");
	complains("{\"a\":{\"exists\":\"true\"},\"b\":{\"prefix\":1}}",
		  "/when/a/exists /when/b/prefix");
	complains("{\"a\":{\"within\":\"4 hours\"},\"b\":{\"olderThan\":4}}",
		  "/when/a/within /when/b/olderThan");
	complains("{\"a\":{\"lt\":{\"policies\":\"x\"}}}", "/when/a/lt");
	complains("{\"a\":{\"lt\":{\"policy\":\"x\",\"field\":\"y\"}}}",
		  "/when/a/lt");
	complains("{\"a\":{\"lt\":{\"policy\":\"\"}}}", "/when/a/lt/policy");
	complains("{\"a\":{\"policy\":7}}", "/when/a/policy");
	complains("{\"a..b\":1,\".a\":1,\"a.\":1,\"a b\":1,\"\":1}",
		  "/when/a..b /when/.a /when/a. /when/a b /when/");
	complains("{\"not\":{\"any\":[{\"x\":{\"gt\":[]}}]}}",
		  "/when/not/any/0/x/gt");
}

static void what_is_well_written_passes(void **state)
{
	(void)state;
	complains("{\"transfer.status\":{\"in\":[\"FAILED\"]},"
		  "\"order.totalMinor\":{\"lte\":{\"policy\":"
		  "\"refund.autoLimitMinor\"},\"gt\":0},"
		  "\"any\":[{\"a\":\"x\"},{\"not\":{\"b-c.0\":{\"eq\":[1]}}}],"
		  "\"all\":[{\"e\":{\"within\":\"4h\"}}],"
		  "\"f\":{\"field\":\"a.b\"}}",
		  "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operator_both_ways),
		cmocka_unit_test(times_compare_as_instants),
		cmocka_unit_test(operands_are_looked_up),
		cmocka_unit_test(a_missing_field_is_false_but_for_ne),
		cmocka_unit_test(what_cannot_be_judged_never_allows),
		cmocka_unit_test(combinations),
		cmocka_unit_test(the_answer_is_explained),
		cmocka_unit_test(an_explanation_is_bounded),
		cmocka_unit_test(every_problem_is_told),
		cmocka_unit_test(what_is_well_written_passes),
	};

	return RUN(tests);
}

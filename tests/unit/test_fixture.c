/*
 * What a golden case writes down becomes an answer as the peer would give it.
 */
#include "engine/ctl/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "stage.h"

static const char peer[] =
	"{'adapter': 'peer', 'title': 'P', 'kind': 'http', 'baseUrl': "
	"'http://p',"
	" 'operations': {"
	"'get': {'kind': 'read', 'path': '/{{orderId}}', 'timeout': '3s',"
	" 'require': ['orderId', 'status'], 'echo': ['orderId']},"
	"'pay': {'kind': 'effect', 'method': 'POST', 'path': '/pay', 'offers':"
	" 'keyed', 'timeout': '5s', 'echo': ['amountMinor'], 'classes':"
	" [{'status': '409', 'class': 'PERMANENT', 'code': 'TAKEN'}]},"
	"'mapped': {'kind': 'read', 'path': '/m', 'map': {'status': "
	"'a.b.state',"
	" 'name': 'n'}, 'require': ['status']}}}";

static struct adapter *adapter;
static struct call_answer said;
static struct fixture f;
static cJSON *base, *answers;

static int setup(void **state)
{
	struct problems p = {.count = 0};

	(void)state;
	assert_int_equal(adapter_parse(stage_json(peer), &p, &adapter), OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	adapter_free(adapter);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	cJSON_Delete(base);
	cJSON_Delete(answers);
	cJSON_Delete(said.body);
	base = answers = NULL;
	memset(&said, 0, sizeof(said));
	return 0;
}

static bool ask(const char *operation, int nth, const char *params)
{
	struct call call = {.attempt = 1};
	char name[80];
	struct rehearse_call c = {
		.adapter = adapter,
		.operation = adapter_operation(adapter, operation),
		.call = &call,
		.name = name,
		.nth = nth,
		.at_ms = STAGE_NOW_MS + 60000,
	};
	cJSON *tree = stage_json(params);
	bool good;

	snprintf(name, sizeof(name), "peer.%s", operation);
	snprintf(call.key, sizeof(call.key), "run_1/pay/1");
	call.params = json_print(tree);
	cJSON_Delete(tree);
	cJSON_Delete(said.body);
	memset(&said, 0, sizeof(said));
	f = (struct fixture){.base = base,
			     .answers = answers,
			     .order_id = "O1",
			     .now_ms = STAGE_NOW_MS};
	good = fixture_answer(&f, &c, &said);
	free(call.params);
	return good;
}

static void set(const char *of_base, const char *of_case)
{
	base = stage_json(of_base);
	answers = stage_json(of_case);
}

static void test_laid_deep_over_the_base(void **state)
{
	(void)state;
	set("{'peer.get': {'orderId': 'O1', 'status': 'OLD', 'buyer': {'name':"
	    " 'Ana', 'email': 'a'}, 'seats': [1, 2]}}",
	    "{'peer.get': {'status': 'NEW', 'buyer': {'email': 'b'}, 'seats':"
	    " [3]}}");
	assert_true(ask("get", 1, "{'orderId': 'O1'}"));
	assert_int_equal(said.class, CLASS_OK);
	assert_string_equal(json_string(said.body, "status", ""), "NEW");
	assert_string_equal(
		json_string(json_get(said.body, "buyer"), "name", ""), "Ana");
	assert_string_equal(
		json_string(json_get(said.body, "buyer"), "email", ""), "b");
	assert_int_equal(cJSON_GetArraySize(json_get(said.body, "seats")), 1);
	assert_int_equal(said.duration_ms, 50);
}

static void test_one_for_each_call(void **state)
{
	(void)state;
	set("{'peer.get': {'orderId': 'O1', 'status': 'A'}}",
	    "{'peer.get': [{}, {'status': 'B'}, {'http': 503}]}");
	assert_true(ask("get", 1, "{'orderId': 'O1'}"));
	assert_string_equal(json_string(said.body, "status", ""), "A");
	assert_true(ask("get", 2, "{'orderId': 'O1'}"));
	assert_string_equal(json_string(said.body, "status", ""), "B");
	assert_true(ask("get", 3, "{'orderId': 'O1'}"));
	assert_int_equal(said.class, CLASS_RETRYABLE);
	assert_true(ask("get", 9, "{'orderId': 'O1'}"));
	assert_int_equal(said.status, 503);
}

/* Members that are wanted echoed are the call's, unless the case speaks. */
static void test_echo(void **state)
{
	(void)state;
	set("{'peer.pay': {'amountMinor': 5}}", "{}");
	assert_true(ask("pay", 1, "{'amountMinor': 77}"));
	assert_int_equal(said.class, CLASS_OK);
	assert_int_equal(json_int(said.body, "amountMinor", 0), 77);
	clean(NULL);
	set("{}", "{'peer.pay': {'amountMinor': 5}}");
	assert_true(ask("pay", 1, "{'amountMinor': 77}"));
	assert_int_equal(said.class, CLASS_UNKNOWN);
	assert_string_equal(said.code, "WRONG_ECHO");
}

static void test_what_goes_wrong(void **state)
{
	static const struct {
		const char *answer;
		enum call_class class;
		int64_t duration_ms;
	} row[] = {
		{"{'timeout': true}", CLASS_UNKNOWN, 5000},
		{"{'refused': true}", CLASS_RETRYABLE, 50},
		{"{'broken': true}", CLASS_UNKNOWN, 50},
		{"{'http': 500}", CLASS_UNKNOWN, 50},
		{"{'http': 429, 'retryAfter': '7s'}", CLASS_THROTTLED, 50},
		{"{'http': 409, 'body': {}}", CLASS_PERMANENT, 50},
		{"{'slow': '4s'}", CLASS_OK, 4000},
		{"{'slow': '1h'}", CLASS_UNKNOWN, 5000},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		clean(NULL);
		base = stage_json("{'peer.pay': {}}");
		answers = cJSON_CreateObject();
		json_set(answers, "peer.pay", stage_json(row[i].answer));
		assert_true(ask("pay", 1, "{'amountMinor': 1}"));
		assert_int_equal(said.class, row[i].class);
		assert_int_equal(said.duration_ms, row[i].duration_ms);
		assert_null(json_get(said.body, "slow"));
	}
	clean(NULL);
	set("{}", "{'peer.pay': {'http': 429, 'retryAfter': '7s'}}");
	assert_true(ask("pay", 1, "{}"));
	assert_int_equal(said.retry_after_ms, 7000);
	clean(NULL);
	set("{}", "{'peer.pay': {'http': 409}}");
	assert_true(ask("pay", 1, "{}"));
	assert_string_equal(said.code, "TAKEN");
	assert_true(said.declared);
}

/* A mapped body is written; the peer's own shape is what is judged. */
static void test_mapped(void **state)
{
	(void)state;
	set("{}", "{'peer.mapped': {'status': 'X', 'name': 'n'}}");
	assert_true(ask("mapped", 1, "{}"));
	assert_int_equal(said.class, CLASS_OK);
	assert_string_equal(json_string(said.body, "status", ""), "X");
	clean(NULL);
	set("{}", "{'peer.mapped': {'name': 'n'}}");
	assert_true(ask("mapped", 1, "{}"));
	assert_string_equal(said.code, "MISSING_MEMBER");
}

static void test_words_with_at(void **state)
{
	char then[TIME_TEXT_SIZE];

	(void)state;
	set("{}", "{'peer.pay': {'a': '@+3d', 'b': '@-10m', 'c': '@now+15m',"
		  " 'd': ['@orderId', {'e': '@key'}], 'n': '@params.n', 'o':"
		  " '@params.none', 'p': '@home', 'q': '@'}}");
	assert_true(ask("pay", 1, "{'n': 7, 'amountMinor': 1}"));
	time_format(STAGE_NOW_MS + INT64_C(3) * 86400000, then);
	assert_string_equal(json_string(said.body, "a", ""), then);
	time_format(STAGE_NOW_MS - 600000, then);
	assert_string_equal(json_string(said.body, "b", ""), then);
	time_format(STAGE_NOW_MS + 60000 + 900000, then);
	assert_string_equal(json_string(said.body, "c", ""), then);
	assert_string_equal(json_path(said.body, "d.0")->valuestring, "O1");
	assert_string_equal(json_path(said.body, "d.1.e")->valuestring,
			    "run_1/pay/1");
	assert_int_equal(json_int(said.body, "n", 0), 7);
	assert_true(cJSON_IsNull(json_get(said.body, "o")));
	assert_string_equal(json_string(said.body, "p", ""), "@home");
	assert_string_equal(json_string(said.body, "q", ""), "@");
}

static void test_not_given(void **state)
{
	(void)state;
	set("{}", "{}");
	assert_false(ask("get", 1, "{}"));
}

static bool within(const char *want, const char *got)
{
	cJSON *a = stage_json(want), *b = stage_json(got);
	bool good = fixture_within(a, b);

	cJSON_Delete(a);
	cJSON_Delete(b);
	return good;
}

static void test_within(void **state)
{
	(void)state;
	assert_true(within("{'a': 1}", "{'a': 1, 'b': 2}"));
	assert_true(within("{'a': {'b': 1}}", "{'a': {'b': 1, 'c': 2}}"));
	assert_true(within("{'a': null}", "{}"));
	assert_true(within("[1, {'a': 1}]", "[1, {'a': 1, 'b': 2}]"));
	assert_false(within("{'a': 1}", "{'a': 2}"));
	assert_false(within("{'a': 1}", "{}"));
	assert_false(within("[1]", "[1, 2]"));
	assert_false(within("{'a': {}}", "{'a': 1}"));
	assert_false(within("{'a': '1'}", "{'a': 1}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_laid_deep_over_the_base, clean),
		cmocka_unit_test_teardown(test_one_for_each_call, clean),
		cmocka_unit_test_teardown(test_echo, clean),
		cmocka_unit_test_teardown(test_what_goes_wrong, clean),
		cmocka_unit_test_teardown(test_mapped, clean),
		cmocka_unit_test_teardown(test_words_with_at, clean),
		cmocka_unit_test_teardown(test_not_given, clean),
		cmocka_unit_test_teardown(test_within, clean),
	};

	json_init();
	return cmocka_run_group_tests(tests, setup, teardown);
}

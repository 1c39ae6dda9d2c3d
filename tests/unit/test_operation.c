/* Declarations of adapters: a whole one is read to the last member, and each
 * way to get one wrong is told at its place. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/json.h"
#include "../../engine/flow/operation.h"
#include "../test.h"

static const char whole[] =
	"{\"adapter\":\"payment\",\"title\":\"Payments\",\"kind\":\"http\","
	"\"_note\":\"a remark\","
	"\"baseUrl\":\"{{setting.sandbox_url}}/payments\","
	"\"headers\":{\"Authorization\":\"Bearer {{setting.token}}\"},"
	"\"concurrency\":50,\"rate\":{\"perSecond\":200,\"burst\":60},"
	"\"breaker\":{\"failures\":7,\"window\":100,\"ratio\":0.25,"
	"\"open\":\"15s\"},\"operations\":{"
	"\"get\":{\"kind\":\"read\",\"path\":\"/{{orderId}}\"},"
	"\"findRefund\":{\"kind\":\"read\",\"path\":"
	"\"/{{orderId}}/refunds/{{key}}\"},"
	"\"refund\":{\"kind\":\"effect\",\"method\":\"PUT\",\"path\":"
	"\"/{{orderId}}/refund\",\"body\":{\"a\":\"{{amountMinor}}\"},"
	"\"offers\":\"lookup\",\"lookup\":\"findRefund\",\"visibleWithin\":"
	"\"7s\",\"effectScope\":\"order\",\"connectTimeout\":\"2s\","
	"\"timeout\":\"9s\",\"retry\":{\"maximumAttempts\":8},"
	"\"map\":{\"id\":\"data.refundId\",\"orderId\":\"orderId\"},"
	"\"require\":[\"id\"],\"echo\":[\"orderId\"],"
	"\"classes\":[{\"status\":\"409\",\"when\":{\"code\":\"DONE\"},"
	"\"class\":\"OK\"},{\"status\":\"5xx\",\"class\":\"THROTTLED\","
	"\"code\":\"BUSY\"},{\"when\":{\"x\":1},\"class\":\"UNKNOWN\"}]},"
	"\"authorize\":{\"kind\":\"effect\",\"path\":\"/a\",\"offers\":"
	"\"keyed\",\"keyRetention\":\"24h\"},"
	"\"ring\":{\"kind\":\"effect\",\"path\":\"\",\"offers\":\"neither\"}}}";

static enum err parse(const char *text, struct problems *p,
		      struct adapter **ret_adapter)
{
	cJSON *document;

	memset(p, 0, sizeof(*p));
	assert_int_equal(json_parse(text, strlen(text), p, &document), OK);
	return adapter_parse(document, p, ret_adapter);
}

static struct adapter *parse_ok(const char *text)
{
	struct problems p;
	struct adapter *a = NULL;

	if (parse(text, &p, &a) != OK)
		fail_msg("%s: %s", p.item[0].pointer, p.item[0].detail);
	assert_int_equal(p.count, 0);
	return a;
}

static void the_adapter_is_read(void **state)
{
	struct adapter *a = parse_ok(whole);

	(void)state;
	assert_string_equal(a->name, "payment");
	assert_string_equal(a->title, "Payments");
	assert_false(a->local);
	assert_string_equal(a->base_url, "{{setting.sandbox_url}}/payments");
	assert_string_equal(json_string(a->headers, "Authorization", ""),
			    "Bearer {{setting.token}}");
	assert_int_equal(a->concurrency, 50);
	assert_int_equal(a->rate_per_second, 200);
	assert_int_equal(a->rate_burst, 60);
	assert_int_equal(a->breaker_failures, 7);
	assert_int_equal(a->breaker_window, 100);
	assert_true(a->breaker_ratio > 0.24 && a->breaker_ratio < 0.26);
	assert_int_equal(a->breaker_open_ms, 15000);
	assert_int_equal(a->operation_count, 5);
	assert_null(adapter_operation(a, "none"));
	assert_null(adapter_operation(a, ""));
	assert_null(adapter_operation(a, NULL));
	adapter_free(a);
	adapter_free(NULL);
}

static void an_operation_is_read(void **state)
{
	struct adapter *a = parse_ok(whole);
	const struct operation *o = adapter_operation(a, "refund");

	(void)state;
	assert_non_null(o);
	assert_int_equal(o->kind, OPERATION_EFFECT);
	assert_string_equal(o->method, "PUT");
	assert_string_equal(o->path, "/{{orderId}}/refund");
	assert_non_null(o->body);
	assert_int_equal(o->offer, OFFER_LOOKUP);
	assert_string_equal(o->lookup, "findRefund");
	assert_int_equal(o->visible_within_ms, 7000);
	assert_true(o->order_scope);
	assert_int_equal(o->connect_timeout_ms, 2000);
	assert_int_equal(o->timeout_ms, 9000);
	assert_int_equal(o->retry.maximum_attempts, 8);
	assert_int_equal(o->retry.initial_interval_ms, 1000);
	assert_int_equal(o->require_count, 1);
	assert_string_equal(o->require[0], "id");
	assert_int_equal(o->echo_count, 1);
	assert_int_equal(o->class_rule_count, 3);
	assert_int_equal(o->class_rule[0].status_low, 409);
	assert_int_equal(o->class_rule[0].status_high, 409);
	assert_non_null(o->class_rule[0].when);
	assert_int_equal(o->class_rule[0].class, CLASS_OK);
	assert_int_equal(o->class_rule[1].status_low, 500);
	assert_int_equal(o->class_rule[1].status_high, 599);
	assert_int_equal(o->class_rule[1].class, CLASS_THROTTLED);
	assert_string_equal(o->class_rule[1].code, "BUSY");
	assert_int_equal(o->class_rule[2].status_low, 100);
	assert_int_equal(o->class_rule[2].status_high, 599);
	adapter_free(a);
}

static void defaults_stand_in(void **state)
{
	struct adapter *a = parse_ok(whole);
	const struct operation *o = adapter_operation(a, "get");

	(void)state;
	assert_string_equal(o->method, "GET");
	assert_int_equal(o->offer, OFFER_NONE);
	assert_int_equal(o->timeout_ms, 5000);
	assert_int_equal(o->connect_timeout_ms, 1000);
	assert_int_equal(o->retry.maximum_attempts, 3);
	assert_false(o->order_scope);
	assert_null(o->map);
	o = adapter_operation(a, "authorize");
	assert_string_equal(o->method, "POST");
	assert_int_equal(o->offer, OFFER_KEYED);
	assert_int_equal(o->key_retention_ms, 86400000);
	assert_int_equal(adapter_operation(a, "ring")->offer, OFFER_NEITHER);
	adapter_free(a);

	a = parse_ok("{\"adapter\":\"a\",\"kind\":\"local\",\"operations\":"
		     "{\"echo\":{\"kind\":\"read\"}}}");
	assert_true(a->local);
	assert_string_equal(a->title, "a");
	assert_int_equal(a->concurrency, 16);
	assert_int_equal(a->rate_per_second, 0);
	assert_int_equal(a->breaker_failures, 5);
	assert_int_equal(a->breaker_window, 100);
	assert_int_equal(a->breaker_open_ms, 30000);
	adapter_free(a);
}

/* Exactly one problem, at this place. */
static void complains(const char *text, const char *pointer)
{
	struct problems p;
	struct adapter *a = NULL;
	enum err e = parse(text, &p, &a);

	if (e != ERR_INVALID || p.count != 1 ||
	    strcmp(p.item[0].pointer, pointer) != 0)
		fail_msg("%s: %s, %d problems, first at \"%s\": %s", text,
			 err_name(e), p.count, p.item[0].pointer,
			 p.item[0].detail);
	assert_null(a);
}

#define READ "\"operations\":{\"get\":{\"kind\":\"read\",\"path\":\"/\"}}"
#define HTTP "\"adapter\":\"a\",\"kind\":\"http\",\"baseUrl\":\"http://h\""

static void bad_adapters_are_told(void **state)
{
	static const char *const rows[][2] = {
		{"\"x\"", ""},
		{"{\"kind\":\"http\",\"baseUrl\":\"http://h\"," READ "}",
		 "/adapter"},
		{"{\"adapter\":\"A b\",\"kind\":\"http\",\"baseUrl\":"
		 "\"http://h\"," READ "}",
		 "/adapter"},
		{"{\"adapter\":\"a234567890123456789012345678901x\",\"kind\":"
		 "\"http\",\"baseUrl\":\"http://h\"," READ "}",
		 "/adapter"},
		{"{\"adapter\":\"a\",\"baseUrl\":\"http://h\"," READ "}",
		 "/kind"},
		{"{\"adapter\":\"a\",\"kind\":\"soap\",\"baseUrl\":"
		 "\"http://h\"," READ "}",
		 "/kind"},
		{"{\"adapter\":\"a\",\"kind\":\"http\"," READ "}", "/baseUrl"},
		{"{\"adapter\":\"a\",\"kind\":\"http\",\"baseUrl\":\"ftp://"
		 "h\"," READ "}",
		 "/baseUrl"},
		{"{\"adapter\":\"a\",\"kind\":\"http\",\"baseUrl\":"
		 "\"http://h/\"," READ "}",
		 "/baseUrl"},
		{"{\"adapter\":\"a\",\"kind\":\"http\",\"baseUrl\":"
		 "\"http://{{h\"," READ "}",
		 "/baseUrl"},
		{"{" HTTP "," READ ",\"colour\":1}", "/colour"},
		{"{" HTTP "," READ ",\"title\":1}", "/title"},
		{"{" HTTP "," READ ",\"concurrency\":0}", "/concurrency"},
		{"{" HTTP "," READ ",\"concurrency\":\"9\"}", "/concurrency"},
		{"{" HTTP "," READ ",\"rate\":7}", "/rate"},
		{"{" HTTP "," READ ",\"rate\":{}}", "/rate/perSecond"},
		{"{" HTTP "," READ ",\"rate\":{\"perSecond\":1,\"per\":1}}",
		 "/rate/per"},
		{"{" HTTP "," READ ",\"breaker\":{\"failures\":0}}",
		 "/breaker/failures"},
		{"{" HTTP "," READ ",\"breaker\":{\"window\":201}}",
		 "/breaker/window"},
		{"{" HTTP "," READ ",\"breaker\":{\"ratio\":0}}",
		 "/breaker/ratio"},
		{"{" HTTP "," READ ",\"breaker\":{\"ratio\":1.1}}",
		 "/breaker/ratio"},
		{"{" HTTP "," READ ",\"breaker\":{\"ratio\":\"1\"}}",
		 "/breaker/ratio"},
		{"{" HTTP "," READ ",\"breaker\":{\"open\":\"2h\"}}",
		 "/breaker/open"},
		{"{" HTTP "," READ ",\"breaker\":{\"open\":\"soon\"}}",
		 "/breaker/open"},
		{"{" HTTP "," READ ",\"headers\":{\"A:\":\"x\"}}",
		 "/headers/A:"},
		{"{" HTTP "," READ ",\"headers\":{\"A\":1}}", "/headers/A"},
		{"{" HTTP "," READ ",\"headers\":{\"A\":\"{{\"}}",
		 "/headers/A"},
		{"{" HTTP "}", "/operations"},
		{"{" HTTP ",\"operations\":[]}", "/operations"},
		{"{" HTTP ",\"operations\":{}}", "/operations"},
		{"{\"adapter\":\"a\",\"kind\":\"local\",\"baseUrl\":"
		 "\"http://h\",\"operations\":{\"e\":{\"kind\":\"read\"}}}",
		 "/baseUrl"},
		{"{\"adapter\":\"a\",\"kind\":\"local\",\"operations\":{\"e\":"
		 "{\"kind\":\"read\",\"path\":\"/\"}}}",
		 "/operations/e/path"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		complains(rows[i][0], rows[i][1]);
}

/* An adapter with one operation "op" of these members, in which ' stands for ".
 */
static const char *with_operation(const char *members)
{
	static char text[2048];
	char *c;

	(void)snprintf(text, sizeof(text),
		       "{" HTTP ",\"operations\":{\"find\":{\"kind\":\"read\","
		       "\"path\":\"/{{key}}\"},\"blind\":{\"kind\":\"read\","
		       "\"path\":\"/\"},\"op\":{%s}}}",
		       members);
	for (c = text; (c = strchr(c, '\'')); c++)
		*c = '"';
	return text;
}

/* clang-format off */
#define AN_EFFECT "'kind': 'effect', 'path': '/'"
#define A_READ "'kind': 'read', 'path': '/'"

/* Members of an operation, and what of it is told to be wrong. */
static const char *const bad_operations[][2] = {
	{"'path': '/'", "/kind"},
	{"'kind': 'write', 'path': '/'", "/kind"},
	{"'kind': 'read'", "/path"},
	{"'kind': 'read', 'path': 'x'", "/path"},
	{"'kind': 'read', 'path': '/{{'", "/path"},
	{A_READ ", 'speed': 1", "/speed"},
	{A_READ ", 'method': 'get'", "/method"},
	{A_READ ", 'method': 'TRACE'", "/method"},
	{A_READ ", 'body': {}", "/body"},
	{A_READ ", 'method': 'POST', 'body': []", "/body"},
	{A_READ ", 'method': 'POST', 'body': {'a': ['{{}}']}", "/body/a/0"},
	{A_READ ", 'offers': 'keyed'", "/offers"},
	{A_READ ", 'effectScope': 'order'", "/effectScope"},
	{A_READ ", 'keyRetention': '1h'", "/keyRetention"},
	{A_READ ", 'lookup': 'find'", "/lookup"},
	{A_READ ", 'visibleWithin': '1s'", "/visibleWithin"},
	{AN_EFFECT ", 'method': 'GET', 'offers': 'keyed'", "/method"},
	{AN_EFFECT, "/offers"},
	{AN_EFFECT ", 'offers': 'maybe'", "/offers"},
	{AN_EFFECT ", 'offers': ''", "/offers"},
	{AN_EFFECT ", 'offers': 'keyed', 'effectScope': 'run'", "/effectScope"},
	{AN_EFFECT ", 'offers': 'keyed', 'keyRetention': 'x'", "/keyRetention"},
	{AN_EFFECT ", 'offers': 'keyed', 'lookup': 'find'", "/lookup"},
	{AN_EFFECT ", 'offers': 'neither', 'keyRetention': '1h'",
	 "/keyRetention"},
	{AN_EFFECT ", 'offers': 'neither', 'visibleWithin': '1s'",
	 "/visibleWithin"},
	{AN_EFFECT ", 'offers': 'lookup'", "/lookup"},
	{AN_EFFECT ", 'offers': 'lookup', 'lookup': 'nobody'", "/lookup"},
	{"'kind': 'effect', 'path': '/{{key}}', 'offers': 'lookup', 'lookup': "
	 "'op'", "/lookup"},
	{AN_EFFECT ", 'offers': 'lookup', 'lookup': 'blind'", "/lookup"},
	{AN_EFFECT ", 'offers': 'lookup', 'lookup': ''", "/lookup"},
	{A_READ ", 'timeout': '0'", "/timeout"},
	{A_READ ", 'timeout': '6m'", "/timeout"},
	{A_READ ", 'timeout': 5", "/timeout"},
	{A_READ ", 'connectTimeout': '6s'", "/connectTimeout"},
	{A_READ ", 'retry': {'maximumAttempts': 0}", "/retry/maximumAttempts"},
	{A_READ ", 'retry': 3", "/retry"},
	{A_READ ", 'require': 'a'", "/require"},
	{A_READ ", 'require': ['a', '']", "/require/1"},
	{A_READ ", 'echo': [1]", "/echo/0"},
	{A_READ ", 'map': {'a': 'b'}, 'require': ['a', 'b']", "/require/1"},
	{A_READ ", 'map': {'a': 1}", "/map/a"},
	{A_READ ", 'map': {'a/b': ''}", "/map/a~1b"},
	{A_READ ", 'classes': {}", "/classes"},
	{A_READ ", 'classes': [7]", "/classes/0"},
	{A_READ ", 'classes': [{'class': 'OK'}]", "/classes/0"},
	{A_READ ", 'classes': [{'status': '409'}]", "/classes/0/class"},
	{A_READ ", 'classes': [{'status': '409', 'class': 'ok'}]",
	 "/classes/0/class"},
	{A_READ ", 'classes': [{'status': 409, 'class': 'OK', 'when': {'a': "
	 "1}}]", "/classes/0/status"},
	{A_READ ", 'classes': [{'status': '6xx', 'class': 'OK'}]",
	 "/classes/0/status"},
	{A_READ ", 'classes': [{'status': '40x', 'class': 'OK'}]",
	 "/classes/0/status"},
	{A_READ ", 'classes': [{'status': '4090', 'class': 'OK'}]",
	 "/classes/0/status"},
	{A_READ ", 'classes': [{'when': {'a': {'like': 1}}, 'class': 'OK'}]",
	 "/classes/0/when/a/like"},
	{A_READ ", 'classes': [{'status': '409', 'class': 'OK', 'kode': 'X'}]",
	 "/classes/0/kode"},
};

/* Names that no operation may have. */
static const char *const bad_names[] = {
	"Get", "a.b", "a2345678901234567890123456789012",
};
/* clang-format on */

static void bad_operations_are_told(void **state)
{
	size_t i, count = sizeof(bad_operations) / sizeof(bad_operations[0]);
	char text[1000], pointer[128];

	(void)state;
	for (i = 0; i < count; i++) {
		(void)snprintf(pointer, sizeof(pointer), "/operations/op%s",
			       bad_operations[i][1]);
		complains(with_operation(bad_operations[i][0]), pointer);
	}
	for (i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++) {
		(void)snprintf(text, sizeof(text),
			       "{" HTTP ",\"operations\":{\"%s\":"
			       "{\"kind\":\"read\",\"path\":\"/\"}}}",
			       bad_names[i]);
		(void)snprintf(pointer, sizeof(pointer), "/operations/%s",
			       bad_names[i]);
		complains(text, pointer);
	}
}

static void several_problems_in_one_go(void **state)
{
	struct problems p;
	struct adapter *a = NULL;

	(void)state;
	assert_int_equal(parse("{\"adapter\":1,\"kind\":\"http\",\"x\":1,"
			       "\"operations\":{\"a\":{\"kind\":\"effect\","
			       "\"path\":\"/{{\"},\"b\":{\"kind\":\"read\","
			       "\"timeout\":\"?\"}}}",
			       &p, &a),
			 ERR_INVALID);
	/* adapter, baseUrl, a/path, a/offers, b/path, b/timeout, x */
	assert_int_equal(p.count, 7);
}

static void too_many_operations_are_told(void **state)
{
	char *text = calloc(1, 8192);
	size_t used;

	(void)state;
	assert_non_null(text);
	(void)snprintf(text, 8192, "{" HTTP ",\"operations\":{");
	for (int i = 0; i <= ADAPTER_OPERATIONS_MAX; i++) {
		used = strlen(text);
		(void)snprintf(text + used, 8192 - used,
			       "%s\"o%d\":{\"kind\":\"read\","
			       "\"path\":\"/\"}",
			       i ? "," : "", i);
	}
	used = strlen(text);
	(void)snprintf(text + used, 8192 - used, "}}");
	complains(text, "/operations");
	free(text);
}

static void class_names_go_both_ways(void **state)
{
	enum call_class c;

	(void)state;
	for (int i = 0; i < CLASS_COUNT; i++) {
		assert_true(call_class_parse(
			call_class_name((enum call_class)i), &c));
		assert_int_equal(c, i);
	}
	assert_false(call_class_parse("ok", &c));
	assert_false(call_class_parse("", &c));
	assert_false(call_class_parse(NULL, &c));
}

static int money_count; /* operations that move some */

/* Money moves once, whatever becomes of the answer. */
static void money_is_safe(const struct adapter *a)
{
	for (int i = 0; i < a->operation_count; i++) {
		const struct operation *o = &a->operation[i];

		if (o->kind != OPERATION_EFFECT ||
		    !json_get(o->body, "amountMinor"))
			continue;
		assert_true(o->order_scope);
		assert_int_not_equal(o->offer, OFFER_NEITHER);
		money_count++;
	}
}

/* What we ship must be what we accept. */
static void shipped_adapters_are_fine(void **state)
{
	DIR *folder = opendir("conf/adapters");
	struct dirent *entry;
	char path[512];
	int count = 0;

	(void)state;
	if (!folder)
		skip();
	while ((entry = readdir(folder))) {
		struct adapter *a;
		char *text;
		size_t length;
		FILE *file;

		if (!strstr(entry->d_name, ".json"))
			continue;
		(void)snprintf(path, sizeof(path), "conf/adapters/%s",
			       entry->d_name);
		file = fopen(path, "r");
		assert_non_null(file);
		text = calloc(1, JSON_BYTES_MAX);
		assert_non_null(text);
		length = fread(text, 1, JSON_BYTES_MAX - 1, file);
		assert_true(length > 0);
		a = parse_ok(text);
		money_is_safe(a);
		adapter_free(a);
		(void)fclose(file);
		free(text);
		count++;
	}
	(void)closedir(folder);
	assert_true(count > 0);
	assert_true(money_count > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_adapter_is_read),
		cmocka_unit_test(an_operation_is_read),
		cmocka_unit_test(defaults_stand_in),
		cmocka_unit_test(bad_adapters_are_told),
		cmocka_unit_test(bad_operations_are_told),
		cmocka_unit_test(several_problems_in_one_go),
		cmocka_unit_test(too_many_operations_are_told),
		cmocka_unit_test(class_names_go_both_ways),
		cmocka_unit_test(shipped_adapters_are_fine),
	};

	return RUN(tests);
}

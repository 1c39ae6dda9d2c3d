/* From a call to its request, and from whatever came back to a class. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/adapters/adapter.h"
#include "../../engine/base/json.h"
#include "../test.h"

#define KEY "run_x/refund/1"

static const char declaration[] =
	"{\"adapter\":\"payment\",\"kind\":\"http\","
	"\"baseUrl\":\"{{setting.url}}/payments\","
	"\"headers\":{\"Authorization\":\"Bearer {{setting.token}}\"},"
	"\"operations\":{"
	"\"get\":{\"kind\":\"read\",\"path\":\"/{{orderId}}\","
	"\"require\":[\"orderId\",\"status\"],\"echo\":[\"orderId\"]},"
	"\"plain\":{\"kind\":\"read\",\"path\":\"/\"},"
	"\"find\":{\"kind\":\"read\",\"path\":\"/{{orderId}}/r/{{key}}\"},"
	"\"refund\":{\"kind\":\"effect\",\"path\":\"/{{orderId}}/refund\","
	"\"body\":{\"amountMinor\":\"{{amountMinor}}\",\"note\":\"{{note?}}\","
	"\"why\":\"for {{orderId}}\"},\"offers\":\"keyed\","
	"\"timeout\":\"9s\",\"connectTimeout\":\"2s\","
	"\"require\":[\"refundId\"],\"echo\":[\"orderId\"]},"
	"\"ring\":{\"kind\":\"effect\",\"path\":\"/ring\","
	"\"offers\":\"neither\"},"
	"\"mapped\":{\"kind\":\"read\",\"path\":\"/\",\"map\":{\"status\":"
	"\"data.state\",\"extra\":\"data.extra\"},\"require\":[\"status\"]},"
	"\"ruled\":{\"kind\":\"effect\",\"path\":\"/\",\"offers\":\"keyed\","
	"\"require\":[\"id\"],\"classes\":["
	"{\"status\":\"409\",\"when\":{\"code\":\"DONE\"},\"class\":\"OK\"},"
	"{\"status\":\"409\",\"class\":\"RETRYABLE\",\"code\":\"LOCKED\"},"
	"{\"status\":\"5xx\",\"class\":\"PERMANENT\"},"
	"{\"status\":\"200\",\"when\":{\"error\":{\"exists\":true}},"
	"\"class\":\"PERMANENT\",\"code\":\"SOFT\"}]}}}";

struct fixture {
	struct adapter *adapter;
	cJSON *params, *settings;
	const char *credential;
	struct arena arena;
	struct problems problems;
	struct http_request request;
	struct call_answer answer;
};

static cJSON *parse(const char *text)
{
	cJSON *tree;

	assert_int_equal(json_parse(text, strlen(text), NULL, &tree), OK);
	return tree;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f ||
	    adapter_parse(parse(declaration), &f->problems, &f->adapter) != OK)
		return -1;
	f->params = parse("{\"orderId\":\"ORDER 1/2\",\"amountMinor\":24000}");
	f->settings = parse("{\"url\":\"http://127.0.0.1:1/x\","
			    "\"token\":\"s3cret\"}");
	arena_init(&f->arena);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cJSON_Delete(f->answer.body);
	cJSON_Delete(f->params);
	cJSON_Delete(f->settings);
	adapter_free(f->adapter);
	arena_release(&f->arena);
	free(f);
	return 0;
}

static const struct operation *operation(struct fixture *f, const char *name)
{
	const struct operation *o = adapter_operation(f->adapter, name);

	assert_non_null(o);
	return o;
}

static enum err request(struct fixture *f, const char *name, const char *key)
{
	return adapter_request(f->adapter, operation(f, name), f->params, key,
			       f->settings, f->credential, &f->arena,
			       &f->problems, &f->request);
}

static const char *header(const struct fixture *f, const char *name)
{
	for (int i = 0; i < f->request.header_count; i++) {
		if (strncmp(f->request.header[i], name, strlen(name)) == 0)
			return f->request.header[i] + strlen(name);
	}
	return NULL;
}

static void an_effect_is_asked_with_its_key(void **state)
{
	struct fixture *f = *state;
	const char *id;

	assert_int_equal(request(f, "refund", KEY), OK);
	assert_string_equal(f->request.method, "POST");
	assert_string_equal(
		f->request.url,
		"http://127.0.0.1:1/x/payments/ORDER%201%2F2/refund");
	assert_string_equal(
		f->request.body,
		"{\"amountMinor\":24000,\"why\":\"for ORDER 1/2\"}");
	assert_true(f->request.effect);
	assert_int_equal(f->request.timeout_ms, 9000);
	assert_int_equal(f->request.connect_timeout_ms, 2000);
	assert_string_equal(header(f, "Idempotency-Key: "), KEY);
	assert_string_equal(header(f, "Accept: "), "application/json");
	assert_string_equal(header(f, "Authorization: "), "Bearer s3cret");
	id = header(f, "X-Request-Id: ");
	assert_non_null(id);
	assert_int_equal(strlen(id), 32);
	assert_int_equal(strspn(id, "0123456789abcdef"), 32);
}

static void a_read_has_no_key_to_keep(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(request(f, "get", KEY), OK);
	assert_string_equal(f->request.method, "GET");
	assert_null(f->request.body);
	assert_false(f->request.effect);
	assert_null(header(f, "Idempotency-Key"));
	assert_non_null(header(f, "X-Request-Id: "));
	assert_int_equal(request(f, "get", NULL), OK);
	assert_null(header(f, "X-Request-Id"));
	assert_int_equal(request(f, "find", KEY), OK);
	assert_string_equal(f->request.url,
			    "http://127.0.0.1:1/x/payments/ORDER%201%2F2/r/"
			    "run_x%2Frefund%2F1");
}

static void a_lookup_asks_for_the_call_that_it_looks_for(void **state)
{
	struct fixture *f = *state;

	json_set_string(f->params, "key", KEY);
	assert_int_equal(request(f, "find", KEY "/lookup.1"), OK);
	assert_string_equal(f->request.url,
			    "http://127.0.0.1:1/x/payments/ORDER%201%2F2/r/"
			    "run_x%2Frefund%2F1");
	json_set_string(f->params, "key", "of somebody else");
	assert_int_equal(request(f, "refund", KEY), OK);
	assert_string_equal(header(f, "Idempotency-Key: "), KEY);
}

static void the_same_call_gives_the_same_request(void **state)
{
	struct fixture *f = *state;
	struct http_request first;

	assert_int_equal(request(f, "refund", KEY), OK);
	first = f->request;
	assert_int_equal(request(f, "refund", KEY), OK);
	assert_string_equal(first.url, f->request.url);
	assert_string_equal(first.body, f->request.body);
	assert_int_equal(first.header_count, f->request.header_count);
	for (int i = 0; i < first.header_count; i++)
		assert_string_equal(first.header[i], f->request.header[i]);
}

static void refused(struct fixture *f, const char *name, const char *key,
		    const char *pointer)
{
	memset(&f->problems, 0, sizeof(f->problems));
	memset(&f->request, 0, sizeof(f->request));
	assert_int_equal(request(f, name, key), ERR_INVALID);
	assert_int_equal(f->problems.count, 1);
	assert_string_equal(f->problems.item[0].pointer, pointer);
	assert_null(f->request.url);
}

static void without_a_value_nothing_leaves(void **state)
{
	struct fixture *f = *state;

	refused(f, "find", NULL, "/path");
	refused(f, "refund", "a\r\nX: y", "/key");
	json_set_string(f->settings, "token", "a\r\nX-Evil: 1");
	refused(f, "get", KEY, "/headers");
	cJSON_DeleteItemFromObject(f->settings, "token");
	refused(f, "get", KEY, "/headers");
	assert_string_equal(f->problems.item[0].detail,
			    "no value for {{setting.token}}");
	json_set_null(f->params, "amountMinor");
	refused(f, "refund", KEY, "/body/amountMinor");
	json_set_string(f->params, "orderId", "..");
	refused(f, "get", KEY, "/path");
	cJSON_DeleteItemFromObject(f->params, "orderId");
	refused(f, "get", KEY, "/path");
	cJSON_Delete(f->settings);
	f->settings = NULL;
	refused(f, "plain", KEY, "/baseUrl");
}

/* ---- answers ---------------------------------------------------------- */

static void answer_of(struct fixture *f, const char *name,
		      enum http_outcome outcome, int status, const char *body,
		      int64_t retry_after_ms)
{
	struct http_response r = {
		.outcome = outcome,
		.status = status,
		.body = body ? strdup(body) : NULL,
		.length = body ? strlen(body) : 0,
		.retry_after_ms = retry_after_ms,
		.duration_ms = 12,
	};

	cJSON_Delete(f->answer.body);
	adapter_answer(operation(f, name), f->params, &r, &f->answer);
	assert_null(r.body);
	assert_int_equal(f->answer.duration_ms, 12);
	assert_int_equal(f->answer.status, status);
}

static void classed(struct fixture *f, enum call_class class, const char *code)
{
	if (f->answer.class != class || strcmp(f->answer.code, code) != 0)
		fail_msg("%s %s (%s), expected %s %s",
			 call_class_name(f->answer.class), f->answer.code,
			 f->answer.error, call_class_name(class), code);
	assert_int_equal(f->answer.error[0] == '\0', class == CLASS_OK);
}

static void what_was_not_answered(void **state)
{
	static const struct {
		enum http_outcome outcome;
		enum call_class read, effect;
		const char *code;
	} rows[] = {
		{HTTP_NOT_SENT, CLASS_RETRYABLE, CLASS_RETRYABLE, "NOT_SENT"},
		{HTTP_TIMED_OUT, CLASS_RETRYABLE, CLASS_UNKNOWN, "TIMED_OUT"},
		{HTTP_BROKEN, CLASS_RETRYABLE, CLASS_UNKNOWN, "BROKEN"},
		{HTTP_TOO_LARGE, CLASS_RETRYABLE, CLASS_UNKNOWN, "TOO_LARGE"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		answer_of(f, "get", rows[i].outcome, 0, NULL, -1);
		classed(f, rows[i].read, rows[i].code);
		/* A status that came does not make a broken answer whole. */
		answer_of(f, "refund", rows[i].outcome, 200, NULL, -1);
		classed(f, rows[i].effect, rows[i].code);
		assert_null(f->answer.body);
	}
}

static void what_statuses_mean(void **state)
{
	static const struct {
		int status;
		enum call_class read, effect;
	} rows[] = {
		{301, CLASS_RETRYABLE, CLASS_UNKNOWN},
		{303, CLASS_RETRYABLE, CLASS_UNKNOWN},
		{400, CLASS_PERMANENT, CLASS_PERMANENT},
		{402, CLASS_PERMANENT, CLASS_PERMANENT},
		{404, CLASS_PERMANENT, CLASS_PERMANENT},
		{408, CLASS_RETRYABLE, CLASS_UNKNOWN},
		{409, CLASS_PERMANENT, CLASS_PERMANENT},
		{429, CLASS_THROTTLED, CLASS_THROTTLED},
		{499, CLASS_PERMANENT, CLASS_PERMANENT},
		{500, CLASS_RETRYABLE, CLASS_UNKNOWN},
		{502, CLASS_RETRYABLE, CLASS_UNKNOWN},
		{503, CLASS_RETRYABLE, CLASS_RETRYABLE},
		{504, CLASS_RETRYABLE, CLASS_UNKNOWN},
		{100, CLASS_RETRYABLE, CLASS_UNKNOWN},
		{0, CLASS_RETRYABLE, CLASS_UNKNOWN},
		{-1, CLASS_RETRYABLE, CLASS_UNKNOWN},
		{1000, CLASS_RETRYABLE, CLASS_UNKNOWN},
	};
	struct fixture *f = *state;
	char code[NAME_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(code, sizeof(code), "HTTP_%d", rows[i].status);
		answer_of(f, "get", HTTP_ANSWERED, rows[i].status, NULL, -1);
		classed(f, rows[i].read, code);
		answer_of(f, "refund", HTTP_ANSWERED, rows[i].status, "<html>",
			  -1);
		classed(f, rows[i].effect, code);
		assert_null(f->answer.body);
	}
}

static void retry_after_throttles(void **state)
{
	struct fixture *f = *state;

	answer_of(f, "refund", HTTP_ANSWERED, 503, NULL, 7000);
	classed(f, CLASS_THROTTLED, "HTTP_503");
	assert_int_equal(f->answer.retry_after_ms, 7000);
	answer_of(f, "refund", HTTP_ANSWERED, 503, NULL, 0);
	classed(f, CLASS_THROTTLED, "HTTP_503");
	assert_int_equal(f->answer.retry_after_ms, 0);
	answer_of(f, "refund", HTTP_ANSWERED, 429, NULL, -1);
	classed(f, CLASS_THROTTLED, "HTTP_429");
	assert_int_equal(f->answer.retry_after_ms, 0);
	/* Elsewhere it changes nothing. */
	answer_of(f, "refund", HTTP_ANSWERED, 500, NULL, 7000);
	classed(f, CLASS_UNKNOWN, "HTTP_500");
}

static void the_peers_own_code_is_kept(void **state)
{
	struct fixture *f = *state;

	answer_of(f, "refund", HTTP_ANSWERED, 402,
		  "{\"code\":\"STOLEN_CARD\",\"orderId\":\"x\"}", -1);
	classed(f, CLASS_PERMANENT, "STOLEN_CARD");
	assert_string_equal(json_string(f->answer.body, "orderId", ""), "x");
	answer_of(f, "refund", HTTP_ANSWERED, 402, "{\"code\":7}", -1);
	classed(f, CLASS_PERMANENT, "HTTP_402");
	answer_of(f, "refund", HTTP_ANSWERED, 402, "[1]", -1);
	classed(f, CLASS_PERMANENT, "HTTP_402");
}

static void only_a_good_body_is_ok(void **state)
{
	static const struct {
		const char *body, *code;
	} bad[] = {
		{NULL, "GARBAGE"},
		{"", "GARBAGE"},
		{"<html>", "GARBAGE"},
		{"{\"orderId\":\"ORDER 1/2\",\"status\":", "GARBAGE"},
		{"{\"orderId\":\"ORDER 1/2\",\"orderId\":1}", "GARBAGE"},
		{"[]", "MISSING_MEMBER"},
		{"{\"orderId\":\"ORDER 1/2\",\"refundId\":null,"
		 "\"status\":null}",
		 "MISSING_MEMBER"},
		{"{\"orderId\":\"ORDER-2\",\"status\":1,\"refundId\":1}",
		 "WRONG_ECHO"},
		{"{\"orderId\":[\"ORDER 1/2\"],\"status\":1,\"refundId\":1}",
		 "WRONG_ECHO"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		answer_of(f, "get", HTTP_ANSWERED, 200, bad[i].body, -1);
		classed(f, CLASS_RETRYABLE, bad[i].code);
		assert_null(f->answer.body);
		answer_of(f, "refund", HTTP_ANSWERED, 201, bad[i].body, -1);
		classed(f, CLASS_UNKNOWN, bad[i].code);
		assert_null(f->answer.body);
	}
	answer_of(f, "get", HTTP_ANSWERED, 200,
		  "{\"orderId\":\"ORDER 1/2\",\"status\":\"X\"}", -1);
	classed(f, CLASS_OK, "");
	assert_string_equal(json_string(f->answer.body, "status", ""), "X");
	/* The order asked about is part of what is echoed. */
	cJSON_DeleteItemFromObject(f->params, "orderId");
	answer_of(f, "get", HTTP_ANSWERED, 200,
		  "{\"orderId\":\"ORDER 1/2\",\"status\":\"X\"}", -1);
	classed(f, CLASS_RETRYABLE, "WRONG_ECHO");
}

static void an_effect_that_promises_nothing_may_be_empty(void **state)
{
	struct fixture *f = *state;

	answer_of(f, "ring", HTTP_ANSWERED, 204, NULL, -1);
	classed(f, CLASS_OK, "");
	assert_null(f->answer.body);
	answer_of(f, "ring", HTTP_ANSWERED, 200, "thanks", -1);
	classed(f, CLASS_UNKNOWN, "GARBAGE");
	/* A read without an answer has told nothing. */
	answer_of(f, "plain", HTTP_ANSWERED, 204, NULL, -1);
	classed(f, CLASS_RETRYABLE, "GARBAGE");
}

static void members_are_mapped(void **state)
{
	struct fixture *f = *state;
	char *text;

	answer_of(f, "mapped", HTTP_ANSWERED, 200,
		  "{\"data\":{\"state\":[1],\"other\":2}}", -1);
	classed(f, CLASS_OK, "");
	text = json_print(f->answer.body);
	assert_string_equal(text, "{\"status\":[1]}");
	free(text);
	answer_of(f, "mapped", HTTP_ANSWERED, 200, "{\"status\":1}", -1);
	classed(f, CLASS_RETRYABLE, "MISSING_MEMBER");
}

static void rules_come_first(void **state)
{
	struct fixture *f = *state;

	answer_of(f, "ruled", HTTP_ANSWERED, 409, "{\"code\":\"DONE\"}", -1);
	classed(f, CLASS_OK, "");
	assert_non_null(f->answer.body);
	answer_of(f, "ruled", HTTP_ANSWERED, 409, "{\"code\":\"X\"}", -1);
	classed(f, CLASS_RETRYABLE, "LOCKED");
	answer_of(f, "ruled", HTTP_ANSWERED, 409, "no json", -1);
	classed(f, CLASS_RETRYABLE, "LOCKED");
	answer_of(f, "ruled", HTTP_ANSWERED, 503, NULL, 1000);
	classed(f, CLASS_PERMANENT, "HTTP_503");
	answer_of(f, "ruled", HTTP_ANSWERED, 200, "{\"error\":1}", -1);
	classed(f, CLASS_PERMANENT, "SOFT");
	answer_of(f, "ruled", HTTP_ANSWERED, 200, "{\"id\":1}", -1);
	classed(f, CLASS_OK, "");
	answer_of(f, "ruled", HTTP_ANSWERED, 200, "{\"idx\":1}", -1);
	classed(f, CLASS_UNKNOWN, "MISSING_MEMBER");
	/* No status, no rule. */
	answer_of(f, "ruled", HTTP_TIMED_OUT, 0, NULL, -1);
	classed(f, CLASS_UNKNOWN, "TIMED_OUT");
}

static void a_local_adapter_sends_nothing(void **state)
{
	struct fixture *f = *state;

	f->adapter->local = true;
	refused(f, "plain", KEY, "");
}

/* In headers alone: neither a path nor a body nor a problem tells it. */
static void a_credential_goes_into_headers_alone(void **state)
{
	static const char text[] =
		"{\"adapter\":\"bank\",\"kind\":\"http\","
		"\"baseUrl\":\"{{setting.url}}\","
		"\"credential\":\"bank_token\","
		"\"headers\":{\"Authorization\":\"Bearer {{credential}}\"},"
		"\"operations\":{"
		"\"get\":{\"kind\":\"read\",\"path\":\"/\"},"
		"\"path\":{\"kind\":\"read\",\"path\":\"/{{credential}}\"},"
		"\"body\":{\"kind\":\"effect\",\"path\":\"/\","
		"\"body\":{\"a\":\"{{credential}}\"},"
		"\"offers\":\"keyed\"}}}";
	struct fixture *f = *state;

	adapter_free(f->adapter);
	assert_int_equal(adapter_parse(parse(text), &f->problems, &f->adapter),
			 OK);
	assert_string_equal(f->adapter->credential, "bank_token");
	f->credential = "t0p-s3cret";
	assert_int_equal(request(f, "get", KEY), OK);
	assert_string_equal(header(f, "Authorization: "), "Bearer t0p-s3cret");
	assert_int_equal(request(f, "path", KEY), ERR_INVALID);
	assert_int_equal(request(f, "body", KEY), ERR_INVALID);
	/* One that would begin a header of its own does not leave. */
	f->credential = "t0p-s3cret\r\nX-Evil: 1";
	assert_int_equal(request(f, "get", KEY), ERR_INVALID);
	f->credential = NULL;
	assert_int_equal(request(f, "get", KEY), ERR_INVALID);
	for (int i = 0; i < f->problems.count; i++)
		assert_null(strstr(f->problems.item[i].detail, "t0p"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_effect_is_asked_with_its_key),
		TEST(a_read_has_no_key_to_keep),
		TEST(a_lookup_asks_for_the_call_that_it_looks_for),
		TEST(the_same_call_gives_the_same_request),
		TEST(without_a_value_nothing_leaves),
		TEST(what_was_not_answered),
		TEST(what_statuses_mean),
		TEST(retry_after_throttles),
		TEST(the_peers_own_code_is_kept),
		TEST(only_a_good_body_is_ok),
		TEST(an_effect_that_promises_nothing_may_be_empty),
		TEST(members_are_mapped),
		TEST(rules_come_first),
		TEST(a_local_adapter_sends_nothing),
		TEST(a_credential_goes_into_headers_alone),
	};

	return RUN(tests);
}

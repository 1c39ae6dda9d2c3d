/*
 * Answers of downstream systems. The first line is
 *   OPERATION OUTCOME STATUS RETRY_AFTER_MS CONTENT_TYPE
 * with numbers for the first four, the rest is the body.
 *
 * Promises tried: an effect that may have happened is never said not to have;
 * OK is only said of a body that has what was required and speaks of the thing
 * that was asked about; what is kept of an answer can be shown and stored.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/adapters/adapter.h"
#include "../../engine/base/strbuf.h"
#include "fuzz.h"

static const char declaration[] =
	"{\"adapter\":\"payment\",\"kind\":\"http\",\"baseUrl\":\"http://x\","
	"\"operations\":{"
	"\"get\":{\"kind\":\"read\",\"path\":\"/{{orderId}}\",\"require\":"
	"[\"orderId\",\"status\"],\"echo\":[\"orderId\"]},"
	"\"refund\":{\"kind\":\"effect\",\"path\":\"/r\",\"offers\":\"keyed\","
	"\"require\":[\"refundId\"],\"echo\":[\"orderId\",\"amountMinor\"]},"
	"\"mapped\":{\"kind\":\"read\",\"path\":\"/m\",\"map\":{\"status\":"
	"\"data.status\",\"seat\":\"data.seats.0\"},\"require\":[\"status\"]},"
	"\"free\":{\"kind\":\"effect\",\"path\":\"/f\",\"offers\":\"neither\"},"
	"\"ruled\":{\"kind\":\"effect\",\"path\":\"/c\",\"offers\":\"keyed\","
	"\"classes\":[{\"status\":\"409\",\"class\":\"OK\"},{\"status\":"
	"\"4xx\",\"when\":{\"code\":\"GONE\"},\"class\":\"PERMANENT\","
	"\"code\":\"GONE\"},{\"when\":{\"again\":true},\"class\":"
	"\"RETRYABLE\"}]}}}";
static const char params_text[] =
	"{\"orderId\":\"ORDER-42\",\"amountMinor\":24000,\"currency\":\"USD\"}";

static cJSON *parse(const char *text)
{
	cJSON *tree = NULL;

	require(json_parse(text, strlen(text), NULL, &tree) == OK);
	return tree;
}

static const struct adapter *adapter(void)
{
	static struct adapter *a;
	struct problems p = {0};

	if (!a)
		require(adapter_parse(parse(declaration), &p, &a) == OK);
	return a;
}

static bool effect(const struct operation *o)
{
	return o->kind == OPERATION_EFFECT;
}

static void hold_silence(const struct operation *o, enum http_outcome outcome,
			 const struct call_answer *answer)
{
	require(answer->body == NULL && answer->class != CLASS_OK);
	if (outcome == HTTP_NOT_SENT)
		require(answer->class == CLASS_RETRYABLE);
	else
		require(answer->class ==
			(effect(o) ? CLASS_UNKNOWN : CLASS_RETRYABLE));
}

/* A rule of the declaration has the say over what holds without one. */
static void hold_status(const struct operation *o, int status,
			const struct call_answer *answer)
{
	if (o->class_rule_count > 0)
		return;
	if (answer->class == CLASS_OK)
		require(status >= 200 && status <= 299);
	if (effect(o) && (status >= 500 || status == 408 || status < 200) &&
	    status != 503)
		require(answer->class == CLASS_UNKNOWN);
	/* Said yes, though it cannot be read: never "not done". */
	if (effect(o) && status >= 200 && status <= 299)
		require(answer->class == CLASS_OK ||
			answer->class == CLASS_UNKNOWN);
	if (status == 429)
		require(answer->class == CLASS_THROTTLED);
}

static void hold_body(const struct operation *o, const cJSON *params,
		      const struct call_answer *answer)
{
	for (int i = 0; i < o->require_count; i++) {
		const cJSON *item = json_get(answer->body, o->require[i]);

		require(item && !cJSON_IsNull(item));
	}
	for (int i = 0; i < o->echo_count; i++)
		require(cJSON_Compare(json_get(answer->body, o->echo[i]),
				      json_get(params, o->echo[i]), true));
}

static void hold(const struct operation *o, const cJSON *params,
		 const struct http_response *sent,
		 const struct call_answer *answer)
{
	require((int)answer->class >= 0 && answer->class < CLASS_COUNT);
	require(answer->status == sent->status);
	require(answer->retry_after_ms >= 0);
	require(fuzz_text_ok(answer->code) && fuzz_text_ok(answer->error));
	require((answer->class == CLASS_OK) == (answer->code[0] == '\0'));
	require((answer->class == CLASS_OK) == (answer->error[0] == '\0'));
	if (sent->outcome != HTTP_ANSWERED) {
		hold_silence(o, sent->outcome, answer);
		return;
	}
	hold_status(o, sent->status, answer);
	if (answer->class == CLASS_OK && sent->status / 100 == 2)
		hold_body(o, params, answer);
}

static bool read_head(const char *line, const struct operation **ret_operation,
		      struct http_response *r)
{
	int operation = 0, outcome = 0, used = 0;
	long long wait_ms = -1;

	if (sscanf(line, "%9d %9d %9d %18lld %n", &operation, &outcome,
		   &r->status, &wait_ms, &used) < 4)
		return false;
	if (operation < 0 || operation >= adapter()->operation_count ||
	    outcome < 0 || outcome > HTTP_TOO_LARGE)
		return false;
	*ret_operation = &adapter()->operation[operation];
	r->outcome = (enum http_outcome)outcome;
	r->retry_after_ms = wait_ms;
	STR_COPY(r->content_type, line + used);
	STR_COPY(r->error, "words of the library");
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {(const char *)data, size};
	const struct operation *o = NULL;
	struct http_response r = {.duration_ms = 12}, sent;
	struct call_answer answer = {0};
	struct arena a = {0};
	cJSON *params = parse(params_text);

	if (read_head(input_line(&in, &a), &o, &r)) {
		/* Also with NUL bytes inside, as they come from a socket. */
		r.body = malloc(in.left + 1);
		require(r.body != NULL);
		if (in.left)
			memcpy(r.body, in.at, in.left);
		r.body[in.left] = '\0';
		r.length = in.left;
		sent = r;
		adapter_answer(o, params, &r, &answer);
		require(r.body == NULL && r.length == 0);
		hold(o, params, &sent, &answer);
		cJSON_Delete(answer.body);
	}
	cJSON_Delete(params);
	arena_release(&a);
	return 0;
}

/*
 * Adapters: the first line holds params of a call, the rest a declaration.
 * Promises tried: what is taken has limits in range and lookups that lead to a
 * read; a request made from it is whole, has no line or character that would
 * end its line, and is the same when it is made again; an effect is never asked
 * without its key.
 */
#include <stdlib.h>
#include <string.h>

#include "../../engine/adapters/adapter.h"
#include "../../engine/flow/local.h"
#include "fuzz.h"

#define KEY "run_01h455vb4pex5vsknk084sn02q/refund/1"

static void hold_operation(const struct adapter *a, const struct operation *o)
{
	require(o->name[0] && fuzz_printable(o->name));
	require(adapter_operation(a, o->name) != NULL);
	require(o->kind == OPERATION_READ || o->offer != OFFER_NONE);
	require(o->kind == OPERATION_EFFECT || o->offer == OFFER_NONE);
	require(o->timeout_ms >= 1 && o->connect_timeout_ms >= 1);
	require(o->connect_timeout_ms <= o->timeout_ms);
	require(o->retry.maximum_attempts >= 1);
	require(o->require_count <= OPERATION_LIST_MAX);
	require(o->echo_count <= OPERATION_LIST_MAX);
	require(o->class_rule_count <= OPERATION_LIST_MAX);
	if (o->offer == OFFER_LOOKUP)
		require(adapter_operation(a, o->lookup)->kind ==
			OPERATION_READ);
	if (!a->local)
		require(o->path && (!o->path[0] || o->path[0] == '/'));
	if (!a->local && o->kind == OPERATION_EFFECT)
		require(strcmp(o->method, "GET") != 0);
}

static void hold_adapter(const struct adapter *a)
{
	require(a->name[0] && a->title);
	require(a->concurrency >= 1 && a->rate_per_second >= 0);
	require(a->breaker_failures >= 1 && a->breaker_open_ms > 0);
	require(a->breaker_window >= 1 &&
		a->breaker_window <= ADAPTER_WINDOW_MAX);
	require(a->breaker_ratio > 0 && a->breaker_ratio <= 1);
	require(a->operation_count >= 1 &&
		a->operation_count <= ADAPTER_OPERATIONS_MAX);
	require(a->local || a->base_url);
}

static void hold_request(const struct operation *o,
			 const struct http_request *r, struct arena *arena)
{
	bool keyed = false;
	cJSON *body = NULL;

	require(fuzz_printable(r->url) && r->timeout_ms == o->timeout_ms);
	require(r->effect == (o->kind == OPERATION_EFFECT));
	for (int i = 0; i < r->header_count; i++) {
		require(fuzz_printable(r->header[i]));
		require(strstr(r->header[i], ": ") != NULL);
		keyed = keyed ||
			strcmp(r->header[i], "Idempotency-Key: " KEY) == 0;
	}
	require(keyed || !r->effect);
	require((r->body != NULL) == (o->body != NULL));
	if (r->body) {
		require(json_parse_max(r->body, strlen(r->body),
				       64 * JSON_BYTES_MAX, NULL, &body) == OK);
		cJSON_Delete(body);
	}
	(void)arena;
}

static void try_request(const struct adapter *a, const struct operation *o,
			const cJSON *params, struct arena *arena)
{
	struct http_request one = {0}, two = {0};
	struct problems p = {0};
	cJSON *settings = cJSON_CreateObject();
	enum err e;

	json_set_string(settings, "sandbox_url", "http://127.0.0.1:1/sandbox");
	e = adapter_request(a, o, params, KEY, settings, "s3cret", arena, &p,
			    &one);
	fuzz_problems(&p, e != OK);
	if (e == OK) {
		hold_request(o, &one, arena);
		require(adapter_request(a, o, params, KEY, settings, "s3cret",
					arena, &p, &two) == OK);
		require(strcmp(one.url, two.url) == 0);
		require(one.header_count == two.header_count);
		require(!one.body || strcmp(one.body, two.body) == 0);
	}
	cJSON_Delete(settings);
}

static void try_adapter(const struct adapter *a, const cJSON *params,
			struct arena *arena)
{
	hold_adapter(a);
	for (int i = 0; i < a->operation_count; i++) {
		const struct operation *o = &a->operation[i];

		hold_operation(a, o);
		try_request(a, o, params, arena);
		if (a->local) {
			struct call_answer answer = {0};

			local_run(o, params, &answer);
			require((int)answer.class < CLASS_COUNT);
			cJSON_Delete(answer.body);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {(const char *)data, size};
	struct problems p = {0};
	struct problems full = {.count = PROBLEMS_MAX};
	struct adapter *a = NULL, *again = NULL;
	struct arena arena = {0};
	cJSON *params = input_json(&in, &arena);
	cJSON *tree = NULL;
	enum err e;

	if (json_parse(in.at, in.left, NULL, &tree) == OK) {
		e = adapter_parse(cJSON_Duplicate(tree, true), &p, &a);
		fuzz_problems(&p, e != OK);
		require(adapter_parse(tree, &full, &again) == e);
		if (e == OK) {
			try_adapter(a, params, &arena);
			adapter_free(again);
			adapter_free(a);
		}
	}
	cJSON_Delete(params);
	arena_release(&arena);
	return 0;
}

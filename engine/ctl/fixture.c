/*
 * Why: a golden case is easy to write only if it says what is different and no
 * more. The rest comes from a base, and the answer that results is judged by
 * the code that judges real ones.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../adapters/adapter.h"
#include "../base/json.h"

#define ANSWER_MS 50 /* what an answer takes that is neither slow nor late */

/* ---- strings that begin with @ ---- */

/* "@+3d", "@-10m": NULL when it is none. */
static cJSON *moment(const char *text, int64_t from_ms)
{
	char at[TIME_TEXT_SIZE];
	int64_t ms;

	if ((text[0] != '+' && text[0] != '-') ||
	    duration_parse(text + 1, &ms) != 0)
		return NULL;
	time_format(text[0] == '+' ? from_ms + ms : from_ms - ms, at);
	return cJSON_CreateString(at);
}

static cJSON *resolved(const struct fixture *f, const struct rehearse_call *c,
		       const char *text)
{
	const cJSON *value;

	if (strcmp(text, "@orderId") == 0)
		return cJSON_CreateString(f->order_id);
	if (c && strcmp(text, "@key") == 0)
		return cJSON_CreateString(c->call->key);
	if (c && strncmp(text, "@params.", 8) == 0) {
		value = json_path(f->params, text + 8);
		return value ? cJSON_Duplicate(value, true)
			     : cJSON_CreateNull();
	}
	if (strncmp(text, "@now", 4) == 0)
		return moment(text[4] ? text + 4 : "+0s",
			      c ? c->at_ms : f->now_ms);
	return moment(text + 1, f->now_ms);
}

static void resolve_child(const struct fixture *f,
			  const struct rehearse_call *c, cJSON *parent,
			  cJSON **item)
{
	cJSON *value;

	if (!cJSON_IsString(*item) || (*item)->valuestring[0] != '@') {
		fixture_resolve(f, c, *item);
		return;
	}
	value = resolved(f, c, (*item)->valuestring);
	if (!value)
		return;
	if ((*item)->string)
		(void)cJSON_ReplaceItemInObjectCaseSensitive(
			parent, (*item)->string, value);
	else
		(void)cJSON_ReplaceItemViaPointer(parent, *item, value);
	*item = value;
}

void fixture_resolve(const struct fixture *f, const struct rehearse_call *c,
		     cJSON *tree)
{
	cJSON *item = tree ? tree->child : NULL;

	while (item) {
		resolve_child(f, c, tree, &item);
		item = item->next;
	}
}

/* ---- trees over trees ---- */

static void lay_over(cJSON *under, const cJSON *over)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, over)
	{
		cJSON *there =
			cJSON_GetObjectItemCaseSensitive(under, item->string);

		if (cJSON_IsObject(there) && cJSON_IsObject(item))
			lay_over(there, item);
		else
			json_set(under, item->string,
				 cJSON_Duplicate(item, true));
	}
}

bool fixture_within(const cJSON *want, const cJSON *got)
{
	const cJSON *a, *b;

	if (cJSON_IsObject(want)) {
		cJSON_ArrayForEach(a, want)
		{
			b = json_get(got, a->string);
			if (cJSON_IsNull(a) && !b)
				continue;
			if (!b || !fixture_within(a, b))
				return false;
		}
		return cJSON_IsObject(got);
	}
	if (cJSON_IsArray(want)) {
		if (!cJSON_IsArray(got) ||
		    cJSON_GetArraySize(want) != cJSON_GetArraySize(got))
			return false;
		for (a = want->child, b = got->child; a;
		     a = a->next, b = b->next) {
			if (!fixture_within(a, b))
				return false;
		}
		return true;
	}
	return cJSON_Compare(want, got, true);
}

/* ---- one answer ---- */

/* The n-th of a list, or the one there is. */
static const cJSON *nth_of(const cJSON *given, int nth)
{
	int count;

	if (!cJSON_IsArray(given))
		return given;
	count = cJSON_GetArraySize(given);
	return cJSON_GetArrayItem(given, nth <= count ? nth - 1 : count - 1);
}

/* Members that must be those of the call. */
static void echo(const struct fixture *f, const struct rehearse_call *c,
		 const cJSON *said, cJSON *body)
{
	const struct operation *o = c->operation;
	int i;

	for (i = 0; i < o->echo_count; i++) {
		const cJSON *asked = json_get(f->params, o->echo[i]);

		if (asked && !json_get(said, o->echo[i]))
			json_set(body, o->echo[i],
				 cJSON_Duplicate(asked, true));
	}
}

/* What the peer would have sent for this mapped body. */
static cJSON *unmapped(const struct operation *o, cJSON *body)
{
	const cJSON *item;
	cJSON *raw;

	if (!o->map)
		return body;
	raw = cJSON_CreateObject();
	cJSON_ArrayForEach(item, o->map)
	{
		const cJSON *value = json_get(body, item->string);

		if (value && cJSON_IsString(item))
			json_path_set(raw, item->valuestring,
				      cJSON_Duplicate(value, true));
	}
	cJSON_Delete(body);
	return raw;
}

static cJSON *good_body(const struct fixture *f, const struct rehearse_call *c,
			const cJSON *base, const cJSON *said)
{
	cJSON *body = cJSON_IsObject(base) ? cJSON_Duplicate(base, true)
					   : cJSON_CreateObject();

	lay_over(body, said);
	cJSON_DeleteItemFromObjectCaseSensitive(body, "slow");
	echo(f, c, said, body);
	fixture_resolve(f, c, body);
	return unmapped(c->operation, body);
}

static int64_t span(const cJSON *said, const char *key, int64_t fallback)
{
	const char *text = json_string(said, key, NULL);
	int64_t ms;

	return text && duration_parse(text, &ms) == 0 ? ms : fallback;
}

static cJSON *said_body(const struct fixture *f, const struct rehearse_call *c,
			const cJSON *said)
{
	cJSON *body = cJSON_Duplicate(json_get(said, "body"), true);

	fixture_resolve(f, c, body);
	return body;
}

static void respond(const struct fixture *f, const struct rehearse_call *c,
		    const cJSON *base, const cJSON *said,
		    struct http_response *r)
{
	const cJSON *http = json_get(said, "http");
	cJSON *body = NULL;

	r->duration_ms = span(said, "slow", ANSWER_MS);
	r->retry_after_ms = span(said, "retryAfter", -1);
	r->status = cJSON_IsNumber(http) ? (int)json_int(said, "http", 0) : 200;
	if (json_bool(said, "timeout", false) ||
	    r->duration_ms > c->operation->timeout_ms) {
		r->outcome = HTTP_TIMED_OUT;
		r->duration_ms = c->operation->timeout_ms;
		r->status = 0;
		return;
	}
	if (json_bool(said, "refused", false) ||
	    json_bool(said, "broken", false)) {
		r->outcome = json_bool(said, "refused", false) ? HTTP_NOT_SENT
							       : HTTP_BROKEN;
		r->status = 0;
		return;
	}
	r->outcome = HTTP_ANSWERED;
	body = http ? said_body(f, c, said) : good_body(f, c, base, said);
	if (body) {
		r->body = json_print(body);
		r->length = strlen(r->body);
	}
	cJSON_Delete(body);
}

bool fixture_answer(void *context, const struct rehearse_call *c,
		    struct call_answer *ret_answer)
{
	struct fixture *f = context;
	const cJSON *base = nth_of(json_get(f->base, c->name), c->nth);
	const cJSON *said = nth_of(json_get(f->answers, c->name), c->nth);
	struct http_response r = {.status = 0};

	if (!base && !said)
		return false;
	/* What the base says went wrong goes wrong, unless the case speaks. */
	if (!said && (json_get(base, "http") || json_get(base, "timeout") ||
		      json_get(base, "refused") || json_get(base, "broken")))
		said = base;
	f->params = cJSON_Parse(c->call->params);
	respond(f, c, base, said, &r);
	adapter_answer(c->operation, f->params, &r, ret_answer);
	cJSON_Delete(f->params);
	f->params = NULL;
	return true;
}

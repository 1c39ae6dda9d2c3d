/*
 * From a call to the request that goes out, and the operations that need no
 * peer. How answers are read stands in answer.c.
 *
 * Always holds: the same call gives the same request, byte by byte, so that a
 * re-send after a crash is the one whose digest was made durable. Nothing that
 * has no value, and no value that would change the path or start a header of
 * its own, leaves the house.
 */
#include "adapter.h"

#include <stdlib.h>
#include <string.h>

#include "../base/digest.h"
#include "../base/json.h"
#include "../flow/template.h"

#define HEADERS_MAX 16
#define REQUEST_ID_DIGITS 32 /* as a W3C trace id has */

/* What templates see: the params, {{key}} and {{setting.…}}. A lookup's params
 * hold the key of the call that it looks for; its own is known to nobody. */
static cJSON *template_document(const struct operation *operation,
				const cJSON *params, const char *key,
				const cJSON *settings)
{
	cJSON *document = cJSON_IsObject(params) ? cJSON_Duplicate(params, true)
						 : cJSON_CreateObject();

	if (key && (operation->kind == OPERATION_EFFECT ||
		    !cJSON_GetObjectItemCaseSensitive(document, "key")))
		json_set_string(document, "key", key);
	if (settings)
		json_set(document, "setting", cJSON_Duplicate(settings, true));
	return document;
}

/* Text that goes out as it is: no control characters, so no line of its own. */
static bool is_printable(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	}
	return true;
}

/* A template whose every placeholder has a value; where names it in p. */
static enum err fill(const char *text, const cJSON *document,
		     enum template_escape escape, const char *where,
		     struct arena *a, struct problems *p, char **ret_text)
{
	cJSON *json;
	int before = p->count + p->dropped;
	enum err e = template_text(text, document, escape, a, ret_text);

	if (e == OK && is_printable(*ret_text))
		return OK;
	json = cJSON_CreateString(text);
	template_missing(json, document, where, p);
	cJSON_Delete(json);
	if (p->count + p->dropped == before)
		problems_add(p, where, "a value of \"%.80s\" does not fit",
			     text);
	return ERR_INVALID;
}

static enum err make_url(const struct adapter *adapter,
			 const struct operation *operation,
			 const cJSON *document, struct arena *a,
			 struct problems *p, const char **ret_url)
{
	char *base, *path;
	enum err e;

	e = fill(adapter->base_url, document, TEMPLATE_EXACT, "/baseUrl", a, p,
		 &base);
	if (e == OK)
		e = fill(operation->path, document, TEMPLATE_URL, "/path", a, p,
			 &path);
	if (e == OK)
		*ret_url = arena_printf(a, "%s%s", base, path);
	return e;
}

static enum err make_body(const struct operation *operation,
			  const cJSON *document, struct arena *a,
			  struct problems *p, const char **ret_body)
{
	int before = p->count + p->dropped;
	cJSON *body;

	if (!operation->body) {
		*ret_body = NULL;
		return OK;
	}
	template_missing(operation->body, document, "/body", p);
	if (p->count + p->dropped > before)
		return ERR_INVALID;
	body = template_json(operation->body, document);
	*ret_body = json_print_arena(body, a);
	cJSON_Delete(body);
	return OK;
}

struct headers {
	const char *line[HEADERS_MAX];
	int count;
};

static void add_header(struct headers *h, const char *line)
{
	if (h->count < HEADERS_MAX)
		h->line[h->count++] = line;
}

/* Joins our log with the peer's, and is the same for every re-send. */
static void add_request_id(struct headers *h, const char *key, struct arena *a)
{
	char hex[DIGEST_HEX_SIZE];

	digest_text_hex(key, hex);
	add_header(h, arena_printf(a, "X-Request-Id: %.*s", REQUEST_ID_DIGITS,
				   hex));
}

static enum err make_headers(const struct adapter *adapter,
			     const struct operation *operation,
			     const cJSON *document, const char *key,
			     struct arena *a, struct problems *p,
			     struct headers *h)
{
	const cJSON *item;

	add_header(h, "Accept: application/json");
	if (key && !is_printable(key)) {
		problems_add(p, "/key", "expected printable characters");
		return ERR_INVALID;
	}
	if (key)
		add_request_id(h, key, a);
	if (key && operation->kind == OPERATION_EFFECT)
		add_header(h, arena_printf(a, "Idempotency-Key: %s", key));
	cJSON_ArrayForEach(item, adapter->headers)
	{
		char *value;
		enum err e = fill(item->valuestring, document, TEMPLATE_EXACT,
				  "/headers", a, p, &value);

		if (e != OK)
			return e;
		add_header(h, arena_printf(a, "%s: %s", item->string, value));
	}
	return OK;
}

enum err adapter_request(const struct adapter *adapter,
			 const struct operation *operation, const cJSON *params,
			 const char *key, const cJSON *settings,
			 const char *credential, struct arena *a,
			 struct problems *p, struct http_request *ret_request)
{
	struct http_request r = {
		.method = operation->method,
		.effect = operation->kind == OPERATION_EFFECT,
		.connect_timeout_ms = operation->connect_timeout_ms,
		.timeout_ms = operation->timeout_ms,
	};
	struct headers *h = arena_alloc(a, sizeof(*h));
	cJSON *document;
	enum err e;

	if (adapter->local) {
		problems_add(p, "", "a local adapter sends no requests");
		return ERR_INVALID;
	}
	document = template_document(operation, params, key, settings);
	e = make_url(adapter, operation, document, a, p, &r.url);
	if (e == OK)
		e = make_body(operation, document, a, p, &r.body);
	/* Only now: neither the path nor the body can ask for it. */
	if (credential)
		json_set_string(document, "credential", credential);
	if (e == OK)
		e = make_headers(adapter, operation, document, key, a, p, h);
	cJSON_Delete(document);
	if (e != OK)
		return e;
	r.header = h->line;
	r.header_count = h->count;
	*ret_request = r;
	return OK;
}

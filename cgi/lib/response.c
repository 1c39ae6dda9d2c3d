/*
 * Renders every answer, and is the one place where an error becomes HTTP.
 *
 * Always holds: a failure of ours never shows its inside to the client; it
 * carries the request's id, under which the log has the rest. What a GET
 * answers with 200 has a strong ETag of exactly the bytes that go out.
 */
#include "response.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../engine/base/digest.h"
#include "../../engine/base/json.h"

#define HEAD_BYTES_MAX 4096
#define ETAG_SIZE 35 /* two quotes, 32 hex digits, NUL */

struct meaning {
	int status;
	const char *code, *title;
	int retry_after_s; /* 0: none */
};

/* ERR_CONSTRAINT and ERR_SYSTEM reach a client only by a fault of ours. */
static const struct meaning meanings[ERR_COUNT] = {
	[OK] = {200, "ok", "OK", 0},
	[ERR_NOT_FOUND] = {404, "not_found", "There is no such thing", 0},
	[ERR_CONFLICT] = {409, "conflict", "Its state does not allow this", 0},
	[ERR_STALE] = {409, "stale", "Somebody was faster", 0},
	[ERR_DENIED] = {403, "denied", "You may not do this", 0},
	[ERR_INVALID] = {400, "invalid", "The request is not valid", 0},
	[ERR_MISMATCH] = {422, "idempotency_mismatch",
			  "The key is known with another content", 0},
	[ERR_TOO_LARGE] = {413, "too_large", "The request is too large", 0},
	[ERR_BUSY] = {503, "busy", "Busy, try again", 1},
	[ERR_DISK_FULL] = {507, "disk_full", "The disk is full", 0},
	[ERR_IO] = {500, "io", "The disk failed", 0},
	[ERR_CORRUPT] = {500, "corrupt", "The database is damaged", 0},
	[ERR_HALTED] = {503, "halted", "Writing is halted", 0},
	[ERR_SCHEMA] = {503, "schema", "The database is not of this version",
			5},
	[ERR_CONSTRAINT] = {500, "constraint", "Something went wrong", 0},
	[ERR_TIMEOUT] = {503, "timeout", "Not done in time, try again", 1},
	[ERR_SYSTEM] = {500, "system", "Something went wrong", 0},
};

static const struct {
	int status;
	const char *phrase;
} phrases[] = {
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{204, "No Content"},
	{304, "Not Modified"},
	{400, "Bad Request"},
	{402, "Payment Required"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{409, "Conflict"},
	{413, "Content Too Large"},
	{415, "Unsupported Media Type"},
	{422, "Unprocessable Content"},
	{429, "Too Many Requests"},
	{500, "Internal Server Error"},
	{503, "Service Unavailable"},
	{507, "Insufficient Storage"},
};

static const char *phrase_of(int status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Other";
}

static const struct meaning *meaning_of(enum err e)
{
	return &meanings[(unsigned)e < ERR_COUNT ? e : ERR_SYSTEM];
}

int response_status_of(enum err e)
{
	return meaning_of(e)->status;
}

const char *response_code_of(enum err e)
{
	return meaning_of(e)->code;
}

const char *response_title_of(enum err e)
{
	return meaning_of(e)->title;
}

void response_init(struct response *r)
{
	*r = (struct response){0};
	strbuf_init(&r->head, HEAD_BYTES_MAX);
}

void response_release(struct response *r)
{
	cJSON_Delete(r->json);
	cJSON_Delete(r->current);
	strbuf_release(&r->head);
	*r = (struct response){0};
}

void response_json(struct response *r, int status, cJSON *tree)
{
	cJSON_Delete(r->json);
	r->json = tree ? tree : cJSON_CreateNull();
	r->text = NULL;
	r->status = status;
}

void response_text(struct response *r, int status, const char *type,
		   const char *text, size_t length)
{
	r->status = status;
	r->type = type;
	r->text = text;
	r->text_length = length;
}

void response_header(struct response *r, const char *name, const char *value)
{
	int at = 0;

	while (at < r->header_count && strcmp(r->header[at].name, name) != 0)
		at++;
	if (at == RESPONSE_HEADERS_MAX)
		return;
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return;
	r->header[at].name = name;
	STR_COPY(r->header[at].value, value);
	if (at == r->header_count)
		r->header_count++;
}

enum err response_refuse(struct response *r, enum err e, const char *code,
			 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(r->detail, sizeof(r->detail), format, args);
	va_end(args);
	r->code = code;
	return e;
}

const char *response_body(struct response *r, struct arena *a)
{
	if (!r->text && r->json) {
		/* What was printed as it was made is not copied again. */
		r->text = cJSON_IsRaw(r->json) ? r->json->valuestring
					       : json_print_arena(r->json, a);
		r->text_length = strlen(r->text);
	}
	return r->text ? r->text : "";
}

/* What the client can mend; of our own failures it learns nothing. */
static cJSON *errors_of(const struct problems *p, int status)
{
	cJSON *errors = cJSON_CreateArray();

	for (int i = 0; i < p->count && status < 500; i++) {
		cJSON *item = cJSON_CreateObject();

		json_set_string(item, "pointer", p->item[i].pointer);
		json_set_string(item, "detail", p->item[i].detail);
		cJSON_AddItemToArray(errors, item);
	}
	return errors;
}

/* Turns a refusal into the JSON that will go out. */
static void make_problem(struct response *r, enum err e,
			 const struct request *req, const struct problems *p,
			 struct arena *a)
{
	const struct meaning *m = meaning_of(e);
	const char *code = r->code ? r->code : m->code;
	int status = r->status >= 400 ? r->status : m->status;
	cJSON *problem = cJSON_CreateObject();
	const char *detail = r->detail;

	if (!*detail && p->count > 0 && status < 500)
		detail = p->item[0].detail;
	json_set_string(problem, "type",
			arena_printf(a, "urn:mend:problem:%s", code));
	json_set_string(problem, "title",
			r->code ? phrase_of(status) : m->title);
	json_set_int(problem, "status", status);
	json_set_string(problem, "detail", *detail ? detail : m->title);
	json_set_string(problem, "code", code);
	json_set_string(problem, "requestId", req->id);
	cJSON_AddItemToObject(problem, "errors", errors_of(p, status));
	if (r->current)
		cJSON_AddItemToObject(problem, "current", r->current);
	r->current = NULL;
	response_json(r, status, problem);
	r->type = "application/problem+json";
	if (m->retry_after_s > 0)
		response_header(r, "Retry-After",
				arena_printf(a, "%d", m->retry_after_s));
}

/* Digest of the body, as a quoted strong tag. */
static void make_etag(const struct response *r, char etag[ETAG_SIZE])
{
	char hex[DIGEST_HEX_SIZE];
	struct digest d;
	uint8_t sum[DIGEST_SIZE];

	digest_init(&d);
	digest_field(&d, r->text ? r->text : "", r->text_length);
	digest_final(&d, sum);
	digest_hex(sum, hex);
	etag[0] = '"';
	memcpy(etag + 1, hex, ETAG_SIZE - 3);
	etag[ETAG_SIZE - 2] = '"';
	etag[ETAG_SIZE - 1] = '\0';
}

static void make_head(struct response *r)
{
	const char *type = r->type ? r->type : "application/json";

	strbuf_printf(&r->head, "Status: %d %s\r\n", r->status,
		      phrase_of(r->status));
	if (r->status != 304) {
		strbuf_printf(&r->head, "Content-Type: %s\r\n", type);
		/* Without it nginx sends chunks, the last one apart, and ends
		 * an answer well that broke off in the middle. */
		strbuf_printf(&r->head, "Content-Length: %zu\r\n",
			      r->text_length);
	}
	for (int i = 0; i < r->header_count; i++)
		strbuf_printf(&r->head, "%s: %s\r\n", r->header[i].name,
			      r->header[i].value);
	strbuf_add(&r->head, "\r\n");
}

void response_finish(struct response *r, enum err e, const struct request *req,
		     const struct problems *p, struct arena *a)
{
	char etag[ETAG_SIZE];

	if (e)
		make_problem(r, e, req, p, a);
	if (r->status == 0)
		r->status = 200;
	r->body = response_body(r, a);
	r->body_length = r->text_length;
	if (r->body_length > RESPONSE_BYTES_MAX) {
		e = response_refuse(r, ERR_SYSTEM, "answer_too_large",
				    "ask for less at a time");
		r->status = 500;
		make_problem(r, e, req, p, a);
		r->body = response_body(r, a);
		r->body_length = r->text_length;
	}
	if (r->status == 200 && req->method == METHOD_GET) {
		make_etag(r, etag);
		response_header(r, "ETag", etag);
		response_header(r, "Cache-Control", "private, no-cache");
		if (request_none_match(req, etag))
			r->status = 304;
	} else {
		response_header(r, "Cache-Control", "no-store");
	}
	if (r->status == 304 || req->head)
		r->body_length = 0;
	make_head(r);
}

/*
 * Headers, one a line: X-Mend-Actor, Idempotency-Key, If-None-Match,
 * Content-Type, Content-Length, Sec-Fetch-Site. Promises tried: who acts is a
 * name that can be shown, and comes back the same when a browser escapes it; a
 * tag is found in any list that has it and never in one that has not; a length
 * is a number or none.
 */
#include <stdio.h>
#include <string.h>

#include "../../cgi/lib/auth.h"
#include "../../cgi/lib/once.h"
#include "../unit/fake_request.h"
#include "fuzz.h"

#define TAG "\"0123456789abcdef\""

struct lines {
	const char *actor, *key, *tags, *type, *length, *site;
};

static const struct config config = {.dev_role = "agent"};

static void make(struct context *c, const struct request_source *source,
		 struct arena *a)
{
	*c = (struct context){
		.config = &config, .world = &world_real, .arena = a};
	require(request_init(&c->request, source, a, &c->problems) == OK);
	c->request.json = cJSON_CreateObject();
}

static void try_actor(struct context *c, struct arena *a)
{
	struct context again;
	struct strbuf escaped;
	enum err e = auth_actor(c);

	fuzz_problems(&c->problems, e != OK);
	require(fuzz_printable(c->actor.name) && c->actor.name[0]);
	require(c->actor.role == ROLE_AGENT && c->actor.self_asserted);
	if (e != OK)
		return;
	strbuf_init(&escaped, 1024);
	for (const char *n = c->actor.name; *n; n++)
		strbuf_printf(&escaped, "%%%02X", (unsigned char)*n);
	make(&again,
	     FAKE("REQUEST_URI", "/", "HTTP_X_MEND_ACTOR",
		  strbuf_text(&escaped)),
	     a);
	require(auth_actor(&again) == OK);
	require(strcmp(again.actor.name, c->actor.name) == 0);
	request_release(&again.request);
	strbuf_release(&escaped);
}

static void try_key(struct context *c)
{
	struct once once;
	enum err e;

	c->problems = (struct problems){0};
	e = once_key(c, &once);
	fuzz_problems(&c->problems, e != OK);
	if (e != OK || !once.key)
		return;
	require(*once.key && strlen(once.key) < KEY_SIZE);
	require(fuzz_printable(once.key));
	require(strlen(once.digest) == 64);
}

static void try_tags(const struct context *c, const char *tags, struct arena *a)
{
	const char *with = arena_printf(a, "%s, W/" TAG " ,\"x\"", tags);
	struct context again;
	bool found = request_none_match(&c->request, TAG);

	if (strcmp(tags, "*") != 0 && !strstr(tags, TAG))
		require(!found);
	make(&again, FAKE("REQUEST_URI", "/", "HTTP_IF_NONE_MATCH", with), a);
	require(request_none_match(&again.request, TAG));
	request_release(&again.request);
}

static void try_length(const struct context *c, const char *length)
{
	bool digits = strspn(length, "0123456789") == strlen(length);

	require(c->request.body_length >= -1);
	require(digits || c->request.body_length == -1);
	if (digits && strlen(length) < 10)
		require(c->request.body_length >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {(const char *)data, size};
	struct arena a = {0};
	struct lines l = {.actor = input_line(&in, &a)};
	struct context c;

	l.key = input_line(&in, &a);
	l.tags = input_line(&in, &a);
	l.type = input_line(&in, &a);
	l.length = input_line(&in, &a);
	l.site = input_line(&in, &a);
	make(&c,
	     FAKE("REQUEST_URI", "/", "HTTP_X_MEND_ACTOR", l.actor,
		  "HTTP_IDEMPOTENCY_KEY", l.key, "HTTP_IF_NONE_MATCH", l.tags,
		  "CONTENT_TYPE", l.type, "CONTENT_LENGTH", l.length,
		  "HTTP_SEC_FETCH_SITE", l.site),
	     &a);
	try_actor(&c, &a);
	try_key(&c);
	try_tags(&c, l.tags, &a);
	try_length(&c, l.length);
	if (request_is_json(&c.request))
		require(strlen(l.type) >= strlen("application/json"));
	if (*l.site && auth_cross_site(&c.request))
		require(strcmp(l.site, "same-origin") != 0);
	request_release(&c.request);
	arena_release(&a);
	return 0;
}

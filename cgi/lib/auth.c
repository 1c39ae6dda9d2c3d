/*
 * Who acts, and whether a browser was tricked into asking.
 *
 * Always holds: every context has an actor with a name and a role before any
 * handler runs. Everything that will change with sign-in is in this file.
 */
#include "auth.h"

#include <string.h>
#include <strings.h>

#include "../../engine/base/json.h"
#include "../../engine/base/strbuf.h"

static bool name_fits(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length >= ACTOR_SIZE || !utf8_valid(name, length))
		return false;
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	/* "Ana " would sign beside "Ana". */
	return name[0] != ' ' && name[length - 1] != ' ';
}

enum err auth_actor(struct context *c)
{
	const char *name = request_header(&c->request, "X-Mend-Actor");

	c->actor = (struct actor){.self_asserted = true};
	STR_COPY(c->actor.name, ACTOR_DEFAULT);
	/* The configuration has checked it; the least role otherwise. */
	if (!role_parse(c->config->dev_role, &c->actor.role))
		c->actor.role = ROLE_VIEWER;
	if (!name)
		return OK;
	/* Browsers send no bytes above 127 in a header that say UTF-8, so a
	 * name may come escaped, as encodeURIComponent() does. */
	name = request_decode(c->arena, name, strlen(name), false);
	if (!name || !name_fits(name)) {
		problems_add(&c->problems, "X-Mend-Actor",
			     "expected 1 to %d bytes of printable UTF-8 with "
			     "no blank at either end, plain or "
			     "percent-encoded",
			     ACTOR_SIZE - 1);
		return ERR_INVALID;
	}
	STR_COPY(c->actor.name, name);
	return OK;
}

enum err auth_claim(struct context *c, const char *name, const char *pointer)
{
	if (!name || request_header(&c->request, "X-Mend-Actor"))
		return OK;
	if (!name_fits(name)) {
		problems_add(&c->problems, pointer,
			     "expected 1 to %d bytes of printable UTF-8 with "
			     "no blank at either end",
			     ACTOR_SIZE - 1);
		return ERR_INVALID;
	}
	STR_COPY(c->actor.name, name);
	return OK;
}

/* Is this Origin ("http://host:port", "null") the Host that was asked? The
 * scheme may be either: a proxy before us may have taken TLS away. */
static bool same_host(const char *origin, const char *host)
{
	const char *port = NULL;
	size_t length;

	if (strncasecmp(origin, "http://", 7) == 0)
		port = ":80";
	else if (strncasecmp(origin, "https://", 8) == 0)
		port = ":443";
	if (!port || !host)
		return false;
	origin = strchr(origin, '/') + 2;
	length = strlen(origin);
	/* Browsers leave the scheme's own port out of both; others may not. */
	return strncasecmp(origin, host, length) == 0 &&
	       (host[length] == '\0' || strcmp(host + length, port) == 0);
}

bool auth_cross_site(const struct request *r)
{
	const char *site = request_header(r, "Sec-Fetch-Site");
	const char *origin = request_header(r, "Origin");

	if (site && strcmp(site, "same-origin") != 0 &&
	    strcmp(site, "none") != 0)
		return true;
	return origin && !same_host(origin, request_header(r, "Host"));
}

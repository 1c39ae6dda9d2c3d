/*
 * Reads the headers of a request (request.h).
 *
 * Always holds: a header that is there but empty reads as absent.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "request.h"

static const char *source_param(const struct request *r, const char *name)
{
	return r->source->param(r->source->context, name);
}

const char *request_header(const struct request *r, const char *name)
{
	char param[64] = "HTTP_";
	size_t n = strlen(param);

	for (; *name && n + 1 < sizeof(param); name++)
		param[n++] = *name == '-' ? '_'
					  : (char)toupper((unsigned char)*name);
	param[n] = '\0';

	const char *value = source_param(r, param);

	return value && *value ? value : NULL;
}

bool request_is_json(const struct request *r)
{
	const char *type = source_param(r, "CONTENT_TYPE");
	const char *json = "application/json";
	size_t length = strlen(json);

	if (!type || strncasecmp(type, json, length) != 0)
		return false;
	type += length;
	type += strspn(type, " \t");
	return *type == '\0' || *type == ';';
}

bool request_none_match(const struct request *r, const char *etag)
{
	const char *list = request_header(r, "If-None-Match");
	size_t length = strlen(etag);

	if (!list)
		return false;
	if (strcmp(list, "*") == 0)
		return true;
	while (*list) {
		list += strspn(list, " \t,");
		/* Weak comparison, as RFC 9110 wants it here; nginx's gzip
		 * also makes our strong tags weak on their way out. */
		if (strncmp(list, "W/", 2) == 0)
			list += 2;
		if (strncmp(list, etag, length) == 0 &&
		    strchr(", \t", list[length]))
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

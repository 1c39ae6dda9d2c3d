/*
 * Takes an HTTP request apart, strictly.
 *
 * What proxies, browsers and attackers disagree about is refused rather than
 * guessed: half an escape, bytes that are no UTF-8, control characters, the
 * same query name twice. Always holds: what request_init has accepted is text
 * that can go into a query, a log line or an answer as it is.
 */
#include "request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/clock.h"
#include "../../engine/base/id.h"
#include "../../engine/base/json.h"
#include "../../engine/base/strbuf.h"

#define PATH_BYTES_MAX 4096

static const char *const method_names[METHOD_COUNT] = {
	[METHOD_OTHER] = "",
	[METHOD_GET] = "GET",
	[METHOD_POST] = "POST",
};

const char *method_name(enum method m)
{
	return method_names[m];
}

static const char *source_param(const struct request *r, const char *name)
{
	return r->source->param(r->source->context, name);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

char *request_decode(struct arena *a, const char *text, size_t length,
		     bool plus)
{
	char *out = arena_alloc(a, length + 1);
	size_t n = 0;

	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		if (c == '%') {
			int high = i + 2 < length ? hex_value(text[i + 1]) : -1;
			int low = high >= 0 ? hex_value(text[i + 2]) : -1;

			if (low < 0)
				return NULL;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if ((unsigned char)c < ' ' || c == 0x7f)
			return NULL;
		out[n++] = c;
	}
	out[n] = '\0';
	return utf8_valid(out, n) ? out : NULL;
}

static enum err split_path(struct request *r, size_t length, struct arena *a,
			   struct problems *p)
{
	size_t at = 1;

	if (length == 0 || r->path[0] != '/' || length > PATH_BYTES_MAX) {
		problems_add(p, "",
			     "the path must begin with / and have at "
			     "most 4096 bytes");
		return ERR_INVALID;
	}
	while (at <= length) {
		size_t end = at;

		while (end < length && r->path[end] != '/')
			end++;
		/* Too deep for any route: found by nobody, hence 404. */
		if (r->segment_count == REQUEST_SEGMENTS_MAX) {
			r->segment_count = 0;
			return OK;
		}
		char *segment =
			request_decode(a, r->path + at, end - at, false);

		if (!segment) {
			problems_add(p, "",
				     "the path has a broken escape, a control "
				     "character or bytes that are not UTF-8");
			return ERR_INVALID;
		}
		r->segment[r->segment_count++] = segment;
		at = end + 1;
	}
	return OK;
}

static enum err add_query(struct request *r, const char *text, size_t length,
			  struct arena *a, struct problems *p)
{
	const char *equals = memchr(text, '=', length);
	size_t name_length = equals ? (size_t)(equals - text) : length;
	const char *rest = equals ? equals + 1 : text + length;
	char *name = request_decode(a, text, name_length, true);
	char *value =
		request_decode(a, rest, (size_t)(text + length - rest), true);

	if (!name || !value) {
		problems_add(p, name ? arena_printf(a, "?%.64s", name) : "?",
			     "has a broken escape, a control character or "
			     "bytes that are not UTF-8");
		return ERR_INVALID;
	}
	if (request_query(r, name)) {
		problems_add(p, arena_printf(a, "?%.64s", name),
			     "is there twice");
		return ERR_INVALID;
	}
	if (r->query_count == REQUEST_QUERY_MAX) {
		problems_add(p, "?", "more than %d query parameters",
			     REQUEST_QUERY_MAX);
		return ERR_INVALID;
	}
	r->query[r->query_count++] = (struct request_pair){name, value};
	return OK;
}

static enum err split_query(struct request *r, const char *text,
			    struct arena *a, struct problems *p)
{
	while (*text) {
		size_t length = strcspn(text, "&");
		enum err e = OK;

		if (length > 0)
			e = add_query(r, text, length, a, p);
		if (e)
			return e;
		text += length + (text[length] == '&');
	}
	return OK;
}

static void read_method(struct request *r)
{
	const char *name = source_param(r, "REQUEST_METHOD");

	if (!name)
		return;
	r->head = strcmp(name, "HEAD") == 0;
	if (r->head)
		r->method = METHOD_GET;
	for (enum method m = METHOD_GET; m < METHOD_COUNT; m++)
		if (strcmp(name, method_names[m]) == 0)
			r->method = m;
}

/* nginx numbers every request; without nginx we do. */
static void read_id(struct request *r)
{
	const char *id = source_param(r, "REQUEST_ID");
	size_t length = id ? strlen(id) : 0;
	bool fits = length > 0 && length < sizeof(r->id);

	for (size_t i = 0; fits && i < length; i++)
		fits = isalnum((unsigned char)id[i]) || id[i] == '-';
	if (fits)
		STR_COPY(r->id, id);
	else
		id_make("req", &world_real, r->id);
}

static void read_length(struct request *r)
{
	const char *text = source_param(r, "CONTENT_LENGTH");
	int64_t length = 0;

	for (; text && *text; text++) {
		if (*text < '0' || *text > '9' || length > INT32_MAX) {
			r->body_length = -1;
			return;
		}
		length = length * 10 + (*text - '0');
	}
	r->body_length = length;
}

enum err request_init(struct request *r, const struct request_source *source,
		      struct arena *a, struct problems *p)
{
	*r = (struct request){.source = source, .path = "/"};
	read_method(r);
	read_id(r);
	read_length(r);

	const char *uri = source_param(r, "REQUEST_URI");
	size_t length = uri ? strcspn(uri, "?") : 0;

	if (uri)
		r->path = arena_dup_n(a, uri, length);

	enum err e = split_path(r, length, a, p);

	if (!e && uri[length] == '?')
		e = split_query(r, uri + length + 1, a, p);
	return e;
}

void request_release(struct request *r)
{
	cJSON_Delete(r->json);
	r->json = NULL;
}

static const char *find(const struct request_pair *pairs, int count,
			const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(pairs[i].name, name) == 0)
			return pairs[i].value;
	return NULL;
}

const char *request_param(const struct request *r, const char *name)
{
	const char *value = find(r->param, r->param_count, name);

	return value ? value : "";
}

const char *request_query(const struct request *r, const char *name)
{
	return find(r->query, r->query_count, name);
}

int64_t request_query_int(const struct request *r, const char *name,
			  int64_t fallback)
{
	const char *value = request_query(r, name);

	return value ? strtoll(value, NULL, 10) : fallback;
}

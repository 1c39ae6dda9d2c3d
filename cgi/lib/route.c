/*
 * Finds the route of a request and checks its preconditions, once for all.
 *
 * Always holds: a handler is entered only with a role that suffices, a query
 * and a body that its tables accept, and a database unless it said that it can
 * do without. No transaction survives a handler.
 */
#include "route.h"

#include <string.h>

#include "../../engine/base/json.h"
#include "../../engine/base/strbuf.h"
#include "auth.h"

/* Compares segment by segment; "{name}" takes any that is not empty. */
static bool match(const char *pattern, struct request *r)
{
	int at = 0;

	r->param_count = 0;
	while (*pattern == '/') {
		size_t length = strcspn(++pattern, "/");

		if (at == r->segment_count)
			return false;

		const char *segment = r->segment[at++];

		if (*pattern != '{') {
			if (strlen(segment) != length ||
			    memcmp(segment, pattern, length) != 0)
				return false;
		} else if (*segment == '\0') {
			return false;
		} else {
			/* The value; the name is given by name_params(). */
			r->param[r->param_count++].value = segment;
		}
		pattern += length;
	}
	return at == r->segment_count;
}

static void name_params(const struct route *route, struct request *r,
			struct arena *a)
{
	const char *at = route->pattern;

	for (int i = 0; i < r->param_count; i++) {
		at = strchr(at, '{') + 1;
		r->param[i].name = arena_dup_n(a, at, strcspn(at, "}"));
	}
}

static enum err find_route(struct context *c)
{
	const struct program *program = c->program;
	struct strbuf allow;
	enum err e = ERR_NOT_FOUND;

	strbuf_init(&allow, 64);
	for (int i = 0; i < program->route_count && e != OK; i++) {
		const struct route *route = &program->routes[i];

		if (!match(route->pattern, &c->request))
			continue;
		if (route->method == c->request.method) {
			c->route = route;
			name_params(route, &c->request, c->arena);
			e = OK;
			continue;
		}
		strbuf_printf(&allow, "%s%s%s", allow.length ? ", " : "",
			      method_name(route->method),
			      route->method == METHOD_GET ? ", HEAD" : "");
	}
	if (e && allow.length) {
		response_header(&c->response, "Allow", strbuf_text(&allow));
		c->response.status = 405;
		e = response_refuse(
			&c->response, ERR_INVALID, "method_not_allowed",
			"this path takes only %s", strbuf_text(&allow));
	} else if (e) {
		e = response_refuse(&c->response, e, "no_route",
				    "nothing is served under this path");
	}
	strbuf_release(&allow);
	return e;
}

static enum err check_role(struct context *c)
{
	enum err e = auth_actor(c);

	if (e)
		return e;
	if (c->actor.role < c->route->role)
		return response_refuse(&c->response, ERR_DENIED, NULL,
				       "this needs the role %s, you act as %s",
				       role_name(c->route->role),
				       role_name(c->actor.role));
	if (c->route->method != METHOD_GET && auth_cross_site(&c->request))
		return response_refuse(&c->response, ERR_DENIED, "cross_site",
				       "another site made this request");
	return OK;
}

static enum err check_length(struct context *c)
{
	size_t max = c->route->max_body ? c->route->max_body : BODY_MAX;
	const struct request *r = &c->request;

	if (r->body_length < 0)
		return response_refuse(&c->response, ERR_INVALID, NULL,
				       "Content-Length is not a length");
	if ((uint64_t)r->body_length > max)
		return response_refuse(&c->response, ERR_TOO_LARGE, NULL,
				       "the body has %lld bytes, at most %zu "
				       "are taken here",
				       (long long)r->body_length, max);
	/* Declared, but it never came. */
	if (r->body_length > 0 && !r->body)
		return response_refuse(&c->response, ERR_INVALID, "cut_off",
				       "the body is shorter than declared");
	return OK;
}

static enum err check_body(struct context *c)
{
	const struct route *route = c->route;
	struct request *r = &c->request;
	enum err e;

	if (r->body_length != 0 && !request_is_json(r)) {
		c->response.status = 415;
		return response_refuse(&c->response, ERR_INVALID,
				       "content_type",
				       "send Content-Type: application/json");
	}
	e = check_length(c);
	if (e)
		return e;
	if (r->body_length == 0)
		r->json = cJSON_CreateObject();
	else
		e = json_parse_max(r->body, (size_t)r->body_length,
				   BODY_MAX_MOST, &c->problems, &r->json);
	if (e) {
		c->response.code = "invalid_json";
		return e == ERR_TOO_LARGE ? ERR_INVALID : e;
	}
	if (!cJSON_IsObject(r->json)) {
		problems_add(&c->problems, "", "expected an object");
		return ERR_INVALID;
	}
	if (route->flags & ROUTE_ANY_BODY)
		return OK;
	return field_check_object(r->json, route->body, "", &c->problems)
		       ? OK
		       : ERR_INVALID;
}

static enum err check_database(struct context *c)
{
	if (c->db || (c->route->flags & ROUTE_NO_DB))
		return OK;
	if (c->db_error == ERR_HALTED)
		return ERR_HALTED;
	response_header(&c->response, "Retry-After", "5");
	c->response.status = 503;
	return response_refuse(&c->response,
			       c->db_error ? c->db_error : ERR_SCHEMA,
			       "database", "the database is not ready (%s)",
			       err_name(c->db_error));
}

enum err route_call(struct context *c)
{
	bool snapshot = c->db && (c->route->flags & ROUTE_SNAPSHOT);
	enum err e = snapshot ? db_begin_read(c->db) : OK;

	if (e)
		return e;
	e = c->route->fn(c);
	if (snapshot)
		db_end_read(c->db);
	if (c->db && db_in_transaction(c->db))
		db_rollback(c->db);
	return e;
}

enum err route_check(struct context *c)
{
	enum err e = find_route(c);

	if (!e)
		e = check_role(c);
	if (!e &&
	    !field_check_query(&c->request, c->route->query, &c->problems))
		e = ERR_INVALID;
	if (!e && c->route->method == METHOD_POST)
		e = check_body(c);
	if (!e)
		e = check_database(c);
	return e;
}

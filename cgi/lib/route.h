#ifndef MEND_CGI_ROUTE_H
#define MEND_CGI_ROUTE_H

#include "../../engine/store/store.h"
#include "field.h"
#include "program.h"

/*
 * Const tables of routes. A row carries its preconditions; the dispatcher
 * checks them once, in this order: path (404 no_route), method (405 with
 * Allow), role (403), query (400), content type (415), size (413), JSON and
 * its fields (400), database (503). The handler sees only what passed.
 */
#define BODY_MAX (64 * 1024)	    /* of a route that says 0 */
#define BODY_MAX_MOST (1024 * 1024) /* of any route */

enum route_flag {
	ROUTE_NO_DB = 1,    /* also without a database: c->db may be NULL */
	ROUTE_SNAPSHOT = 2, /* runs in a read transaction: one state */
	ROUTE_ANY_BODY = 4, /* any JSON object, no table */
	ROUTE_LONG = 8,	    /* may take long: short writes go first */
};

struct route {
	enum method method;
	const char *pattern; /* "/v1/runs/{runId}/calls" */
	enum role role;	     /* at least */
	unsigned flags;
	size_t max_body;	   /* bytes; 0: BODY_MAX */
	const struct field *query; /* NULL: none allowed */
	const struct field *body;  /* NULL: none allowed, empty or {} */
	enum err (*fn)(struct context *c);
};

/* Finds the route and checks. Sets c->route; the error, problems and response
 * say the rest. */
MUST_CHECK enum err route_check(struct context *c);
/* Calls the handler of what was checked. */
MUST_CHECK enum err route_call(struct context *c);

#endif

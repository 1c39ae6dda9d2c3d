/*
 * One request from its parameters to its rendered answer, whatever brought it.
 *
 * Always holds: a failure is logged here, once, with the request's id and
 * without anything that the client sent.
 */
#include "program.h"

#include "../../engine/base/log.h"
#include "route.h"

static void log_failure(const struct context *c, enum err e)
{
	const char *pattern = c->route ? c->route->pattern : "-";
	int status = c->response.status;

	if (status < 500)
		return;
	if (e == ERR_BUSY || e == ERR_HALTED || e == ERR_TIMEOUT || !c->db)
		log_warning("refused request=%s route=%s status=%d error=%s",
			    c->request.id, pattern, status, err_name(e));
	else
		log_error("failed request=%s route=%s status=%d error=%s: %s",
			  c->request.id, pattern, status, err_name(e),
			  db_message(c->db));
}

enum err program_serve(struct context *c, const struct request_source *source,
		       const char *body)
{
	enum err e;

	c->route = NULL;
	c->problems = (struct problems){0};
	response_init(&c->response);
	e = request_init(&c->request, source, c->arena, &c->problems);
	c->request.body = body;
	if (!e)
		e = route_dispatch(c);
	response_finish(&c->response, e, &c->request, &c->problems, c->arena);
	/* An answer of 5xx that a handler chose itself is no failure. */
	if (e)
		log_failure(c, e);
	return e;
}

void program_serve_done(struct context *c)
{
	request_release(&c->request);
	response_release(&c->response);
}

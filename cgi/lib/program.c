/*
 * Requests from their parameters to their rendered answers, whatever brought
 * them.
 *
 * Always holds: a failure is logged here, once, with the request's id and
 * without anything that the client sent.
 */
#include "program.h"

#include "../../engine/base/log.h"
#include "../../engine/store/halt.h"
#include "once.h"
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

static void explain_halt(struct context *c)
{
	char path[512], reason[200];

	if (config_data_path(c->config, c->program->database, path,
			     sizeof(path)))
		return;
	halt_reason(path, reason, sizeof(reason));
	c->error =
		response_refuse(&c->response, ERR_HALTED, NULL, "%s", reason);
}

static void render(struct context *c)
{
	if (c->error == ERR_HALTED)
		explain_halt(c);
	response_finish(&c->response, c->error, &c->request, &c->problems,
			c->arena);
	/* An answer of 5xx that a handler chose itself is no failure. */
	if (c->error)
		log_failure(c, c->error);
}

void program_take(struct context *c, const struct request_source *source,
		  const char *body)
{
	c->route = NULL;
	c->work = NULL;
	c->later = false;
	c->problems = (struct problems){0};
	response_init(&c->response);
	c->error = request_init(&c->request, source, c->arena, &c->problems);
	c->request.body = body;
	if (!c->error)
		c->error = route_check(c);
	c->later = !c->error && (c->route->method == METHOD_GET ||
				 (c->route->flags & ROUTE_LONG));
	if (!c->error && !c->later)
		c->error = route_call(c);
	if (!c->work && !c->later)
		render(c);
}

void program_call(struct context *c)
{
	c->error = route_call(c);
	render(c);
}

void program_write(struct context *const *c, int count)
{
	if (count > 0)
		once_commit(c, count);
	for (int i = 0; i < count; i++)
		render(c[i]);
}

enum err program_serve(struct context *c, const struct request_source *source,
		       const char *body)
{
	program_take(c, source, body);
	if (c->later)
		program_call(c);
	if (c->work)
		program_write(&c, 1);
	return c->error;
}

void program_done(struct context *c)
{
	request_release(&c->request);
	response_release(&c->response);
}

/*
 * Routes: the first line is a method, the rest a path. Promises tried: a
 * handler is entered only for a path that its pattern spells, with parameters
 * that are printable, not empty, and lead to the same route when they are
 * escaped; all else is 404, 405 or 400, in problem+json.
 */
#include <string.h>

#include "../../cgi/lib/route.h"
#include "../unit/fake_request.h"
#include "fuzz.h"

static int entered;

static enum err enter(struct context *c)
{
	entered++;
	response_json(&c->response, 200, cJSON_CreateObject());
	return OK;
}

#define ROW(m, p)                                                              \
	{                                                                      \
		METHOD_##m, p, ROLE_VIEWER, ROUTE_NO_DB, 0, NULL, NULL, enter  \
	}

/* clang-format off */
static const struct route routes[] = {
	ROW(GET, "/v1/runs"),
	ROW(POST, "/v1/runs"),
	ROW(POST, "/v1/runs/batch"),
	ROW(GET, "/v1/runs/{runId}"),
	ROW(GET, "/v1/runs/{runId}/audit"),
	ROW(POST, "/v1/runs/{runId}/signals/{name}"),
	ROW(POST, "/v1/runs/{runId}/{a}/{b}/{c}"),
	ROW(GET, "/workflows/{workflowId}/casefile"),
	ROW(GET, "/livez"),
};
/* clang-format on */

static const struct program program = {
	.name = "fuzz",
	.socket = "fuzz",
	.database = "mend.db",
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
};
static const struct config config = {.dev_role = "viewer"};

static void serve(struct context *c, struct arena *a, const char *method,
		  const char *path)
{
	*c = (struct context){
		.program = &program,
		.config = &config,
		.world = &world_real,
		.arena = a,
	};
	entered = 0;
	(void)program_serve(
		c, FAKE("REQUEST_METHOD", method, "REQUEST_URI", path), NULL);
}

static const struct request_pair *param_of(const struct request *r,
					   const char *name, size_t length)
{
	for (int i = 0; i < r->param_count; i++)
		if (strlen(r->param[i].name) == length &&
		    memcmp(r->param[i].name, name, length) == 0)
			return &r->param[i];
	return NULL;
}

/* The path that the pattern and its parameters spell, each byte escaped. */
static char *spell(const struct context *c, struct arena *a)
{
	const char *at = c->route->pattern;
	struct strbuf path;
	char *text;

	strbuf_init(&path, 64 * 1024);
	while (*at) {
		if (*at != '{') {
			strbuf_add_char(&path, *at++);
			continue;
		}

		size_t length = strcspn(at, "}") - 1;
		const struct request_pair *p =
			param_of(&c->request, at + 1, length);

		require(p != NULL && *p->value && fuzz_printable(p->value));
		for (const char *v = p->value; *v; v++)
			strbuf_printf(&path, "%%%02X", (unsigned char)*v);
		at += length + 2;
	}
	text = arena_dup(a, strbuf_text(&path));
	strbuf_release(&path);
	return text;
}

static void hold_refused(const struct context *c)
{
	int status = c->response.status;
	cJSON *body = NULL;

	require(status == 400 || status == 404 || status == 405);
	require(strstr(strbuf_text(&c->response.head), "problem+json"));
	/* Of a HEAD only the head goes out. */
	if (c->response.body_length == 0)
		return;
	require(json_parse(c->response.body, c->response.body_length, NULL,
			   &body) == OK);
	require(json_int(body, "status", 0) == status);
	cJSON_Delete(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {(const char *)data, size};
	struct arena a = {0};
	const char *method = input_line(&in, &a);
	const char *path = input_line(&in, &a);
	struct context c, again;

	serve(&c, &a, method, path);
	if (!entered) {
		hold_refused(&c);
	} else {
		const char *same = spell(&c, &a);

		require(entered == 1 && c.response.status == 200);
		require(c.route->method == c.request.method);
		/* Longer than any path may be, once it is all escaped? */
		if (strlen(same) <= 4096) {
			serve(&again, &a, method_name(c.route->method), same);
			require(entered == 1 && again.route == c.route);
			for (int i = 0; i < c.request.param_count; i++)
				require(strcmp(c.request.param[i].value,
					       again.request.param[i].value) ==
					0);
			program_done(&again);
		}
	}
	program_done(&c);
	arena_release(&a);
	return 0;
}

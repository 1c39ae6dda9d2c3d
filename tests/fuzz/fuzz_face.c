/*
 * The faces themselves, as FastCGI brings them a request: the first line
 * chooses the program, then come parameters, NAME=VALUE a line, an empty line,
 * and the body. Every handler runs, over a database in memory.
 *
 * Promises tried: every answer has a status that the API knows, a head without
 * a line of the client's making, and a body that is JSON where it says so;
 * refusals are problem+json with the same status; no error of ours (500) can be
 * asked for; no handler leaves a transaction open.
 *
 * The programs' tables come from their own main(), which is built under another
 * name and calls program_main(), which is ours here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../cgi/lib/route.h"
#include "../../engine/base/log.h"
#include "fuzz.h"

#define REQUESTS_PER_DATABASE 400
#define PARAMS_MAX 24

int mend_runs_main(int argc, char **argv);
int mend_tasks_main(int argc, char **argv);
int mend_reports_main(int argc, char **argv);

static const struct program *called;

int program_main(const struct program *program, int argc, char **argv)
{
	(void)argc, (void)argv;
	called = program;
	return 0;
}

static const struct program *program_of(char name)
{
	char *none[] = {NULL};

	if (name == 't')
		(void)mend_tasks_main(0, none);
	else if (name == 'p')
		(void)mend_reports_main(0, none);
	else
		(void)mend_runs_main(0, none);
	return called;
}

/* ---- the database ---- */

static const struct config config = {
	.data = "/nonexistent",
	.dev_role = "admin",
	.turn_ms = 3000,
	.undo_ms = 10000,
	.idempotency_days = 7,
};

/* A new one now and then, so that an input's answer depends on few others. */
static struct db *database(void)
{
	static struct db *db;
	static int requests;
	const struct db_options o = {
		.path = ":memory:",
		.schema = &mend_schema,
		.mode = DB_MIGRATE,
		.turn_ms = 3000,
		.owner = "fuzz",
	};

	if (db && ++requests < REQUESTS_PER_DATABASE)
		return db;
	db_close(db);
	requests = 0;
	require(db_open(&o, &db) == OK);
	return db;
}

/* ---- the request ---- */

struct params {
	const char *line[PARAMS_MAX];
	int count;
};

static const char *param(void *context, const char *name)
{
	const struct params *p = context;
	size_t length = strlen(name);

	for (int i = 0; i < p->count; i++)
		if (strncmp(p->line[i], name, length) == 0 &&
		    p->line[i][length] == '=')
			return p->line[i] + length + 1;
	return NULL;
}

static void read_params(struct input *in, struct arena *a, struct params *p)
{
	const char *line = "";

	do {
		line = input_line(in, a);
		if (*line && p->count < PARAMS_MAX)
			p->line[p->count++] = line;
	} while (*line);
}

/* ---- the answer ---- */

static bool known(int status)
{
	static const int all[] = {200, 201, 202, 304, 400, 403, 404,
				  405, 409, 413, 415, 422, 503};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] == status)
			return true;
	return false;
}

/* "Name: value" lines of printable text, then an empty one. */
static void hold_head(const struct strbuf *head, int status)
{
	const char *at = strbuf_text(head);
	char first[32];

	require(strlen(at) == head->length);
	(void)snprintf(first, sizeof(first), "Status: %d", status);
	require(strncmp(at, first, strlen(first)) == 0);
	while (strncmp(at, "\r\n", 2) != 0) {
		const char *end = strstr(at, "\r\n");

		require(end != NULL);
		require(memchr(at, ':', (size_t)(end - at)) != NULL);
		for (; at < end; at++)
			require((unsigned char)*at >= ' ' && *at != 0x7f);
		at = end + 2;
	}
	require(at[2] == '\0');
}

static void hold_problem(const cJSON *body, const struct context *c)
{
	const cJSON *item;

	require(json_int(body, "status", 0) == c->response.status);
	require(json_string(body, "code", NULL) != NULL);
	require(strcmp(json_string(body, "requestId", ""), c->request.id) == 0);
	cJSON_ArrayForEach(item, json_get(body, "errors"))
	{
		require(json_string(item, "pointer", NULL) != NULL);
		require(json_string(item, "detail", NULL) != NULL);
	}
}

static void hold_answer(const struct context *c)
{
	const struct response *r = &c->response;
	const char *head = strbuf_text(&r->head);
	cJSON *body = NULL;

	require(known(r->status));
	hold_head(&r->head, r->status);
	if (r->body_length > 0 && strstr(head, "json")) {
		require(json_parse_max(r->body, r->body_length,
				       RESPONSE_BYTES_MAX, NULL, &body) == OK);
		if (r->status >= 400 && strstr(head, "problem+json"))
			hold_problem(body, c);
		require(r->status < 400 || strstr(head, "problem+json") ||
			c->program->routes != NULL);
		cJSON_Delete(body);
	}
	require(r->status != 503 || strstr(head, "Retry-After") ||
		strstr(head, "json"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {(const char *)data, size};
	struct arena a = {0};
	struct params params = {.count = 0};
	const struct request_source source = {param, &params};
	struct context c = {
		.program = program_of(*input_line(&in, &a)),
		.config = &config,
		.world = &world_real,
		.db = database(),
		.arena = &a,
	};
	const char *length;
	size_t declared;

	log_init("fuzz", LOG_ERROR);
	read_params(&in, &a, &params);
	length = param(&params, "CONTENT_LENGTH");
	declared = length ? strtoul(length, NULL, 10) : 0;
	/* As fcgi.c does: a body that is shorter never comes in. */
	(void)program_serve(&c, &source,
			    declared > 0 && declared <= in.left
				    ? arena_dup_n(&a, in.at, declared)
				    : NULL);
	hold_answer(&c);
	require(!db_in_transaction(c.db) && !db_reading(c.db));
	program_done(&c);
	arena_release(&a);
	return 0;
}

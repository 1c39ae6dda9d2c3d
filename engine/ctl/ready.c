/*
 * mendctl ready: is it ready? For health checks of containers and for scripts,
 * so that no image needs an HTTP client.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../store/engine_store.h"
#include "../store/halt.h"
#include "commands.h"
#include "loopback.h"

#define WAIT_MS 3000
#define BODY_BYTES_MAX 8192

/* What the web server answers, with the engine, programs and database behind.
 */
static enum err ask_web(struct ctl *c, int port)
{
	struct loopback_request r = {
		.port = port,
		.method = "GET",
		.path = "/readyz",
		.wait_ms = WAIT_MS,
	};
	struct strbuf body;
	int status = 0;
	enum err e;

	strbuf_init(&body, BODY_BYTES_MAX);
	e = loopback_request(&r, &status, &body);
	if (e)
		(void)ctl_refuse(c, ERR_BUSY, "nobody answers on port %d",
				 port);
	else if (status != 200)
		(void)ctl_refuse(c, ERR_BUSY, "not ready: %.400s",
				 strbuf_text(&body));
	strbuf_release(&body);
	return e || status != 200 ? ERR_BUSY : OK;
}

static enum err ask_engine(struct ctl *c)
{
	int64_t id, pid, ready_ms = 0;
	char path[512];
	enum err e =
		config_data_path(&c->config, "mend.db", path, sizeof(path));

	if (!e && halt_is_set(path))
		return ERR_HALTED;
	if (!e)
		e = engine_get(c->db, &id, &pid, &ready_ms);
	if (e)
		return e;
	if (!engine_alive(c->config.data, &pid))
		return ctl_refuse(c, ERR_BUSY, "no engine works on %s",
				  c->config.data);
	if (ready_ms == 0)
		return ctl_refuse(c, ERR_BUSY, "the engine is starting");
	return OK;
}

static enum err run_ready(struct ctl *c)
{
	int64_t port = 0;
	enum err e = ctl_number(c, "port", 1, 65535, 0, &port);

	if (e)
		return e;
	if (port) {
		e = ask_web(c, (int)port);
	} else {
		e = store_open(&c->config, DB_READ_ONLY, "mendctl", &c->db);
		if (!e)
			e = ask_engine(c);
	}
	if (e)
		return e;
	if (c->json) {
		cJSON *tree = cJSON_CreateObject();

		json_set_bool(tree, "ready", true);
		output_json(tree);
	} else {
		(void)puts("ready");
	}
	return OK;
}

static const struct ctl_option options[] = {
	{"port", "PORT", "ask the web server on 127.0.0.1 instead", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_ready = {
	.name = "ready",
	.arguments = "",
	.options = options,
	.summary = "tell whether the engine, or all behind a port, is ready",
	.help = "Exit code 0 when it is, 5 when it is not.\n",
	.examples = "  mendctl ready\n"
		    "  mendctl ready --port 8090\n",
	.needs = NEEDS_NOTHING,
	.run = run_ready,
};

/*
 * mendctl dev: everything on one port and one data folder, for development,
 * tests and a first look. Migrates, activates the configuration, and runs the
 * programs, the engine and nginx until it is told to end.
 */
#include "dev.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../flow/catalog.h"
#include "../store/engine_store.h"
#include "../store/halt.h"
#include "../store/run_store.h"
#include "check.h"
#include "commands.h"
#include "loopback.h"

static enum err check_free(struct dev *d)
{
	int64_t pid;
	char path[PATH_SIZE + 16], reason[256];

	(void)snprintf(path, sizeof(path), "%s/mend.db", d->data);
	if (halt_is_set(path)) {
		halt_reason(path, reason, sizeof(reason));
		return ctl_refuse(d->c, ERR_HALTED,
				  "%s is halted: %s; once that is mended: "
				  "mendctl halted --release",
				  d->data, reason);
	}
	if (engine_alive(d->data, &pid))
		return ctl_refuse(d->c, ERR_SYSTEM,
				  "an engine (pid %lld) works on %s",
				  (long long)pid, d->data);
	switch ((int)loopback_port_free(d->port)) {
	case OK:
		return OK;
	case ERR_CONFLICT:
		return ctl_refuse(d->c, ERR_SYSTEM,
				  "port %d is in use; --port chooses another",
				  d->port);
	case ERR_DENIED:
		return ctl_refuse(d->c, ERR_SYSTEM,
				  "port %d is not ours to use; --port chooses "
				  "another",
				  d->port);
	default:
		return ctl_refuse(d->c, ERR_SYSTEM, "cannot use port %d",
				  d->port);
	}
}

/* A database of the program's version with the configuration in force. */
static enum err prepare_database(struct dev *d)
{
	static struct catalog_check check; /* too large for a stack */
	struct ctl *c = d->c;
	struct run_filter any = RUN_FILTER_ANY;
	struct run newest;
	int changed = 0, count = 0;
	enum err e = store_open(&c->config, DB_MIGRATE, "mendctl", &c->db);

	if (e)
		return e;
	e = catalog_activate(c->db, c->config.conf, c->actor.name,
			     world_wall_ms(c->world), &check, &changed);
	if (e == ERR_INVALID) {
		check_print(&check);
		return ctl_refuse(c, ERR_SYSTEM,
				  "%d faults in %s; nothing was started",
				  check.count + check.dropped, c->config.conf);
	}
	if (e)
		return e;
	any.limit = 1;
	e = run_list(c->db, &any, &newest, &count);
	if (e)
		return e;
	d->feed = count == 0 && !ctl_option(c, "no-samples");
	/* No handle survives into the children. */
	db_close(c->db);
	c->db = NULL;
	return OK;
}

static enum err set_environment(struct dev *d)
{
	char sandbox[96];

	(void)snprintf(sandbox, sizeof(sandbox), "%s/sandbox", d->url);
	if (setenv("MEND_DATA", d->data, 1) ||
	    setenv("MEND_CONF", d->c->config.conf, 1) ||
	    setenv("MEND_SANDBOX_URL", sandbox, 1) ||
	    setenv("MEND_LOG_LEVEL", d->c->config.log_level, 1))
		return ERR_SYSTEM;
	STR_COPY(d->c->config.sandbox_url, sandbox);
	return OK;
}

static enum err start_all(struct dev *d)
{
	enum err e = dev_children(d);

	if (!e) {
		supervisor_sweep(&d->children, d->data);
		e = check_free(d);
	}
	if (!e)
		e = set_environment(d);
	if (!e)
		e = prepare_database(d);
	if (!e)
		e = dev_render_nginx(d);
	if (!e)
		e = dev_loop(d);
	return e;
}

static enum err run_dev(struct ctl *c)
{
	struct dev *d = arena_alloc(&c->arena, sizeof(*d));
	int64_t port = 0;
	enum err e = ctl_number(c, "port", 1, 65535, 8090, &port);

	if (e)
		return e;
	*d = (struct dev){.c = c, .port = (int)port, .lock_fd = -1};
	(void)snprintf(d->url, sizeof(d->url), "http://127.0.0.1:%d", d->port);
	e = dev_folder(d, c->config.data);
	if (!e)
		e = start_all(d);
	dev_unlock(d);
	return e;
}

static const struct ctl_option options[] = {
	{"port", "PORT", "on 127.0.0.1 (default 8090)", false},
	{"no-samples", NULL, "leave an empty database empty", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_dev = {
	.name = "dev",
	.arguments = "",
	.options = options,
	.summary = "run everything on one port, for development",
	.help = "Migrates, activates the configuration, then starts nginx, the "
		"programs, the\nengine and the sandbox. Prints one line "
		"'ready URL' on stdout once all answer;\nnotices go to stderr, "
		"the output of the programs to DATA/log. Ends in order on\n"
		"Ctrl-C. An empty database is fed sample events.\n",
	.examples =
		"  mendctl dev\n"
		"  mendctl dev --port 8091 --data /tmp/other --no-samples\n",
	.needs = NEEDS_NOTHING,
	.run = run_dev,
};

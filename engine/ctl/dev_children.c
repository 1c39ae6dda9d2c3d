/*
 * Which children `mendctl dev` has. Their order is the one in which they end:
 * nginx first, so that no new work comes, and the engine beside it, so that it
 * starts no call that nginx would not take any more; the sandbox last, so that
 * what the engine has out can still be answered.
 */
#include <signal.h>
#include <stdio.h>

#include "dev.h"

static const struct {
	const char *name;
	int stop_signal;
	/* nginx has workers that only it can end; the others may vanish. */
	int orphan_signal;
	int stop_by_ms;
} row[] = {
	{"nginx", SIGQUIT, SIGTERM, 2800},
	{"mendd", SIGTERM, SIGTERM, 2800},
	{"mend-runs", SIGTERM, SIGTERM, 3800},
	{"mend-tasks", SIGTERM, SIGTERM, 3800},
	{"mend-reports", SIGTERM, SIGTERM, 3800},
	{"mend-sandbox", SIGTERM, SIGTERM, 4600},
};

static enum err nginx_arguments(struct dev *d, struct child *c)
{
	if (paths_nginx(c->program))
		return ctl_refuse(d->c, ERR_SYSTEM,
				  "nginx is not installed (looked in PATH and "
				  "/usr/sbin)");
	(void)snprintf(c->folder, sizeof(c->folder), "%.500s/nginx", d->data);
	c->argv[1] = "-p";
	c->argv[2] = "./";
	c->argv[3] = "-e";
	c->argv[4] = "../log/nginx.log";
	c->argv[5] = "-c";
	c->argv[6] = "nginx.conf";
	c->argv[7] = "-g";
	c->argv[8] = "daemon off;";
	return OK;
}

enum err dev_children(struct dev *d)
{
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct child *c = &d->children.child[i];

		c->name = row[i].name;
		c->stop_signal = row[i].stop_signal;
		c->orphan_signal = row[i].orphan_signal;
		c->stop_by_ms = row[i].stop_by_ms;
		c->argv[0] = c->name;
		if (i == 0) {
			enum err e = nginx_arguments(d, c);

			if (e)
				return e;
		} else if (paths_program(c->name, c->program)) {
			return ctl_refuse(d->c, ERR_SYSTEM,
					  "%s is not built: neither beside "
					  "mendctl nor in ../libexec/mend",
					  c->name);
		}
		d->children.count++;
	}
	return OK;
}

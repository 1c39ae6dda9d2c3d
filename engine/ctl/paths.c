/*
 * Finds our programs, static files and configuration, so that mendctl works
 * from a build tree (build/ or build/FLAVOUR/), from an installation and from
 * any current folder.
 */
#include "paths.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/strbuf.h"

/* PREFIX /usr and /usr/local keep their configuration in /etc. */
#define SYSTEM_CONF "/etc/mend"

static bool join(char path[PATH_SIZE], const char *folder, const char *name)
{
	int length = snprintf(path, PATH_SIZE, "%s/%s", folder, name);

	return length > 0 && length < PATH_SIZE;
}

/* The folder of our own binary; false when /proc does not tell. */
static bool own_folder(char folder[PATH_SIZE])
{
	ssize_t length = readlink("/proc/self/exe", folder, PATH_SIZE - 1);
	char *slash;

	if (length <= 0)
		return false;
	folder[length] = '\0';
	slash = strrchr(folder, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

/* The first of folder/name that there is, as an absolute path. */
static enum err resolve(const char *folder, const char *name, int mode,
			char path[PATH_SIZE])
{
	char joined[PATH_SIZE], real[PATH_MAX];

	if (!join(joined, folder, name) || access(joined, mode) != 0 ||
	    !realpath(joined, real) || !str_copy(path, PATH_SIZE, real))
		return ERR_NOT_FOUND;
	return OK;
}

static enum err beside(const char *relative, const char *name, int mode,
		       char path[PATH_SIZE])
{
	char own[PATH_SIZE], folder[PATH_SIZE];

	if (!own_folder(own) || !join(folder, own, relative))
		return ERR_NOT_FOUND;
	return resolve(folder, name, mode, path);
}

enum err paths_program(const char *name, char path[PATH_SIZE])
{
	enum err e = beside(".", name, X_OK, path);

	return e ? beside("../libexec/mend", name, X_OK, path) : OK;
}

enum err paths_nginx(char path[PATH_SIZE])
{
	static const char more[] = ":/usr/sbin:/usr/local/sbin:/sbin";
	const char *environment = getenv("PATH");
	char list[4096], *rest = list;

	(void)snprintf(list, sizeof(list), "%.4000s%s",
		       environment ? environment : "", more);
	for (char *folder; (folder = strsep(&rest, ":"));) {
		if (*folder == '/' &&
		    resolve(folder, "nginx", X_OK, path) == OK)
			return OK;
	}
	return ERR_NOT_FOUND;
}

enum err paths_static(char path[PATH_SIZE])
{
	const char *environment = getenv("MEND_STATIC");

	if (environment && *environment)
		return resolve(environment, ".", R_OK, path);
	if (beside("../static", ".", R_OK, path) == OK ||
	    beside("../../static", ".", R_OK, path) == OK ||
	    beside("../share/mend/static", ".", R_OK, path) == OK)
		return OK;
	return resolve(MEND_PREFIX "/share/mend/static", ".", R_OK, path);
}

enum err paths_conf_file(const struct config *c, const char *name,
			 char path[PATH_SIZE])
{
	enum err e = resolve(c->conf, name, R_OK, path);

	if (e)
		e = beside("../conf", name, R_OK, path);
	if (e)
		e = beside("../../conf", name, R_OK, path);
	if (e)
		e = beside("../share/mend", name, R_OK, path);
	return e ? resolve(SYSTEM_CONF, name, R_OK, path) : OK;
}

void paths_default_conf(void)
{
	const char *conf = getenv("MEND_CONF");
	const char *config = getenv("MEND_CONFIG");
	char path[PATH_SIZE];

	if ((conf && *conf) || (config && *config) ||
	    access("conf/playbooks", F_OK) == 0)
		return;
	if (beside("../conf", ".", R_OK, path) &&
	    beside("../../conf", ".", R_OK, path) &&
	    resolve(SYSTEM_CONF, ".", R_OK, path))
		return;
	(void)setenv("MEND_CONF", path, 1);
}

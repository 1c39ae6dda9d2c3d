/*
 * mendctl backup: a consistent copy of the database while all goes on.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/json.h"
#include "commands.h"

static enum err run_backup(struct ctl *c)
{
	const char *path = c->argument[0];
	struct stat info;
	enum err e;

	/* Never over something: the last good copy may be what it was. */
	if (lstat(path, &info) == 0)
		return ctl_refuse(c, ERR_CONFLICT, "%s exists already", path);
	e = db_backup(c->db, path);
	if (e)
		return ctl_refuse(c, e, "%s: %s", path,
				  *db_message(c->db) ? db_message(c->db)
						     : err_name(e));
	if (stat(path, &info) != 0)
		return ctl_refuse(c, ERR_SYSTEM, "%s: %s", path,
				  strerror(errno));
	if (c->json) {
		cJSON *tree = cJSON_CreateObject();

		json_set_string(tree, "file", path);
		json_set_int(tree, "bytes", (int64_t)info.st_size);
		output_json(tree);
	} else {
		(void)printf("%s: %lld bytes\n", path, (long long)info.st_size);
	}
	return OK;
}

const struct command cmd_backup = {
	.name = "backup",
	.arguments = "FILE",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = "copy the database into a new file",
	.help = "Consistent, and safe while everything runs. Never use cp on a "
		"live database.\nTo restore: stop the programs, remove "
		"DATA/mend.db-wal and\nmend.db-shm, move FILE to DATA/mend.db, "
		"and run mendctl "
		"migrate.\n",
	.examples = "  mendctl backup /backup/mend-$(date +%F).db\n",
	.needs = NEEDS_READ,
	.run = run_backup,
};

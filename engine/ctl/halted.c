/*
 * mendctl halted: shows the latch that a disk error or a damaged database sets,
 * and releases it. The only place that does.
 */
#include <stdio.h>
#include <unistd.h>

#include "../base/json.h"
#include "../store/halt.h"
#include "commands.h"

static void print_halted(struct ctl *c, bool set, const char *reason,
			 bool released)
{
	cJSON *tree;

	if (!c->json) {
		if (released)
			(void)printf("released; it was: %s\n", reason);
		else
			(void)printf("%s%s\n", set ? "halted: " : "not halted",
				     reason);
		return;
	}
	tree = cJSON_CreateObject();
	json_set_bool(tree, "halted", set && !released);
	if (set)
		json_set_string(tree, "reason", reason);
	else
		json_set_null(tree, "reason");
	output_json(tree);
}

/* A damaged database must not be written to again: look first. */
static enum err check_database(struct ctl *c)
{
	enum err e = store_open(&c->config, DB_READ_ONLY, "mendctl", &c->db);

	if (!e)
		e = db_verify(c->db);
	if (e)
		return ctl_refuse(c, e,
				  "the database is not sound (%s%s%.300s); "
				  "restore a backup, or add --force",
				  err_name(e), *db_message(c->db) ? ": " : "",
				  db_message(c->db));
	return OK;
}

static enum err run_halted(struct ctl *c)
{
	char path[512], reason[256] = "";
	bool release = ctl_option(c, "release") != NULL;
	bool set;
	enum err e =
		config_data_path(&c->config, "mend.db", path, sizeof(path));

	if (e)
		return e;
	if (access(c->config.data, F_OK) != 0)
		return ctl_refuse(c, ERR_NOT_FOUND, "no data folder %s",
				  c->config.data);
	set = halt_is_set(path);
	halt_reason(path, reason, sizeof(reason));
	if (set && release) {
		if (!ctl_option(c, "force"))
			e = check_database(c);
		if (!e)
			e = halt_release(path);
		if (e)
			return e;
	}
	print_halted(c, set, reason, set && release);
	if (set && !release)
		c->verdict = EXIT_BUSY;
	return OK;
}

static const struct ctl_option options[] = {
	{"release", NULL, "check the database, then let writers go on", false},
	{"force", NULL, "release without the check", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_halted = {
	.name = "halted",
	.arguments = "",
	.options = options,
	.summary = "show or release the latch set by a disk error",
	.help = "After a disk error or damage nobody writes any more until "
		"this is released. Find\nthe cause first: journal, disk, file "
		"system. Exit code 5 while it is halted.\n",
	.examples = "  mendctl halted\n"
		    "  mendctl halted --release\n",
	.needs = NEEDS_NOTHING,
	.run = run_halted,
};

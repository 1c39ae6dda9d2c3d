/*
 * mendctl check and activate: the configuration's faults, and the
 * configuration put in force.
 */
#include "check.h"

#include <stdio.h>

#include "../base/json.h"
#include "commands.h"

void check_print(const struct catalog_check *check)
{
	for (int i = 0; i < check->count; i++) {
		const struct file_problem *f = &check->item[i];

		(void)fprintf(stderr, "%s:%s: %s\n", f->file,
			      f->problem.pointer[0] ? f->problem.pointer : "/",
			      f->problem.detail);
	}
	if (check->dropped > 0)
		(void)fprintf(stderr, "and %d more\n", check->dropped);
}

static cJSON *problems_tree(const struct catalog_check *check)
{
	cJSON *list = cJSON_CreateArray();

	for (int i = 0; i < check->count; i++) {
		cJSON *item = cJSON_CreateObject();

		json_set_string(item, "file", check->item[i].file);
		json_set_string(item, "pointer",
				check->item[i].problem.pointer);
		json_set_string(item, "detail", check->item[i].problem.detail);
		(void)cJSON_AddItemToArray(list, item);
	}
	return list;
}

static void print_result(struct ctl *c, const char *conf,
			 const struct catalog_check *check, int changed)
{
	bool good = check->count + check->dropped == 0;

	if (c->json) {
		cJSON *tree = cJSON_CreateObject();

		json_set_bool(tree, "ok", good);
		json_set_string(tree, "conf", conf);
		json_set_int(tree, "files", check->file_count);
		if (changed >= 0)
			json_set_int(tree, "changed", changed);
		json_set(tree, "problems", problems_tree(check));
		output_json(tree);
	} else if (!good) {
		check_print(check);
		(void)fprintf(stderr, "%d faults in %s\n",
			      check->count + check->dropped, conf);
	} else if (changed >= 0) {
		(void)printf("%d files in %s are in force, %d of them new\n",
			     check->file_count, conf, changed);
	} else {
		(void)printf("%d files in %s, no fault\n", check->file_count,
			     conf);
	}
	c->verdict = good ? EXIT_OK : EXIT_ERROR;
}

static enum err run_check(struct ctl *c)
{
	struct catalog_check *check = arena_alloc(&c->arena, sizeof(*check));
	const char *conf = c->argument_count ? c->argument[0] : c->config.conf;
	enum err e = catalog_check(conf, check);

	if (e && e != ERR_INVALID)
		return e;
	print_result(c, conf, check, -1);
	return OK;
}

static enum err run_activate(struct ctl *c)
{
	struct catalog_check *check = arena_alloc(&c->arena, sizeof(*check));
	const char *conf = c->argument_count ? c->argument[0] : c->config.conf;
	int changed = 0;
	enum err e = catalog_activate(c->db, conf, c->actor.name,
				      world_wall_ms(c->world), check, &changed);

	if (e && e != ERR_INVALID)
		return e;
	print_result(c, conf, check, changed);
	return OK;
}

const struct command cmd_check = {
	.name = "check",
	.arguments = "[DIR]",
	.arguments_max = 1,
	.summary = "validate playbooks, adapters and policy",
	.help = "Tells each fault with file, JSON Pointer and what was "
		"expected. Touches no\ndatabase. Exit code 1 when there are "
		"faults.\n",
	.examples = "  mendctl check\n"
		    "  mendctl check /etc/mend --json\n",
	.needs = NEEDS_NOTHING,
	.run = run_check,
};

const struct command cmd_activate = {
	.name = "activate",
	.arguments = "[DIR]",
	.arguments_max = 1,
	.summary = "put the configuration in force, all or nothing",
	.help = "New versions are stored and hold for runs that start from now "
		"on; a run that\nhas started keeps its own. With a fault "
		"anywhere nothing changes.\n",
	.examples = "  mendctl activate\n"
		    "  mendctl activate /etc/mend --as ana\n",
	.needs = NEEDS_WRITE,
	.run = run_activate,
};

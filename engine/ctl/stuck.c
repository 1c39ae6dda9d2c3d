/*
 * mendctl stuck and mendctl groups: what does not move, by what holds it, and
 * what belongs together. The filter of a group is what a bulk takes.
 */
#include <stdio.h>

#include "../base/json.h"
#include "../flow/view_group.h"
#include "commands.h"

static const char *number(const struct ctl *c, const cJSON *row,
			  const char *key, struct arena *a)
{
	(void)c;
	return arena_printf(a, "%lld", (long long)json_int(row, key, 0));
}

static void print_stuck(struct ctl *c, const cJSON *tree)
{
	static const struct table_column column[] = {
		{.title = "GROUP"},
		{.title = "RUNS", .right = true},
		{.title = "ADAPTER"},
		{.title = "STEP", .flexible = true},
		{.title = "WHY", .flexible = true},
		{.title = "NEXT"},
		{.title = "ORDER", .flexible = true},
	};
	const cJSON *row;
	struct table t;

	table_init(&t, column, sizeof(column) / sizeof(column[0]));
	cJSON_ArrayForEach(row, json_get(tree, "groups"))
	{
		const cJSON *first =
			cJSON_GetArrayItem(json_get(row, "orderIds"), 0);
		const char *cells[] = {
			json_string(row, "group", ""),
			number(c, row, "count", &c->arena),
			json_string(row, "adapter", NULL),
			json_string(row, "step",
				    json_string(row, "operation", NULL)),
			json_string(row, "error", NULL),
			json_string(row, "nextAt", NULL),
			first ? first->valuestring : NULL,
		};

		table_row(&t, cells);
	}
	table_print(&t, &c->out);
	table_release(&t);
	if (cJSON_IsTrue(json_get(tree, "limited")))
		(void)printf("Only the newest %d runs of each state were "
			     "looked at: the counts are at least so many.\n",
			     STUCK_SCAN_MAX);
}

static enum err run_stuck(struct ctl *c)
{
	cJSON *tree = NULL;
	enum err e =
		view_stuck(c->db, world_wall_ms(c->world), &c->arena, &tree);

	if (e)
		return e;
	if (c->json) {
		output_json(tree);
		return OK;
	}
	print_stuck(c, tree);
	cJSON_Delete(tree);
	return OK;
}

static void print_groups(struct ctl *c, const cJSON *tree)
{
	static const struct table_column column[] = {
		{.title = "OF", .flexible = true},
		{.title = "RUNS", .right = true},
		{.title = "TASKS", .right = true},
		{.title = "HELD", .right = true},
		{.title = "AT STAKE", .right = true},
		{.title = "ISSUE", .flexible = true},
		{.title = "DEADLINE"},
	};
	const cJSON *row;
	struct table t;

	table_init(&t, column, sizeof(column) / sizeof(column[0]));
	cJSON_ArrayForEach(row, json_get(tree, "data"))
	{
		const cJSON *money =
			cJSON_GetArrayItem(json_get(row, "amounts"), 0);
		const cJSON *issue =
			cJSON_GetArrayItem(json_get(row, "issueTypes"), 0);
		const char *cells[] = {
			json_string(row, "ref", ""),
			number(c, row, "runs", &c->arena),
			number(c, row, "waitingTask", &c->arena),
			number(c, row, "held", &c->arena),
			money ? output_money(json_int(money, "amountMinor", 0),
					     json_string(money, "currency", ""),
					     &c->arena)
			      : NULL,
			json_string(issue, "issueType", NULL),
			json_string(row, "nextDeadlineAt", NULL),
		};

		table_row(&t, cells);
	}
	table_print(&t, &c->out);
	table_release(&t);
}

static enum err run_groups(struct ctl *c)
{
	enum group_by by;
	cJSON *tree = NULL;
	enum err e;

	if (!group_by_parse(c->argument[0], &by))
		return ctl_refuse(c, ERR_INVALID,
				  "by event, seller, venue or platform");
	e = view_groups(c->db, by, 50, &c->arena, &tree);
	if (e)
		return e;
	if (c->json) {
		output_json(tree);
		return OK;
	}
	print_groups(c, tree);
	cJSON_Delete(tree);
	return OK;
}

const struct command cmd_stuck = {
	.name = "stuck",
	.arguments = "",
	.summary = "what does not move, by what holds it",
	.examples = "  mendctl stuck\n"
		    "  mendctl bulk make retry --filter "
		    "'{\"stuck\":\"HELD.…\"}' --reason 'fixed'\n",
	.needs = NEEDS_READ,
	.run = run_stuck,
};

const struct command cmd_groups = {
	.name = "groups",
	.arguments = "BY",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = "open runs by event, seller, venue or platform",
	.examples = "  mendctl groups event\n",
	.needs = NEEDS_READ,
	.run = run_groups,
};

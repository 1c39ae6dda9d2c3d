/*
 * mendctl task list: what waits for a person.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../flow/policy.h"
#include "../flow/view.h"
#include "commands.h"

/* What counts as high when the policy does not say. */
#define HIGH_MINOR 50000

static int64_t high_minor(struct ctl *c)
{
	struct policy policy;
	int64_t minor;

	if (policy_load(c->db, &policy))
		return HIGH_MINOR;
	minor = json_int(json_get(policy.document, "values"), "highValueMinor",
			 HIGH_MINOR);
	policy_release(&policy);
	return minor;
}

static enum err read_filter(struct ctl *c, struct task_filter *f)
{
	const char *view = ctl_option(c, "view");
	int64_t limit = 0, offset = 0;
	bool known = view == NULL;
	enum err e = ctl_number(c, "limit", 1, 1000, 50, &limit);

	if (!e)
		e = ctl_number(c, "offset", 0, 1000000, 0, &offset);
	if (e)
		return e;
	for (int i = 0; i < TASK_VIEW_COUNT && !known; i++)
		known = strcmp(task_views[i], view) == 0;
	if (!known)
		return ctl_refuse(c, ERR_INVALID,
				  "--view is one of all, mine, unclaimed, due, "
				  "event, second, high, snoozed, decided");
	*f = (struct task_filter){
		.view = view ? view : "all",
		.actor = c->actor.name,
		.order_id = ctl_option(c, "order"),
		.issue_type = ctl_option(c, "issue"),
		.now_ms = c->out.now_ms,
		.high_minor = high_minor(c),
		.offset = (int)offset,
		.limit = (int)limit,
	};
	return OK;
}

static enum err print_json(struct ctl *c, const struct task_filter *f,
			   const struct task *tasks, int count, bool more)
{
	int64_t counts[TASK_VIEW_COUNT] = {0};
	cJSON *tree, *data, *by_view;
	enum err e = task_count_views(c->db, f, counts);

	if (e)
		return e;
	tree = cJSON_CreateObject();
	data = cJSON_CreateArray();
	by_view = cJSON_CreateObject();
	for (int i = 0; i < count; i++)
		(void)cJSON_AddItemToArray(data, view_task(c->db, &tasks[i]));
	for (int i = 0; i < TASK_VIEW_COUNT; i++)
		json_set_int(by_view, task_views[i], counts[i]);
	json_set(tree, "data", data);
	json_set_bool(tree, "hasMore", more);
	json_set(tree, "counts", by_view);
	output_json(tree);
	return OK;
}

static void print_table(struct ctl *c, const struct task *tasks, int count)
{
	static const struct table_column column[] = {
		{.title = "TASK"},
		{.title = "ORDER"},
		{.title = "STATE", .state = true},
		{.title = "ISSUE", .flexible = true},
		{.title = "AMOUNT", .right = true},
		{.title = "DUE", .right = true},
		{.title = "EVENT", .right = true},
		{.title = "OWNER", .flexible = true},
		{.title = "QUESTION", .flexible = true},
	};
	struct arena *a = &c->arena;
	struct table t;

	table_init(&t, column, sizeof(column) / sizeof(column[0]));
	for (int i = 0; i < count; i++) {
		const struct task *k = &tasks[i];
		const char *cells[] = {
			k->public_id,
			k->order_id,
			task_state_name(k->state),
			k->issue_type,
			output_money(k->amount_minor, k->currency, a),
			output_relative(&c->out, k->due_ms, a),
			output_relative(&c->out, k->event_ms, a),
			k->claimed_by,
			k->title,
		};

		table_row(&t, cells);
	}
	table_print(&t, &c->out);
	table_release(&t);
}

static enum err run_task_list(struct ctl *c)
{
	struct task_filter f;
	struct task *tasks;
	int count = 0;
	bool more;
	enum err e = read_filter(c, &f);

	if (e)
		return e;
	/* One more than asked for tells whether there are more. */
	f.limit++;
	e = task_list(c->db, &f, &c->arena, &tasks, &count);
	if (e)
		return e;
	more = count == f.limit;
	if (more)
		count--;
	if (c->json)
		return print_json(c, &f, tasks, count, more);
	if (count == 0) {
		(void)fputs("no tasks\n", stderr);
		return OK;
	}
	print_table(c, tasks, count);
	if (more)
		(void)fprintf(stderr, "more: --offset %d\n", f.offset + count);
	return OK;
}

static const struct ctl_option options[] = {
	{"view", "NAME", "all, mine, unclaimed, due, event, second, …", false},
	{"order", "ORDER", "of this order", false},
	{"issue", "TYPE", "of this issue type", false},
	{"limit", "N", "at most so many (default 50, at most 1000)", false},
	{"offset", "N", "leave out the first so many", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_task_list = {
	.name = "task list",
	.arguments = "",
	.options = options,
	.summary = "list what waits for a person, most urgent first",
	.help = "Views: all, mine, unclaimed, due (within an hour), event "
		"(within a day), second\n(needs a second signature), high, "
		"snoozed, decided (by me).\n",
	.examples = "  mendctl task list\n"
		    "  mendctl task list --view mine --as ana\n"
		    "  mendctl task list --json | jq .counts\n",
	.needs = NEEDS_READ,
	.run = run_task_list,
};

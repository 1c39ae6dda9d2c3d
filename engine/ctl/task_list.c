/*
 * mendctl task list and task show: what waits for a person.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../flow/view.h"
#include "commands.h"
#include "find.h"

/* What counts as high where no policy is asked. */
#define HIGH_MINOR 50000

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
		.high_minor = HIGH_MINOR,
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

static void field(const struct ctl *c, const char *label, const char *value)
{
	if (value && *value)
		output_field(&c->out, label, COLOUR_NONE, value);
}

/* The proposal in the order in which a person asks about it. */
static void print_proposal(const struct ctl *c, const cJSON *view)
{
	static const struct {
		const char *key, *heading;
	} part[] = {
		{"action", "Action"},
		{"why", "Why automation stopped"},
		{"evidence", "Evidence"},
		{"tried", "Tried"},
		{"changes", "Changed since the task before"},
	};
	const cJSON *proposal = json_get(view, "proposal");

	field(c, "approve", json_string(proposal, "text", NULL));
	field(c, "reject", json_string(proposal, "rejectText", NULL));
	field(c, "payee", json_string(proposal, "payee", NULL));
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		const cJSON *list = json_get(proposal, part[i].key);

		if (!list || !list->child)
			continue;
		output_heading(&c->out, part[i].heading);
		output_tree(&c->out, list, 0);
	}
	if (cJSON_GetArraySize(json_get(view, "decisions")) > 0) {
		output_heading(&c->out, "Decisions");
		output_tree(&c->out, json_get(view, "decisions"), 0);
	}
}

static void print_task(struct ctl *c, const struct task *k, const cJSON *view)
{
	struct arena *a = &c->arena;
	const char *state = task_state_name(k->state);

	output_text(&c->out, COLOUR_BOLD, k->order_id);
	(void)fputs("  ", stdout);
	output_text(&c->out, output_state_colour(state), state);
	(void)fputs("  ", stdout);
	output_text(&c->out, COLOUR_DIM, k->public_id);
	(void)fputc('\n', stdout);
	field(c, "question", k->title);
	field(c, "why", k->reason);
	if (k->amount_minor >= 0)
		field(c, "amount",
		      output_money(k->amount_minor, k->currency, a));
	if (k->approvals_needed > 1)
		field(c, "approvals",
		      arena_printf(a, "%d of %d", k->approval_count,
				   k->approvals_needed));
	field(c, "role", role_name(k->role));
	field(c, "due", output_relative(&c->out, k->due_ms, a));
	if (k->event_ms)
		field(c, "event", output_relative(&c->out, k->event_ms, a));
	field(c, "claimed by", k->claimed_by);
	if (k->approved >= 0)
		field(c, "decided",
		      arena_printf(a, "%s by %s, %s",
				   k->approved ? "approved" : "rejected",
				   k->decider,
				   output_relative(&c->out, k->decided_ms, a)));
	field(c, "notes", k->notes);
	field(c, "void", k->void_reason);
	print_proposal(c, view);
}

static enum err run_task_show(struct ctl *c)
{
	struct task *k = arena_alloc(&c->arena, sizeof(*k));
	enum err e = find_task(c, c->argument[0], k);
	cJSON *view;

	if (e)
		return e;
	view = view_task(c->db, k);
	if (c->json) {
		output_json(view);
	} else {
		print_task(c, k, view);
		cJSON_Delete(view);
	}
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

const struct command cmd_task_show = {
	.name = "task show",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = "show a task: question, proposal, evidence",
	.help = "ID is a task, or a run, order or workflow: then its open "
		"task, else its newest.\n",
	.examples = "  mendctl task show ORDER-42\n",
	.needs = NEEDS_READ,
	.run = run_task_show,
};

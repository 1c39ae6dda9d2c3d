/*
 * mendctl list: runs, newest first, filtered as GET /v1/runs is.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../flow/filter.h"
#include "../flow/view.h"
#include "commands.h"

static enum err read_state(struct ctl *c, struct run_filter *f)
{
	const char *name = ctl_option(c, "state");
	enum run_state state;

	if (!name)
		return OK;
	if (!run_state_parse(name, &state)) {
		char known[256] = "";

		for (int i = 0; i < RUN_STATE_COUNT; i++) {
			size_t used = strlen(known);

			(void)snprintf(known + used, sizeof(known) - used,
				       " %s",
				       run_state_name((enum run_state)i));
		}
		return ctl_refuse(c, ERR_INVALID, "--state is one of%s", known);
	}
	f->state = (int)state;
	return OK;
}

static enum err read_filter(struct ctl *c, struct run_filter *f)
{
	const char *after = ctl_option(c, "after");
	struct run last;
	int64_t limit = 0;
	enum err e = ctl_number(c, "limit", 1, 1000, 50, &limit);

	if (!e)
		e = read_state(c, f);
	if (!e && ctl_option(c, "open") && ctl_option(c, "closed"))
		return ctl_refuse(c, ERR_INVALID,
				  "--open and --closed exclude each other");
	if (!e && after) {
		e = run_by_public_id(c->db, after, &last);
		if (e == ERR_NOT_FOUND)
			return ctl_refuse(c, e, "--after: no run '%.60s'",
					  after);
		f->before_id = last.id;
	}
	if (e)
		return e;
	f->limit = (int)limit;
	f->open = ctl_option(c, "open") ? 1 : ctl_option(c, "closed") ? 0 : -1;
	f->order_id = ctl_option(c, "order");
	f->order_prefix = ctl_option(c, "prefix");
	f->event_key = ctl_option(c, "key");
	f->step = ctl_option(c, "step");
	f->issue_type = ctl_option(c, "issue");
	f->adapter = ctl_option(c, "adapter");
	f->outcome = ctl_option(c, "outcome");
	f->event_ref = ctl_option(c, "event");
	f->seller_ref = ctl_option(c, "seller");
	f->venue_ref = ctl_option(c, "venue");
	f->platform_ref = ctl_option(c, "platform");
	return OK;
}

static void print_json(struct ctl *c, const struct run *runs, int count,
		       bool more)
{
	cJSON *tree = cJSON_CreateObject();
	cJSON *data = cJSON_CreateArray();

	for (int i = 0; i < count; i++)
		(void)cJSON_AddItemToArray(data, view_run(c->db, &runs[i]));
	json_set(tree, "data", data);
	if (more)
		json_set_string(tree, "nextCursor", runs[count - 1].public_id);
	else
		json_set_null(tree, "nextCursor");
	json_set_bool(tree, "hasMore", more);
	output_json(tree);
}

static const char *why(const struct run *r)
{
	if (run_state_closed(r->state))
		return r->outcome;
	return r->reason[0] ? r->reason : r->last_error;
}

static void print_table(struct ctl *c, const struct run *runs, int count)
{
	static const struct table_column column[] = {
		{.title = "ORDER"},
		{.title = "STATE", .state = true},
		{.title = "ISSUE", .flexible = true},
		{.title = "STEP", .flexible = true},
		{.title = "TRY", .right = true},
		{.title = "NEXT", .right = true},
		{.title = "UPDATED", .right = true},
		{.title = "WHY", .flexible = true},
	};
	struct arena *a = &c->arena;
	struct table t;

	table_init(&t, column, sizeof(column) / sizeof(column[0]));
	for (int i = 0; i < count; i++) {
		const struct run *r = &runs[i];
		const char *cells[] = {
			r->order_id,
			run_state_name(r->state),
			r->issue_type,
			run_state_closed(r->state) ? NULL : r->step,
			r->attempts_max > 0
				? arena_printf(a, "%d/%d", r->attempt,
					       r->attempts_max)
				: NULL,
			output_relative(&c->out, r->due_ms, a),
			output_relative(&c->out, r->updated_ms, a),
			why(r),
		};

		table_row(&t, cells);
	}
	table_print(&t, &c->out);
	table_release(&t);
}

/* Until the page is full or there are no more. */
static enum err find_group(struct ctl *c, struct filter *f, struct run *runs,
			   int *ret_count, bool *ret_more)
{
	int64_t next = 1;
	int count = 0, found;
	enum err e = OK;

	while (e == OK && next && count < f->run.limit) {
		e = filter_page(c->db, f, f->run.limit - count, &runs[count],
				&found, &next);
		if (e == OK)
			count += found;
		f->run.before_id = next;
	}
	*ret_count = count;
	*ret_more = next != 0 && count > 0;
	return e;
}

static enum err find_runs(struct ctl *c, const struct run_filter *f,
			  struct run **ret_runs, int *ret_count, bool *ret_more)
{
	const char *stuck = ctl_option(c, "stuck");
	const char *playbook = ctl_option(c, "playbook");
	/* One more than asked for tells whether there are more. */
	struct run *runs =
		arena_alloc(&c->arena, (size_t)(f->limit + 1) * sizeof(*runs));
	struct filter whole = {.run = *f};
	enum err e;

	*ret_runs = runs;
	if (stuck && !filter_stuck(stuck, world_wall_ms(c->world), &whole))
		return ctl_refuse(c, ERR_INVALID,
				  "--stuck: no group '%.80s' of mendctl stuck",
				  stuck);
	if (playbook && !filter_playbook(playbook, &whole.run))
		return ctl_refuse(c, ERR_INVALID,
				  "--playbook: a name, or name@version");
	if (whole.stuck)
		return find_group(c, &whole, runs, ret_count, ret_more);
	whole.run.limit++;
	e = run_list(c->db, &whole.run, runs, ret_count);
	*ret_more = e == OK && *ret_count > f->limit;
	if (e == OK && *ret_more)
		(*ret_count)--;
	return e;
}

static enum err run_list_command(struct ctl *c)
{
	struct run_filter f = RUN_FILTER_ANY;
	struct run *runs;
	int count = 0;
	bool more = false;
	enum err e = read_filter(c, &f);

	if (e)
		return e;
	e = find_runs(c, &f, &runs, &count, &more);
	if (e)
		return e;
	if (c->json) {
		print_json(c, runs, count, more);
		return OK;
	}
	if (count == 0) {
		(void)fputs("no runs\n", stderr);
		return OK;
	}
	print_table(c, runs, count);
	if (more)
		(void)fprintf(stderr, "more: --after %s\n",
			      runs[count - 1].public_id);
	return OK;
}

static const struct ctl_option options[] = {
	{"state", "STATE", "in this state", false},
	{"open", NULL, "only open ones", false},
	{"closed", NULL, "only closed ones", false},
	{"order", "ORDER", "of this order", false},
	{"prefix", "TEXT", "of orders that begin so", false},
	{"issue", "TYPE", "of this issue type", false},
	{"step", "NAME", "at this step", false},
	{"adapter", "NAME", "waiting for this adapter", false},
	{"outcome", "NAME", "closed with this outcome", false},
	{"event", "ID", "of this event", false},
	{"seller", "ID", "of this seller", false},
	{"venue", "ID", "of this venue", false},
	{"platform", "NAME", "on this platform", false},
	{"key", "KEY", "of this event key", false},
	{"playbook", "NAME", "that goes by it, or by NAME@VERSION", false},
	{"stuck", "GROUP", "of this group of mendctl stuck", false},
	{"limit", "N", "at most so many (default 50, at most 1000)", false},
	{"after", "RUN", "continue after this run", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_list = {
	.name = "list",
	.arguments = "",
	.options = options,
	.summary = "list runs, newest first",
	.examples = "  mendctl list --open\n"
		    "  mendctl list --state HELD --adapter transfer\n"
		    "  mendctl list --prefix ORDER-10 --json\n",
	.needs = NEEDS_READ,
	.run = run_list_command,
};

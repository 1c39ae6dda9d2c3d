/*
 * mendctl bulk and mendctl replay: one operation on many runs, and a run anew
 * from one of its steps. The same functions as the API; the engine carries a
 * bulk out, so what is printed is how far it has come.
 */
#include <stdio.h>

#include "../base/json.h"
#include "../flow/bulk.h"
#include "../flow/replay.h"
#include "../flow/view.h"
#include "commands.h"
#include "find.h"

struct bulk_act {
	struct bulk_request request;
	const char *id;
	bool start;
	struct bulk bulk;
};

static void print_bulk(struct ctl *c, const struct bulk *b)
{
	cJSON *tree = view_bulk(c->db, b);
	const cJSON *row;

	if (c->json) {
		output_json(tree);
		return;
	}
	(void)printf("%s %s %s: %lld runs, %lld wait, %lld done, %lld "
		     "skipped, %lld failed, %lld a second\n",
		     b->public_id, b->operation, bulk_state_name(b->state),
		     (long long)b->total, (long long)b->waiting,
		     (long long)b->done, (long long)b->skipped,
		     (long long)b->failed, (long long)b->rate);
	cJSON_ArrayForEach(row, json_get(tree, "reasons"))(void)
		printf("  %s %s: %lld\n", json_string(row, "state", ""),
		       json_string(row, "code", ""),
		       (long long)json_int(row, "count", 0));
	if (b->state == BULK_PREVIEW)
		(void)printf("Nothing is done yet: mendctl bulk start %s\n",
			     b->public_id);
	cJSON_Delete(tree);
}

static enum err put(struct ctl *c, void *context)
{
	struct bulk_act *t = context;
	struct problems p = {0};
	enum err e = bulk_make(c->db, c->world, &t->request, &c->actor,
			       &c->arena, &p, &t->bulk);

	return e ? ctl_refuse_problems(c, e, &p) : OK;
}

static enum err find(struct ctl *c, struct bulk_request *q)
{
	struct problems p = {0};
	enum err e = bulk_find(c->db, c->world, q, &c->arena, &p);

	return e ? ctl_refuse_problems(c, e, &p) : OK;
}

static enum err run_make(struct ctl *c)
{
	struct bulk_act *t = arena_alloc(&c->arena, sizeof(*t));
	struct bulk_request *q = &t->request;
	cJSON *filter = NULL, *decision = NULL;
	int64_t priority = -1, version = 0;
	enum err e = ctl_number(c, "rate", 1, BULK_RATE_MAX, BULK_RATE_DEFAULT,
				&q->rate);

	if (!e)
		e = ctl_number(c, "priority", 0, 3, -1, &priority);
	if (!e)
		e = ctl_number(c, "version", 1, 1000000, 0, &version);
	if (!e)
		e = ctl_json(c, "filter", &filter);
	if (!e)
		e = ctl_json(c, "decision", &decision);
	q->operation = c->argument[0];
	q->filter = filter;
	q->reason = ctl_option(c, "reason");
	q->preview = ctl_option(c, "start") == NULL;
	q->priority = (int)priority;
	q->step = ctl_option(c, "step");
	q->decision = decision;
	q->playbook = ctl_option(c, "playbook");
	q->version = (int)version;
	if (!e)
		e = find(c, q);
	if (!e)
		e = ctl_write(c, put, t);
	cJSON_Delete(filter);
	cJSON_Delete(decision);
	if (!e)
		print_bulk(c, &t->bulk);
	return e;
}

static enum err find_bulk(struct ctl *c, const char *id, struct bulk *ret_bulk)
{
	enum err e = bulk_by_public_id(c->db, id, &c->arena, ret_bulk);

	return e == ERR_NOT_FOUND ? ctl_refuse(c, e, "no bulk '%.60s'", id) : e;
}

static enum err turn(struct ctl *c, void *context)
{
	struct bulk_act *t = context;
	struct problems p = {0};
	enum err e = find_bulk(c, t->id, &t->bulk);

	if (e)
		return e;
	e = (t->start ? bulk_start : bulk_stop)(
		c->db, c->world, t->id, &c->actor, &c->arena, &p, &t->bulk);
	return e ? ctl_refuse_problems(c, e, &p) : OK;
}

static enum err run_turn(struct ctl *c, bool start)
{
	struct bulk_act *t = arena_alloc(&c->arena, sizeof(*t));
	enum err e;

	t->id = c->argument[0];
	t->start = start;
	e = ctl_write(c, turn, t);
	if (!e)
		print_bulk(c, &t->bulk);
	return e;
}

static enum err run_start(struct ctl *c)
{
	return run_turn(c, true);
}

static enum err run_stop(struct ctl *c)
{
	return run_turn(c, false);
}

static enum err run_bulks(struct ctl *c)
{
	const char *after = ctl_option(c, "after");
	struct bulk *bulks = NULL, last = {.id = 0};
	int64_t limit = 0;
	int count = 0;
	cJSON *data;
	enum err e = ctl_number(c, "limit", 1, 1000, 50, &limit);

	if (!e && after)
		e = find_bulk(c, after, &last);
	if (!e)
		e = bulk_list(c->db, last.id, (int)limit, &c->arena, &bulks,
			      &count);

	if (e)
		return e;
	if (!c->json) {
		for (int i = 0; i < count; i++)
			print_bulk(c, &bulks[i]);
		return OK;
	}
	data = cJSON_CreateArray();
	for (int i = 0; i < count; i++)
		cJSON_AddItemToArray(data, view_bulk(c->db, &bulks[i]));
	output_json(data);
	return OK;
}

static void print_items(struct ctl *c, const struct bulk_item *items, int count)
{
	static const struct table_column column[] = {
		{.title = "ORDER"},
		{.title = "ITEM", .state = true},
		{.title = "WHY", .flexible = true},
		{.title = "RUN", .state = true},
		{.title = "OUTCOME", .flexible = true},
	};
	struct table t;

	table_init(&t, column, sizeof(column) / sizeof(column[0]));
	for (int i = 0; i < count; i++) {
		const char *cells[] = {
			items[i].order_id,
			bulk_item_state_name(items[i].state),
			items[i].detail[0] ? items[i].detail : items[i].code,
			run_state_name(items[i].run_state),
			items[i].outcome,
		};

		table_row(&t, cells);
	}
	table_print(&t, &c->out);
	table_release(&t);
}

static enum err run_show(struct ctl *c)
{
	struct bulk_item *items = NULL;
	struct bulk b;
	int64_t limit = 50;
	int count = 0;
	cJSON *tree, *data;
	enum err e = find_bulk(c, c->argument[0], &b);

	if (!e)
		e = ctl_number(c, "items", 0, 50000, 50, &limit);
	if (!e)
		e = bulk_item_list(c->db, b.id, 0, -1, (int)limit, &c->arena,
				   &items, &count);
	if (e)
		return e;
	if (!c->json) {
		print_bulk(c, &b);
		if (count)
			print_items(c, items, count);
		return OK;
	}
	tree = view_bulk(c->db, &b);
	data = cJSON_AddArrayToObject(tree, "items");
	for (int i = 0; i < count; i++)
		cJSON_AddItemToArray(data, view_bulk_item(&items[i]));
	output_json(tree);
	return OK;
}

struct replay_act {
	struct replay_request request;
	struct run run;
};

static enum err put_replay(struct ctl *c, void *context)
{
	struct replay_act *t = context;
	struct problems p = {0};
	enum err e = find_run(c, c->argument[0], &t->run);

	if (!e)
		e = run_replay(c->db, c->world, t->run.public_id, &t->request,
			       &c->actor, &c->arena, &p, &t->run);
	return e && p.count ? ctl_refuse_problems(c, e, &p) : e;
}

static enum err run_replay_command(struct ctl *c)
{
	struct replay_act *t = arena_alloc(&c->arena, sizeof(*t));
	enum err e;

	t->request.step = c->argument[1];
	t->request.reason = ctl_option(c, "reason");
	e = ctl_write(c, put_replay, t);
	if (e)
		return e;
	if (c->json)
		output_json(view_run(c->db, &t->run));
	else
		(void)printf("replays %s from %s as %s\n", t->run.order_id,
			     t->run.step, t->run.public_id);
	return OK;
}

static const struct ctl_option of_make[] = {
	{"filter", "JSON", "which runs: the names of list, or runIds, orderIds",
	 true},
	{"reason", "TEXT", "why; kept in the audit of every run", true},
	{"rate", "N", "runs a second (default 50)", false},
	{"start", NULL, "at once, without looking at the preview", false},
	{"priority", "N", "of priority: 0 to 3", false},
	{"step", "NAME", "of replay: where to start", false},
	{"playbook", "NAME", "of migrate: onto this playbook", false},
	{"version", "N", "of migrate: and version (default: in force)", false},
	{"decision", "JSON",
	 "of decide: {\"approved\":true,\"reasonCode\":\"…\"}", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_bulk_make = {
	.name = "bulk make",
	.arguments = "OPERATION",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = of_make,
	.summary = "prepare one operation on all runs of a filter",
	.help = "OPERATION is pause, resume, retry, cancel, kill, priority, "
		"replay, decide or migrate. Which\nruns are meant is fixed "
		"now; what is "
		"left out is told with the reason.\n",
	.examples = "  mendctl bulk make retry --filter '{\"state\":\"HELD\","
		    "\"adapter\":\"transfer\"}' --reason 'it is back'\n"
		    "  mendctl bulk make migrate --filter "
		    "'{\"playbook\":\"triage@2\",\"open\":true}' \\\n"
		    "    --playbook triage --reason 'the new question'\n"
		    "  mendctl bulk make decide --filter "
		    "'{\"open\":true,\"event\":\"EV-1\"}' \\\n"
		    "    --decision '{\"approved\":true,\"reasonCode\":"
		    "\"official\"}' --reason 'confirmed'\n",
	.needs = NEEDS_WRITE,
	.run = run_make,
};

const struct command cmd_bulk_start = {
	.name = "bulk start",
	.arguments = "BULK",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = "carry it out, or go on with what is left",
	.examples = "  mendctl bulk start bulk_…\n",
	.needs = NEEDS_WRITE,
	.run = run_start,
};

const struct command cmd_bulk_stop = {
	.name = "bulk stop",
	.arguments = "BULK",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = "stop it; what is done stays done",
	.examples = "  mendctl bulk stop bulk_…\n",
	.needs = NEEDS_WRITE,
	.run = run_stop,
};

static const struct ctl_option of_list[] = {
	{"limit", "N", "at most so many (default 50)", false},
	{"after", "BULK", "go on after this one", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_bulk_list = {
	.name = "bulk list",
	.arguments = "",
	.options = of_list,
	.summary = "the newest bulks, and how far they are",
	.examples = "  mendctl bulk list\n",
	.needs = NEEDS_READ,
	.run = run_bulks,
};

static const struct ctl_option of_show[] = {
	{"items", "N", "so many of its runs (default 50)", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_bulk_show = {
	.name = "bulk show",
	.arguments = "BULK",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = of_show,
	.summary = "a bulk and the result of each of its runs",
	.examples = "  mendctl bulk show bulk_… --items 1000\n",
	.needs = NEEDS_READ,
	.run = run_show,
};

static const struct ctl_option of_replay[] = {
	{"reason", "TEXT", "why; kept in the audit", true},
	{NULL, NULL, NULL, false},
};

const struct command cmd_replay = {
	.name = "replay",
	.arguments = "ID STEP",
	.arguments_min = 2,
	.arguments_max = 2,
	.options = of_replay,
	.summary = "a new run of a closed one, from one of its steps",
	.help = "The case file is kept. What the run did is listed and not "
		"done again: its recorded\nanswers are used.\n",
	.examples = "  mendctl replay ORDER-42 ask_refund --reason 'rejected "
		    "by mistake'\n",
	.needs = NEEDS_WRITE,
	.run = run_replay_command,
};

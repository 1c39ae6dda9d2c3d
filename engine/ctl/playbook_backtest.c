/*
 * mendctl playbook backtest: what a draft would have made of the runs that have
 * ended.
 */
#include "backtest_jobs.h"
#include "backtest_print.h"
#include "commands.h"

#define LIMIT_DEFAULT 10000

static enum err since(struct ctl *c, int64_t *ret_ms)
{
	const char *text = ctl_option(c, "since");
	int64_t ms;

	if (duration_parse(text ? text : "30d", &ms) != 0)
		return ctl_refuse(c, ERR_INVALID,
				  "--since: a duration like 30d, not '%.40s'",
				  text);
	*ret_ms = world_wall_ms(c->world) - ms;
	return OK;
}

static enum err backtest(struct ctl *c, const struct draft *d, int64_t since_ms,
			 int limit, int jobs)
{
	struct backtest *b = arena_alloc(&c->arena, sizeof(*b));
	int64_t began = world_mono_ms(c->world), took;
	enum err e = backtest_run(c, d, since_ms, limit, jobs, b);

	if (e != OK)
		return e;
	took = world_mono_ms(c->world) - began;
	if (c->json)
		backtest_json(c, d, b, took);
	else
		backtest_text(c, d, b, took);
	backtest_release(b);
	return OK;
}

static enum err run_playbook_backtest(struct ctl *c)
{
	int64_t since_ms = 0, limit = 0, jobs = 0;
	struct draft d;
	enum err e = since(c, &since_ms);

	if (!e)
		e = ctl_number(c, "limit", 1, 1000000, LIMIT_DEFAULT, &limit);
	if (!e)
		e = ctl_number(c, "jobs", 1, JOBS_MAX, jobs_default(), &jobs);
	if (!e)
		e = draft_load(c, c->argument[0], &d);
	if (e)
		return e;
	e = backtest(c, &d, since_ms, (int)limit, (int)jobs);
	catalog_free(d.catalog);
	return e;
}

static const struct ctl_option options[] = {
	{"since", "SPAN", "runs created since then (default 30d)", false},
	{"limit", "N", "at most so many, the newest (default 10000)", false},
	{"jobs", "N", "processes (default one a processor, 16 at most)", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_playbook_backtest = {
	.name = "playbook backtest",
	.arguments = "FILE",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = options,
	.summary = "play recorded past runs through a draft",
	.help = "Each run that has ended is played twice with the answers, "
		"decisions and signals\non record: with the version it had, "
		"and with the draft beside the other files of\nthe "
		"configuration folder. Tells how many go another way, where "
		"they part and why,\nand what would have been done more or "
		"less. Nothing is sent and nothing written.\n",
	.examples = "  mendctl playbook backtest draft.json\n"
		    "  mendctl playbook backtest transfer_failed --since 7d "
		    "--json\n",
	.needs = NEEDS_READ,
	.run = run_playbook_backtest,
};

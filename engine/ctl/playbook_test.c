/*
 * mendctl playbook test: plays the golden cases through a playbook, or through
 * all of them, and says what came out otherwise than was expected.
 */
#include <unistd.h>

#include "case_cover.h"
#include "case_doubt.h"
#include "case_print.h"
#include "commands.h"
#include "draft.h"

static void count(struct case_rubric *b, const struct case_result *r)
{
	const enum case_mark mark[4] = {r->type, r->tier, r->action, r->money};
	int i;

	b->cases++;
	b->passed += r->passed;
	b->failed += !r->passed;
	b->ambiguous += r->ambiguous;
	b->ambiguous_failed += r->ambiguous && !r->passed;
	for (i = 0; i < 4; i++) {
		b->asked[i] += mark[i] != MARK_NOT_ASKED;
		b->right[i] += mark[i] == MARK_RIGHT;
	}
	b->unsafe += r->unsafe;
	b->needless += r->needless;
}

static enum err test_with(struct ctl *c, const struct draft *d, const char *dir)
{
	int64_t began = world_mono_ms(c->world), took;
	struct case_extra x = {.cover = NULL};
	struct case_rubric b = {.cases = 0};
	struct cases cs;
	enum err e = cases_play(d->catalog, dir, ctl_option(c, "only"), &cs);
	int i;

	for (i = 0; i < cs.count; i++)
		count(&b, &cs.item[i].result);
	if (e == OK && cs.count == 0)
		e = ctl_refuse(c, ERR_NOT_FOUND, "no case in %s", dir);
	took = world_mono_ms(c->world) - began;
	if (e == OK && ctl_option(c, "cover"))
		x.cover = case_cover(d->catalog, &cs, d->playbook);
	if (e == OK && ctl_option(c, "doubt"))
		x.doubt = case_doubt(d->catalog, &cs, d->playbook);
	if (e == OK)
		cases_print(c, &cs, &b, &x, took);
	if (b.failed + b.unsafe > 0)
		c->verdict = EXIT_ERROR;
	cases_release(&cs);
	return e;
}

static enum err run_playbook_test(struct ctl *c)
{
	const char *dir = ctl_option(c, "cases");
	struct draft d;
	enum err e;

	if (!dir)
		dir = "tests/cases";
	if (access(dir, R_OK) != 0)
		return ctl_refuse(c, ERR_NOT_FOUND,
				  "no folder %s; --cases names it", dir);
	e = draft_load(c, c->argument_count ? c->argument[0] : NULL, &d);
	if (e)
		return e;
	e = test_with(c, &d, dir);
	catalog_free(d.catalog);
	return e;
}

static const struct ctl_option options[] = {
	{"cases", "DIR", "folder of the cases (default tests/cases)", false},
	{"only", "TEXT", "cases whose file or name holds this", false},
	{"all", NULL, "list the cases that passed, too", false},
	{"cover", NULL, "which steps and rules no case has come to", false},
	{"doubt", NULL, "which rules could be gone and no case would fail",
	 false},
	{"tap", NULL, "print TAP, for test runners", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_playbook_test = {
	.name = "playbook test",
	.arguments = "[FILE]",
	.arguments_max = 1,
	.options = options,
	.summary = "play the golden cases through a playbook",
	.help = "FILE, a path or a playbook's name, stands in for the one of "
		"its name in the\nconfiguration folder; without it the folder "
		"is tested as it is. Each case that\nfails is told with where "
		"its run left the expected way and which condition sent\nit "
		"there. No database, no network, no clock. Exit code 1 when a "
		"case fails or\nanything unsafe was done.\n"
		"--cover tells what no case has come to: it may be broken "
		"without anybody\nnoticing. --doubt leaves out each rule that "
		"a case takes, and tells whether a\ncase fails then.\n",
	.examples = "  mendctl playbook test\n"
		    "  mendctl playbook test draft.json --cases tests/cases\n"
		    "  mendctl playbook test transfer_failed --only second "
		    "--json\n",
	.needs = NEEDS_NOTHING,
	.run = run_playbook_test,
};

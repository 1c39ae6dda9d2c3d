/*
 * mendctl playbook test: plays the golden cases through a playbook, or through
 * all of them, and says what came out otherwise than was expected.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/json.h"
#include "case_cover.h"
#include "case_doubt.h"
#include "cases.h"
#include "commands.h"
#include "draft.h"

struct rubric {
	int cases, passed, failed, ambiguous, ambiguous_failed;
	int asked[4], right[4]; /* type, tier, action, money */
	int unsafe, needless;
};
static const char *const rubric_name[4] = {"type", "tier", "action", "money"};

static void count(struct rubric *b, const struct case_result *r)
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

/* ---- text ---- */

static void print_case(struct ctl *c, const struct case_run *k, bool all)
{
	int i;

	if (k->result.passed && !all)
		return;
	output_text(&c->out, k->result.passed ? COLOUR_GREEN : COLOUR_RED,
		    k->result.passed ? "pass" : "FAIL");
	(void)printf("  %s: ", k->file);
	output_text(&c->out, COLOUR_BOLD, k->name);
	(void)printf("%s\n", k->result.ambiguous ? " (ambiguous)" : "");
	if (k->result.passed)
		return;
	if (k->about[0])
		(void)printf("      %s\n", k->about);
	for (i = 0; i < k->difference_count; i++) {
		(void)fputs("      ", stdout);
		output_text(&c->out, COLOUR_NONE, k->difference[i]);
		(void)fputc('\n', stdout);
	}
}

static void print_rubric(const struct rubric *b, int64_t took_ms)
{
	int i;

	(void)printf("%d case%s in %lld ms: %d passed, %d failed", b->cases,
		     b->cases == 1 ? "" : "s", (long long)took_ms, b->passed,
		     b->failed);
	if (b->ambiguous)
		(void)printf(" (ambiguous: %d, failed %d)", b->ambiguous,
			     b->ambiguous_failed);
	(void)fputc('\n', stdout);
	for (i = 0; i < 4; i++)
		(void)printf("  %-6s right         %d of %d\n", rubric_name[i],
			     b->right[i], b->asked[i]);
	(void)printf("  unsafe actions       %d\n"
		     "  needless escalations %d\n",
		     b->unsafe, b->needless);
}

static void print_untouched(const cJSON *playbook)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_get(playbook, "untouched"))(void)
		printf("    never entered: %s\n", item->valuestring);
	cJSON_ArrayForEach(item, json_get(playbook, "unheld"))(void) printf(
		"    never held: %s at %s\n", json_string(item, "rule", ""),
		json_string(item, "step", ""));
}

/* How much of the playbooks the cases came to. */
static void print_cover(const cJSON *cover)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_get(cover, "playbooks"))
	{
		(void)printf("  %-22s steps %d of %d, rules %d of %d\n",
			     json_string(item, "playbook", ""),
			     (int)json_int(item, "entered", 0),
			     (int)json_int(item, "steps", 0),
			     (int)json_int(item, "held", 0),
			     (int)json_int(item, "rules", 0));
		print_untouched(item);
	}
}

static void print_doubt(const cJSON *doubt)
{
	const cJSON *item;

	(void)printf("  rules that a case takes: %d; one gone is noticed: %d\n",
		     (int)json_int(doubt, "rules", 0),
		     (int)json_int(doubt, "noticed", 0));
	cJSON_ArrayForEach(item, json_get(doubt, "unnoticed"))(void) printf(
		"    unnoticed: %s at %s of %s (%d case%s)\n",
		json_string(item, "rule", ""), json_string(item, "step", ""),
		json_string(item, "playbook", ""),
		(int)json_int(item, "cases", 0),
		json_int(item, "cases", 0) == 1 ? "" : "s");
}

static void print_tap(const struct cases *cs)
{
	int i, d;

	(void)printf("1..%d\n", cs->count);
	for (i = 0; i < cs->count; i++) {
		const struct case_run *k = &cs->item[i];

		(void)printf("%sok %d - %s: %s\n",
			     k->result.passed ? "" : "not ", i + 1, k->file,
			     k->name);
		for (d = 0; d < k->difference_count; d++)
			(void)printf("# %s\n", k->difference[d]);
	}
}

/* ---- JSON ---- */

static void set_mark(cJSON *tree, const char *key, enum case_mark mark)
{
	if (mark == MARK_NOT_ASKED)
		json_set_null(tree, key);
	else
		json_set_bool(tree, key, mark == MARK_RIGHT);
}

static cJSON *effects_tree(const struct rehearsal *r)
{
	cJSON *list = cJSON_CreateArray();
	int i;

	for (i = 0; i < r->effect_count; i++) {
		const struct rehearse_effect *e = &r->effect[i];
		cJSON *item = cJSON_CreateObject();

		json_set_string(item, "step", e->step);
		json_set_string(item, "operation", e->operation);
		json_set(item, "with", cJSON_Parse(e->params));
		json_set_string(item, "state", call_state_name(e->state));
		json_set_int(item, "attempts", e->attempts);
		if (e->money)
			json_set_int(item, "amountMinor", e->amount_minor);
		(void)cJSON_AddItemToArray(list, item);
	}
	return list;
}

static cJSON *case_tree(const struct case_run *k)
{
	const struct rehearsal *r = &k->record;
	cJSON *tree = cJSON_CreateObject(), *path = cJSON_CreateArray();
	cJSON *differences = cJSON_CreateArray();
	int i;

	json_set_string(tree, "case", k->name);
	json_set_string(tree, "file", k->file);
	json_set_bool(tree, "passed", k->result.passed);
	json_set_bool(tree, "ambiguous", k->result.ambiguous);
	set_mark(tree, "typeRight", k->result.type);
	set_mark(tree, "tierRight", k->result.tier);
	set_mark(tree, "actionRight", k->result.action);
	set_mark(tree, "moneyRight", k->result.money);
	json_set_int(tree, "unsafe", k->result.unsafe);
	json_set_int(tree, "needless", k->result.needless);
	for (i = 0; i < k->difference_count; i++)
		(void)cJSON_AddItemToArray(
			differences, cJSON_CreateString(k->difference[i]));
	json_set(tree, "differences", differences);
	for (i = 0; i < r->step_count; i++)
		(void)cJSON_AddItemToArray(
			path, cJSON_CreateString(r->step[i].step->name));
	json_set(tree, "path", path);
	json_set(tree, "actions", effects_tree(r));
	json_set_string(tree, "issueType", r->run.issue_type);
	json_set_int(tree, "tier", r->run.tier);
	json_set_string(tree, "playbook",
			r->playbook ? r->playbook->name : NULL);
	json_set_string(tree, "state", run_state_name(r->run.state));
	json_set_string(tree, "outcome", r->run.outcome);
	json_set_string(tree, "result", r->run.result);
	json_set_string(tree, "reason", r->run.reason);
	json_set_int(tree, "tasks", r->task_count);
	json_set_int(tree, "moneyMinor", rehearsal_money(r, NULL));
	json_set_int(tree, "tookMs", r->ended_ms - r->began_ms);
	return tree;
}

/* What was asked for beside the result; owned. */
struct extra {
	cJSON *cover, *doubt; /* NULL: not asked */
};

static void print_json(const struct cases *cs, const struct rubric *b,
		       const struct extra *x)
{
	cJSON *tree = cJSON_CreateObject(), *list = cJSON_CreateArray();
	cJSON *rubric = cJSON_CreateObject();
	char key[32];
	int i;

	for (i = 0; i < 4; i++) {
		(void)snprintf(key, sizeof(key), "%sRight", rubric_name[i]);
		json_set_int(rubric, key, b->right[i]);
		(void)snprintf(key, sizeof(key), "%sAsked", rubric_name[i]);
		json_set_int(rubric, key, b->asked[i]);
	}
	json_set_int(rubric, "unsafeActions", b->unsafe);
	json_set_int(rubric, "needlessEscalations", b->needless);
	json_set_bool(tree, "ok", b->failed + b->unsafe == 0);
	json_set_int(tree, "cases", b->cases);
	json_set_int(tree, "passed", b->passed);
	json_set_int(tree, "failed", b->failed);
	json_set_int(tree, "ambiguous", b->ambiguous);
	json_set(tree, "rubric", rubric);
	if (x->cover)
		json_set(tree, "cover", x->cover);
	if (x->doubt)
		json_set(tree, "doubt", x->doubt);
	for (i = 0; i < cs->count; i++)
		(void)cJSON_AddItemToArray(list, case_tree(&cs->item[i]));
	json_set(tree, "data", list);
	output_json(tree);
}

/* ---- the command ---- */

/* Takes the extra. */
static void print(struct ctl *c, const struct cases *cs, const struct rubric *b,
		  const struct extra *x, int64_t took_ms)
{
	int i;

	if (c->json) {
		print_json(cs, b, x);
		return;
	}
	if (ctl_option(c, "tap")) {
		print_tap(cs);
		return;
	}
	for (i = 0; i < cs->count; i++)
		print_case(c, &cs->item[i], ctl_option(c, "all") != NULL);
	print_rubric(b, took_ms);
	if (x->cover)
		print_cover(x->cover);
	if (x->doubt)
		print_doubt(x->doubt);
	cJSON_Delete(x->cover);
	cJSON_Delete(x->doubt);
}

static enum err test_with(struct ctl *c, const struct draft *d, const char *dir)
{
	int64_t began = world_mono_ms(c->world), took;
	struct extra x = {.cover = NULL};
	struct rubric b = {.cases = 0};
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
		print(c, &cs, &b, &x, took);
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

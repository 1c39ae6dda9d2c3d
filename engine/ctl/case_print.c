/*
 * What the golden cases came to: what came out otherwise, and the sums.
 */
#include "case_print.h"

#include <stdio.h>

#include "../base/json.h"

static const char *const rubric_name[4] = {"type", "tier", "action", "money"};

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

static void print_rubric(const struct case_rubric *b, int64_t took_ms)
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
static void print_json(const struct cases *cs, const struct case_rubric *b,
		       const struct case_extra *x)
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

/* ---- either ---- */

void cases_print(struct ctl *c, const struct cases *cs,
		 const struct case_rubric *b, const struct case_extra *x,
		 int64_t took_ms)
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

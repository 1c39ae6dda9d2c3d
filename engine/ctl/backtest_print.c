/*
 * What a backtest found: in twenty lines, or as JSON.
 */
#include "backtest_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "../base/json.h"

#define GROUPS_SHOWN 4
#define TOTALS_SHOWN 6
#define ASSUMPTION                                                             \
	"an effect that was never made succeeds with what was sent; a read "   \
	"that was never made, and can be done without, is missing; what was "  \
	"read last still stands"

/* ---- text ---- */

static void print_fates(const struct backtest *b)
{
	static const struct {
		enum backtest_fate fate;
		const char *words;
	} line[] = {
		{BACKTEST_SAME, "go the same way"},
		{BACKTEST_OTHER, "go another way"},
		{BACKTEST_UNASKED,
		 "can't be told: they need a read that was never made"},
		{BACKTEST_UNDECIDED,
		 "would wait for a person who was never asked"},
		{BACKTEST_NOT_ON_RECORD,
		 "can't be played again as they were; not compared"},
	};

	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
		if (b->fate[line[i].fate] || i < 2)
			(void)printf("  %6d %s\n", b->fate[line[i].fate],
				     line[i].words);
	}
}

static int *sorted_groups(const struct backtest *b, struct arena *a)
{
	int *order = arena_alloc(a, ((size_t)b->group_count + 1) * sizeof(int));
	int i, j;

	for (i = 0; i < b->group_count; i++) {
		for (j = i;
		     j > 0 && b->group[order[j - 1]].count < b->group[i].count;
		     j--)
			order[j] = order[j - 1];
		order[j] = i;
	}
	return order;
}

static void print_group(struct ctl *c, const struct backtest *b,
			const struct backtest_group *g)
{
	static const char *const prefix[BACKTEST_FATES] = {
		[BACKTEST_SAME] = "",
		[BACKTEST_OTHER] = "",
		[BACKTEST_UNASKED] = "never read: ",
		[BACKTEST_UNDECIDED] = "never asked: ",
		[BACKTEST_NOT_ON_RECORD] = "not compared: ",
	};
	int i;

	(void)printf("  %6d ", g->count);
	output_text(&c->out, COLOUR_BOLD, prefix[g->fate]);
	output_text(&c->out, COLOUR_BOLD, g->where);
	for (i = 0; i < g->count && i < BACKTEST_EXAMPLES; i++)
		(void)printf("%s%s", i ? ", " : "  e.g. ",
			     b->history.run[g->example[i]].order_id);
	(void)fputc('\n', stdout);
	if (g->why) {
		(void)fputs("         ", stdout);
		output_text(&c->out, COLOUR_DIM, g->why);
		(void)fputc('\n', stdout);
	}
}

static void print_groups(struct ctl *c, const struct backtest *b)
{
	const int *order = sorted_groups(b, &c->arena);
	int i;

	if (b->group_count)
		(void)puts("Where they part");
	for (i = 0; i < b->group_count && i < GROUPS_SHOWN; i++)
		print_group(c, b, &b->group[order[i]]);
	if (b->group_count > GROUPS_SHOWN)
		(void)printf("         and %d more ways; --json tells all\n",
			     b->group_count - GROUPS_SHOWN);
}

static void print_total(struct ctl *c, const struct backtest_total *t)
{
	(void)printf("  %-22s %6" PRId64 " -> %" PRId64, t->operation,
		     t->before_count, t->after_count);
	if (t->money)
		(void)printf(
			", %s -> %s",
			output_money(t->before_minor, t->currency, &c->arena),
			output_money(t->after_minor, t->currency, &c->arena));
	(void)fputc('\n', stdout);
}

/* Money first, then what changed. */
static void print_totals(struct ctl *c, const struct backtest *b)
{
	int shown = 0, i;

	(void)puts("Before -> after");
	for (i = 0; i < b->total_count && shown < TOTALS_SHOWN; i++) {
		if (b->total[i].money) {
			print_total(c, &b->total[i]);
			shown++;
		}
	}
	for (i = 0; i < b->total_count && shown < TOTALS_SHOWN; i++) {
		const struct backtest_total *t = &b->total[i];

		if (t->money || t->before_count == t->after_count)
			continue;
		print_total(c, t);
		shown++;
	}
	(void)printf("  %-22s %6" PRId64 " -> %" PRId64 "\n", "tasks",
		     b->tasks_before, b->tasks_after);
	if (b->held_before + b->held_after)
		(void)printf("  %-22s %6" PRId64 " -> %" PRId64 "\n", "held",
			     b->held_before, b->held_after);
}

void backtest_text(struct ctl *c, const struct draft *d,
		   const struct backtest *b, int64_t took_ms)
{
	(void)printf("%d past run%s against %s in %.1f s\n", b->history.count,
		     b->history.count == 1 ? "" : "s",
		     d->path ? d->path : c->config.conf,
		     (double)took_ms / 1000);
	print_fates(b);
	print_groups(c, b);
	print_totals(c, b);
	if (b->assumed)
		(void)printf("%d rest on an assumption: " ASSUMPTION "\n",
			     b->assumed);
}

/* ---- JSON ---- */

static cJSON *examples_tree(const struct backtest *b,
			    const struct backtest_group *g)
{
	cJSON *list = cJSON_CreateArray();
	int i;

	for (i = 0; i < g->count && i < BACKTEST_EXAMPLES; i++) {
		const struct run *r = &b->history.run[g->example[i]];
		cJSON *item = cJSON_CreateObject();

		json_set_string(item, "orderId", r->order_id);
		json_set_string(item, "runId", r->public_id);
		(void)cJSON_AddItemToArray(list, item);
	}
	return list;
}

static cJSON *groups_tree(const struct backtest *b, const int *order)
{
	cJSON *list = cJSON_CreateArray();
	int i;

	for (i = 0; i < b->group_count; i++) {
		const struct backtest_group *g = &b->group[order[i]];
		cJSON *item = cJSON_CreateObject();

		json_set_string(item, "kind", backtest_fate_name(g->fate));
		json_set_string(item, "where", g->where);
		json_set_string(item, "why", g->why);
		json_set_int(item, "runs", g->count);
		json_set_int(item, "assumed", g->assumed);
		json_set(item, "examples", examples_tree(b, g));
		(void)cJSON_AddItemToArray(list, item);
	}
	return list;
}

static cJSON *totals_tree(const struct backtest *b)
{
	cJSON *list = cJSON_CreateArray();
	int i;

	for (i = 0; i < b->total_count; i++) {
		const struct backtest_total *t = &b->total[i];
		cJSON *item = cJSON_CreateObject();

		json_set_string(item, "operation", t->operation);
		json_set_int(item, "before", t->before_count);
		json_set_int(item, "after", t->after_count);
		if (t->money) {
			json_set_string(item, "currency", t->currency);
			json_set_int(item, "beforeMinor", t->before_minor);
			json_set_int(item, "afterMinor", t->after_minor);
		}
		(void)cJSON_AddItemToArray(list, item);
	}
	return list;
}

static cJSON *end_tree(const char *state, const char *outcome,
		       const char *result)
{
	cJSON *tree = cJSON_CreateObject();

	json_set_string(tree, "state", state);
	json_set_string(tree, "outcome", outcome[0] ? outcome : NULL);
	json_set_string(tree, "result", result[0] ? result : NULL);
	return tree;
}

static cJSON *changes_tree(const struct backtest *b)
{
	cJSON *list = cJSON_CreateArray();
	int i;

	for (i = 0; i < b->change_count; i++) {
		const struct backtest_change *k = &b->change[i];
		const struct run *r = &b->history.run[k->run];
		cJSON *item = cJSON_CreateObject();

		json_set_string(item, "orderId", r->order_id);
		json_set_string(item, "runId", r->public_id);
		if (k->group >= 0) {
			json_set_string(
				item, "kind",
				backtest_fate_name(b->group[k->group].fate));
			json_set_string(item, "where",
					b->group[k->group].where);
		}
		json_set(item, "before",
			 end_tree(k->before_state, k->before_outcome,
				  k->before_result));
		json_set(item, "after",
			 end_tree(k->after_state, k->after_outcome,
				  k->after_result));
		json_set_bool(item, "assumed", k->assumed);
		(void)cJSON_AddItemToArray(list, item);
	}
	return list;
}

static cJSON *pair(int64_t before, int64_t after)
{
	cJSON *tree = cJSON_CreateObject();

	json_set_int(tree, "before", before);
	json_set_int(tree, "after", after);
	return tree;
}

void backtest_json(struct ctl *c, const struct draft *d,
		   const struct backtest *b, int64_t took_ms)
{
	cJSON *tree = cJSON_CreateObject();
	int f;

	json_set_string(tree, "draft", d->path);
	json_set_int(tree, "runs", b->history.count);
	json_set_int(tree, "tookMs", took_ms);
	for (f = 0; f < BACKTEST_FATES; f++)
		json_set_int(tree, backtest_fate_name((enum backtest_fate)f),
			     b->fate[f]);
	json_set_int(tree, "assumed", b->assumed);
	json_set_string(tree, "assumption", ASSUMPTION);
	json_set(tree, "groups", groups_tree(b, sorted_groups(b, &c->arena)));
	json_set_int(tree, "ungrouped", b->others);
	json_set(tree, "effects", totals_tree(b));
	json_set(tree, "tasks", pair(b->tasks_before, b->tasks_after));
	json_set(tree, "held", pair(b->held_before, b->held_after));
	json_set(tree, "changes", changes_tree(b));
	output_json(tree);
}

/*
 * mendctl task show: the question, what will happen on yes and on no, and what
 * the answer rests on.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../flow/view.h"
#include "commands.h"
#include "find.h"

static void field(const struct ctl *c, const char *label, const char *value)
{
	if (value && *value)
		output_field(&c->out, label, COLOUR_NONE, value);
}

#define COLUMNS_MAX 4
static const struct part {
	const char *key, *heading;
	const char *member[COLUMNS_MAX];
	struct table_column column[COLUMNS_MAX];
	int count;
} parts[] = {
	{"why",
	 "Why automation stopped",
	 {"field", "seen", "operator", "expected"},
	 {{.title = "FIELD"},
	  {.title = "SEEN", .flexible = true},
	  {.title = "RULE"},
	  {.title = "LIMIT", .flexible = true}},
	 4},
	{"evidence",
	 "Evidence",
	 {"field", "value", "source", "fetchedAt"},
	 {{.title = "FIELD"},
	  {.title = "VALUE", .flexible = true},
	  {.title = "SOURCE"},
	  {.title = "AT"}},
	 4},
	{"tried",
	 "Tried",
	 {"what", "result", "at"},
	 {{.title = "WHAT"},
	  {.title = "RESULT", .flexible = true},
	  {.title = "AT"}},
	 3},
	{"alternatives",
	 "Ways to choose from (--alternative)",
	 {"name", "text", "amountMinor", "recommended"},
	 {{.title = "NAME"},
	  {.title = "WHAT", .flexible = true},
	  {.title = "MINOR"},
	  {.title = "RECOMMENDED"}},
	 4},
	{"notOffered",
	 "Not offered",
	 {"name", "text"},
	 {{.title = "NAME"}, {.title = "WHAT", .flexible = true}},
	 2},
	{"form",
	 "To fill in (--form)",
	 {"name", "type", "required", "label"},
	 {{.title = "NAME"},
	  {.title = "TYPE"},
	  {.title = "REQUIRED"},
	  {.title = "LABEL", .flexible = true}},
	 4},
	{"changes",
	 "Changed since the task before",
	 {"field", "before", "after"},
	 {{.title = "FIELD"},
	  {.title = "BEFORE", .flexible = true},
	  {.title = "AFTER", .flexible = true}},
	 3},
};

static const struct part codes[] = {
	{"approve",
	 "Reasons to approve (--reason-code)",
	 {"code", "label"},
	 {{.title = "CODE"}, {.title = "MEANS", .flexible = true}},
	 2},
	{"reject",
	 "Reasons to reject (--reason-code)",
	 {"code", "label"},
	 {{.title = "CODE"}, {.title = "MEANS", .flexible = true}},
	 2},
};

static const struct part decisions = {
	"decisions",
	"Decisions",
	{"approved", "actor", "decidedAt", "notes"},
	{{.title = "APPROVED"},
	 {.title = "BY"},
	 {.title = "AT"},
	 {.title = "NOTES", .flexible = true}},
	4,
};

static void print_part(struct ctl *c, const cJSON *object,
		       const struct part *part)
{
	const cJSON *list = json_get(object, part->key);

	if (!list || !list->child)
		return;
	output_heading(&c->out, part->heading);
	output_rows(&c->out, list, part->column, part->member, part->count,
		    &c->arena);
}

/* The proposal in the order in which a person asks about it. */
static void print_proposal(struct ctl *c, const cJSON *view)
{
	const cJSON *proposal = json_get(view, "proposal");
	const cJSON *action = json_get(proposal, "action");

	field(c, "approve", json_string(proposal, "text", NULL));
	field(c, "reject", json_string(proposal, "rejectText", NULL));
	field(c, "payee", json_string(proposal, "payee", NULL));
	if (action && action->child) {
		output_heading(&c->out, "Action");
		output_tree(&c->out, action);
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		print_part(c, proposal, &parts[i]);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		print_part(c, json_get(proposal, "reasonCodes"), &codes[i]);
	print_part(c, view, &decisions);
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
	field(c, "way", k->alternative);
	field(c, "filled in", k->form);
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

/*
 * What a playbook would do with an order: step by step, or as JSON.
 */
#include "trial_print.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "why_words.h"

/* ---- text ---- */

static const char *took_words(int64_t ms, struct arena *a)
{
	if (ms < 1000)
		return arena_printf(a, "+%lld ms", (long long)ms);
	if (ms < 120000)
		return arena_printf(a, "+%.1f s", (double)ms / 1000);
	return arena_printf(a, "+%.1f min", (double)ms / 60000);
}

static void print_rules(struct ctl *c, const struct rehearsal *r, int at)
{
	int i;

	for (i = 0; i < r->rule_count; i++) {
		const struct rehearse_rule *rule = &r->rule[i];

		if (rule->at != at)
			continue;
		(void)fputs("    ", stdout);
		output_text(
			&c->out, rule->held ? COLOUR_GREEN : COLOUR_DIM,
			arena_printf(&c->arena, "%s %s: %s",
				     rule->held ? "yes" : "no ",
				     rule->rule[0] ? rule->rule : "otherwise",
				     why_words(rule->why, &c->arena)));
		(void)fputc('\n', stdout);
	}
}

static void print_call(struct ctl *c, const struct trial_call *k)
{
	(void)fputs("    ", stdout);
	output_text(&c->out, k->effect ? COLOUR_YELLOW : COLOUR_NONE,
		    arena_printf(&c->arena, "%s %s: %s %s%s%s",
				 k->effect ? "would send" : "read",
				 k->operation, k->method ? k->method : "-",
				 k->url ? k->url : k->fault, k->body ? " " : "",
				 k->body ? k->body : ""));
	(void)fputc('\n', stdout);
	if (k->effect && !k->fault)
		(void)printf("      %s: ",
			     k->assumed ? "as you say" : "taken to answer");
	else
		(void)printf(
			"      %s %d in %lld ms: ", call_class_name(k->class),
			k->status, (long long)k->duration_ms);
	output_text(&c->out, COLOUR_DIM,
		    arena_printf(&c->arena, "%.300s",
				 k->answer  ? k->answer
				 : k->error ? k->error
					    : ""));
	(void)fputc('\n', stdout);
}

static void print_offer(struct ctl *c, const cJSON *offer)
{
	const cJSON *amount = json_get(offer, "amountMinor");
	const cJSON *action = json_get(offer, "action");

	(void)fputs("      ", stdout);
	output_text(&c->out, COLOUR_BOLD,
		    json_string(offer, "name", "approve"));
	(void)fputs(": ", stdout);
	output_text(&c->out, COLOUR_NONE, json_string(offer, "text", ""));
	if (json_is_int(amount))
		(void)printf(" (%s)",
			     output_money(json_int(offer, "amountMinor", 0),
					  json_string(offer, "currency", ""),
					  &c->arena));
	(void)fputc('\n', stdout);
	if (cJSON_IsObject(action))
		(void)printf("        does %s %s\n",
			     json_string(action, "operation", "?"),
			     json_print_arena(json_get(action, "params"),
					      &c->arena));
}

static void print_task(struct ctl *c, const struct task *t)
{
	cJSON *proposal = cJSON_Parse(t->proposal);
	const cJSON *offers = json_get(proposal, "alternatives"), *item;

	(void)fputs("    asks: ", stdout);
	output_text(&c->out, COLOUR_BOLD, t->title);
	(void)fputs("\n    why: ", stdout);
	output_text(&c->out, COLOUR_NONE, t->reason);
	(void)fputc('\n', stdout);
	if (!offers || !offers->child)
		print_offer(c, proposal);
	cJSON_ArrayForEach(item, offers) print_offer(c, item);
	(void)printf("      reject: %s\n",
		     json_string(proposal, "rejectText", ""));
	if (t->approved >= 0)
		(void)printf("    taken to be %s%s%s\n",
			     t->approved ? "approved" : "rejected",
			     t->alternative[0] ? ": " : "", t->alternative);
	cJSON_Delete(proposal);
}

static void print_step(struct ctl *c, const struct trial *t, int at)
{
	const struct rehearsal *r = &t->record;
	const struct rehearse_step *s = &r->step[at];
	int i;

	if (at == 0 || r->step[at - 1].playbook != s->playbook) {
		output_text(&c->out, COLOUR_BOLD, s->playbook->name);
		(void)fputc('\n', stdout);
	}
	(void)fputs("  ", stdout);
	output_text(&c->out, COLOUR_BLUE, s->step->name);
	(void)printf("  %s%s  %s\n", step_kind_name(s->step->kind),
		     s->visit > 1
			     ? arena_printf(&c->arena, ", time %d", s->visit)
			     : "",
		     took_words(s->at_ms - r->began_ms, &c->arena));
	for (i = 0; i < t->call_count; i++) {
		if (t->call[i].visit == s->visit &&
		    strcmp(t->call[i].step, s->step->name) == 0 &&
		    s->step->kind != STEP_TASK)
			print_call(c, &t->call[i]);
	}
	print_rules(c, r, at);
	for (i = 0; i < r->task_count; i++) {
		if (r->task[i].task.visit == s->visit &&
		    strcmp(r->task[i].task.step, s->step->name) == 0)
			print_task(c, &r->task[i].task);
	}
	for (i = 0; i < t->call_count && s->step->kind == STEP_TASK; i++) {
		if (t->call[i].visit == s->visit &&
		    strcmp(t->call[i].step, s->step->name) == 0)
			print_call(c, &t->call[i]);
	}
}

static void print_end(struct ctl *c, const struct trial *t,
		      const struct draft *d)
{
	const struct rehearsal *r = &t->record;
	const char *state = run_state_name(r->run.state);
	bool came = !d->playbook;
	int i;

	for (i = 0; i < r->step_count; i++)
		came = came || r->step[i].playbook == d->playbook;
	output_text(&c->out, output_state_colour(state), state);
	(void)printf("%s%s%s%s  %s\n", r->run.outcome[0] ? " " : "",
		     r->run.outcome, r->run.result[0] ? " " : "", r->run.result,
		     r->run.reason);
	if (r->end == REHEARSE_REFUSED || r->end == REHEARSE_ENDLESS)
		(void)printf("stopped: %s\n", r->problem);
	if (r->run.state == RUN_WAITING_TASK)
		(void)printf("goes on with --approve %s, --reject %s or "
			     "--choose %s=NAME\n",
			     r->run.step, r->run.step, r->run.step);
	if (!came)
		(void)printf("this order never comes to %s\n",
			     d->playbook->name);
	(void)printf("nothing was sent but reads: %d effect%s, money %s\n",
		     r->effect_count, r->effect_count == 1 ? "" : "s",
		     output_money(rehearsal_money(r, NULL), r->run.currency,
				  &c->arena));
}

void trial_text(struct ctl *c, const struct trial *t, const struct draft *d)
{
	for (int i = 0; i < t->record.step_count; i++)
		print_step(c, t, i);
	print_end(c, t, d);
}

/* ---- JSON ---- */

static cJSON *call_tree(const struct trial_call *k)
{
	cJSON *tree = cJSON_CreateObject();

	json_set_string(tree, "operation", k->operation);
	json_set_bool(tree, "effect", k->effect);
	json_set_bool(tree, "sent", !k->effect && !k->fault);
	json_set_string(tree, "method", k->method);
	json_set_string(tree, "url", k->url);
	json_set(tree, "body", k->body ? cJSON_Parse(k->body) : NULL);
	json_set_string(tree, "class", call_class_name(k->class));
	json_set_int(tree, "status", k->status);
	json_set(tree, "answer", k->answer ? cJSON_Parse(k->answer) : NULL);
	json_set_string(tree, "error", k->fault ? k->fault : k->error);
	return tree;
}

static cJSON *rule_tree(const struct rehearse_rule *rule)
{
	cJSON *tree = cJSON_CreateObject();

	json_set_string(tree, "rule", rule->rule);
	json_set_bool(tree, "result", rule->held);
	json_set(tree, "why", cJSON_Parse(rule->why));
	return tree;
}

static cJSON *task_tree(const struct task *t)
{
	cJSON *tree = cJSON_CreateObject();

	json_set_string(tree, "title", t->title);
	json_set_string(tree, "reason", t->reason);
	json_set_string(tree, "role", role_name(t->role));
	json_set(tree, "proposal", cJSON_Parse(t->proposal));
	if (t->approved < 0)
		json_set_null(tree, "approved");
	else
		json_set_bool(tree, "approved", t->approved > 0);
	return tree;
}

static cJSON *step_tree(const struct trial *t, int at)
{
	const struct rehearsal *r = &t->record;
	const struct rehearse_step *s = &r->step[at];
	cJSON *tree = cJSON_CreateObject();
	cJSON *rules = cJSON_CreateArray(), *calls = cJSON_CreateArray();
	cJSON *tasks = cJSON_CreateArray();
	int i;

	json_set_string(tree, "playbook", s->playbook->name);
	json_set_string(tree, "step", s->step->name);
	json_set_string(tree, "kind", step_kind_name(s->step->kind));
	json_set_int(tree, "visit", s->visit);
	json_set_int(tree, "afterMs", s->at_ms - r->began_ms);
	for (i = 0; i < r->rule_count; i++) {
		if (r->rule[i].at == at)
			(void)cJSON_AddItemToArray(rules,
						   rule_tree(&r->rule[i]));
	}
	for (i = 0; i < t->call_count; i++) {
		if (t->call[i].visit == s->visit &&
		    strcmp(t->call[i].step, s->step->name) == 0)
			(void)cJSON_AddItemToArray(calls,
						   call_tree(&t->call[i]));
	}
	for (i = 0; i < r->task_count; i++) {
		if (r->task[i].task.visit == s->visit &&
		    strcmp(r->task[i].task.step, s->step->name) == 0)
			(void)cJSON_AddItemToArray(tasks,
						   task_tree(&r->task[i].task));
	}
	json_set(tree, "rules", rules);
	json_set(tree, "calls", calls);
	json_set(tree, "tasks", tasks);
	return tree;
}

void trial_json(const struct trial *t)
{
	const struct rehearsal *r = &t->record;
	cJSON *tree = cJSON_CreateObject(), *steps = cJSON_CreateArray();
	int i;

	json_set_string(tree, "orderId", r->run.order_id);
	for (i = 0; i < r->step_count; i++)
		(void)cJSON_AddItemToArray(steps, step_tree(t, i));
	json_set(tree, "steps", steps);
	json_set_string(tree, "end", rehearse_end_name(r->end));
	json_set_string(tree, "problem", r->problem[0] ? r->problem : NULL);
	json_set_string(tree, "state", run_state_name(r->run.state));
	json_set_string(tree, "outcome",
			r->run.outcome[0] ? r->run.outcome : NULL);
	json_set_string(tree, "result",
			r->run.result[0] ? r->run.result : NULL);
	json_set_string(tree, "reason", r->run.reason);
	json_set_string(tree, "issueType", r->run.issue_type);
	json_set_int(tree, "tier", r->run.tier);
	json_set_int(tree, "effects", r->effect_count);
	json_set_int(tree, "moneyMinor", rehearsal_money(r, NULL));
	json_set(tree, "caseFile", cJSON_Duplicate(r->case_file, true));
	output_json(tree);
}

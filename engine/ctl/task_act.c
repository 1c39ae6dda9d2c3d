/*
 * mendctl task claim, return, decide and undo. What is printed is the task as
 * it stands afterwards; a refusal tells the rule or who was faster.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../flow/form.h"
#include "../flow/task.h"
#include "../flow/task_offer.h"
#include "../flow/view.h"
#include "commands.h"
#include "find.h"

enum act { ACT_CLAIM, ACT_RETURN, ACT_DECIDE, ACT_UNDO };

struct task_act {
	enum act act;
	int64_t version;
	struct task_decision decision;
	cJSON *form; /* what --form says */
	struct task task;
	struct problems problems;
};

/* "--form row=4 --form seats=12,13", in the types that the form asks for. */
static enum err read_form(struct ctl *c, struct task_act *t)
{
	cJSON *proposal = task_proposal(&t->task);
	struct task_offer offer;
	enum err e = OK;

	/* An alternative that there is not is refused further on. */
	(void)task_offer_find(&t->task, proposal, t->decision.alternative,
			      &offer);
	for (int i = 0; e == OK && i < c->option_count; i++) {
		const char *text = c->option[i].value;
		const char *equals = strchr(text, '=');
		char *name;

		if (strcmp(c->option[i].name, "form") != 0)
			continue;
		if (!equals || equals == text) {
			e = ctl_refuse(c, ERR_INVALID,
				       "--form expects NAME=VALUE, found "
				       "'%.60s'",
				       text);
			continue;
		}
		if (!t->form)
			t->form = cJSON_CreateObject();
		name = arena_printf(&c->arena, "%.*s", (int)(equals - text),
				    text);
		json_set(t->form, name,
			 form_value(offer.form, name, equals + 1));
	}
	t->decision.form = t->form;
	cJSON_Delete(proposal);
	return e;
}

static enum err call_flow(struct ctl *c, struct task_act *t)
{
	char id[ID_SIZE];

	STR_COPY(id, t->task.public_id);
	switch (t->act) {
	case ACT_CLAIM:
		return task_claim(c->db, c->world, id, t->version, &c->actor,
				  &c->arena, &t->problems, &t->task);
	case ACT_RETURN:
		return task_return(c->db, c->world, id, t->version,
				   ctl_option(c, "reason"), &c->actor,
				   &c->arena, &t->problems, &t->task);
	case ACT_DECIDE:
		return task_decide(c->db, c->world, id, NULL, &t->decision,
				   &c->actor, &c->arena, &t->problems,
				   &t->task);
	case ACT_UNDO:
		return task_undo(c->db, c->world, id, t->version, &c->actor,
				 &c->arena, &t->problems, &t->task);
	}
	return ERR_INVALID;
}

static enum err change(struct ctl *c, void *context)
{
	struct task_act *t = context;
	enum err e = find_task(c, c->argument[0], &t->task);

	if (!e && t->act == ACT_DECIDE)
		e = read_form(c, t);
	if (e)
		return e;
	e = call_flow(c, t);
	if (e == ERR_STALE && t->problems.count == 0)
		return ctl_refuse(c, e,
				  "somebody was faster: the task is at version "
				  "%lld, %s",
				  (long long)t->task.version,
				  task_state_name(t->task.state));
	return e ? ctl_refuse_problems(c, e, &t->problems) : OK;
}

static enum err act(struct ctl *c, struct task_act *t)
{
	const struct task *k = &t->task;
	enum err e = ctl_number(c, "version", 1, INT64_MAX / 2, 0, &t->version);

	t->decision.version = t->version;
	if (!e)
		e = ctl_write(c, change, t);
	cJSON_Delete(t->form);
	if (e)
		return e;
	if (c->json) {
		output_json(view_task(c->db, k));
		return OK;
	}
	(void)printf("%s of %s is %s", k->public_id, k->order_id,
		     task_state_name(k->state));
	if (k->state == TASK_CLAIMED)
		(void)printf(" by %s", k->claimed_by);
	if (k->approved >= 0)
		(void)printf(", %s", k->approved ? "approved" : "rejected");
	if (k->approvals_needed > 1)
		(void)printf(", signatures %d of %d", k->approval_count,
			     k->approvals_needed);
	(void)fputc('\n', stdout);
	return OK;
}

static enum err run_claim_command(struct ctl *c)
{
	struct task_act *t = arena_alloc(&c->arena, sizeof(*t));

	t->act = ACT_CLAIM;
	return act(c, t);
}

static enum err run_return(struct ctl *c)
{
	struct task_act *t = arena_alloc(&c->arena, sizeof(*t));

	t->act = ACT_RETURN;
	return act(c, t);
}

static enum err run_undo(struct ctl *c)
{
	struct task_act *t = arena_alloc(&c->arena, sizeof(*t));

	t->act = ACT_UNDO;
	return act(c, t);
}

static enum err run_decide(struct ctl *c)
{
	struct task_act *t = arena_alloc(&c->arena, sizeof(*t));
	bool approve = ctl_option(c, "approve") != NULL;
	int64_t undo_s = 0;
	enum err e = ctl_number(c, "undo", 0, 60, 0, &undo_s);

	if (e)
		return e;
	if (approve == (ctl_option(c, "reject") != NULL))
		return ctl_refuse(c, ERR_INVALID,
				  "one of --approve and --reject is needed");
	t->act = ACT_DECIDE;
	t->decision = (struct task_decision){
		.approved = approve,
		.notes = ctl_option(c, "notes"),
		.reason_code = ctl_option(c, "reason-code"),
		.alternative = ctl_option(c, "alternative"),
		.digest = ctl_option(c, "digest"),
		.undo_ms = undo_s * 1000,
	};
	return act(c, t);
}

#define OPTION_VERSION                                                         \
	{                                                                      \
		"version", "N", "refuse unless the task is at it", false       \
	}

static const struct ctl_option plain[] = {
	OPTION_VERSION,
	{NULL, NULL, NULL, false},
};

static const struct ctl_option of_return[] = {
	{"reason", "TEXT", "why; kept in the audit", true},
	OPTION_VERSION,
	{NULL, NULL, NULL, false},
};

static const struct ctl_option of_decide[] = {
	{"approve", NULL, "do what is proposed", false},
	{"reject", NULL, "do not", false},
	{"notes", "TEXT", "kept with the decision", false},
	{"reason-code", "CODE", "one of those that task show lists", false},
	{"alternative", "NAME", "approve this way instead of the proposal",
	 false},
	{"form", "NAME=VALUE...", "fills in a field of the form", false},
	{"undo", "SECONDS", "wait so long before it is done (0-60)", false},
	{"digest", "HEX", "refuse unless the proposal is this one", false},
	OPTION_VERSION,
	{NULL, NULL, NULL, false},
};

const struct command cmd_task_claim = {
	.name = "task claim",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = plain,
	.summary = "take a task for yourself, for some minutes",
	.examples = "  mendctl task claim ORDER-42 --as ana\n",
	.needs = NEEDS_WRITE,
	.run = run_claim_command,
};

const struct command cmd_task_return = {
	.name = "task return",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = of_return,
	.summary = "give a claimed task back",
	.examples = "  mendctl task return ORDER-42 --reason 'needs finance'\n",
	.needs = NEEDS_WRITE,
	.run = run_return,
};

const struct command cmd_task_decide = {
	.name = "task decide",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = of_decide,
	.summary = "approve or reject what a task proposes",
	.help = "The decision holds for exactly the proposal that task show "
		"shows. Role, limits\nand four eyes are checked: exit code 4 "
		"tells that they refuse.\n",
	.examples = "  mendctl task decide ORDER-42 --approve --notes 'seats "
		    "checked' --as ana\n"
		    "  mendctl task decide ORDER-42 --reject --as ana\n"
		    "  mendctl task decide ORDER-42 --approve --alternative "
		    "replace --form row=12\n",
	.needs = NEEDS_WRITE,
	.run = run_decide,
};

const struct command cmd_task_undo = {
	.name = "task undo",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = plain,
	.summary = "take a decision back while nothing was done yet",
	.examples = "  mendctl task undo ORDER-42 --as ana\n",
	.needs = NEEDS_WRITE,
	.run = run_undo,
};

/*
 * mendctl adapters: how the downstream systems do, and who has stopped which of
 * them; pause, resume, probe. mendctl switch: the kill switches. What is
 * written stands in the system's audit; the engine acts on it at once.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../flow/control.h"
#include "../flow/view_adapter.h"
#include "commands.h"

/* ---- adapters ---------------------------------------------------------- */

static enum err run_adapters(struct ctl *c)
{
	static const struct table_column column[] = {
		{.title = "ADAPTER"},
		{.title = "STATE", .state = true},
		{.title = "SUCCESS", .right = true},
		{.title = "P95 MS", .right = true},
		{.title = "OUT", .right = true},
		{.title = "LIMIT", .right = true},
		{.title = "QUEUE", .right = true},
		{.title = "OPEN UNTIL AT", .right = true},
		{.title = "PAUSED BY"},
		{.title = "LAST ERROR", .flexible = true},
	};
	static const char *const member[] = {
		"name",	 "state", "success",   "p95Ms",	   "inFlight",
		"limit", "queue", "openUntil", "pausedBy", "lastError",
	};
	cJSON *view = NULL;
	enum err e = view_adapters(c->db, &c->arena, &view);

	if (e)
		return e;
	if (c->json) {
		output_json(view);
		return OK;
	}
	output_rows(&c->out, view, column, member,
		    sizeof(member) / sizeof(member[0]), &c->arena);
	cJSON_Delete(view);
	return OK;
}

/* ---- stopping and letting go ------------------------------------------- */

struct hand {
	enum control_kind kind;
	const char *name;
	bool lift;
	struct control control;
};

static enum err find_stop(struct ctl *c, const struct hand *h,
			  struct control *ret_control)
{
	enum err e = id_valid(h->name, "switch")
			     ? control_by_public_id(c->db, h->name, ret_control)
			     : control_of(c->db, h->kind, h->name, ret_control);

	if (e == ERR_NOT_FOUND)
		return ctl_refuse(c, e, "%.60s is not stopped", h->name);
	return e;
}

static enum err put(struct ctl *c, void *context)
{
	const char *reason = ctl_option(c, "reason");
	struct hand *h = context;
	struct problems p = {0};
	struct control_request q = {
		.kind = h->kind,
		.name = h->name,
		.reason = reason,
		.expires_ms = control_until_ms(ctl_option(c, "for"),
					       ctl_option(c, "until"),
					       world_wall_ms(c->world)),
	};
	enum err e;

	if (!h->lift) {
		e = control_pull(c->db, c->world, &q, &c->actor, &p,
				 &h->control);
	} else {
		e = find_stop(c, h, &h->control);
		if (!e)
			e = control_release(c->db, c->world, &h->control,
					    reason, &c->actor, &p, &h->control);
	}
	return e && !c->message[0] ? ctl_refuse_problems(c, e, &p) : e;
}

static enum err act(struct ctl *c, enum control_kind kind, const char *name,
		    bool lift, const char *done)
{
	struct hand *h = arena_alloc(&c->arena, sizeof(*h));
	enum err e;

	*h = (struct hand){.kind = kind, .name = name, .lift = lift};
	e = ctl_write(c, put, h);
	if (e)
		return e;
	if (c->json)
		output_json(control_view(&h->control));
	else
		(void)printf("%s %s, %s\n", done, h->control.name,
			     h->control.public_id);
	return OK;
}

/* "payment", or one of its operations: "payment.refund". */
static enum control_kind kind_of(const char *name)
{
	return strchr(name, '.') ? CONTROL_ACTION : CONTROL_ADAPTER;
}

static enum err run_pause(struct ctl *c)
{
	return act(c, kind_of(c->argument[0]), c->argument[0], false, "paused");
}

static enum err run_resume(struct ctl *c)
{
	return act(c, kind_of(c->argument[0]), c->argument[0], true, "resumed");
}

static enum err run_probe(struct ctl *c)
{
	return act(c, CONTROL_PROBE, c->argument[0], false,
		   "asked the engine to try");
}

static enum err run_pull(struct ctl *c)
{
	enum control_kind kind = CONTROL_ACTION;

	if (!control_kind_parse(c->argument[0], &kind) ||
	    kind == CONTROL_PROBE || kind == CONTROL_ADAPTER)
		return ctl_refuse(c, ERR_INVALID,
				  "KIND is action, playbook, event or seller");
	return act(c, kind, c->argument[1], false, "stopped");
}

static enum err run_lift(struct ctl *c)
{
	return act(c, CONTROL_ACTION, c->argument[0], true, "lifted");
}

static enum err run_switches(struct ctl *c)
{
	static const struct table_column column[] = {
		{.title = "SWITCH"},
		{.title = "KIND"},
		{.title = "NAME"},
		{.title = "BY"},
		{.title = "CREATED AT", .right = true},
		{.title = "EXPIRES AT", .right = true},
		{.title = "LIFTED AT", .right = true},
		{.title = "REASON", .flexible = true},
	};
	static const char *const member[] = {
		"switchId",  "kind",	  "name",     "actor",
		"createdAt", "expiresAt", "liftedAt", "reason",
	};
	struct control *controls = NULL;
	cJSON *view;
	int count = 0;
	enum err e =
		ctl_option(c, "all")
			? control_list(c->db, 200, &c->arena, &controls, &count)
			: control_in_force(c->db, &c->arena, &controls, &count);

	if (e)
		return e;
	view = cJSON_CreateArray();
	for (int i = 0; i < count; i++)
		cJSON_AddItemToArray(view, control_view(&controls[i]));
	if (c->json) {
		output_json(view);
		return OK;
	}
	if (count == 0)
		(void)fputs("nothing is stopped\n", stderr);
	else
		output_rows(&c->out, view, column, member,
			    sizeof(member) / sizeof(member[0]), &c->arena);
	cJSON_Delete(view);
	return OK;
}

/* ---- rows --------------------------------------------------------------- */

static const struct ctl_option of_stop[] = {
	{"reason", "TEXT", "why; kept in the audit", true},
	{"for", "TIME", "how long, like 90s, 30m, 4h; at most 30d", false},
	{"until", "MOMENT", "or until when, RFC 3339", false},
	{NULL, NULL, NULL, false},
};

static const struct ctl_option with_reason[] = {
	{"reason", "TEXT", "why; kept in the audit", true},
	{NULL, NULL, NULL, false},
};

static const struct ctl_option of_list[] = {
	{"all", NULL, "also those that are lifted", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_adapters = {
	.name = "adapters",
	.arguments = "",
	.summary = "how the downstream systems do",
	.help = "STATE is HEALTHY, DEGRADED, OPEN (its breaker leaves it "
		"alone) or PAUSED.\nQUEUE counts the runs that wait for a "
		"place.\n",
	.examples = "  mendctl adapters\n  mendctl adapters --json\n",
	.needs = NEEDS_READ,
	.run = run_adapters,
};

const struct command cmd_adapters_pause = {
	.name = "adapters pause",
	.arguments = "NAME",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = of_stop,
	.summary = "let no call of an adapter, or operation, leave",
	.examples = "  mendctl adapters pause payment --for 30m --reason "
		    "'processor asked'\n"
		    "  mendctl adapters pause payment.refund --for 2h --reason "
		    "'wrong amounts'\n",
	.needs = NEEDS_WRITE,
	.run = run_pause,
};

const struct command cmd_adapters_resume = {
	.name = "adapters resume",
	.arguments = "NAME",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = with_reason,
	.summary = "let its calls leave again",
	.examples = "  mendctl adapters resume payment --reason 'all clear'\n",
	.needs = NEEDS_WRITE,
	.run = run_resume,
};

const struct command cmd_adapters_probe = {
	.name = "adapters probe",
	.arguments = "NAME",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = with_reason,
	.summary = "try it now, though open or paused",
	.examples = "  mendctl adapters probe payment --reason 'status page "
		    "is green'\n",
	.needs = NEEDS_WRITE,
	.run = run_probe,
};

const struct command cmd_switch_list = {
	.name = "switch list",
	.arguments = "",
	.options = of_list,
	.summary = "what is stopped, by whom, until when",
	.examples = "  mendctl switch list\n  mendctl switch list --all\n",
	.needs = NEEDS_READ,
	.run = run_switches,
};

const struct command cmd_switch_pull = {
	.name = "switch pull",
	.arguments = "KIND NAME",
	.arguments_min = 2,
	.arguments_max = 2,
	.options = of_stop,
	.summary = "stop an action, playbook, event or seller",
	.help = "KIND NAME is one of: action payment.refund · playbook "
		"transfer_failed, or one\nversion of it, transfer_failed@3 · "
		"event EVENT-1 · seller SELLER-1. Runs stop\nbefore their "
		"next effect; the stop ends by itself.\n",
	.examples = "  mendctl switch pull action payment.refund --for 1h "
		    "--reason 'refunds twice'\n"
		    "  mendctl switch pull playbook triage@3 --for 1d --reason "
		    "'wrong texts'\n",
	.needs = NEEDS_WRITE,
	.run = run_pull,
};

const struct command cmd_switch_lift = {
	.name = "switch lift",
	.arguments = "SWITCH",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = with_reason,
	.summary = "let go what a switch has stopped",
	.examples = "  mendctl switch lift switch_… --reason 'fixed'\n",
	.needs = NEEDS_WRITE,
	.run = run_lift,
};

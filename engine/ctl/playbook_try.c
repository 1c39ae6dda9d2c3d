/*
 * mendctl playbook try: what a playbook would do with an order now, step by
 * step, with no effect on anything.
 */
#include "../flow/intake.h"
#include "commands.h"
#include "trial_print.h"

static enum err try(struct ctl *c, const struct draft *d, const char *order)
{
	struct trial *t = arena_alloc(&c->arena, sizeof(*t));
	enum err e = trial_begin(c, t);

	if (!e) {
		trial_play(t, d->catalog, order);
		if (c->json)
			trial_json(t);
		else
			trial_text(c, t, d);
	}
	trial_end(t);
	return e;
}

static enum err run_playbook_try(struct ctl *c)
{
	const char *order = ctl_option(c, "order");
	struct problems p = {.count = 0};
	struct draft d;
	enum err e;

	if (!order_id_check(order, "--order", &p))
		return ctl_refuse_problems(c, ERR_INVALID, &p);
	e = draft_load(c, c->argument[0], &d);
	if (e)
		return e;
	e = try(c, &d, order);
	catalog_free(d.catalog);
	return e;
}

static const struct ctl_option options[] = {
	{"order", "ORDER", "the order that is tried on", true},
	{"approve", "STEP...", "take this task to be approved", false},
	{"reject", "STEP...", "take it to be rejected", false},
	{"choose", "STEP=NAME...", "take this alternative to be chosen", false},
	{"signal", "NAME[=JSON]...", "take this signal to have come", false},
	{"assume", "OPERATION=JSON...", "what an effect would answer", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_playbook_try = {
	.name = "playbook try",
	.arguments = "FILE",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = options,
	.summary = "show what a playbook would do with an order now",
	.help = "Every step, rule and call, from the intake on, with no effect "
		"at all: reads are\nreally made, effects are shown as the "
		"request that would leave and taken to have\nsucceeded, tasks "
		"are shown with what they offer. Nothing is stored, and "
		"nobody\n"
		"waits: times are those that would pass.\n",
	.examples = "  mendctl playbook try draft.json --order ORDER-42\n"
		    "  mendctl playbook try transfer_failed --order "
		    "ORDER-42-FAIL \\\n    --approve ask_refund\n"
		    "  mendctl playbook try draft.json --order ORDER-42 "
		    "--assume \\\n    "
		    "'transfer.retry={\"orderId\":\"ORDER-42\","
		    "\"status\":\"ACCEPTED\"}'\n",
	.needs = NEEDS_NOTHING,
	.run = run_playbook_try,
};

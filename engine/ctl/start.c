/*
 * mendctl start: "this order is broken", as POST /workflows/start.
 */
#include <stdio.h>

#include "../base/json.h"
#include "../flow/intake.h"
#include "commands.h"

struct start {
	struct intake in;
	struct run run;
	enum intake_way way;
};

static enum err take_in(struct ctl *c, void *context)
{
	struct start *s = context;
	struct problems p = {0};
	enum err e = order_intake(c->db, c->world, &s->in, &c->actor, &p,
				  &s->run, &s->way);

	if (e == ERR_MISMATCH && p.count == 0)
		return ctl_refuse(c, e,
				  "the event key is known with other content");
	return e ? ctl_refuse_problems(c, e, &p) : OK;
}

static void print_start(struct ctl *c, const struct start *s)
{
	static const char *const words[] = {
		[INTAKE_CREATED] = "started",
		[INTAKE_JOINED] = "joined the open",
		[INTAKE_REPLAYED] = "known already:",
	};
	char workflow[WORKFLOW_ID_SIZE];
	cJSON *tree;

	if (!c->json) {
		(void)printf("%s run %s of %s, %s\n", words[s->way],
			     s->run.public_id, s->run.order_id,
			     run_state_name(s->run.state));
		return;
	}
	workflow_id(s->run.order_id, workflow);
	tree = cJSON_CreateObject();
	json_set_string(tree, "workflowId", workflow);
	json_set_string(tree, "runId", s->run.public_id);
	json_set_string(tree, "orderId", s->run.order_id);
	json_set_string(tree, "state", run_state_name(s->run.state));
	json_set_bool(tree, "created", s->way == INTAKE_CREATED);
	json_set_bool(tree, "joined", s->way == INTAKE_JOINED);
	output_json(tree);
}

/* The words of --event as an object; *ret_event NULL when not given. */
static enum err read_event(struct ctl *c, cJSON **ret_event)
{
	enum err e = ctl_json(c, "event", ret_event);

	if (e || !*ret_event || cJSON_IsObject(*ret_event))
		return e;
	cJSON_Delete(*ret_event);
	*ret_event = NULL;
	return ctl_refuse(c, ERR_INVALID, "--event: a JSON object is expected");
}

static enum err run_start(struct ctl *c)
{
	const char *source = ctl_option(c, "source");
	struct start *s = arena_alloc(&c->arena, sizeof(*s));
	cJSON *event = NULL;
	int64_t priority = -1;
	enum err e = ctl_number(c, "priority", 0, 3, -1, &priority);

	if (!e)
		e = read_event(c, &event);
	if (e)
		return e;
	s->in = (struct intake){
		.order_id = c->argument[0],
		.source = source ? source : "cli",
		.event_key = ctl_option(c, "key"),
		.priority = (int)priority,
		.event = event,
	};
	e = ctl_write(c, take_in, s);
	cJSON_Delete(event);
	if (!e)
		print_start(c, s);
	return e;
}

static const struct ctl_option options[] = {
	{"key", "KEY", "event key: the same one again changes nothing", false},
	{"source", "NAME", "where the event comes from (default cli)", false},
	{"priority", "N", "0 most urgent to 3 (default 2)", false},
	{"event", "JSON", "what the event says, an object", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_start = {
	.name = "start",
	.arguments = "ORDER",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = options,
	.summary = "say that an order is broken",
	.help = "Starts a run, or joins the order's open one.\n",
	.examples = "  mendctl start ORDER-42\n"
		    "  mendctl start ORDER-42 --key mail-17 --priority 0 "
		    "--event '{\"says\":\"no tickets\"}'\n",
	.needs = NEEDS_WRITE,
	.run = run_start,
};

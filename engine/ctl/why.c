/*
 * mendctl why: why an order does not move, what comes next and when, and what
 * can be done about it. The words are those of the API and of mendctl show.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../flow/view.h"
#include "commands.h"
#include "find.h"

static void print_can(const cJSON *list)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)(void)
		printf("  %-9s %s\n", json_string(item, "do", ""),
		       json_string(item, "words", ""));
}

static void print_why(struct ctl *c, const cJSON *why)
{
	const cJSON *blocker = json_get(why, "blocker");
	const char *call = json_string(blocker, "callId", NULL);

	(void)printf("%s\n", json_string(why, "sentence", ""));
	if (call)
		output_field(&c->out, "call", COLOUR_NONE, call);
	(void)printf("You can:\n");
	print_can(json_get(why, "whatYouCanDo"));
}

static enum err run_why(struct ctl *c)
{
	struct run run;
	cJSON *tree, *why;
	enum err e = db_begin_read(c->db);

	if (e)
		return e;
	e = find_run(c, c->argument[0], &run);
	if (!e) {
		tree = view_run(c->db, &run);
		why = cJSON_DetachItemFromObject(tree, "why");
		cJSON_Delete(tree);
		json_set_string(why, "runId", run.public_id);
		json_set_string(why, "orderId", run.order_id);
		if (c->json) {
			output_json(why);
		} else {
			print_why(c, why);
			cJSON_Delete(why);
		}
	}
	db_end_read(c->db);
	return e;
}

const struct command cmd_why = {
	.name = "why",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = "why does it not move, and what comes next",
	.examples = "  mendctl why ORDER-42\n",
	.needs = NEEDS_READ,
	.run = run_why,
};

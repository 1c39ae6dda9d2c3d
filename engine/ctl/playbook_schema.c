/*
 * mendctl playbook schema: the JSON Schema of what can be written, for an
 * editor that checks while somebody types.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../flow/keys_schema.h"
#include "commands.h"

static enum err run_schema(struct ctl *c)
{
	const char *name = c->argument_count ? c->argument[0] : "playbook";
	char *text = keys_schema_text(name);

	if (!text)
		return ctl_refuse(c, ERR_INVALID,
				  "'%.40s': expected playbook, adapter or "
				  "policy",
				  name);
	(void)fputs(text, stdout);
	free(text);
	return OK;
}

const struct command cmd_playbook_schema = {
	.name = "playbook schema",
	.arguments = "[KIND]",
	.arguments_max = 1,
	.summary = "print the JSON Schema of a file of conf/",
	.help = "KIND is playbook (if none is given), adapter or policy. For "
		"an "
		"editor:\nit says the same as mendctl check as far as a "
		"shape can tell. The\nfiles of conf/schema/ are what it "
		"prints.\n",
	.examples = "  mendctl playbook schema\n"
		    "  mendctl playbook schema adapter >adapter.schema.json\n",
	.needs = NEEDS_NOTHING,
	.run = run_schema,
};

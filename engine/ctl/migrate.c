/*
 * mendctl migrate: creates the database or brings it to this program's version.
 */
#include <stdio.h>

#include "../base/json.h"
#include "commands.h"

/* The dispatcher has opened, and so migrated, it already. */
static enum err run_migrate(struct ctl *c)
{
	int version = db_version(c->db);

	if (c->json) {
		cJSON *tree = cJSON_CreateObject();

		json_set_string(tree, "data", c->config.data);
		json_set_int(tree, "schemaVersion", version);
		output_json(tree);
		return OK;
	}
	(void)printf("%s/mend.db is at version %d\n", c->config.data, version);
	return OK;
}

const struct command cmd_migrate = {
	.name = "migrate",
	.arguments = "",
	.summary = "create the database or bring it to this version",
	.help = "Only ever forwards. The programs answer 503 until it has run. "
		"The data folder\nmust be there.\n",
	.examples = "  mendctl migrate --data /var/lib/mend\n",
	.needs = NEEDS_MIGRATE,
	.run = run_migrate,
};

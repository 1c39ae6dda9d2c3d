/*
 * Putting another version of a playbook in force, or the one before back.
 *
 * Always holds: what a preview shows is what the same request without it does,
 * or it is refused because another version came in force meanwhile.
 */
#include "../engine/flow/activation.h"

#include <string.h>

#include "../engine/base/json.h"
#include "lib/once.h"
#include "runs.h"

#define VERSION_MAX 1000000

#define CHANGE                                                                 \
	{.name = "reason",                                                     \
	 .type = FIELD_NOTE,                                                   \
	 .min = 1,                                                             \
	 .max = REASON_SIZE - 1},                                              \
		{.name = "from",                                               \
		 .type = FIELD_INT,                                            \
		 .min = 1,                                                     \
		 .max = VERSION_MAX},                                          \
	{                                                                      \
		.name = "preview", .type = FIELD_BOOL                          \
	}

const struct field runs_activate_fields[] = {
	{.name = "version",
	 .type = FIELD_INT,
	 .required = true,
	 .min = 1,
	 .max = VERSION_MAX},
	CHANGE,
	{0},
};
const struct field runs_rollback_fields[] = {
	{.name = "version", .type = FIELD_INT, .min = 1, .max = VERSION_MAX},
	CHANGE,
	{0},
};

static enum err turn(struct context *c, bool back)
{
	const cJSON *body = c->request.json;
	const struct activation q = {
		.name = request_param(&c->request, "name"),
		.version = (int)json_int(body, "version", 0),
		.from = (int)json_int(body, "from", 0),
		.back = back,
		.reason = json_string(body, "reason", ""),
		.preview = cJSON_IsTrue(json_get(body, "preview")),
	};
	cJSON *tree = NULL;
	enum err e = playbook_activate(c->db, c->world, &q, &c->actor, c->arena,
				       &c->problems, &tree);

	if (!e)
		response_json(&c->response, 200, tree);
	return e;
}

static enum err work_activate(struct context *c)
{
	return turn(c, false);
}

static enum err work_rollback(struct context *c)
{
	return turn(c, true);
}

enum err runs_playbook_activate(struct context *c)
{
	return once_write(c, work_activate);
}

enum err runs_playbook_rollback(struct context *c)
{
	return once_write(c, work_rollback);
}

/*
 * What does not move, and what belongs together: groups that a bulk operation
 * can be made of.
 */
#include "../engine/flow/view_group.h"

#include "reports.h"

static const char *const by_words[] = {"event", "seller", "venue", "platform",
				       NULL};
const struct field reports_groups_query[] = {
	{.name = "by",
	 .type = FIELD_WORD,
	 .required = true,
	 .values = by_words},
	{.name = "limit", .type = FIELD_INT, .min = 1, .max = 200},
	{0},
};

enum err reports_stuck(struct context *c)
{
	cJSON *tree = NULL;
	enum err e =
		view_stuck(c->db, world_wall_ms(c->world), c->arena, &tree);

	if (!e)
		response_json(&c->response, 200, tree);
	return e;
}

enum err reports_groups(struct context *c)
{
	int limit = (int)request_query_int(&c->request, "limit", 50);
	enum group_by by = GROUP_EVENT;
	cJSON *tree = NULL;
	enum err e;

	(void)group_by_parse(request_query(&c->request, "by"), &by);
	e = view_groups(c->db, by, limit, c->arena, &tree);
	if (!e)
		response_json(&c->response, 200, tree);
	return e;
}

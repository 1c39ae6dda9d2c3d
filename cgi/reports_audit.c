/*
 * The audit record: of a workflow's run, and of the system.
 *
 * Always holds: entries are shown as they were written, in their order.
 */
#include "../engine/base/json.h"
#include "../engine/flow/view.h"
#include "lib/find.h"
#include "lib/page.h"
#include "reports.h"

#define LIST 's'
/* A workflow's audit is one plain array, as in the prototype. */
#define WORKFLOW_MOST 10000

const struct field reports_workflow_audit_query[] = {
	{.name = "runId", .type = FIELD_TEXT, .min = 1, .max = ID_SIZE - 1},
	{.name = "after", .type = FIELD_INT, .max = INT32_MAX},
	{.name = "limit", .type = FIELD_INT, .min = 1, .max = WORKFLOW_MOST},
	{0},
};

const struct field reports_audit_query[] = {
	{.name = "after", .type = FIELD_INT, .max = INT32_MAX},
	PAGE_FIELDS(1000),
	{0},
};

enum err reports_workflow_audit(struct context *c)
{
	int64_t after = request_query_int(&c->request, "after", 0);
	struct audit_entry *entries = NULL;
	struct run run;
	cJSON *answer;
	int count = 0;
	enum err e = find_workflow(c, &run);

	if (!e)
		e = audit_list(c->db, run.id, after,
			       (int)request_query_int(&c->request, "limit",
						      WORKFLOW_MOST),
			       c->arena, &entries, &count);
	if (e)
		return e;
	answer = cJSON_CreateArray();
	for (int i = 0; i < count; i++)
		cJSON_AddItemToArray(answer, view_audit_raw(&entries[i]));
	response_json(&c->response, 200, answer);
	return OK;
}

/* The system's own chain: starts, stops, configurations, seals. */
enum err reports_audit(struct context *c)
{
	struct audit_entry *entries = NULL;
	struct page page;
	int64_t after = 0;
	int count = 0;
	enum err e = page_cursor(c, LIST, &after);

	if (e)
		return e;
	after = request_query_int(&c->request, "after", after);
	page_start(&page, c, 200);
	e = audit_list(c->db, 0, after, page.limit + 1, c->arena, &entries,
		       &count);
	for (int i = 0; !e && i < count; i++)
		if (page_add(&page, view_audit_raw(&entries[i])))
			after = entries[i].seq;
	if (e)
		cJSON_Delete(page.data);
	else
		(void)page_finish(&page, c, LIST, after);
	return e;
}

/*
 * Reading one run: itself, its case file, its audit, its calls and tasks.
 *
 * Always holds: these are snapshots (one read transaction), so the parts of an
 * answer fit together.
 */
#include <string.h>

#include "../engine/base/json.h"
#include "../engine/flow/view.h"
#include "../engine/flow/view_field.h"
#include "../engine/store/case_store.h"
#include "lib/find.h"
#include "lib/page.h"
#include "runs.h"

#define AUDIT_LIST 'a'
#define PART_LIST 'p'
/* A page cannot begin later than this; no run comes near. */
#define PART_OFFSET_MAX 100000

const struct field runs_audit_query[] = {
	{.name = "after", .type = FIELD_INT, .max = INT32_MAX},
	PAGE_FIELDS(1000),
	{0},
};

const struct field runs_part_query[] = {
	PAGE_FIELDS(1000),
	{0},
};

enum err runs_show(struct context *c)
{
	struct run run;
	enum err e = find_run(c, &run);

	if (!e)
		response_json(&c->response, 200, view_run_raw(c->db, &run));
	return e;
}

/* Why it does not move, apart: for who asks nothing else. */
static void show_why(struct context *c, const struct run *run)
{
	struct strbuf object;

	json_object_begin(&object);
	view_run_why_put(&object, c->db, run);
	json_object_string(&object, "runId", run->public_id);
	json_object_string(&object, "orderId", run->order_id);
	response_json(&c->response, 200, json_raw(&object));
}

enum err runs_why(struct context *c)
{
	struct run run;
	enum err e = find_run(c, &run);

	if (!e)
		show_why(c, &run);
	return e;
}

enum err runs_workflow_why(struct context *c)
{
	struct run run;
	enum err e = find_workflow(c, &run);

	if (!e)
		show_why(c, &run);
	return e;
}

static enum err show_casefile(struct context *c, const struct run *run)
{
	struct strbuf answer;
	char *body = NULL;
	int64_t updated_ms = 0;
	enum err e = case_load(c->db, run->id, c->arena, &body, &updated_ms);

	if (e && e != ERR_NOT_FOUND)
		return e;
	json_object_begin(&answer);
	view_run_put(&answer, c->db, run);
	/* As the engine wrote it: parsing it again would only cost. Damaged, it
	 * must not take the rest of the answer along. */
	json_object_raw(&answer, "caseFile",
			e ? "{}" : view_stored_object(body));
	json_object_time(&answer, "caseFileUpdatedAt", updated_ms);
	response_json(&c->response, 200, json_raw(&answer));
	return OK;
}

enum err runs_casefile(struct context *c)
{
	struct run run;
	enum err e = find_run(c, &run);

	return e ? e : show_casefile(c, &run);
}

enum err runs_workflow_casefile(struct context *c)
{
	struct run run;
	enum err e = find_workflow(c, &run);

	return e ? e : show_casefile(c, &run);
}

enum err runs_audit(struct context *c)
{
	struct audit_entry *entries = NULL;
	struct page page;
	struct run run;
	int64_t after = 0;
	int count = 0;
	enum err e = find_run(c, &run);

	if (!e)
		e = page_cursor(c, AUDIT_LIST, &after);
	if (e)
		return e;
	after = request_query_int(&c->request, "after", after);
	page_start(&page, c, 200);
	e = audit_list(c->db, run.id, after, page.limit + 1, c->arena, &entries,
		       &count);
	for (int i = 0; !e && i < count; i++)
		if (page_add(&page, view_audit_raw(&entries[i])))
			after = entries[i].seq;
	if (e)
		cJSON_Delete(page.data);
	else
		(void)page_finish(&page, c, AUDIT_LIST, after);
	return e;
}

/* Calls and tasks of a run are few: read from the start, shown by place. */
struct part {
	int64_t run_id, offset;
	struct page page;
};

static enum err part_start(struct context *c, struct part *part)
{
	struct run run;
	enum err e = find_run(c, &run);

	if (!e)
		e = page_cursor(c, PART_LIST, &part->offset);
	if (!e && part->offset > PART_OFFSET_MAX) {
		problems_add(&c->problems, "?cursor", "is beyond the end");
		e = ERR_INVALID;
	}
	if (e)
		return e;
	part->run_id = run.id;
	page_start(&part->page, c, 200);
	return OK;
}

static int part_limit(const struct part *part)
{
	return (int)part->offset + part->page.limit + 1;
}

static enum err part_finish(struct context *c, struct part *part, enum err e)
{
	if (e)
		cJSON_Delete(part->page.data);
	else
		(void)page_finish(&part->page, c, PART_LIST,
				  part->offset + part->page.limit);
	return e;
}

enum err runs_calls(struct context *c)
{
	struct call *calls = NULL;
	struct part part;
	int count = 0;
	enum err e = part_start(c, &part);

	if (e)
		return e;
	e = call_of_run(c->db, part.run_id, part_limit(&part), c->arena, &calls,
			&count);
	for (int i = (int)part.offset; !e && i < count; i++)
		(void)page_add(&part.page, view_call_raw(&calls[i]));
	return part_finish(c, &part, e);
}

enum err runs_tasks(struct context *c)
{
	struct task *tasks = NULL;
	struct part part;
	int count = 0;
	enum err e = part_start(c, &part);

	if (e)
		return e;
	e = task_of_run(c->db, part.run_id, part_limit(&part), c->arena, &tasks,
			&count);
	for (int i = (int)part.offset; !e && i < count; i++)
		(void)page_add(&part.page, view_task_raw(c->db, &tasks[i]));
	return part_finish(c, &part, e);
}

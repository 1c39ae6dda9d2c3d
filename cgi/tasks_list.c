/*
 * The queue of human tasks, and one task with its run.
 *
 * Always holds: the counts beside a list are of the same snapshot and the same
 * filter as the list.
 */
#include <string.h>

#include "../engine/base/json.h"
#include "../engine/flow/policy.h"
#include "../engine/flow/view.h"
#include "lib/find.h"
#include "lib/page.h"
#include "tasks.h"

#define LIST 't'
#define LIMIT 50
#define OFFSET_MAX 1000000
/* From here on an amount is high, unless policy says highValueMinor. */
#define HIGH_MINOR 50000

static const char *const views[TASK_VIEW_COUNT + 1] = {
	"all",	  "mine", "unclaimed", "due",	  "event",
	"second", "high", "snoozed",   "decided", NULL,
};

const struct field tasks_list_query[] = {
	{.name = "view", .type = FIELD_WORD, .values = views},
	{.name = "order",
	 .type = FIELD_TEXT,
	 .min = 1,
	 .max = ORDER_ID_SIZE - 1},
	{.name = "issue", .type = FIELD_TEXT, .min = 1, .max = NAME_SIZE - 1},
	PAGE_FIELDS(200),
	{0},
};

static enum err read_high_minor(struct db *db, int64_t *ret_minor)
{
	struct policy policy;
	const cJSON *value;
	enum err e = policy_load(db, &policy);

	if (e)
		return e;
	value = json_path(policy.document, "values.highValueMinor");
	*ret_minor = value && json_is_int(value) ? (int64_t)value->valuedouble
						 : HIGH_MINOR;
	policy_release(&policy);
	return OK;
}

static enum err read_filter(struct context *c, struct task_filter *f)
{
	const char *view = request_query(&c->request, "view");
	int64_t offset = 0;
	enum err e = page_cursor(c, LIST, &offset);

	if (!e && offset > OFFSET_MAX) {
		problems_add(&c->problems, "?cursor", "is beyond the end");
		e = ERR_INVALID;
	}
	if (e)
		return e;
	f->view = view ? view : "all";
	f->actor = c->actor.name;
	f->order_id = request_query(&c->request, "order");
	f->issue_type = request_query(&c->request, "issue");
	f->now_ms = world_wall_ms(c->world);
	f->offset = (int)offset;
	return read_high_minor(c->db, &f->high_minor);
}

static void add_counts(cJSON *answer, const int64_t *counts)
{
	cJSON *object = cJSON_AddObjectToObject(answer, "counts");

	for (int i = 0; i < TASK_VIEW_COUNT; i++)
		json_set_int(object, task_views[i], counts[i]);
}

enum err tasks_list(struct context *c)
{
	int64_t counts[TASK_VIEW_COUNT] = {0};
	struct task_filter f = {0};
	struct task *tasks = NULL;
	struct page page;
	int count = 0;
	enum err e = read_filter(c, &f);

	if (e)
		return e;
	page_start(&page, c, LIMIT);
	f.limit = page.limit + 1;
	e = task_list(c->db, &f, c->arena, &tasks, &count);
	if (!e)
		e = task_count_views(c->db, &f, counts);
	for (int i = 0; !e && i < count; i++)
		(void)page_add(&page, view_task_raw(c->db, &tasks[i]));
	if (e)
		cJSON_Delete(page.data);
	else
		add_counts(page_finish(&page, c, LIST, f.offset + page.limit),
			   counts);
	return e;
}

enum err tasks_show(struct context *c)
{
	const char *id = request_param(&c->request, "taskId");
	struct task task;
	struct run run;
	struct strbuf answer;
	enum err e = ERR_NOT_FOUND;

	if (id_valid(id, "task"))
		e = task_by_public_id(c->db, id, c->arena, &task);
	if (!e)
		e = run_by_id(c->db, task.run_id, &run);
	if (e == ERR_NOT_FOUND)
		return response_refuse(&c->response, e, NULL,
				       "there is no task of this id");
	if (e)
		return e;
	json_object_begin(&answer);
	view_task_put(&answer, c->db, &task);
	json_object_open(&answer, "run");
	view_run_put(&answer, c->db, &run);
	json_object_close(&answer);
	response_json(&c->response, 200, json_raw(&answer));
	return OK;
}

enum err tasks_of_workflow(struct context *c)
{
	struct task task;
	struct run run;
	enum err e = find_workflow(c, &run);

	if (e)
		return e;
	e = task_open_of_run(c->db, run.id, c->arena, &task);
	if (e && e != ERR_NOT_FOUND)
		return e;
	response_json(&c->response, 200,
		      e ? NULL : view_task_raw(c->db, &task));
	return OK;
}

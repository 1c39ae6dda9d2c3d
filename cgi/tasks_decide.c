/*
 * Decisions of people, and taking them back.
 *
 * Always holds: a decision is for the task that was shown (its id, and where
 * the client says so its version and digest), and of several at once one wins;
 * the others are told what is.
 */
#include <string.h>

#include "../engine/base/json.h"
#include "../engine/flow/intake.h"
#include "../engine/flow/task.h"
#include "../engine/flow/view.h"
#include "lib/auth.h"
#include "lib/once.h"
#include "tasks.h"

#define NOTES_MAX 4000

#define DECISION_FIELDS                                                        \
	{.name = "approved", .type = FIELD_BOOL, .required = true},            \
		{.name = "notes",                                              \
		 .type = FIELD_NOTE,                                           \
		 .null_ok = true,                                              \
		 .max = NOTES_MAX},                                            \
		{.name = "decider",                                            \
		 .type = FIELD_TEXT,                                           \
		 .null_ok = true,                                              \
		 .min = 1,                                                     \
		 .max = ACTOR_SIZE - 1},                                       \
		{.name = "alternative",                                        \
		 .type = FIELD_TEXT,                                           \
		 .null_ok = true,                                              \
		 .min = 1,                                                     \
		 .max = NAME_SIZE - 1},                                        \
		{.name = "form", .type = FIELD_OBJECT, .null_ok = true},       \
	{                                                                      \
		.name = "reasonCode", .type = FIELD_TEXT, .null_ok = true,     \
		.min = 1, .max = NAME_SIZE - 1                                 \
	}

const struct field tasks_workflow_decision_fields[] = {
	{.name = "taskId",
	 .type = FIELD_TEXT,
	 .required = true,
	 .min = 1,
	 .max = ID_SIZE - 1},
	DECISION_FIELDS,
	{0},
};

const struct field tasks_decide_fields[] = {
	DECISION_FIELDS,
	{.name = "version", .type = FIELD_INT, .min = 1, .max = INT32_MAX},
	{.name = "digest",
	 .type = FIELD_TEXT,
	 .min = 1,
	 .max = DIGEST_HEX_SIZE - 1},
	{.name = "undoMs", .type = FIELD_INT, .max = TASK_UNDO_MS_MAX},
	{0},
};

const struct field tasks_undo_fields[] = {
	{.name = "version", .type = FIELD_INT, .min = 1, .max = INT32_MAX},
	{0},
};

static struct task_decision read_decision(const cJSON *body, int64_t version)
{
	return (struct task_decision){
		.approved = json_bool(body, "approved", false),
		.notes = json_string(body, "notes", NULL),
		.reason_code = json_string(body, "reasonCode", NULL),
		.version = version,
		.digest = json_string(body, "digest", NULL),
		.undo_ms = json_int(body, "undoMs", 0),
		.alternative = json_string(body, "alternative", NULL),
		.form = cJSON_IsObject(json_get(body, "form"))
				? json_get(body, "form")
				: NULL,
	};
}

static enum err decide(struct context *c, const char *task_id,
		       const char *order_id, struct task *ret_task)
{
	const cJSON *body = c->request.json;
	int64_t version = 0;
	enum err e =
		auth_claim(c, json_string(body, "decider", NULL), "/decider");

	if (!e)
		e = tasks_version(c, &version);
	if (e)
		return e;

	struct task_decision d = read_decision(body, version);

	return task_decide(c->db, c->world, task_id, order_id, &d, &c->actor,
			   c->arena, &c->problems, ret_task);
}

static enum err work_decide(struct context *c)
{
	struct task task = {0};

	return tasks_answer(
		c, decide(c, request_param(&c->request, "taskId"), NULL, &task),
		&task);
}

/* The prototype's call: by workflow, and at once. */
static enum err work_workflow(struct context *c)
{
	const char *workflow = request_param(&c->request, "workflowId");
	const char *task_id = json_string(c->request.json, "taskId", "");
	const char *order = workflow_order(workflow);
	struct task task = {0};
	cJSON *answer;
	enum err e = ERR_NOT_FOUND;

	if (order)
		e = decide(c, task_id, order, &task);
	e = tasks_answer(c, e, &task);
	if (e)
		return e;
	answer = cJSON_CreateObject();
	json_set_bool(answer, "ok", true);
	cJSON_AddItemToObject(answer, "task", view_task_raw(c->db, &task));
	response_json(&c->response, 200, answer);
	return OK;
}

static enum err work_undo(struct context *c)
{
	struct task task = {0};
	int64_t version = 0;
	enum err e = tasks_version(c, &version);

	if (!e)
		e = task_undo(c->db, c->world,
			      request_param(&c->request, "taskId"), version,
			      &c->actor, c->arena, &c->problems, &task);
	return tasks_answer(c, e, &task);
}

enum err tasks_decide(struct context *c)
{
	return once_write(c, work_decide);
}

enum err tasks_workflow_decision(struct context *c)
{
	return once_write(c, work_workflow);
}

enum err tasks_undo(struct context *c)
{
	return once_write(c, work_undo);
}

/*
 * Working through the queue: claiming, returning, snoozing, being seen.
 *
 * Always holds: whoever comes too late gets 409 with the task as it is now.
 */
#include <stdlib.h>
#include <string.h>

#include "../engine/base/json.h"
#include "../engine/flow/task.h"
#include "../engine/flow/view.h"
#include "lib/once.h"
#include "tasks.h"

#define COMMENT_MAX 2000

#define VERSION_FIELD                                                          \
	{                                                                      \
		.name = "version", .type = FIELD_INT, .min = 1,                \
		.max = INT32_MAX                                               \
	}

const struct field tasks_claim_fields[] = {VERSION_FIELD, {0}};

const struct field tasks_return_fields[] = {
	VERSION_FIELD,
	{.name = "comment",
	 .type = FIELD_NOTE,
	 .required = true,
	 .min = 1,
	 .max = COMMENT_MAX},
	{0},
};

const struct field tasks_snooze_fields[] = {
	VERSION_FIELD,
	{.name = "until",
	 .type = FIELD_TIME,
	 .required = true,
	 .null_ok = true},
	{0},
};

static const char *const seen_kinds[] = {"CASE_OPENED", "FOCUS", NULL};

const struct field tasks_seen_fields[] = {
	{.name = "kind",
	 .type = FIELD_WORD,
	 .required = true,
	 .values = seen_kinds},
	{0},
};

enum err tasks_version(struct context *c, int64_t *ret_version)
{
	const char *tag = request_header(&c->request, "If-Match");
	int64_t version = json_int(c->request.json, "version", 0);
	int64_t asked = 0;
	size_t digits;

	if (!tag) {
		*ret_version = version;
		return OK;
	}
	digits = *tag == '"' ? strspn(tag + 1, "0123456789") : 0;
	if (digits > 0 && digits < 10 && strcmp(tag + 1 + digits, "\"") == 0)
		asked = strtoll(tag + 1, NULL, 10);
	if (asked < 1 || (version && version != asked)) {
		problems_add(&c->problems, "If-Match",
			     "expected the task's version in quotes, and the "
			     "same as in the body");
		return ERR_INVALID;
	}
	*ret_version = asked;
	return OK;
}

enum err tasks_answer(struct context *c, enum err e, const struct task *task)
{
	if (!e) {
		response_json(&c->response, 200, view_task_raw(c->db, task));
		return OK;
	}
	if (e == ERR_NOT_FOUND)
		return response_refuse(&c->response, e, NULL,
				       "there is no such task here");
	if ((e == ERR_CONFLICT || e == ERR_STALE) && *task->public_id)
		c->response.current = view_task_raw(c->db, task);
	return e;
}

static const char *task_id(const struct context *c)
{
	return request_param(&c->request, "taskId");
}

static enum err work_claim(struct context *c)
{
	struct task task = {0};
	int64_t version = 0;
	enum err e = tasks_version(c, &version);

	if (!e)
		e = task_claim(c->db, c->world, task_id(c), version, &c->actor,
			       c->arena, &c->problems, &task);
	return tasks_answer(c, e, &task);
}

static enum err work_return(struct context *c)
{
	struct task task = {0};
	int64_t version = 0;
	enum err e = tasks_version(c, &version);

	if (!e)
		e = task_return(c->db, c->world, task_id(c), version,
				json_string(c->request.json, "comment", ""),
				&c->actor, c->arena, &c->problems, &task);
	return tasks_answer(c, e, &task);
}

static enum err work_snooze(struct context *c)
{
	const char *until = json_string(c->request.json, "until", NULL);
	struct task task = {0};
	int64_t version = 0, until_ms = 0;
	enum err e = tasks_version(c, &version);

	/* The table has checked that it is a time. */
	if (until && time_parse(until, &until_ms))
		return ERR_INVALID;
	if (!e)
		e = task_snooze(c->db, c->world, task_id(c), version, until_ms,
				&c->actor, c->arena, &c->problems, &task);
	return tasks_answer(c, e, &task);
}

static enum err work_seen(struct context *c)
{
	const char *kind = json_string(c->request.json, "kind", "");
	struct task task = {0};
	enum err e = task_seen(c->db, c->world, task_id(c),
			       strcmp(kind, "FOCUS") == 0, &c->actor, c->arena,
			       &task);

	return tasks_answer(c, e, &task);
}

enum err tasks_claim(struct context *c)
{
	return once_write(c, work_claim);
}

enum err tasks_return(struct context *c)
{
	return once_write(c, work_return);
}

enum err tasks_snooze(struct context *c)
{
	return once_write(c, work_snooze);
}

enum err tasks_seen(struct context *c)
{
	return once_write(c, work_seen);
}

/*
 * What operators and other systems say to a run.
 *
 * Always holds: nothing here changes a run; it puts a row into its inbox, and
 * the engine acts on it. Hence 202.
 */
#include "../engine/flow/operate.h"

#include <string.h>

#include "../engine/base/json.h"
#include "../engine/flow/replay.h"
#include "../engine/flow/view.h"
#include "lib/find.h"
#include "lib/once.h"
#include "runs.h"

#define REASON_FIELD                                                           \
	{                                                                      \
		.name = "reason", .type = FIELD_NOTE, .required = true,        \
		.min = 1, .max = 2000                                          \
	}
const struct field runs_reason_fields[] = {REASON_FIELD, {0}};
const struct field runs_priority_fields[] = {
	REASON_FIELD,
	{.name = "priority",
	 .type = FIELD_INT,
	 .required = true,
	 .min = 0,
	 .max = 3},
	{0},
};
const struct field runs_settle_fields[] = {
	REASON_FIELD,
	{.name = "callId",
	 .type = FIELD_TEXT,
	 .required = true,
	 .min = 1,
	 .max = ID_SIZE - 1},
	{.name = "happened", .type = FIELD_BOOL, .required = true},
	{.name = "answer", .type = FIELD_OBJECT},
	{0},
};

const struct field runs_replay_fields[] = {
	REASON_FIELD,
	{.name = "step",
	 .type = FIELD_TEXT,
	 .required = true,
	 .min = 1,
	 .max = NAME_SIZE - 1},
	{0},
};

static const struct {
	const char *segment;
	enum inbox_kind kind;
} operations[] = {
	{"signals", INBOX_SIGNAL}, {"cancel", INBOX_CANCEL},
	{"pause", INBOX_PAUSE},	   {"resume", INBOX_RESUME},
	{"retry", INBOX_RETRY},	   {"comment", INBOX_COMMENT},
	{"kill", INBOX_KILL},	   {"priority", INBOX_PRIORITY},
	{"settle", INBOX_SETTLE},
};

/* The routes let only these through: /v1/runs/{runId}/<operation>. */
static enum inbox_kind kind_of(const struct request *r)
{
	size_t at = 0;

	while (strcmp(operations[at].segment, r->segment[3]) != 0)
		at++;
	return operations[at].kind;
}

/* The run, and which of its clocks stand still now. */
static void answer(struct context *c, const struct operation_request *o,
		   const struct run *run)
{
	cJSON *tree = view_run(c->db, run), *clocks = operate_clocks(o->kind);

	if (clocks)
		json_set(tree, "clocks", clocks);
	response_json(&c->response, 202, tree);
}

static enum err operate(struct context *c, const struct operation_request *o,
			const char *run_id)
{
	struct run run = {0};
	enum err e = ERR_NOT_FOUND;

	if (id_valid(run_id, "run"))
		e = run_operate(c->db, c->world, run_id, o, &c->actor,
				&c->problems, &run);
	if (!e)
		answer(c, o, &run);
	else if ((e == ERR_CONFLICT || e == ERR_STALE) && *run.public_id)
		c->response.current = view_run_raw(c->db, &run);
	if (e == ERR_NOT_FOUND)
		return response_refuse(&c->response, e, NULL,
				       "there is no run of this id");
	return e;
}

static enum err work_operate(struct context *c)
{
	const struct operation_request o = {
		.kind = kind_of(&c->request),
		.reason = json_string(c->request.json, "reason", ""),
		.priority = (int)json_int(c->request.json, "priority", -1),
		.call_id = json_string(c->request.json, "callId", NULL),
		.happened = cJSON_IsTrue(json_get(c->request.json, "happened")),
		.answer = json_get(c->request.json, "answer"),
	};

	return operate(c, &o, request_param(&c->request, "runId"));
}

static enum err work_signal(struct context *c)
{
	const struct operation_request o = {
		.kind = INBOX_SIGNAL,
		.name = request_param(&c->request, "name"),
		.body = c->request.json,
	};

	return operate(c, &o, request_param(&c->request, "runId"));
}

/* By the order: its open run, else the newest, which will not take it. */
static enum err work_workflow_signal(struct context *c)
{
	const struct operation_request o = {
		.kind = INBOX_SIGNAL,
		.name = request_param(&c->request, "name"),
		.body = c->request.json,
	};
	struct run run;
	enum err e = find_workflow(c, &run);

	return e ? e : operate(c, &o, run.public_id);
}

enum err runs_workflow_signal(struct context *c)
{
	return once_write(c, work_workflow_signal);
}

static enum err work_replay(struct context *c)
{
	const char *run_id = request_param(&c->request, "runId");
	const struct replay_request q = {
		.step = json_string(c->request.json, "step", ""),
		.reason = json_string(c->request.json, "reason", ""),
	};
	struct run run = {0};
	enum err e = run_replay(c->db, c->world, run_id, &q, &c->actor,
				c->arena, &c->problems, &run);

	if (!e)
		response_json(&c->response, 201, view_run_raw(c->db, &run));
	else if (e == ERR_CONFLICT)
		c->response.current = view_run_raw(c->db, &run);
	if (e == ERR_NOT_FOUND)
		return response_refuse(&c->response, e, NULL,
				       "there is no run of this id");
	return e;
}

enum err runs_replay(struct context *c)
{
	return once_write(c, work_replay);
}

enum err runs_operate(struct context *c)
{
	return once_write(c, work_operate);
}

enum err runs_signal(struct context *c)
{
	return once_write(c, work_signal);
}

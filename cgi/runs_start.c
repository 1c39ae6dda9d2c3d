/*
 * "This order is broken": one event at a time.
 *
 * Always holds: an Idempotency-Key serves as the event key when the event has
 * none of its own, so a repeat finds its run also after the kept answer has
 * expired.
 */
#include <string.h>

#include "../engine/base/json.h"
#include "../engine/flow/view.h"
#include "lib/once.h"
#include "runs.h"

const struct field runs_start_fields[] = {
	/* 128 bytes of an order id at most: order_intake checks which. */
	{.name = "orderId",
	 .type = FIELD_TEXT,
	 .required = true,
	 .min = 1,
	 .max = ORDER_ID_SIZE - 1},
	{.name = "source", .type = FIELD_TEXT, .min = 1, .max = NAME_SIZE - 1},
	{.name = "eventKey", .type = FIELD_TEXT, .min = 1, .max = KEY_SIZE - 1},
	{.name = "priority", .type = FIELD_INT, .min = 0, .max = 3},
	{.name = "event", .type = FIELD_OBJECT},
	{0},
};

struct intake runs_intake(const cJSON *body, const char *event_key)
{
	return (struct intake){
		.order_id = json_string(body, "orderId", ""),
		.source = json_string(body, "source", NULL),
		.event_key = json_string(body, "eventKey", event_key),
		.priority = (int)json_int(body, "priority", -1),
		.event = json_get(body, "event"),
	};
}

static enum err take_in(struct context *c, struct run *run,
			enum intake_way *way)
{
	struct intake in =
		runs_intake(c->request.json,
			    request_header(&c->request, "Idempotency-Key"));
	enum err e = order_intake(c->db, c->world, &in, &c->actor, &c->problems,
				  run, way);

	if (!e && *way == INTAKE_REPLAYED)
		response_header(&c->response, "Idempotent-Replayed", "true");
	return e;
}

static enum err work_workflow(struct context *c)
{
	char workflow[WORKFLOW_ID_SIZE];
	enum intake_way way;
	struct strbuf answer;
	struct run run;
	enum err e = take_in(c, &run, &way);

	if (e)
		return e;
	workflow_id(run.order_id, workflow);
	json_object_begin(&answer);
	json_object_string(&answer, "workflowId", workflow);
	json_object_string(&answer, "runId", run.public_id);
	json_object_string(&answer, "orderId", run.order_id);
	json_object_string(&answer, "state", run_state_name(run.state));
	json_object_bool(&answer, "created", way == INTAKE_CREATED);
	json_object_bool(&answer, "joined", way == INTAKE_JOINED);
	response_json(&c->response, 200, json_raw(&answer));
	return OK;
}

static enum err work_run(struct context *c)
{
	enum intake_way way;
	struct strbuf answer;
	struct run run;
	enum err e = take_in(c, &run, &way);

	if (e)
		return e;
	json_object_begin(&answer);
	view_run_put(&answer, c->db, &run);
	json_object_bool(&answer, "created", way == INTAKE_CREATED);
	json_object_bool(&answer, "joined", way == INTAKE_JOINED);
	response_json(&c->response, way == INTAKE_CREATED ? 201 : 200,
		      json_raw(&answer));
	return OK;
}

enum err runs_start_workflow(struct context *c)
{
	return once_write(c, work_workflow);
}

enum err runs_start(struct context *c)
{
	return once_write(c, work_run);
}

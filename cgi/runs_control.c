/*
 * Operators' hands on adapters and on what else can be stopped.
 *
 * Always holds: nothing is stopped without a reason and an end, and all of it
 * stands in the system's audit. The rules are those of flow/control.h.
 */
#include "../engine/flow/control.h"

#include <string.h>

#include "../engine/base/json.h"
#include "lib/once.h"
#include "runs.h"

#define LIST_MOST 200

#define REASON                                                                 \
	{                                                                      \
		.name = "reason", .type = FIELD_NOTE, .required = true,        \
		.min = 1, .max = REASON_SIZE - 1                               \
	}
#define UNTIL                                                                  \
	{.name = "expiresAt", .type = FIELD_TIME},                             \
	{                                                                      \
		.name = "for", .type = FIELD_TEXT, .min = 2, .max = 20         \
	}
static const char *const kinds[] = {"action", "playbook", "event", "seller",
				    NULL};
const struct field runs_control_fields[] = {REASON, UNTIL, {0}};
const struct field runs_lift_fields[] = {REASON, {0}};
const struct field runs_switch_fields[] = {
	REASON,
	UNTIL,
	{.name = "kind", .type = FIELD_WORD, .required = true, .values = kinds},
	{.name = "name",
	 .type = FIELD_TEXT,
	 .required = true,
	 .min = 1,
	 .max = REF_SIZE - 1},
	{0},
};
const struct field runs_switches_query[] = {
	{.name = "all", .type = FIELD_BOOL},
	{0},
};

static const char *reason_of(const struct context *c)
{
	return json_string(c->request.json, "reason", "");
}

static enum err pull(struct context *c, enum control_kind kind,
		     const char *name)
{
	const cJSON *body = c->request.json;
	struct control_request q = {
		.kind = kind,
		.name = name,
		.reason = reason_of(c),
		.expires_ms =
			control_until_ms(json_string(body, "for", NULL),
					 json_string(body, "expiresAt", NULL),
					 world_wall_ms(c->world)),
	};
	struct control made;
	enum err e = control_pull(c->db, c->world, &q, &c->actor, &c->problems,
				  &made);

	if (!e)
		response_json(&c->response, 200, control_view(&made));
	return e;
}

static enum err release(struct context *c, const struct control *control)
{
	struct control lifted;
	enum err e = control_release(c->db, c->world, control, reason_of(c),
				     &c->actor, &c->problems, &lifted);

	if (!e)
		response_json(&c->response, 200, control_view(&lifted));
	return e;
}

/* "payment", or "payment.refund" when the path names an operation. */
static const char *what(struct context *c, enum control_kind *ret_kind)
{
	const char *name = request_param(&c->request, "name");

	if (c->request.segment_count < 6) {
		*ret_kind = CONTROL_ADAPTER;
		return name;
	}
	*ret_kind = CONTROL_ACTION;
	return arena_printf(c->arena, "%s.%s", name,
			    request_param(&c->request, "operation"));
}

static enum err work_adapter(struct context *c)
{
	const char *verb = c->request.segment[c->request.segment_count - 1];
	struct control control;
	enum control_kind kind;
	const char *name = what(c, &kind);
	enum err e;

	if (strcmp(verb, "probe") == 0)
		return pull(c, CONTROL_PROBE, name);
	if (strcmp(verb, "pause") == 0)
		return pull(c, kind, name);
	e = control_of(c->db, kind, name, &control);
	if (e == ERR_NOT_FOUND)
		return response_refuse(&c->response, ERR_CONFLICT, NULL,
				       "%s is not paused", name);
	return e ? e : release(c, &control);
}

static enum err work_switch(struct context *c)
{
	enum control_kind kind = CONTROL_ACTION;

	if (!control_kind_parse(json_string(c->request.json, "kind", ""),
				&kind))
		return ERR_INVALID;
	return pull(c, kind, json_string(c->request.json, "name", ""));
}

static enum err work_lift(struct context *c)
{
	const char *id = request_param(&c->request, "switchId");
	struct control control;
	enum err e = ERR_NOT_FOUND;

	if (id_valid(id, "switch"))
		e = control_by_public_id(c->db, id, &control);
	if (e == ERR_NOT_FOUND)
		return response_refuse(&c->response, e, NULL,
				       "there is no switch of this id");
	return e ? e : release(c, &control);
}

enum err runs_adapter_control(struct context *c)
{
	return once_write(c, work_adapter);
}

enum err runs_switch(struct context *c)
{
	return once_write(c, work_switch);
}

enum err runs_lift(struct context *c)
{
	return once_write(c, work_lift);
}

enum err runs_switches(struct context *c)
{
	const char *all = request_query(&c->request, "all");
	struct control *controls = NULL;
	cJSON *answer, *data;
	int count = 0;
	enum err e;

	if (all && strcmp(all, "true") == 0)
		e = control_list(c->db, LIST_MOST, c->arena, &controls, &count);
	else
		e = control_in_force(c->db, c->arena, &controls, &count);
	if (e)
		return e;
	answer = cJSON_CreateObject();
	data = cJSON_AddArrayToObject(answer, "data");
	for (int i = 0; i < count; i++)
		cJSON_AddItemToArray(data, control_view(&controls[i]));
	json_set_null(answer, "nextCursor");
	json_set_bool(answer, "hasMore", false);
	response_json(&c->response, 200, answer);
	return OK;
}

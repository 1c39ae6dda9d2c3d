/*
 * mend-runs: starting, finding, reading and operating runs.
 *
 * Only the table stands here; each handler's file says what it keeps.
 */
#include "runs.h"

static const struct field workflow_query[] = {
	{.name = "runId", .type = FIELD_TEXT, .min = 1, .max = ID_SIZE - 1},
	{0},
};

#define RUN "/v1/runs/{runId}"
#define OPERATE(name, fields)                                                  \
	{                                                                      \
		METHOD_POST, RUN "/" name, ROLE_AGENT, 0, 0, NULL, fields,     \
			runs_operate                                           \
	}

#define PLAYBOOK "/v1/playbooks/{name}"
#define ADAPTER "/v1/adapters/{name}"
#define CONTROL(pattern, fields)                                               \
	{                                                                      \
		METHOD_POST, pattern, ROLE_SUPERVISOR, 0, 0, NULL, fields,     \
			runs_adapter_control                                   \
	}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_POST, "/workflows/start", ROLE_AGENT, 0, 0,
	  NULL, runs_start_fields, runs_start_workflow },
	{ METHOD_GET, "/workflows/{workflowId}/casefile", ROLE_VIEWER,
	  ROUTE_SNAPSHOT, 0, workflow_query, NULL, runs_workflow_casefile },
	{ METHOD_GET, "/v1/runs", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  runs_list_query, NULL, runs_list },
	{ METHOD_POST, "/v1/runs", ROLE_AGENT, 0, 0,
	  NULL, runs_start_fields, runs_start },
	{ METHOD_POST, "/v1/runs/batch", ROLE_AGENT, ROUTE_LONG, BODY_MAX_MOST,
	  NULL, runs_batch_fields, runs_batch },
	{ METHOD_GET, RUN, ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  NULL, NULL, runs_show },
	{ METHOD_GET, RUN "/why", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  NULL, NULL, runs_why },
	{ METHOD_GET, "/workflows/{workflowId}/why", ROLE_VIEWER,
	  ROUTE_SNAPSHOT, 0, workflow_query, NULL, runs_workflow_why },
	{ METHOD_GET, RUN "/casefile", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  NULL, NULL, runs_casefile },
	{ METHOD_GET, RUN "/audit", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  runs_audit_query, NULL, runs_audit },
	{ METHOD_GET, RUN "/calls", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  runs_part_query, NULL, runs_calls },
	{ METHOD_GET, RUN "/tasks", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  runs_part_query, NULL, runs_tasks },
	{ METHOD_POST, RUN "/signals/{name}", ROLE_AGENT, ROUTE_ANY_BODY, 0,
	  NULL, NULL, runs_signal },
	{ METHOD_POST, "/workflows/{workflowId}/signals/{name}", ROLE_AGENT,
	  ROUTE_ANY_BODY, 0, NULL, NULL, runs_workflow_signal },
	OPERATE("cancel", runs_reason_fields),
	OPERATE("pause", runs_reason_fields),
	OPERATE("resume", runs_reason_fields),
	OPERATE("retry", runs_reason_fields),
	OPERATE("comment", runs_reason_fields),
	OPERATE("kill", runs_reason_fields),
	OPERATE("priority", runs_priority_fields),
	OPERATE("settle", runs_settle_fields),
	CONTROL(ADAPTER "/pause", runs_control_fields),
	CONTROL(ADAPTER "/resume", runs_lift_fields),
	CONTROL(ADAPTER "/probe", runs_lift_fields),
	CONTROL(ADAPTER "/operations/{operation}/pause", runs_control_fields),
	CONTROL(ADAPTER "/operations/{operation}/resume", runs_lift_fields),
	CONTROL(ADAPTER "/operations/{operation}/probe", runs_lift_fields),
	{ METHOD_GET, "/v1/switches", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  runs_switches_query, NULL, runs_switches },
	{ METHOD_POST, "/v1/switches", ROLE_SUPERVISOR, 0, 0,
	  NULL, runs_switch_fields, runs_switch },
	{ METHOD_POST, "/v1/switches/{switchId}/lift", ROLE_SUPERVISOR, 0, 0,
	  NULL, runs_lift_fields, runs_lift },
	{ METHOD_POST, PLAYBOOK "/activate", ROLE_ADMIN, 0, 0,
	  NULL, runs_activate_fields, runs_playbook_activate },
	{ METHOD_POST, PLAYBOOK "/rollback", ROLE_SUPERVISOR, 0, 0,
	  NULL, runs_rollback_fields, runs_playbook_rollback },
	{ METHOD_POST, "/v1/webhooks/{source}", ROLE_VIEWER, ROUTE_ANY_BODY, 0,
	  NULL, NULL, runs_webhook },
	{ METHOD_POST, RUN "/replay", ROLE_AGENT, 0, 0,
	  NULL, runs_replay_fields, runs_replay },
	{ METHOD_POST, "/v1/bulk", ROLE_AGENT, 0, 256 * 1024,
	  NULL, runs_bulk_fields, runs_bulk_make },
	{ METHOD_GET, "/v1/bulk", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  runs_bulk_list_query, NULL, runs_bulk_list },
	{ METHOD_GET, "/v1/bulk/{bulkId}", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  NULL, NULL, runs_bulk_show },
	{ METHOD_GET, "/v1/bulk/{bulkId}/items", ROLE_VIEWER, ROUTE_SNAPSHOT,
	  0, runs_bulk_items_query, NULL, runs_bulk_items },
	{ METHOD_POST, "/v1/bulk/{bulkId}/start", ROLE_AGENT, 0, 0,
	  NULL, NULL, runs_bulk_turn },
	{ METHOD_POST, "/v1/bulk/{bulkId}/stop", ROLE_AGENT, 0, 0,
	  NULL, NULL, runs_bulk_turn },
};
/* clang-format on */

static const struct program program = {
	.name = "mend-runs",
	.socket = "runs",
	.database = "mend.db",
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
	.mode = DB_READ_WRITE,
};

int main(int argc, char **argv)
{
	return program_main(&program, argc, argv);
}

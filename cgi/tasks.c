/*
 * mend-tasks: what waits for people, and what they say.
 *
 * Only the table stands here; each handler's file says what it keeps.
 */
#include "tasks.h"

#define TASK "/v1/tasks/{taskId}"
#define WORKFLOW "/workflows/{workflowId}/task"

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_GET, WORKFLOW, ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  NULL, NULL, tasks_of_workflow },
	{ METHOD_POST, WORKFLOW "/decision", ROLE_AGENT, 0, 0,
	  NULL, tasks_workflow_decision_fields, tasks_workflow_decision },
	{ METHOD_GET, "/v1/tasks", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  tasks_list_query, NULL, tasks_list },
	{ METHOD_GET, TASK, ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  NULL, NULL, tasks_show },
	{ METHOD_POST, TASK "/claim", ROLE_AGENT, 0, 0,
	  NULL, tasks_claim_fields, tasks_claim },
	{ METHOD_POST, TASK "/return", ROLE_AGENT, 0, 0,
	  NULL, tasks_return_fields, tasks_return },
	{ METHOD_POST, TASK "/decide", ROLE_AGENT, 0, 0,
	  NULL, tasks_decide_fields, tasks_decide },
	{ METHOD_POST, TASK "/undo", ROLE_AGENT, 0, 0,
	  NULL, tasks_undo_fields, tasks_undo },
	{ METHOD_POST, TASK "/snooze", ROLE_AGENT, 0, 0,
	  NULL, tasks_snooze_fields, tasks_snooze },
	{ METHOD_POST, TASK "/seen", ROLE_AGENT, 0, 0,
	  NULL, tasks_seen_fields, tasks_seen },
};
/* clang-format on */

static const struct program program = {
	.name = "mend-tasks",
	.socket = "tasks",
	.database = "mend.db",
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
	.mode = DB_READ_WRITE,
};

int main(int argc, char **argv)
{
	return program_main(&program, argc, argv);
}

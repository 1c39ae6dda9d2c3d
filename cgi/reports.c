/*
 * mend-reports: everything that only looks. Its database is opened read-only,
 * so nothing here can change a thing.
 *
 * Only the table stands here; each handler's file says what it keeps.
 */
#include "reports.h"

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_GET, "/workflows/{workflowId}/audit", ROLE_VIEWER,
	  ROUTE_SNAPSHOT, 0, reports_workflow_audit_query, NULL,
	  reports_workflow_audit },
	{ METHOD_GET, "/v1/audit", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  reports_audit_query, NULL, reports_audit },
	{ METHOD_GET, "/v1/playbooks", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  NULL, NULL, reports_playbooks },
	{ METHOD_GET, "/v1/playbooks/{name}", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  NULL, NULL, reports_playbook },
	{ METHOD_GET, "/v1/playbooks/{name}/versions/{version}", ROLE_VIEWER,
	  ROUTE_SNAPSHOT, 0, NULL, NULL, reports_playbook_version },
	{ METHOD_GET, "/v1/playbooks/{name}/graph", ROLE_VIEWER,
	  ROUTE_SNAPSHOT, 0, reports_graph_query, NULL, reports_graph },
	{ METHOD_GET, "/v1/adapters", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  NULL, NULL, reports_adapters },
	{ METHOD_GET, "/v1/adapters/{name}", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  NULL, NULL, reports_adapter },
	{ METHOD_GET, "/v1/stuck", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  NULL, NULL, reports_stuck },
	{ METHOD_GET, "/v1/groups", ROLE_VIEWER, ROUTE_SNAPSHOT, 0,
	  reports_groups_query, NULL, reports_groups },
	{ METHOD_GET, "/v1/me", ROLE_VIEWER, ROUTE_NO_DB, 0,
	  NULL, NULL, reports_me },
	{ METHOD_GET, "/v1/openapi.json", ROLE_VIEWER, ROUTE_NO_DB, 0,
	  NULL, NULL, reports_openapi },
	{ METHOD_GET, "/livez", ROLE_VIEWER, ROUTE_NO_DB, 0,
	  NULL, NULL, reports_live },
	{ METHOD_GET, "/readyz", ROLE_VIEWER, ROUTE_NO_DB, 0,
	  NULL, NULL, reports_ready },
	{ METHOD_GET, "/metrics", ROLE_VIEWER, ROUTE_NO_DB, 0,
	  NULL, NULL, reports_metrics },
};
/* clang-format on */

static const struct program program = {
	.name = "mend-reports",
	.socket = "reports",
	.database = "mend.db",
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
	.mode = DB_READ_ONLY,
};

int main(int argc, char **argv)
{
	return program_main(&program, argc, argv);
}

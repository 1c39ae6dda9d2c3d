/*
 * Finds the run that a path speaks of.
 *
 * Always holds: a run id is never found through the workflow of another order.
 */
#include "find.h"

#include <string.h>

#include "../../engine/flow/intake.h"

static enum err find_by_id(struct context *c, const char *run_id,
			   struct run *ret_run)
{
	enum err e = ERR_NOT_FOUND;

	if (id_valid(run_id, "run"))
		e = run_by_public_id(c->db, run_id, ret_run);
	if (e == ERR_NOT_FOUND)
		return response_refuse(&c->response, e, NULL,
				       "there is no run of this id");
	return e;
}

enum err find_run(struct context *c, struct run *ret_run)
{
	return find_by_id(c, request_param(&c->request, "runId"), ret_run);
}

enum err find_workflow(struct context *c, struct run *ret_run)
{
	const char *order =
		workflow_order(request_param(&c->request, "workflowId"));
	const char *run_id = request_query(&c->request, "runId");
	enum err e = ERR_NOT_FOUND;

	if (order && run_id) {
		e = find_by_id(c, run_id, ret_run);
		if (!e && strcmp(ret_run->order_id, order) != 0)
			e = ERR_NOT_FOUND;
	} else if (order) {
		e = run_latest_of_order(c->db, order, ret_run);
	}
	if (e == ERR_NOT_FOUND)
		return response_refuse(&c->response, e, NULL,
				       run_id ? "this workflow has no run of "
						"this id"
					      : "there is no such workflow");
	return e;
}

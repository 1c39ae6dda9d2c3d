#ifndef MEND_CGI_FIND_H
#define MEND_CGI_FIND_H

#include "../../engine/store/run_store.h"
#include "program.h"

/* From names in paths to runs. ERR_NOT_FOUND says in words what is missing. */

/* The path parameter {runId}. */
MUST_CHECK enum err find_run(struct context *c, struct run *ret_run);
/* The path parameter {workflowId}: its open run, else its newest; or that of
 * the query's runId, if it is of this workflow. */
MUST_CHECK enum err find_workflow(struct context *c, struct run *ret_run);

#endif

#ifndef MEND_FLOW_LOCAL_H
#define MEND_FLOW_LOCAL_H

#include "operation.h"

/*
 * Operations of adapters of kind "local": pure functions of their params, so
 * that a plan answers them itself. local.echo answers its params; local.fail
 * fails with params.class and params.code. The answer's body is the caller's.
 */
void local_run(const struct operation *operation, const cJSON *params,
	       struct call_answer *ret_answer);

#endif

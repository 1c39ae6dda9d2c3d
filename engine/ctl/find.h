#ifndef MEND_CTL_FIND_H
#define MEND_CTL_FIND_H

#include "../store/run_store.h"
#include "../store/task_store.h"
#include "ctl.h"

/*
 * What an ID on the command line means: a run id, a task id (its run), an order
 * id or a workflow id (the order's open run, else its newest). ERR_NOT_FOUND
 * with words.
 */
MUST_CHECK enum err find_run(struct ctl *c, const char *id,
			     struct run *ret_run);
/* The same, but the task: by its id, else the run's open one, else the run's
 * newest. */
MUST_CHECK enum err find_task(struct ctl *c, const char *id,
			      struct task *ret_task);

#endif

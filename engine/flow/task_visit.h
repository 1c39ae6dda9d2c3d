#ifndef MEND_FLOW_TASK_VISIT_H
#define MEND_FLOW_TASK_VISIT_H

#include "../store/inbox_store.h"
#include "life.h"
#include "note.h"
#include "task.h"

/*
 * One person at one task: what every verb of task.h does before and after its
 * own few lines. The checks leave v->task as it was read, so that a refusal
 * shows the current task; each adds a problem in words. For task*.c only.
 */
struct task_visit {
	struct db *db;
	const struct actor *actor;
	struct problems *problems;
	struct run run;
	struct task task;
	int64_t now_ms;
	bool found;
};

/* Reads task and run. ERR_NOT_FOUND: no such task, or of another order. */
MUST_CHECK enum err task_visit_begin(struct task_visit *v, struct db *db,
				     const struct world *w, const char *task_id,
				     const char *order_id,
				     const struct actor *actor, struct arena *a,
				     struct problems *p);
/* Hands out the task as far as it is known, and passes e on. */
MUST_CHECK enum err task_visit_end(const struct task_visit *v, enum err e,
				   struct task *ret_task);

/* ERR_DENIED below this role. */
MUST_CHECK enum err task_visit_role(struct task_visit *v, enum role least);
/* ERR_CONFLICT when the life table does not allow it: who was faster. */
MUST_CHECK enum err task_visit_may(struct task_visit *v, enum task_event event,
				   enum task_state *ret_to);
/* ERR_CONFLICT while somebody else's claim lasts. */
MUST_CHECK enum err task_visit_free(struct task_visit *v);
/* ERR_STALE unless version is 0 or the task's. */
MUST_CHECK enum err task_visit_version(struct task_visit *v, int64_t version);
/* ERR_CONFLICT when the run has gone on without this task. */
MUST_CHECK enum err task_visit_awaited(struct task_visit *v);

bool task_visit_by(const struct task_visit *v, const char *name);
bool task_visit_claimed(const struct task_visit *v); /* and not lapsed */
void task_visit_unclaim(struct task_visit *v);
cJSON *task_visit_data(const struct task_visit *v); /* {taskId, step} */

/* Writes the task, and the run that has been noted; wake: the run shall look
 * at it now. */
MUST_CHECK enum err task_visit_write(struct task_visit *v, bool wake);
/* Puts a row about the task into the run's inbox. Consumes body. */
MUST_CHECK enum err task_visit_tell(struct task_visit *v, enum inbox_kind kind,
				    cJSON *body);

#endif

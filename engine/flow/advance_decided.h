#ifndef MEND_FLOW_ADVANCE_DECIDED_H
#define MEND_FLOW_ADVANCE_DECIDED_H

#include "advance_work.h"

/* Inside advance() only: a task that was decided, whose time to undo is over,
 * for advance_task.c. */
enum way decided_approved(struct work *w, struct task *t);
enum way decided_rejected(struct work *w, const struct task *t);
/* Its action is out, or was answered. */
enum way decided_acted(struct work *w);

#endif

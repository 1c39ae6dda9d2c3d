#ifndef MEND_FLOW_ADVANCE_OFFER_H
#define MEND_FLOW_ADVANCE_OFFER_H

#include "advance_work.h"

/* Inside advance() only: what a task shows, for advance_task.c. */

/* Fills the task's proposal, digest, sums and needed signatures from the step
 * and the case file. The tree is the proposal; the caller deletes it. */
cJSON *offer_make(struct work *w, struct task *t);
/* False: the proposal moves money, and how much is not known: no limit, no four
 * eyes and no cap would count it. */
bool offer_counted(const struct work *w, const struct task *t);
/* An alternative of the step by name; NULL: none of this name. */
const struct alternative *offer_of(const struct work *w, const char *name);

#endif

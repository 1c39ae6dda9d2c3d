#ifndef MEND_FLOW_ADVANCE_GUARD_H
#define MEND_FLOW_ADVANCE_GUARD_H

#include "advance_work.h"

/*
 * Inside advance() only. Guards over the case file as it stands in the plan;
 * wherever their answer is kept it has one shape:
 *   {"result": bool, "why": [{field, operator, expected, seen, …}]}
 * guard.h has the members of why. A NULL guard is true, for no reason.
 */
bool work_holds(struct work *w, const cJSON *guard, cJSON *why);
/* Sets result and why in object (e.g. an audit entry's data). */
bool work_explain(struct work *w, const cJSON *guard, cJSON *object);
/* The same for an answer that is known. why is copied. */
void work_explained(cJSON *object, bool result, const cJSON *why);

#endif

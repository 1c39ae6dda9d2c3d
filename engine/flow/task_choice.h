#ifndef MEND_FLOW_TASK_CHOICE_H
#define MEND_FLOW_TASK_CHOICE_H

#include "task_offer.h"
#include "task_visit.h"

/* Between task_decide.c and task_choice.c only. */

/* A decision on its way through the checks. */
struct deciding {
	struct task_visit *v;
	const struct task_decision *d;
	cJSON *proposal;
	struct task_offer offer;
	const char *form; /* as text; NULL: nothing was filled in */
	struct arena *arena;
};

static inline bool task_given(const char *text)
{
	return text && text[0];
}

/* Which of the ways was chosen, and whether reason and form fit it; sets
 * proposal, offer and form. ERR_INVALID, or ERR_CONFLICT with the first of two
 * signatures; every fault is told with its place. */
MUST_CHECK enum err task_choose(struct deciding *k);

#endif

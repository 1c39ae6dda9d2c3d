#ifndef MEND_FLOW_MIGRATE_H
#define MEND_FLOW_MIGRATE_H

#include "../base/arena.h"
#include "playbook.h"

/*
 * Whether a run that stands in a step of one version of a playbook may go on in
 * another: the step is there too, at the same place (of the same kind, below
 * the same repeats), and what a call does is what it did. NULL: it may, and
 * *ret_step is the step there; else why not, in words.
 */
const char *migrate_refusal(const struct playbook *from,
			    const struct playbook *to, const char *step,
			    struct arena *a, const struct step **ret_step);

#endif

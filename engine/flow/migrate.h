#ifndef MEND_FLOW_MIGRATE_H
#define MEND_FLOW_MIGRATE_H

#include "../base/arena.h"
#include "../store/run_store.h"
#include "catalog.h"

/*
 * Whether a run that stands in a step of one version of a playbook may go on in
 * another: the step is there too, at the same place (of the same kind, below
 * the same repeats), and what a call does is what it did. NULL: it may, and
 * *ret_step is the step there; else why not, in words.
 */
const char *migrate_refusal(const struct playbook *from,
			    const struct playbook *to, const char *step,
			    struct arena *a, const struct step **ret_step);

/* The same for a run, by the version it keeps; to NULL: the version that is
 * meant cannot be read any more, no more than the run's own may be. *ret_from
 * is its version, 0 when it has none that can be read. */
MUST_CHECK enum err migrate_judge(struct catalog *c, struct db *db,
				  const struct run *r,
				  const struct playbook *to, struct arena *a,
				  const char **ret_why, int *ret_from);

#endif

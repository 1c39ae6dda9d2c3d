#ifndef MEND_CTL_CASE_DOUBT_H
#define MEND_CTL_CASE_DOUBT_H

#include "cases.h"

/*
 * Whether the cases would notice: every rule that some case takes is left out,
 * one at a time, and the cases that take it are played again. A rule that can
 * be gone while all of them pass is not held by anything they expect. {rules,
 * noticed, unnoticed: [{playbook, step, rule, cases}]}; only playbook when it
 * is not NULL. The catalog is as it was, afterwards.
 */
cJSON *case_doubt(struct catalog *c, struct cases *cs,
		  const struct playbook *only);

#endif

#ifndef MEND_CTL_CASE_COVER_H
#define MEND_CTL_CASE_COVER_H

#include "cases.h"

/*
 * What of the playbooks no case has ever come to: a step or a rule that no case
 * takes may be broken without anybody noticing. {playbooks: [{playbook, steps,
 * entered, rules, held, untouched: [steps], unheld: [{step, rule}]}], steps,
 * entered, rules, held}; only playbook when it is not NULL.
 */
cJSON *case_cover(const struct catalog *c, const struct cases *cs,
		  const struct playbook *only);

#endif

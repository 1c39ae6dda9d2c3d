#ifndef MEND_CTL_CASE_JUDGE_H
#define MEND_CTL_CASE_JUDGE_H

#include "cases.h"

/*
 * Inside the judging of a case only: each part notes in words what differs, and
 * says whether nothing did.
 */
struct judging {
	struct case_run *k;
	const struct rehearsal *r;
	const cJSON *expect;
	struct arena *arena;
};

__attribute__((format(printf, 2, 3))) void
case_differs(struct judging *j, const char *format, ...);

/* The steps that it must come to, in order, and those that it must not. */
bool case_judge_path(struct judging *j);
bool case_judge_not_path(struct judging *j);

#endif

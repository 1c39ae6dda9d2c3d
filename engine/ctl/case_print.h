#ifndef MEND_CTL_CASE_PRINT_H
#define MEND_CTL_CASE_PRINT_H

#include "cases.h"
#include "ctl.h"

struct case_rubric {
	int cases, passed, failed, ambiguous, ambiguous_failed;
	int asked[4], right[4]; /* type, tier, action, money */
	int unsafe, needless;
};

struct case_extra {
	cJSON *cover, *doubt; /* NULL: not asked */
};

/* As text, as TAP, or as JSON, as the options say. Takes the extra. */
void cases_print(struct ctl *c, const struct cases *cs,
		 const struct case_rubric *b, const struct case_extra *x,
		 int64_t took_ms);

#endif

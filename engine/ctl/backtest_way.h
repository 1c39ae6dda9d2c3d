#ifndef MEND_CTL_BACKTEST_WAY_H
#define MEND_CTL_BACKTEST_WAY_H

#include "past.h"

/* Whether the playing is the recorded run; else in text why not. */
bool way_as_recorded(const struct past_run *p, const struct rehearsal *r,
		     char *text, size_t size);
/* The same steps, the same effects, the same end. */
bool way_same(const struct rehearsal *a, const struct rehearsal *b);
/* The index of the first step that is another one. */
int way_parting(const struct rehearsal *a, const struct rehearsal *b);
/* Where and in what two that are not the same parted, in words. */
void way_parted_words(const struct rehearsal *a, const struct rehearsal *b,
		      char *text, size_t size);

#endif

#ifndef MEND_CTL_BACKTEST_SUM_H
#define MEND_CTL_BACKTEST_SUM_H

#include "backtest.h"

/* Between backtest.c and backtest_sum.c: what is added up over all runs. */
void backtest_add_sums(struct backtest *b, const struct rehearsal *before,
		       const struct rehearsal *after);
/* -1: there is no room for one more. */
int backtest_group_of(struct backtest *b, enum backtest_fate fate,
		      const char *where);
void backtest_put(struct backtest *b, int index, enum backtest_fate fate,
		  const char *where, bool assumed);
void backtest_note_change(struct backtest *b, int index, int group,
			  const struct rehearsal *before,
			  const struct rehearsal *after, bool assumed);

#endif

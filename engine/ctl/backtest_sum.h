#ifndef MEND_CTL_BACKTEST_SUM_H
#define MEND_CTL_BACKTEST_SUM_H

#include "backtest_told.h"

/* One run more, in the order of the runs: groups and sums stand in the order in
 * which they were met. */
void backtest_add(struct backtest *b, const struct told *t);

#endif

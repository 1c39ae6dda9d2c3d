#ifndef MEND_CTL_BACKTEST_PRINT_H
#define MEND_CTL_BACKTEST_PRINT_H

#include "backtest.h"

void backtest_text(struct ctl *c, const struct draft *d,
		   const struct backtest *b, int64_t took_ms);
void backtest_json(struct ctl *c, const struct draft *d,
		   const struct backtest *b, int64_t took_ms);

#endif

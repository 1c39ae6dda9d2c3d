#ifndef MEND_CTL_BACKTEST_TOLD_H
#define MEND_CTL_BACKTEST_TOLD_H

#include <stdio.h>

#include "backtest.h"

/*
 * What is told of one run: all that the sums need, and small enough that
 * whoever played it may be another process.
 */
struct told_effect {
	char operation[2 * NAME_SIZE];
	char currency[CURRENCY_SIZE]; /* "": no money */
	bool money;
	int64_t minor; /* that moved */
};

struct told_side {
	char state[16], outcome[NAME_SIZE], result[NAME_SIZE];
	int task_count, effect_count;
	bool held;
};

struct told {
	int index; /* into the history */
	enum backtest_fate fate;
	bool compared, assumed;
	char where[BACKTEST_WHERE_SIZE];
	struct told_side before, after;
	struct told_effect *effect; /* those before, then those after */
};

/* Effects in the arena. */
void told_sides(struct told *t, const struct rehearsal *before,
		const struct rehearsal *after, struct arena *a);
/* In this machine's own form, for a reader that is the same program. */
MUST_CHECK enum err told_write(const struct told *t, FILE *to);
/* ERR_NOT_FOUND: there is no more. */
MUST_CHECK enum err told_read(FILE *from, struct arena *a,
			      struct told *ret_told);

#endif

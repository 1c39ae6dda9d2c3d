#ifndef MEND_CTL_BACKTEST_JOBS_H
#define MEND_CTL_BACKTEST_JOBS_H

#include "backtest_told.h"

/*
 * The runs of a backtest on several cores: processes that are forked off, each
 * with a connection of its own, take a few runs at a time, whoever is free, and
 * tell of each. What they told comes back in the order of the runs, so that
 * nobody sees how many they were.
 */
#define JOBS_MAX 16

struct jobs_work {
	/* In a process of its own: open what is needed; then one run after the
	 * other. */
	enum err (*begin)(void *context);
	enum err (*play)(void *context, int index, struct arena *a,
			 struct told *ret_told);
	/* In the caller, in the order of the runs. */
	void (*tell)(void *context, const struct told *t);
	void *context;
};

/* As many as there are processors for us. */
int jobs_default(void);
/* No database may be open: a handle does not live through a fork. */
MUST_CHECK enum err jobs_run(const struct jobs_work *w, int count, int jobs);

#endif

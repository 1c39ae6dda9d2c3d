#ifndef MEND_CTL_BACKTEST_H
#define MEND_CTL_BACKTEST_H

#include "draft.h"
#include "past.h"

/*
 * A draft against recorded past runs. Each run is played twice with the
 * answers, decisions and words on record: with the version of the playbook that
 * it had, and with the draft. So both sides are alike in what a rehearsal
 * leaves out. A run whose first playing does not end as the record says (an
 * operator stepped in, the engine crashed, a word is no longer known) is not
 * compared.
 */
enum backtest_fate {
	BACKTEST_SAME,		/* the same steps, the same effects */
	BACKTEST_OTHER,		/* another way */
	BACKTEST_UNASKED,	/* a read that was never made is needed */
	BACKTEST_UNDECIDED,	/* a person would be asked who never was */
	BACKTEST_NOT_ON_RECORD, /* cannot be played again as it was */
	BACKTEST_FATES
};
const char *backtest_fate_name(enum backtest_fate f);

#define BACKTEST_GROUPS_MAX 64
#define BACKTEST_WHERE_SIZE 640
#define BACKTEST_EXAMPLES 3
#define BACKTEST_TOTALS_MAX 64
/* Runs that part at the same place in the same way. */
struct backtest_group {
	enum backtest_fate fate;
	char where[BACKTEST_WHERE_SIZE]; /* in words */
	int count, assumed;
	int example[BACKTEST_EXAMPLES]; /* indexes into the history */
	const char *why; /* of the first example, in words; NULL: none */
};

/* One effect operation in one currency ("": no money). */
struct backtest_total {
	char operation[2 * NAME_SIZE];
	char currency[CURRENCY_SIZE];
	bool money;
	int64_t before_count, after_count;
	int64_t before_minor, after_minor;
};

/* One run that goes another way, for --json. */
struct backtest_change {
	int run, group;
	char before_outcome[NAME_SIZE], after_outcome[NAME_SIZE];
	char before_result[NAME_SIZE], after_result[NAME_SIZE];
	char before_state[16], after_state[16];
	bool assumed;
};

struct backtest {
	struct history history;
	int fate[BACKTEST_FATES];
	int assumed; /* of those that were compared, rest on an assumption */
	struct backtest_group group[BACKTEST_GROUPS_MAX];
	int group_count;
	int others; /* runs of groups for which there was no room */
	struct backtest_total total[BACKTEST_TOTALS_MAX];
	int total_count;
	int64_t tasks_before, tasks_after, held_before, held_after;
	struct backtest_change *change;
	int change_count;
	struct arena arena;
};

MUST_CHECK enum err backtest_run(struct ctl *c, const struct draft *d,
				 int64_t since_ms, int limit, int jobs,
				 struct backtest *ret_backtest);
void backtest_release(struct backtest *b);

#endif

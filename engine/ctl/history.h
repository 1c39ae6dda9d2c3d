#ifndef MEND_CTL_HISTORY_H
#define MEND_CTL_HISTORY_H

#include "../flow/rehearse.h"

/*
 * Runs that have ended, as they are on record, with what was said to them: at
 * which distance from the run's begin.
 */
struct past_word {
	int64_t id, run_id;
	struct rehearse_said said;
};

struct history {
	struct run *run; /* newest first */
	int count;
	struct past_word *word; /* by run, then by time */
	int word_count;
	struct arena arena;
};
/* Closed runs created since then, at most limit; with what was said to them. */
MUST_CHECK enum err history_load(struct db *db, int64_t since_ms, int limit,
				 struct history *ret_history);
void history_release(struct history *h);

#endif

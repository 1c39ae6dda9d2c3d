#ifndef MEND_FLOW_PROGRESS_H
#define MEND_FLOW_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../store/run_store.h"

/*
 * Where a run has been: per step the number of visits, a count within the visit
 * (attempts of a call, rounds of a repeat), the visit's own deadline, and the
 * step's time-out. Kept in the run row as "step:visit:count:until[:end]
 * step:…", small enough for the hot row. The deadline stands here because
 * run.due_ms moves to "now" whenever somebody speaks to the run.
 */
#define PROGRESS_STEPS_MAX 160
struct progress_item {
	char step[NAME_SIZE];
	int visit;
	int count;
	int64_t until_ms; /* 0: none */
	int64_t end_ms;	  /* the step's time-out; 0: none, or it has fired */
};
struct progress {
	struct progress_item item[PROGRESS_STEPS_MAX];
	int item_count;
};

/* False when the text is not of this shape. */
bool progress_parse(const char *text, struct progress *ret_progress);
/* False when it does not fit into the row. */
bool progress_print(const struct progress *p, char text[PROGRESS_SIZE]);
/* The step's item; made with visit 0 when absent; NULL when there is no room.
 */
struct progress_item *progress_of(struct progress *p, const char *step);

#endif

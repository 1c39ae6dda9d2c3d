#ifndef MEND_CTL_PAST_H
#define MEND_CTL_PAST_H

#include "history.h"

/*
 * A run that has ended as the ports of a rehearsal: what was answered is
 * answered again, call by call of each operation, what was decided is decided
 * again, what was said is said again at the same distance from the run's begin.
 *
 * Of a call the last answer is on record, and every attempt gets it.
 */
#define PAST_OPERATIONS_MAX 48
#define PAST_TASKS_MAX 64
struct past_run {
	const struct run *run;
	struct db *db;
	cJSON *request; /* owned */
	struct call *call;
	struct task *task;
	struct rehearse_said *said;
	int call_count, task_count, said_count;
	/* Of one rehearsal. */
	struct {
		char name[2 * NAME_SIZE];
		int next; /* call of this operation that was given last */
	} asked[PAST_OPERATIONS_MAX];
	int asked_count;
	bool task_used[PAST_TASKS_MAX];
	cJSON *form; /* of the decision that was made last; owned */
	/* What is not on record and was taken for granted: an effect that was
	 * never made succeeds and echoes what was sent; a read that was never
	 * made, and can be done without, is missing evidence. */
	char assumed[2 * NAME_SIZE]; /* the first such operation; "": none */
	char unasked[NAME_SIZE];     /* a task that nobody was asked */
	struct arena *arena;
};
MUST_CHECK enum err past_load(struct db *db, const struct history *h, int index,
			      struct arena *a, struct past_run *ret_past);
void past_release(struct past_run *p);
/* Plays it with a catalog; as often as one likes. */
void past_play(struct past_run *p, const struct catalog *c, bool explain,
	       struct rehearsal *ret_record);

#endif

#ifndef MEND_CTL_SUPERVISOR_H
#define MEND_CTL_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../base/err.h"
#include "paths.h"

/*
 * Children of `mendctl dev`. Each is a process group of its own, so that what
 * it leaves behind (nginx workers) can be ended with it; each is told by the
 * kernel when we die. One that ends is started again after a pause that grows
 * from 0.1 s to 5 s and starts over after 10 s of life.
 */
#define CHILDREN_MAX 8
#define CHILD_ARGUMENTS_MAX 12

struct child {
	const char *name;
	char program[PATH_SIZE];
	const char *argv[CHILD_ARGUMENTS_MAX + 1];
	char folder[PATH_SIZE]; /* to run in; "": ours */
	int stop_signal;	/* asks it to end in order */
	int orphan_signal;	/* the kernel sends it when we die */
	int stop_by_ms;		/* from the start of the stop; then SIGKILL */

	pid_t pid; /* 0: not running */
	int64_t started_ms, pause_ms, start_at_ms;
	int deaths; /* since the last long life */
};

/* Stopped in this order, started in the reverse one. */
struct supervisor {
	struct child child[CHILDREN_MAX];
	int count;
	char log_folder[PATH_SIZE]; /* "<log_folder>/<name>.log" */
};

/* Starts what is due, caps the logs; how long until the next thing is due. */
int64_t supervisor_tick(struct supervisor *s, int64_t mono_ms);
/* Collects the dead and plans their next start; after each SIGCHLD. */
void supervisor_reap(struct supervisor *s, int64_t mono_ms);
/* Ends all in order; returns when nothing is left. */
void supervisor_stop(struct supervisor *s);
/* The child that died most often, NULL when none did; for "why not ready?" */
const struct child *supervisor_worst(const struct supervisor *s);
/* The last line of a child's log, "" when there is none. */
void supervisor_last_words(const struct supervisor *s, const struct child *c,
			   char *line, size_t size);
/* Ends what an instance before us left behind on this data folder. */
void supervisor_sweep(const struct supervisor *s, const char *data);

#endif

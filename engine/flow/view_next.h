#ifndef MEND_FLOW_VIEW_NEXT_H
#define MEND_FLOW_VIEW_NEXT_H

#include "../base/strbuf.h"
#include "../store/run_store.h"
#include "../store/task_store.h"

/*
 * What a run waits for and what happens next. task: the one it waits for, or
 * NULL. Times are written out, not counted down: the same run reads the same
 * until it changes, so that an ETag holds. For view.c.
 */
#define NEXT_SIZE 768
void view_next(const struct run *r, const struct task *task,
	       char ret_text[NEXT_SIZE]);
/* {kind: "task" | "signal" | "adapter" | "time" | "operator", …, dueAt}, or
 * null: for nothing. */
void view_waiting_for(struct strbuf *text, const char *key, const struct run *r,
		      const struct task *task);

#endif

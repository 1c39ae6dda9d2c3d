#ifndef MEND_CGI_TASKS_H
#define MEND_CGI_TASKS_H

#include "../engine/store/task_store.h"
#include "lib/route.h"

/* Handlers and tables of mend-tasks. Bodies and answers: conf/openapi.json. */

extern const struct field tasks_list_query[];
extern const struct field tasks_workflow_decision_fields[];
extern const struct field tasks_claim_fields[];
extern const struct field tasks_return_fields[];
extern const struct field tasks_decide_fields[];
extern const struct field tasks_undo_fields[];
extern const struct field tasks_snooze_fields[];
extern const struct field tasks_seen_fields[];

/* tasks_list.c */
enum err tasks_list(struct context *c);
enum err tasks_show(struct context *c);
enum err tasks_of_workflow(struct context *c);
/* tasks_decide.c */
enum err tasks_workflow_decision(struct context *c);
enum err tasks_decide(struct context *c);
enum err tasks_undo(struct context *c);
/* tasks_work.c */
enum err tasks_claim(struct context *c);
enum err tasks_return(struct context *c);
enum err tasks_snooze(struct context *c);
enum err tasks_seen(struct context *c);
/* The version that the request was made for, from the body or If-Match; 0:
 * any. */
MUST_CHECK enum err tasks_version(struct context *c, int64_t *ret_version);
/* Answers with the task, or with what stood in the way; returns e. */
MUST_CHECK enum err tasks_answer(struct context *c, enum err e,
				 const struct task *task);

#endif

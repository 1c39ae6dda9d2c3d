#ifndef MEND_STORE_TASK_ROW_H
#define MEND_STORE_TASK_ROW_H

#include "task_store.h"

/* One row of a statement with TASK_SELECT (sql.c), and all of them; for the
 * task_*.c only. */
void task_read(struct db_stmt *s, struct arena *a, void *to);
MUST_CHECK enum err task_read_all(struct db_stmt *s, struct arena *a,
				  struct task **ret_tasks, int *ret_count);

#endif

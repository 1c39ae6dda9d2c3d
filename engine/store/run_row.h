#ifndef MEND_STORE_RUN_ROW_H
#define MEND_STORE_RUN_ROW_H

#include "run_store.h"

/* One row of a statement with RUN_COLUMNS (sql.c); for the run_*.c only. */
void run_read(struct db_stmt *s, struct run *r);
/* All rows of it; ret_runs has room for the statement's limit. */
MUST_CHECK enum err run_read_all(struct db_stmt *s, struct run *ret_runs,
				 int *ret_count);

#endif

#ifndef MEND_STORE_SLOT_STORE_H
#define MEND_STORE_SLOT_STORE_H

#include "run_store.h"

/*
 * Places of a concurrency key: at most so many runs hold one at once, the
 * others have a row that waits. A run has one row at most. Who gives his place
 * back hands it to the most urgent of those that wait, in the same transaction,
 * so that nobody has to be asked twice.
 */

/* Takes a place of the key below limit, keeps the one it has, or waits. Gives
 * back one of another key. *ret_woken: somebody else got that. */
MUST_CHECK enum err slot_take(struct db *db, const struct run *r,
			      const char *key, int limit, int64_t now_ms,
			      bool *ret_taken, bool *ret_woken);
/* Whatever it holds or waits for. */
MUST_CHECK enum err slot_release(struct db *db, int64_t run_id, int64_t now_ms,
				 bool *ret_woken);
/* ERR_NOT_FOUND: it neither has nor wants one. *ret_number is -1 while it
 * waits. */
MUST_CHECK enum err slot_of_run(struct db *db, int64_t run_id,
				char key[KEY_SIZE], int64_t *ret_number);
MUST_CHECK enum err slot_holds(struct db *db, int64_t run_id, bool *ret_holds);

#endif

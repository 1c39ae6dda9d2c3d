#ifndef MEND_STORE_ENGINE_STORE_H
#define MEND_STORE_ENGINE_STORE_H

#include "store.h"

/* Which engine there is. The lease itself is the lock file "<data>/engine.lock"
 * (F_OFD_SETLK); the rows only tell. */
struct engine_lock;
/* ERR_CONFLICT: another one runs; *ret_pid is its pid. */
MUST_CHECK enum err engine_lock_take(const char *data, struct engine_lock **l,
				     int64_t *ret_pid);
void engine_lock_release(struct engine_lock *l);
/* Asks without taking: is an engine alive on this folder? */
bool engine_alive(const char *data, int64_t *ret_pid);

/* A new engine id, one above the last. */
MUST_CHECK enum err engine_register(struct db *db, int64_t pid,
				    int64_t *ret_engine_id);
/* The run that is planned alone because it was there at crashes; 0: none. Set
 * before it is planned, cleared with its plan. */
MUST_CHECK enum err engine_set_suspect(struct db *db, int64_t run_id);
MUST_CHECK enum err engine_get_suspect(struct db *db, int64_t *ret_run_id);
/* ready_ms 0: not (any more) ready. */
MUST_CHECK enum err engine_set_ready(struct db *db, int64_t ready_ms);
MUST_CHECK enum err engine_get(struct db *db, int64_t *ret_engine_id,
			       int64_t *ret_pid, int64_t *ret_ready_ms);

#endif

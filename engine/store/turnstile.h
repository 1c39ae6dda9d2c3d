#ifndef MEND_STORE_TURNSTILE_H
#define MEND_STORE_TURNSTILE_H

#include <stdint.h>

#include "../base/err.h"

/*
 * Fair write turns over processes: two lock files beside the database. Take
 * QUEUE, take WRITE, release QUEUE, work, release WRITE. It makes writers fair
 * (SQLite's own busy handler starves) and, since every checkpoint runs inside
 * it, SQLite's WAL-reset bug unreachable. Opened after fork, O_CLOEXEC. Waits
 * are bounded. The holder's "pid program" stands in the WRITE file.
 */
struct turnstile;

MUST_CHECK enum err turnstile_open(const char *db_path, const char *owner,
				   struct turnstile **ret_t);
void turnstile_close(struct turnstile *t);
/* ERR_BUSY after wait_ms. */
MUST_CHECK enum err turnstile_enter(struct turnstile *t, int64_t wait_ms);
void turnstile_leave(struct turnstile *t);
/* "1234 mend-runs" or "": who holds the turn, for the log. */
void turnstile_holder(struct turnstile *t, char *text, unsigned long size);

#endif

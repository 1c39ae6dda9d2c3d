#ifndef MEND_STORE_SHARED_STORE_H
#define MEND_STORE_SHARED_STORE_H

#include "call_store.h"

/*
 * An effect that is done once for a group of runs (a playbook's "once"): who
 * took it on, and by which call. What became of it stands in the call's row,
 * and there alone.
 */
struct shared_call {
	int64_t run_id;
	char run_public_id[ID_SIZE];
	char call_key[KEY_SIZE];
	int64_t since_ms;
	enum call_state state; /* of the call; FAILED when its row is gone */
	char *answer;	       /* NULL: none */
	bool tries; /* his run is still at it: what FAILED is sent again */
};

/* ERR_NOT_FOUND: nobody took it on yet. */
MUST_CHECK enum err shared_get(struct db *db, const char *key, struct arena *a,
			       struct shared_call *ret_shared);
/* Takes it on, from who was seen there (seen: his call_key, NULL: nobody).
 * ERR_STALE: somebody else was faster. */
MUST_CHECK enum err shared_take(struct db *db, const char *key, int64_t run_id,
				const char *call_key, const char *seen,
				int64_t now_ms);

#endif

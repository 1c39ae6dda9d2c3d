#ifndef MEND_STORE_KEY_STORE_H
#define MEND_STORE_KEY_STORE_H

#include "../base/digest.h"
#include "store.h"

/* Idempotency keys of requests, and event keys. */
struct kept_answer {
	char digest[DIGEST_HEX_SIZE]; /* of the request body */
	int status;
	char *answer;
};
/* ERR_NOT_FOUND: a new key. */
MUST_CHECK enum err key_get(struct db *db, const char *actor, const char *route,
			    const char *key, struct arena *a,
			    struct kept_answer *ret_answer);
MUST_CHECK enum err key_put(struct db *db, const char *actor, const char *route,
			    const char *key, const struct kept_answer *answer,
			    int64_t now_ms);
/* Drops at most limit keys older than before_ms; says how many. */
MUST_CHECK enum err key_expire(struct db *db, int64_t before_ms, int limit,
			       int64_t *ret_count);

MUST_CHECK enum err event_key_get(struct db *db, const char *source,
				  const char *key, int64_t *ret_run_id,
				  char ret_digest[DIGEST_HEX_SIZE]);
MUST_CHECK enum err event_key_put(struct db *db, const char *source,
				  const char *key, int64_t run_id,
				  const char *digest);

#endif

#ifndef MEND_STORE_WEBHOOK_STORE_H
#define MEND_STORE_WEBHOOK_STORE_H

#include "../base/digest.h"
#include "store.h"

/* What other systems sent in: once per source and id, and kept for the order's
 * next run when it has none. */
struct webhook {
	char source[NAME_SIZE], webhook_id[KEY_SIZE];
	char digest[DIGEST_HEX_SIZE]; /* of the body as it came */
	char order_id[ORDER_ID_SIZE], name[NAME_SIZE];
	char *body; /* JSON object */
	int64_t received_ms;
	int64_t run_id; /* 0: waits for one */
};

/* ERR_NOT_FOUND: not heard before. */
MUST_CHECK enum err webhook_get(struct db *db, const char *source,
				const char *webhook_id,
				char ret_digest[DIGEST_HEX_SIZE],
				int64_t *ret_run_id);
MUST_CHECK enum err webhook_put(struct db *db, const struct webhook *h);
/* Those that wait for a run of the order, oldest first; source, webhook_id,
 * name, body and received_ms are set. */
MUST_CHECK enum err webhook_waiting(struct db *db, const char *order_id,
				    int limit, struct arena *a,
				    struct webhook **ret_rows, int *ret_count);
MUST_CHECK enum err webhook_deliver(struct db *db, const struct webhook *h,
				    int64_t run_id);
MUST_CHECK enum err webhook_expire(struct db *db, int64_t before_ms, int limit,
				   int64_t *ret_count);

#endif

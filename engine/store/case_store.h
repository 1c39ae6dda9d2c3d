#ifndef MEND_STORE_CASE_STORE_H
#define MEND_STORE_CASE_STORE_H

#include "store.h"

/* The case file of a run: one JSON document; its shape: flow/casefile.h. */
MUST_CHECK enum err case_load(struct db *db, int64_t run_id, struct arena *a,
			      char **ret_body, int64_t *ret_updated_ms);
MUST_CHECK enum err case_save(struct db *db, int64_t run_id, const char *body,
			      int64_t now_ms);

#endif

#ifndef MEND_STORE_AUDIT_CHECK_H
#define MEND_STORE_AUDIT_CHECK_H

#include "audit_store.h"

/* Inside the check of the record only (audit_verify*.c). */
struct audit_check {
	struct db *db;
	void (*found)(void *context, const struct audit_finding *f);
	void *context;
	int64_t entries;
	int64_t run_id; /* the one that check_run() takes */
	struct arena arena;
};

__attribute__((format(printf, 4, 5))) void
audit_report(struct audit_check *c, const char *chain, int64_t seq,
	     const char *format, ...);

/* Every seal, and where they end; inside one read transaction, since both must
 * fit. */
MUST_CHECK enum err audit_check_seals(struct audit_check *c);

#endif

#ifndef MEND_FLOW_SETTLE_H
#define MEND_FLOW_SETTLE_H

#include "operate.h"

/*
 * A person's word over a call of unknown outcome: "it happened" or "it did
 * not". For operate.c, inside its transaction: the call's row and the audit
 * entry; the caller writes the run's head.
 */
MUST_CHECK enum err settle(struct db *db, struct run *r,
			   const struct operation_request *q,
			   const struct actor *actor, int64_t now_ms,
			   struct problems *p);
/* What the inbox row says of it. */
void settle_body(const struct operation_request *q, cJSON *body);

#endif

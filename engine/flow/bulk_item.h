#ifndef MEND_FLOW_BULK_ITEM_H
#define MEND_FLOW_BULK_ITEM_H

#include "audit.h"
#include "bulk.h"
#include "catalog.h"

/* What the files of bulk.h share, and nobody else: one run of a bulk, and what
 * is worked with. */

/* What of params an operation needs; NULL: there is no such operation. */
struct bulk_kind {
	const char *name;
	/* Would this run take it? Else code and detail of item say why not; of
	 * a decision also the task and its digest. */
	enum err (*judge)(struct db *db, struct bulk_desk *desk,
			  const struct bulk *b, const struct run *r,
			  struct arena *a, struct bulk_item *item);
	/* Speaks to the run; problems or ERR_…, and code if it has one of its
	 * own, say why not. */
	enum err (*apply)(struct db *db, const struct world *w,
			  struct bulk_desk *desk, const struct bulk *b,
			  struct bulk_item *item, struct arena *a,
			  struct problems *p);
	int inbox;	/* enum inbox_kind of a word, else -1 */
	enum role role; /* at least */
};
const struct bulk_kind *bulk_kind_find(const char *name);

/* Is it in order, but for the filter? */
MUST_CHECK enum err bulk_check(const struct bulk_request *q,
			       struct problems *p);
/* The version that runs are to be moved onto; 0: the one in force. */
MUST_CHECK enum err bulk_desk_target(struct db *db, struct bulk_desk *desk,
				     const char *name, int version,
				     struct arena *a, struct problems *p);
/* An entry of the system's chain. */
MUST_CHECK enum err bulk_note(struct db *db, const struct bulk *b,
			      enum audit_kind kind, const char *actor,
			      int64_t now_ms, struct arena *a);

#endif

#ifndef MEND_FLOW_BULK_H
#define MEND_FLOW_BULK_H

#include <cjson/cJSON.h>

#include "../base/clock.h"
#include "../store/bulk_store.h"

/*
 * One operation on all runs that match a filter. Which ones is fixed when it is
 * asked for, in one transaction, with the reason of every one that is left out;
 * a preview stands until it is started. The engine carries it out between its
 * ticks, so many items a second: each item is judged again, spoken to and given
 * its result in one transaction, so none is done twice, whatever is killed.
 *
 * Decisions: within one issue type and under one reason code; each is the
 * decider's own, under his role and limits, and bound to the proposal that the
 * task showed when the bulk was made.
 *
 * Migrations: onto one version of a playbook that is fixed when the bulk is
 * made; by a supervisor. A run moves when its step allows it (migrate.h).
 */
#define BULK_ITEMS_MAX 20000
#define BULK_RATE_MAX 1000
#define BULK_RATE_DEFAULT 50

struct bulk_request {
	const char *operation; /* pause resume retry cancel kill priority
				  replay decide migrate */
	const cJSON *filter;   /* filter.h */
	const char *reason;
	int64_t rate;		/* items a second, 1 to BULK_RATE_MAX */
	bool preview;		/* only made: bulk_start() starts it */
	int priority;		/* of priority */
	const char *step;	/* of replay */
	const char *playbook;	/* of migrate: onto this one, */
	int version;		/* 0: the version in force now */
	const cJSON *decision;	/* of decide: {approved, alternative,
				   reasonCode, notes, form} */
	const int64_t *run_ids; /* of bulk_find() */
	int run_count;
};

/* Checks what is asked and finds the runs that are meant, before the write
 * transaction: nobody waits for a long search. ERR_INVALID: p says what;
 * ERR_TOO_LARGE: more than BULK_ITEMS_MAX runs, or too many to look at. */
MUST_CHECK enum err bulk_find(struct db *db, const struct world *w,
			      struct bulk_request *q, struct arena *a,
			      struct problems *p);
/* These inside the caller's write transaction; nudge after its commit. Every
 * run that was found is judged as it is now. */
MUST_CHECK enum err bulk_make(struct db *db, const struct world *w,
			      const struct bulk_request *q,
			      const struct actor *actor, struct arena *a,
			      struct problems *p, struct bulk *ret_bulk);
/* Who starts it is who speaks to the runs. ERR_CONFLICT: it runs or is done. */
MUST_CHECK enum err bulk_start(struct db *db, const struct world *w,
			       const char *bulk_id, const struct actor *actor,
			       struct arena *a, struct problems *p,
			       struct bulk *ret_bulk);
/* What is done stays done; the rest waits for bulk_start(). */
MUST_CHECK enum err bulk_stop(struct db *db, const struct world *w,
			      const char *bulk_id, const struct actor *actor,
			      struct arena *a, struct problems *p,
			      struct bulk *ret_bulk);
/* What a bulk works with besides the database, for its items together. */
struct catalog;
struct playbook;
struct bulk_desk {
	struct catalog *catalog; /* of migrate; NULL: it is not one */
	/* Of migrate; NULL: it cannot be read any more. This and params (NULL:
	 * the same) are set by who works at the desk. */
	const struct playbook *to;
	cJSON *params;
	/* of decide, kept from slice to slice; cleared by who rolls back */
	struct spending *spending;
};
/* For the engine: the next items, at most this many and the most urgent first;
 * the last ends it. */
MUST_CHECK enum err bulk_slice(struct db *db, const struct world *w,
			       struct bulk_desk *desk, struct bulk *b, int most,
			       struct arena *a, int *ret_count);

/* {bulkId, operation, state, filter, params, reason, actor, role,
 * ratePerSecond, total, waiting, done, skipped, failed, reasons: [{state, code,
 * count}], createdAt, startedAt, endedAt}. */
cJSON *view_bulk(struct db *db, const struct bulk *b);
/* {runId, orderId, state, code, detail, taskId, at, run: {state, outcome,
 * result, issueType, amountMinor, currency}}. */
cJSON *view_bulk_item(const struct bulk_item *item);

#endif

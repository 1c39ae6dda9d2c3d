#ifndef MEND_FLOW_FILTER_H
#define MEND_FLOW_FILTER_H

#include <cjson/cJSON.h>

#include "../store/run_store.h"

/*
 * Which runs are meant, as JSON: the names of the list's query (order, prefix,
 * run, eventKey, state, open, step, issue, adapter, outcome, amountMin,
 * amountMax, event, seller, venue, platform, minAge, playbook), all of them
 * met; further stuck: a group of view_group.h, and runIds or orderIds: lists of
 * at most FILTER_IDS_MAX, which stand alone. An empty filter means nothing: who
 * wants all open runs says so.
 */
#define FILTER_IDS_MAX 5000
/* Of runs that are read one by one, to see whether they are meant. */
#define FILTER_SCAN_MAX 200000
struct filter {
	struct run_filter run;	/* texts are the tree's */
	const char *stuck;	/* of which each is asked; NULL: any */
	const cJSON *run_ids;	/* NULL: none */
	const cJSON *order_ids; /* NULL: none */
};

/* ERR_INVALID: p says what, at pointers below /filter. */
MUST_CHECK enum err filter_parse(const cJSON *tree, int64_t now_ms,
				 struct problems *p, struct filter *ret_filter);
/* Calls each() for every run that is meant, newest first or in the order of the
 * ids, until it returns an error. Ids that nothing has are left out.
 * ERR_TOO_LARGE: more than FILTER_SCAN_MAX would have to be read. */
MUST_CHECK enum err filter_each(struct db *db, const struct filter *f,
				enum err (*each)(void *context,
						 const struct run *r),
				void *context);
/* Of a playbook, "triage", or of one version of it, "triage@3"; false: neither.
 */
bool filter_playbook(const char *text, struct run_filter *f);
/* Only the runs of a stuck group; false: not the name of one. */
bool filter_stuck(const char *ref, int64_t now_ms, struct filter *f);
/* At most room of the runs that are meant, below f->run.before_id. *ret_next:
 * where the next page goes on; 0: there is none. It may be short, and even
 * empty, where FILTER_PAGE_SCAN_MAX were looked at. Not for lists of ids. */
#define FILTER_PAGE_SCAN_MAX 5000
MUST_CHECK enum err filter_page(struct db *db, const struct filter *f, int room,
				struct run *ret_runs, int *ret_count,
				int64_t *ret_next);

#endif

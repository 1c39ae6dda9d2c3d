#ifndef MEND_FLOW_ACTIVATION_H
#define MEND_FLOW_ACTIVATION_H

#include <cjson/cJSON.h>

#include "../base/arena.h"
#include "../base/clock.h"
#include "../store/store.h"

/*
 * Putting a stored version of a playbook in force, and what that changes: the
 * same for API, dashboard and CLI. Runs that are under way keep their version.
 */
struct activation {
	const char *name;
	int version;	    /* 0: the one that was in force before */
	int from;	    /* the one that was seen in force; 0: any */
	bool back;	    /* only the one that was in force before */
	const char *reason; /* not of a preview */
	bool preview;	    /* judged and told, nothing is done */
};

/*
 * Inside the caller's write transaction, a preview inside any; nudge after the
 * commit. Audited with the reason. ERR_NOT_FOUND, ERR_INVALID, ERR_CONFLICT as
 * catalog_activate_version(), the last also for another version than back
 * allows; ERR_STALE: another one than from is in force. p says what.
 * *ret_tree: {name, from, to, preview, versions: [view_version()], steps:
 * {added, removed, changed}}; from is null when none was in force.
 */
MUST_CHECK enum err playbook_activate(struct db *db, const struct world *w,
				      const struct activation *q,
				      const struct actor *actor,
				      struct arena *a, struct problems *p,
				      cJSON **ret_tree);

struct document_version;
/* {name, version, digest, active, createdAt, actor, openRuns, activatedBy,
 * activatedAt}. */
cJSON *view_version(const struct document_version *v);

#endif

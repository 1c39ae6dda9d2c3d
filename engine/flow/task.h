#ifndef MEND_FLOW_TASK_H
#define MEND_FLOW_TASK_H

#include <cjson/cJSON.h>

#include "../base/clock.h"
#include "../store/run_store.h"
#include "../store/task_store.h"

/* The longest time to undo; the setting undo_ms may not ask for more. */
#define TASK_UNDO_MS_MAX 60000

/*
 * What people do with human tasks. Each runs inside the caller's transaction,
 * writes its audit entry, and raises the run's inbox_seq; nudge after the
 * commit. A decision is bound to the digest of the proposal that was shown; it
 * is executed by the engine at execute_at and can be undone until the first
 * intent is durable.
 *
 * task.proposal is a JSON object:
 *   text, rejectText     what will happen on approve / reject, in words
 *   action               null, or {operation:"payment.refund", params:{…}}
 *   amountMinor, currency, payee, reversible
 *   evidence             [{field, value, source, fetchedAt}] the action rests
 * on why                  [{field, operator, expected, seen}] why it stopped
 *   tried                [{at, what, result}]
 *   changes              [{field, before, after}] against the task it
 * supersedes
 *   form                 what is asked on approval, as in the playbook
 *   reasonCodes          {approve: [{code, label}], reject: […]}; of a list
 *                        that is not empty, one is required
 *   alternatives         [{name, text, recommended, cost: null or {amountMinor,
 *                        currency, bearer}, action, amountMinor, currency,
 *                        payee, reversible, approvalsNeeded, form}], the first
 *                        one being the proposal itself, named "proposal"; []
 *                        when there is no other way; without form: the task's
 *   notOffered           [{name, text, result: false, why}]: whose guard is
 *                        not true
 * and the digest covers action, evidence fields and values, and, where there
 * are any, form, reasonCodes and alternatives.
 */
struct task_decision {
	bool approved;
	const char *notes;	 /* NULL: none; at most 4,000 bytes */
	const char *reason_code; /* NULL: none */
	int64_t version;	 /* 0: any (the prototype's call, mendctl) */
	const char *digest;	 /* NULL: any */
	int64_t undo_ms;	 /* execution waits that long */
	const char *alternative; /* NULL: the proposal */
	const cJSON *form;	 /* values by name (form.h); NULL: none */
	/* Of one who decides many in a row (task_store.h); NULL: all that he
	 * approved today is added up. */
	struct spending *spending;
};

/* All of these: ERR_NOT_FOUND; ERR_STALE: the version moved; ERR_CONFLICT: the
 * state does not allow it (p says who was faster); ERR_DENIED: role, limit, or
 * the same person twice (p says which rule). *ret_task is always the current
 * task when it exists, also on refusal. */
MUST_CHECK enum err task_claim(struct db *db, const struct world *w,
			       const char *task_id, int64_t version,
			       const struct actor *actor, struct arena *a,
			       struct problems *p, struct task *ret_task);
/* comment is required. */
MUST_CHECK enum err task_return(struct db *db, const struct world *w,
				const char *task_id, int64_t version,
				const char *comment, const struct actor *actor,
				struct arena *a, struct problems *p,
				struct task *ret_task);
/* order_id NULL: any; else the task must be of that order (ERR_NOT_FOUND). */
MUST_CHECK enum err task_decide(struct db *db, const struct world *w,
				const char *task_id, const char *order_id,
				const struct task_decision *d,
				const struct actor *actor, struct arena *a,
				struct problems *p, struct task *ret_task);
MUST_CHECK enum err task_undo(struct db *db, const struct world *w,
			      const char *task_id, int64_t version,
			      const struct actor *actor, struct arena *a,
			      struct problems *p, struct task *ret_task);
/* until_ms 0: wake it. */
MUST_CHECK enum err task_snooze(struct db *db, const struct world *w,
				const char *task_id, int64_t version,
				int64_t until_ms, const struct actor *actor,
				struct arena *a, struct problems *p,
				struct task *ret_task);
/* The dashboard tells that an agent opened the case, or is still on it:
 * CASE_OPENED or FOCUS, for the KPIs. Does not wake the run. */
MUST_CHECK enum err task_seen(struct db *db, const struct world *w,
			      const char *task_id, bool focus,
			      const struct actor *actor, struct arena *a,
			      struct task *ret_task);

#endif

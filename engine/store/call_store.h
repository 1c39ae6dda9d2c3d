#ifndef MEND_STORE_CALL_STORE_H
#define MEND_STORE_CALL_STORE_H

#include "../base/digest.h"
#include "store.h"

/* Calls. INTENT: planned, not out. SENT: durable and let out; it may have left.
 * UNKNOWN: left, and nobody knows what became of it. */
enum call_state {
	CALL_INTENT,
	CALL_SENT,
	CALL_OK,
	CALL_FAILED,
	CALL_UNKNOWN,
	CALL_STATE_COUNT
};
enum call_purpose { PURPOSE_READ, PURPOSE_EFFECT, PURPOSE_LOOKUP };
const char *call_state_name(enum call_state s);
const char *call_purpose_name(enum call_purpose p);

struct call {
	int64_t id, run_id;
	char public_id[ID_SIZE];
	char order_id[ORDER_ID_SIZE];
	char step[NAME_SIZE];
	int visit;
	char name[NAME_SIZE]; /* a gather's "as"; "" for a step's own call */
	char adapter[ADAPTER_SIZE], operation[NAME_SIZE];
	int64_t adapter_id; /* document id of the adapter's version */
	enum call_purpose purpose;
	bool order_scope;
	char key[KEY_SIZE]; /* run/step/visit[/name] */
	char digest[DIGEST_HEX_SIZE];
	char *params; /* JSON object */
	enum call_state state;
	int attempt;
	bool maybe_done;      /* an earlier attempt may have happened */
	char class[16];	      /* of the last answer */
	char code[NAME_SIZE]; /* of the last answer, when it failed */
	int status;
	char *answer; /* JSON, mapped; NULL: none */
	char error[REASON_SIZE];
	int64_t intent_ms, sent_ms, answered_ms, duration_ms;
};

/* ERR_CONSTRAINT: the key is taken, or another money call of the order is out.
 */
MUST_CHECK enum err call_insert(struct db *db, struct call *c);
/* Sent once more under the same key: state SENT, attempt and sent_ms as given.
 */
MUST_CHECK enum err call_resend(struct db *db, const struct call *c);
/* Writes state, class, status, answer, error, times by id. Never fenced. */
MUST_CHECK enum err call_answer(struct db *db, const struct call *c);
MUST_CHECK enum err call_by_id(struct db *db, int64_t id, struct arena *a,
			       struct call *ret_call);
/* The calls of one visit of a step. */
MUST_CHECK enum err call_of_visit(struct db *db, int64_t run_id,
				  const char *step, int visit, struct arena *a,
				  struct call **ret_calls, int *ret_count);
/* All of a run, oldest first. */
MUST_CHECK enum err call_of_run(struct db *db, int64_t run_id, int limit,
				struct arena *a, struct call **ret_calls,
				int *ret_count);
/* How many of a run are INTENT, SENT or UNKNOWN. */
MUST_CHECK enum err call_out_count(struct db *db, int64_t run_id,
				   int *ret_count);
MUST_CHECK enum err call_by_public_id(struct db *db, const char *public_id,
				      struct arena *a, struct call *ret_call);
/* A call of the run whose outcome nobody knows, money first (ERR_NOT_FOUND).
 * Of a closed run also one that was out when it ended. */
MUST_CHECK enum err call_unknown_of_run(struct db *db, int64_t run_id,
					bool closed, struct arena *a,
					struct call *ret_call);
/* The effects of a run that happened or may have, oldest first. */
MUST_CHECK enum err call_effect_of_run(struct db *db, int64_t run_id, int limit,
				       struct arena *a, struct call **ret_calls,
				       int *ret_count);
/* Effects that were out when their run ended, and whose answers the engine that
 * waited for them took along: nobody will hear, so their outcome is UNKNOWN,
 * with this error. */
MUST_CHECK enum err call_forsake(struct db *db, const char *error,
				 int64_t *ret_count);
/* The money call of an order that is out, if any (ERR_NOT_FOUND). */
MUST_CHECK enum err call_order_scope_out(struct db *db, const char *order_id,
					 struct arena *a,
					 struct call *ret_call);

#endif

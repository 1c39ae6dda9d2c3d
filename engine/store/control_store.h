#ifndef MEND_STORE_CONTROL_STORE_H
#define MEND_STORE_CONTROL_STORE_H

#include "run_store.h"

/*
 * Controls: what an operator has stopped, until when, and why. A pause of an
 * adapter or of one of its operations, a kill switch on a playbook, an event or
 * a seller, and the wish that a stopped adapter be tried now. The rules stand
 * in flow/control.h; here are only the rows.
 */
enum control_kind {
	CONTROL_ADAPTER,  /* name "payment" */
	CONTROL_ACTION,	  /* "payment.refund" */
	CONTROL_PLAYBOOK, /* "transfer_failed", or one version of it "…@3" */
	CONTROL_EVENT,	  /* as run.event_ref */
	CONTROL_SELLER,	  /* as run.seller_ref */
	CONTROL_PROBE,	  /* of an adapter or action; lifted once it is made */
	CONTROL_KIND_COUNT
};
const char *control_kind_name(enum control_kind k);
bool control_kind_parse(const char *name, enum control_kind *ret_kind);

struct control {
	int64_t id;
	char public_id[ID_SIZE]; /* "switch_…" */
	enum control_kind kind;
	char name[REF_SIZE];
	char reason[REASON_SIZE], actor[ACTOR_SIZE];
	int64_t created_ms, expires_ms;
	int64_t lifted_ms; /* 0: in force */
	char lifted_by[ACTOR_SIZE], lift_reason[REASON_SIZE];
};

/* Sets id. ERR_CONSTRAINT: one of this kind and name is in force. */
MUST_CHECK enum err control_insert(struct db *db, struct control *c);
/* ERR_STALE: it is not in force any more. */
MUST_CHECK enum err control_lift(struct db *db, int64_t id, const char *by,
				 const char *reason, int64_t now_ms);
MUST_CHECK enum err control_by_public_id(struct db *db, const char *public_id,
					 struct control *ret_control);
/* The one in force; ERR_NOT_FOUND. */
MUST_CHECK enum err control_of(struct db *db, enum control_kind kind,
			       const char *name, struct control *ret_control);
/* What is in force, oldest first; at most CONTROLS_MAX. */
#define CONTROLS_MAX 256
MUST_CHECK enum err control_in_force(struct db *db, struct arena *a,
				     struct control **ret_controls,
				     int *ret_count);
/* All there ever were, newest first. */
MUST_CHECK enum err control_list(struct db *db, int limit, struct arena *a,
				 struct control **ret_controls, int *ret_count);
/* Raised by every writer above; cheap to ask. */
MUST_CHECK enum err control_generation(struct db *db, int64_t *ret_generation);

/* What the engine last saw of an adapter: JSON for the faces. */
MUST_CHECK enum err adapter_state_save(struct db *db, const char *adapter,
				       const char *body, int64_t now_ms);
struct adapter_state {
	char adapter[ADAPTER_SIZE];
	int64_t at_ms;
	char *body; /* in the arena */
};
MUST_CHECK enum err adapter_state_list(struct db *db, struct arena *a,
				       struct adapter_state **ret_states,
				       int *ret_count);

#endif

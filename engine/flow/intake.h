#ifndef MEND_FLOW_INTAKE_H
#define MEND_FLOW_INTAKE_H

#include <cjson/cJSON.h>

#include "../base/clock.h"
#include "../store/run_store.h"

/*
 * The way in: "this order is broken". Replays by event key, or joins the
 * order's open run, or creates one. Runs inside the caller's transaction, so
 * that the caller can keep an idempotent answer with it; nudge after the
 * commit.
 */
struct intake {
	const char
		*order_id;  /* 1-128 bytes of [A-Za-z0-9._:-], no leading '.' */
	const char *source; /* NULL: "api" */
	const char *event_key; /* NULL: none */
	int priority;	       /* 0-3; -1: default 2 */
	const cJSON *event;    /* what the event says, an object; NULL: none */
};

enum intake_way { INTAKE_CREATED, INTAKE_JOINED, INTAKE_REPLAYED };

/* ERR_INVALID: p says what; ERR_MISMATCH: the event key is known with another
 * content. */
MUST_CHECK enum err order_intake(struct db *db, const struct world *w,
				 const struct intake *in,
				 const struct actor *actor, struct problems *p,
				 struct run *ret_run, enum intake_way *ret_way);

/* Whether an order id is acceptable; adds to p at pointer when not. */
bool order_id_check(const char *order_id, const char *pointer,
		    struct problems *p);
/* "resolve-ORDER-42" -> "ORDER-42"; NULL when it is no workflow id. */
const char *workflow_order(const char *workflow_id);
/* Bytes of "resolve-" + order id + NUL. */
#define WORKFLOW_ID_SIZE (ORDER_ID_SIZE + 8)
void workflow_id(const char *order_id, char ret_id[WORKFLOW_ID_SIZE]);

#endif

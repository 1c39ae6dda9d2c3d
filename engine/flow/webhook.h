#ifndef MEND_FLOW_WEBHOOK_H
#define MEND_FLOW_WEBHOOK_H

#include <cjson/cJSON.h>

#include "../base/clock.h"
#include "../store/run_store.h"

/*
 * What another system tells of its own accord: {type, orderId, data}. Its
 * signature has been checked. "order.broken" is an event: it starts a run or
 * joins the open one. Any other type becomes the signal of that name
 * ("supplier.answer": supplier_answer) of the order's open run; without one it
 * is kept, at most WEBHOOKS_KEPT_MAX an order, and handed to the next run as
 * that begins. The same (source, id) is taken once, for WEBHOOK_DAYS.
 */
#define WEBHOOKS_KEPT_MAX 100
#define WEBHOOK_DAYS 30

struct webhook_in {
	const char *source;	/* [a-z][a-z0-9_]{0,31} */
	const char *webhook_id; /* the sender's, unique for ever */
	const char *type, *order_id;
	const cJSON *data; /* NULL: {} */
	const char *raw;   /* the body as it came */
};
enum webhook_way {
	WEBHOOK_SIGNALLED, /* of ret_run */
	WEBHOOK_KEPT,	   /* ret_run is not set */
	WEBHOOK_STARTED,
	WEBHOOK_JOINED,
	WEBHOOK_REPLAYED, /* taken before; nothing is written */
};
const char *webhook_way_name(enum webhook_way w);

/* In the caller's transaction; nudge after the commit. ERR_INVALID: p says
 * what; ERR_MISMATCH: the id came with another body; ERR_TOO_LARGE: too many
 * are kept for the order. ret_run->id 0: none. */
MUST_CHECK enum err webhook_receive(struct db *db, const struct world *w,
				    const struct webhook_in *in,
				    struct problems *p, struct run *ret_run,
				    enum webhook_way *ret_way);
/* Hands what was kept for its order to a run that begins; raises what it must
 * of the row, and writes the head. *ret_count: how many. */
MUST_CHECK enum err webhook_hand_over(struct db *db, struct run *r,
				      int64_t now_ms, int *ret_count);

#endif

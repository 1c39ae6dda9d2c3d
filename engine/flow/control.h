#ifndef MEND_FLOW_CONTROL_H
#define MEND_FLOW_CONTROL_H

#include <cjson/cJSON.h>

#include "../base/clock.h"
#include "../store/control_store.h"

/*
 * Stopping and letting go: pauses of adapters and operations, kill switches on
 * playbooks, events and sellers. Each has a reason, an actor and an end, after
 * which the engine lets go by itself; each stands in the system's audit chain.
 * The engine reads them when the database changed and judges right before
 * anything leaves: who is stopped is BLOCKED, with the reason and the end as
 * its next time. In the caller's transaction; nudge after the commit.
 *
 * adapter, action: no call of it leaves. playbook, event, seller: such a run
 * stops before its next effect; what it reads, and the people it asks, go on.
 * The switch of a playbook also stops its steps where others use it as a
 * sub-playbook, and only those: what stands before and behind them goes on.
 */
#define CONTROL_MS_MAX (INT64_C(30) * 24 * 3600 * 1000)

struct control_request {
	enum control_kind kind;
	const char *name, *reason;
	int64_t expires_ms; /* ahead, CONTROL_MS_MAX at most; of a probe unused
			     */
};

/* Takes the place of one of this kind and name that is in force. ERR_NOT_FOUND:
 * no such adapter, operation or playbook is there; ERR_INVALID; ERR_TOO_LARGE:
 * CONTROLS_MAX are in force. p says why in words. */
MUST_CHECK enum err control_pull(struct db *db, const struct world *w,
				 const struct control_request *q,
				 const struct actor *actor, struct problems *p,
				 struct control *ret_control);
/* ERR_CONFLICT: it is not in force any more. */
MUST_CHECK enum err control_release(struct db *db, const struct world *w,
				    const struct control *c, const char *reason,
				    const struct actor *actor,
				    struct problems *p,
				    struct control *ret_control);
/* By the engine: its end has come, or its probe is made. */
MUST_CHECK enum err control_expire(struct db *db, const struct control *c,
				   const char *why, int64_t now_ms);
/* {switchId, kind, name, reason, actor, createdAt, expiresAt, liftedAt,
 * liftedBy, liftReason} */
cJSON *control_view(const struct control *c);
/* "90s", "30m", "4h", "7d" or an RFC 3339 time ahead; 0: neither. */
int64_t control_until_ms(const char *text_for, const char *text_at,
			 int64_t now_ms);

#endif

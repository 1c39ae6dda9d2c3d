#ifndef MEND_FLOW_POLICY_H
#define MEND_FLOW_POLICY_H

#include <cjson/cJSON.h>

#include "../store/store.h"

/*
 * What may happen alone, what needs whom, what is never allowed. One document,
 * conf/policy/policy.json:
 * {
 *   "policy": "policy",
 *   "values": {"refund": {"autoLimitMinor": 0}, "confidence": {"minimum": 0.8},
 *              "timing": {...}},        guards reach these by {"policy": "a.b"}
 *   "roles": {"agent": {"limitMinor": 50000}, "supervisor": {…}, "admin": {…}},
 *   "fourEyesMinor": 100000,            from here on two people sign
 *   "dailyCapMinor": 2000000            per decider, currency, day
 * }
 * A limit of -1 means none.
 */
struct policy {
	int64_t document_id;
	cJSON *document; /* owned */
	int64_t limit_minor[ROLE_COUNT];
	int64_t four_eyes_minor, daily_cap_minor;
};

/* Takes ownership of document, also on failure. */
MUST_CHECK enum err policy_parse(cJSON *document, struct problems *p,
				 struct policy *ret_policy);
void policy_release(struct policy *policy);
/* The active policy, from the database; defaults (no limit of 0 for agents:
 * nothing is allowed) when there is none. */
MUST_CHECK enum err policy_load(struct db *db, struct policy *ret_policy);

/* How many people must sign an action of this amount (-1: no money). */
int policy_approvals(const struct policy *policy, int64_t amount_minor);
/* OK or ERR_DENIED with the rule in words. spent_minor: what the actor has
 * approved in the last 24 h. */
MUST_CHECK enum err policy_may_approve(const struct policy *policy,
				       const struct actor *actor,
				       enum role needed, int64_t amount_minor,
				       int64_t spent_minor, struct problems *p);

#endif

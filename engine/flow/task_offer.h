#ifndef MEND_FLOW_TASK_OFFER_H
#define MEND_FLOW_TASK_OFFER_H

#include <cjson/cJSON.h>

#include "../store/task_store.h"

/*
 * One of the ways that a task offers: the proposal itself or one of its
 * alternatives, as it was shown (task.h has the shape).
 */
#define OFFER_PROPOSAL "proposal"

struct task_offer {
	const cJSON *json;    /* text, action, payee, … */
	const char *name;     /* "" of the proposal: as in task.alternative */
	const cJSON *form;    /* a list; NULL: nothing is asked */
	int64_t amount_minor; /* -1: no money */
	char currency[CURRENCY_SIZE];
	int approvals_needed;
};

/* The task's proposal; NULL when it is damaged. The caller deletes it. */
cJSON *task_proposal(const struct task *t);
/* name NULL, "" or "proposal": the proposal. False: nothing of this name is
 * offered. Points into proposal. */
bool task_offer_find(const struct task *t, const cJSON *proposal,
		     const char *name, struct task_offer *ret_offer);

#endif

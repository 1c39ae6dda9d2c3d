#ifndef MEND_CTL_FIXTURE_H
#define MEND_CTL_FIXTURE_H

#include "../flow/rehearse.h"

/*
 * What the systems around an order answer in a rehearsal, written down:
 *
 *   "answers": {"transfer.get": [{"status": "FAILED"}, {"status": "ACCEPTED"}],
 *               "payment.refund": {"http": 503}}
 *
 * One answer per operation, or a list of them, one for each call; the last one
 * repeats. An answer is the mapped body, laid deep over the base's answer of
 * that operation, or says what went wrong:
 *   {"http": 409, "body": {…}, "retryAfter": "5s"}
 *   {"timeout": true}   sent, and no answer came: nobody knows
 *   {"refused": true}   never reached the peer
 *   {"broken": true}    reset in the middle
 *   {"slow": "6s", …}   the body comes so late
 * Members that the operation wants echoed are those of the call, unless the
 * case itself says otherwise. In strings: "@+3d" and "@-10m" are times relative
 * to the rehearsal's begin, "@now+15m" to the call, "@orderId", "@key" and
 * "@params.NAME" what the call was asked with. What is asked and not given ends
 * the rehearsal.
 *
 * A body goes the whole way of a real answer: adapter_answer() judges it.
 */
struct fixture {
	const cJSON *base, *answers; /* operation -> answer; NULL: none */
	const char *order_id;
	int64_t now_ms;
	cJSON *params; /* of the call that is being answered */
};

/* For rehearse_ports.answer; context is the fixture. */
bool fixture_answer(void *context, const struct rehearse_call *c,
		    struct call_answer *ret_answer);

/* The strings of a tree that begin with @, replaced; c NULL: no call. */
void fixture_resolve(const struct fixture *f, const struct rehearse_call *c,
		     cJSON *tree);
/* Whether every member of want is in got, deep; lists item by item. */
bool fixture_within(const cJSON *want, const cJSON *got);

#endif

#ifndef MEND_FLOW_GUARD_H
#define MEND_FLOW_GUARD_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/err.h"

/*
 * Guards: structured conditions over a document, whose truth can be explained.
 *   {"transfer.status": {"in": ["FAILED"]}, "order.totalMinor": {"lte":
 *   {"policy": "refund.autoLimitMinor"}}}
 * Fields are ANDed; {"any": […]}, {"all": […]}, {"not": {…}} combine.
 * Operators: eq ne in lt lte gt gte exists prefix within olderThan. A bare
 * value means eq. An operand {"policy": "a.b"} or {"field": "a.b"} is looked
 * up. within/olderThan compare a time in the document with now: {"within":
 * "4h"} is true when the time lies less than 4 h ahead (or in the past),
 * {"olderThan": "10m"} when it lies more than that behind; a missing time is
 * false for both. A missing field makes every operator false but ne,
 * exists:false; null counts as missing. lt … gte need two numbers or two
 * strings; two times compare as instants. A condition whose operand is missing,
 * or whose sides cannot be compared, is undecided: it makes the guard false,
 * also below "not".
 */
struct guard_context {
	const cJSON *document; /* the case file */
	const cJSON *policy;   /* values; NULL: none */
	int64_t now_ms;
};

/* Structure only; every problem is told with its pointer below `pointer`. */
void guard_check(const cJSON *guard, const char *pointer, struct problems *p);

/* why, if not NULL, is a JSON array that gets {field, operator, expected, seen}
 * for each condition that decided the answer: the false ones when the guard is
 * false, the true ones when it is true; with "from": "policy a.b" when the
 * operand was looked up, and "not": true when it stands below "not". A NULL
 * guard is true. */
bool guard_eval(const cJSON *guard, const struct guard_context *context,
		cJSON *why);

#endif

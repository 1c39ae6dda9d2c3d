#ifndef MEND_FLOW_GUARD_OPERATOR_H
#define MEND_FLOW_GUARD_OPERATOR_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The operators of guards, one row each. CANT: the two sides cannot be
 * compared, so the condition is neither true nor false.
 */
enum truth { NO, YES, CANT };

struct guard_operator {
	const char *name;
	enum truth missing; /* when the field is missing; CANT: ask judge() */
	enum truth (*judge)(const struct guard_operator *o, const cJSON *seen,
			    const cJSON *operand, int64_t now_ms);
	unsigned orders; /* of lt … gte: which outcomes hold; see there */
	bool (*takes)(const cJSON *operand); /* may it be written so? */
	const char *wants;		     /* the same in words */
};

/* NULL when there is none of this name. */
const struct guard_operator *guard_operator(const char *name);
/* One by one, for their schema; NULL after the last. */
const struct guard_operator *guard_operator_at(int index);
/* "eq, ne, in, …", for messages. */
extern const char guard_operator_names[];

#endif

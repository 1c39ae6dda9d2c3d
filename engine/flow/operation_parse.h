#ifndef MEND_FLOW_OPERATION_PARSE_H
#define MEND_FLOW_OPERATION_PARSE_H

#include "fields.h"
#include "operation.h"

/* Private to the files that read an adapter. */

/* Index of a member's text in names; fallback when absent or wrong, which is
 * a problem. */
int parse_choice(struct fields *f, const char *key, const char *const *names,
		 int count, bool required, int fallback);
/* A duration from min to max. */
int64_t parse_span(struct fields *f, const char *key, int64_t min, int64_t max,
		   int64_t fallback);
/* {"perSecond": 200, "burst": 50}; absent: 0, no limit. */
void parse_rate(struct fields *f, int *ret_per_second, int *ret_burst);
#define CONCURRENCY_MAX 1000
/* Adds a problem when the member is there. */
void parse_refuse(struct fields *f, const char *key, const char *reason);

/* One member of "operations", named by its key. */
void operation_parse(const cJSON *json, const char *pointer, bool local,
		     struct problems *p, struct operation *ret_operation);

#endif

#ifndef MEND_STORE_GROUP_STORE_H
#define MEND_STORE_GROUP_STORE_H

#include "run_store.h"

/*
 * Open runs by what they belong to, and runs that do not move. What it costs is
 * bounded: where more would have to be read than the limit, the counts are of
 * the newest ones.
 */
enum group_by {
	GROUP_EVENT,
	GROUP_SELLER,
	GROUP_VENUE,
	GROUP_PLATFORM,
	GROUP_BY_COUNT
};
const char *group_by_name(enum group_by by);
bool group_by_parse(const char *name, enum group_by *ret_by);

struct group {
	char ref[REF_SIZE];
	int64_t count;
};
/* The largest first. */
MUST_CHECK enum err group_list(struct db *db, enum group_by by, int limit,
			       struct arena *a, struct group **ret_groups,
			       int *ret_count);

/* Of one issue type and currency. */
struct group_part {
	char issue_type[NAME_SIZE], currency[CURRENCY_SIZE];
	int64_t count, amount_minor;
	int64_t urgent_ms, event_ms; /* the earliest; 0: none known */
	int64_t waiting_task, held;
};
MUST_CHECK enum err group_parts(struct db *db, enum group_by by,
				const char *ref, int runs_max, struct arena *a,
				struct group_part **ret_parts, int *ret_count);

/* Calls each() for the newest runs of a state; of the row only what
 * flow/stuck.h looks at, order_id, id, due_ms and updated_ms are set. */
MUST_CHECK enum err stuck_runs(struct db *db, enum run_state state, int limit,
			       void (*each)(void *context, const struct run *r),
			       void *context, int *ret_count);

/* Effects of unknown outcome, and tasks past their due time. */
struct stuck_sum {
	char adapter[ADAPTER_SIZE], operation[NAME_SIZE];
	char issue_type[NAME_SIZE], step[NAME_SIZE], role[16];
	int64_t count, first_ms, last_ms;
	bool money;
	char order_id[2][ORDER_ID_SIZE];
};
MUST_CHECK enum err stuck_calls(struct db *db, int limit, struct arena *a,
				struct stuck_sum **ret_sums, int *ret_count);
MUST_CHECK enum err stuck_tasks(struct db *db, int64_t now_ms, int limit,
				struct arena *a, struct stuck_sum **ret_sums,
				int *ret_count);

#endif

#ifndef MEND_STORE_BULK_STORE_H
#define MEND_STORE_BULK_STORE_H

#include "../base/digest.h"
#include "run_store.h"

/*
 * One operation on many runs: which ones was fixed when it was asked for, and
 * every one gets a result. flow/bulk.h says what is done with it.
 */
enum bulk_state {
	BULK_PREVIEW, /* made, not started */
	BULK_RUNNING,
	BULK_STOPPED,
	BULK_DONE,
	BULK_STATE_COUNT
};
enum bulk_item_state {
	ITEM_WAITING,
	ITEM_DONE,
	ITEM_SKIPPED, /* its state, a rule or a person did not allow it */
	ITEM_FAILED,
	ITEM_STATE_COUNT
};
const char *bulk_state_name(enum bulk_state s);
const char *bulk_item_state_name(enum bulk_item_state s);
bool bulk_item_state_parse(const char *name, enum bulk_item_state *ret_state);

struct bulk {
	int64_t id;
	char public_id[ID_SIZE];
	char operation[16];
	enum bulk_state state;
	char *filter, *params; /* JSON objects */
	char reason[REASON_SIZE];
	struct actor actor;
	int64_t rate; /* items a second */
	int64_t total, waiting, done, skipped, failed;
	int64_t created_ms, started_ms, ended_ms;
};

struct bulk_item {
	int64_t run_id;
	char run_public_id[ID_SIZE], order_id[ORDER_ID_SIZE];
	enum bulk_item_state state;
	char code[NAME_SIZE], detail[REASON_SIZE];
	char task_id[ID_SIZE], digest[DIGEST_HEX_SIZE];
	int64_t at_ms;
	int64_t urgency_ms; /* run_urgency_ms(), when it was made */
	/* of the run as it is now; only bulk_item_list() reads them */
	enum run_state run_state;
	char outcome[NAME_SIZE], result[NAME_SIZE], issue_type[NAME_SIZE];
	int64_t amount_minor;
	char currency[CURRENCY_SIZE];
};

MUST_CHECK enum err bulk_insert(struct db *db, struct bulk *b); /* sets id */
/* State, actor, counts, times. */
MUST_CHECK enum err bulk_update(struct db *db, const struct bulk *b);
MUST_CHECK enum err bulk_by_public_id(struct db *db, const char *public_id,
				      struct arena *a, struct bulk *ret_bulk);
MUST_CHECK enum err bulk_running(struct db *db, int limit, struct arena *a,
				 struct bulk **ret_bulks, int *ret_count);
/* Newest first, ids below before_id. */
MUST_CHECK enum err bulk_list(struct db *db, int64_t before_id, int limit,
			      struct arena *a, struct bulk **ret_bulks,
			      int *ret_count);
/* Reads run_id to urgency_ms, but the public ids. ERR_CONSTRAINT:
 * the run is in it already. */
MUST_CHECK enum err bulk_item_insert(struct db *db, int64_t bulk_id,
				     const struct bulk_item *item);
/* Of one that waits; ERR_NOT_FOUND when it has a result. */
MUST_CHECK enum err bulk_item_finish(struct db *db, int64_t bulk_id,
				     const struct bulk_item *item);
/* The most urgent first. */
MUST_CHECK enum err bulk_item_waiting(struct db *db, int64_t bulk_id, int limit,
				      struct arena *a,
				      struct bulk_item **ret_items,
				      int *ret_count);
/* state -1: any. */
MUST_CHECK enum err bulk_item_list(struct db *db, int64_t bulk_id,
				   int64_t after_run_id, int state, int limit,
				   struct arena *a,
				   struct bulk_item **ret_items,
				   int *ret_count);
/* How many items of each state and code. */
struct bulk_count {
	enum bulk_item_state state;
	char code[NAME_SIZE];
	int64_t count;
};
MUST_CHECK enum err bulk_item_count(struct db *db, int64_t bulk_id,
				    struct arena *a,
				    struct bulk_count **ret_counts,
				    int *ret_count);

#endif

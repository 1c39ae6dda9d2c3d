#ifndef MEND_STORE_RUN_STORE_H
#define MEND_STORE_RUN_STORE_H

#include "audit_store.h"
#include "store.h"

/* The run row and its queries. Life cycle and required columns: flow/life.h. */

enum run_state {
	RUN_READY,
	RUN_RUNNING,
	RUN_BACKING_OFF,
	RUN_BLOCKED,
	RUN_WAITING_TASK,
	RUN_WAITING_SIGNAL,
	RUN_PAUSED,
	RUN_HELD,
	RUN_CANCELING,
	RUN_COMPLETED,
	RUN_FAILED,
	RUN_CANCELED,
	RUN_TIMED_OUT,
	RUN_STATE_COUNT
};
const char *run_state_name(enum run_state s);
bool run_state_parse(const char *name, enum run_state *ret_state);
bool run_state_closed(enum run_state s);

#define REF_SIZE 96 /* of an event, a seller, a venue, a platform */
#define PROGRESS_SIZE 4096
#define PRIORITY_LEAST 3
struct run {
	int64_t id;
	char public_id[ID_SIZE];
	char order_id[ORDER_ID_SIZE];
	enum run_state state;
	char outcome[NAME_SIZE], result[NAME_SIZE];
	char issue_type[NAME_SIZE];
	int tier;	     /* 1-3; 0 not yet classified */
	int64_t playbook_id; /* document id; 0 before the first claim */
	char step[NAME_SIZE];
	char phase[16];
	int attempt, attempts_max;
	char queue[NAME_SIZE]; /* what it waits for; see run_claim() */
	int priority;	       /* 0 most urgent - 3 */
	int64_t due_ms;	       /* 0: nothing timed */
	int64_t deadline_ms;   /* of a time-out to come; 0: none */
	int64_t lease;	       /* engine id; 0: not checked out */
	int64_t epoch, inbox_seq, inbox_read;
	int crash_count;
	int64_t wait_task_id;
	char wait_signal[NAME_SIZE];
	char wait_adapter[ADAPTER_SIZE];
	char reason[REASON_SIZE], last_error[REASON_SIZE];
	char paused_state[16];
	int64_t amount_minor; /* -1: unknown */
	char currency[CURRENCY_SIZE];
	int64_t event_ms, urgent_ms; /* 0: unknown */
	char source[NAME_SIZE], event_key[KEY_SIZE];
	struct audit_head audit;
	int64_t created_ms, updated_ms, closed_ms;
	/* What it belongs to, beside others; "": unknown. */
	char event_ref[REF_SIZE], seller_ref[REF_SIZE];
	char venue_ref[REF_SIZE], platform_ref[REF_SIZE];
	int64_t parked_ms; /* 0: not parked; else run_urgency_ms() */
	/* See flow/progress.h; mostly short, and so the last: run_copy(). */
	char progress[PROGRESS_SIZE];
};
/* An assignment that leaves out what progress has no use for. */
void run_copy(struct run *to, const struct run *from);
/* By which those that wait in one queue are taken: the last feasible moment, or
 * as far from the run's creation as its priority allows, whichever is earlier.
 * So nobody waits for ever behind others, and of runs that are all far from
 * their last moment those that came first are also ended first. */
int64_t run_urgency_ms(const struct run *r);
/* After which nothing that is done helps the buyer: the last feasible moment,
 * where it is not known the start of the event; 0: neither is. */
static inline int64_t run_last_moment_ms(const struct run *r)
{
	return r->urgent_ms ? r->urgent_ms : r->event_ms;
}

/* Sets id; every other field is the caller's. ERR_CONSTRAINT when the order
 * has an open run. */
MUST_CHECK enum err run_insert(struct db *db, struct run *r);
MUST_CHECK enum err run_by_id(struct db *db, int64_t id, struct run *ret_run);
MUST_CHECK enum err run_by_public_id(struct db *db, const char *public_id,
				     struct run *ret_run);
MUST_CHECK enum err run_open_of_order(struct db *db, const char *order_id,
				      struct run *ret_run);
/* The open one, else the newest closed one. */
MUST_CHECK enum err run_latest_of_order(struct db *db, const char *order_id,
					struct run *ret_run);
/* Leases up to limit due runs of a queue and priority, oldest due first;
 * raises their epoch. ret_runs has room for limit. */
MUST_CHECK enum err run_claim(struct db *db, int64_t engine_id,
			      const char *queue, int priority, int64_t now_ms,
			      int limit, struct run *ret_runs, int *ret_count);
/* The same for what is parked in a queue, whenever it is due: most urgent
 * first, then by priority and age. */
MUST_CHECK enum err run_claim_parked(struct db *db, int64_t engine_id,
				     const char *queue, int limit,
				     struct run *ret_runs, int *ret_count);
/* Earliest due_ms of each priority of what is neither leased nor parked, 0 when
 * nothing is timed; and whether anything is parked. */
#define RUN_PRIORITIES 4
MUST_CHECK enum err run_next_due(struct db *db, const char *queue,
				 int64_t ret_due_ms[RUN_PRIORITIES],
				 bool *ret_parked);
/* How many are parked in a queue, counted up to most. */
MUST_CHECK enum err run_parked_count(struct db *db, const char *queue, int most,
				     int64_t *ret_count);
/* The next queue by name in which something waits; ERR_NOT_FOUND: none. Of name
 * and ret_name both may be the same. */
MUST_CHECK enum err run_queue_after(struct db *db, const char *name,
				    char ret_name[NAME_SIZE]);
/* Names of the queues in which something waits, but "". */
#define RUN_QUEUES_MAX 512
MUST_CHECK enum err run_queues(struct db *db, char (*ret_names)[NAME_SIZE],
			       int *ret_count);
/* OK while epoch and inbox_seq are those of r, else ERR_STALE; inside a
 * transaction it stays so, and a plan's rows may be written. */
MUST_CHECK enum err run_fence(struct db *db, const struct run *r);
/* Writes every engine-owned column, WHERE id, epoch and inbox_seq are those of
 * r; ERR_STALE on a miss. Includes the audit head. */
MUST_CHECK enum err run_update(struct db *db, const struct run *r);
/* The same for who knows the row as it was: that tells at once how much of it
 * to write anew. A wrong or older one costs time only. */
MUST_CHECK enum err run_update_from(struct db *db, const struct run *was,
				    const struct run *r);
/* The outside has said something: raises inbox_seq; a run that is not leased
 * becomes due now when wake. Sets r->inbox_seq and writes r->audit. */
MUST_CHECK enum err run_nudge(struct db *db, struct run *r, bool wake,
			      int64_t now_ms);
/* Writes the audit head only (late answers of runs nobody has checked out). */
MUST_CHECK enum err run_write_audit_head(struct db *db, const struct run *r);
/* Ids of runs leased to the engine with unread inbox. */
MUST_CHECK enum err run_unread(struct db *db, int64_t engine_id, int limit,
			       int64_t *ret_ids, int *ret_count);
/* A time-out comes while the run waits in an adapter's queue: it leaves the
 * queue and is due. *ret_next_ms: when the next one comes; 0: none. */
MUST_CHECK enum err run_deadlines(struct db *db, int64_t now_ms,
				  int64_t *ret_count);
MUST_CHECK enum err run_next_deadline(struct db *db, int64_t *ret_next_ms);
/* Runs that wait in a queue that is no more wait for nothing: their plans will
 * say so. */
MUST_CHECK enum err run_unqueue(struct db *db, const char *queue,
				int64_t *ret_count);
/* Takes every lease of other engines back (only a crash leaves one); their runs
 * are due now. crash_count rises to 2 for all of them, and beyond only for the
 * suspect: the run that was being planned alone. */
MUST_CHECK enum err run_reclaim(struct db *db, int64_t engine_id,
				int64_t suspect_id, int64_t now_ms,
				int64_t *ret_count);
/* Rows (id > after, by id), closed ones too; for the invariant sweep. */
MUST_CHECK enum err run_sweep(struct db *db, int64_t after, int limit,
			      struct run *ret_runs, int *ret_count);

/* List, newest first. NULL, 0 and -1 mean "any". */
struct run_filter {
	const char *order_id; /* exact */
	const char *order_prefix;
	const char *public_id, *event_key;
	int state; /* enum run_state, or -1 */
	int open;  /* 1 open, 0 closed, -1 any */
	const char *step, *issue_type, *adapter, *outcome;
	const char *event_ref, *seller_ref, *venue_ref, *platform_ref;
	/* "triage", "triage@3": what the run goes by; version 0: any. */
	char playbook[NAME_SIZE];
	int64_t playbook_version;
	int64_t amount_min, amount_max; /* -1: any */
	int64_t created_before_ms, updated_before_ms;
	/* Which a call of unknown outcome, or a question that is late, holds;
	 * adapter "", before_ms 0: any. */
	struct {
		char adapter[ADAPTER_SIZE], operation[NAME_SIZE];
	} unknown;
	struct {
		int64_t before_ms;
		char issue_type[NAME_SIZE], step[NAME_SIZE], role[16];
	} overdue;
	int64_t before_id; /* cursor: ids below it */
	int limit;
};
#define RUN_FILTER_ANY                                                         \
	{                                                                      \
		.state = -1, .open = -1, .amount_min = -1, .amount_max = -1,   \
		.limit = 50                                                    \
	}
MUST_CHECK enum err run_list(struct db *db, const struct run_filter *f,
			     struct run *ret_runs, int *ret_count);
/* ret_counts[RUN_STATE_COUNT]. */
MUST_CHECK enum err run_count_by_state(struct db *db, int64_t *ret_counts);

#endif

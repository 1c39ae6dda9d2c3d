#ifndef MEND_STORE_TASK_STORE_H
#define MEND_STORE_TASK_STORE_H

#include "../base/digest.h"
#include "store.h"

enum task_state {
	TASK_OPEN,
	TASK_CLAIMED,
	TASK_DECIDED,
	TASK_DONE,
	TASK_VOID,
	TASK_EXPIRED,
	TASK_CANCELED,
	TASK_STATE_COUNT
};
const char *task_state_name(enum task_state s);
bool task_state_parse(const char *name, enum task_state *ret_state);

struct task {
	int64_t id, run_id;
	char public_id[ID_SIZE];
	char order_id[ORDER_ID_SIZE];
	char step[NAME_SIZE];
	int visit;
	enum task_state state;
	int64_t version; /* raised by every update; optimistic lock */
	char title[REASON_SIZE], reason[REASON_SIZE];
	enum role role;
	char issue_type[NAME_SIZE];
	int tier;
	char *proposal; /* JSON, in the arena; shape in flow/task.h */
	char digest[DIGEST_HEX_SIZE];
	int64_t amount_minor; /* -1: no money */
	char currency[CURRENCY_SIZE];
	int64_t event_ms;
	int approvals_needed, approval_count;
	int64_t due_ms;
	char claimed_by[ACTOR_SIZE];
	int64_t claim_until_ms;
	int approved; /* -1: not decided */
	char reason_code[NAME_SIZE];
	char *notes; /* in the arena, NULL: none */
	char decider[ACTOR_SIZE];
	enum role decider_role;
	bool self_asserted;
	int64_t decided_ms, execute_at_ms, intent_ms;
	char supersedes[ID_SIZE];
	char void_reason[REASON_SIZE];
	int64_t snoozed_until_ms;
	char alternative[NAME_SIZE]; /* chosen; "": the proposal */
	char *form;	     /* JSON, as filled in; in the arena, NULL: none */
	int64_t escalate_ms; /* the role is raised then; 0: never */
	int64_t escalated_ms;
	int64_t created_ms, updated_ms, closed_ms;
};

MUST_CHECK enum err task_insert(struct db *db, struct task *t);
/* Writes all but the identity and the question, WHERE version is t's; raises
 * t->version. ERR_STALE on a miss. */
MUST_CHECK enum err task_update(struct db *db, struct task *t);
MUST_CHECK enum err task_by_id(struct db *db, int64_t id, struct arena *a,
			       struct task *ret_task);
MUST_CHECK enum err task_by_public_id(struct db *db, const char *public_id,
				      struct arena *a, struct task *ret_task);
/* The task of a run that is not closed. */
MUST_CHECK enum err task_open_of_run(struct db *db, int64_t run_id,
				     struct arena *a, struct task *ret_task);
MUST_CHECK enum err task_of_run(struct db *db, int64_t run_id, int limit,
				struct arena *a, struct task **ret_tasks,
				int *ret_count);

/* Sorted by the earlier of due time and event start, then id. */
struct task_filter {
	const char *view;  /* "all", "mine", "unclaimed", "due", "event",
			      "second", "high", "snoozed", "decided" */
	const char *actor; /* for mine, second and decided */
	const char *order_id, *issue_type;
	int64_t now_ms;
	int64_t high_minor; /* for high */
	int offset, limit;
};
MUST_CHECK enum err task_list(struct db *db, const struct task_filter *f,
			      struct arena *a, struct task **ret_tasks,
			      int *ret_count);
/* Counts per view, in the order of the names above, for the rail. */
#define TASK_VIEW_COUNT 9
extern const char *const task_views[TASK_VIEW_COUNT];
MUST_CHECK enum err task_count_views(struct db *db, const struct task_filter *f,
				     int64_t ret_counts[TASK_VIEW_COUNT]);

struct decision {
	int64_t id, task_id;
	bool approved;
	struct actor actor;
	char digest[DIGEST_HEX_SIZE];
	const char *notes;
	int64_t decided_ms, undone_ms;
	const char *alternative, *form, *reason_code; /* NULL: none */
	int64_t amount_minor; /* of what was approved; -1: no money */
	char currency[CURRENCY_SIZE];
};
/* ERR_CONSTRAINT: this person has signed the task already. */
MUST_CHECK enum err decision_insert(struct db *db, struct decision *d);
/* Marks all standing signatures of a task as undone. */
MUST_CHECK enum err decision_undo(struct db *db, int64_t task_id,
				  int64_t now_ms);
MUST_CHECK enum err decision_list(struct db *db, int64_t task_id,
				  struct arena *a, struct decision **ret_rows,
				  int *ret_count);
/* Minor units of a currency ("": of none) that a person has approved since
 * then; what was undone or came to nothing does not count. */
MUST_CHECK enum err decision_spent(struct db *db, const char *actor,
				   const char *currency, int64_t since_ms,
				   int64_t *ret_minor);

/*
 * The same for one who decides many things in a row, without adding up all of
 * them again for each: an upper bound, since what is undone, comes to nothing
 * or grows old afterwards is taken off only by spending_exact(). Good inside a
 * write transaction; where one is rolled back it has to be cleared (= {0}).
 */
#define SPENDING_CURRENCIES 8
struct spending {
	char actor[ACTOR_SIZE];
	struct {
		char currency[CURRENCY_SIZE];
		int64_t minor, last_id, exact_ms;
	} of[SPENDING_CURRENCIES];
	int count;
};
MUST_CHECK enum err spending_bound(struct db *db, struct spending *s,
				   const char *actor, const char *currency,
				   int64_t since_ms, int64_t now_ms,
				   int64_t *ret_minor);
/* Adds all up again, but not within a second of the last time. */
MUST_CHECK enum err spending_exact(struct db *db, struct spending *s,
				   const char *actor, const char *currency,
				   int64_t since_ms, int64_t now_ms,
				   int64_t *ret_minor);

#endif

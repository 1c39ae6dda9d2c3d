/*
 * Life cycles as tables, and the rule of which columns a run's state needs.
 *
 * Always holds: closed states have no row that leaves them, so what is closed
 * stays closed. Rows name sets of states, since most events do the same from
 * several; no pair of state and event stands in two rows (a test walks them).
 */
#include "life.h"

#include <string.h>

#define BIT(x) (1u << (x))
#define ANY_OF_2(a, b) (BIT(a) | BIT(b))

/* On its way by itself: it runs, or what it waits for will come. */
#define RUN_ACTIVE                                                             \
	(BIT(RUN_READY) | BIT(RUN_RUNNING) | BIT(RUN_BACKING_OFF) |            \
	 BIT(RUN_BLOCKED) | BIT(RUN_WAITING_TASK) | BIT(RUN_WAITING_SIGNAL))
#define RUN_STOPPED ANY_OF_2(RUN_PAUSED, RUN_HELD)

struct transition {
	unsigned from; /* set of states */
	int event, to;
};

/* clang-format off */
static const struct transition run_life[] = {
	{RUN_ACTIVE,		RUN_EV_CLAIM,		RUN_RUNNING},
	{RUN_ACTIVE,		RUN_EV_CALL,		RUN_RUNNING},
	{RUN_ACTIVE,		RUN_EV_BACK_OFF,	RUN_BACKING_OFF},
	{RUN_ACTIVE,		RUN_EV_BLOCK,		RUN_BLOCKED},
	{RUN_ACTIVE,		RUN_EV_TASK,		RUN_WAITING_TASK},
	{RUN_ACTIVE,		RUN_EV_SIGNAL,		RUN_WAITING_SIGNAL},
	{RUN_ACTIVE,		RUN_EV_COMPLETE,	RUN_COMPLETED},
	{RUN_ACTIVE,		RUN_EV_FAIL,		RUN_FAILED},
	{RUN_ACTIVE,		RUN_EV_TIME_OUT,	RUN_TIMED_OUT},

	/* What it does while it cancels does not make it less so. */
	{BIT(RUN_CANCELING),	RUN_EV_CLAIM,		RUN_CANCELING},
	{BIT(RUN_CANCELING),	RUN_EV_CALL,		RUN_CANCELING},
	{BIT(RUN_CANCELING),	RUN_EV_BACK_OFF,	RUN_CANCELING},
	{BIT(RUN_CANCELING),	RUN_EV_BLOCK,		RUN_CANCELING},

	{RUN_ACTIVE | BIT(RUN_HELD), RUN_EV_PAUSE,	RUN_PAUSED},
	/* Or back to paused_state, where that was a wait. */
	{BIT(RUN_PAUSED),	RUN_EV_RESUME,		RUN_READY},
	{RUN_ACTIVE | BIT(RUN_CANCELING), RUN_EV_HOLD,	RUN_HELD},
	{BIT(RUN_HELD) | BIT(RUN_BACKING_OFF) | BIT(RUN_BLOCKED),
				RUN_EV_RETRY,		RUN_READY},
	{RUN_ACTIVE | RUN_STOPPED, RUN_EV_CANCEL,	RUN_CANCELING},
	{RUN_ACTIVE | RUN_STOPPED | BIT(RUN_CANCELING),
				RUN_EV_CANCELED,	RUN_CANCELED},
};

#define TASK_UNDECIDED ANY_OF_2(TASK_OPEN, TASK_CLAIMED)
#define TASK_STANDING (TASK_UNDECIDED | BIT(TASK_DECIDED))

static const struct transition task_life[] = {
	{TASK_UNDECIDED,	TASK_EV_CLAIM,		TASK_CLAIMED},
	{BIT(TASK_CLAIMED),	TASK_EV_RETURN,		TASK_OPEN},
	{TASK_UNDECIDED,	TASK_EV_DECIDE,		TASK_DECIDED},
	{BIT(TASK_DECIDED),	TASK_EV_UNDO,		TASK_OPEN},
	{BIT(TASK_DECIDED),	TASK_EV_DONE,		TASK_DONE},
	{TASK_STANDING,		TASK_EV_VOID,		TASK_VOID},
	{TASK_STANDING,		TASK_EV_EXPIRE,		TASK_EXPIRED},
	{TASK_STANDING,		TASK_EV_CANCEL,		TASK_CANCELED},
};

static const struct transition call_life[] = {
	{BIT(CALL_INTENT),	CALL_EV_SEND,		CALL_SENT},
	/* A further attempt of what certainly was not done. */
	{BIT(CALL_FAILED),	CALL_EV_SEND,		CALL_SENT},
	/* Once more, under the same key. */
	{ANY_OF_2(CALL_SENT, CALL_UNKNOWN), CALL_EV_SEND, CALL_SENT},
	{ANY_OF_2(CALL_SENT, CALL_UNKNOWN), CALL_EV_OK,	CALL_OK},
	{ANY_OF_2(CALL_SENT, CALL_UNKNOWN), CALL_EV_FAIL, CALL_FAILED},
	{ANY_OF_2(CALL_SENT, CALL_UNKNOWN), CALL_EV_UNKNOWN, CALL_UNKNOWN},
	/* It never left: the run was cancelled, the breaker was open. */
	{BIT(CALL_INTENT),	CALL_EV_FAIL,		CALL_FAILED},
};
/* clang-format on */

#define ROWS(table) (table), sizeof(table) / sizeof((table)[0])

static enum err next_state(const struct transition *table, size_t count,
			   int from, int event, int *ret_to)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].event == event && (table[i].from & BIT(from))) {
			*ret_to = table[i].to;
			return OK;
		}
	}
	return ERR_CONFLICT;
}

enum err run_next(enum run_state from, enum run_event event,
		  enum run_state *ret_to)
{
	int to = 0;
	enum err e = next_state(ROWS(run_life), (int)from, (int)event, &to);

	if (e == OK)
		*ret_to = (enum run_state)to;
	return e;
}

enum err task_next(enum task_state from, enum task_event event,
		   enum task_state *ret_to)
{
	int to = 0;
	enum err e = next_state(ROWS(task_life), (int)from, (int)event, &to);

	if (e == OK)
		*ret_to = (enum task_state)to;
	return e;
}

enum err call_next(enum call_state from, enum call_event event,
		   enum call_state *ret_to)
{
	int to = 0;
	enum err e = next_state(ROWS(call_life), (int)from, (int)event, &to);

	if (e == OK)
		*ret_to = (enum call_state)to;
	return e;
}

/* The columns that a state rules over. */
enum column {
	COLUMN_DUE,
	COLUMN_LEASE,
	COLUMN_TASK,
	COLUMN_SIGNAL,
	COLUMN_ADAPTER,
	COLUMN_REASON,
	COLUMN_OUTCOME,
	COLUMN_CLOSED,
	COLUMN_PAUSED,
	COLUMN_COUNT
};
static const char *const column_names[COLUMN_COUNT] = {
	[COLUMN_DUE] = "due_ms",	   [COLUMN_LEASE] = "lease",
	[COLUMN_TASK] = "wait_task_id",	   [COLUMN_SIGNAL] = "wait_signal",
	[COLUMN_ADAPTER] = "wait_adapter", [COLUMN_REASON] = "reason",
	[COLUMN_OUTCOME] = "outcome",	   [COLUMN_CLOSED] = "closed_ms",
	[COLUMN_PAUSED] = "paused_state",
};

#define DUE BIT(COLUMN_DUE)
#define LEASE BIT(COLUMN_LEASE)
#define TASK BIT(COLUMN_TASK)
#define SIGNAL BIT(COLUMN_SIGNAL)
#define ADAPTER BIT(COLUMN_ADAPTER)
#define REASON BIT(COLUMN_REASON)
#define OUTCOME BIT(COLUMN_OUTCOME)
#define CLOSED BIT(COLUMN_CLOSED)
#define PAUSED BIT(COLUMN_PAUSED)
#define END (OUTCOME | CLOSED) /* what only a closed run has */

/*
 * A run that is on its way has a next time, or an engine that works on it: no
 * open run is stuck. A task may stand behind a run that executes what was
 * decided. A paused run keeps what it waited for, to return to it.
 */
static const struct column_rule {
	unsigned all;	  /* each must be set */
	unsigned any;	  /* at least one, unless empty */
	unsigned none;	  /* none may be set */
	enum column lack; /* blamed when none of any is set */
} column_rules[] = {
	[RUN_READY] = {0, DUE | LEASE, TASK | SIGNAL | ADAPTER | END | PAUSED,
		       COLUMN_DUE},
	[RUN_RUNNING] = {0, DUE | LEASE, SIGNAL | ADAPTER | END | PAUSED,
			 COLUMN_LEASE},
	[RUN_BACKING_OFF] = {0, DUE | LEASE, SIGNAL | ADAPTER | END | PAUSED,
			     COLUMN_DUE},
	[RUN_BLOCKED] = {ADAPTER | REASON, DUE | LEASE, SIGNAL | END | PAUSED,
			 COLUMN_DUE},
	[RUN_WAITING_TASK] = {TASK, 0, SIGNAL | ADAPTER | END | PAUSED,
			      COLUMN_TASK},
	[RUN_WAITING_SIGNAL] = {0, SIGNAL | DUE | LEASE,
				TASK | ADAPTER | END | PAUSED, COLUMN_SIGNAL},
	[RUN_PAUSED] = {PAUSED | REASON, 0, DUE | END, COLUMN_PAUSED},
	[RUN_HELD] = {REASON, 0, DUE | SIGNAL | ADAPTER | END | PAUSED,
		      COLUMN_REASON},
	[RUN_CANCELING] = {0, DUE | LEASE, TASK | SIGNAL | END | PAUSED,
			   COLUMN_DUE},
#define RULE_CLOSED                                                            \
	{                                                                      \
		END, 0, DUE | LEASE | TASK | SIGNAL | ADAPTER | PAUSED,        \
			COLUMN_CLOSED                                          \
	}
	[RUN_COMPLETED] = RULE_CLOSED,
	[RUN_FAILED] = RULE_CLOSED,
	[RUN_CANCELED] = RULE_CLOSED,
	[RUN_TIMED_OUT] = RULE_CLOSED,
};
_Static_assert(sizeof(column_rules) / sizeof(column_rules[0]) ==
		       RUN_STATE_COUNT,
	       "every state has a rule");

static unsigned columns_set(const struct run *r)
{
	return (r->due_ms ? DUE : 0) | (r->lease ? LEASE : 0) |
	       (r->wait_task_id ? TASK : 0) | (r->wait_signal[0] ? SIGNAL : 0) |
	       (r->wait_adapter[0] ? ADAPTER : 0) |
	       (r->reason[0] ? REASON : 0) | (r->outcome[0] ? OUTCOME : 0) |
	       (r->closed_ms ? CLOSED : 0) | (r->paused_state[0] ? PAUSED : 0);
}

/* Who waits for its turn is blocked by no adapter. */
static bool waits_for_place(const struct run *r)
{
	return r->state == RUN_BLOCKED && strcmp(r->phase, "slot") == 0;
}

/* Something for the engine to read makes any open run due, and the lease that
 * follows leaves the column as it is. */
static bool may_be_due(const struct run *r)
{
	return !run_state_closed(r->state) &&
	       (r->lease || r->inbox_seq > r->inbox_read);
}

const char *run_columns_wrong(const struct run *r)
{
	const struct column_rule *rule = &column_rules[r->state];
	unsigned set = columns_set(r);
	unsigned none = may_be_due(r) ? rule->none & ~DUE : rule->none;
	unsigned all = waits_for_place(r) ? rule->all & ~ADAPTER : rule->all;
	unsigned wrong = (all & ~set) | (none & set);

	for (int i = 0; i < COLUMN_COUNT; i++) {
		if (wrong & BIT(i))
			return column_names[i];
	}
	if (rule->any && !(rule->any & set))
		return column_names[rule->lack];
	return NULL;
}

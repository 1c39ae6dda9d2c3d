#ifndef MEND_FLOW_ADVANCE_H
#define MEND_FLOW_ADVANCE_H

#include "../store/inbox_store.h"
#include "../store/run_store.h"
#include "../store/shared_store.h"
#include "../store/task_store.h"
#include "audit.h"
#include "catalog.h"

/*
 * advance(input) -> plan: what a run does next. A pure function: no clock, no
 * SQL, no network, nothing kept; the same input gives the same plan, and a plan
 * that could not be written is simply dropped and made again.
 *
 * A run stands in a step and there in a phase:
 *   call    "once" looking whether it was done for the group · "call" sent ·
 * "backoff" before sending again · "lookup_wait", "lookup" finding out what
 * became of it gather  "gather" sent · "gather_backoff" task    "open" ·
 * "recheck", "recheck_backoff" re-reading the facts · then the phases of a call
 * for its action wait    "wait"    repeat "pause" before the next round; the
 * first step of a playbook with "concurrency": "slot". A step is entered by
 * raising its visit; the keys of its calls are made of it.
 */

/* A call of the current visit, as the engine holds it. */
struct visit_call {
	struct call call;	/* params, answer: text in the holder's arena */
	bool in_flight;		/* sent by this engine, not yet answered */
	bool local;		/* answered in its plan: it has no row */
	int64_t retry_after_ms; /* the peer asked for this pause; 0: not */
	bool known; /* of a replay: it happened before, see replay.h */
};
#define VISIT_CALLS_MAX 48

/* Who wants to see how a plan comes about (a rehearsal) is told as it happens;
 * the plan is the same with and without. Either function may be NULL. */
struct advance_watch {
	void (*entered)(void *context, const struct playbook *b,
			const struct step *s, int visit);
	/* A rule of a choose, a repeat's stop, or its until ("until"): whether
	 * it held, and the conditions that decided it, as guard_eval() tells
	 * them. */
	void (*judged)(void *context, const struct step *s, const char *rule,
		       bool held, const cJSON *why);
	void *context;
};

/* What a step that is done once for a group (phase "once") may know of it. */
struct advance_once {
	const struct shared_call *shared; /* NULL: nobody took it on yet */
	bool busy; /* somebody takes it on in this tick */
};

struct advance_input {
	const struct catalog *catalog;
	const struct playbook *playbook; /* the run's; NULL before intake */
	const struct run *run;
	const cJSON *case_file;
	const struct visit_call *call;
	int call_count;
	const struct inbox_row *inbox; /* not consumed, oldest first */
	int inbox_count;
	bool inbox_more;	 /* there are others behind them */
	const struct task *task; /* the run's open task; NULL: none */
	/* What the first word of its kind in the inbox names; NULL: nothing. */
	const struct call *named_call; /* settle: a call of the run */
	const struct playbook *target; /* migrate */
	bool no_room;	/* its adapter takes no call now: a step is entered
			   that far, and the run is BLOCKED there */
	uint32_t shut;	/* of a gather with a budget: bit i, the adapter of
			   read i is down or stopped, rather than busy */
	bool slot_held; /* has the place that its phase "slot" waits for */
	const struct advance_once *once; /* NULL: not asked */
	bool money_out; /* a money call of an earlier visit is not settled */
	int64_t now_ms;
	uint64_t random;
	const struct advance_watch *watch; /* NULL: nobody */
};

struct plan_entry {
	enum audit_kind kind;
	const char *actor, *message, *data;
};

/* A call to send after the commit. */
struct plan_call {
	struct call call;
	bool insert; /* else call_resend() of a call there is */
	const struct adapter *adapter;
	const struct operation *operation;
};

#define PLAN_ENTRIES_MAX 64
#define PLAN_INBOX_MAX 64
#define SETTLED_MAX 3
/* Most plans hold little: what is large is made in the arena when needed. */
struct plan {
	struct arena *arena; /* the caller's; holds every string below */
	cJSON *case_file;    /* NULL: unchanged; owned, see plan_release() */
	int entry_count, consumed_count;
	bool new_visit; /* the calls of the visit before are done with */
	struct plan_call *call; /* READS_MAX at most */
	int call_count;
	struct call *settled; /* call_answer() on these too: found by lookup,
				 given up as unknown, or settled by a word;
				 SETTLED_MAX at most */
	int settled_count;
	struct task *task_open;		/* insert, then the run waits for it */
	struct task *task_update;	/* task_update() */
	const struct inbox_row *follow; /* an event that came to a run that was
					   being cancelled: the next run's */
	/* Of a concurrency key: takes a place or waits for one, after which it
	 * is due at once; or gives back what it has. */
	const char *slot_key; /* NULL: neither */
	int slot_limit;
	bool slot_free;
	/* Of a step that is done once for a group: its first call takes it on,
	 * from who was seen there. */
	const char *once_key, *once_seen; /* NULL: not; nobody */
	int64_t wake_ms; /* while it waits for answers: look again then; 0: no
			  */
	bool waits;	 /* for an answer of its calls: stays checked out */
	bool damaged; /* the run's record of visits cannot be read: it is held,
			 and what it says is kept */
	bool again;   /* it goes on once this is written: stays checked out */
	/* From here on large, and not cleared: their counts say what is in. */
	struct plan_entry entry[PLAN_ENTRIES_MAX];
	int64_t consumed[PLAN_INBOX_MAX]; /* inbox ids */
	struct run run;			  /* the new row */
};

/* Always makes a plan: what goes wrong inside becomes HELD with the reason. */
void advance(const struct advance_input *in, struct plan *ret_plan);
void plan_release(struct plan *p);

/* A plan that only stops the run: HELD with this reason. */
void plan_hold(const struct run *r, struct arena *a, int64_t now_ms,
	       const char *reason, struct plan *ret_plan);
/* A plan that only parks the run because its adapter cannot take it now. */
void plan_block(const struct run *r, struct arena *a, int64_t now_ms,
		const char *adapter, const char *reason, int64_t due_ms,
		struct plan *ret_plan);

/* The group that a step is done once for, filled in; NULL: none. */
char *advance_once_key(const struct step *s, const cJSON *case_file,
		       struct arena *a);

/* Applies an answer to a call: state, class, answer text (arena), times. */
void call_apply(struct call *c, const struct call_answer *answer,
		int64_t now_ms, struct arena *a);

#endif

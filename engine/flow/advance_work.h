#ifndef MEND_FLOW_ADVANCE_WORK_H
#define MEND_FLOW_ADVANCE_WORK_H

#include "advance.h"
#include "casefile.h"
#include "life.h"
#include "progress.h"

/*
 * Inside advance() only: a plan in the making. advance.c walks, the other
 * advance_*.c files say what each kind of step does when it is continued.
 */
struct work {
	const struct advance_input *in;
	struct plan *plan;
	struct run *run; /* the plan's */
	const struct playbook *playbook;
	const struct step *step; /* NULL before the first */
	int call_count;
	bool insisted;	  /* an operator wants a held run to try again */
	bool events_wait; /* further events: see work_restart() */
	bool named[2];	  /* a settle, a migrate was read */
	bool left;	  /* and another one was not */
	int64_t wake_ms;  /* a step's own, besides time-outs; 0: none */
	bool money_out;	  /* as in the input, until it is settled */
	bool local_step;  /* took a step in the process: see work_again() */
	bool answered;	  /* a local call, just now */
	struct arena *arena;
	uint64_t random;
	/* From here on large, and not cleared: their counts say what is in. */
	struct progress progress;
	struct visit_call call[VISIT_CALLS_MAX]; /* of this visit */
};

/* Whether the run has something more to do at once. */
enum way { STAY, ON };

/* The case file as it stands in this plan; edit makes it the plan's own. */
const cJSON *work_case(const struct work *w);
cJSON *work_edit(struct work *w);
/* An audit entry; consumes data (NULL: {}). */
__attribute__((format(printf, 4, 5))) void work_note(struct work *w,
						     enum audit_kind kind,
						     cJSON *data,
						     const char *format, ...);
__attribute__((format(printf, 5, 6))) void
work_note_as(struct work *w, enum audit_kind kind, const char *actor,
	     cJSON *data, const char *format, ...);
/* data is an object as text, in the arena. */
__attribute__((format(printf, 4, 5))) void
work_note_text(struct work *w, enum audit_kind kind, const char *data,
	       const char *format, ...);
char *work_text(struct work *w, const char *template); /* NULL stays NULL */
struct progress_item *work_progress(struct work *w);   /* of the step */

/* Moves: each leaves run, progress and plan consistent. */
enum way work_go(struct work *w, int target, const char *hold_reason);
enum way work_enter(struct work *w, const struct step *s);
enum way work_route(struct work *w, const char *playbook, const char *reason);
enum way work_hold(struct work *w, const char *reason);
/* PRIORITY_NONE leaves it as it is; by: whose rule it is. */
void work_prioritise(struct work *w, int priority, const char *by);
enum way work_wait_calls(struct work *w); /* stays checked out */
enum way work_again(struct work *w);	  /* once this plan is written */
enum way work_back_off(struct work *w, const char *phase, int64_t until_ms,
		       const char *adapter, const char *reason);
enum way work_close(struct work *w, enum run_event event, const char *outcome,
		    const char *result, const char *reason, cJSON *data);
/* Puts a state through its life cycle; a pair that is not in it HOLDs. */
bool work_state(struct work *w, enum run_event event);
/* Clears what only the state before needed: due, waits, queue, reason. */
void work_clear(struct work *w);
void work_phase(struct work *w, const char *phase);
bool work_in_phase(const struct work *w, const char *phase);
/* The task of the input as this plan changes it. */
struct task *work_task(struct work *w);
/* Closes the open task, if there is one. */
void work_end_task(struct work *w, enum task_event event,
		   const char *void_reason);
void work_mark(struct work *w, const char *marks, cJSON *data);

/* In front of its call, when there is no room for it: advance_input.no_room. */
enum way work_no_room(struct work *w);

/* Calls of this visit. */
struct visit_call *work_call(struct work *w, const char *name);
/* Makes a call; NULL and HELD when the operation is unknown. params owned. */
struct visit_call *work_make_call(struct work *w, const char *name,
				  const char *operation, cJSON *params,
				  enum call_purpose purpose);
/* A call that is done once for a group: true, and the way to go, while another
 * run's is what counts; false: it is this run's to make. */
bool work_once(struct work *w, enum way *ret_way);
/* Did a run that this one replays do it? Then it is answered. */
bool work_known(struct work *w, struct visit_call *c, const char *operation);
void work_send_again(struct work *w, struct visit_call *c, bool new_attempt);
cJSON *work_params(struct work *w, const cJSON *with);
/* "transfer.retry: what went wrong". */
const char *work_call_words(struct work *w, const struct visit_call *c);
cJSON *work_answer(const struct visit_call *c); /* parsed; NULL: none */

/* What became of an effect, over as many attempts and lookups as it takes. */
enum resolved {
	RESOLVED_WAIT,
	RESOLVED_OK,
	RESOLVED_FAILED,
	RESOLVED_UNKNOWN,
	RESOLVED_STALE /* of a call step: it was not done, and must not be now
			*/
};
enum resolved work_resolve(struct work *w, const char *name,
			   const struct retry_policy *own);
bool work_resolving(const struct work *w); /* in a phase of a call */

/* Reads in parallel. names are prefixed (a recheck's differ from round to
 * round); phases as given. */
enum gathered { GATHERED_WAIT, GATHERED_DONE, GATHERED_FAILED };
enum gathered work_gather(struct work *w, const char *prefix, const char *sent,
			  const char *backoff);

/* Why the facts that the step requires do not allow an effect; NULL: they do,
 * advance_stale.c. */
const char *work_stale(struct work *w);
enum way work_go_stale(struct work *w, const char *why);

/* What a call that failed leaves behind, for guards and for people. */
void work_failure(struct work *w, const struct visit_call *c);
/* Writes an effect into the list of what was tried. */
void work_tried(struct work *w, const struct visit_call *c);

/* The last answer of a call, into the audit. */
void work_note_result(struct work *w, const struct call *c);
/* The plan writes this state of a call. */
void work_settle(struct work *w, const struct call *c);

/* Time-outs of the run and of the steps it stands in, advance_time.c. True:
 * one came, and the run has moved. */
bool work_timed_out(struct work *w, enum way *ret_way);
int64_t work_deadline(struct work *w); /* the next one; 0: none */
/* Sets when the run is looked at again, at the latest. */
void work_wake(struct work *w);

/*
 * What undoes effects, advance_undo.c: the case file's "undo", a list of {of,
 * operation, params, notedAt, state: open | done, undoneAt}. A run that ends by
 * a cancel or a time-out works it off at a place of its own, STEP_LEAVING,
 * before it closes as the case file's "ending" says: {as, reason}.
 */
#define UNDO_MAX 200
#define STEP_LEAVING "@undo"
enum undoing { UNDO_WAIT, UNDO_DONE, UNDO_FAILED, UNDO_UNKNOWN };
enum undoing work_undo(struct work *w, const char **ret_words);
bool work_undo_open(const struct work *w);
/* Notes what undoes the step that succeeded; false: there is no room. */
bool work_undo_note(struct work *w);
/* as: "CANCELED", "TIMED_OUT". Nothing may be out. */
enum way work_leave(struct work *w, const char *as, const char *reason);
/* Says how it will end, when it is ending already. */
void work_ends(struct work *w, const char *as, const char *reason);
const struct step *work_leaving(void);

/* What a step does when it stands there; one a kind. */
enum way step_call(struct work *w);
enum way step_gather(struct work *w);
enum way step_choose(struct work *w);
enum way step_task(struct work *w);
enum way step_wait(struct work *w);
enum way step_repeat(struct work *w);
enum way step_finish(struct work *w);
enum way step_compensate(struct work *w);
/* Before the first step of a playbook that only so many go by at once. */
enum way step_slot(struct work *w);
void work_want_slot(struct work *w);

/* What the outside said; before any step is continued. STAY: nothing else is
 * to be done now. */
enum way work_inbox(struct work *w);
void work_consume(struct work *w, const struct inbox_row *row);
/* Takes the events that wait, if nothing is out: the run begins anew. */
bool work_restart(struct work *w);
/* Nothing of the run is out, so a cancel can take effect. */
/* Stays for calls in flight, or as the plan already says. */
enum way work_waiting(struct work *w);
bool work_nothing_out(const struct work *w);
/* An effect was answered, and no step has taken the answer in. */
bool work_unheard(struct work *w);
enum way work_canceled(struct work *w);

#endif

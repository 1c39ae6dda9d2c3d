#ifndef MEND_FLOW_REHEARSE_WORK_H
#define MEND_FLOW_REHEARSE_WORK_H

#include "rehearse.h"

/*
 * Inside a rehearsal only: rehearse.c drives and keeps the time,
 * rehearse_call.c has calls answered, rehearse_people.c lets others speak,
 * rehearse_record.c writes down what is seen.
 */
#define REHEARSE_INBOX_MAX 64
#define REHEARSE_OPERATIONS_MAX 64

/* An answer on its way. */
struct rehearse_coming {
	int64_t at_ms;
	struct call_answer answer;
	bool comes;
};

struct rehearsing {
	const struct rehearse_input *in;
	struct rehearsal *record;
	struct arena *arena;
	struct advance_watch watch;
	struct visit_call call[VISIT_CALLS_MAX];
	struct rehearse_coming coming[VISIT_CALLS_MAX];
	int call_count;
	struct inbox_row inbox[REHEARSE_INBOX_MAX];
	int inbox_count;
	int64_t inbox_made;
	int said; /* how many of the script were said */
	struct task task;
	bool has_task, asked, decides;
	int64_t decides_ms;
	struct rehearse_decision decision;
	struct {
		char name[2 * NAME_SIZE];
		int times;
	} count[REHEARSE_OPERATIONS_MAX]; /* calls by operation */
	int counted;
	int64_t now_ms;
	uint64_t random;
	bool again;	 /* the last plan goes on at once */
	int64_t wake_ms; /* it wants to look again then; 0: no */
	bool over;
	struct arena scratch; /* of one plan */
};

void rehearse_stop(struct rehearsing *r, enum rehearse_end end,
		   const char *problem);
/* What a plan sends, and what it knows of calls that were sent. */
void rehearse_take_calls(struct rehearsing *r, const struct plan *p);
void rehearse_deliver(struct rehearsing *r, int at); /* its answer is there */
void rehearse_leave_calls(struct rehearsing *r);     /* nobody waits any more */
void rehearse_forget_calls(struct rehearsing *r);
void rehearse_hear(struct rehearsing *r, enum inbox_kind kind, const char *name,
		   const char *actor, const char *body);
/* At a step that is done once for a group: whether another run has. */
void rehearse_shared(struct rehearsing *r, struct advance_input *in);
/* Asks the script once for each task that is open. */
void rehearse_ask_people(struct rehearsing *r);
void rehearse_decide(struct rehearsing *r); /* as it was said */

void record_entered(void *context, const struct playbook *b,
		    const struct step *s, int visit);
void record_judged(void *context, const struct step *s, const char *rule,
		   bool held, const cJSON *why);
void record_entries(struct rehearsing *r, const struct plan *p);
void record_task(struct rehearsing *r); /* the open task, as it stands */
/* A call that goes out, or out again. */
void record_sent(struct rehearsing *r, const struct plan_call *c);
/* What is known of an effect now. */
void record_effect(struct rehearsing *r, const struct call *c);
/* How often this operation has been called, this one counted. */
int record_nth(struct rehearsing *r, const char *name);
/* A money effect that is not settled; earlier: of an earlier visit only. */
const struct rehearse_effect *record_money_out(const struct rehearsing *r,
					       bool earlier);

#endif

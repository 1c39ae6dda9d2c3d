#ifndef MEND_FLOW_REHEARSE_H
#define MEND_FLOW_REHEARSE_H

#include "advance.h"

/*
 * A rehearsal: one run driven through advance() from its event to its end, with
 * no database, no network and no clock. Answers come from a port, people and
 * what the outside says from a script, and time is virtual: it moves to the
 * next moment at which something happens. The same input gives the same record.
 *
 * What is not played: full, paused and broken adapters, crashes, and other runs
 * (their money calls, their concurrency keys).
 */
struct rehearse_call {
	const struct adapter *adapter;
	const struct operation *operation;
	const struct call *call; /* step, visit, purpose, attempt, key */
	const char *name;	 /* "transfer.get" */
	int nth;       /* call of this operation in this run, from 1 */
	bool optional; /* a read that the run can do without */
	int64_t at_ms;
};

/* What a person does with a task. */
struct rehearse_decision {
	bool lapses; /* nobody decides: time goes on */
	bool approved;
	int64_t after_ms; /* since the task was opened */
	const char *by;
	enum role role;
	const char *reason_code, *notes;
	const char *alternative; /* NULL: the proposal */
	const cJSON *form;	 /* NULL: none; outlives the call */
	bool on_record; /* it was made, and by as many as must sign: form and
			   reason are not asked again */
};

struct rehearse_ports {
	/* What became of a call; the body is the rehearsal's afterwards, and
	 * duration_ms says when the answer comes. False: nobody can say, and
	 * the rehearsal ends there. */
	bool (*answer)(void *context, const struct rehearse_call *c,
		       struct call_answer *ret_answer);
	/* When a call could leave that the run wanted to make at c->at_ms: all
	 * of the run waits for it. The function may be NULL: at once. */
	int64_t (*leaves_ms)(void *context, const struct rehearse_call *c);
	/* Asked again for each signature after the first one, where several
	 * must sign. False: nobody looks at this task, and if nothing else is
	 * to come the rehearsal ends with it open. */
	bool (*decide)(void *context, const struct task *t,
		       struct rehearse_decision *ret_decision);
	/* What another run has done for the whole group (a step's "once"): its
	 * answer as JSON; NULL: nobody has, this run does it. The function may
	 * be NULL: nobody ever has. */
	const char *(*shared)(void *context, const char *operation,
			      const char *key);
	void *context;
};

/* What the outside says to the run, earliest first. */
struct rehearse_said {
	int64_t at_ms;
	enum inbox_kind kind;
	const char *name, *actor;
	const char *body; /* JSON object; NULL: {} */
};

struct rehearse_input {
	const struct catalog *catalog;
	const char *order_id;
	const cJSON *request; /* the event; NULL: {} */
	int64_t now_ms;
	const struct rehearse_said *said;
	int said_count;
	struct rehearse_ports ports;
	bool explain; /* keep the rules and the audit entries */
};

/* ---- the record, in the caller's arena ---- */

struct rehearse_step {
	const struct playbook *playbook;
	const struct step *step;
	int visit;
	int64_t at_ms;
};

/* A rule that was judged while the run stood in step number `at`. */
struct rehearse_rule {
	int at;		  /* index into the steps */
	const char *rule; /* "" without a name */
	bool held;
	const char *why; /* JSON array, as guard_eval() tells it */
};

struct rehearse_effect {
	char operation[2 * NAME_SIZE]; /* "payment.refund" */
	char key[KEY_SIZE];
	const char *step;
	const char *params; /* JSON */
	enum call_state state;
	char class[16];
	char error[REASON_SIZE];
	const char *answer; /* JSON; NULL: none */
	int attempts;
	bool money; /* moves money: its operation has the order's scope */
	int64_t amount_minor;
	char currency[CURRENCY_SIZE];
	int64_t at_ms;
};

struct rehearse_task {
	struct task task; /* as it was left */
	int64_t at_ms;
};

struct rehearse_entry {
	int64_t at_ms;
	struct plan_entry entry;
	int at; /* index of the step it was written in */
};

enum rehearse_end {
	REHEARSE_CLOSED,
	REHEARSE_WAITS,	     /* open, and nothing more is to come */
	REHEARSE_UNANSWERED, /* a call that nobody can answer: see problem */
	REHEARSE_REFUSED,    /* a person may not do what the script says */
	REHEARSE_ENDLESS,    /* it went on and on */
};

struct rehearsal {
	struct run run;	  /* as it was left */
	cJSON *case_file; /* the same */
	enum rehearse_end end;
	const struct playbook *playbook; /* the last one; NULL: none */
	char problem[REASON_SIZE];	 /* why it ended early */
	char unanswered[2 * NAME_SIZE];	 /* the operation */
	int64_t began_ms, ended_ms;	 /* virtual */
	struct rehearse_step *step;
	struct rehearse_rule *rule;
	struct rehearse_effect *effect;
	struct rehearse_task *task;
	struct rehearse_entry *entry;
	int step_count, rule_count, effect_count, task_count, entry_count;
	int call_count; /* of all purposes, sent */
};

/* Strings of the record live in a; release frees the case file alone. */
void rehearse(const struct rehearse_input *in, struct arena *a,
	      struct rehearsal *ret_record);
void rehearsal_release(struct rehearsal *r);

/* Money that moved, over all money effects that succeeded; currency NULL: of
 * any. */
int64_t rehearsal_money(const struct rehearsal *r, const char *currency);
const char *rehearse_end_name(enum rehearse_end e);

#endif

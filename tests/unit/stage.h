#ifndef MEND_TESTS_UNIT_STAGE_H
#define MEND_TESTS_UNIT_STAGE_H

#include "engine/flow/advance.h"

/*
 * One run on a stage: advance() with everything around it played by hand. Each
 * stage_go() plans twice and wants the same plan both times, wants the row's
 * columns to fit its state, and then takes the plan for written, as the engine
 * does. JSON is written with ' for ".
 *
 * There is an adapter "peer" with the reads get, other; the effects keyed (key
 * kept for a day), looked (found by find, visible within 2 s), shout (neither);
 * three attempts, 1 s between them, time-out 5 s; and "local" with echo, fail.
 */
#define STAGE_NOW_MS INT64_C(1800000000000)
#define STAGE_ROWS 80

struct stage {
	struct catalog *catalog;
	struct arena arena;
	struct run run;
	cJSON *case_file;
	struct visit_call call[VISIT_CALLS_MAX];
	int call_count, calls_made;
	const struct call *named_call;
	const struct playbook *target;
	bool slot_held;
	uint32_t shut;
	struct inbox_row inbox[STAGE_ROWS];
	int inbox_count, inbox_made;
	struct task task;
	bool has_task;
	int64_t now_ms;
	struct plan plan; /* the last one */
	int task_count;
};

/* The playbook's steps; it is called "intake". */
void stage_open(struct stage *s, const char *steps);
/* With members of the playbook, its title among them. */
void stage_open_with(struct stage *s, const char *members, const char *steps);
/* Another version, or another playbook, with a document id above 5. */
const struct playbook *stage_version(struct stage *s, const char *name,
				     const char *steps, int64_t id);
void stage_close(struct stage *s);
/* The policy's members beside its name; before the first stage_go(). */
void stage_policy(struct stage *s, const char *members);
void stage_set(struct stage *s, const char *path, const char *json);
const char *stage_get(struct stage *s, const char *path); /* printed */

void stage_go(struct stage *s);
void stage_later(struct stage *s, int64_t ms);
/* There was no room for this call: it was left out of the plan. */
void stage_leave_out(struct stage *s, const char *name);
void stage_crash(struct stage *s); /* nothing is in flight any more */
/* Lets the run go and claims it again: answers come from their rows. */
void stage_say(struct stage *s, enum inbox_kind kind, const char *name,
	       const char *body);
/* A call in flight is answered; body NULL: none. */
void stage_answer(struct stage *s, const char *name, enum call_class class,
		  int status, const char *body);
void stage_ok(struct stage *s, const char *name, const char *body);
void stage_decide(struct stage *s, bool approved, int64_t undo_ms);
void stage_undo(struct stage *s);

struct call *stage_call(struct stage *s, const char *name);
bool stage_flies(struct stage *s, const char *name);
/* How many entries of this kind the last plan has. */
int stage_noted(struct stage *s, enum audit_kind kind);
/* The data of the first of them. */
const char *stage_note(struct stage *s, enum audit_kind kind);

/* Wants: state, step and phase ("step/phase"), and how many calls leave. */
#define stage_is(s, state, place, calls)                                       \
	stage_want((s), (state), (place), (calls), __FILE__, __LINE__)
void stage_want(struct stage *s, enum run_state state, const char *place,
		int calls, const char *file, int line);

cJSON *stage_json(const char *text); /* ' for " */

#endif

#ifndef MEND_TESTS_STORE_SCENE_H
#define MEND_TESTS_STORE_SCENE_H

#include "fixture.h"

#include "engine/base/strbuf.h"
#include "engine/flow/intake.h"
#include "engine/flow/task.h"
#include "engine/store/inbox_store.h"

/*
 * A fixture with people in it, a clock that stands still, and a stand-in for
 * the engine that parks runs at tasks. For the tests of engine/flow/.
 */
extern const struct actor vic;	    /* viewer */
extern const struct actor ana, ben; /* agents */
extern const struct actor sue, sam; /* supervisors */
extern const struct actor ada;	    /* admin */

struct scene {
	struct fixture *f;
	struct db *db;
	struct arena *a;
	struct world world;
	int64_t now_ms;
	const char *currency; /* of tasks; NULL: the usual one */
	char *proposal;	      /* the same */
	struct problems p;
};

/* Also puts a policy in force: agents up to 50000, supervisors 200000, admins
 * without limit; four eyes from 100000; 300000 a day. */
void scene_open(struct scene *s, void **state);

/* Rolls back on refusal, as every face does. */
#define SCENE_DO(s, call)                                                      \
	scene_end((s), (scene_start(s), (call)), #call, __FILE__, __LINE__)
void scene_start(struct scene *s);
enum err scene_end(struct scene *s, enum err e, const char *text,
		   const char *file, int line);
/* The last refusal's only problem. */
void scene_said(const struct scene *s, const char *pointer, const char *words);

struct run scene_run(struct scene *s, const char *order_id);
/* What the engine would write. */
void scene_write(struct scene *s, struct run *r);
void scene_close(struct scene *s, struct run *r, enum run_state state);
/* Opens a task of this amount and parks the run at it. */
struct task scene_task(struct scene *s, struct run *r, int64_t amount_minor,
		       int approvals_needed);

struct run scene_reread(struct scene *s, const struct run *r);
struct task scene_task_reread(struct scene *s, const struct task *t);
/* Entries of this kind; the newest one into *ret_last unless NULL. */
int scene_audit(struct scene *s, const struct run *r, const char *kind,
		struct audit_entry *ret_last);
int scene_audit_all(struct scene *s, const struct run *r);
int scene_inbox(struct scene *s, const struct run *r,
		struct inbox_row **ret_rows);
/* The run's columns fit its state, and its chain holds. */
void scene_sound(struct scene *s, const struct run *r);

/* Runs fn(i) in count processes at the same time, each to open the database
 * for itself; counts how often it returned each value below 16. */
void scene_crowd(struct scene *s, int count,
		 int (*fn)(struct scene *s, struct db *db, int i),
		 int ret_counts[16]);

#endif

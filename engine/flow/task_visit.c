/*
 * The steps that all verbs on a task share: read, check, write.
 *
 * Always holds: whoever is refused learns why in words, and who was faster. A
 * person is known by name alone, without regard to case, so that nobody signs
 * twice by writing himself another way. A claim that has lapsed binds nobody.
 */
#include "task_visit.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"

enum err task_visit_begin(struct task_visit *v, struct db *db,
			  const struct world *w, const char *task_id,
			  const char *order_id, const struct actor *actor,
			  struct arena *a, struct problems *p)
{
	enum err e;

	assert(db_in_transaction(db));
	*v = (struct task_visit){
		.db = db,
		.actor = actor,
		.problems = p,
		.now_ms = world_wall_ms(w),
	};
	e = task_by_public_id(db, task_id, a, &v->task);
	if (e != OK)
		return e;
	if (order_id && strcmp(order_id, v->task.order_id) != 0)
		return ERR_NOT_FOUND;
	v->found = true;
	return run_by_id(db, v->task.run_id, &v->run);
}

enum err task_visit_end(const struct task_visit *v, enum err e,
			struct task *ret_task)
{
	if (v->found)
		*ret_task = v->task;
	return e;
}

bool task_visit_by(const struct task_visit *v, const char *name)
{
	return strcasecmp(v->actor->name, name) == 0;
}

enum err task_visit_role(struct task_visit *v, enum role least)
{
	if (v->actor->role >= least)
		return OK;
	problems_add(
		v->problems, "", "this needs the role %s; %s has the role %s",
		role_name(least), v->actor->name, role_name(v->actor->role));
	return ERR_DENIED;
}

static enum err gone(struct task_visit *v)
{
	static const char *const words[TASK_STATE_COUNT] = {
		[TASK_OPEN] = "nobody has claimed or decided it",
		[TASK_CLAIMED] = "it is claimed and not decided",
		[TASK_VOID] = "it became void",
		[TASK_EXPIRED] = "it expired",
		[TASK_CANCELED] = "it was cancelled",
	};
	const struct task *t = &v->task;
	char ago[SPAN_SIZE];

	if (t->state == TASK_DECIDED || t->state == TASK_DONE) {
		span_words(v->now_ms - t->decided_ms, ago);
		problems_add(v->problems, "", "%s %s it %s ago", t->decider,
			     t->approved ? "approved" : "rejected", ago);
	} else if (t->closed_ms) {
		span_words(v->now_ms - t->closed_ms, ago);
		problems_add(v->problems, "", "%s %s ago%s%s", words[t->state],
			     ago, t->void_reason[0] ? ": " : "",
			     t->void_reason);
	} else {
		problems_add(v->problems, "", "%s", words[t->state]);
	}
	return ERR_CONFLICT;
}

enum err task_visit_may(struct task_visit *v, enum task_event event,
			enum task_state *ret_to)
{
	if (task_next(v->task.state, event, ret_to) != OK)
		return gone(v);
	return OK;
}

bool task_visit_claimed(const struct task_visit *v)
{
	return v->task.state == TASK_CLAIMED &&
	       v->task.claim_until_ms > v->now_ms;
}

enum err task_visit_free(struct task_visit *v)
{
	char until[MOMENT_SIZE];

	if (!task_visit_claimed(v) || task_visit_by(v, v->task.claimed_by))
		return OK;
	moment_words(v->task.claim_until_ms, until);
	problems_add(v->problems, "", "%s has claimed it until %s",
		     v->task.claimed_by, until);
	return ERR_CONFLICT;
}

enum err task_visit_version(struct task_visit *v, int64_t version)
{
	if (version == 0 || version == v->task.version)
		return OK;
	problems_add(v->problems, "/version",
		     "the task has changed: you saw version %" PRId64
		     ", it is now %" PRId64,
		     version, v->task.version);
	return ERR_STALE;
}

enum err task_visit_awaited(struct task_visit *v)
{
	const struct run *r = &v->run;

	/* Not by wait_task_id: while the facts are read again, or after the
	 * run was held, it waits for something else, at the task's step. */
	if (!run_state_closed(r->state) && r->state != RUN_CANCELING &&
	    strcmp(r->step, v->task.step) == 0)
		return OK;
	problems_add(v->problems, "",
		     "the run is %s and does not wait for this task any more",
		     run_state_name(r->state));
	return ERR_CONFLICT;
}

void task_visit_unclaim(struct task_visit *v)
{
	v->task.claimed_by[0] = '\0';
	v->task.claim_until_ms = 0;
}

cJSON *task_visit_data(const struct task_visit *v)
{
	cJSON *data = cJSON_CreateObject();

	json_set_string(data, "taskId", v->task.public_id);
	json_set_string(data, "step", v->task.step);
	return data;
}

enum err task_visit_write(struct task_visit *v, bool wake)
{
	enum err e;

	v->task.updated_ms = v->now_ms;
	e = task_update(v->db, &v->task);
	return e == OK ? run_nudge(v->db, &v->run, wake, v->now_ms) : e;
}

enum err task_visit_tell(struct task_visit *v, enum inbox_kind kind,
			 cJSON *body)
{
	struct inbox_row row = {
		.run_id = v->run.id,
		.kind = kind,
		.body = json_print(body),
		.received_ms = v->now_ms,
	};
	enum err e;

	STR_COPY(row.actor, v->actor->name);
	e = inbox_insert(v->db, &row);
	free(row.body);
	cJSON_Delete(body);
	return e;
}

/*
 * Who works on a task: claim, return, snooze, seen. task_decide.c has what
 * decides it.
 *
 * Always holds: a claim is a lease. It keeps two people from doing the same
 * work, it ends by itself, and it never keeps a supervisor out.
 */
#include "task.h"

#include "../base/json.h"
#include "task_visit.h"

#define CLAIM_MS (INT64_C(5) * 60 * 1000)
#define SNOOZE_MS_MAX (INT64_C(30) * 24 * 3600 * 1000)

/* Whoever can't decide a task has no use for a claim on it. */
static enum role claim_role(const struct task *t)
{
	return t->role > ROLE_AGENT ? t->role : ROLE_AGENT;
}

static bool may_take_over(const struct task_visit *v)
{
	return v->actor->role >= ROLE_SUPERVISOR;
}

static enum err note_claim(struct task_visit *v, const char *before)
{
	cJSON *data = task_visit_data(v);

	json_set_time(data, "until", v->task.claim_until_ms);
	if (!before[0])
		return run_note(v->db, &v->run, AUDIT_TASK_CLAIMED,
				v->actor->name, v->now_ms, data,
				"%s claimed the task", v->actor->name);
	json_set_string(data, "from", before);
	return run_note(v->db, &v->run, AUDIT_TASK_CLAIMED, v->actor->name,
			v->now_ms, data, "%s took the task over from %s",
			v->actor->name, before);
}

static enum err claim(struct task_visit *v, int64_t version)
{
	char before[ACTOR_SIZE] = "";
	enum task_state to;
	bool renewal;
	enum err e = task_visit_role(v, claim_role(&v->task));

	if (e == OK)
		e = task_visit_may(v, TASK_EV_CLAIM, &to);
	if (e == OK && !may_take_over(v))
		e = task_visit_free(v);
	if (e == OK)
		e = task_visit_version(v, version);
	if (e != OK)
		return e;
	renewal = task_visit_claimed(v) && task_visit_by(v, v->task.claimed_by);
	if (task_visit_claimed(v) && !renewal)
		STR_COPY(before, v->task.claimed_by);
	v->task.state = to;
	v->task.claim_until_ms = v->now_ms + CLAIM_MS;
	STR_COPY(v->task.claimed_by, v->actor->name);
	/* Still at it is nothing new: neither for the record nor for the run.
	 */
	if (renewal) {
		v->task.updated_ms = v->now_ms;
		return task_update(v->db, &v->task);
	}
	e = note_claim(v, before);
	return e == OK ? task_visit_write(v, false) : e;
}

enum err task_claim(struct db *db, const struct world *w, const char *task_id,
		    int64_t version, const struct actor *actor, struct arena *a,
		    struct problems *p, struct task *ret_task)
{
	struct task_visit v;
	enum err e = task_visit_begin(&v, db, w, task_id, NULL, actor, a, p);

	if (e == OK)
		e = claim(&v, version);
	return task_visit_end(&v, e, ret_task);
}

static enum err give_back(struct task_visit *v, int64_t version,
			  const char *comment)
{
	enum task_state to;
	cJSON *data;
	enum err e = task_visit_role(v, ROLE_AGENT);

	if (e == OK &&
	    !text_check(comment, "/comment", NOTE_BYTES_MAX, v->problems))
		e = ERR_INVALID;
	if (e == OK)
		e = task_visit_may(v, TASK_EV_RETURN, &to);
	if (e == OK && !may_take_over(v))
		e = task_visit_free(v);
	if (e == OK)
		e = task_visit_version(v, version);
	if (e != OK)
		return e;
	data = task_visit_data(v);
	json_set_string(data, "claimedBy", v->task.claimed_by);
	json_set_string(data, "comment", comment);
	v->task.state = to;
	task_visit_unclaim(v);
	e = run_note(v->db, &v->run, AUDIT_TASK_RETURNED, v->actor->name,
		     v->now_ms, data, "%s returned the task: %s",
		     v->actor->name, comment);
	return e == OK ? task_visit_write(v, false) : e;
}

enum err task_return(struct db *db, const struct world *w, const char *task_id,
		     int64_t version, const char *comment,
		     const struct actor *actor, struct arena *a,
		     struct problems *p, struct task *ret_task)
{
	struct task_visit v;
	enum err e = task_visit_begin(&v, db, w, task_id, NULL, actor, a, p);

	if (e == OK)
		e = give_back(&v, version, comment);
	return task_visit_end(&v, e, ret_task);
}

static enum err check_until(struct task_visit *v, int64_t until_ms)
{
	if (until_ms == 0 ||
	    (until_ms > v->now_ms && until_ms - v->now_ms <= SNOOZE_MS_MAX))
		return OK;
	problems_add(v->problems, "/until",
		     "expected a time within the next 30 days");
	return ERR_INVALID;
}

static enum err note_snooze(struct task_visit *v)
{
	cJSON *data = task_visit_data(v);
	char until[MOMENT_SIZE];

	json_set_time(data, "until", v->task.snoozed_until_ms);
	if (v->task.snoozed_until_ms == 0)
		return run_note(v->db, &v->run, AUDIT_TASK_SNOOZED,
				v->actor->name, v->now_ms, data,
				"%s woke the task", v->actor->name);
	moment_words(v->task.snoozed_until_ms, until);
	return run_note(v->db, &v->run, AUDIT_TASK_SNOOZED, v->actor->name,
			v->now_ms, data, "%s snoozed the task until %s",
			v->actor->name, until);
}

static enum err snooze(struct task_visit *v, int64_t version, int64_t until_ms)
{
	enum task_state ignored;
	enum err e = task_visit_role(v, ROLE_AGENT);

	if (e == OK)
		e = check_until(v, until_ms);
	/* What can still be decided can be put off. */
	if (e == OK)
		e = task_visit_may(v, TASK_EV_DECIDE, &ignored);
	if (e == OK && !may_take_over(v))
		e = task_visit_free(v);
	if (e == OK)
		e = task_visit_version(v, version);
	if (e != OK)
		return e;
	v->task.snoozed_until_ms = until_ms;
	e = note_snooze(v);
	return e == OK ? task_visit_write(v, false) : e;
}

enum err task_snooze(struct db *db, const struct world *w, const char *task_id,
		     int64_t version, int64_t until_ms,
		     const struct actor *actor, struct arena *a,
		     struct problems *p, struct task *ret_task)
{
	struct task_visit v;
	enum err e = task_visit_begin(&v, db, w, task_id, NULL, actor, a, p);

	if (e == OK)
		e = snooze(&v, version, until_ms);
	return task_visit_end(&v, e, ret_task);
}

/* The head of the run's chain moves, so the run must be told (an engine that
 * has it checked out holds the old one), but there is nothing to wake for. */
static enum err seen(struct task_visit *v, bool focus)
{
	enum err e = run_note(
		v->db, &v->run, focus ? AUDIT_FOCUS : AUDIT_CASE_OPENED,
		v->actor->name, v->now_ms, task_visit_data(v),
		focus ? "%s is still on the case" : "%s opened the case",
		v->actor->name);

	return e == OK ? run_nudge(v->db, &v->run, false, v->now_ms) : e;
}

enum err task_seen(struct db *db, const struct world *w, const char *task_id,
		   bool focus, const struct actor *actor, struct arena *a,
		   struct task *ret_task)
{
	struct problems ignored = {.count = 0};
	struct task_visit v;
	enum err e =
		task_visit_begin(&v, db, w, task_id, NULL, actor, a, &ignored);

	/* Reading an old case is no work on it. */
	if (e == OK && !v.task.closed_ms && !run_state_closed(v.run.state))
		e = seen(&v, focus);
	return task_visit_end(&v, e, ret_task);
}

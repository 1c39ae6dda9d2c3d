/*
 * Deciding a task.
 *
 * Always holds: a decision names one proposal by its digest and is never
 * executed here. It waits until execute_at; the engine then looks at the facts
 * and the limits again and commits the first intent, and up to that moment it
 * can be undone. Where four eyes are asked for, each pair signs for itself and
 * a signature is never worth two. One rejection is enough.
 */
#include <string.h>

#include "../base/json.h"
#include "policy.h"
#include "task.h"
#include "task_choice.h"
#include "task_visit.h"

#define CAP_WINDOW_MS (INT64_C(24) * 3600 * 1000)

static enum err check_input(struct task_visit *v, const struct task_decision *d)
{
	bool good = true;

	if (task_given(d->notes))
		good = text_check(d->notes, "/notes", NOTE_BYTES_MAX,
				  v->problems);
	if (task_given(d->reason_code))
		good = word_check(d->reason_code, "/reasonCode", NAME_SIZE - 1,
				  v->problems) &&
		       good;
	if (d->undo_ms < 0 || d->undo_ms > TASK_UNDO_MS_MAX) {
		problems_add(v->problems, "/undoMs", "expected 0 to %d",
			     TASK_UNDO_MS_MAX);
		good = false;
	}
	return good ? OK : ERR_INVALID;
}

static enum err check_digest(struct task_visit *v, const char *digest)
{
	if (!digest || strcmp(digest, v->task.digest) == 0)
		return OK;
	problems_add(v->problems, "/digest",
		     "what you saw is not what would be done: the proposal has "
		     "changed since");
	return ERR_STALE;
}

static enum err check_sum(struct deciding *k, const struct policy *policy,
			  int64_t spent_minor)
{
	const struct task_visit *v = k->v;

	return policy_may_approve(policy, v->actor, v->task.role,
				  k->offer.amount_minor, spent_minor,
				  v->problems);
}

/* A bound that is too high may refuse wrongly, never allow: then all is added
 * up. */
static enum err check_bound(struct deciding *k, const struct policy *policy)
{
	struct task_visit *v = k->v;
	const struct problems before = *v->problems;
	int64_t since_ms = v->now_ms - CAP_WINDOW_MS, minor = 0;
	enum err e =
		spending_bound(v->db, k->d->spending, v->actor->name,
			       k->offer.currency, since_ms, v->now_ms, &minor);

	if (e == OK)
		e = check_sum(k, policy, minor);
	if (e != ERR_DENIED)
		return e;
	*v->problems = before;
	e = spending_exact(v->db, k->d->spending, v->actor->name,
			   k->offer.currency, since_ms, v->now_ms, &minor);
	return e == OK ? check_sum(k, policy, minor) : e;
}

static enum err check_limits(struct deciding *k)
{
	struct task_visit *v = k->v;
	struct policy policy;
	int64_t minor = 0;
	enum err e = policy_load(v->db, &policy);

	if (e != OK)
		return e;
	if (k->d->spending) {
		e = check_bound(k, &policy);
	} else {
		e = decision_spent(v->db, v->actor->name, k->offer.currency,
				   v->now_ms - CAP_WINDOW_MS, &minor);
		if (e == OK)
			e = check_sum(k, &policy, minor);
	}
	policy_release(&policy);
	return e;
}

/* Has this person a standing signature under the task? */
static enum err find_signature(struct task_visit *v, struct arena *a,
			       bool *ret_signed)
{
	struct decision *rows;
	int count;
	enum err e = decision_list(v->db, v->task.id, a, &rows, &count);

	if (e != OK)
		return e;
	*ret_signed = false;
	for (int i = 0; i < count; i++) {
		if (!rows[i].undone_ms && task_visit_by(v, rows[i].actor.name))
			*ret_signed = true;
	}
	return OK;
}

static enum err check_eyes(struct task_visit *v, const struct task_decision *d,
			   struct arena *a)
{
	bool has_signed;
	enum err e = find_signature(v, a, &has_signed);

	if (e != OK || !has_signed)
		return e;
	/* To reject what one has signed is a change of mind. */
	if (!d->approved) {
		v->task.approval_count = 0;
		return decision_undo(v->db, v->task.id, v->now_ms);
	}
	problems_add(v->problems, "",
		     "%s has signed already; the second signature must be "
		     "another person's",
		     v->actor->name);
	return ERR_DENIED;
}

static enum err may_decide(struct deciding *k, enum task_state *ret_to)
{
	const struct task_decision *d = k->d;
	struct task_visit *v = k->v;
	enum role least = v->task.role > ROLE_AGENT ? v->task.role : ROLE_AGENT;
	enum err e = task_visit_role(v, least);

	if (e == OK)
		e = check_input(v, d);
	if (e == OK)
		e = task_visit_may(v, TASK_EV_DECIDE, ret_to);
	if (e == OK)
		e = task_visit_awaited(v);
	if (e == OK)
		e = task_visit_free(v);
	if (e == OK)
		e = task_visit_version(v, d->version);
	if (e == OK)
		e = check_digest(v, d->digest);
	if (e == OK)
		e = task_choose(k);
	if (e == OK && d->approved)
		e = check_limits(k);
	return e;
}

static enum err sign(struct deciding *k)
{
	const struct task_decision *d = k->d;
	struct task_visit *v = k->v;
	struct decision row = {
		.task_id = v->task.id,
		.approved = d->approved,
		.actor = *v->actor,
		.notes = task_given(d->notes) ? d->notes : NULL,
		.decided_ms = v->now_ms,
		.alternative = task_given(k->offer.name) ? k->offer.name : NULL,
		.form = k->form,
		.reason_code =
			task_given(d->reason_code) ? d->reason_code : NULL,
		.amount_minor = k->offer.amount_minor,
	};
	enum err e;

	STR_COPY(row.currency, k->offer.currency);
	STR_COPY(row.digest, v->task.digest);
	e = decision_insert(v->db, &row);
	/* Signed at this very moment, where writers overlap. */
	return e == ERR_CONSTRAINT ? ERR_STALE : e;
}

static cJSON *form_tree(const char *text)
{
	cJSON *tree = NULL;

	if (!text || json_parse(text, strlen(text), NULL, &tree) != OK)
		return cJSON_CreateNull();
	return tree;
}

static cJSON *decision_data(const struct deciding *k)
{
	const struct task_decision *d = k->d;
	const struct task_visit *v = k->v;
	const struct task_offer *o = &k->offer;
	cJSON *data = task_visit_data(v);

	json_set_bool(data, "approved", d->approved);
	json_set_string(data, "decider", v->actor->name);
	json_set_string(data, "role", role_name(v->actor->role));
	json_set_bool(data, "selfAsserted", v->actor->self_asserted);
	json_set_string(data, "notes", task_given(d->notes) ? d->notes : NULL);
	json_set_string(data, "reasonCode",
			task_given(d->reason_code) ? d->reason_code : NULL);
	json_set_string(data, "alternative",
			task_given(o->name) ? o->name : NULL);
	json_set(data, "form", form_tree(k->form));
	json_set_string(data, "digest", v->task.digest);
	json_set_null(data, "amountMinor");
	if (o->amount_minor >= 0)
		json_set_int(data, "amountMinor", o->amount_minor);
	json_set_string(data, "currency", o->currency[0] ? o->currency : NULL);
	json_set_time(data, "executeAt", v->task.execute_at_ms);
	return data;
}

/* What was chosen stands in the task, for the second signature and the engine.
 */
static void set_choice(struct deciding *k)
{
	struct task *t = &k->v->task;

	STR_COPY(t->alternative, k->offer.name);
	t->form = k->form ? arena_dup(k->arena, k->form) : NULL;
	if (k->d->approved)
		t->approvals_needed = k->offer.approvals_needed;
}

static enum err sign_first(struct deciding *k)
{
	struct task_visit *v = k->v;
	struct task *t = &v->task;
	enum err e;

	t->state = TASK_OPEN;
	t->approval_count++;
	task_visit_unclaim(v);
	e = run_note(v->db, &v->run, AUDIT_TASK_SIGNED, v->actor->name,
		     v->now_ms, decision_data(k),
		     "%s signed, as number %d of %d", v->actor->name,
		     t->approval_count, t->approvals_needed);
	return e == OK ? task_visit_write(v, false) : e;
}

static void set_decision(struct deciding *k, enum task_state to)
{
	const struct task_decision *d = k->d;
	struct task_visit *v = k->v;
	struct task *t = &v->task;

	t->state = to;
	t->approved = d->approved;
	t->approval_count += d->approved;
	STR_COPY(t->reason_code, d->reason_code);
	t->notes = task_given(d->notes) ? arena_dup(k->arena, d->notes) : NULL;
	STR_COPY(t->decider, v->actor->name);
	t->decider_role = v->actor->role;
	t->self_asserted = v->actor->self_asserted;
	t->decided_ms = v->now_ms;
	t->execute_at_ms = v->now_ms + d->undo_ms;
	t->snoozed_until_ms = 0;
	task_visit_unclaim(v);
}

static enum err note_decision(struct deciding *k)
{
	struct task_visit *v = k->v;
	const char *which = k->offer.name;

	return run_note(v->db, &v->run, AUDIT_TASK_DECIDED, v->actor->name,
			v->now_ms, decision_data(k), "%s %s%s%s: %s",
			v->actor->name,
			k->d->approved ? "approved" : "rejected",
			task_given(which) ? " " : "", which, v->task.title);
}

static enum err decide(struct deciding *k)
{
	struct task_visit *v = k->v;
	struct task *t = &v->task;
	enum task_state to;
	enum err e = may_decide(k, &to);

	if (e == OK)
		e = check_eyes(v, k->d, k->arena);
	if (e == OK)
		e = sign(k);
	if (e != OK)
		return e;
	set_choice(k);
	if (k->d->approved && t->approval_count + 1 < t->approvals_needed)
		return sign_first(k);
	set_decision(k, to);
	e = task_visit_tell(v, INBOX_DECISION, decision_data(k));
	if (e == OK)
		e = note_decision(k);
	return e == OK ? task_visit_write(v, true) : e;
}

enum err task_decide(struct db *db, const struct world *w, const char *task_id,
		     const char *order_id, const struct task_decision *d,
		     const struct actor *actor, struct arena *a,
		     struct problems *p, struct task *ret_task)
{
	struct task_visit v;
	struct deciding k = {.v = &v, .d = d, .arena = a};
	enum err e =
		task_visit_begin(&v, db, w, task_id, order_id, actor, a, p);

	if (e == OK)
		e = decide(&k);
	cJSON_Delete(k.proposal);
	return task_visit_end(&v, e, ret_task);
}

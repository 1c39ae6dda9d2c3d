/*
 * Taking a decision back.
 *
 * Always holds: what is undone was never carried out. The engine sets intent_ms
 * in the transaction that makes the first intent durable; before it everything
 * can be taken back, after it nothing. All signatures go, so that four eyes
 * must look again.
 */
#include "../base/json.h"
#include "task.h"
#include "task_offer.h"
#include "task_visit.h"

static enum err may_undo(struct task_visit *v, int64_t version,
			 enum task_state *ret_to)
{
	enum err e;

	if (v->task.state == TASK_DECIDED && v->task.intent_ms) {
		problems_add(
			v->problems, "",
			"too late: the decision is already being executed");
		return ERR_CONFLICT;
	}
	e = task_visit_may(v, TASK_EV_UNDO, ret_to);
	if (e == OK && !task_visit_by(v, v->task.decider))
		e = task_visit_role(v, ROLE_SUPERVISOR);
	if (e == OK)
		e = task_visit_awaited(v);
	return e == OK ? task_visit_version(v, version) : e;
}

/* As many signatures as the proposal needs, until something is chosen again. */
static void restore_offer(struct task *t)
{
	cJSON *proposal = task_proposal(t);
	struct task_offer offer;

	if (task_offer_find(t, proposal, NULL, &offer))
		t->approvals_needed = offer.approvals_needed;
	t->alternative[0] = '\0';
	t->form = NULL;
	cJSON_Delete(proposal);
}

static void clear_decision(struct task *t, enum task_state to)
{
	t->state = to;
	t->approved = -1;
	t->approval_count = 0;
	t->reason_code[0] = '\0';
	t->notes = NULL;
	t->decider[0] = '\0';
	t->decider_role = ROLE_VIEWER;
	t->self_asserted = false;
	t->decided_ms = 0;
	t->execute_at_ms = 0;
	restore_offer(t);
}

static enum err undo(struct task_visit *v, int64_t version)
{
	enum task_state to;
	cJSON *data;
	enum err e = may_undo(v, version, &to);

	if (e == OK)
		e = decision_undo(v->db, v->task.id, v->now_ms);
	if (e == OK)
		e = task_visit_tell(v, INBOX_UNDO, task_visit_data(v));
	if (e != OK)
		return e;
	data = task_visit_data(v);
	json_set_string(data, "decider", v->task.decider);
	json_set_bool(data, "approved", v->task.approved == 1);
	e = run_note(v->db, &v->run, AUDIT_DECISION_UNDONE, v->actor->name,
		     v->now_ms, data, "%s took the decision of %s back",
		     v->actor->name, v->task.decider);
	clear_decision(&v->task, to);
	return e == OK ? task_visit_write(v, true) : e;
}

enum err task_undo(struct db *db, const struct world *w, const char *task_id,
		   int64_t version, const struct actor *actor, struct arena *a,
		   struct problems *p, struct task *ret_task)
{
	struct task_visit v;
	enum err e = task_visit_begin(&v, db, w, task_id, NULL, actor, a, p);

	if (e == OK)
		e = undo(&v, version);
	return task_visit_end(&v, e, ret_task);
}

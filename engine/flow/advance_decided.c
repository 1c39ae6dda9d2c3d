/*
 * Why: the action that a person's answer allows. What runs is what was shown,
 * byte for byte; just before its intent is written the facts it rests on are
 * read again, and if one moved the decision is VOID.
 */
#include "advance_decided.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_guard.h"
#include "advance_offer.h"
#include "task_offer.h"

/* Facts older than this are not what the action rests on now. */
#define FRESH_MS (60 * 1000)

/* The decision no longer stands on what was shown. */
static enum way voided(struct work *w, const char *reason, cJSON *changes)
{
	struct task *t = work_task(w);

	json_set_string(work_edit(w), "superseded", t->public_id);
	if (changes)
		json_set(work_edit(w), "changes", changes);
	work_end_task(w, TASK_EV_VOID, reason);
	return work_go(w, w->step->on_void, reason);
}

static const char *changed_words(struct work *w, const cJSON *changes)
{
	const cJSON *first = changes->child;
	char *before = json_print_arena(json_get(first, "before"), w->arena);
	char *after = json_print_arena(json_get(first, "after"), w->arena);

	return arena_printf(
		w->arena, "%s moved from %s to %s since it was shown",
		json_string(first, "field", "a fact"), before, after);
}

static bool still_allowed(struct work *w, const struct task *t,
			  const struct task_offer *offer, const char **ret_rule)
{
	struct problems p = {.count = 0};
	const struct policy *policy = &w->in->catalog->policy;
	struct actor who = {.role = t->decider_role};
	int signed_by = t->approval_count > 0 ? t->approval_count : 1;

	STR_COPY(who.name, t->decider);
	if (policy_may_approve(policy, &who, t->role, offer->amount_minor, 0,
			       &p) != OK) {
		*ret_rule = arena_dup(w->arena, p.count ? p.item[0].detail
							: "the policy changed");
		return false;
	}
	*ret_rule = "the policy asks for more signatures by now";
	return policy_approvals(policy, offer->amount_minor) <= signed_by;
}

static enum way done(struct work *w, int target)
{
	work_end_task(w, TASK_EV_DONE, NULL);
	return work_go(w, target, "decided, and no step follows");
}

/* Where the run goes on once what was chosen is done. */
static int approved_target(const struct work *w, const struct task *t)
{
	const struct alternative *a =
		t && t->alternative[0] ? offer_of(w, t->alternative) : NULL;

	return a ? a->next : w->step->on_approve;
}

/* What was done is told as what was chosen. */
static const char *marks_of(const struct work *w, const struct task *t)
{
	const struct alternative *a;

	if (!t || !t->alternative[0])
		return w->step->marks;
	a = offer_of(w, t->alternative);
	return a ? a->marks : NULL;
}

/* What the person said, for guards and templates of the steps that follow. */
static void keep_decision(struct work *w, const struct task *t)
{
	cJSON *d = cJSON_CreateObject();
	cJSON *form = NULL;

	json_set_bool(d, "approved", t->approved == 1);
	json_set_null(d, "alternative");
	if (t->approved == 1)
		json_set_string(d, "alternative",
				t->alternative[0] ? t->alternative
						  : OFFER_PROPOSAL);
	if (!t->form || json_parse(t->form, strlen(t->form), NULL, &form) != OK)
		form = cJSON_CreateObject();
	json_set(d, "form", form);
	json_set_string(d, "reasonCode",
			t->reason_code[0] ? t->reason_code : NULL);
	json_set_string(d, "notes", t->notes);
	json_set_string(d, "by", t->decider);
	json_set_string(d, "role", role_name(t->decider_role));
	json_set_time(d, "at", t->decided_ms);
	json_set_string(d, "step", w->step->name);
	json_set_string(d, "taskId", t->public_id);
	json_set(work_edit(w), "decision", d);
}

/* The guard of what was chosen is still true. */
static bool still_offered(struct work *w, const struct task *t,
			  const char **ret_rule)
{
	const struct alternative *a;
	cJSON *why;
	bool good;

	if (!t->alternative[0])
		return true;
	a = offer_of(w, t->alternative);
	why = cJSON_CreateArray();
	good = a && work_holds(w, a->when, why);
	if (!good)
		*ret_rule = arena_printf(
			w->arena, "%s is not offered any more%s%s",
			t->alternative,
			why->child ? ": the facts moved at " : "",
			why->child ? json_string(why->child, "field", "") : "");
	cJSON_Delete(why);
	return good;
}

static enum way execute(struct work *w, struct task *t, const cJSON *shown)
{
	cJSON *changes =
		casefile_changes(work_case(w), json_get(shown, "evidence"));
	const char *rule = NULL;
	struct task_offer offer;
	const cJSON *act;

	if (changes)
		return voided(w, changed_words(w, changes), changes);
	if (work_stale(w))
		return work_go_stale(w, work_stale(w));
	if (!task_offer_find(t, shown, t->alternative, &offer))
		return voided(w, "what was chosen was never offered", NULL);
	if (!still_offered(w, t, &rule) || !still_allowed(w, t, &offer, &rule))
		return voided(w, rule, NULL);
	keep_decision(w, t);
	act = json_get(offer.json, "action");
	if (!cJSON_IsObject(act))
		return done(w, approved_target(w, t));
	if (!work_make_call(w, "", json_string(act, "operation", ""),
			    cJSON_Duplicate(json_get(act, "params"), true),
			    PURPOSE_EFFECT))
		return STAY; /* held, and it can still be undone */
	t = work_task(w);
	t->intent_ms = t->updated_ms = w->in->now_ms;
	work_progress(w)->count = 0;
	work_phase(w, "call");
	return work_waiting(w);
}

static bool stale(const struct work *w, const char *prefix)
{
	int i;

	for (i = 0; i < w->call_count; i++) {
		const struct call *c = &w->call[i].call;

		if (strncmp(c->name, prefix, strlen(prefix)) == 0 &&
		    w->in->now_ms - c->answered_ms > FRESH_MS)
			return true;
	}
	return false;
}

/* The names are of this decision and this round: what was read for another one,
 * or too long ago (the run was paused or blocked since), does not count. */
static enum gathered read_again(struct work *w, const struct task *t)
{
	enum gathered g;
	char prefix[48];

	if (w->step->read_count == 0)
		return GATHERED_DONE;
	for (;;) {
		snprintf(prefix, sizeof(prefix), "r%lld.%d.",
			 (long long)t->version, work_progress(w)->count);
		g = work_gather(w, prefix, "recheck", "recheck_backoff");
		if (g != GATHERED_DONE || !stale(w, prefix))
			return g;
		work_progress(w)->count++;
		work_phase(w, "open");
	}
}

enum way decided_approved(struct work *w, struct task *t)
{
	cJSON *shown;
	enum gathered g = read_again(w, t);
	enum way way;

	if (g == GATHERED_WAIT)
		return work_waiting(w);
	if (g == GATHERED_FAILED)
		return work_hold(w, arena_printf(w->arena,
						 "the facts could not be read "
						 "again: %s",
						 w->run->last_error));
	shown = task_proposal(t);
	if (!shown)
		return work_hold(w, "the proposal is damaged");
	way = execute(w, t, shown);
	cJSON_Delete(shown);
	return way;
}

enum way decided_acted(struct work *w)
{
	const struct step *s = w->step;
	enum resolved r = work_resolve(w, "", s->has_retry ? &s->retry : NULL);
	struct visit_call *c = work_call(w, "");
	int target = r == RESOLVED_UNKNOWN ? s->on_unknown : s->on_failure;
	const char *reason;

	if (r == RESOLVED_WAIT)
		return work_waiting(w);
	if (c)
		work_tried(w, c);
	if (r == RESOLVED_OK) {
		json_set(work_edit(w), "action", work_answer(c));
		work_mark(w, marks_of(w, work_task(w)), work_answer(c));
		return done(w, approved_target(w, work_task(w)));
	}
	if (c)
		work_failure(w, c);
	reason = arena_printf(w->arena, "the approved action %s: %s",
			      r == RESOLVED_UNKNOWN ? "has an unknown outcome"
						    : "failed",
			      c ? c->call.error : "");
	if (target >= 0)
		work_end_task(w, TASK_EV_VOID, reason);
	return work_go(w, target, reason);
}

enum way decided_rejected(struct work *w, const struct task *t)
{
	keep_decision(w, t);
	return done(w, w->step->on_reject);
}

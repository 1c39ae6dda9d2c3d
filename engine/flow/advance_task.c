/*
 * Why: a question to a person, and the action that the answer allows. The
 * action that runs is the one that was shown, byte for byte; just before its
 * intent is written the facts it rests on are read again, and if one moved the
 * decision is VOID.
 */
#include <stdio.h>
#include <string.h>

#include "../base/digest.h"
#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_work.h"
#include "template.h"

/* Facts older than this are not what the action rests on now. */
#define FRESH_MS (60 * 1000)

/* What a decision is bound to: the action and the facts it rests on. */
static void proposal_digest(struct work *w, const cJSON *proposal,
			    char hex[DIGEST_HEX_SIZE])
{
	cJSON *bound = cJSON_CreateObject();
	cJSON *facts = cJSON_CreateArray();
	const cJSON *item;

	json_set(bound, "action",
		 cJSON_Duplicate(json_get(proposal, "action"), true));
	cJSON_ArrayForEach(item, json_get(proposal, "evidence"))
	{
		cJSON *fact = cJSON_CreateObject();

		json_set_string(fact, "field", json_string(item, "field", ""));
		json_set(fact, "value",
			 cJSON_Duplicate(json_get(item, "value"), true));
		cJSON_AddItemToArray(facts, fact);
	}
	json_set(bound, "evidence", facts);
	digest_text_hex(json_canonical(bound, w->arena), hex);
	cJSON_Delete(bound);
}

static cJSON *copy_or(const cJSON *item, cJSON *(*make)(void))
{
	return item ? cJSON_Duplicate(item, true) : make();
}

static cJSON *action(struct work *w)
{
	cJSON *a;

	if (!w->step->action.operation)
		return cJSON_CreateNull();
	a = cJSON_CreateObject();
	json_set_string(a, "operation", w->step->action.operation);
	json_set(a, "params", work_params(w, w->step->action.with));
	return a;
}

static cJSON *proposal(struct work *w, struct task *t)
{
	const cJSON *spec = w->step->proposal;
	const cJSON *file = work_case(w);
	const char *text = json_string(spec, "payee", NULL);
	const cJSON *amount =
		json_path(file, json_string(spec, "amountMinor", ""));
	const cJSON *currency =
		json_path(file, json_string(spec, "currency", ""));
	cJSON *p = cJSON_CreateObject();

	json_set_string(p, "text", work_text(w, json_string(spec, "text", "")));
	json_set_string(p, "rejectText",
			work_text(w, json_string(spec, "rejectText", "")));
	json_set(p, "action", action(w));
	t->amount_minor = -1;
	json_set_null(p, "amountMinor");
	json_set_null(p, "currency");
	if (json_is_int(amount) && cJSON_IsString(currency)) {
		t->amount_minor = (int64_t)amount->valuedouble;
		STR_COPY(t->currency, currency->valuestring);
		json_set_int(p, "amountMinor", t->amount_minor);
		json_set_string(p, "currency", t->currency);
	}
	json_set_null(p, "payee");
	if (text)
		json_set_string(p, "payee", work_text(w, text));
	json_set_bool(p, "reversible", json_bool(spec, "reversible", false));
	json_set(p, "evidence", casefile_evidence(file, w->step->evidence));
	json_set(p, "why",
		 copy_or(json_path(file, "stopped.why"), cJSON_CreateArray));
	json_set(p, "tried",
		 copy_or(json_get(file, "tried"), cJSON_CreateArray));
	json_set(p, "changes",
		 copy_or(json_get(file, "changes"), cJSON_CreateArray));
	return p;
}

static void describe(struct work *w, struct task *t)
{
	const struct step *s = w->step;

	t->run_id = w->run->id;
	STR_COPY(t->order_id, w->run->order_id);
	STR_COPY(t->step, s->name);
	t->visit = work_progress(w)->visit;
	t->state = TASK_OPEN;
	t->version = 1;
	STR_COPY(t->title, work_text(w, s->title));
	STR_COPY(t->reason, work_text(w, s->reason));
	t->role = s->role;
	STR_COPY(t->issue_type, w->run->issue_type);
	t->tier = w->run->tier;
	t->event_ms = w->run->event_ms;
	t->approved = -1;
	t->due_ms = s->due_ms ? w->in->now_ms + s->due_ms : 0;
	t->created_ms = t->updated_ms = w->in->now_ms;
	STR_COPY(t->supersedes, json_string(work_case(w), "superseded", ""));
}

static enum way open_task(struct work *w)
{
	struct task *t = arena_alloc(w->arena, sizeof(*t));
	cJSON *p, *data;

	describe(w, t);
	p = proposal(w, t);
	proposal_digest(w, p, t->digest);
	t->proposal = json_print_arena(p, w->arena);
	t->approvals_needed =
		policy_approvals(&w->in->catalog->policy, t->amount_minor);
	data = cJSON_CreateObject();
	json_set_string(data, "title", t->title);
	json_set_string(data, "reason", t->reason);
	json_set_string(data, "digest", t->digest);
	json_set(data, "action",
		 copy_or(json_get(p, "action"), cJSON_CreateNull));
	json_set_int(data, "approvalsNeeded", t->approvals_needed);
	if (t->supersedes[0])
		json_set_string(data, "supersedes", t->supersedes);
	work_note(w, AUDIT_TASK_OPENED, data, "Asks a person: %s", t->title);
	cJSON_Delete(p);
	if (json_get(work_case(w), "superseded") ||
	    json_get(work_case(w), "changes")) {
		cJSON_DeleteItemFromObjectCaseSensitive(work_edit(w),
							"superseded");
		cJSON_DeleteItemFromObjectCaseSensitive(work_edit(w),
							"changes");
	}
	w->plan->task_open = t;
	work_clear(w);
	work_phase(w, "open");
	if (!work_state(w, RUN_EV_TASK))
		return work_hold(w, "a task cannot open in this state");
	STR_COPY(w->run->reason, t->title);
	w->run->due_ms = w->step->on_due >= 0 ? t->due_ms : 0;
	return STAY;
}

static enum way wait_for(struct work *w, const struct task *t, int64_t due_ms)
{
	work_clear(w);
	if (!work_state(w, RUN_EV_TASK))
		return work_hold(w, "a task cannot be waited for in this "
				    "state");
	w->run->wait_task_id = t->id;
	w->run->due_ms = due_ms;
	STR_COPY(w->run->reason, t->title);
	return STAY;
}

static enum way undecided(struct work *w, const struct task *t)
{
	int64_t due = w->step->on_due >= 0 ? t->due_ms : 0;

	work_phase(w, "open");
	if (due && w->in->now_ms >= due) {
		work_end_task(w, TASK_EV_EXPIRE, "nobody decided in time");
		return work_go(w, w->step->on_due, "");
	}
	return wait_for(w, t, due);
}

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
			  const char **ret_rule)
{
	struct problems p = {.count = 0};
	struct actor who = {.role = t->decider_role};

	STR_COPY(who.name, t->decider);
	if (policy_may_approve(&w->in->catalog->policy, &who, t->role,
			       t->amount_minor, 0, &p) == OK)
		return true;
	*ret_rule = arena_dup(w->arena, p.count ? p.item[0].detail
						: "the policy changed");
	return false;
}

static enum way done(struct work *w, int target)
{
	work_end_task(w, TASK_EV_DONE, NULL);
	return work_go(w, target, "decided, and no step follows");
}

static enum way execute(struct work *w, struct task *t, const cJSON *shown)
{
	const cJSON *act = json_get(shown, "action");
	cJSON *changes =
		casefile_changes(work_case(w), json_get(shown, "evidence"));
	const char *rule = NULL;

	if (changes)
		return voided(w, changed_words(w, changes), changes);
	if (!still_allowed(w, t, &rule))
		return voided(w, rule, NULL);
	if (!cJSON_IsObject(act))
		return done(w, w->step->on_approve);
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

static enum way approved(struct work *w, struct task *t)
{
	cJSON *shown = NULL;
	enum gathered g = read_again(w, t);
	enum way way;

	if (g == GATHERED_WAIT)
		return work_waiting(w);
	if (g == GATHERED_FAILED)
		return work_hold(w, arena_printf(w->arena,
						 "the facts could not be read "
						 "again: %s",
						 w->run->last_error));
	if (json_parse(t->proposal, strlen(t->proposal), NULL, &shown) != OK)
		return work_hold(w, "the proposal is damaged");
	way = execute(w, t, shown);
	cJSON_Delete(shown);
	return way;
}

static enum way acted(struct work *w)
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
		work_mark(w, s->marks, work_answer(c));
		return done(w, s->on_approve);
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

enum way step_task(struct work *w)
{
	struct task *t;

	if (!w->run->phase[0])
		return open_task(w);
	if (work_resolving(w))
		return acted(w);
	if (!w->in->task)
		return work_hold(w, "the task it waits for is gone");
	t = arena_alloc(w->arena, sizeof(*t));
	*t = *w->in->task;
	if (t->state != TASK_DECIDED)
		return undecided(w, t);
	if (w->in->now_ms < t->execute_at_ms)
		return wait_for(w, t, t->execute_at_ms);
	if (!t->approved)
		return done(w, w->step->on_reject);
	return approved(w, t);
}

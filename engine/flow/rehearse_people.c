/*
 * Why: what people and the outside say in a rehearsal is taken as the real
 * thing would take it: a decision that the rules do not allow, that names what
 * was not offered, or that leaves out what is asked, ends it.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "../store/shared_store.h"
#include "form.h"
#include "life.h"
#include "policy.h"
#include "rehearse_work.h"
#include "task_offer.h"

void rehearse_hear(struct rehearsing *r, enum inbox_kind kind, const char *name,
		   const char *actor, const char *body)
{
	struct inbox_row *row;

	if (r->inbox_count == REHEARSE_INBOX_MAX)
		return;
	row = &r->inbox[r->inbox_count++];
	memset(row, 0, sizeof(*row));
	row->id = ++r->inbox_made;
	row->run_id = r->record->run.id;
	row->kind = kind;
	STR_COPY(row->name, name);
	STR_COPY(row->actor, actor ? actor : "rehearsal");
	row->body = arena_dup(r->arena, body ? body : "{}");
	row->received_ms = r->now_ms;
	r->record->run.inbox_seq++;
}

void rehearse_shared(struct rehearsing *r, struct advance_input *in)
{
	const struct run *run = &r->record->run;
	const struct step *s =
		in->playbook ? playbook_step(in->playbook, run->step) : NULL;
	struct advance_once *once;
	struct shared_call *call;
	const char *answer;
	char *key;

	if (!r->in->ports.shared || strcmp(run->phase, "once") != 0)
		return;
	key = advance_once_key(s, in->case_file, &r->scratch);
	answer = key ? r->in->ports.shared(r->in->ports.context, s->operation,
					   key)
		     : NULL;
	if (!answer)
		return;
	once = arena_alloc(&r->scratch, sizeof(*once));
	call = arena_alloc(&r->scratch, sizeof(*call));
	call->run_id = -1;
	STR_COPY(call->run_public_id, "run_other");
	STR_COPY(call->call_key, "other");
	call->since_ms = r->now_ms;
	call->state = CALL_OK;
	call->answer = arena_dup(&r->scratch, answer);
	once->shared = call;
	in->once = once;
}

static bool reason_fits(const struct rehearse_decision *d,
			const cJSON *proposal)
{
	const cJSON *codes = json_get(json_get(proposal, "reasonCodes"),
				      d->approved ? "approve" : "reject");
	const cJSON *item;

	if (!codes || !codes->child)
		return true;
	cJSON_ArrayForEach(item, codes)
	{
		if (d->reason_code &&
		    strcmp(json_string(item, "code", ""), d->reason_code) == 0)
			return true;
	}
	return false;
}

/* A second signature is another person's, under what the first one is under;
 * NULL: it may be. */
static const char *second_refusal(struct rehearsing *r, const struct actor *who,
				  const struct task_offer *offer)
{
	const struct task *t = &r->task;

	if (!r->decision.approved || t->approval_count == 0)
		return NULL;
	if (strcasecmp(who->name, t->decider) == 0)
		return arena_printf(r->arena,
				    "%s has signed already; the second "
				    "signature must be another person's",
				    who->name);
	if (strcmp(t->alternative, offer->name) != 0)
		return arena_printf(
			r->arena, "the first signature is for \"%s\"",
			t->alternative[0] ? t->alternative : OFFER_PROPOSAL);
	return NULL;
}

/* NULL: allowed; else the rule in words. */
static const char *refusal(struct rehearsing *r, const cJSON *proposal,
			   const struct actor *who, struct task_offer *offer)
{
	const struct rehearse_decision *d = &r->decision;
	struct problems p = {.count = 0};

	if (!task_offer_find(&r->task, proposal, d->alternative, offer))
		return arena_printf(r->arena, "\"%s\" is not offered",
				    d->alternative);
	if (d->approved &&
	    policy_may_approve(&r->in->catalog->policy, who, r->task.role,
			       offer->amount_minor, 0, &p) != OK)
		return arena_dup(r->arena,
				 p.count ? p.item[0].detail : "denied");
	if (d->on_record)
		return NULL;
	if (second_refusal(r, who, offer))
		return second_refusal(r, who, offer);
	if (!reason_fits(d, proposal))
		return "one of its reason codes is wanted";
	/* The second one need not fill in again what the first one did. */
	if (d->approved && r->task.approval_count > 0 && !d->form)
		return NULL;
	if (!form_check(offer->form, d->form, d->approved, &p))
		return arena_printf(r->arena, "%s: %s",
				    p.count ? p.item[0].pointer : "/form",
				    p.count ? p.item[0].detail : "");
	return NULL;
}

/* One of several: the task stays open, and somebody else is asked. */
static bool sign_first(struct rehearsing *r, const struct actor *who,
		       const struct task_offer *offer)
{
	const struct rehearse_decision *d = &r->decision;
	struct task *t = &r->task;

	if (!d->approved || d->on_record ||
	    t->approval_count + 1 >= offer->approvals_needed)
		return false;
	t->approval_count++;
	t->approvals_needed = offer->approvals_needed;
	STR_COPY(t->alternative, offer->name);
	t->form = d->form && d->form->child
			  ? json_print_arena(d->form, r->arena)
			  : NULL;
	STR_COPY(t->decider, who->name);
	t->version++;
	t->updated_ms = r->now_ms;
	record_task(r);
	r->asked = false;
	return true;
}

static void take_decision(struct rehearsing *r, const struct actor *who,
			  const struct task_offer *offer, enum task_state to)
{
	const struct rehearse_decision *d = &r->decision;
	struct task *t = &r->task;

	t->state = to;
	t->approved = d->approved;
	t->approval_count = offer->approvals_needed;
	STR_COPY(t->alternative, d->approved ? offer->name : "");
	if (d->form && d->form->child)
		t->form = json_print_arena(d->form, r->arena);
	STR_COPY(t->decider, who->name);
	t->decider_role = who->role;
	STR_COPY(t->reason_code, d->reason_code);
	t->notes = arena_dup(r->arena, d->notes);
	t->decided_ms = t->execute_at_ms = t->updated_ms = r->now_ms;
	t->version++;
	record_task(r);
	rehearse_hear(r, INBOX_DECISION, "", who->name, "{}");
}

void rehearse_decide(struct rehearsing *r)
{
	struct task *t = &r->task;
	struct actor who = {.role = r->decision.role};
	struct task_offer offer = {.json = NULL};
	cJSON *proposal = task_proposal(t);
	enum task_state to;
	const char *no;

	r->decides = false;
	STR_COPY(who.name, r->decision.by ? r->decision.by : "rehearsal");
	no = refusal(r, proposal, &who, &offer);
	if (task_next(t->state, TASK_EV_DECIDE, &to) != OK)
		no = NULL;
	else if (!no && !sign_first(r, &who, &offer))
		take_decision(r, &who, &offer, to);
	if (no)
		rehearse_stop(r, REHEARSE_REFUSED,
			      arena_printf(r->arena, "%s may not decide %s: %s",
					   who.name, t->step, no));
	cJSON_Delete(proposal);
}

void rehearse_ask_people(struct rehearsing *r)
{
	if (!r->has_task || r->asked || r->task.state != TASK_OPEN ||
	    strcmp(r->record->run.step, r->task.step) != 0)
		return;
	r->asked = true;
	memset(&r->decision, 0, sizeof(r->decision));
	r->decision.role = ROLE_ADMIN;
	r->decides = r->in->ports.decide &&
		     r->in->ports.decide(r->in->ports.context, &r->task,
					 &r->decision);
	r->decides_ms = r->now_ms + r->decision.after_ms;
}

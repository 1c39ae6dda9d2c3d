/*
 * Why: the kinds of step that are small: call, choose, repeat.
 */
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_guard.h"
#include "template.h"

static void tell(struct work *w, const char *rule, bool held, const cJSON *why)
{
	const struct advance_watch *watch = w->in->watch;

	if (watch && watch->judged)
		watch->judged(watch->context, w->step, rule, held, why);
}

void work_failure(struct work *w, const struct visit_call *c)
{
	cJSON *f = cJSON_CreateObject();

	json_set_string(f, "step", w->step->name);
	json_set_string(f, "operation", c->call.operation);
	json_set_string(f, "class", c->call.class);
	json_set_null(f, "code");
	if (c->call.code[0])
		json_set_string(f, "code", c->call.code);
	json_set_string(f, "error", c->call.error);
	json_set(work_edit(w), "failure", f);
}

void work_tried(struct work *w, const struct visit_call *c)
{
	const char *result;
	cJSON *answer;

	if (c->call.purpose != PURPOSE_EFFECT || c->local)
		return;
	answer = work_answer(c);
	result = c->call.state == CALL_OK
			 ? json_string(answer, "status", "done")
			 : arena_printf(w->arena, "%s: %s", c->call.class,
					c->call.error);
	casefile_tried(work_edit(w), w->step->name,
		       arena_printf(w->arena, "%s.%s", c->call.adapter,
				    c->call.operation),
		       result, w->in->now_ms);
	cJSON_Delete(answer);
}

enum way step_call(struct work *w)
{
	const struct step *s = w->step;
	const struct retry_policy *own = s->has_retry ? &s->retry : NULL;
	const struct adapter *adapter = NULL;
	const struct operation *op;
	struct visit_call *c;
	enum resolved r;
	enum way way;
	bool local;

	op = catalog_operation(w->in->catalog, s->operation, &adapter);
	local = adapter && adapter->local;
	if (!w->run->phase[0] || work_in_phase(w, "once")) {
		if (w->in->no_room && !local)
			return work_no_room(w);
		if (work_once(w, &way))
			return way;
		if (local && w->local_step)
			return work_again(w);
		w->local_step = w->local_step || local;
		if (work_stale(w))
			return work_go_stale(w, work_stale(w));
		work_make_call(w, "", s->operation, work_params(w, s->with),
			       op && op->kind == OPERATION_READ
				       ? PURPOSE_READ
				       : PURPOSE_EFFECT);
		work_phase(w, "call");
		return work_waiting(w);
	}
	if (local && !work_call(w, "")) {
		/* It has no row: what was to be tried again begins anew. */
		work_phase(w, "");
		return ON;
	}
	r = work_resolve(w, "", own);
	if (r == RESOLVED_WAIT)
		return work_waiting(w);
	c = work_call(w, "");
	if (c)
		work_tried(w, c);
	if (r == RESOLVED_STALE)
		return work_go_stale(w, work_stale(w));
	if (r == RESOLVED_OK) {
		if (s->as)
			casefile_fact(work_edit(w), s->as, s->operation,
				      work_answer(c), w->in->now_ms);
		if (!work_undo_note(w))
			return work_hold(w, "more is to be undone than is "
					    "kept");
		work_mark(w, s->marks, NULL);
		return work_go(w, s->next, "");
	}
	if (c)
		work_failure(w, c);
	return work_go(w, r == RESOLVED_UNKNOWN ? s->on_unknown : s->on_failure,
		       arena_printf(w->arena, "%s %s: %s", s->operation,
				    r == RESOLVED_UNKNOWN
					    ? "has an unknown outcome"
					    : "failed",
				    c && c->call.error[0] ? c->call.error
							  : "no answer"));
}

static void classify(struct work *w, const struct choice *c, cJSON *why)
{
	const cJSON *policy = w->in->catalog->policy.document;
	const cJSON *least = json_path(policy, "values.confidence.minimum");
	const cJSON *sure = json_get(c->classify, "confidence");
	cJSON *entry = cJSON_Duplicate(c->classify, true);
	int tier = (int)json_int(c->classify, "tier", 3);

	/* Not sure enough is a person's, and so is what two sources disagree
	 * about. */
	if (least && sure && sure->valuedouble < least->valuedouble)
		tier = 3;
	if (json_get(work_case(w), "contradictions"))
		tier = 3;
	json_set_int(entry, "tier", tier);
	json_set_string(entry, "rule", c->name ? c->name : "");
	work_explained(entry, true, why);
	json_set(work_edit(w), "classification", entry);
	w->run->tier = tier;
	STR_COPY(w->run->issue_type,
		 json_string(c->classify, "issueType", "unknown"));
	work_note(w, AUDIT_CLASSIFIED, cJSON_Duplicate(entry, true),
		  "Classified as %s, tier %d (rule %s)", w->run->issue_type,
		  tier, c->name ? c->name : "without a name");
}

static void set_all(struct work *w, const cJSON *set)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, set)
	{
		cJSON *value = template_json(item, work_case(w));

		json_path_set(work_edit(w), item->string, value);
	}
}

/* Takes a choice; why is consumed. */
static enum way take(struct work *w, const struct choice *c, cJSON *why)
{
	const char *reason = work_text(w, c->reason);
	cJSON *data = cJSON_CreateObject();

	set_all(w, c->set);
	if (reason) {
		cJSON *stopped = cJSON_CreateObject();

		json_set_string(stopped, "reason", reason);
		json_set_string(stopped, "step", w->step->name);
		work_explained(stopped, true, why);
		json_set(work_edit(w), "stopped", stopped);
	}
	if (c->classify)
		classify(w, c, why);
	work_prioritise(w, c->priority, c->name ? c->name : w->step->name);
	json_set_string(data, "rule", c->name ? c->name : "");
	json_set_string(data, "step", w->step->name);
	work_explained(data, true, why);
	cJSON_Delete(why);
	work_note(w, AUDIT_CHOSEN, data, "%s: %s%s%s", w->step->name,
		  c->name ? c->name : "otherwise", reason ? ", " : "",
		  reason ? reason : "");
	if (w->step->kind == STEP_CHOOSE)
		work_mark(w, w->step->marks, NULL);
	if (c->route)
		return work_route(w, c->route, reason);
	return work_go(w, c->next, reason ? reason : "stopped by a rule");
}

static bool take_first(struct work *w, enum way *ret_way)
{
	int i;

	for (i = 0; i < w->step->choice_count; i++) {
		const struct choice *c = &w->step->choice[i];
		cJSON *why = cJSON_CreateArray();

		if (work_holds(w, c->when, why)) {
			tell(w, c->name, true, why);
			*ret_way = take(w, c, why);
			return true;
		}
		tell(w, c->name, false, why);
		cJSON_Delete(why);
	}
	return false;
}

enum way step_choose(struct work *w)
{
	enum way way;

	if (take_first(w, &way))
		return way;
	return work_hold(w, "no rule fits, and none says what to do then");
}

static bool is_done(struct work *w)
{
	cJSON *data = cJSON_CreateObject();
	bool done = work_explain(w, w->step->until, data);

	tell(w, "until", done, json_get(data, "why"));
	if (done) {
		json_set_string(data, "rule", "until");
		json_set_string(data, "step", w->step->name);
		work_note(w, AUDIT_CHOSEN, data, "%s: until", w->step->name);
	} else {
		cJSON_Delete(data);
	}
	return done;
}

static enum way pause_round(struct work *w, struct progress_item *item)
{
	char text[REASON_SIZE];
	int64_t pause =
		retry_interval_ms(&w->step->retry, item->count + 1, w->random);

	snprintf(text, sizeof(text), "round %d of %d comes next",
		 item->count + 1, w->step->maximum_attempts);
	if (pause > 0)
		return work_back_off(w, "pause", w->in->now_ms + pause, "",
				     text);
	return ON;
}

static enum way next_round(struct work *w)
{
	const struct step *s = w->step;
	struct progress_item *item = work_progress(w);

	item->count++;
	item->until_ms = 0;
	w->run->attempt = item->count;
	w->run->attempts_max = s->maximum_attempts;
	return work_go(w, s->body, "");
}

enum way step_repeat(struct work *w)
{
	const struct step *s = w->step;
	struct progress_item *item = work_progress(w);
	enum way way;

	/* Entered anew, its rounds so far are still those of this repeat. */
	w->run->attempt = item->count;
	w->run->attempts_max = s->maximum_attempts;
	if (work_in_phase(w, "pause")) {
		if (w->in->now_ms < item->until_ms)
			return work_back_off(w, "pause", item->until_ms, "",
					     w->run->reason);
		return next_round(w);
	}
	if (is_done(w)) {
		work_mark(w, s->marks, NULL);
		return work_go(w, s->next, "");
	}
	if (take_first(w, &way))
		return way;
	if (item->count >= s->maximum_attempts)
		return work_go(w, s->on_exhausted, "every round was in vain");
	if (item->count > 0 && pause_round(w, item) == STAY)
		return STAY;
	return next_round(w);
}

/*
 * Why: what became of an effect, over as many attempts and lookups as it takes
 * to know. The phases are those of advance.h; retry.c judges, this file acts.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_work.h"

/* Lookups that came to nothing before a person is asked. */
#define LOOKUPS_MAX 10
/* A backlog of the network, on top of what the operation declares. */
#define LOOKUP_PAUSE_MS 1000

void work_note_result(struct work *w, const struct call *c)
{
	struct strbuf data;

	json_object_begin(&data);
	json_object_string(&data, "operation", c->operation);
	json_object_string(&data, "adapter", c->adapter);
	json_object_string(&data, "idempotencyKey", c->key);
	json_object_int(&data, "attempt", c->attempt);
	json_object_string(&data, "class", c->class);
	json_object_int(&data, "status", c->status);
	json_object_int(&data, "durationMs", c->duration_ms);
	if (c->error[0])
		json_object_string(&data, "error", c->error);
	if (c->answer && c->purpose == PURPOSE_EFFECT)
		json_object_raw(&data, "answer", c->answer);
	work_note_text(w, AUDIT_CALL_RESULT, json_object_end(&data, w->arena),
		       "%s.%s answered %s%s%s", c->adapter, c->operation,
		       c->class, c->error[0] ? ": " : "", c->error);
}

void work_settle(struct work *w, const struct call *c)
{
	struct plan *p = w->plan;

	if (!p->settled)
		p->settled = arena_alloc(w->arena,
					 SETTLED_MAX * sizeof(*p->settled));
	if (p->settled_count < SETTLED_MAX)
		p->settled[p->settled_count++] = *c;
}

static void show_attempts(struct work *w, int attempt, int most)
{
	if (w->step->parent >= 0)
		return; /* the rounds of the repeat are shown */
	w->run->attempt = attempt;
	w->run->attempts_max = most;
}

static const struct operation *declared(struct work *w,
					const struct visit_call *c)
{
	char full[NAME_SIZE * 2];

	snprintf(full, sizeof(full), "%s.%s", c->call.adapter,
		 c->call.operation);
	return catalog_operation(w->in->catalog, full, NULL);
}

static enum resolved back_off(struct work *w, struct visit_call *c,
			      const char *phase, int64_t pause_ms)
{
	const char *text = work_call_words(w, c);

	STR_COPY(w->run->last_error, text);
	work_back_off(w, phase, w->in->now_ms + pause_ms, c->call.adapter,
		      text);
	return RESOLVED_WAIT;
}

/* Not before this moment does "not found" mean "did not happen". */
static int64_t visible_ms(const struct visit_call *c,
			  const struct operation *op)
{
	return c->call.sent_ms + op->timeout_ms + op->visible_within_ms;
}

static enum resolved to_lookup(struct work *w, struct visit_call *c,
			       const struct operation *op)
{
	int64_t pause = visible_ms(c, op) - w->in->now_ms;

	return back_off(w, c, "lookup_wait", pause > 0 ? pause : 0);
}

static enum resolved judged(struct work *w, struct visit_call *c,
			    const struct operation *op,
			    const struct retry_policy *policy)
{
	enum call_class class = CLASS_UNKNOWN;
	struct progress_item *item = work_progress(w);
	struct retry_question q = {
		.offer = (int)op->offer,
		.code = c->call.code[0] ? c->call.code : NULL,
		.attempt = ++item->count,
		.first_ms = c->call.intent_ms,
		.now_ms = w->in->now_ms,
		.key_retention_ms = op->key_retention_ms,
		.maybe_done = c->call.maybe_done,
	};
	int64_t pause;

	if (!call_class_parse(c->call.class, &class))
		class = CLASS_UNKNOWN;
	q.class = (int)class;
	switch (retry_judge(policy, &q)) {
	case RETRY_DONE:
		return RESOLVED_OK;
	case RETRY_AGAIN:
		show_attempts(w, item->count, policy->maximum_attempts);
		pause = retry_interval_ms(policy, item->count + 1, w->random);
		if (pause < c->retry_after_ms)
			pause = c->retry_after_ms;
		return back_off(w, c, "backoff", pause);
	case RETRY_LOOKUP:
		return to_lookup(w, c, op);
	case RETRY_ASK:
		return RESOLVED_UNKNOWN;
	case RETRY_STOP:
		break;
	}
	return RESOLVED_FAILED;
}

/* The peer may have forgotten the key: then it no longer protects. */
static bool key_forgotten(const struct work *w, const struct visit_call *c,
			  const struct operation *op)
{
	return op->key_retention_ms > 0 &&
	       w->in->now_ms - c->call.intent_ms >= op->key_retention_ms;
}

static enum resolved give_up_unknown(struct work *w, struct visit_call *c,
				     const char *why)
{
	c->call.state = CALL_UNKNOWN;
	c->call.maybe_done = true;
	STR_COPY(c->call.class, call_class_name(CLASS_UNKNOWN));
	STR_COPY(c->call.error, why);
	work_settle(w, &c->call);
	return RESOLVED_UNKNOWN;
}

/* Sent before a crash, and nobody heard the answer. */
static enum resolved recovered(struct work *w, struct visit_call *c,
			       const struct operation *op)
{
	if (op->offer == OFFER_LOOKUP)
		return to_lookup(w, c, op);
	if (op->offer == OFFER_NEITHER)
		return give_up_unknown(w, c,
				       "the engine stopped before the answer");
	if (key_forgotten(w, c, op))
		return give_up_unknown(w, c,
				       "the engine stopped before the answer, "
				       "and the key is too old to ask again");
	c->call.maybe_done = true;
	work_send_again(w, c, false);
	return RESOLVED_WAIT;
}

static enum resolved answered(struct work *w, struct visit_call *c,
			      const struct operation *op,
			      const struct retry_policy *policy)
{
	if (c->in_flight)
		return RESOLVED_WAIT;
	if (c->call.state == CALL_SENT || c->call.state == CALL_INTENT)
		return recovered(w, c, op);
	if (!c->known)
		work_note_result(w, &c->call);
	return judged(w, c, op, policy);
}

static struct visit_call *last_lookup(struct work *w)
{
	struct visit_call *found = NULL;
	int i;

	for (i = 0; i < w->call_count; i++) {
		if (w->call[i].call.purpose == PURPOSE_LOOKUP)
			found = &w->call[i];
	}
	return found;
}

static enum resolved look_up(struct work *w, struct visit_call *c,
			     const struct operation *op)
{
	cJSON *params = cJSON_ParseWithOpts(c->call.params, NULL, 0);
	char full[NAME_SIZE * 2], name[NAME_SIZE];
	int n = 1, i;

	for (i = 0; i < w->call_count; i++)
		n += w->call[i].call.purpose == PURPOSE_LOOKUP;
	if (n > LOOKUPS_MAX && !w->insisted) {
		cJSON_Delete(params);
		return RESOLVED_UNKNOWN;
	}
	if (!params)
		params = cJSON_CreateObject(); /* damaged; it has the key */
	json_set_string(params, "key", c->call.key);
	snprintf(full, sizeof(full), "%s.%s", c->call.adapter, op->lookup);
	snprintf(name, sizeof(name), "lookup.%d", n);
	if (work_make_call(w, name, full, params, PURPOSE_LOOKUP))
		work_phase(w, "lookup");
	return RESOLVED_WAIT;
}

/* The lookup's answer decides what became of the call itself. */
static enum resolved looked_up(struct work *w, struct visit_call *c,
			       const struct operation *op,
			       const struct retry_policy *policy)
{
	struct visit_call *l = last_lookup(w);

	if (!l)
		return look_up(w, c, op);
	if (l->in_flight)
		return RESOLVED_WAIT;
	if (l->call.state == CALL_SENT) {
		work_send_again(w, l, false);
		return RESOLVED_WAIT;
	}
	work_note_result(w, &l->call);
	if (l->call.state == CALL_OK) {
		c->call.state = CALL_OK;
		c->call.maybe_done = false;
		c->call.answer = l->call.answer;
		c->call.answered_ms = w->in->now_ms;
		STR_COPY(c->call.class, call_class_name(CLASS_OK));
		work_settle(w, &c->call);
		return RESOLVED_OK;
	}
	if (l->call.status != 404)
		return back_off(w, c, "lookup_wait",
				l->retry_after_ms > LOOKUP_PAUSE_MS
					? l->retry_after_ms
					: LOOKUP_PAUSE_MS);
	/* Asked too early (a person was in a hurry): it may still appear. */
	if (l->call.sent_ms < visible_ms(c, op))
		return to_lookup(w, c, op);
	if (key_forgotten(w, c, op))
		return give_up_unknown(w, c,
				       "not found, but its record may have "
				       "been dropped by now");
	if (work_progress(w)->count < policy->maximum_attempts &&
	    !(w->step->kind == STEP_CALL && work_stale(w))) {
		work_phase(w, "call");
		c->call.maybe_done = false;
		work_send_again(w, c, true);
		return RESOLVED_WAIT;
	}
	c->call.maybe_done = false;
	c->call.state = CALL_FAILED;
	STR_COPY(c->call.error, "looked up: it did not happen");
	work_settle(w, &c->call);
	return w->step->kind == STEP_CALL && work_stale(w) ? RESOLVED_STALE
							   : RESOLVED_FAILED;
}

bool work_resolving(const struct work *w)
{
	return work_in_phase(w, "call") || work_in_phase(w, "backoff") ||
	       work_in_phase(w, "lookup_wait") || work_in_phase(w, "lookup");
}

enum resolved work_resolve(struct work *w, const char *name,
			   const struct retry_policy *own)
{
	struct visit_call *c = work_call(w, name);
	const struct operation *op = c ? declared(w, c) : NULL;
	const struct retry_policy *policy;
	int64_t until = work_progress(w)->until_ms;

	if (!op)
		return RESOLVED_UNKNOWN;
	policy = own ? own : &op->retry;
	if (work_in_phase(w, "call"))
		return answered(w, c, op, policy);
	if (work_in_phase(w, "lookup"))
		return looked_up(w, c, op, policy);
	if (w->in->now_ms < until) {
		work_back_off(w, w->run->phase, until, c->call.adapter,
			      w->run->reason);
		return RESOLVED_WAIT;
	}
	if (work_in_phase(w, "lookup_wait"))
		return look_up(w, c, op);
	work_phase(w, "call");
	/* Cancelled while it certainly was not done: it stays undone. */
	if (w->run->state == RUN_CANCELING && c->call.state == CALL_FAILED &&
	    w->step->kind != STEP_COMPENSATE && w->step->kind != STEP_FINISH)
		return RESOLVED_FAILED;
	if (w->step->kind == STEP_CALL && c->call.state == CALL_FAILED &&
	    work_stale(w))
		return RESOLVED_STALE;
	if (c->call.maybe_done && op->offer == OFFER_NEITHER)
		return give_up_unknown(w, c, "it cannot be repeated safely");
	if (c->call.maybe_done && key_forgotten(w, c, op))
		return give_up_unknown(w, c, "the key is too old to ask again");
	work_send_again(w, c, true);
	return RESOLVED_WAIT;
}

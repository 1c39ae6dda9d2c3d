/*
 * Why: a call is made once per visit. Its key is made of run, step and visit,
 * never of the attempt, so whatever is sent again is the same effect to the
 * peer.
 */
#include <stdio.h>
#include <string.h>

#include "../base/digest.h"
#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_work.h"
#include "local.h"
#include "template.h"

struct visit_call *work_call(struct work *w, const char *name)
{
	int i;

	for (i = 0; i < w->call_count; i++) {
		if (strcmp(w->call[i].call.name, name) == 0)
			return &w->call[i];
	}
	return NULL;
}

cJSON *work_params(struct work *w, const cJSON *with)
{
	cJSON *params;

	if (with)
		return template_json(with, work_case(w));
	params = cJSON_CreateObject();
	json_set_string(params, "orderId", w->run->order_id);
	return params;
}

cJSON *work_answer(const struct visit_call *c)
{
	cJSON *tree = NULL;

	if (!c->call.answer ||
	    json_parse(c->call.answer, strlen(c->call.answer), NULL, &tree) !=
		    OK)
		return NULL;
	return tree;
}

const char *work_call_words(struct work *w, const struct visit_call *c)
{
	return arena_printf(w->arena, "%s.%s: %s", c->call.adapter,
			    c->call.operation,
			    c->call.error[0] ? c->call.error : c->call.class);
}

/* Room for one call more; doubles when it is used up. */
static struct plan_call *next_call(struct plan *p)
{
	int count = p->call_count;

	if ((count & (count - 1)) == 0) {
		size_t room = count ? 2 * (size_t)count : 1;
		struct plan_call *call =
			arena_alloc(p->arena, room * sizeof(*call));

		if (count)
			memcpy(call, p->call, (size_t)count * sizeof(*call));
		p->call = call;
	}
	return &p->call[p->call_count++];
}

static struct plan_call *plan_call(struct work *w, struct visit_call *c)
{
	struct plan_call *p;
	char full[NAME_SIZE * 2];

	if (w->plan->call_count == READS_MAX)
		return NULL;
	p = next_call(w->plan);
	snprintf(full, sizeof(full), "%s.%s", c->call.adapter,
		 c->call.operation);
	p->operation = catalog_operation(w->in->catalog, full, &p->adapter);
	p->call = c->call;
	c->in_flight = true;
	if (!p->operation)
		w->plan->call_count--;
	return p->operation ? p : NULL;
}

static void make_key(struct work *w, const char *name, char key[KEY_SIZE])
{
	snprintf(key, KEY_SIZE, "%s/%s/%d%s%s", w->run->public_id, w->run->step,
		 work_progress(w)->visit, name[0] ? "/" : "", name);
}

static void note_intent(struct work *w, const struct call *c)
{
	cJSON *data;

	if (c->purpose != PURPOSE_EFFECT)
		return;
	data = cJSON_CreateObject();
	json_set_string(data, "operation", c->operation);
	json_set_string(data, "adapter", c->adapter);
	json_set_string(data, "idempotencyKey", c->key);
	json_set_int(data, "attempt", c->attempt);
	json_set(data, "params", cJSON_ParseWithOpts(c->params, NULL, 0));
	work_note(w, AUDIT_CALL_INTENT, data, "%s.%s, attempt %d", c->adapter,
		  c->operation, c->attempt);
}

static void answer_here(struct work *w, struct visit_call *c,
			const struct operation *op, const cJSON *params)
{
	struct call_answer answer;

	local_run(op, params, &answer);
	call_apply(&c->call, &answer, w->in->now_ms, w->arena);
	cJSON_Delete(answer.body);
	w->answered = true;
}

/* Hands a call to the plan, to be sent when that is written. */
static struct visit_call *send_out(struct work *w, struct visit_call *c)
{
	struct plan_call *p;

	p = plan_call(w, c);
	if (!p) {
		work_hold(w, "more calls at once than a step may make");
		return NULL;
	}
	p->insert = true;
	note_intent(w, &c->call);
	return c;
}

struct visit_call *work_make_call(struct work *w, const char *name,
				  const char *operation, cJSON *params,
				  enum call_purpose purpose)
{
	const struct adapter *adapter = NULL;
	const struct operation *op =
		catalog_operation(w->in->catalog, operation, &adapter);
	struct visit_call *c = &w->call[w->call_count];
	char text[REASON_SIZE];

	if (!op || w->call_count == VISIT_CALLS_MAX) {
		snprintf(text, sizeof(text),
			 op ? "too many calls in one visit, at \"%s\""
			    : "operation \"%s\" is not there",
			 operation);
		cJSON_Delete(params);
		work_hold(w, text);
		return NULL;
	}
	memset(c, 0, sizeof(*c));
	c->local = adapter->local;
	c->call.run_id = w->run->id;
	STR_COPY(c->call.order_id, w->run->order_id);
	STR_COPY(c->call.step, w->run->step);
	c->call.visit = work_progress(w)->visit;
	STR_COPY(c->call.name, name);
	STR_COPY(c->call.adapter, adapter->name);
	STR_COPY(c->call.operation, op->name);
	c->call.adapter_id = adapter->document_id;
	c->call.purpose = purpose;
	c->call.order_scope = op->order_scope;
	make_key(w, name, c->call.key);
	c->call.params = json_print_arena(params, w->arena);
	c->call.state = CALL_SENT;
	c->call.attempt = 1;
	c->call.intent_ms = c->call.sent_ms = w->in->now_ms;
	w->call_count++;
	if (c->local) {
		answer_here(w, c, op, params);
	} else {
		digest_text_hex(json_canonical(params, w->arena),
				c->call.digest);
		if (!work_known(w, c, operation))
			c = send_out(w, c);
	}
	cJSON_Delete(params);
	return c;
}

void work_send_again(struct work *w, struct visit_call *c, bool new_attempt)
{
	struct plan_call *p;

	if (new_attempt)
		c->call.attempt++;
	c->call.state = CALL_SENT;
	c->call.sent_ms = w->in->now_ms;
	p = plan_call(w, c);
	if (!p) {
		work_hold(w, "the adapter's declaration no longer has this "
			     "operation");
		return;
	}
	if (new_attempt)
		note_intent(w, &c->call);
}

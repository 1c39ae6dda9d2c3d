/*
 * Why: calls leave only after the commit that holds their intent, and what
 * comes back is only noted here: it is the next tick's input. Nothing acts
 * inside a callback.
 */
#include <stdlib.h>
#include <string.h>

#include "../adapters/adapter.h"
#include "../base/json.h"
#include "../base/log.h"
#include "../base/strbuf.h"
#include "parts.h"

/* A peer may ask for a pause, but not park an order for hours. */
#define RETRY_AFTER_MOST_MS (5LL * 60 * 1000)

void engine_take_answer(struct engine *e, struct checkout *c, int call,
			const struct call_answer *answer)
{
	struct visit_call *v = &c->call[call];

	call_apply(&v->call, answer, e->now_ms, &c->arena);
	v->in_flight = false;
	v->retry_after_ms = answer->retry_after_ms < RETRY_AFTER_MOST_MS
				    ? answer->retry_after_ms
				    : RETRY_AFTER_MOST_MS;
	c->unwritten[call] = true;
	c->ready = true;
}

static const struct operation *operation_of(const struct engine *e,
					    const struct call *c,
					    const struct adapter **ret_adapter)
{
	const struct adapter *a = catalog_adapter(e->catalog, c->adapter);

	*ret_adapter = a;
	return a ? adapter_operation(a, c->operation) : NULL;
}

static void refuse(const char *why, struct call_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->class = CLASS_PERMANENT;
	STR_COPY(answer->error, why);
}

static void tell_gate(struct engine *e, const struct adapter *a,
		      const struct operation *o, const struct call *c,
		      const struct call_answer *answer)
{
	struct gate_call call = engine_gate_call(a, o, c);

	gate_answer(&e->gates, &call, answer->class, answer->retry_after_ms,
		    e->mono_ms);
	engine_watch(e, a, o, answer);
}

/* A peer that repeats what it was sent does not make it part of the record. */
static void hide_secret(struct engine *e, const struct adapter *a,
			struct http_response *response)
{
	const struct secret *secret = a ? engine_secret(e, a) : NULL;

	if (!secret)
		return;
	(void)secret_hide(secret, response->body, response->length);
	(void)secret_hide(secret, response->error, strlen(response->error));
}

static void finish(struct engine *e, struct http_response *response)
{
	int index = 0;
	struct checkout *c = checkout_by_tag(e, response->tag, &index);
	const struct operation *op;
	const struct adapter *adapter;
	struct call_answer answer;
	cJSON *params = NULL;
	struct call *call;

	if (!c) {
		free(response->body);
		return;
	}
	call = &c->call[index].call;
	op = operation_of(e, call, &adapter);
	hide_secret(e, adapter, response);
	e->in_flight--;
	e->nudged = e->nudged || e->place_wanted;
	if (!op || json_parse(call->params, strlen(call->params), NULL,
			      &params) != OK) {
		free(response->body);
		refuse("the adapter's declaration no longer has this "
		       "operation",
		       &answer);
		answer.class = CLASS_UNKNOWN;
	} else {
		adapter_answer(op, params, response, &answer);
	}
	if (adapter)
		tell_gate(e, adapter, op, call, &answer);
	engine_take_answer(e, c, index, &answer);
	cJSON_Delete(answer.body);
	cJSON_Delete(params);
}

void part_collect(struct engine *e)
{
	struct http_response response;

	while (e->network.next(e->network.context, &response))
		finish(e, &response);
}

static enum err send_http(struct engine *e, struct checkout *c, int index,
			  const struct plan_call *pc, const cJSON *params,
			  const char **ret_why)
{
	struct problems p = {.count = 0};
	struct http_request request;
	const struct secret *secret = engine_secret(e, pc->adapter);
	enum err err = adapter_request(
		pc->adapter, pc->operation, params, pc->call.key, e->settings,
		secret ? secret->text : NULL, &e->arena, &p, &request);

	if (p.count)
		*ret_why = arena_dup(&e->arena, p.item[0].detail);
	if (err != OK)
		return err;
	request.tag = checkout_tag(c, index);
	err = e->network.start(e->network.context, &request);
	if (err == OK) {
		e->in_flight++;
		e->figures.calls++;
	}
	return err;
}

static void send_one(struct engine *e, struct checkout *c,
		     const struct plan_call *pc)
{
	const char *why = "the request could not be made";
	struct call_answer answer;
	int index = checkout_call_index(c, pc->call.key);
	cJSON *params = NULL;
	enum err err;

	if (index < 0)
		return;
	err = json_parse(pc->call.params, strlen(pc->call.params), NULL,
			 &params);
	if (err == OK)
		err = send_http(e, c, index, pc, params, &why);
	cJSON_Delete(params);
	if (err == OK)
		return;
	/* It never left: the peer's word could not be more certain. */
	refuse(why, &answer);
	give_back_place(e, &pc->call);
	engine_take_answer(e, c, index, &answer);
}

void part_send(struct engine *e)
{
	int i, j;

	for (i = 0; i < e->planned_count; i++) {
		struct planned *planned = &e->planned[i];

		if (!planned->written)
			continue;
		for (j = 0; j < planned->plan->call_count; j++)
			send_one(e, planned->checkout, &planned->plan->call[j]);
		if (!planned->checkout->run.lease &&
		    !engine_linger(e, planned->checkout))
			checkout_drop(e, planned->checkout);
	}
	e->planned_count = 0;
}

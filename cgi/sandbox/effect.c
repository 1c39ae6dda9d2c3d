/*
 * Why: effects must be countable. What a system does, the line in the ledger
 * and the answer under its idempotency key are written in one transaction, so
 * that after any crash either all of it happened or nothing.
 *
 * A decline is an answer too and is kept; a refusal (409) is not: the same
 * request may succeed when the world has moved.
 */
#include <string.h>

#include "cgi/lib/once.h"
#include "cgi/sandbox/sandbox.h"

static void answer_again(struct scene *s, const struct answer *a)
{
	response_text(&s->c->response, (int)a->status, NULL, a->body,
		      strlen(a->body));
	response_header(&s->c->response, "Idempotent-Replayed", "true");
}

static enum err keep(struct scene *s, const struct once *once)
{
	struct context *c = s->c;
	enum err e = OK;
	if (!s->in_vain) {
		const struct ledger_line line = {
			.at_ms = s->now_ms,
			.order_id = s->story.order_id,
			.adapter = s->service->adapter,
			.operation = s->service->operation,
			.key = once->key,
			.amount_minor = s->amount_minor,
			.currency = s->story.currency,
		};
		e = ledger_add(s->db, &line);
	}
	if (e != OK || !once->key)
		return e;
	struct answer answer = {
		.status = c->response.status ? c->response.status : 200,
		.body = response_body(&c->response, c->arena),
	};
	STR_COPY(answer.digest, once->digest);
	return answer_keep(s->db, s->story.order_id, s->service->operation,
			   once->key, s->now_ms, &answer);
}

enum err effect_do(struct scene *s)
{
	struct once once;
	enum err e = once_key(s->c, &once);
	if (e != OK)
		return e;
	if (once.key) {
		struct answer known;
		e = answer_find(s->db, s->story.order_id, s->service->operation,
				once.key, s->c->arena, &known);
		if (e == OK && strcmp(known.digest, once.digest) != 0)
			return ERR_MISMATCH;
		if (e == OK)
			answer_again(s, &known);
		if (e != ERR_NOT_FOUND)
			return e;
	}
	e = s->service->fn(s);
	return e == OK ? keep(s, &once) : e;
}

enum err effect_lookup(struct scene *s)
{
	struct answer known;
	enum err e = answer_find(
		s->db, s->story.order_id, s->service->operation,
		request_param(&s->c->request, "key"), s->c->arena, &known);
	if (e == OK)
		response_text(&s->c->response, (int)known.status, NULL,
			      known.body, strlen(known.body));
	return e;
}

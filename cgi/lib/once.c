/*
 * Writes that are done once, however often the client asks.
 *
 * The kept answer is written in the transaction of the work itself, so a crash
 * leaves both or neither. Always holds: an answer with 2xx leaves this file
 * only after its commit.
 */
#include "once.h"

#include <string.h>

#include "../../engine/base/digest.h"
#include "../../engine/base/json.h"
#include "../../engine/base/nudge.h"
#include "../../engine/store/key_store.h"

enum err once_key(struct context *c, struct once *o)
{
	const char *key = request_header(&c->request, "Idempotency-Key");

	*o = (struct once){.key = key};
	if (!key)
		return OK;
	for (const char *k = key; *k; k++)
		if (*k < ' ' || *k > '~' || k - key >= KEY_SIZE - 1) {
			problems_add(&c->problems, "Idempotency-Key",
				     "expected 1 to %d printable ASCII bytes",
				     KEY_SIZE - 1);
			return ERR_INVALID;
		}
	digest_text_hex(json_canonical(c->request.json, c->arena), o->digest);
	o->actor = arena_dup(c->arena, c->actor.name);
	/* The path, not the pattern: the same key on another run is another
	 * request, though its body may be equal. */
	o->route =
		arena_printf(c->arena, "%s %s", method_name(c->request.method),
			     c->request.path);
	return OK;
}

enum err once_replay(struct context *c, const struct once *o,
		     bool *ret_replayed)
{
	struct kept_answer kept;
	enum err e;

	*ret_replayed = false;
	if (!o->key)
		return OK;
	e = key_get(c->db, o->actor, o->route, o->key, c->arena, &kept);
	if (e == ERR_NOT_FOUND)
		return OK;
	if (e)
		return e;
	if (strcmp(kept.digest, o->digest) != 0)
		return response_refuse(&c->response, ERR_MISMATCH, NULL,
				       "this Idempotency-Key came with "
				       "another body before");
	response_text(&c->response, kept.status, NULL, kept.answer,
		      strlen(kept.answer));
	response_header(&c->response, "Idempotent-Replayed", "true");
	*ret_replayed = true;
	return OK;
}

enum err once_keep(struct context *c, const struct once *o)
{
	struct kept_answer kept = {
		.status = c->response.status ? c->response.status : 200,
	};

	if (!o->key)
		return OK;
	memcpy(kept.digest, o->digest, sizeof(kept.digest));
	kept.answer =
		arena_dup(c->arena, response_body(&c->response, c->arena));
	return key_put(c->db, o->actor, o->route, o->key, &kept,
		       world_wall_ms(c->world));
}

/* An open transaction is ended by the dispatcher when this returns an error. */
enum err once_write(struct context *c, enum err (*work)(struct context *c))
{
	bool replayed = false;
	struct once once;
	enum err e = once_key(c, &once);

	if (!e)
		e = db_begin(c->db);
	if (!e)
		e = once_replay(c, &once, &replayed);
	if (!e && !replayed)
		e = work(c);
	if (!e && !replayed)
		e = once_keep(c, &once);
	if (e || replayed) {
		db_rollback(c->db);
		return e;
	}
	e = db_commit(c->db);
	if (!e)
		nudge_send(c->config);
	return e;
}

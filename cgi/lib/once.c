/*
 * Writes that are done once, however often the client asks.
 *
 * The kept answer is written in the transaction of the work itself, so a crash
 * leaves both or neither. Writes that wait together share one transaction and
 * so one fsync. Always holds: an answer with 2xx leaves this file only after
 * its commit.
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

enum err once_write(struct context *c, enum err (*work)(struct context *c))
{
	enum err e;

	c->once = arena_alloc(c->arena, sizeof(*c->once));
	e = once_key(c, c->once);
	if (!e)
		c->work = work;
	return e;
}

/* What a write that fails has written is taken back; the others stay. */
static void write_one(struct context *c, bool *ret_written)
{
	bool replayed = false;
	enum err e = db_mark(c->db), undone;

	if (!e)
		e = once_replay(c, c->once, &replayed);
	if (!e && !replayed)
		e = c->work(c);
	if (!e && !replayed)
		e = once_keep(c, c->once);
	undone = e ? db_mark_undo(c->db) : db_mark_keep(c->db);
	*ret_written = !e && !replayed;
	c->error = e ? e : undone;
}

/* None of it is there, so nobody may hear that his is, nor be refused for what
 * another one wrote. */
static void fail_all(struct context *const *c, int count, enum err e)
{
	for (int i = 0; i < count; i++) {
		c[i]->problems = (struct problems){0};
		response_release(&c[i]->response);
		response_init(&c[i]->response);
		c[i]->error = e;
	}
}

void once_commit(struct context *const *c, int count)
{
	struct db *db = c[0]->db;
	bool any = false, written;
	enum err e = db_begin(db);

	for (int i = 0; i < count && !e; i++) {
		write_one(c[i], &written);
		any = any || written;
	}
	/* Also what only read may have read what others wrote here. */
	if (any)
		e = db_commit(db);
	else
		db_rollback(db);
	if (e)
		fail_all(c, count, e);
	else if (any)
		nudge_send(c[0]->config);
}

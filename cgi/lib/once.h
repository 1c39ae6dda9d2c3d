#ifndef MEND_CGI_ONCE_H
#define MEND_CGI_ONCE_H

#include "program.h"

/*
 * Writes, and writes that are done once. once_write() checks the request's
 * Idempotency-Key and leaves work() to once_commit(), which runs it inside a
 * write transaction, keeps the answer under that key, if there is one, in the
 * same transaction, commits, nudges the engine.
 * The same (actor, method and path, key) with an equal body (canonical JSON)
 * gives the same status and body again, with Idempotent-Replayed: true; with
 * another body ERR_MISMATCH. Refusals are not kept.
 */
MUST_CHECK enum err once_write(struct context *c,
			       enum err (*work)(struct context *c));

/* All the writes that were left, in one transaction, in this order. One that
 * fails takes back only itself; a commit that fails, all. Sets each error. */
void once_commit(struct context *const *c, int count);

/* The parts, for a request of several transactions (batch). All inside a write
 * transaction but once_key. */
struct once {
	const char *key; /* NULL: the request has none */
	char digest[65]; /* of the canonical body */
	const char *route;
	const char *actor; /* as the header says; a body may claim another */
};
/* ERR_INVALID: not 1-199 printable ASCII bytes. */
MUST_CHECK enum err once_key(struct context *c, struct once *o);
/* OK and *ret_replayed: the response is filled in. */
MUST_CHECK enum err once_replay(struct context *c, const struct once *o,
				bool *ret_replayed);
MUST_CHECK enum err once_keep(struct context *c, const struct once *o);

#endif

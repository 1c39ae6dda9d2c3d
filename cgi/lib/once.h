#ifndef MEND_CGI_ONCE_H
#define MEND_CGI_ONCE_H

#include "program.h"

/*
 * Writes, and writes that are done once. once_write() runs work() inside one
 * write transaction, keeps the answer under the Idempotency-Key of the
 * request, if it has one, in the same transaction, commits, nudges the engine.
 * The same (actor, method and path, key) with an equal body (canonical JSON)
 * gives the same status and body again, with Idempotent-Replayed: true; with
 * another body ERR_MISMATCH. Refusals are not kept.
 */
MUST_CHECK enum err once_write(struct context *c,
			       enum err (*work)(struct context *c));

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

#ifndef MEND_CGI_AUTH_H
#define MEND_CGI_AUTH_H

#include "program.h"

/*
 * Who acts. There is no sign-in yet: the name comes from the header
 * X-Mend-Actor (or, in a decision, from the body) and is a claim nobody
 * checked; the role is the setting dev_role. When sign-in comes, this file
 * changes and nothing else.
 */
#define ACTOR_DEFAULT "dev"

/* Sets c->actor. ERR_INVALID: the header is not printable UTF-8 of 1-95 bytes,
 * plain or percent-encoded. */
MUST_CHECK enum err auth_actor(struct context *c);
/* A name from the body, used only when no header gave one. pointer: where it
 * stands. */
MUST_CHECK enum err auth_claim(struct context *c, const char *name,
			       const char *pointer);
/* A browser says that another site made this request: Sec-Fetch-Site, or an
 * Origin that is not the Host it came to (older browsers send only that). */
bool auth_cross_site(const struct request *r);

#endif

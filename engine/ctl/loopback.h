#ifndef MEND_CTL_LOOPBACK_H
#define MEND_CTL_LOOPBACK_H

#include "../base/err.h"
#include "../base/strbuf.h"

/*
 * One HTTP request to our own nginx on 127.0.0.1, for the supervisor's "is it
 * ready?" and the sample events. Not a client for anything else: no names, no
 * TLS, no chunks taken apart, one connection a request.
 */
struct loopback_request {
	int port;
	const char *method, *path;
	const char *body; /* JSON; NULL: none */
	int wait_ms;	  /* for each read and write */
};

/* ERR_SYSTEM: nobody answered, or no HTTP. ret_body may be NULL. */
MUST_CHECK enum err loopback_request(const struct loopback_request *r,
				     int *ret_status, struct strbuf *ret_body);
/* Whether nginx could listen there: ERR_CONFLICT when somebody does. */
MUST_CHECK enum err loopback_port_free(int port);

#endif

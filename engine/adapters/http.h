#ifndef MEND_ADAPTERS_HTTP_H
#define MEND_ADAPTERS_HTTP_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/arena.h"
#include "../base/err.h"
#include "reach.h"

/*
 * HTTP out, many at once, on one thread; the only file that knows curl. Effects
 * never reuse a connection (a POST on a reused one that died is sent again
 * silently), HTTP/1.1 only, no redirects, http and https only, no proxy, no
 * compression, answers up to a limit, and only where reach.h lets it go: the
 * host by its name, the address when its socket is opened. Nothing acts inside
 * a callback: what finished is fetched by http_next().
 */
struct http_request {
	int64_t tag; /* the caller's; comes back with the response */
	const char *method;
	const char *url;
	const char *const *header; /* "Name: value" lines */
	int header_count;
	const char *body; /* NULL: none; application/json */
	bool effect;	  /* fresh connection, forbid reuse */
	int64_t connect_timeout_ms, timeout_ms;
};

enum http_outcome {
	HTTP_ANSWERED, /* a whole response came */
	HTTP_NOT_SENT, /* certainly never reached the peer: refused, no name */
	HTTP_TIMED_OUT,
	HTTP_BROKEN,	/* reset, closed early, not HTTP */
	HTTP_TOO_LARGE, /* more body than allowed */
	HTTP_REFUSED,	/* not sent: by us, it may not go there */
};

struct http_response {
	int64_t tag;
	enum http_outcome outcome;
	int status;
	char *body; /* NUL-terminated, free() it; NULL: none */
	size_t length;
	char content_type[96];
	int64_t retry_after_ms; /* -1: not said; absurd values are capped */
	int64_t duration_ms;
	char error[200];
};

/*
 * The engine reaches the network through this table, so that a simulated one
 * can stand in. start() copies what it needs.
 */
struct network {
	enum err (*start)(void *context, const struct http_request *r);
	/* One finished exchange; false when there is none (yet). */
	bool (*next)(void *context, struct http_response *ret_response);
	/* Drops what is in flight under this tag; no response will come. */
	void (*drop)(void *context, int64_t tag);
	/* Sleeps until something finished, one of fds is readable, or
	 * timeout_ms passed; revents of fds are filled in. */
	void (*wait)(void *context, struct pollfd *fds, int count,
		     int64_t timeout_ms);
	void *context;
	/* From now on nothing goes anywhere else; NULL: goes where it likes. */
	void (*confine)(void *context, const struct reach_rules *r);
};

/* The host that a URL names, as curl reads it, without brackets. False: it is
 * no URL with a host. */
#define HTTP_HOST_SIZE 256
bool http_url_host(const char *url, char ret_host[HTTP_HOST_SIZE]);
/* For tests: from now on this name means this address, "host:port:address". */
void http_resolve(struct network *n, const char *entry);

#define HTTP_BODY_MAX (256 * 1024)

/* Real network over libcurl. */
MUST_CHECK enum err http_open(struct network *ret_network);
void http_close(struct network *n);

#endif

#ifndef MEND_ADAPTERS_REACH_H
#define MEND_ADAPTERS_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/*
 * Where calls may go: hosts by name, and whether the address that a name turns
 * out to have may be a private one. The name is judged before anything leaves,
 * the address by who opens the socket (http.c), so that a name that means
 * another machine a moment later is judged by that machine.
 */
#define REACH_LIST_SIZE 4096
struct reach_rules {
	bool set;		       /* false: anywhere, as in tests */
	char allow[REACH_LIST_SIZE];   /* " host host " */
	char private[REACH_LIST_SIZE]; /* may have a private address */
};

/* Adds the names of a list that commas or spaces separate. False: no room. */
bool reach_add(char list[REACH_LIST_SIZE], const char *names);
/* Whether a host stands in a list; case and a final dot do not matter. */
bool reach_has(const char list[REACH_LIST_SIZE], const char *host);
/* Loopback, private, link-local, shared, multicast, documentation, reserved,
 * and IPv6 that wraps such an IPv4 one; and all that is neither IPv4 nor IPv6.
 * Source: the IANA special-purpose address registries. */
bool reach_is_private(const struct sockaddr *address);

#endif

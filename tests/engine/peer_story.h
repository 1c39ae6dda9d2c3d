#ifndef MEND_TESTS_PEER_STORY_H
#define MEND_TESTS_PEER_STORY_H

#include <stddef.h>

#include "peer.h"

/* One connection of the peer, and what it does with a request. */
#define PEER_STEP_MS 20 /* how late it may notice that it is to stop */

struct connection {
	struct peer *peer;
	int fd;
	int served; /* requests answered on it */
	bool open;
	char request[PEER_REQUEST_MAX];
	size_t length;
};

/* Does what the path of c->request asks for. */
void peer_tell(struct connection *c);
/* Sent whole, or the other side is gone: then c->open is false. */
void peer_say_n(struct connection *c, const char *bytes, size_t length);
void peer_say(struct connection *c, const char *text);
/* Says nothing more until the other side has enough. */
void peer_stall(struct connection *c);
/* So that close() sends a reset. */
void peer_make_reset(int fd);
void peer_pause_ms(int ms);

#endif

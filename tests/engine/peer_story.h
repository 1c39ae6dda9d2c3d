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
/* So that close() sends a reset. */
void peer_make_reset(int fd);
void peer_pause_ms(int ms);

#endif

#ifndef MEND_TESTS_PEER_H
#define MEND_TESTS_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define PEER_REQUEST_MAX (2 * 1024 * 1024)

/*
 * A hostile HTTP peer on 127.0.0.1, one thread a connection. What it does is
 * asked for by the first part of the path: "/stall/x". An unknown one answers
 * 404. It counts what reaches it, so that doubles are seen.
 */
struct connection;
struct peer {
	int listener, port;
	pthread_t thread;
	atomic_int connections, requests, live;
	atomic_bool stop;
	atomic_bool reset_on_accept;
	void (*tell)(struct connection *c); /* instead of by the path */
	bool (*greet)(int fd); /* before any request; false: goes at once */
	pthread_mutex_t lock;
	char last[PEER_REQUEST_MAX]; /* the last request, head and body */
};

/* Zeroed, but for tell and greet. */
void peer_start(struct peer *p);
void peer_stop(struct peer *p);
/* The last request; valid until the next call. */
const char *peer_last(struct peer *p);
/* A port that nobody listens on. */
int peer_closed_port(void);
/* A listener that takes no connection any more, on *ret_port. */
int peer_deaf(int *ret_port);
void peer_deaf_end(int fd);

#endif

/* The peer's threads: it listens, hears whole requests and counts them. */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer_story.h"

/* Whether the head and as much body as it declares are there. */
static bool is_whole(const struct connection *c)
{
	const char *end = strstr(c->request, "\r\n\r\n");
	const char *declared = strcasestr(c->request, "\r\nContent-Length:");
	size_t body = 0;

	if (!end)
		return false;
	if (declared && declared < end)
		body = (size_t)strtoul(declared + 17, NULL, 10);
	return c->length >= (size_t)(end + 4 - c->request) + body;
}

static bool hear(struct connection *c)
{
	c->length = 0;
	c->request[0] = '\0';
	while (!c->peer->stop) {
		ssize_t n = recv(c->fd, c->request + c->length,
				 PEER_REQUEST_MAX - 1 - c->length, 0);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		if (n < 0)
			continue;
		c->length += (size_t)n;
		c->request[c->length] = '\0';
		if (is_whole(c))
			return true;
		if (c->length == PEER_REQUEST_MAX - 1)
			return false;
	}
	return false;
}

static void note(struct connection *c)
{
	struct peer *p = c->peer;

	(void)pthread_mutex_lock(&p->lock);
	memcpy(p->last, c->request, c->length + 1);
	(void)pthread_mutex_unlock(&p->lock);
	p->requests++;
}

static void *serve(void *context)
{
	struct connection *c = context;

	c->open = true;
	while (c->open && hear(c)) {
		note(c);
		if (c->peer->tell)
			c->peer->tell(c);
		else
			peer_tell(c);
		c->served++;
		if (strcasestr(c->request, "\r\nConnection: close"))
			break;
	}
	(void)close(c->fd);
	c->peer->live--;
	free(c);
	return NULL;
}

static void *listen_on(void *context)
{
	struct peer *p = context;
	/* Rarely: the other side hangs up before we are stopped. */
	struct timeval step = {.tv_sec = 1};
	pthread_attr_t small;
	pthread_t thread;
	int one = 1;

	(void)pthread_attr_init(&small);
	(void)pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&small, (size_t)128 * 1024);
	while (!p->stop) {
		int fd = accept(p->listener, NULL, NULL);
		struct connection *c;

		if (fd < 0)
			continue;
		p->connections++;
		if (p->reset_on_accept) {
			peer_make_reset(fd);
			(void)close(fd);
			continue;
		}
		if (p->greet && !p->greet(fd)) {
			(void)close(fd);
			continue;
		}
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &step,
				 sizeof(step));
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
				 sizeof(one));
		c = calloc(1, sizeof(*c));
		if (!c)
			abort();
		c->peer = p;
		c->fd = fd;
		p->live++;
		if (pthread_create(&thread, &small, serve, c) != 0)
			abort();
	}
	(void)pthread_attr_destroy(&small);
	return NULL;
}

static int bind_any(int *ret_port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) != 0)
		abort();
	*ret_port = ntohs(at.sin_port);
	return fd;
}

void peer_start(struct peer *p)
{
	struct timeval step = {.tv_usec = PEER_STEP_MS * 1000L};

	void (*tell)(struct connection * c) = p->tell;
	bool (*greet)(int fd) = p->greet;

	memset(p, 0, sizeof(*p));
	p->tell = tell;
	p->greet = greet;
	(void)pthread_mutex_init(&p->lock, NULL);
	p->listener = bind_any(&p->port);
	(void)setsockopt(p->listener, SOL_SOCKET, SO_RCVTIMEO, &step,
			 sizeof(step));
	if (listen(p->listener, 1024) != 0 ||
	    pthread_create(&p->thread, NULL, listen_on, p) != 0)
		abort();
}

void peer_stop(struct peer *p)
{
	p->stop = true;
	(void)pthread_join(p->thread, NULL);
	while (p->live > 0)
		peer_pause_ms(1);
	(void)close(p->listener);
	(void)pthread_mutex_destroy(&p->lock);
}

const char *peer_last(struct peer *p)
{
	static char copy[sizeof(p->last)];

	(void)pthread_mutex_lock(&p->lock);
	memcpy(copy, p->last, sizeof(copy));
	(void)pthread_mutex_unlock(&p->lock);
	return copy;
}

int peer_closed_port(void)
{
	int port;
	int fd = bind_any(&port);

	(void)close(fd);
	return port;
}

#define DEAF_CALLERS 4
static int deaf_caller[DEAF_CALLERS];

/* Its queue of connections to accept is full, so further ones are dropped. */
int peer_deaf(int *ret_port)
{
	int fd = bind_any(ret_port);
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons((uint16_t)*ret_port)};

	if (listen(fd, 0) != 0)
		abort();
	for (int i = 0; i < DEAF_CALLERS; i++) {
		deaf_caller[i] = socket(
			AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(deaf_caller[i], (struct sockaddr *)&at,
			      sizeof(at));
	}
	return fd;
}

void peer_deaf_end(int fd)
{
	for (int i = 0; i < DEAF_CALLERS; i++)
		(void)close(deaf_caller[i]);
	(void)close(fd);
}

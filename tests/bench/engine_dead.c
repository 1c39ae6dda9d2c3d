/*
 * Why: what a dead downstream system costs the runs of others. Two places with
 * the same lively runs, five calls each over real connections; in one of them
 * two thousand others wait for a system that refuses and for one that swallows
 * whatever is sent. Measured in turn, so that other load touches both alike.
 *
 * The lively peer is at http://127.0.0.1:$BENCH_PEER and answers at once.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS 7
#define CALLS 5
#define WAITING 1000 /* for each of the dead */
#define SETTLE_S 4
#define CALLERS 4

static int64_t answered; /* on the side that is measured */

static bool next(void *context, struct http_response *ret_response)
{
	struct network *n = context;

	if (!n->next(n->context, ret_response))
		return false;
	answered += ret_response->outcome == HTTP_ANSWERED;
	return true;
}

static enum err start(void *context, const struct http_request *r)
{
	struct network *n = context;

	return n->start(n->context, r);
}

static void drop(void *context, int64_t tag)
{
	struct network *n = context;

	n->drop(n->context, tag);
}

static void wait_for(void *context, struct pollfd *fds, int count,
		     int64_t timeout_ms)
{
	struct network *n = context;

	n->wait(n->context, fds, count, timeout_ms);
}

struct side {
	struct place place;
	struct network real, counted;
	struct engine *engine;
};

/* ---- the dead ---------------------------------------------------------- */

static int bound(int *ret_port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	bench_must(fd >= 0 && bind(fd, (struct sockaddr *)&at, size) == 0 &&
			   getsockname(fd, (struct sockaddr *)&at, &size) == 0,
		   "a port");
	*ret_port = ntohs(at.sin_port);
	return fd;
}

/* Its queue of connections to accept is full: further ones are dropped. */
static int swallows(void)
{
	int port, fd = bound(&port);
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	bench_must(listen(fd, 0) == 0, "listen");
	for (int i = 0; i < CALLERS; i++) {
		int caller = socket(
			AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		(void)connect(caller, (struct sockaddr *)&at, sizeof(at));
	}
	return port;
}

static int refuses(void)
{
	int port;

	/* Bound and never listened on. */
	(void)bound(&port);
	return port;
}

/* ---- the place ------------------------------------------------------------
 */

static void add_adapter(struct place *p, const char *name, int port,
			int concurrency)
{
	char path[64], text[600];

	snprintf(path, sizeof(path), "adapters/%s.json", name);
	/* More eager than most: it looks again every second or so. */
	snprintf(text, sizeof(text),
		 "{\"adapter\": \"%s\", \"title\": \"Measured\","
		 " \"kind\": \"http\", \"baseUrl\": \"http://127.0.0.1:%d\","
		 " \"concurrency\": %d, \"breaker\": {\"failures\": 5,"
		 " \"open\": \"1s\"}, \"operations\": {\"get\":"
		 " {\"kind\": \"read\", \"path\": \"/{{orderId}}\","
		 " \"retry\": {\"maximumAttempts\": 1000}}}}",
		 name, port, concurrency);
	place_document(p, path, text);
}

static void add_playbook(struct place *p, const char *name)
{
	char path[64], text[1500];
	int length = snprintf(text, sizeof(text),
			      "{\"playbook\": \"%s\", \"title\": \"Measured\","
			      " \"steps\": [",
			      name);

	for (int i = 0; i < CALLS; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length,
				   "{\"step\": \"get_%d\", \"kind\": \"call\","
				   " \"operation\": \"%s.get\"},",
				   i, name);
	snprintf(text + length, sizeof(text) - (size_t)length,
		 "{\"step\": \"end\", \"kind\": \"finish\", \"outcome\":"
		 " \"RESOLVED_AUTOMATICALLY\", \"result\": \"NONE\","
		 " \"reason\": \"All were asked\"}]}");
	snprintf(path, sizeof(path), "playbooks/%s.json", name);
	place_document(p, path, text);
}

static void side_open(struct side *s, const char *name, int refusing,
		      int swallowing)
{
	const char *peer = getenv("BENCH_PEER");
	struct engine_options o = {.world = &world_real};

	bench_must(peer != NULL, "BENCH_PEER");
	place_open(&s->place, name);
	add_adapter(&s->place, "lively", (int)strtol(peer, NULL, 10), 200);
	add_adapter(&s->place, "refuses", refusing, 50);
	add_adapter(&s->place, "swallows", swallowing, 50);
	add_playbook(&s->place, "lively");
	add_playbook(&s->place, "refuses");
	add_playbook(&s->place, "swallows");
	place_document(
		&s->place, "playbooks/intake.json",
		"{\"playbook\": \"intake\", \"title\": \"Route\", \"steps\": ["
		"{\"step\": \"route\", \"kind\": \"choose\", \"rules\": ["
		"{\"name\": \"r\", \"when\": {\"orderId\": {\"prefix\": "
		"\"R-\"}},"
		" \"route\": \"refuses\"},"
		"{\"name\": \"s\", \"when\": {\"orderId\": {\"prefix\": "
		"\"S-\"}},"
		" \"route\": \"swallows\"},"
		"{\"name\": \"l\", \"route\": \"lively\"}]}]}");
	place_activate(&s->place);
	BENCH_OK(http_open(&s->real));
	s->counted =
		(struct network){start, next, drop, wait_for, &s->real, NULL};
	o.db = s->place.db;
	o.config = &s->place.config;
	o.network = s->counted;
	BENCH_OK(engine_open(&o, &s->engine));
}

static void side_close(struct side *s)
{
	engine_close(s->engine);
	http_close(&s->real);
	place_close(&s->place);
}

static void turn(struct side *s)
{
	int64_t wait_ms = engine_tick(s->engine);

	wait_for(&s->real, NULL, 0, wait_ms < 100 ? wait_ms : 100);
}

/* Seconds for so many lively runs. */
static double lively(struct side *s, int count)
{
	double began = bench_now();

	place_start(&s->place, count);
	engine_nudged(s->engine);
	answered = 0;
	while (answered < (int64_t)count * CALLS) {
		turn(s);
		bench_must(bench_now() - began < 120, "it ends in time");
	}
	return bench_now() - began;
}

void measure_dead(void)
{
	static struct side calm, dead;
	double ratio[ROUNDS], rate[ROUNDS];
	int refusing = refuses(), swallowing = swallows();
	int count = getenv("BENCH_RUNS")
			    ? (int)strtol(getenv("BENCH_RUNS"), NULL, 10)
			    : 800;
	double until;

	side_open(&calm, "alone", refusing, swallowing);
	side_open(&dead, "dead", refusing, swallowing);
	place_start_as(&dead.place, "R", WAITING);
	place_start_as(&dead.place, "S", WAITING);
	engine_nudged(dead.engine);
	for (until = bench_now() + SETTLE_S; bench_now() < until;)
		turn(&dead);
	lively(&calm, count / 2);
	lively(&dead, count / 2);
	for (int i = 0; i < ROUNDS; i++) {
		double alone = i % 2 ? 0 : lively(&calm, count);
		double beside = lively(&dead, count);

		if (i % 2)
			alone = lively(&calm, count);
		ratio[i] = alone / beside;
		rate[i] = count * CALLS / beside;
	}
	bench_result("beside_dead_per_s", bench_median(rate, ROUNDS), "/s");
	bench_result("beside_dead", bench_median(ratio, ROUNDS), "x");
	side_close(&dead);
	side_close(&calm);
}

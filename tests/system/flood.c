/*
 * Why: overload is when requests come faster than they are answered, whatever
 * the clients would like. So this sends by the clock, from one thread: RATE
 * requests a second over at most CLIENTS kept connections of the loopback,
 * one start and then seven reads of it, for SECONDS.
 *
 *   flood PORT CLIENTS RATE SECONDS WORD
 *
 * WORD makes the order ids of this flood its own. RATE 0: each client sends its
 * next request when its last is answered. One line of JSON: how many were
 * offered and answered by status, what went wrong, and how many milliseconds
 * the accepted ones (2xx) took at percentiles. Always holds: what the API
 * promises of an answer is looked at in every one of them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 4000
#define READS 8 /* every so many requests one is a start */
#define ANSWER_MAX (32 * 1024)
#define TOOK_MS_MAX 60000
#define DRAIN_S 15 /* after the end, for what is under way */

struct client {
	int fd; /* -1: not connected */
	bool busy;
	double sent;
	size_t length;
	char answer[ANSWER_MAX];
};

static struct {
	int port, count, epoll;
	double rate, end;
	const char *word;

	struct client *idle[CLIENTS_MAX];
	int idle_count, busy_count;
	long number; /* of the next request */
	long status[600];
	long reset, malformed, unanswered;
	long took[TOOK_MS_MAX + 1]; /* accepted ones by milliseconds */
} flood;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

_Noreturn static void fail(const char *what)
{
	(void)fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void disconnect(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/* Not waiting: it may be writable only later, and then the kernel sends. */
static bool connect_client(struct client *c)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)flood.port)};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		fail("socket");
	if (connect(c->fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
		disconnect(c);
		return false;
	}
	if (epoll_ctl(flood.epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
		fail("epoll_ctl");
	return true;
}

static size_t write_request(char *text, size_t size)
{
	long n = flood.number++;
	char body[128];
	int length =
		snprintf(body, sizeof(body), "{\"orderId\":\"%s-%ld-UNKNOWN\"}",
			 flood.word, n);

	if (n % READS == 0)
		return (size_t)snprintf(text, size,
					"POST /v1/runs HTTP/1.1\r\n"
					"Host: localhost\r\n"
					"Content-Type: application/json\r\n"
					"Content-Length: %d\r\n\r\n%s",
					length, body);
	return (size_t)snprintf(text, size,
				"GET /v1/runs?order=%s-%ld-UNKNOWN&limit=1 "
				"HTTP/1.1\r\nHost: localhost\r\n\r\n",
				flood.word, n - n % READS);
}

static void release(struct client *c)
{
	c->busy = false;
	flood.busy_count--;
	flood.idle[flood.idle_count++] = c;
}

static void send_next(struct client *c)
{
	char text[512];
	size_t length = write_request(text, sizeof(text));

	c->busy = true;
	flood.busy_count++;
	c->length = 0;
	c->sent = now();
	if (c->fd >= 0 &&
	    send(c->fd, text, length, MSG_NOSIGNAL) == (ssize_t)length)
		return;
	/* It was closed while it was idle, which is the server's right. */
	disconnect(c);
	if (connect_client(c) &&
	    send(c->fd, text, length, MSG_NOSIGNAL) == (ssize_t)length)
		return;
	flood.reset++;
	disconnect(c);
	release(c);
}

/* Bytes of the answer once all of it is there, else 0. */
static size_t whole(const struct client *c)
{
	const char *end = strstr(c->answer, "\r\n\r\n");
	const char *length = strstr(c->answer, "\r\nContent-Length:");

	if (!end)
		return 0;
	if (length && length < end) {
		size_t all = (size_t)(end + 4 - c->answer) +
			     strtoul(length + 17, NULL, 10);

		return c->length >= all ? all : 0;
	}
	return strstr(end, "\r\n0\r\n\r\n") ? c->length : 0;
}

/* What is not taken says so in a form that a client can act upon. */
static bool refusal_good(const char *answer, int status)
{
	static const char header[] = "\r\nRetry-After: ";
	const char *after = strstr(answer, header);
	const char *body = strstr(answer, "\r\n\r\n");
	char said[32];

	(void)snprintf(said, sizeof(said), "\"status\":%d,", status);
	return after && body && after < body &&
	       strtol(after + sizeof(header) - 1, NULL, 10) > 0 &&
	       strstr(answer, "\r\nContent-Type: application/problem+json") &&
	       strstr(body, said) && strstr(body, "\"code\":");
}

static void count(const struct client *c)
{
	int status = (int)strtol(c->answer + 9, NULL, 10);
	double took = (now() - c->sent) * 1000;

	if (status < 100 || status > 599) {
		flood.malformed++;
		return;
	}
	flood.status[status]++;
	if (status < 300)
		flood.took[took < TOOK_MS_MAX ? (int)took : TOOK_MS_MAX]++;
	else if (!refusal_good(c->answer, status))
		flood.malformed++;
}

static void receive(struct client *c)
{
	ssize_t n = recv(c->fd, c->answer + c->length,
			 ANSWER_MAX - 1 - c->length, 0);

	if (n <= 0) {
		disconnect(c);
		if (!c->busy)
			return;
		/* Kept connections may be closed between two requests, and
		 * ours may cross that: nothing was answered, so once more. */
		if (n == 0 && c->length == 0)
			flood.number--;
		else
			flood.reset++;
		release(c);
		return;
	}
	c->length += (size_t)n;
	c->answer[c->length] = '\0';
	if (!c->busy || !whole(c))
		return;
	count(c);
	if (strstr(c->answer, "\r\nConnection: close"))
		disconnect(c);
	release(c);
}

static void turn(int wait_ms)
{
	struct epoll_event event[256];
	int n = epoll_wait(flood.epoll, event, 256, wait_ms);

	for (int i = 0; i < n; i++) {
		struct client *c = event[i].data.ptr;

		if (c->fd >= 0)
			receive(c);
	}
}

static void run(double start)
{
	double last = start, owed = 0;

	while (last < flood.end) {
		double t = now();

		owed += (t - last) * flood.rate;
		last = t;
		/* Nobody owes more than every client at once. */
		if (flood.rate <= 0 || owed > flood.count)
			owed = flood.count;
		for (; owed >= 1 && flood.idle_count > 0; owed--)
			send_next(flood.idle[--flood.idle_count]);
		turn(1);
	}
	for (double t = now(); flood.busy_count > 0 && now() < t + DRAIN_S;)
		turn(100);
	flood.unanswered = flood.busy_count;
}

static int percentile(double part)
{
	long all = 0, seen = 0;
	int ms = 0;

	for (int i = 0; i <= TOOK_MS_MAX; i++)
		all += flood.took[i];
	for (; ms < TOOK_MS_MAX; ms++) {
		seen += flood.took[ms];
		if ((double)seen >= part * (double)all)
			break;
	}
	return ms;
}

static void report(double seconds)
{
	const char *comma = "";

	printf("{\"offered\":%ld,\"seconds\":%.3f,\"status\":{", flood.number,
	       seconds);
	for (int i = 0; i < 600; i++) {
		if (!flood.status[i])
			continue;
		printf("%s\"%d\":%ld", comma, i, flood.status[i]);
		comma = ",";
	}
	printf("},\"reset\":%ld,\"malformed\":%ld,\"unanswered\":%ld,"
	       "\"p50\":%d,\"p99\":%d,\"max\":%d}\n",
	       flood.reset, flood.malformed, flood.unanswered, percentile(0.5),
	       percentile(0.99), percentile(1));
}

int main(int argc, char **argv)
{
	double start;

	if (argc != 6) {
		(void)fprintf(stderr,
			      "usage: flood PORT CLIENTS RATE SECONDS WORD\n");
		return 2;
	}
	flood.port = (int)strtol(argv[1], NULL, 10);
	flood.count = (int)strtol(argv[2], NULL, 10);
	flood.rate = strtod(argv[3], NULL);
	flood.word = argv[5];
	if (flood.count < 1 || flood.count > CLIENTS_MAX ||
	    strlen(flood.word) > 40)
		return 2;
	flood.epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < flood.count; i++) {
		struct client *c = calloc(1, sizeof(*c));

		if (!c)
			fail("calloc");
		c->fd = -1;

		flood.idle[flood.idle_count++] = c;
	}
	start = now();
	flood.end = start + strtod(argv[4], NULL);
	run(start);
	report(flood.end - start);
	return 0;
}

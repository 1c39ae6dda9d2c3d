/*
 * Why: many clients at once from one thread, bounded in count, so that the load
 * takes little of the machine that it measures. Each client keeps its
 * connection and sends its next request when the answer of the last is there.
 *
 *   load PORT CLIENTS REQUESTS METHOD PATH [BODY]
 *
 * METHOD "FOLLOW" posts to PATH and then asks for the run that was started
 * until it is closed; what is timed is all of that, with a pause between two.
 *
 * %d in path or body becomes the number of the request, and %s a word that is
 * this process's own. SECONDS as "5s" in place of REQUESTS goes by time. One
 * line of JSON: answers by kind, seconds, milliseconds at percentiles.
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

#include "engine/base/mem.h"
#include "engine/base/strbuf.h"

#define CLIENTS_MAX 1024
#define ANSWER_MAX (1 << 20)
#define BODY_MAX (1 << 20)

struct client {
	int fd;
	double sent;
	char *answer;
	size_t length;
	char run[40]; /* that is followed; "": none */
};

#define PAUSE_US 5000

static struct load {
	int port, clients, epoll;
	long requests, begun, done, good, refused, failed;
	double until; /* 0: by count */
	bool follow;
	const char *method, *path, *body;
	char word[32];
	struct client client[CLIENTS_MAX];
	double *took;
	long took_room;
} load;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void fill(struct strbuf *out, const char *template, long number)
{
	for (const char *c = template; *c; c++) {
		if (c[0] == '%' && c[1] == 'd') {
			strbuf_printf(out, "%ld", number);
			c++;
		} else if (c[0] == '%' && c[1] == 's') {
			strbuf_add(out, load.word);
			c++;
		} else {
			strbuf_add_char(out, *c);
		}
	}
}

static void connect_client(struct client *c)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)load.port)};
	struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = c}};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 ||
	    connect(c->fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		fail("connect");
	if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
		fail("epoll_ctl");
}

static bool more(void)
{
	if (load.until > 0)
		return now() < load.until;
	return load.begun < load.requests;
}

static void send_text(struct client *c, const struct strbuf *text)
{
	size_t at = 0;

	c->length = 0;
	while (at < text->length) {
		ssize_t n = send(c->fd, text->data + at, text->length - at,
				 MSG_NOSIGNAL);

		if (n <= 0)
			fail("send");
		at += (size_t)n;
	}
}

static void send_next(struct client *c)
{
	struct strbuf path, body, text;

	strbuf_init(&path, 4096);
	strbuf_init(&body, BODY_MAX);
	strbuf_init(&text, BODY_MAX + 8192);
	fill(&path, load.path, load.begun);
	fill(&body, load.body, load.begun);
	load.begun++;
	strbuf_printf(&text, "%s %s HTTP/1.1\r\nHost: localhost\r\n",
		      load.method, strbuf_text(&path));
	if (body.length)
		strbuf_printf(&text,
			      "Content-Type: application/json\r\n"
			      "Content-Length: %zu\r\n",
			      body.length);
	strbuf_add(&text, "\r\n");
	strbuf_add(&text, strbuf_text(&body));
	c->run[0] = '\0';
	c->sent = now();
	send_text(c, &text);
	strbuf_release(&path);
	strbuf_release(&body);
	strbuf_release(&text);
}

static void ask(struct client *c)
{
	struct strbuf text;

	strbuf_init(&text, 4096);
	strbuf_printf(&text,
		      "GET /v1/runs/%s HTTP/1.1\r\nHost: localhost\r\n\r\n",
		      c->run);
	send_text(c, &text);
	strbuf_release(&text);
}

/* Asks (again) for the run. False: it is closed, or there is none. */
static bool ask_again(struct client *c)
{
	const char *id = strstr(c->answer, "\"runId\":\"");

	if (!load.follow || !id || strstr(c->answer, "\"closedAt\":\""))
		return false;
	if (c->run[0] == '\0')
		snprintf(c->run, sizeof(c->run), "%.*s",
			 (int)strcspn(id + 9, "\""), id + 9);
	ask(c);
	return true;
}

/* Bytes of the whole answer, 0 while it is not all there. */
static size_t whole(const struct client *c)
{
	const char *end = strstr(c->answer, "\r\n\r\n");
	const char *length = strcasestr(c->answer, "\r\nContent-Length:");
	size_t head;

	if (!end)
		return 0;
	head = (size_t)(end + 4 - c->answer);
	if (length && length < end) {
		head += strtoul(length + 17, NULL, 10);
		return c->length >= head ? head : 0;
	}
	/* Chunked: the last chunk is empty. */
	end = strstr(end, "\r\n0\r\n\r\n");
	return end ? c->length : 0;
}

static void count(struct client *c)
{
	int status = (int)strtol(c->answer + 9, NULL, 10);

	if (load.done == load.took_room) {
		load.took_room = load.took_room ? 2 * load.took_room : 4096;
		load.took = mem_grow(load.took, (size_t)load.took_room,
				     sizeof(*load.took));
	}
	load.took[load.done++] = (now() - c->sent) * 1000;
	if (status >= 200 && status < 400)
		load.good++;
	else if (status == 429 || status == 503)
		load.refused++;
	else
		load.failed++;
}

static void end_client(struct client *c)
{
	close(c->fd);
	c->fd = -1;
}

static void receive(struct client *c)
{
	ssize_t n = recv(c->fd, c->answer + c->length,
			 ANSWER_MAX - 1 - c->length, 0);

	if (n <= 0) {
		/* nginx closes a connection after so many requests. */
		end_client(c);
		if (c->length > 0)
			load.failed++;
		connect_client(c);
		if (c->run[0]) {
			ask(c);
			return;
		}
		load.begun--;
		send_next(c);
		return;
	}
	c->length += (size_t)n;
	c->answer[c->length] = '\0';
	if (!whole(c) || ask_again(c))
		return;
	count(c);
	if (load.follow)
		usleep(PAUSE_US);
	if (more())
		send_next(c);
	else
		end_client(c);
}

static bool any_open(void)
{
	for (int i = 0; i < load.clients; i++)
		if (load.client[i].fd >= 0)
			return true;
	return false;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double at(double part)
{
	long i = (long)(part * (double)load.done);

	if (load.done == 0)
		return 0;
	return load.took[i < load.done ? i : load.done - 1];
}

int main(int argc, char **argv)
{
	struct epoll_event event[64];
	double start;

	if (argc < 6) {
		fprintf(stderr, "usage: load PORT CLIENTS REQUESTS|SECONDSs "
				"METHOD|FOLLOW PATH [BODY]\n");
		return 2;
	}
	load.port = (int)strtol(argv[1], NULL, 10);
	load.clients = (int)strtol(argv[2], NULL, 10);
	if (load.clients < 1 || load.clients > CLIENTS_MAX)
		return 2;
	load.requests = strtol(argv[3], NULL, 10);
	load.follow = strcmp(argv[4], "FOLLOW") == 0;
	load.method = load.follow ? "POST" : argv[4];
	load.path = argv[5];
	load.body = argc > 6 ? argv[6] : "";
	snprintf(load.word, sizeof(load.word), "%d-%ld", (int)getpid(),
		 (long)time(NULL) % 100000);
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	start = now();
	if (strchr(argv[3], 's'))
		load.until = start + (double)load.requests;
	for (int i = 0; i < load.clients; i++) {
		load.client[i].answer = mem_alloc(ANSWER_MAX);
		connect_client(&load.client[i]);
		send_next(&load.client[i]);
	}
	while (any_open()) {
		int n = epoll_wait(load.epoll, event, 64, 30000);

		if (n == 0)
			fail("no answer in 30 s");
		for (int i = 0; i < n; i++)
			receive(event[i].data.ptr);
	}
	start = now() - start;
	if (load.done)
		qsort(load.took, (size_t)load.done, sizeof(double), by_value);
	printf("{\"good\":%ld,\"refused\":%ld,\"failed\":%ld,"
	       "\"seconds\":%.4f,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}\n",
	       load.good, load.refused, load.failed, start, at(0.5), at(0.99),
	       at(1));
	return 0;
}

/* Everything that a peer must not do, one function a story, and a table. A new
 * story is a row and a function. */
#include "peer_story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

void peer_pause_ms(int ms)
{
	struct timespec t = {.tv_nsec = ms * 1000000L};

	(void)nanosleep(&t, NULL);
}

void peer_say_n(struct connection *c, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = send(c->fd, bytes, length, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			c->open = false;
			return;
		}
		bytes += n;
		length -= (size_t)n;
	}
}

void peer_say(struct connection *c, const char *text)
{
	peer_say_n(c, text, strlen(text));
}

static void say_body(struct connection *c, const char *head, const char *body)
{
	char text[4096];

	(void)snprintf(text, sizeof(text),
		       "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", head,
		       strlen(body), body);
	peer_say(c, text);
}

void peer_make_reset(int fd)
{
	struct linger linger = {.l_onoff = 1};

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

/* ---- stories ---------------------------------------------------------- */

#define JSON "\r\nContent-Type: application/json"
#define KILOBYTE_COUNT 256 /* as many make HTTP_BODY_MAX */

static void story_ok(struct connection *c)
{
	say_body(c, "200 OK" JSON, "{\"ok\":true}");
}

static void story_empty(struct connection *c)
{
	peer_say(c, "HTTP/1.1 204 No Content\r\n\r\n");
}

static void story_chunked(struct connection *c)
{
	peer_say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "3\r\n{\"a\r\n5\r\n\":1}\n\r\n0\r\n\r\n");
}

static void story_continue(struct connection *c)
{
	peer_say(c, "HTTP/1.1 100 Continue\r\n\r\n");
	peer_pause_ms(PEER_STEP_MS);
	story_ok(c);
}

static void story_until_close(struct connection *c)
{
	peer_say(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}");
	c->open = false;
}

static void story_reset(struct connection *c)
{
	peer_make_reset(c->fd);
	c->open = false;
}

static void story_hangup(struct connection *c)
{
	c->open = false;
}

void peer_stall(struct connection *c)
{
	char byte;

	/* Until the other side has enough. */
	while (!c->peer->stop) {
		ssize_t n = recv(c->fd, &byte, 1, 0);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			break;
	}
	c->open = false;
}

static void story_half_head(struct connection *c)
{
	peer_say(c, "HTTP/1.1 200 OK\r\nContent-Le");
	peer_stall(c);
}

static void story_half_body(struct connection *c)
{
	peer_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
	peer_stall(c);
}

static void story_truncated(struct connection *c)
{
	peer_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
	c->open = false;
}

static void story_truncated_chunk(struct connection *c)
{
	peer_say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "40\r\n{\"half\":");
	c->open = false;
}

static void drip(struct connection *c, int pause)
{
	static const char text[] =
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

	for (size_t i = 0; i < sizeof(text) - 1 && c->open; i++) {
		peer_say_n(c, text + i, 1);
		peer_pause_ms(pause);
	}
}

static void story_drip(struct connection *c)
{
	drip(c, 50);
}

static void story_drip_fast(struct connection *c)
{
	drip(c, 2);
}

static void say_kilobytes(struct connection *c, int count)
{
	char block[1024];

	memset(block, ' ', sizeof(block));
	for (int i = 0; i < count && c->open; i++)
		peer_say_n(c, block, sizeof(block));
}

static void story_largest(struct connection *c)
{
	peer_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 262144\r\n\r\n");
	say_kilobytes(c, KILOBYTE_COUNT);
}

static void story_huge(struct connection *c)
{
	peer_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n");
	say_kilobytes(c, 2 * KILOBYTE_COUNT);
	peer_stall(c);
}

static void story_endless(struct connection *c)
{
	peer_say(c, "HTTP/1.1 200 OK\r\n\r\n");
	while (c->open && !c->peer->stop)
		say_kilobytes(c, KILOBYTE_COUNT);
}

static void story_endless_head(struct connection *c)
{
	char line[64];

	peer_say(c, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; c->open && !c->peer->stop; i++) {
		(void)snprintf(line, sizeof(line), "X-Header-%d: value\r\n", i);
		peer_say(c, line);
	}
}

static void story_garbage(struct connection *c)
{
	peer_say(c, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
	c->open = false;
}

static void story_bad_status(struct connection *c)
{
	peer_say(c, "HTTP/1.1 yes OK\r\nContent-Length: 2\r\n\r\n{}");
	c->open = false;
}

/* Which of them is the truth, nobody knows. */
static void story_two_lengths(struct connection *c)
{
	peer_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
		    "Content-Length: 11\r\n\r\n{\"ok\":true}");
}

static void story_same_length_twice(struct connection *c)
{
	peer_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n"
		    "Content-Length: 11\r\n\r\n{\"ok\":true}");
}

/* And one more, which nobody has asked for. */
static void story_two_answers(struct connection *c)
{
	peer_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"
		    "{\"ok\":true}HTTP/1.1 200 OK\r\n"
		    "Content-Length: 12\r\n\r\n{\"ok\":false}");
}

/* As above, but the second comes when the first was taken. */
static void story_one_more_later(struct connection *c)
{
	story_ok(c);
	peer_pause_ms(PEER_STEP_MS);
	say_body(c, "200 OK", "{\"ok\":false}");
}

static void story_redirect(struct connection *c)
{
	say_body(c, "302 Found\r\nLocation: /ok/", "");
}

static void story_redirect_kept(struct connection *c)
{
	say_body(c, "307 Temporary Redirect\r\nLocation: /ok/", "");
}

static void story_busy(struct connection *c)
{
	say_body(c, "503 Service Unavailable\r\nRetry-After: 7", "{}");
}

static void story_busy_long(struct connection *c)
{
	say_body(c, "503 Busy\r\nRetry-After: 99999999999999999999", "{}");
}

static void story_busy_garbage(struct connection *c)
{
	say_body(c, "503 Busy\r\nRetry-After: soon", "{}");
}

static void story_busy_silent(struct connection *c)
{
	say_body(c, "503 Busy", "{}");
}

static void busy_until(struct connection *c, time_t at)
{
	struct tm tm;
	char date[64];
	char head[128];

	(void)gmtime_r(&at, &tm);
	(void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	(void)snprintf(head, sizeof(head), "429 Slow Down\r\nRetry-After: %s",
		       date);
	say_body(c, head, "{}");
}

static void story_busy_date(struct connection *c)
{
	busy_until(c, time(NULL) + 90);
}

static void story_busy_past(struct connection *c)
{
	busy_until(c, time(NULL) - 90);
}

/* Answers once, and dies under the second request of a connection. */
static void story_once(struct connection *c)
{
	if (c->served == 0)
		story_ok(c);
	else
		c->open = false;
}

static const struct story {
	const char *name;
	void (*tell)(struct connection *c);
} stories[] = {
	{"ok", story_ok},
	{"empty", story_empty},
	{"chunked", story_chunked},
	{"continue", story_continue},
	{"until_close", story_until_close},
	{"reset", story_reset},
	{"hangup", story_hangup},
	{"stall", peer_stall},
	{"half_head", story_half_head},
	{"half_body", story_half_body},
	{"truncated", story_truncated},
	{"truncated_chunk", story_truncated_chunk},
	{"drip", story_drip},
	{"drip_fast", story_drip_fast},
	{"largest", story_largest},
	{"huge", story_huge},
	{"endless", story_endless},
	{"endless_head", story_endless_head},
	{"garbage", story_garbage},
	{"bad_status", story_bad_status},
	{"two_lengths", story_two_lengths},
	{"same_length_twice", story_same_length_twice},
	{"two_answers", story_two_answers},
	{"one_more_later", story_one_more_later},
	{"redirect", story_redirect},
	{"redirect_kept", story_redirect_kept},
	{"busy", story_busy},
	{"busy_long", story_busy_long},
	{"busy_garbage", story_busy_garbage},
	{"busy_silent", story_busy_silent},
	{"busy_date", story_busy_date},
	{"busy_past", story_busy_past},
	{"once", story_once},
};

void peer_tell(struct connection *c)
{
	const char *path = strchr(c->request, '/');

	for (size_t i = 0; path && i < sizeof(stories) / sizeof(stories[0]);
	     i++) {
		size_t length = strlen(stories[i].name);

		if (strncmp(path + 1, stories[i].name, length) == 0 &&
		    strchr("/? ", path[1 + length])) {
			stories[i].tell(c);
			return;
		}
	}
	say_body(c, "404 Not Found", "{}");
}

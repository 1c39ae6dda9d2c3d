/*
 * A worker: takes FastCGI requests in rounds, all that wait. The only file that
 * knows libfcgi.
 *
 * Writes of one round share a transaction, so that one fsync serves many
 * clients. What may take long ends a round and comes after them.
 *
 * libfcgi puts its own handlers on SIGTERM, SIGUSR1 and SIGPIPE and sleeps in
 * accept() through a SIGTERM. So the parent has blocked these signals before;
 * we sleep in epoll on the socket and a signalfd, and the socket does not
 * block: whoever comes too late gets EAGAIN and sleeps again. Always holds:
 * signals are looked at between requests only, so a request in work is always
 * answered. The body is always read to its end, since closing a socket with
 * unread bytes makes nginx see a reset instead of our answer.
 */
#include <errno.h>
#include <fcgiapp.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "../../engine/base/log.h"
#include "../../engine/base/mem.h"
#include "database.h"
#include "process.h"
#include "route.h"

#define DRAIN_BYTES_MAX (16 * 1024 * 1024)
#define ROUND_MAX 32
#define ROUND_MS 2 /* a write waits no longer for others */
#define PEER_WAIT_S 10
#define TRIM_BYTES ((size_t)256 * 1024)

/* A request in work. */
struct seat {
	FCGX_Request fcgi;
	struct request_source source;
	struct context context;
};

struct worker {
	const struct program *program;
	const struct config *config;
	struct database database;
	int64_t housekeep_ms; /* monotonic, when it is due next */
	struct arena arena;   /* of a round */
	bool spoilt;	      /* the database has to be opened again */
	struct seat seat[ROUND_MAX];
};

static const char *fcgi_param(void *context, const char *name)
{
	FCGX_Request *f = context;

	return FCGX_GetParam(name, f->envp);
}

/* The body, or NULL when there is none, too much, or less than declared. */
static const char *read_body(FCGX_Request *f, struct arena *a)
{
	const char *text = FCGX_GetParam("CONTENT_LENGTH", f->envp);
	long declared = text ? strtol(text, NULL, 10) : 0;
	char trash[4096];
	char *body;
	int got = 0;

	if (declared <= 0)
		return NULL;
	if (declared > BODY_MAX_MOST) {
		for (long all = 0; all < DRAIN_BYTES_MAX; all += got) {
			got = FCGX_GetStr(trash, sizeof(trash), f->in);
			if (got <= 0)
				break;
		}
		return NULL;
	}
	body = arena_alloc(a, (size_t)declared + 1);
	got = FCGX_GetStr(body, (int)declared, f->in);
	return got == declared ? body : NULL;
}

static void take(struct worker *w, struct seat *s)
{
	const struct timeval wait = {.tv_sec = PEER_WAIT_S};
	FCGX_Request *f = &s->fcgi;

	s->source = (struct request_source){fcgi_param, f};
	s->context = (struct context){
		.program = w->program,
		.config = w->config,
		.world = &world_real,
		.arena = &w->arena,
		.db = w->database.db,
		.db_error = w->database.error,
	};
	/* One peer that stopped must not keep the worker for good. */
	(void)setsockopt(f->ipcFd, SOL_SOCKET, SO_RCVTIMEO, &wait,
			 sizeof(wait));
	(void)setsockopt(f->ipcFd, SOL_SOCKET, SO_SNDTIMEO, &wait,
			 sizeof(wait));
	program_take(&s->context, &s->source, read_body(f, &w->arena));
}

static void answer(struct worker *w, struct seat *s)
{
	const struct response *r = &s->context.response;
	enum err e = s->context.error;
	FCGX_Request *f = &s->fcgi;

	(void)FCGX_PutStr(r->head.data, (int)r->head.length, f->out);
	(void)FCGX_PutStr(r->body, (int)r->body_length, f->out);
	/* With the end of the body taken too, nothing unread is left, and the
	 * socket can be closed without waiting for the peer to do so first. */
	(void)FCGX_GetChar(f->in);
	FCGX_Detach(f);
	FCGX_Finish_r(f);
	w->spoilt =
		w->spoilt || e == ERR_IO || e == ERR_CORRUPT || e == ERR_SCHEMA;
	program_done(&s->context);
}

static void tidy(struct worker *w)
{
	if (w->arena.used > TRIM_BYTES) {
		arena_release(&w->arena);
		(void)malloc_trim(0);
	} else {
		arena_reset(&w->arena);
	}
}

/* Takes what waits, up to one that may take long: that one keeps nobody else,
 * but those that write before it. Returns how many write, in the first seats;
 * *ret_later: there is one more, in the next. */
static int take_waiting(struct worker *w, bool *ret_later)
{
	int64_t until_ms = world_mono_ms(&world_real) + ROUND_MS;
	int count = 0;

	*ret_later = false;
	while (count < ROUND_MAX && !*ret_later) {
		struct seat *s = &w->seat[count];

		if (FCGX_Accept_r(&s->fcgi) < 0)
			break;
		take(w, s);
		*ret_later = s->context.later;
		if (s->context.work)
			count++;
		else if (!s->context.later)
			answer(w, s);
		if (world_mono_ms(&world_real) >= until_ms)
			break;
	}
	return count;
}

static void serve_round(struct worker *w)
{
	struct context *writing[ROUND_MAX];
	bool later;
	int count;

	database_ready(&w->database);
	count = take_waiting(w, &later);
	for (int i = 0; i < count; i++)
		writing[i] = &w->seat[i].context;
	program_write(writing, count);
	for (int i = 0; i < count; i++)
		answer(w, &w->seat[i]);
	if (later) {
		program_call(&w->seat[count].context);
		answer(w, &w->seat[count]);
	}
	if (w->spoilt)
		database_close(&w->database);
	w->spoilt = false;
	tidy(w);
}

static void housekeep(struct worker *w)
{
	int64_t now_ms = world_mono_ms(&world_real);

	if (!w->program->housekeep || now_ms < w->housekeep_ms)
		return;
	w->housekeep_ms = now_ms + w->program->housekeep_ms;
	database_ready(&w->database);
	if (w->database.db)
		w->program->housekeep(w->config, w->database.db);
}

/* How long epoll may sleep; -1: for ever. */
static int sleep_ms(const struct worker *w)
{
	int64_t left;

	if (!w->program->housekeep)
		return -1;
	left = w->housekeep_ms - world_mono_ms(&world_real);
	return left < 0 ? 0 : (int)left;
}

static int watch(int listen_fd, int stop_fd)
{
	/* Exclusive: one request wakes one worker, not all. */
	struct epoll_event request = {
		.events = EPOLLIN | EPOLLEXCLUSIVE,
		.data.fd = listen_fd,
	};
	struct epoll_event stop = {.events = EPOLLIN, .data.fd = stop_fd};
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, listen_fd, &request) ||
	    epoll_ctl(fd, EPOLL_CTL_ADD, stop_fd, &stop))
		return -1;
	return fd;
}

static struct worker *worker_new(const struct program *program,
				 const struct config *config, int listen_fd)
{
	struct worker *w = mem_alloc(sizeof(*w));
	bool good = FCGX_Init() == 0;

	w->program = w->database.program = program;
	w->config = w->database.config = config;
	for (int i = 0; i < ROUND_MAX && good; i++)
		good = FCGX_InitRequest(&w->seat[i].fcgi, listen_fd,
					FCGI_FAIL_ACCEPT_ON_INTR) == 0;
	if (good)
		return w;
	free(w);
	return NULL;
}

static void worker_free(struct worker *w)
{
	for (int i = 0; i < ROUND_MAX; i++)
		FCGX_Free(&w->seat[i].fcgi, 1);
	database_close(&w->database);
	arena_release(&w->arena);
	free(w);
}

int fcgi_worker(const struct program *program, const struct config *config,
		int listen_fd, int stop_fd)
{
	struct worker *w = worker_new(program, config, listen_fd);
	int fd = watch(listen_fd, stop_fd);
	bool stop = false;

	if (fd < 0 || !w) {
		log_error("worker cannot start errno=%d", errno);
		return 1;
	}
	database_ready(&w->database);
	while (!stop) {
		struct epoll_event events[2];
		int count = epoll_wait(fd, events, 2, sleep_ms(w));

		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == stop_fd)
				stop = true;
			else
				serve_round(w);
		}
		housekeep(w);
	}
	worker_free(w);
	close(fd);
	return 0;
}

/*
 * Fair write turns by two flock files (turnstile.h).
 *
 * flock knows no time-out, and one stopped process must not freeze all. Polling
 * with LOCK_NB would be bounded but not fair: a sleeper never meets the moment
 * of release, and who polls fastest wins. So a wait blocks in the kernel's own
 * queue, and a timer ends it: a real-time signal, aimed at this very thread
 * (another one's handler would not interrupt us), whose handler does nothing
 * but make flock return EINTR. The timer repeats, since its first shot may fall
 * between arming and blocking. The signal is unblocked for the wait only, so it
 * works whatever mask the program runs with, and all that was changed is put
 * back. None of this is touched when nobody is in the way.
 *
 * Always holds: QUEUE is never kept beyond enter; a lock dies with its process
 * (O_CLOEXEC, opened after fork, so no child keeps it alive).
 */
#include "turnstile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/mem.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define HOLDER_SIZE 64 /* one line, padded with blanks */
#define REPEAT_MS 20   /* of the timer after its first shot */

struct turnstile {
	int queue, write;
	bool inside;
	char line[HOLDER_SIZE + 1];
};

struct alarm {
	timer_t timer;
	struct sigaction old_action;
	sigset_t old_mask;
};

static int alarm_signal(void)
{
	return SIGRTMIN + 9;
}

static void on_alarm(int number)
{
	(void)number;
}

static int lock_file_open(const char *db_path, const char *suffix)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s-%s", db_path, suffix) >=
	    (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
}

enum err turnstile_open(const char *db_path, const char *owner,
			struct turnstile **ret_t)
{
	struct turnstile *t = mem_alloc(sizeof(*t));
	char name[HOLDER_SIZE];

	t->queue = lock_file_open(db_path, "queue");
	t->write = lock_file_open(db_path, "write");
	if (t->queue < 0 || t->write < 0) {
		int e = errno;

		turnstile_close(t);
		errno = e;
		return e == ENOSPC ? ERR_DISK_FULL : ERR_SYSTEM;
	}
	snprintf(name, sizeof(name), "%d %.40s", (int)getpid(), owner);
	snprintf(t->line, sizeof(t->line), "%-*s\n", HOLDER_SIZE - 1, name);
	*ret_t = t;
	return OK;
}

void turnstile_close(struct turnstile *t)
{
	if (t == NULL)
		return;
	if (t->queue >= 0)
		close(t->queue);
	if (t->write >= 0)
		close(t->write);
	free(t);
}

static bool alarm_start(struct alarm *a, int64_t wait_ms)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID,
				 .sigev_signo = alarm_signal()};
	struct itimerspec when = {
		.it_value = {wait_ms / 1000, wait_ms % 1000 * 1000000},
		.it_interval = {0, REPEAT_MS * 1000000},
	};
	sigset_t one;

	event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &event, &a->timer) != 0)
		return false;
	sigemptyset(&action.sa_mask);
	sigaction(alarm_signal(), &action, &a->old_action);
	sigemptyset(&one);
	sigaddset(&one, alarm_signal());
	pthread_sigmask(SIG_UNBLOCK, &one, &a->old_mask);
	timer_settime(a->timer, 0, &when, NULL);
	return true;
}

/* The timer goes first, so that no shot is left for the old handler; one that
 * is under way is delivered before timer_delete() returns to us. */
static void alarm_stop(struct alarm *a)
{
	timer_delete(a->timer);
	pthread_sigmask(SIG_SETMASK, &a->old_mask, NULL);
	sigaction(alarm_signal(), &a->old_action, NULL);
}

static enum err lock_until(int fd, int64_t deadline_ms)
{
	enum err e = OK;
	struct alarm a;
	int64_t left;

	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return OK;
	if (errno != EWOULDBLOCK && errno != EINTR)
		return ERR_SYSTEM;
	left = deadline_ms - world_mono_ms(&world_real);
	if (left <= 0)
		return ERR_BUSY;
	if (!alarm_start(&a, left))
		return ERR_SYSTEM;
	while (flock(fd, LOCK_EX) != 0) {
		if (errno != EINTR) {
			e = ERR_SYSTEM;
			break;
		}
		if (world_mono_ms(&world_real) >= deadline_ms) {
			e = ERR_BUSY;
			break;
		}
	}
	alarm_stop(&a);
	return e;
}

enum err turnstile_enter(struct turnstile *t, int64_t wait_ms)
{
	int64_t deadline_ms = world_mono_ms(&world_real) + wait_ms;
	enum err e;

	e = lock_until(t->queue, deadline_ms);
	if (e != OK)
		return e;
	e = lock_until(t->write, deadline_ms);
	flock(t->queue, LOCK_UN);
	if (e != OK)
		return e;
	t->inside = true;
	/* For the log of others only: a failure is none. */
	if (pwrite(t->write, t->line, HOLDER_SIZE, 0) < 0)
		errno = 0;
	return OK;
}

void turnstile_leave(struct turnstile *t)
{
	if (!t->inside)
		return;
	t->inside = false;
	flock(t->write, LOCK_UN);
}

void turnstile_holder(struct turnstile *t, char *text, unsigned long size)
{
	char line[HOLDER_SIZE + 1], link[32];
	ssize_t n;
	int fd;

	if (size == 0)
		return;
	text[0] = '\0';
	/* A descriptor of its own: flock belongs to the open file. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", t->write);
	fd = open(link, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (flock(fd, LOCK_SH | LOCK_NB) != 0) {
		n = pread(fd, line, HOLDER_SIZE, 0);
		line[n > 0 ? n : 0] = '\0';
		for (char *end = line + strlen(line);
		     end > line && (end[-1] == ' ' || end[-1] == '\n'); end--)
			end[-1] = '\0';
		snprintf(text, size, "%s", line);
	}
	close(fd);
}

/*
 * The life of `mendctl dev`: one loop over signals, starts that are due, the
 * question "ready?" and the sample events. Whatever way it ends, every child
 * has ended before.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "dev.h"
#include "loopback.h"

#define READY_LOOK_MS 15
#define READY_WITHIN_MS 60000
/* So often before the first "ready", and it is a fault to tell of. */
#define DEATHS_MAX 4
#define REQUEST_WAIT_MS 2000

enum stage { STARTING, FEEDING, RUNNING, ENDING };

static int open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	/* A reader of our stdout or stderr may go; we stay. */
	(void)signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Whether one of them asks us to end. */
static bool read_signals(struct dev *d, int fd)
{
	struct signalfd_siginfo info;
	bool end = false;

	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			end = true;
	}
	supervisor_reap(&d->children, world_mono_ms(d->c->world));
	return end;
}

static bool is_ready(const struct dev *d)
{
	struct loopback_request r = {
		.port = d->port,
		.method = "GET",
		.path = "/readyz",
		.wait_ms = REQUEST_WAIT_MS,
	};
	int status;

	return loopback_request(&r, &status, NULL) == OK && status == 200;
}

/* Gives up with the reason, as well as it can be known. */
static enum err refuse_start(struct dev *d, const struct child *worst)
{
	char line[400] = "";

	if (!worst)
		return ctl_refuse(
			d->c, ERR_SYSTEM, "not ready after %d s; see %s",
			READY_WITHIN_MS / 1000, d->children.log_folder);
	supervisor_last_words(&d->children, worst, line, sizeof(line));
	return ctl_refuse(d->c, ERR_SYSTEM, "%s does not stay up: %s",
			  worst->name, line[0] ? line : "it said nothing");
}

static enum stage announce(struct dev *d)
{
	(void)printf("ready %s/ui\n", d->url);
	(void)fflush(stdout);
	return d->feed ? FEEDING : RUNNING;
}

/* What a stage does between two signals; *ret_wait_ms until the next look. */
static enum err stage_step(struct dev *d, enum stage *stage, int64_t from_ms,
			   int64_t *ret_wait_ms)
{
	const struct child *worst;

	switch (*stage) {
	case STARTING:
		if (is_ready(d)) {
			*stage = announce(d);
			*ret_wait_ms = 0;
			return OK;
		}
		worst = supervisor_worst(&d->children);
		if ((worst && worst->deaths >= DEATHS_MAX) ||
		    world_mono_ms(d->c->world) - from_ms > READY_WITHIN_MS)
			return refuse_start(d, worst);
		if (*ret_wait_ms > READY_LOOK_MS)
			*ret_wait_ms = READY_LOOK_MS;
		return OK;
	case FEEDING:
		*ret_wait_ms = 0;
		if (!dev_feed_sample(d)) {
			dev_print_hints(d);
			*stage = RUNNING;
		}
		return OK;
	case RUNNING:
	case ENDING:
		break;
	}
	return OK;
}

static enum err loop(struct dev *d, int signals)
{
	int64_t from_ms = world_mono_ms(d->c->world);
	struct pollfd poll_fd = {.fd = signals, .events = POLLIN};
	enum stage stage = STARTING;

	while (stage != ENDING) {
		int64_t now_ms = world_mono_ms(d->c->world);
		int64_t wait_ms = supervisor_tick(&d->children, now_ms);
		enum err e = stage_step(d, &stage, from_ms, &wait_ms);

		if (e)
			return e;
		(void)poll(&poll_fd, 1, (int)wait_ms);
		if (read_signals(d, signals))
			stage = ENDING;
	}
	return OK;
}

enum err dev_loop(struct dev *d)
{
	int signals = open_signals();
	enum err e;

	/* nginx workers whose master was killed come to us, not to init. */
	if (signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
		return ctl_refuse(d->c, ERR_SYSTEM, "cannot watch children");
	e = loop(d, signals);
	supervisor_stop(&d->children);
	(void)close(signals);
	return e;
}

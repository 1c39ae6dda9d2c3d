/*
 * Starts, watches and ends the children of `mendctl dev`.
 *
 * Always holds: a child's pid is known from fork until we have reaped it, and
 * its whole process group is killed before that, while the zombie still keeps
 * the number from being used again. So a master that is killed never leaves
 * workers on the port.
 */
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/strbuf.h"
#include "logcap.h"

#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 5000
#define LONG_LIFE_MS 10000
#define LOG_CHECK_MS 2000

static void log_path(const struct supervisor *s, const struct child *c,
		     char path[PATH_SIZE + 40])
{
	(void)snprintf(path, PATH_SIZE + 40, "%s/%.32s.log", s->log_folder,
		       c->name);
}

/* In the child, between fork and exec: async-signal-safe calls only. */
static _Noreturn void become(const struct child *c, const char *log,
			     pid_t parent)
{
	char *argv[CHILD_ARGUMENTS_MAX + 1];
	sigset_t none;
	int in, out;

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, c->orphan_signal);
	/* Dead already? Then the kernel has nothing to tell any more. */
	if (getppid() != parent)
		_exit(127);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	out = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		_exit(126);
	if (c->folder[0] && chdir(c->folder) != 0)
		_exit(126);
	/* execv takes char *const *, though it changes nothing. */
	memcpy(argv, c->argv, sizeof(argv));
	(void)execv(c->program, argv);
	_exit(127);
}

static void plan_start(struct child *c, int64_t mono_ms)
{
	if (c->started_ms && mono_ms - c->started_ms >= LONG_LIFE_MS) {
		c->pause_ms = 0;
		c->deaths = 0;
	}
	c->pause_ms = c->pause_ms ? c->pause_ms * 2 : PAUSE_FIRST_MS;
	if (c->pause_ms > PAUSE_MAX_MS)
		c->pause_ms = PAUSE_MAX_MS;
	c->start_at_ms = mono_ms + c->pause_ms;
	c->deaths++;
}

static void start(struct supervisor *s, struct child *c, int64_t mono_ms)
{
	char log[PATH_SIZE + 40];
	pid_t parent = getpid();
	pid_t pid;

	log_path(s, c, log);
	pid = fork();
	if (pid == 0)
		become(c, log, parent);
	if (pid < 0) {
		(void)fprintf(stderr, "mend: cannot start %s: %s\n", c->name,
			      strerror(errno));
		plan_start(c, mono_ms);
		return;
	}
	/* In both processes, so that no kill of the group comes too early. */
	(void)setpgid(pid, pid);
	c->pid = pid;
	c->started_ms = mono_ms;
}

int64_t supervisor_tick(struct supervisor *s, int64_t mono_ms)
{
	int64_t wait_ms = LOG_CHECK_MS;

	for (int i = s->count - 1; i >= 0; i--) {
		struct child *c = &s->child[i];

		if (c->pid)
			continue;
		if (c->start_at_ms <= mono_ms)
			start(s, c, mono_ms);
		if (!c->pid && c->start_at_ms - mono_ms < wait_ms)
			wait_ms = c->start_at_ms - mono_ms;
	}
	logcap_folder(s->log_folder);
	return wait_ms < 1 ? 1 : wait_ms;
}

static struct child *find(struct supervisor *s, pid_t pid)
{
	for (int i = 0; i < s->count; i++) {
		if (s->child[i].pid == pid)
			return &s->child[i];
	}
	return NULL;
}

/* Reaps one; NULL: no more. *ret_child is NULL for an adopted grandchild. */
static bool reap_one(struct supervisor *s, struct child **ret_child,
		     int *ret_status)
{
	siginfo_t info = {0};
	struct child *c;

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
	    info.si_pid == 0)
		return false;
	c = find(s, info.si_pid);
	if (c) {
		(void)kill(-c->pid, SIGKILL);
		c->pid = 0;
	}
	*ret_child = c;
	return waitpid(info.si_pid, ret_status, 0) == info.si_pid;
}

static void tell_death(const struct child *c, int status)
{
	char how[64];

	if (WIFSIGNALED(status))
		(void)snprintf(how, sizeof(how), "was killed by signal %d",
			       WTERMSIG(status));
	else
		(void)snprintf(how, sizeof(how), "ended with status %d",
			       WEXITSTATUS(status));
	(void)fprintf(stderr, "mend: %s %s; starting it again in %.1f s\n",
		      c->name, how, (double)c->pause_ms / 1000.0);
}

void supervisor_reap(struct supervisor *s, int64_t mono_ms)
{
	struct child *c;
	int status;

	while (reap_one(s, &c, &status)) {
		if (!c)
			continue;
		plan_start(c, mono_ms);
		tell_death(c, status);
	}
}

static void wait_gone(struct supervisor *s, const struct child *awaited,
		      int64_t until_ms)
{
	const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
	struct child *c;
	int status;

	for (;;) {
		while (reap_one(s, &c, &status))
			;
		if (!awaited->pid || world_mono_ms(&world_real) >= until_ms)
			return;
		(void)nanosleep(&pause, NULL);
	}
}

void supervisor_stop(struct supervisor *s)
{
	int64_t from_ms = world_mono_ms(&world_real);

	for (int i = 0; i < s->count; i++) {
		struct child *c = &s->child[i];
		int64_t until_ms = from_ms + c->stop_by_ms;

		if (c->pid)
			(void)kill(c->pid, c->stop_signal);
		/* Neighbours with the same deadline end side by side. */
		if (i + 1 < s->count &&
		    s->child[i + 1].stop_by_ms == c->stop_by_ms)
			continue;
		for (int j = 0; j <= i; j++) {
			c = &s->child[j];
			wait_gone(s, c, until_ms);
			if (!c->pid)
				continue;
			(void)fprintf(stderr,
				      "mend: %s does not end, "
				      "killing it\n",
				      c->name);
			(void)kill(-c->pid, SIGKILL);
			wait_gone(s, c, until_ms + 200);
		}
	}
}

const struct child *supervisor_worst(const struct supervisor *s)
{
	const struct child *worst = NULL;

	for (int i = 0; i < s->count; i++) {
		const struct child *c = &s->child[i];

		if (c->deaths > 0 && (!worst || c->deaths > worst->deaths))
			worst = c;
	}
	return worst;
}

void supervisor_last_words(const struct supervisor *s, const struct child *c,
			   char *line, size_t size)
{
	char path[PATH_SIZE + 40];
	char text[2048];
	FILE *file;

	log_path(s, c, path);
	*line = '\0';
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(text, sizeof(text), file)) {
		text[strcspn(text, "\n")] = '\0';
		if (*text)
			(void)str_copy(line, size, text);
	}
	(void)fclose(file);
}

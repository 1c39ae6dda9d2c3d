/*
 * The parent of a FastCGI program: keeps its workers alive and ends them.
 *
 * It opens no database and serves nothing, so nothing that a request does can
 * take it down. Always holds: signals are blocked from before the first fork,
 * and are only ever waited for; every worker asks the kernel to be ended with
 * its parent, also when that one is killed.
 */
#include "process.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../engine/base/json.h"
#include "../../engine/base/log.h"

#define WORKERS_MAX 64
#define PAUSE_MS_FIRST 100
#define PAUSE_MS_MOST 10000
#define HEALTHY_MS 10000 /* who lived that long starts again at once */
#define STOP_MS 1800

struct slot {
	pid_t pid;	    /* 0: not running */
	int64_t started_ms; /* monotonic */
	int64_t start_at_ms;
	int64_t pause_ms;
};

struct parent {
	const struct program *program;
	struct config config;
	int listen_fd;
	struct slot slot[WORKERS_MAX];
	int count;
};

static int64_t now_ms(void)
{
	return world_mono_ms(&world_real);
}

static sigset_t signals_of_interest(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	return set;
}

_Noreturn static void be_worker(const struct parent *p, pid_t parent_pid)
{
	sigset_t stop;

	/* The parent may have died before the request was made. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent_pid)
		_exit(1);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);

	int stop_fd = signalfd(-1, &stop, SFD_NONBLOCK | SFD_CLOEXEC);

	if (stop_fd < 0)
		_exit(1);
	exit(fcgi_worker(p->program, &p->config, p->listen_fd, stop_fd));
}

static void start(struct parent *p, struct slot *s)
{
	pid_t self = getpid();
	pid_t pid = fork();

	if (pid == 0)
		be_worker(p, self);
	s->started_ms = now_ms();
	if (pid < 0) {
		log_error("cannot fork errno=%d", errno);
		s->start_at_ms = s->started_ms + PAUSE_MS_MOST;
		return;
	}
	s->pid = pid;
}

static void start_due(struct parent *p)
{
	for (int i = 0; i < p->count; i++)
		if (p->slot[i].pid == 0 && p->slot[i].start_at_ms <= now_ms())
			start(p, &p->slot[i]);
}

static void mark_dead(struct slot *s, int status)
{
	int64_t now = now_ms();

	s->pid = 0;
	if (now - s->started_ms >= HEALTHY_MS || s->pause_ms == 0)
		s->pause_ms = PAUSE_MS_FIRST;
	else
		s->pause_ms *= 2;
	if (s->pause_ms > PAUSE_MS_MOST)
		s->pause_ms = PAUSE_MS_MOST;
	s->start_at_ms = now + s->pause_ms;
	log_warning("worker ended %s=%d next_start_ms=%lld",
		    WIFSIGNALED(status) ? "signal" : "exit",
		    WIFSIGNALED(status) ? WTERMSIG(status)
					: WEXITSTATUS(status),
		    (long long)s->pause_ms);
}

/* Returns how many are still running. */
static int reap(struct parent *p, bool log)
{
	int running = 0;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < p->count; i++) {
			if (p->slot[i].pid != pid)
				continue;
			p->slot[i].pid = 0;
			if (log)
				mark_dead(&p->slot[i], status);
		}
	for (int i = 0; i < p->count; i++)
		running += p->slot[i].pid > 0;
	return running;
}

/* Sleeps until a signal or wait_ms; returns the signal, or 0. */
static int wait_signal(int64_t wait_ms)
{
	sigset_t set = signals_of_interest();
	struct timespec ts = {
		.tv_sec = wait_ms / 1000,
		.tv_nsec = wait_ms % 1000 * 1000000,
	};
	int number = sigtimedwait(&set, NULL, &ts);

	return number < 0 ? 0 : number;
}

static int64_t next_start_ms(const struct parent *p)
{
	int64_t wait_ms = 60000;

	for (int i = 0; i < p->count; i++) {
		int64_t left_ms = p->slot[i].start_at_ms - now_ms();

		if (p->slot[i].pid == 0 && left_ms < wait_ms)
			wait_ms = left_ms < 0 ? 0 : left_ms;
	}
	return wait_ms;
}

static void signal_all(const struct parent *p, int number)
{
	for (int i = 0; i < p->count; i++)
		if (p->slot[i].pid > 0)
			(void)kill(p->slot[i].pid, number);
}

static void run(struct parent *p)
{
	int number = 0;

	while (number != SIGTERM && number != SIGINT) {
		start_due(p);
		number = wait_signal(next_start_ms(p));
		(void)reap(p, true);
	}
	int64_t end_ms = now_ms() + STOP_MS;

	signal_all(p, SIGTERM);
	while (reap(p, false) > 0 && now_ms() < end_ms)
		(void)wait_signal(end_ms - now_ms());
	signal_all(p, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static enum log_level level_of(const char *name)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {
		{"error", LOG_ERROR},
		{"warning", LOG_WARNING},
		{"debug", LOG_DEBUG},
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(levels[i].name, name) == 0)
			return levels[i].level;
	return LOG_INFO;
}

struct options {
	const char *socket, *config;
};

/* -1: go on; else the exit code. */
static int read_options(const struct program *program, int argc, char **argv,
			struct options *o)
{
	static const struct option known[] = {
		{"socket", required_argument, NULL, 's'},
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 's':
			o->socket = optarg;
			break;
		case 'c':
			o->config = optarg;
			break;
		case 'h':
			printf("usage: %s [--socket PATH] [--config PATH]\n\n"
			       "Serves FastCGI on PATH, or on the socket that "
			       "systemd passes.\n\nSettings:\n",
			       program->name);
			config_print();
			return 0;
		case 'V':
			printf("%s %s\n", program->name, MEND_VERSION);
			return 0;
		default:
			return 2;
		}
	}
	return -1;
}

int program_main(const struct program *program, int argc, char **argv)
{
	struct parent p = {.program = program};
	struct options o = {0};
	struct problems problems = {0};
	char wanted[108] = "", path[108];
	int code = read_options(program, argc, argv, &o);
	sigset_t set = signals_of_interest();

	if (code >= 0)
		return code;
	log_init(program->name, LOG_INFO);
	json_init();
	if (config_load(o.config, &p.config, &problems)) {
		for (int i = 0; i < problems.count; i++)
			log_error("%s: %s", problems.item[i].pointer,
				  problems.item[i].detail);
		return 2;
	}
	log_init(program->name, level_of(p.config.log_level));
	if (o.socket && !str_copy(wanted, sizeof(wanted), o.socket)) {
		log_error("--socket has more than 107 bytes");
		return 2;
	}
	if (!o.socket && config_socket_path(&p.config, program->socket, wanted))
		return 2;
	p.count = (int)(program->workers ? program->workers(&p.config)
					 : p.config.workers);
	if (p.count > WORKERS_MAX)
		p.count = WORKERS_MAX;
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	p.listen_fd = process_listen(wanted, path);
	if (p.listen_fd < 0)
		return 1;
	log_info("listening workers=%d", p.count);
	run(&p);
	if (*path)
		(void)unlink(path);
	return 0;
}

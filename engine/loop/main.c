/*
 * mendd, the engine: one single-threaded loop. It wakes for answers, nudges,
 * signals and due times. SIGTERM and SIGINT drain: no new runs, three seconds
 * for what is out, then everything is let go. SIGHUP activates the
 * configuration.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../base/json.h"
#include "../base/log.h"
#include "../base/nudge.h"
#include "../flow/catalog.h"
#include "../store/engine_store.h"
#include "../store/store.h"
#include "engine.h"
#include "notify.h"

#define DRAIN_MS 2500

struct daemon {
	struct config config;
	struct engine_lock *lock;
	struct db *db;
	struct network network;
	struct engine *engine;
	int signals, nudges;
	bool stopping;
	int64_t stop_by_ms, fed_ms, watchdog_ms;
};

static void activate(struct daemon *d)
{
	struct catalog_check check;
	int changed = 0, i;
	enum err err =
		catalog_activate(d->db, d->config.conf, "SIGHUP",
				 world_wall_ms(&world_real), &check, &changed);

	for (i = 0; i < check.count; i++)
		log_error("configuration refused file=%s at=%s: %s",
			  check.item[i].file, check.item[i].problem.pointer,
			  check.item[i].problem.detail);
	if (err == OK)
		log_info("configuration activated changed=%d", changed);
	engine_reload(d->engine);
}

static void take_signals(struct daemon *d)
{
	struct signalfd_siginfo info;

	while (read(d->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			activate(d);
			continue;
		}
		if (!d->stopping) {
			log_info("stopping signal=%u", info.ssi_signo);
			notify_send("STOPPING=1");
			d->stop_by_ms = world_mono_ms(&world_real) + DRAIN_MS;
		}
		d->stopping = true;
	}
}

static void feed_watchdog(struct daemon *d)
{
	int64_t mono = world_mono_ms(&world_real);

	if (d->watchdog_ms && mono - d->fed_ms >= d->watchdog_ms) {
		notify_send("WATCHDOG=1");
		d->fed_ms = mono;
	}
}

static int64_t sleep_ms(const struct daemon *d, int64_t wait_ms)
{
	if (d->watchdog_ms && wait_ms > d->watchdog_ms)
		wait_ms = d->watchdog_ms;
	if (d->stopping && wait_ms > 50)
		wait_ms = 50;
	return wait_ms;
}

static void loop(struct daemon *d)
{
	struct pollfd fds[2] = {
		{.fd = d->signals, .events = POLLIN},
		{.fd = d->nudges, .events = POLLIN},
	};

	for (;;) {
		/* Before claiming: what is nudged from here on wakes again. */
		nudge_drain(d->nudges);
		int64_t wait_ms = engine_tick(d->engine);

		feed_watchdog(d);
		if (d->stopping &&
		    (engine_drain(d->engine) ||
		     world_mono_ms(&world_real) >= d->stop_by_ms))
			return;
		fds[0].revents = fds[1].revents = 0;
		d->network.wait(d->network.context, fds, 2,
				sleep_ms(d, wait_ms));
		if (fds[0].revents)
			take_signals(d);
		if (fds[1].revents)
			engine_nudged(d->engine);
	}
}

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int fail(const char *what, enum err err, const char *more)
{
	log_error("%s error=%s %s", what, err_name(err), more);
	return 1;
}

static int start(struct daemon *d)
{
	struct engine_options o = {
		.config = &d->config, .world = &world_real, .pid = getpid()};
	int64_t pid = 0;
	enum err err = engine_lock_take(d->config.data, &d->lock, &pid);

	if (err == ERR_CONFLICT) {
		log_error("another engine runs on %s pid=%lld", d->config.data,
			  (long long)pid);
		return 1;
	}
	if (err != OK)
		return fail("lock not taken", err, strerror(errno));
	err = store_open(&d->config, DB_READ_WRITE, "mendd", &d->db);
	if (err != OK)
		return fail("database not opened", err,
			    err == ERR_SCHEMA ? "run: mendctl migrate" : "");
	err = http_open(&d->network);
	if (err != OK)
		return fail("network not opened", err, "");
	d->nudges = nudge_listen(&d->config);
	if (d->nudges < 0)
		log_warning("no nudges, polling only: %s", strerror(errno));
	o.db = d->db;
	o.network = d->network;
	err = engine_open(&o, &d->engine);
	if (err == OK)
		err = engine_ready(d->engine);
	if (err != OK)
		return fail("engine not started", err, db_message(d->db));
	notify_send("READY=1");
	return 0;
}

static void stop(struct daemon *d)
{
	engine_close(d->engine);
	if (d->network.context)
		http_close(&d->network);
	db_close(d->db);
	engine_lock_release(d->lock);
}

int main(int argc, char **argv)
{
	struct daemon d = {.nudges = -1};
	struct problems p = {.count = 0};
	int status;

	if (argc > 1) {
		fprintf(stderr, "usage: mendd\nThe engine. Settings come from "
				"mend.conf and MEND_<KEY>:\n");
		config_print();
		return strcmp(argv[1], "--help") == 0 ? 0 : 2;
	}
	json_init();
	log_init("mendd", LOG_INFO);
	if (config_load(NULL, &d.config, &p) != OK) {
		log_error("setting %s: %s", p.item[0].pointer,
			  p.item[0].detail);
		return 1;
	}
	d.signals = signals_open();
	d.watchdog_ms = notify_watchdog_ms();
	status = start(&d);
	if (status == 0)
		loop(&d);
	stop(&d);
	return status;
}

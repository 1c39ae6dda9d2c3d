/*
 * See world.h. Always holds: every bit of chance comes from the seed, and all
 * time from here, so that a run of the simulation can be had again.
 */
#include "world.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "engine/base/strbuf.h"
#include "engine/store/store.h"
#include "eye.h"
#include "folder.h"
#include "setting.h"

/* ---- chance and trace ---- */

uint64_t sim_random(struct sim *s)
{
	uint64_t z = s->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

int sim_below(struct sim *s, int n)
{
	return (int)(sim_random(s) % (uint64_t)n);
}

bool sim_chance(struct sim *s, int percent)
{
	return sim_below(s, 100) < percent;
}

void sim_say(struct sim *s, const char *format, ...)
{
	char *line = s->line[s->line_count++ % SIM_LINES];
	va_list arguments;
	size_t n;
	int head;

	head = snprintf(line, SIM_LINE, "%9lld ",
			(long long)(s->mono_ms - SIM_START_MS));
	va_start(arguments, format);
	vsnprintf(line + head, SIM_LINE - (size_t)head, format, arguments);
	va_end(arguments);
	for (n = 0; line[n]; n++)
		s->trace = (s->trace ^ (unsigned char)line[n]) * 1099511628211u;
	if (s->verbose)
		fprintf(stderr, "%s\n", line);
}

void sim_fail(struct sim *s, const char *format, ...)
{
	va_list arguments;

	if (s->failure[0])
		return; /* the first one counts */
	va_start(arguments, format);
	vsnprintf(s->failure, sizeof(s->failure), format, arguments);
	va_end(arguments);
	sim_say(s, "FAILED %s", s->failure);
}

void sim_print(const struct sim *s)
{
	int from = s->line_count > SIM_LINES ? s->line_count - SIM_LINES : 0;
	int i;

	for (i = from; i < s->line_count; i++)
		fprintf(stderr, "%s\n", s->line[i % SIM_LINES]);
	fprintf(stderr, "seed %llu: %s\nagain: SEED=%llu TRACE=1 <this test>\n",
		(unsigned long long)s->seed, s->failure,
		(unsigned long long)s->seed);
}

/* ---- clocks ---- */

static int64_t wall(void *context)
{
	const struct sim *s = context;

	return s->wall_ms;
}

static int64_t mono(void *context)
{
	const struct sim *s = context;

	return s->mono_ms;
}

static void fill_random(void *context, void *bytes, size_t count)
{
	struct sim *s = context;
	unsigned char *to = bytes;
	size_t i;

	for (i = 0; i < count; i++)
		to[i] = (unsigned char)sim_random(s);
}

void sim_jump(struct sim *s, int64_t ms)
{
	int i;

	sim_say(s, "clock jumps by %lld", (long long)ms);
	model_disturbed_all(s, "clock");
	/* No clock makes a request that is on its way any slower. */
	for (i = 0; i < s->exchange_count; i++) {
		if (ms > 0 && s->exchange[i].used)
			s->exchange[i].arrive_ms = s->mono_ms;
	}
	sim_pass(s, 0);
	s->wall_ms += ms;
	if (ms < 0)
		s->back_ms -= ms;
	s->peers.forget_ms = 24 * 3600000LL + s->back_ms;
}

static int64_t tick(struct sim *s)
{
	int64_t wait_ms = sim_mortal_tick(s);

	sim_say(s, "tick, sleeps %lld", (long long)wait_ms);
	laws_step(s);
	return wait_ms;
}

void sim_pass(struct sim *s, int64_t ms)
{
	s->mono_ms += ms;
	s->wall_ms += ms;
	sim_deliver(s);
}

void sim_tick(struct sim *s)
{
	(void)tick(s);
}

void sim_step(struct sim *s, int64_t most_ms)
{
	int64_t wait_ms = tick(s);
	int64_t ms = sim_next_event(s, wait_ms < most_ms ? wait_ms : most_ms);

	if (wait_ms > 0 && ms < s->whims.grain_ms)
		ms = s->whims.grain_ms;
	sim_pass(s, ms);
}

/* ---- opening and closing ---- */

/* The real name must be there; what it holds is in memory. */
static void make_folder(struct sim *s)
{
	const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	char path[160];
	FILE *f;

	snprintf(s->folder, sizeof(s->folder), "%s/mend-sim-XXXXXX", root);
	if (!mkdtemp(s->folder))
		abort();
	snprintf(path, sizeof(path), "%s/mend.db", s->folder);
	f = fopen(path, "we");
	if (!f || fclose(f) != 0)
		abort();
}

void sim_open(struct sim *s, uint64_t seed, int setting)
{
	disk_register();
	eye_register();
	memset(s, 0, offsetof(struct sim, peers));
	memset(&s->peers, 0, offsetof(struct peers, ledger));
	s->seed = seed;
	s->state = seed * 0x2545f4914f6cdd1du + 1;
	s->trace = 1469598103934665603u;
	s->wall_ms = s->mono_ms = SIM_START_MS;
	s->verbose = getenv("TRACE") != NULL;
	s->peers.forget_ms = 24 * 3600000LL;
	s->peers.visible_ms = 1900;
	s->world = (struct world){wall, mono, fill_random, s};
	s->network = sim_network(s);
	make_folder(s);
	STR_COPY(s->config.data, s->folder);
	STR_COPY(s->config.sandbox_url, "http://sim");
	s->config.poll_ms = 1000;
	s->config.checked_out = setting ? 2 + sim_below(s, 20) : 50;
	s->config.tick_runs = setting ? 1 + sim_below(s, 10) : 20;
	s->config.turn_ms = 1;
	s->config.call_limit = 200;
	s->config.idempotency_days = 7;
	setting_use(s, setting);
	model_open();
	laws_open(s);
	sim_open_handles(s);
	sim_start(s);
}

void sim_close(struct sim *s)
{
	s->whims.races = s->people = false;
	disk_mend();
	if (s->engine)
		sim_stop(s);
	sim_close_handles(s);
	folder_remove(s->folder);
}

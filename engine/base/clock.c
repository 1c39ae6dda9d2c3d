/*
 * The only file that asks the machine for the time and for chance.
 *
 * Always holds: a clock or an entropy source that fails is fatal, for a
 * deadline judged by a made-up time could move money.
 */
#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static int64_t clock_ms(clockid_t which)
{
	struct timespec now;

	if (clock_gettime(which, &now) != 0) {
		perror("clock_gettime");
		abort();
	}
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t real_wall_ms(void *context)
{
	(void)context;
	return clock_ms(CLOCK_REALTIME);
}

static int64_t real_mono_ms(void *context)
{
	(void)context;
	return clock_ms(CLOCK_MONOTONIC);
}

static void real_random(void *context, void *bytes, size_t count)
{
	unsigned char *next = bytes;

	(void)context;
	while (count > 0) {
		ssize_t got = getrandom(next, count, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			perror("getrandom");
			abort();
		}
		next += got;
		count -= (size_t)got;
	}
}

const struct world world_real = {
	.wall_ms = real_wall_ms,
	.mono_ms = real_mono_ms,
	.random = real_random,
	.context = NULL,
};

int64_t world_wall_ms(const struct world *w)
{
	return w->wall_ms(w->context);
}

int64_t world_mono_ms(const struct world *w)
{
	return w->mono_ms(w->context);
}

uint64_t world_random(const struct world *w)
{
	uint64_t value;

	w->random(w->context, &value, sizeof(value));
	return value;
}

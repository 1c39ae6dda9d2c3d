#ifndef MEND_BASE_CLOCK_H
#define MEND_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Time and chance come in through a table, so that a test drives both from a
 * seed. Wall time is UTC in milliseconds and judges deadlines; monotonic time
 * is for waiting, time-outs and rates and never for anything stored.
 */
struct world {
	int64_t (*wall_ms)(void *context);
	int64_t (*mono_ms)(void *context);
	void (*random)(void *context, void *bytes, size_t count);
	void *context;
};

extern const struct world world_real;

int64_t world_wall_ms(const struct world *w);
int64_t world_mono_ms(const struct world *w);
uint64_t world_random(const struct world *w);

/* RFC 3339 UTC with milliseconds, "2026-03-01T12:00:00.000Z". */
#define TIME_TEXT_SIZE 32
void time_format(int64_t ms, char text[TIME_TEXT_SIZE]);
/* Takes any RFC 3339 offset. Returns 0 and sets *ret_ms, or -1. */
int time_parse(const char *text, int64_t *ret_ms);

/* "250ms", "5s", "10m", "4h", "3d" -> milliseconds; -1 when malformed. Plain
 * "0" is allowed. */
int duration_parse(const char *text, int64_t *ret_ms);

#endif

#ifndef MEND_BASE_ARENA_H
#define MEND_BASE_ARENA_H

#include <stddef.h>

/*
 * Memory by lifetime: one arena per request, per tick, per command. What is
 * allocated from it is never freed one by one. Alignment is that of
 * max_align_t.
 */
struct arena_block;
struct arena {
	struct arena_block *head;
	size_t used; /* bytes handed out since init or reset */
};

void arena_init(struct arena *a);
/* Makes the first block of a new arena this large: what a loop needs again and
 * again is then never given back and asked for anew. */
void arena_reserve(struct arena *a, size_t size);
void *arena_alloc(struct arena *a, size_t size);    /* zeroed, never NULL */
void *arena_take(struct arena *a, size_t size);	    /* the same, as it comes */
char *arena_dup(struct arena *a, const char *text); /* NULL stays NULL */
char *arena_dup_n(struct arena *a, const char *text, size_t length);
__attribute__((format(printf, 2, 3))) char *
arena_printf(struct arena *a, const char *format, ...);
void arena_reset(struct arena *a);   /* keeps the first block */
void arena_release(struct arena *a); /* frees all; a zeroed arena is fine */

#endif

/*
 * The one file that knows that memory can run out.
 *
 * Always holds: nobody above it needs to check for NULL. Aborting is safe, for
 * all that was promised is on disk, and the supervisor starts us again.
 */
#include "mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mem_exhausted(size_t size)
{
	(void)fprintf(stderr, "out of memory: %zu bytes\n", size);
	abort();
}

void *mem_alloc(size_t size)
{
	/* calloc(0) may be NULL, which would read as failure. */
	void *block = calloc(1, size ? size : 1);

	if (!block)
		mem_exhausted(size);
	return block;
}

void *mem_grow(void *old, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		mem_exhausted(SIZE_MAX);

	size_t total = count * size;
	void *block = realloc(old, total ? total : 1);

	if (!block)
		mem_exhausted(total);
	return block;
}

char *mem_dup(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(mem_alloc(size), text, size);
}

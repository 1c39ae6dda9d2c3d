#ifndef MEND_BASE_MEM_H
#define MEND_BASE_MEM_H

#include <stddef.h>

/*
 * Out of memory is fatal, in this file only: state is durable, leases are
 * taken back at the next start, and the supervisor restarts us. None of these
 * returns NULL.
 */
void *mem_alloc(size_t size); /* zeroed; free() it */
void *mem_grow(void *old, size_t count, size_t size);
char *mem_dup(const char *text);

/* Prints one line to stderr and aborts. Also installed as cJSON's allocator
 * failure by json_init(). */
_Noreturn void mem_exhausted(size_t size);

#endif

#ifndef MEND_TESTS_STORE_WORKERS_H
#define MEND_TESTS_STORE_WORKERS_H

#include <stddef.h>

/*
 * Long tests on every core: the same function in several processes, each with
 * its number. What they count together stands in shared memory.
 */

/* fn(context, i, of) in of processes; fails unless every one of them went
 * well. A database handle must not be open. */
void workers_run(void (*fn)(void *context, int i, int of), void *context);
/* Zeroed, seen by all; for counters use __atomic_fetch_add or COUNT(). */
void *workers_shared(size_t size);
#define COUNT(counter)                                                         \
	((void)__atomic_add_fetch(&(counter), 1, __ATOMIC_RELAXED))

/* Puts the folders of this program's tests into memory, where there is such a
 * place: nobody pulls the plug of this machine. */
void workers_in_memory(void);

/* How much is tried: what the environment says by this name; else the first
 * of these, the second below a sanitiser or valgrind, the third with SOAK. */
long workers_number(const char *name, long usual, long watched, long soak);

#endif

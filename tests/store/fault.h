#ifndef MEND_TESTS_STORE_FAULT_H
#define MEND_TESTS_STORE_FAULT_H

#include <stdbool.h>

/*
 * A disk that fails on demand: an SQLite VFS named "fault" around the default
 * one. Set what is to fail; fault_clear() mends the disk.
 */
enum fault_operation { FAULT_NONE, FAULT_WRITE, FAULT_SYNC, FAULT_SHM_MAP };

struct fault {
	enum fault_operation operation;
	const char *suffix; /* only of files that end so; NULL: all */
	int after;	    /* operations that still go well */
	int code;	    /* SQLITE_… that comes back */
	int number;	    /* errno that goes with it */
	int hits;	    /* how often it failed */
};
extern struct fault fault;

void fault_register(void);
void fault_clear(void);

#endif

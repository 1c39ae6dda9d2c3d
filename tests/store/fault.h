#ifndef MEND_TESTS_STORE_FAULT_H
#define MEND_TESTS_STORE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A disk that fails on demand: an SQLite VFS named "fault" around the default
 * one. Set what is to fail; fault_clear() mends the disk.
 */
enum fault_operation {
	FAULT_NONE,
	FAULT_READ,
	FAULT_WRITE,
	FAULT_SYNC,
	FAULT_TRUNCATE,
	FAULT_LOCK,
	FAULT_SHM_LOCK,
	FAULT_SHM_MAP,
	FAULT_OPERATION_COUNT
};

struct fault {
	enum fault_operation operation;
	const char *suffix; /* only of files that end so; NULL: all */
	int after;	    /* operations that still go well */
	int code;	    /* SQLITE_… that comes back */
	int number;	    /* errno that goes with it */
	int hits;	    /* how often it failed */
	bool once;	    /* only the first time, then the disk is well */
};
extern struct fault fault;

/* Told of what goes well, before it happens; each may be NULL. Of the files
 * that have a name only. */
struct fault_watch {
	void (*write)(const char *path, const void *b, int n, int64_t at);
	void (*truncate)(const char *path, int64_t size);
	void (*sync)(const char *path);
	/* A checkpoint has read the header of the WAL, which had changed, and
	 * has not begun to copy: the window of the WAL-reset bug. */
	void (*window)(void);
};
extern struct fault_watch fault_watch;
/* Nobody pulls the plug of this machine: syncs are not passed on. */
extern bool fault_skip_syncs;

void fault_register(void);
void fault_clear(void);

#endif

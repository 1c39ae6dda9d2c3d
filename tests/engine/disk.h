#ifndef MEND_TESTS_ENGINE_DISK_H
#define MEND_TESTS_ENGINE_DISK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A disk in memory under the real SQLite: the process's default VFS once
 * disk_register() was called. It fails on demand, and it can lose power: what
 * was written after the last sync of a file may then be gone, whole or in part.
 * One thread, one database at a time.
 */
enum disk_trouble {
	DISK_WELL,
	DISK_FULL,	/* writes: ENOSPC */
	DISK_WRITE_EIO, /* writes: EIO */
	DISK_SYNC_EIO,	/* the data may be there or not */
	DISK_READ_EIO,
	DISK_DEAD /* the process has died: nothing is written any more */
};

struct disk {
	enum disk_trouble trouble;
	int after; /* operations of its kind that still go well */
	int left;  /* then so many fail; -1: until disk_mend() */
	int hits;
	int64_t write_count; /* of all time */
	uint64_t random;     /* for SQLite's own use, and what power loss takes
			      */
};
extern struct disk disk;

struct disk_image;

void disk_register(void);
void disk_mend(void);
/* What is on it, for many lives to begin with. No handle may be open. */
struct disk_image *disk_save(void);
/* NULL: empty. No handle may be open. */
void disk_load(const struct disk_image *image, uint64_t seed);
/* No handle may be open. Returns how many writes were lost. */
int disk_lose_power(void);

#endif

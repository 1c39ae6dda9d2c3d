/*
 * Keeping the file in order (db.h): checkpoints, copies, checks.
 *
 * Always holds: a checkpoint runs inside the write turn (db_sqlite.c says
 * why); a copy is complete and on the disk, or there is none.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "db_driver.h"

#define WAL_BYTES_MAX (32 << 20) /* above it the WAL is truncated */
#define FULL_BYTES (256 << 10)	 /* less room than this is a full disk */

bool db_disk_is_full(const char *path)
{
	char copy[PATH_MAX];
	struct statvfs v;

	snprintf(copy, sizeof(copy), "%s", path);
	if (statvfs(dirname(copy), &v) != 0)
		return false;
	return (uint64_t)v.f_bavail * v.f_frsize < FULL_BYTES;
}

static int64_t wal_bytes(const struct db *db)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s-wal", db->path);
	return stat(path, &st) == 0 ? st.st_size : 0;
}

enum err db_checkpoint(struct db *db, int64_t *ret_wal_bytes)
{
	enum err e;

	if (db->begin_file != NULL)
		db_bug(db, "checkpoint inside the transaction of %s:%d",
		       db->begin_file, db->begin_line);
	e = db_turn_take(db);
	if (e != OK)
		return e;
	e = db->driver->checkpoint(db, wal_bytes(db) > WAL_BYTES_MAX);
	db_latch_on(db, e);
	db_turn_leave(db);
	if (e == OK && ret_wal_bytes != NULL)
		*ret_wal_bytes = wal_bytes(db);
	return e;
}

int64_t db_wal_frames(struct db *db)
{
	return db->driver->wal_frames(db);
}

bool db_changed(struct db *db)
{
	int64_t version = db->driver->data_version(db);
	bool changed = version != db->data_version;

	db->data_version = version;
	return changed;
}

enum err db_set_cache(struct db *db, int64_t kib)
{
	db->cache_kib = kib;
	return db->driver->set_cache(db, kib);
}

void db_trim(struct db *db)
{
	db->driver->trim(db);
}

/* The library leaves a copy to the kernel's mercy. */
static enum err make_durable(struct db *db, const char *path)
{
	char copy[PATH_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC), folder;
	int bad;

	if (fd < 0)
		return db_fail(db, ERR_SYSTEM, "%s: %s", path, strerror(errno));
	bad = fsync(fd);
	close(fd);
	snprintf(copy, sizeof(copy), "%s", path);
	folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder >= 0) {
		bad |= fsync(folder);
		close(folder);
	}
	return bad ? db_fail(db, ERR_IO, "%s: fsync failed", path) : OK;
}

enum err db_backup(struct db *db, const char *path)
{
	enum err e;
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
	if (fd < 0)
		return db_fail(db,
			       errno == EEXIST	 ? ERR_CONFLICT
			       : errno == ENOSPC ? ERR_DISK_FULL
						 : ERR_SYSTEM,
			       "%s: %s", path, strerror(errno));
	close(fd);
	e = db->driver->copy_into(db, path);
	if (e == OK)
		e = make_durable(db, path);
	if (e != OK)
		unlink(path);
	return e;
}

enum err db_verify(struct db *db)
{
	return db_latch_on(db, db->driver->verify(db));
}

/*
 * Which engine there is (engine_store.h). The lease is the lock file, so it
 * ends with its process and nothing expires by time; the rows only tell.
 *
 * F_OFD_SETLK: the lock belongs to the open file, so that another descriptor's
 * close() in the same process does not drop it, as it does for POSIX locks.
 */
#include "engine_store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../base/mem.h"
#include "sql.h"

struct engine_lock {
	int fd;
};

static int lock_open(const char *data, int flags)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/engine.lock", data) >=
	    (int)sizeof(path))
		return -1;
	return open(path, flags | O_CLOEXEC, 0660);
}

static int64_t pid_read(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return strtoll(text, NULL, 10);
}

enum err engine_lock_take(const char *data, struct engine_lock **l,
			  int64_t *ret_pid)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = lock_open(data, O_RDWR | O_CREAT);

	if (fd < 0)
		return errno == ENOSPC ? ERR_DISK_FULL : ERR_SYSTEM;
	if (fcntl(fd, F_OFD_SETLK, &whole) != 0) {
		bool taken = errno == EAGAIN || errno == EACCES;

		if (taken && ret_pid != NULL)
			*ret_pid = pid_read(fd);
		close(fd);
		return taken ? ERR_CONFLICT : ERR_SYSTEM;
	}
	/* The pid is for people; the lock holds without it. */
	if (ftruncate(fd, 0) != 0 || dprintf(fd, "%d\n", (int)getpid()) < 0)
		errno = 0;
	*l = mem_alloc(sizeof(**l));
	(*l)->fd = fd;
	return OK;
}

void engine_lock_release(struct engine_lock *l)
{
	if (l == NULL)
		return;
	close(l->fd);
	free(l);
}

bool engine_alive(const char *data, int64_t *ret_pid)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = lock_open(data, O_RDWR);
	bool alive;

	if (fd < 0)
		return false;
	alive = fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
	if (alive && ret_pid != NULL)
		*ret_pid = pid_read(fd);
	close(fd);
	return alive;
}

static enum err meta_set(struct db *db, const char *key, int64_t value)
{
	struct db_stmt *s = db_bind_start(db, SQL_META_SET);

	db_bind_text(s, 1, key);
	db_bind_int(s, 2, value);
	return db_run(s, NULL);
}

static enum err meta_get(struct db *db, const char *key, int64_t *ret_value)
{
	struct db_stmt *s = db_bind_start(db, SQL_META_GET);
	enum err e;

	db_bind_text(s, 1, key);
	e = db_one(s);
	if (e != OK)
		return e;
	*ret_value = db_int(s, 0);
	db_done(s);
	return OK;
}

enum err engine_register(struct db *db, int64_t pid, int64_t *ret_engine_id)
{
	struct db_stmt *s = db_bind_start(db, SQL_META_RAISE);
	int64_t id;
	enum err e;

	db_bind_text(s, 1, "engine_id");
	e = db_one(s);
	if (e != OK)
		return e;
	id = db_int(s, 0);
	db_done(s);
	e = meta_set(db, "engine_pid", pid);
	if (e == OK)
		e = meta_set(db, "engine_ready_ms", 0);
	if (e == OK)
		*ret_engine_id = id;
	return e;
}

enum err engine_set_suspect(struct db *db, int64_t run_id)
{
	return meta_set(db, "engine_suspect", run_id);
}

enum err engine_get_suspect(struct db *db, int64_t *ret_run_id)
{
	return meta_get(db, "engine_suspect", ret_run_id);
}

enum err engine_set_ready(struct db *db, int64_t ready_ms)
{
	return meta_set(db, "engine_ready_ms", ready_ms);
}

enum err engine_get(struct db *db, int64_t *ret_engine_id, int64_t *ret_pid,
		    int64_t *ret_ready_ms)
{
	enum err e = meta_get(db, "engine_id", ret_engine_id);

	if (e == OK)
		e = meta_get(db, "engine_pid", ret_pid);
	if (e == OK)
		e = meta_get(db, "engine_ready_ms", ret_ready_ms);
	return e;
}

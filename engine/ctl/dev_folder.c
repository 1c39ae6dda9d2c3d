/*
 * The data folder of `mendctl dev` and its lock: one instance a folder. The
 * lock is an flock on dev.lock, gone with the process however it ends; the
 * file's content only tells who holds it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dev.h"

static bool make_folder(const char *path)
{
	return mkdir(path, 02770) == 0 || errno == EEXIST;
}

/* Like mkdir -p. */
static bool make_folders(const char *path)
{
	char part[PATH_SIZE];

	if (!str_copy(part, sizeof(part), path))
		return false;
	for (char *slash = part + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (!make_folder(part))
			return false;
		*slash = '/';
	}
	return make_folder(part);
}

static enum err make_inner(struct dev *d)
{
	static const char *const folder[] = {"run", "log", "nginx",
					     "nginx/temp"};
	char path[PATH_SIZE + 16];

	for (size_t i = 0; i < sizeof(folder) / sizeof(folder[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", d->data, folder[i]);
		if (!make_folder(path) || access(path, W_OK | X_OK) != 0)
			return ctl_refuse(d->c, ERR_SYSTEM,
					  "cannot write to %s: %s", path,
					  strerror(errno));
	}
	(void)snprintf(d->children.log_folder, sizeof(d->children.log_folder),
		       "%.500s/log", d->data);
	return OK;
}

/* Somebody may have removed the file between our open and our lock. */
static bool is_still(int fd, const char *path)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 && stat(path, &named) == 0 &&
	       held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

static enum err refuse_second(struct dev *d, int fd)
{
	char holder[64] = "";
	ssize_t length = pread(fd, holder, sizeof(holder) - 1, 0);

	holder[length > 0 ? length : 0] = '\0';
	return ctl_refuse(d->c, ERR_SYSTEM, "another mendctl dev (%s) uses %s",
			  holder[0] ? holder : "starting", d->data);
}

static enum err take_lock(struct dev *d)
{
	char path[PATH_SIZE + 16];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/dev.lock", d->data);
	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
		if (fd < 0)
			return ctl_refuse(d->c, ERR_SYSTEM,
					  "cannot write to %s: %s", d->data,
					  strerror(errno));
		if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			enum err e = refuse_second(d, fd);

			(void)close(fd);
			return e;
		}
		if (is_still(fd, path))
			break;
		(void)close(fd);
	}
	d->lock_fd = fd;
	if (ftruncate(fd, 0) != 0 ||
	    dprintf(fd, "pid %d, port %d", (int)getpid(), d->port) < 0)
		return ctl_refuse(d->c, ERR_SYSTEM, "cannot write to %s: %s",
				  path, strerror(errno));
	return OK;
}

void dev_unlock(struct dev *d)
{
	char path[PATH_SIZE + 16];

	if (d->lock_fd < 0)
		return;
	(void)snprintf(path, sizeof(path), "%s/dev.lock", d->data);
	(void)unlink(path);
	(void)close(d->lock_fd);
	d->lock_fd = -1;
}

enum err dev_folder(struct dev *d, const char *folder)
{
	char real[PATH_MAX];
	enum err e;

	if (!make_folders(folder))
		return ctl_refuse(d->c, ERR_SYSTEM, "cannot create %s: %s",
				  folder, strerror(errno));
	if (!realpath(folder, real))
		return ctl_refuse(d->c, ERR_SYSTEM, "%s: %s", folder,
				  strerror(errno));
	if (!str_copy(d->data, sizeof(d->data), real) ||
	    !str_copy(d->c->config.data, sizeof(d->c->config.data), real))
		return ctl_refuse(d->c, ERR_SYSTEM,
				  "the data folder's path is too long: %s",
				  real);
	/* First the lock: what follows touches the other's files. */
	e = take_lock(d);
	if (!e)
		e = make_inner(d);
	return e;
}

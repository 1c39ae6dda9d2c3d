/*
 * The latch of a data folder (halt.h). A disk error is told to one process
 * only; the others would go on over pages that the kernel believes to be
 * clean. So whoever sees one leaves a file that every writer looks for.
 *
 * Always holds: the first reason stays; a latch whose presence can't be told
 * counts as set.
 */
#include "halt.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"

static void halt_path(const char *db_path, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s-halted", db_path);
}

/* A new name is durable once its folder is. */
static void folder_sync(const char *path)
{
	char copy[PATH_MAX];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

void halt_set(const char *db_path, const char *owner, const char *reason)
{
	char path[PATH_MAX], at[TIME_TEXT_SIZE];
	int fd;

	halt_path(db_path, path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
	if (fd < 0)
		return;
	time_format(world_wall_ms(&world_real), at);
	dprintf(fd, "%s %s[%d] %s\n", at, owner, (int)getpid(), reason);
	(void)fsync(fd);
	close(fd);
	folder_sync(path);
}

bool halt_is_set(const char *db_path)
{
	char path[PATH_MAX];

	halt_path(db_path, path);
	return access(path, F_OK) == 0 || errno != ENOENT;
}

void halt_reason(const char *db_path, char *text, size_t size)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	if (size == 0)
		return;
	text[0] = '\0';
	halt_path(db_path, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

enum err halt_release(const char *db_path)
{
	char path[PATH_MAX];

	halt_path(db_path, path);
	if (unlink(path) != 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM;
	folder_sync(path);
	return OK;
}

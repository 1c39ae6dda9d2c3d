/*
 * Loaded in front of the C library: a disk whose syncs fail, for one program
 * of an instance and one of its files. The file that MEND_BAD_DISK names says
 * for which, as "program end-of-path"; while there is no such file all is well.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fsync(int fd);
int fdatasync(int fd);

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static bool is_bad(int fd)
{
	const char *order = getenv("MEND_BAD_DISK");
	char program[64], end[64], link[64], path[512];
	FILE *f = order ? fopen(order, "re") : NULL;
	bool said;
	ssize_t n;

	if (!f)
		return false;
	said = fscanf(f, "%63s %63s", program, end) == 2;
	(void)fclose(f);
	if (!said || strcmp(program_invocation_short_name, program) != 0)
		return false;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	return ends_with(path, end);
}

static int sync_by(const char *name, int fd)
{
	int (*next)(int fd);
	void *found = dlsym(RTLD_NEXT, name);

	if (is_bad(fd)) {
		errno = EIO;
		return -1;
	}
	memcpy(&next, &found, sizeof(next));
	return next(fd);
}

int fsync(int fd)
{
	return sync_by("fsync", fd);
}

int fdatasync(int fd)
{
	return sync_by("fdatasync", fd);
}

/*
 * Bounded logs for programs that know nothing of rotation.
 */
#include "logcap.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_BYTES_MAX (8 * 1024 * 1024)
/* More than a burst could leave; a bound for the copy. */
#define COPY_BYTES_MAX (64 * 1024 * 1024)

static bool ends_in_log(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && strcmp(name + length - 4, ".log") == 0;
}

static void turn_over(int folder, const char *name)
{
	char old[300];
	int from, to;
	size_t left = COPY_BYTES_MAX;
	ssize_t copied;

	if (snprintf(old, sizeof(old), "%s.old", name) >= (int)sizeof(old))
		return;
	from = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	to = openat(folder, old,
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		    0640);
	if (from >= 0 && to >= 0) {
		while (left > 0 &&
		       (copied = sendfile(to, from, NULL, left)) > 0)
			left -= (size_t)copied;
		/* Should it fail, the next look tries again. */
		if (ftruncate(from, 0) != 0)
			left = 0;
	}
	if (from >= 0)
		(void)close(from);
	if (to >= 0)
		(void)close(to);
}

void logcap_folder(const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *entry;
	struct stat info;

	if (!d)
		return;
	while ((entry = readdir(d))) {
		if (ends_in_log(entry->d_name) &&
		    fstatat(dirfd(d), entry->d_name, &info,
			    AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(info.st_mode) && info.st_size > LOG_BYTES_MAX)
			turn_over(dirfd(d), entry->d_name);
	}
	(void)closedir(d);
}

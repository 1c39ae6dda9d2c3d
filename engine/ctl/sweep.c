/*
 * Ends what an instance before us left behind on the same data folder. Normally
 * nothing: children get a signal when `mendctl dev` dies. But nginx workers
 * whose master was killed together with it would keep the port, and a stopped
 * process gets no signal. A process counts as ours only when its binary is one
 * of our programs and its stderr goes into this folder's log or nginx folder.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "supervisor.h"

/* In-order ends that are under way get this long before SIGKILL. */
#define PATIENCE_MS 2000
#define LOOK_MS 20

static bool read_link(const char *pid, const char *what, char to[PATH_SIZE])
{
	char path[300];
	ssize_t length;

	(void)snprintf(path, sizeof(path), "/proc/%.32s/%.32s", pid, what);
	length = readlink(path, to, PATH_SIZE - 1);
	if (length <= 0)
		return false;
	to[length] = '\0';
	return true;
}

/* A program that was built anew shows as "… (deleted)". */
static bool is_program(const char *exe, const char *program)
{
	size_t length = strlen(program);

	return strncmp(exe, program, length) == 0 &&
	       (exe[length] == '\0' || strcmp(exe + length, " (deleted)") == 0);
}

static bool is_below(const char *path, const char *data, const char *folder)
{
	size_t length = strlen(data);

	return strncmp(path, data, length) == 0 &&
	       strncmp(path + length, folder, strlen(folder)) == 0;
}

static bool is_ours(const struct supervisor *s, const char *data,
		    const char *pid)
{
	char exe[PATH_SIZE], log[PATH_SIZE];

	if (!read_link(pid, "exe", exe) || !read_link(pid, "fd/2", log) ||
	    (!is_below(log, data, "/log/") && !is_below(log, data, "/nginx/")))
		return false;
	for (int i = 0; i < s->count; i++) {
		if (is_program(exe, s->child[i].program))
			return true;
	}
	return false;
}

/* How many there are; each gets the signal unless it is 0. */
static int look(const struct supervisor *s, const char *data, int signal)
{
	DIR *d = opendir("/proc");
	const struct dirent *entry;
	int found = 0;

	if (!d)
		return 0;
	while ((entry = readdir(d))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid <= 1 || !is_ours(s, data, entry->d_name))
			continue;
		found++;
		if (signal)
			(void)kill(pid, signal);
	}
	(void)closedir(d);
	return found;
}

void supervisor_sweep(const struct supervisor *s, const char *data)
{
	const struct timespec pause = {.tv_nsec = LOOK_MS * 1000 * 1000};

	if (look(s, data, SIGTERM) == 0)
		return;
	for (int waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
		if (look(s, data, 0) == 0)
			return;
		(void)nanosleep(&pause, NULL);
	}
	(void)look(s, data, SIGKILL);
	(void)nanosleep(&pause, NULL);
}

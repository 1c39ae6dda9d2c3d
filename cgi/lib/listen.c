/*
 * The socket that a program listens on: systemd's, or its own.
 *
 * Always holds: the socket does not block (see fcgi.c), is not inherited by
 * anything we execute, and only our user and group may connect, since whoever
 * can connect may claim any parameter.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../engine/base/log.h"
#include "../../engine/base/strbuf.h"
#include "process.h"

/* Above what nginx lets through at a time (limit_conn), so that connecting
 * never fails: overload is answered 503 by nginx, in order. */
#define BACKLOG 1024
#define SYSTEMD_FD 3

static bool given_by_systemd(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *count = getenv("LISTEN_FDS");
	bool given = pid && count && strtol(pid, NULL, 10) == getpid() &&
		     strtol(count, NULL, 10) >= 1;

	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	return given;
}

static bool somebody_listens(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool listens = fd >= 0 && (connect(fd, (const struct sockaddr *)address,
					   sizeof(*address)) == 0 ||
				   errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return listens;
}

static void make_folder(const char *path)
{
	char folder[108];
	char *slash;

	STR_COPY(folder, path);
	slash = strrchr(folder, '/');
	if (slash && slash != folder) {
		*slash = '\0';
		(void)mkdir(folder, 0770);
	}
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct sockaddr *any = (const struct sockaddr *)&address;
	int fd;

	STR_COPY(address.sun_path, path);
	if (somebody_listens(&address)) {
		errno = EADDRINUSE;
		return -1;
	}
	make_folder(path);
	(void)unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;

	mode_t before = umask(0117);
	int failed = bind(fd, any, sizeof(address));

	(void)umask(before);
	if (failed || listen(fd, BACKLOG)) {
		int reason = errno;

		close(fd);
		errno = reason;
		return -1;
	}
	return fd;
}

int process_listen(const char *wanted_path, char path[108])
{
	int fd = SYSTEMD_FD;

	path[0] = '\0';
	if (given_by_systemd()) {
		int flags = fcntl(fd, F_GETFL);

		if (flags >= 0 && !fcntl(fd, F_SETFL, flags | O_NONBLOCK) &&
		    !fcntl(fd, F_SETFD, FD_CLOEXEC))
			return fd;
		log_error("the socket from systemd is unusable: %s",
			  strerror(errno));
		return -1;
	}
	fd = listen_at(wanted_path);
	if (fd < 0)
		log_error("cannot listen on %s: %s", wanted_path,
			  strerror(errno));
	else
		(void)str_copy(path, 108, wanted_path);
	return fd;
}

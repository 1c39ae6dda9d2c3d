/*
 * The nudge: an empty datagram that wakes the engine before its poll would.
 *
 * Always holds: neither end ever blocks and a lost nudge costs at most one
 * poll interval, so that no error here is worth reporting. With nobody
 * reading, the socket's queue fills after about ten datagrams: one is enough.
 */
#include "nudge.h"

#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DRAIN_MAX 1000 /* a flood must not keep the engine from its work */

static enum err engine_address(const struct config *c,
			       struct sockaddr_un *ret_address)
{
	*ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	_Static_assert(sizeof(ret_address->sun_path) == 108,
		       "config_socket_path knows how much fits");
	return config_socket_path(c, "engine", ret_address->sun_path);
}

void nudge_send(const struct config *c)
{
	struct sockaddr_un address;
	int fd;

	if (engine_address(c, &address) != OK)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL,
		     (const struct sockaddr *)&address, sizeof(address));
	(void)close(fd);
}

/* The folder may be new; what is wrong with it, bind will say. */
static void make_folder(const char *path)
{
	char folder[108];

	memcpy(folder, path, strlen(path) + 1);
	(void)mkdir(dirname(folder), 0770);
}

int nudge_listen(const struct config *c)
{
	struct sockaddr_un address;
	int fd;
	int saved;

	if (engine_address(c, &address) != OK) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	make_folder(address.sun_path);
	/* What an engine before us left behind: the engine lock is ours. */
	(void)unlink(address.sun_path);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    chmod(address.sun_path, 0660) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

void nudge_drain(int fd)
{
	char byte;

	for (int i = 0; i < DRAIN_MAX; i++) {
		if (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) < 0)
			return;
	}
}

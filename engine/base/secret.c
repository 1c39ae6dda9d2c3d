/*
 * Secrets from files (secret.h).
 *
 * Always holds: nothing outside the credentials folder is read, whatever a
 * configuration calls its credential, and no message holds a byte of one.
 */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "strbuf.h"

#define HIDDEN_MIN 6

int secret_name_valid(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t length = name ? strspn(name, allowed) : 0;

	return length > 0 && length < sizeof(((struct secret *)0)->name) &&
	       name[length] == '\0' && name[0] >= 'a' && name[0] <= 'z';
}

static const char *folder(const struct config *c)
{
	const char *systemd = getenv("CREDENTIALS_DIRECTORY");

	if (c->credentials_dir[0])
		return c->credentials_dir;
	return systemd && *systemd ? systemd : NULL;
}

static enum err open_error(void)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return ERR_NOT_FOUND;
	return errno == EACCES || errno == EPERM ? ERR_DENIED : ERR_SYSTEM;
}

/* One byte more than fits tells that it is too long. */
static enum err read_whole(int fd, char text[SECRET_SIZE], size_t *ret_length)
{
	size_t length = 0;
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return ERR_INVALID;
	while (length < SECRET_SIZE) {
		ssize_t got = read(fd, text + length, SECRET_SIZE - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_SYSTEM;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	if (length == SECRET_SIZE)
		return ERR_TOO_LARGE;
	while (length > 0 &&
	       (text[length - 1] == '\n' || text[length - 1] == '\r'))
		length--;
	text[length] = '\0';
	*ret_length = length;
	return length > 0 ? OK : ERR_INVALID;
}

enum err secret_read(const struct config *c, const char *name,
		     struct secret *ret_secret)
{
	const char *in = folder(c);
	char path[PATH_MAX];
	enum err e;
	int fd;

	if (!secret_name_valid(name))
		return ERR_INVALID;
	if (!in)
		return ERR_NOT_FOUND;
	if (snprintf(path, sizeof(path), "%s/%s", in, name) >=
	    (int)sizeof(path))
		return ERR_TOO_LARGE;
	/* O_NONBLOCK: a pipe of this name would wait for ever. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return open_error();
	memset(ret_secret, 0, sizeof(*ret_secret));
	STR_COPY(ret_secret->name, name);
	e = read_whole(fd, ret_secret->text, &ret_secret->length);
	close(fd);
	if (e != OK)
		secret_clear(ret_secret);
	return e;
}

const char *secret_error(enum err e)
{
	switch ((int)e) {
	case OK:
		return "is there";
	case ERR_NOT_FOUND:
		return "there is no such file in the credentials folder";
	case ERR_INVALID:
		return "its file is empty, or none";
	case ERR_TOO_LARGE:
		return "its file is too long";
	case ERR_DENIED:
		return "its file may not be read";
	default:
		return "its file could not be read";
	}
}

void secret_clear(struct secret *s)
{
	explicit_bzero(s, sizeof(*s));
}

int secret_hide(const struct secret *s, char *text, size_t length)
{
	char *end = text + length;
	int count = 0;

	if (s->length < HIDDEN_MIN || !text)
		return 0;
	for (;;) {
		char *at =
			memmem(text, (size_t)(end - text), s->text, s->length);

		if (!at)
			return count;
		memset(at, '*', s->length);
		text = at + s->length;
		count++;
	}
}

/*
 * Paths inside the data folder.
 *
 * Always holds: all programs that share a data folder, told by the same
 * setting from the same working folder, agree on every path. Nothing is
 * created here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "digest.h"

#define SOCKET_PATH_SIZE 108 /* sun_path of Linux */

/* OK when all of the text of snprintf was written. */
static enum err fitted(int length, size_t size)
{
	return length >= 0 && (size_t)length < size ? OK : ERR_TOO_LARGE;
}

enum err config_data_path(const struct config *c, const char *name, char *path,
			  unsigned long size)
{
	char whole[512];
	enum err e =
		fitted(snprintf(whole, sizeof(whole), "%s/%s", c->data, name),
		       size < sizeof(whole) ? size : sizeof(whole));

	if (e == OK)
		memcpy(path, whole, strlen(whole) + 1);
	return e;
}

/* From the absolute path, but without asking the disk: the folder may not be
 * there yet when the first program asks. */
static void data_digest(const struct config *c, char hex[DIGEST_HEX_SIZE])
{
	char absolute[4096 + sizeof(c->data) + 1];
	char here[4096] = "";

	if (c->data[0] != '/' && !getcwd(here, sizeof(here)))
		here[0] = '\0';
	(void)snprintf(absolute, sizeof(absolute), "%s/%s", here, c->data);
	digest_text_hex(absolute, hex);
}

enum err config_socket_path(const struct config *c, const char *name,
			    char path[108])
{
	char whole[512];
	char hex[DIGEST_HEX_SIZE];
	const char *folder = getenv("TMPDIR");
	enum err e;

	e = fitted(
		snprintf(whole, sizeof(whole), "%s/run/%s.sock", c->data, name),
		SOCKET_PATH_SIZE);
	if (e != OK) {
		data_digest(c, hex);
		if (!folder || !*folder)
			folder = "/tmp";
		e = fitted(snprintf(whole, sizeof(whole),
				    "%s/mend-%.16s/%s.sock", folder, hex, name),
			   SOCKET_PATH_SIZE);
	}
	if (e == OK)
		memcpy(path, whole, strlen(whole) + 1);
	return e;
}

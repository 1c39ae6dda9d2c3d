#ifndef MEND_BASE_SECRET_H
#define MEND_BASE_SECRET_H

#include <stddef.h>

#include "config.h"

/*
 * Secrets of other systems: tokens, passwords, keys of webhooks. Each is a file
 * of its own in the credentials folder (setting credentials_dir, else
 * $CREDENTIALS_DIRECTORY, which systemd sets for LoadCredential=);
 * configuration only names it. A secret is read at the start and again on
 * reload, is never written anywhere, and never part of a message: those tell
 * its name.
 */
#define SECRET_SIZE 4096
struct secret {
	char name[64];
	char text[SECRET_SIZE]; /* NUL behind it; may hold NULs itself */
	size_t length;
};

/* [a-z][a-z0-9_.-]{0,62}: nothing that leaves the folder. */
int secret_name_valid(const char *name);
/* The file's bytes without the newlines at its end. ERR_NOT_FOUND: no folder is
 * set, or no such file; ERR_INVALID: not a name, or an empty file;
 * ERR_TOO_LARGE; ERR_DENIED: not to be read by us. */
MUST_CHECK enum err secret_read(const struct config *c, const char *name,
				struct secret *ret_secret);
/* In words, for a message: "credential payment_token: there is no such file".
 */
const char *secret_error(enum err e);
/* Overwrites it, so that no later core or reuse of memory shows it. */
void secret_clear(struct secret *s);
/* Overwrites every place where text holds it with asterisks, so that a peer
 * that repeats what it was sent does not make it part of the record. Returns
 * how many. Secrets of less than 6 bytes are left: they would hide words. */
int secret_hide(const struct secret *s, char *text, size_t length);

#endif

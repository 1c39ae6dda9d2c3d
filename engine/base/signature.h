#ifndef MEND_BASE_SIGNATURE_H
#define MEND_BASE_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Signatures of webhooks in the Standard Webhooks form: "v1," and the base64 of
 * HMAC-SHA256 over "id.timestamp.body", several of them separated by spaces
 * (keys that overlap while they are changed). Keys: one a line, "whsec_" and
 * the base64 of at least 16 bytes; several while they are changed. Compared in
 * constant time.
 * Source: standardwebhooks.com, version 1.
 */
#define SIGNATURE_KEY_BYTES_MAX 128
#define SIGNATURE_SIZE 48 /* "v1," and base64 of 32 bytes, NUL */

/* keys: the text of the file. False also when no key in it is one. */
bool signature_valid(const char *keys, const char *id, const char *timestamp,
		     const char *body, size_t body_length,
		     const char *signatures);
/* By the first key; false: there is none. For tests and for who sends. */
bool signature_make(const char *keys, const char *id, const char *timestamp,
		    const char *body, size_t body_length,
		    char ret_signature[SIGNATURE_SIZE]);
/* Has it at least one key? */
bool signature_keys_valid(const char *keys);

#endif

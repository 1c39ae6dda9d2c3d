#ifndef MEND_BASE_DIGEST_H
#define MEND_BASE_DIGEST_H

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

/*
 * SHA-256 (nettle) over a canonical encoding: every field is preceded by its
 * length as 8 bytes big-endian, so no two sequences of fields encode alike.
 */
#define DIGEST_SIZE 32
#define DIGEST_HEX_SIZE 65

struct digest {
	struct sha256_ctx sha;
};

void digest_init(struct digest *d);
void digest_field(struct digest *d, const void *bytes, size_t length);
void digest_text(struct digest *d, const char *text); /* NULL as "" */
void digest_int(struct digest *d, int64_t value);
void digest_final(struct digest *d, uint8_t ret_digest[DIGEST_SIZE]);
void digest_hex(const uint8_t digest[DIGEST_SIZE], char hex[DIGEST_HEX_SIZE]);
/* Of one text, as hex. */
void digest_text_hex(const char *text, char hex[DIGEST_HEX_SIZE]);

#endif

/*
 * SHA-256 over fields. Always holds: each field is framed by its length, so
 * ("ab","c") and ("a","bc") differ, and an integer never equals its text.
 */
#include "digest.h"

#include <string.h>

void digest_init(struct digest *d)
{
	sha256_init(&d->sha);
}

static void put_be64(uint64_t value, uint8_t bytes[8])
{
	for (int i = 7; i >= 0; i--) {
		bytes[i] = (uint8_t)(value & 0xff);
		value >>= 8;
	}
}

void digest_field(struct digest *d, const void *bytes, size_t length)
{
	uint8_t frame[8];

	put_be64(length, frame);
	sha256_update(&d->sha, sizeof(frame), frame);
	if (length)
		sha256_update(&d->sha, length, bytes);
}

void digest_text(struct digest *d, const char *text)
{
	digest_field(d, text, text ? strlen(text) : 0);
}

void digest_int(struct digest *d, int64_t value)
{
	uint8_t bytes[8];

	put_be64((uint64_t)value, bytes);
	digest_field(d, bytes, sizeof(bytes));
}

void digest_final(struct digest *d, uint8_t ret_digest[DIGEST_SIZE])
{
	sha256_digest(&d->sha, DIGEST_SIZE, ret_digest);
}

void digest_hex(const uint8_t digest[DIGEST_SIZE], char hex[DIGEST_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < DIGEST_SIZE; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[DIGEST_HEX_SIZE - 1] = '\0';
}

void digest_text_hex(const char *text, char hex[DIGEST_HEX_SIZE])
{
	uint8_t bytes[DIGEST_SIZE];
	struct digest d;

	digest_init(&d);
	digest_text(&d, text);
	digest_final(&d, bytes);
	digest_hex(bytes, hex);
}

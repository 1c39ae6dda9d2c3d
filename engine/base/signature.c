/*
 * Signatures of webhooks (signature.h), by nettle.
 */
#include "signature.h"

#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <stdint.h>
#include <string.h>

#define KEY_BYTES_MIN 16
#define LINE_MAX_BYTES (2 * SIGNATURE_KEY_BYTES_MAX)

struct key {
	uint8_t bytes[SIGNATURE_KEY_BYTES_MAX + 8];
	size_t length;
};

/* One line: "whsec_" and base64. */
static bool read_key(const char *line, size_t length, struct key *ret_key)
{
	static const char prefix[] = "whsec_";
	struct base64_decode_ctx c;

	if (length < sizeof(prefix) || length > LINE_MAX_BYTES ||
	    memcmp(line, prefix, sizeof(prefix) - 1) != 0)
		return false;
	line += sizeof(prefix) - 1;
	length -= sizeof(prefix) - 1;
	if (BASE64_DECODE_LENGTH(length) > sizeof(ret_key->bytes))
		return false;
	base64_decode_init(&c);
	ret_key->length = sizeof(ret_key->bytes);
	return base64_decode_update(&c, &ret_key->length, ret_key->bytes,
				    length, line) &&
	       base64_decode_final(&c) && ret_key->length >= KEY_BYTES_MIN;
}

/* The next key of the text; *text moves behind its line. */
static bool next_key(const char **text, struct key *ret_key)
{
	while (**text) {
		const char *line = *text;
		size_t length = strcspn(line, "\r\n");

		*text = line + length;
		*text += strspn(*text, "\r\n");
		if (read_key(line, length, ret_key))
			return true;
	}
	return false;
}

static void sign(const struct key *key, const char *id, const char *timestamp,
		 const char *body, size_t body_length,
		 char ret_signature[SIGNATURE_SIZE])
{
	uint8_t mac[SHA256_DIGEST_SIZE];
	struct hmac_sha256_ctx c;

	hmac_sha256_set_key(&c, key->length, key->bytes);
	hmac_sha256_update(&c, strlen(id), (const uint8_t *)id);
	hmac_sha256_update(&c, 1, (const uint8_t *)".");
	hmac_sha256_update(&c, strlen(timestamp), (const uint8_t *)timestamp);
	hmac_sha256_update(&c, 1, (const uint8_t *)".");
	hmac_sha256_update(&c, body_length, (const uint8_t *)body);
	hmac_sha256_digest(&c, sizeof(mac), mac);
	memcpy(ret_signature, "v1,", 3);
	base64_encode_raw(ret_signature + 3, sizeof(mac), mac);
	ret_signature[3 + BASE64_ENCODE_RAW_LENGTH(sizeof(mac))] = '\0';
	explicit_bzero(&c, sizeof(c));
}

/* Is wanted one of the words? Each of its length is compared whole. */
static bool among(const char *signatures, const char *wanted)
{
	size_t length = strlen(wanted);
	bool found = false;

	while (*signatures) {
		size_t word = strcspn(signatures, " ");

		if (word == length && memeql_sec(signatures, wanted, length))
			found = true;
		signatures += word;
		signatures += strspn(signatures, " ");
	}
	return found;
}

bool signature_valid(const char *keys, const char *id, const char *timestamp,
		     const char *body, size_t body_length,
		     const char *signatures)
{
	char wanted[SIGNATURE_SIZE];
	bool valid = false;
	struct key key;

	while (next_key(&keys, &key)) {
		sign(&key, id, timestamp, body, body_length, wanted);
		if (among(signatures, wanted))
			valid = true;
	}
	explicit_bzero(&key, sizeof(key));
	explicit_bzero(wanted, sizeof(wanted));
	return valid;
}

bool signature_make(const char *keys, const char *id, const char *timestamp,
		    const char *body, size_t body_length,
		    char ret_signature[SIGNATURE_SIZE])
{
	struct key key;
	bool found = next_key(&keys, &key);

	if (found)
		sign(&key, id, timestamp, body, body_length, ret_signature);
	explicit_bzero(&key, sizeof(key));
	return found;
}

bool signature_keys_valid(const char *keys)
{
	struct key key;
	bool found = next_key(&keys, &key);

	explicit_bzero(&key, sizeof(key));
	return found;
}

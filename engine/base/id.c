/*
 * TypeIDs: what people see of a run, a task or a request.
 *
 * A UUIDv7 starts with 48 bits of milliseconds, so ids sort by the time they
 * were made; the alphabet leaves out i, l, o and u, so they survive a phone
 * call. 128 bits in 26 characters of 5 bits leave 2 bits: a valid suffix
 * starts with 0 to 7.
 */
#include "id.h"

#include <stdint.h>
#include <string.h>

#define SUFFIX_LENGTH 26
#define PREFIX_LENGTH_MAX 12

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static void uuid7(const struct world *w, uint8_t uuid[16])
{
	uint64_t ms = (uint64_t)world_wall_ms(w);

	w->random(w->context, uuid + 6, 10);
	for (int i = 5; i >= 0; i--) {
		uuid[i] = (uint8_t)(ms & 0xff);
		ms >>= 8;
	}
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x70); /* version 7 */
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80); /* variant */
}

/* Big-endian, 5 bits a character, padded by 2 zero bits in front. */
static void encode(const uint8_t uuid[16], char text[SUFFIX_LENGTH + 1])
{
	for (int i = 0; i < SUFFIX_LENGTH; i++) {
		unsigned value = 0;

		for (int bit = 5 * i - 2; bit < 5 * i + 3; bit++) {
			value <<= 1;
			if (bit >= 0)
				value |= 1u & (unsigned)uuid[bit / 8] >>
						      (7 - bit % 8);
		}
		text[i] = alphabet[value];
	}
	text[SUFFIX_LENGTH] = '\0';
}

void id_make(const char *prefix, const struct world *w, char ret_id[ID_SIZE])
{
	size_t length = strnlen(prefix, PREFIX_LENGTH_MAX);
	uint8_t uuid[16];

	uuid7(w, uuid);
	memcpy(ret_id, prefix, length);
	ret_id[length] = '_';
	encode(uuid, ret_id + length + 1);
}

bool id_valid(const char *id, const char *prefix)
{
	size_t length = strlen(prefix);

	if (!id || strncmp(id, prefix, length) != 0 || id[length] != '_')
		return false;

	const char *suffix = id + length + 1;

	if (strlen(suffix) != SUFFIX_LENGTH || suffix[0] > '7')
		return false;
	return strspn(suffix, alphabet) == SUFFIX_LENGTH;
}

/*
 * Finds duplicate keys without comparing each with each: the keys of one
 * object are sorted when it closes. An attacker who sends 40,000 keys in one
 * object buys n log n, not n squared.
 *
 * Always holds: a key without escapes points into the text; one with escapes
 * is unescaped once into a buffer as long as the text, which unescaping cannot
 * outgrow, so that it never moves.
 */
#include "json_keys.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "utf8.h"

static uint32_t hex4(const char *digits)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		char c = digits[i];

		value <<= 4;
		if (c <= '9')
			value |= (uint32_t)(c - '0');
		else
			value |= (uint32_t)((c | 0x20) - 'a' + 10);
	}
	return value;
}

/* One escape at *at (a backslash); writes it and moves *at behind it. */
static size_t unescape_one(const char *raw, size_t *at, char *out)
{
	static const char names[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	char name = raw[*at + 1];

	if (name != 'u') {
		*at += 2;
		out[0] = values[strchr(names, name) - names];
		return 1;
	}

	uint32_t character = hex4(raw + *at + 2);

	*at += 6;
	if (character >= 0xd800 && character < 0xdc00) {
		uint32_t low = hex4(raw + *at + 2);

		*at += 6;
		character =
			0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
	}
	return utf8_put(out, character);
}

static size_t unescape(const char *raw, size_t length, char *out)
{
	size_t used = 0;

	for (size_t at = 0; at < length;) {
		if (raw[at] == '\\')
			used += unescape_one(raw, &at, out + used);
		else
			out[used++] = raw[at++];
	}
	return used;
}

void json_keys_push(struct json_keys *keys, const char *raw, size_t length,
		    size_t offset, size_t text_length)
{
	if (keys->count == keys->size) {
		keys->size = keys->size ? 2 * keys->size : 32;
		keys->item =
			mem_grow(keys->item, keys->size, sizeof(*keys->item));
	}

	struct json_key *key = &keys->item[keys->count++];

	*key = (struct json_key){raw, length, offset};
	if (length == 0 || !memchr(raw, '\\', length))
		return;
	if (!keys->unescaped)
		keys->unescaped = mem_alloc(text_length);

	char *out = keys->unescaped + keys->unescaped_used;

	key->bytes = out;
	key->length = unescape(raw, length, out);
	keys->unescaped_used += key->length;
}

static int compare(const void *a, const void *b)
{
	const struct json_key *left = a;
	const struct json_key *right = b;
	int order;

	if (left->length != right->length)
		return left->length < right->length ? -1 : 1;
	order = memcmp(left->bytes, right->bytes, left->length);
	if (order != 0)
		return order;
	return left->offset < right->offset ? -1 : 1;
}

const struct json_key *json_keys_pop(struct json_keys *keys, size_t first)
{
	const struct json_key *found = NULL;
	size_t count = keys->count - first;
	struct json_key *key;

	keys->count = first;
	if (count < 2)
		return NULL;
	key = keys->item + first;
	qsort(key, count, sizeof(*key), compare);
	for (size_t i = 1; i < count && !found; i++) {
		if (key[i].length == key[i - 1].length &&
		    memcmp(key[i].bytes, key[i - 1].bytes, key[i].length) == 0)
			found = &key[i];
	}
	return found;
}

void json_keys_release(struct json_keys *keys)
{
	free(keys->item);
	free(keys->unescaped);
	*keys = (struct json_keys){0};
}

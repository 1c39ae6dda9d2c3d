#ifndef MEND_BASE_JSON_KEYS_H
#define MEND_BASE_JSON_KEYS_H

#include <stddef.h>

/*
 * The keys of the objects that a scan is inside of, as a stack: those of the
 * innermost object are on top. Keys compare by their unescaped bytes.
 */
struct json_key {
	const char *bytes;
	size_t length;
	size_t offset; /* in the text, for the message */
};

struct json_keys {
	struct json_key *item;
	size_t count;
	size_t size;
	char *unescaped; /* room for all keys that had escapes */
	size_t unescaped_used;
};

/* raw is what stands between the quotes and is valid. text_length bounds what
 * all keys of the text can need together. */
void json_keys_push(struct json_keys *keys, const char *raw, size_t length,
		    size_t offset, size_t text_length);
/* Takes all keys from `first` on off the stack, and returns the later one of
 * two that are equal, or NULL. It stays readable until the next push. */
const struct json_key *json_keys_pop(struct json_keys *keys, size_t first);
void json_keys_release(struct json_keys *keys);

#endif

#ifndef MEND_BASE_JSON_H
#define MEND_BASE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "json_text.h"

/*
 * cJSON behind a strict door: the one place where JSON text becomes a tree.
 * Refused: more than max_bytes or max_depth, trailing text, duplicate keys,
 * invalid UTF-8, NUL and \u0000, raw control characters, lone surrogates,
 * leading zeros, and integers beyond +-2^53-1 (RFC 8259, RFC 7493), so that
 * every integer that gets in is exact. Lookups are case-sensitive.
 * Trees are cJSON's own: free with cJSON_Delete (NULL is fine).
 */
#define JSON_BYTES_MAX (256 * 1024)
#define JSON_DEPTH_MAX 32

/* Makes cJSON use mem.h; call once in main, before any thread or fork. */
void json_init(void);

/* ERR_INVALID or ERR_TOO_LARGE; the problem's pointer names the place as far
 * as it is known, its detail the byte offset. p may be NULL. */
MUST_CHECK enum err json_parse(const char *text, size_t length,
			       struct problems *p, cJSON **ret_tree);
MUST_CHECK enum err json_parse_max(const char *text, size_t length,
				   size_t max_bytes, struct problems *p,
				   cJSON **ret_tree);

/* Compact text in the order of the tree; free() it. */
char *json_print(const cJSON *tree);
char *json_print_arena(const cJSON *tree, struct arena *a);
/* Keys sorted, no spaces: equal trees give equal text. For digests. */
char *json_canonical(const cJSON *tree, struct arena *a);

/* End the object that json_object_begin() began, and take its text: json_raw
 * makes one value of it that prints as it is, json_own takes it apart again,
 * without the strict look. */
cJSON *json_raw(struct strbuf *object);
cJSON *json_own(struct strbuf *object);

/* Whether objects and lists are nested deeper than that. */
bool json_deeper_than(const cJSON *tree, int depth);

/* Members, NULL or the fallback when absent or of another type. */
const cJSON *json_get(const cJSON *object, const char *key);
const char *json_string(const cJSON *object, const char *key,
			const char *fallback);
int64_t json_int(const cJSON *object, const char *key, int64_t fallback);
bool json_bool(const cJSON *object, const char *key, bool fallback);
bool json_is_int(const cJSON *item); /* a number without a fraction */

/* "order.buyer.name", "seats.0": NULL when any part is missing. */
const cJSON *json_path(const cJSON *tree, const char *dotted);
/* Creates the objects on the way; takes ownership of value. */
void json_path_set(cJSON *tree, const char *dotted, cJSON *value);

/* Sets or replaces a member. */
void json_set(cJSON *object, const char *key, cJSON *value);
void json_set_string(cJSON *object, const char *key, const char *value);
void json_set_int(cJSON *object, const char *key, int64_t value);
void json_set_bool(cJSON *object, const char *key, bool value);
void json_set_null(cJSON *object, const char *key);
/* RFC 3339; null for 0. */
void json_set_time(cJSON *object, const char *key, int64_t ms);

/* Appends "/key" with ~0 and ~1 escapes, or "/index", to a JSON Pointer. */
void json_pointer_key(char *pointer, size_t size, const char *key);
void json_pointer_index(char *pointer, size_t size, int index);

bool utf8_valid(const char *text, size_t length);

#endif

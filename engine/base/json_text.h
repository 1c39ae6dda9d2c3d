#ifndef MEND_BASE_JSON_TEXT_H
#define MEND_BASE_JSON_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "strbuf.h"

/*
 * JSON printed as it is made, without a tree: for what is written at every step
 * and read at every request. Members come out in the order of the calls, and
 * nobody looks whether a key was there before. key is NULL in a list; string
 * NULL prints as null.
 */
void json_object_begin(struct strbuf *text);
/* The last bracket; the text stays where it is. */
void json_object_finish(struct strbuf *text);
/* The same, copies the text into the arena and frees the rest. */
char *json_object_end(struct strbuf *text, struct arena *a);

void json_object_open(struct strbuf *text, const char *key);
/* Begins as a copy of an object that was printed before; its members come
 * first. */
void json_object_open_with(struct strbuf *text, const char *key,
			   const char *json, size_t length);
void json_object_close(struct strbuf *text);
void json_list_open(struct strbuf *text, const char *key);
void json_list_close(struct strbuf *text);

void json_object_string(struct strbuf *text, const char *key,
			const char *value);
void json_object_int(struct strbuf *text, const char *key, int64_t value);
void json_object_bool(struct strbuf *text, const char *key, bool value);
void json_object_null(struct strbuf *text, const char *key);
/* RFC 3339; null for 0. */
void json_object_time(struct strbuf *text, const char *key, int64_t ms);
/* json is a value that was printed before. */
void json_object_raw(struct strbuf *text, const char *key, const char *json);

/* A string with its quotes and escapes. */
void json_quote(struct strbuf *text, const char *string);

#endif

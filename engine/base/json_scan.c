/*
 * The strict look at JSON text before cJSON gets it, in one pass.
 *
 * cJSON takes leading zeros, trailing text, duplicate keys, broken UTF-8 and
 * integers it cannot keep, and cuts strings at \u0000; whoever reads the same
 * text elsewhere sees another document. Here all of these are refused.
 * Always holds: the cursor never passes the end; recursion is bounded by
 * JSON_DEPTH_MAX; `level` mirrors it, so that a problem can name its place.
 */
#include "json_scan.h"

#include <string.h>

#include "json.h"
#include "json_keys.h"
#include "json_token.h"

struct level {
	bool array;
	int index;	 /* of an array */
	const char *key; /* of an object, as written; NULL before the first */
	size_t key_length;
};

struct scan {
	struct json_cursor cursor;
	struct level level[JSON_DEPTH_MAX];
	int depth;
	struct json_keys keys;
	struct problems *problems;
};

static bool scan_value(struct scan *s);

static void place(const struct scan *s, char *pointer, size_t size)
{
	pointer[0] = '\0';
	for (int i = 0; i < s->depth; i++) {
		const struct level *l = &s->level[i];
		char key[192];

		if (l->array) {
			json_pointer_index(pointer, size, l->index);
		} else if (l->key && l->key_length < sizeof(key)) {
			memcpy(key, l->key, l->key_length);
			key[l->key_length] = '\0';
			/* A broken key may hold anything. */
			if (!utf8_valid(key, l->key_length))
				return;
			json_pointer_key(pointer, size, key);
		} else {
			return;
		}
	}
}

static bool refuse_at(struct scan *s, size_t at, const char *what)
{
	char pointer[192];

	if (s->problems) {
		place(s, pointer, sizeof(pointer));
		problems_add(s->problems, pointer, "%s at byte %zu", what, at);
	}
	return false;
}

static bool refuse(struct scan *s, const char *what)
{
	return refuse_at(s, s->cursor.at, what);
}

static char peek(const struct scan *s)
{
	return json_peek(&s->cursor);
}

static void skip_space(struct scan *s)
{
	for (char c = peek(s); c == ' ' || c == '\t' || c == '\r' || c == '\n';
	     c = peek(s))
		s->cursor.at++;
}

static bool scan_string(struct scan *s)
{
	const char *wrong = json_token_string(&s->cursor);

	return wrong ? refuse(s, wrong) : true;
}

static bool scan_number(struct scan *s)
{
	const char *wrong = json_token_number(&s->cursor);

	return wrong ? refuse(s, wrong) : true;
}

static bool scan_word(struct scan *s, const char *word)
{
	size_t length = strlen(word);

	if (s->cursor.length - s->cursor.at < length ||
	    memcmp(s->cursor.text + s->cursor.at, word, length) != 0)
		return refuse(s, "unknown word");
	s->cursor.at += length;
	return true;
}

static bool scan_key(struct scan *s, struct level *l)
{
	size_t start = s->cursor.at + 1;

	/* Until there is one, the place is the object itself. */
	l->key = NULL;
	if (peek(s) != '"')
		return refuse(s, "expected a key");
	if (!scan_string(s))
		return false;
	l->key = s->cursor.text + start;
	l->key_length = s->cursor.at - 1 - start;
	json_keys_push(&s->keys, l->key, l->key_length, start - 1,
		       s->cursor.length);
	skip_space(s);
	if (peek(s) != ':')
		return refuse(s, "expected ':'");
	s->cursor.at++;
	skip_space(s);
	return true;
}

/* The members up to the closing bracket, which is at the cursor after it. */
static bool scan_members(struct scan *s, struct level *l, char close)
{
	for (;;) {
		if (!l->array && !scan_key(s, l))
			return false;
		if (!scan_value(s))
			return false;
		skip_space(s);
		if (peek(s) == close)
			return true;
		if (peek(s) != ',')
			return refuse(s, l->array ? "expected ',' or ']'"
						  : "expected ',' or '}'");
		s->cursor.at++;
		skip_space(s);
		l->index++;
	}
}

static bool scan_container(struct scan *s)
{
	bool array = peek(s) == '[';
	char close = array ? ']' : '}';
	size_t first_key = s->keys.count;

	if (s->depth == JSON_DEPTH_MAX)
		return refuse(s, "nested too deeply");

	struct level *l = &s->level[s->depth];

	*l = (struct level){.array = array};
	s->cursor.at++;
	skip_space(s);
	if (peek(s) != close) {
		s->depth++;
		if (!scan_members(s, l, close))
			return false;
		s->depth--;
	}
	s->cursor.at++;

	const struct json_key *twice = json_keys_pop(&s->keys, first_key);

	if (!twice)
		return true;
	l->key = twice->bytes;
	l->key_length = twice->length;
	s->depth++;
	return refuse_at(s, twice->offset, "duplicate key");
}

static bool scan_value(struct scan *s)
{
	char c = peek(s);

	if (c == '{' || c == '[')
		return scan_container(s);
	if (c == '"')
		return scan_string(s);
	if (c == '-' || json_is_digit(c))
		return scan_number(s);
	if (c == 't')
		return scan_word(s, "true");
	if (c == 'f')
		return scan_word(s, "false");
	if (c == 'n')
		return scan_word(s, "null");
	return refuse(s, s->cursor.at < s->cursor.length
				 ? "expected a value"
				 : "text ends too early");
}

enum err json_scan(const char *text, size_t length, struct problems *p)
{
	struct scan s = {
		.cursor = {.text = text, .length = length},
		.problems = p,
	};
	bool valid;

	skip_space(&s);
	valid = scan_value(&s);
	if (valid) {
		skip_space(&s);
		if (s.cursor.at < s.cursor.length)
			valid = refuse(&s, "text after the value");
	}
	json_keys_release(&s.keys);
	return valid ? OK : ERR_INVALID;
}

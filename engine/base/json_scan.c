/*
 * The strict look at JSON text before cJSON gets it, in one pass.
 *
 * cJSON takes leading zeros, trailing text, duplicate keys, broken UTF-8 and
 * integers it cannot keep, and cuts strings at \u0000; whoever reads the same
 * text elsewhere sees another document. Here all of these are refused.
 * Always holds: `at` never passes `length`; recursion is bounded by
 * JSON_DEPTH_MAX; `level` mirrors it, so that a problem can name its place.
 */
#include "json_scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "json_keys.h"
#include "utf8.h"

/* cJSON copies numbers into 64 bytes and cuts what is longer. */
#define NUMBER_LENGTH_MAX 60
#define INTEGER_MAX 9007199254740991.0 /* 2^53 - 1 */

struct level {
	bool array;
	int index;	 /* of an array */
	const char *key; /* of an object, as written; NULL before the first */
	size_t key_length;
};

struct scan {
	const char *text;
	size_t length;
	size_t at;
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
	return refuse_at(s, s->at, what);
}

/* The byte at the cursor; 0, which no valid text holds, at the end. */
static char peek(const struct scan *s)
{
	return s->at < s->length ? s->text[s->at] : '\0';
}

static void skip_space(struct scan *s)
{
	while (s->at < s->length && strchr(" \t\r\n", s->text[s->at]) &&
	       s->text[s->at] != '\0')
		s->at++;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool hex4(const struct scan *s, size_t at, uint32_t *ret_value)
{
	uint32_t value = 0;

	if (s->length - at < 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		char c = s->text[at + i];
		char lower = (char)(c | 0x20);

		value <<= 4;
		if (is_digit(c))
			value |= (uint32_t)(c - '0');
		else if (lower >= 'a' && lower <= 'f')
			value |= (uint32_t)(lower - 'a' + 10);
		else
			return false;
	}
	*ret_value = value;
	return true;
}

/* At "\u"; a high surrogate must be followed by a low one. */
static bool scan_unicode(struct scan *s)
{
	uint32_t value, low;

	if (!hex4(s, s->at + 2, &value))
		return refuse(s, "\\u without four hexadecimal digits");
	if (value == 0)
		return refuse(s, "\\u0000");
	if (value >= 0xdc00 && value <= 0xdfff)
		return refuse(s, "lone surrogate");
	if (value < 0xd800 || value > 0xdbff) {
		s->at += 6;
		return true;
	}
	if (s->length - s->at < 12 || s->text[s->at + 6] != '\\' ||
	    s->text[s->at + 7] != 'u' || !hex4(s, s->at + 8, &low) ||
	    low < 0xdc00 || low > 0xdfff)
		return refuse(s, "lone surrogate");
	s->at += 12;
	return true;
}

static bool scan_escape(struct scan *s)
{
	if (s->length - s->at < 2)
		return refuse(s, "string without an end");

	char name = s->text[s->at + 1];

	if (name == 'u')
		return scan_unicode(s);
	if (name == '\0' || !strchr("\"\\/bfnrt", name))
		return refuse(s, "unknown escape");
	s->at += 2;
	return true;
}

static bool scan_string(struct scan *s)
{
	s->at++; /* the quote */
	while (s->at < s->length) {
		unsigned char c = (unsigned char)s->text[s->at];
		size_t step;

		if (c == '"') {
			s->at++;
			return true;
		}
		if (c == '\\') {
			if (!scan_escape(s))
				return false;
			continue;
		}
		if (c < 0x20)
			return refuse(s, "control character in a string");
		step = utf8_length(s->text + s->at, s->length - s->at);
		if (step == 0)
			return refuse(s, "invalid UTF-8");
		s->at += step;
	}
	return refuse(s, "string without an end");
}

static size_t skip_digits(struct scan *s)
{
	size_t start = s->at;

	while (is_digit(peek(s)))
		s->at++;
	return s->at - start;
}

/* The grammar of RFC 8259 section 6; the cursor ends behind the number. */
static bool scan_number_form(struct scan *s)
{
	if (peek(s) == '-')
		s->at++;
	if (peek(s) == '0') {
		s->at++;
		if (is_digit(peek(s)))
			return refuse(s, "number with a leading zero");
	} else if (skip_digits(s) == 0) {
		return refuse(s, "number without digits");
	}
	if (peek(s) == '.') {
		s->at++;
		if (skip_digits(s) == 0)
			return refuse(s, "number without digits");
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (skip_digits(s) == 0)
			return refuse(s, "number without digits");
	}
	return true;
}

static bool scan_number(struct scan *s)
{
	char digits[NUMBER_LENGTH_MAX + 1];
	size_t start = s->at;

	if (!scan_number_form(s))
		return false;

	size_t length = s->at - start;

	if (length > NUMBER_LENGTH_MAX)
		return refuse_at(s, start, "number too long");
	memcpy(digits, s->text + start, length);
	digits[length] = '\0';

	double value = strtod(digits, NULL);

	/* From 2^53 on every double is an integer, but not every integer is a
	 * double: however it is written, it could not be kept. */
	if (value > INTEGER_MAX || value < -INTEGER_MAX)
		return refuse_at(s, start, "number beyond 2^53-1");
	return true;
}

static bool scan_word(struct scan *s, const char *word)
{
	size_t length = strlen(word);

	if (s->length - s->at < length ||
	    memcmp(s->text + s->at, word, length) != 0)
		return refuse(s, "unknown word");
	s->at += length;
	return true;
}

static bool scan_key(struct scan *s, struct level *l)
{
	size_t start = s->at + 1;

	if (peek(s) != '"')
		return refuse(s, "expected a key");
	if (!scan_string(s))
		return false;
	l->key = s->text + start;
	l->key_length = s->at - 1 - start;
	json_keys_push(&s->keys, l->key, l->key_length, start - 1, s->length);
	skip_space(s);
	if (peek(s) != ':')
		return refuse(s, "expected ':'");
	s->at++;
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
		s->at++;
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
	s->at++;
	skip_space(s);
	if (peek(s) != close) {
		s->depth++;
		if (!scan_members(s, l, close))
			return false;
		s->depth--;
	}
	s->at++;

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
	if (c == '-' || is_digit(c))
		return scan_number(s);
	if (c == 't')
		return scan_word(s, "true");
	if (c == 'f')
		return scan_word(s, "false");
	if (c == 'n')
		return scan_word(s, "null");
	return refuse(s, s->at < s->length ? "expected a value"
					   : "text ends too early");
}

enum err json_scan(const char *text, size_t length, struct problems *p)
{
	struct scan s = {.text = text, .length = length, .problems = p};
	bool valid;

	skip_space(&s);
	valid = scan_value(&s);
	if (valid) {
		skip_space(&s);
		if (s.at < s.length)
			valid = refuse(&s, "text after the value");
	}
	json_keys_release(&s.keys);
	return valid ? OK : ERR_INVALID;
}

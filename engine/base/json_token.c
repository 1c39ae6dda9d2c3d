/*
 * Strings and numbers as RFC 8259 sections 6 and 7 write them, minus what
 * cJSON would not keep as it stands.
 */
#include "json_token.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* cJSON copies numbers into 64 bytes and cuts what is longer. */
#define NUMBER_LENGTH_MAX 60
#define INTEGER_MAX 9007199254740991.0 /* 2^53 - 1 */

char json_peek(const struct json_cursor *c)
{
	return c->at < c->length ? c->text[c->at] : '\0';
}

bool json_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool hex4(const struct json_cursor *c, size_t at, uint32_t *ret_value)
{
	uint32_t value = 0;

	if (c->length - at < 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		char digit = c->text[at + i];
		char lower = (char)(digit | 0x20);

		value <<= 4;
		if (json_is_digit(digit))
			value |= (uint32_t)(digit - '0');
		else if (lower >= 'a' && lower <= 'f')
			value |= (uint32_t)(lower - 'a' + 10);
		else
			return false;
	}
	*ret_value = value;
	return true;
}

/* At "\u"; a high surrogate must be followed by a low one. */
static const char *unicode(struct json_cursor *c)
{
	uint32_t value, low;

	if (!hex4(c, c->at + 2, &value))
		return "\\u without four hexadecimal digits";
	if (value == 0)
		return "\\u0000";
	if (value >= 0xdc00 && value <= 0xdfff)
		return "lone surrogate";
	if (value < 0xd800 || value > 0xdbff) {
		c->at += 6;
		return NULL;
	}
	if (c->length - c->at < 12 || c->text[c->at + 6] != '\\' ||
	    c->text[c->at + 7] != 'u' || !hex4(c, c->at + 8, &low) ||
	    low < 0xdc00 || low > 0xdfff)
		return "lone surrogate";
	c->at += 12;
	return NULL;
}

static const char *escape(struct json_cursor *c)
{
	char name;

	if (c->length - c->at < 2)
		return "string without an end";
	name = c->text[c->at + 1];
	if (name == 'u')
		return unicode(c);
	if (name == '\0' || !strchr("\"\\/bfnrt", name))
		return "unknown escape";
	c->at += 2;
	return NULL;
}

/* One character of a string that is neither its end nor an escape. */
static const char *plain(struct json_cursor *c)
{
	size_t step;

	if ((unsigned char)c->text[c->at] < 0x20)
		return "control character in a string";
	step = utf8_length(c->text + c->at, c->length - c->at);
	if (step == 0)
		return "invalid UTF-8";
	c->at += step;
	return NULL;
}

/* Nearly every byte of nearly every text. */
static bool is_usual(char c)
{
	unsigned char byte = (unsigned char)c;

	return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

const char *json_token_string(struct json_cursor *c)
{
	const char *wrong = NULL;
	size_t at = c->at + 1;

	while (!wrong) {
		while (at < c->length && is_usual(c->text[at]))
			at++;
		c->at = at;
		if (at == c->length)
			return "string without an end";
		if (c->text[at] == '"') {
			c->at++;
			return NULL;
		}
		wrong = c->text[at] == '\\' ? escape(c) : plain(c);
		at = c->at;
	}
	return wrong;
}

static bool digits(struct json_cursor *c)
{
	size_t start = c->at;

	while (json_is_digit(json_peek(c)))
		c->at++;
	return c->at > start;
}

static const char *number_form(struct json_cursor *c)
{
	static const char *const no_digits = "number without digits";

	if (json_peek(c) == '-')
		c->at++;
	if (json_peek(c) == '0') {
		c->at++;
		if (json_is_digit(json_peek(c)))
			return "number with a leading zero";
	} else if (!digits(c)) {
		return no_digits;
	}
	if (json_peek(c) == '.') {
		c->at++;
		if (!digits(c))
			return no_digits;
	}
	if (json_peek(c) == 'e' || json_peek(c) == 'E') {
		c->at++;
		if (json_peek(c) == '+' || json_peek(c) == '-')
			c->at++;
		if (!digits(c))
			return no_digits;
	}
	return NULL;
}

const char *json_token_number(struct json_cursor *c)
{
	char copy[NUMBER_LENGTH_MAX + 1];
	size_t start = c->at;
	const char *wrong = number_form(c);
	size_t length = c->at - start;
	double value;

	if (wrong)
		return wrong;
	if (length > NUMBER_LENGTH_MAX) {
		c->at = start;
		return "number too long";
	}
	memcpy(copy, c->text + start, length);
	copy[length] = '\0';
	value = strtod(copy, NULL);
	/* From 2^53 on every double is an integer, but not every integer is a
	 * double: however it is written, it could not be kept. */
	if (value > INTEGER_MAX || value < -INTEGER_MAX) {
		c->at = start;
		return "number beyond 2^53-1";
	}
	return NULL;
}

static void skip_string(struct json_cursor *c)
{
	for (c->at++; c->text[c->at] != '"'; c->at++)
		c->at += c->text[c->at] == '\\';
	c->at++;
}

bool json_token_key(struct json_cursor *c, const char **ret_key,
		    size_t *ret_length)
{
	int depth = c->at > 0;
	bool key = false;

	while (c->at < c->length) {
		char byte = c->text[c->at];
		size_t from = c->at + 1;

		if (byte == '"') {
			skip_string(c);
			if (!key)
				continue;
			*ret_key = c->text + from;
			*ret_length = c->at - 1 - from;
			return true;
		}
		if (byte == '{' || byte == ',')
			key = depth == (byte == ',');
		else if (byte == ':')
			key = false;
		depth += byte == '{' || byte == '[';
		depth -= byte == '}' || byte == ']';
		c->at++;
	}
	return false;
}

/*
 * Which bytes are text. The table is that of RFC 3629 section 4: the first
 * byte fixes the length and the range of the second; all others are
 * continuations.
 */
#include "utf8.h"

#include "json.h"

static const struct lead {
	unsigned char first, last; /* range of the first byte */
	unsigned char low, high;   /* range of the second */
	size_t length;
} leads[] = {
	{0xc2, 0xdf, 0x80, 0xbf, 2}, /* c0, c1 would be overlong */
	{0xe0, 0xe0, 0xa0, 0xbf, 3}, /* not overlong */
	{0xe1, 0xec, 0x80, 0xbf, 3},
	{0xed, 0xed, 0x80, 0x9f, 3}, /* not a surrogate */
	{0xee, 0xef, 0x80, 0xbf, 3},
	{0xf0, 0xf0, 0x90, 0xbf, 4}, /* not overlong */
	{0xf1, 0xf3, 0x80, 0xbf, 4},
	{0xf4, 0xf4, 0x80, 0x8f, 4}, /* not past U+10FFFF */
};

static size_t length_by_lead(const struct lead *lead, const char *text,
			     size_t left)
{
	unsigned char second;

	if (left < lead->length)
		return 0;
	second = (unsigned char)text[1];
	if (second < lead->low || second > lead->high)
		return 0;
	for (size_t i = 2; i < lead->length; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
	}
	return lead->length;
}

size_t utf8_length(const char *text, size_t left)
{
	if (left == 0)
		return 0;

	unsigned char first = (unsigned char)*text;

	if (first < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		if (first >= leads[i].first && first <= leads[i].last)
			return length_by_lead(&leads[i], text, left);
	}
	return 0;
}

size_t utf8_put(char bytes[4], uint32_t character)
{
	static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t length = 4;

	if (character < 0x80) {
		bytes[0] = (char)character;
		return 1;
	}
	if (character < 0x800)
		length = 2;
	else if (character < 0x10000)
		length = 3;
	for (size_t i = length - 1; i > 0; i--) {
		bytes[i] = (char)(0x80 | (character & 0x3f));
		character >>= 6;
	}
	bytes[0] = (char)(marks[length] | character);
	return length;
}

bool utf8_valid(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length) {
		size_t step = utf8_length(text + at, length - at);

		if (step == 0)
			return false;
		at += step;
	}
	return true;
}

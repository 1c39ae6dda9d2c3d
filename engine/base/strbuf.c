/*
 * Text that grows up to a declared maximum, and copies into fixed fields.
 *
 * Always holds: length <= max; data is NULL or NUL-terminated; truncated means
 * length == max, so that what is there is a prefix of what was meant.
 */
#include "strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

void strbuf_init(struct strbuf *b, size_t max)
{
	*b = (struct strbuf){.max = max};
}

/* Makes room for more bytes and the NUL; the caller has checked max. */
static void grow(struct strbuf *b, size_t more)
{
	size_t need = b->length + more + 1;
	size_t size = b->size ? b->size : 256;

	while (size < need)
		size *= 2;
	b->data = mem_grow(b->data, size, 1);
	b->size = size;
}

static inline void reserve(struct strbuf *b, size_t more)
{
	if (b->length + more + 1 > b->size)
		grow(b, more);
}

void strbuf_reserve(struct strbuf *b, size_t more)
{
	size_t left = b->max - b->length;

	reserve(b, more < left ? more : left);
}

void strbuf_add_n(struct strbuf *b, const void *bytes, size_t length)
{
	size_t left = b->max - b->length;

	if (length > left) {
		b->truncated = true;
		length = left;
	}
	reserve(b, length);
	if (length)
		memcpy(b->data + b->length, bytes, length);
	b->length += length;
	b->data[b->length] = '\0';
}

void strbuf_add(struct strbuf *b, const char *text)
{
	strbuf_add_n(b, text, strlen(text));
}

void strbuf_add_char(struct strbuf *b, char c)
{
	if (b->length == b->max) {
		b->truncated = true;
		return;
	}
	reserve(b, 1);
	b->data[b->length++] = c;
	b->data[b->length] = '\0';
}

size_t int_text(int64_t value, char text[INT_TEXT_SIZE])
{
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[INT_TEXT_SIZE];
	size_t count = 0, length = 0;

	do {
		digits[count++] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		text[length++] = '-';
	while (count)
		text[length++] = digits[--count];
	text[length] = '\0';
	return length;
}

void strbuf_add_int(struct strbuf *b, int64_t value)
{
	char text[INT_TEXT_SIZE];

	strbuf_add_n(b, text, int_text(value, text));
}

void strbuf_printf(struct strbuf *b, const char *format, ...)
{
	va_list args;
	va_list again;

	va_start(args, format);
	va_copy(again, args);

	int wanted = vsnprintf(NULL, 0, format, args);
	size_t length = wanted < 0 ? 0 : (size_t)wanted;
	size_t left = b->max - b->length;

	if (length > left) {
		b->truncated = true;
		length = left;
	}
	reserve(b, length);
	(void)vsnprintf(b->data + b->length, length + 1, format, again);
	b->length += length;
	va_end(again);
	va_end(args);
}

const char *strbuf_text(const struct strbuf *b)
{
	return b->data ? b->data : "";
}

void strbuf_clear(struct strbuf *b)
{
	b->length = 0;
	b->truncated = false;
	if (b->data)
		b->data[0] = '\0';
}

void strbuf_release(struct strbuf *b)
{
	free(b->data);
	strbuf_init(b, b->max);
}

bool str_copy(char *field, size_t size, const char *text)
{
	if (size == 0)
		return false;
	if (!text)
		text = "";

	size_t length = strnlen(text, size);
	bool fits = length < size;

	if (!fits) {
		length = size - 1;
		/* Never leave the first bytes of a character behind. */
		while (length > 0 &&
		       ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	memmove(field, text, length);
	field[length] = '\0';
	return fits;
}

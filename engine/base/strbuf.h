#ifndef MEND_BASE_STRBUF_H
#define MEND_BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A growing string with a maximum. Past the maximum nothing more is added and
 * `truncated` is set; the caller decides whether that is an error. data is
 * always NUL-terminated once anything was added; strbuf_text() is never NULL.
 */
struct strbuf {
	char *data;
	size_t length;
	size_t size;
	size_t max; /* of length */
	bool truncated;
};

void strbuf_init(struct strbuf *b, size_t max);
/* Makes room at once for what will come: saves growing step by step. */
void strbuf_reserve(struct strbuf *b, size_t more);
void strbuf_add(struct strbuf *b, const char *text);
void strbuf_add_n(struct strbuf *b, const void *bytes, size_t length);
void strbuf_add_char(struct strbuf *b, char c);
void strbuf_add_int(struct strbuf *b, int64_t value);
__attribute__((format(printf, 2, 3))) void
strbuf_printf(struct strbuf *b, const char *format, ...);
const char *strbuf_text(const struct strbuf *b);
void strbuf_clear(struct strbuf *b);   /* keeps the memory */
void strbuf_release(struct strbuf *b); /* frees it */

/* Decimal digits with NUL; returns their number. Many times as fast as printf.
 */
#define INT_TEXT_SIZE 21
size_t int_text(int64_t value, char text[INT_TEXT_SIZE]);

/* Copies text into a fixed field, cutting at a UTF-8 boundary; returns whether
 * all of it fitted. NULL text counts as "". */
bool str_copy(char *field, size_t size, const char *text);
#define STR_COPY(field, text) ((void)str_copy((field), sizeof(field), (text)))

#endif

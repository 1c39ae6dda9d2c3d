#ifndef MEND_BASE_UTF8_H
#define MEND_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * UTF-8 as RFC 3629 section 4 allows it: no overlong forms, no surrogates,
 * nothing past U+10FFFF.
 */

/* Bytes of the character at text, 1 to 4; 0 when there is no valid one within
 * left bytes. */
size_t utf8_length(const char *text, size_t left);

/* Writes a scalar value, at most U+10FFFF; returns the bytes written. */
size_t utf8_put(char bytes[4], uint32_t character);

#endif

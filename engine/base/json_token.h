#ifndef MEND_BASE_JSON_TOKEN_H
#define MEND_BASE_JSON_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The strings and numbers of JSON text. Each function starts at the cursor and
 * leaves it behind the token: the answer is NULL then. Otherwise it is what is
 * wrong, in words, and the cursor stands where it is wrong.
 */
struct json_cursor {
	const char *text;
	size_t length;
	size_t at; /* never past length */
};

/* The byte at the cursor; 0, which no valid text holds, at the end. */
char json_peek(const struct json_cursor *c);
bool json_is_digit(char c);

const char *json_token_string(struct json_cursor *c); /* at the quote */
const char *json_token_number(struct json_cursor *c); /* at '-' or a digit */

/* The keys of an object, one a call, as they stand between the quotes; false
 * after the last. For text that json_scan() has passed; at is 0 before. */
bool json_token_key(struct json_cursor *c, const char **ret_key,
		    size_t *ret_length);

#endif

#ifndef MEND_FLOW_TEMPLATE_PIECE_H
#define MEND_FLOW_TEMPLATE_PIECE_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "../base/strbuf.h"

/*
 * A template is a row of pieces: literal text and placeholders. Private to the
 * template files.
 */
#define PIECE_PATH_SIZE 121
#define PIECE_PATHS_MAX 2

struct piece_function;
struct piece {
	const char *text; /* literal, or the whole placeholder */
	size_t length;
	const struct piece_function *function; /* NULL: literal */
	char path[PIECE_PATHS_MAX][PIECE_PATH_SIZE];
	bool optional;
};

/* Takes the next piece off *text. False at its end and at a fault; *ret_fault
 * (NULL: none) then says what was expected. */
bool piece_next(const char **text, struct piece *ret_piece,
		const char **ret_fault);
/* The placeholder's value, which the caller deletes; NULL: missing. */
cJSON *piece_value(const struct piece *piece, const cJSON *document);
/* A value as a reader wants to see it. */
void piece_print(const cJSON *value, struct strbuf *text);

#endif

#ifndef MEND_CGI_PAGE_H
#define MEND_CGI_PAGE_H

#include <cjson/cJSON.h>

#include "program.h"

/*
 * Lists: {data: […], nextCursor: string|null, hasMore: bool}. A cursor is
 * opaque to clients: a letter that says of which list it is, and a number in
 * hex.
 */
#define PAGE_CURSOR_MAX 20

/* Rows of the query tables of every list. */
#define PAGE_FIELDS(most)                                                      \
	{.name = "limit", .type = FIELD_INT, .min = 1, .max = (most)},         \
	{                                                                      \
		.name = "cursor", .type = FIELD_TEXT, .min = 1,                \
		.max = PAGE_CURSOR_MAX                                         \
	}

/* The query's cursor; 0 without one. ERR_INVALID: not a cursor of this list. */
MUST_CHECK enum err page_cursor(struct context *c, char list,
				int64_t *ret_value);

struct page {
	cJSON *data;
	int limit, count;
	bool more;
};
void page_start(struct page *page, const struct context *c, int fallback);
/* Takes the row; false: the page is full, there is more (the row is freed). */
bool page_add(struct page *page, cJSON *row);
/* Answers 200 with the page; next: the cursor's number when there is more.
 * Returns the object, for further members. */
cJSON *page_finish(struct page *page, struct context *c, char list,
		   int64_t next);

#endif

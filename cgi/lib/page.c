/*
 * Pages of lists, the same everywhere.
 *
 * Always holds: hasMore is true exactly when nextCursor is not null, and
 * following the cursor never shows a row of this page again.
 */
#include "page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/json.h"

enum err page_cursor(struct context *c, char list, int64_t *ret_value)
{
	const char *text = request_query(&c->request, "cursor");
	size_t digits;

	if (!text) {
		*ret_value = 0;
		return OK;
	}
	digits = *text == list ? strspn(text + 1, "0123456789abcdef") : 0;
	if (digits == 0 || digits > 15 || text[1 + digits]) {
		problems_add(&c->problems, "?cursor",
			     "is not a cursor of this list");
		return ERR_INVALID;
	}
	*ret_value = strtoll(text + 1, NULL, 16);
	return OK;
}

void page_start(struct page *page, const struct context *c, int fallback)
{
	page->data = cJSON_CreateArray();
	page->limit = (int)request_query_int(&c->request, "limit", fallback);
	page->count = 0;
	page->more = false;
}

bool page_add(struct page *page, cJSON *row)
{
	if (page->count == page->limit) {
		cJSON_Delete(row);
		page->more = true;
		return false;
	}
	cJSON_AddItemToArray(page->data, row);
	page->count++;
	return true;
}

cJSON *page_finish(struct page *page, struct context *c, char list,
		   int64_t next)
{
	cJSON *answer = cJSON_CreateObject();
	char cursor[PAGE_CURSOR_MAX + 1];

	(void)snprintf(cursor, sizeof(cursor), "%c%llx", list,
		       (unsigned long long)next);
	cJSON_AddItemToObject(answer, "data", page->data);
	if (page->more)
		json_set_string(answer, "nextCursor", cursor);
	else
		json_set_null(answer, "nextCursor");
	json_set_bool(answer, "hasMore", page->more);
	response_json(&c->response, 200, answer);
	page->data = NULL;
	return answer;
}

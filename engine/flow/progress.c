/*
 * Why: visits make idempotency keys, so they must survive everything; a small
 * own format keeps them in the row that is written anyway.
 */
#include "progress.h"

#include <stdlib.h>
#include <string.h>

#include "../base/strbuf.h"

/* Reads ":<number>"; moves *at behind it. */
static bool number(const char **at, int64_t *ret_value)
{
	char *end;

	if (**at != ':')
		return false;
	*ret_value = strtoll(*at + 1, &end, 10);
	if (end == *at + 1 || *ret_value < 0)
		return false;
	*at = end;
	return true;
}

static bool one(const char **at, struct progress_item *item)
{
	size_t length = strcspn(*at, ": ");
	int64_t visit, count;

	if (length == 0 || length >= sizeof(item->step))
		return false;
	item->end_ms = 0;
	memcpy(item->step, *at, length);
	item->step[length] = '\0';
	*at += length;
	if (!number(at, &visit) || !number(at, &count) ||
	    !number(at, &item->until_ms) || visit > INT32_MAX ||
	    count > INT32_MAX)
		return false;
	if (**at == ':' && !number(at, &item->end_ms))
		return false;
	item->visit = (int)visit;
	item->count = (int)count;
	return **at == ' ' || **at == '\0';
}

bool progress_parse(const char *text, struct progress *ret_progress)
{
	struct progress *p = ret_progress;

	p->item_count = 0;
	while (*text) {
		if (p->item_count == PROGRESS_STEPS_MAX)
			return false;
		if (!one(&text, &p->item[p->item_count++]))
			return false;
		if (*text == ' ')
			text++;
	}
	return true;
}

static size_t print_number(char *text, int64_t value)
{
	text[0] = ':';
	return 1 + int_text(value, text + 1);
}

/* Once a step: without printf. */
bool progress_print(const struct progress *p, char text[PROGRESS_SIZE])
{
	char one[NAME_SIZE + 4 * (INT_TEXT_SIZE + 1) + 1];
	size_t used = 0;
	int i;

	text[0] = '\0';
	for (i = 0; i < p->item_count; i++) {
		const struct progress_item *item = &p->item[i];
		size_t n = strlen(item->step), space = i > 0;

		memcpy(one, item->step, n);
		n += print_number(one + n, item->visit);
		n += print_number(one + n, item->count);
		n += print_number(one + n, item->until_ms);
		if (item->end_ms)
			n += print_number(one + n, item->end_ms);
		if (used + space + n >= PROGRESS_SIZE)
			return false;
		if (space)
			text[used++] = ' ';
		memcpy(text + used, one, n + 1);
		used += n;
	}
	return true;
}

struct progress_item *progress_of(struct progress *p, const char *step)
{
	struct progress_item *item;
	int i;

	for (i = 0; i < p->item_count; i++) {
		if (strcmp(p->item[i].step, step) == 0)
			return &p->item[i];
	}
	if (p->item_count == PROGRESS_STEPS_MAX)
		return NULL;
	item = &p->item[p->item_count++];
	memset(item, 0, sizeof(*item));
	STR_COPY(item->step, step);
	return item;
}

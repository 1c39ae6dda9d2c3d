/*
 * Trees back into text. Not cJSON's own printer, for it writes 10^15 as
 * "1e+15", which readers that expect an integer refuse, and it cannot sort.
 *
 * Always holds: what is printed, json_parse takes, as far as the tree was made
 * of valid UTF-8; a number that is not finite prints as null.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mem.h"

/* Nobody builds documents near this; one who does has a bug. */
#define TEXT_BYTES_MAX ((size_t)64 * 1024 * 1024)

struct printer {
	struct strbuf text;
	bool sorted;
};

static void print_value(struct printer *p, const cJSON *item);

static void print_number(struct strbuf *text, const cJSON *item)
{
	double value = item->valuedouble;
	char digits[32];

	if (json_is_int(item)) {
		strbuf_add_int(text, (int64_t)value);
		return;
	}
	/* Infinite or not a number: the difference is not zero then. */
	if (!(value - value <= 0)) {
		strbuf_add(text, "null");
		return;
	}
	/* 15 digits read better, 17 always suffice. */
	(void)snprintf(digits, sizeof(digits), "%.15g", value);

	double back = strtod(digits, NULL);

	if (back < value || back > value)
		(void)snprintf(digits, sizeof(digits), "%.17g", value);
	strbuf_add(text, digits);
}

static int compare_keys(const void *a, const void *b)
{
	const cJSON *const *left = a;
	const cJSON *const *right = b;

	return strcmp((*left)->string, (*right)->string);
}

/* keyed: in an object. An element of an array may have a key as well, left
 * from the object that it was taken out of. */
static void print_member(struct printer *p, const cJSON *item, bool keyed,
			 bool first)
{
	if (!first)
		strbuf_add_char(&p->text, ',');
	if (keyed) {
		json_quote(&p->text, item->string);
		strbuf_add_char(&p->text, ':');
	}
	print_value(p, item);
}

static void print_sorted(struct printer *p, const cJSON *object)
{
	size_t count = (size_t)cJSON_GetArraySize(object);
	const cJSON **members = mem_alloc(count * sizeof(const cJSON *));
	const cJSON *item;
	size_t i = 0;

	cJSON_ArrayForEach(item, object) members[i++] = item;
	qsort(members, count, sizeof(const cJSON *), compare_keys);
	for (i = 0; i < count; i++)
		print_member(p, members[i], true, i == 0);
	free(members);
}

static void print_container(struct printer *p, const cJSON *container)
{
	bool object = cJSON_IsObject(container);
	const cJSON *item;

	strbuf_add_char(&p->text, object ? '{' : '[');
	if (object && p->sorted) {
		print_sorted(p, container);
	} else {
		cJSON_ArrayForEach(item, container)
			print_member(p, item, object, item == container->child);
	}
	strbuf_add_char(&p->text, object ? '}' : ']');
}

static void print_value(struct printer *p, const cJSON *item)
{
	if (cJSON_IsObject(item) || cJSON_IsArray(item))
		print_container(p, item);
	else if (cJSON_IsString(item))
		json_quote(&p->text, item->valuestring);
	else if (cJSON_IsNumber(item))
		print_number(&p->text, item);
	else if (cJSON_IsBool(item))
		strbuf_add(&p->text, cJSON_IsTrue(item) ? "true" : "false");
	else if (cJSON_IsRaw(item) && item->valuestring)
		strbuf_add(&p->text, item->valuestring);
	else
		strbuf_add(&p->text, "null");
}

static void print(struct printer *p, const cJSON *tree, bool sorted)
{
	strbuf_init(&p->text, TEXT_BYTES_MAX);
	p->sorted = sorted;
	print_value(p, tree);
	/* Half a document must not get anywhere. */
	if (p->text.truncated)
		mem_exhausted(TEXT_BYTES_MAX);
}

static char *print_arena(const cJSON *tree, bool sorted, struct arena *a)
{
	struct printer p;
	char *copy;

	print(&p, tree, sorted);
	copy = arena_dup_n(a, p.text.data, p.text.length);
	strbuf_release(&p.text);
	return copy;
}

char *json_print(const cJSON *tree)
{
	struct printer p;

	print(&p, tree, false);
	return p.text.data;
}

char *json_print_arena(const cJSON *tree, struct arena *a)
{
	return print_arena(tree, false, a);
}

char *json_canonical(const cJSON *tree, struct arena *a)
{
	return print_arena(tree, true, a);
}

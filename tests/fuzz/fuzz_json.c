/*
 * Any bytes at the strict door. Promises tried: what is refused says why; what
 * gets in prints to text that gets in again, is valid UTF-8, and has the same
 * canonical form.
 */
#include <string.h>

#include "fuzz.h"

static void round_trip(const cJSON *tree)
{
	struct arena a = {0};
	const char *text = json_print_arena(tree, &a);
	cJSON *again = NULL;

	require(utf8_valid(text, strlen(text)));
	/* Escapes can make the text longer than what came in. */
	require(json_parse_max(text, strlen(text), 6 * JSON_BYTES_MAX, NULL,
			       &again) == OK);
	require(strcmp(json_canonical(tree, &a), json_canonical(again, &a)) ==
		0);
	cJSON_Delete(again);
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems p = {0};
	const char *text = (const char *)data;
	cJSON *tree = NULL;
	enum err e = json_parse(text, size, &p, &tree);

	require((e == OK) == (tree != NULL));
	require((e == OK) == (p.count == 0));
	if (e == OK) {
		round_trip(tree);
		cJSON_Delete(tree);
		return 0;
	}
	require(p.count == 1 && p.item[0].detail[0] != '\0');
	require(p.item[0].pointer[0] == '\0' || p.item[0].pointer[0] == '/');
	require(utf8_valid(p.item[0].pointer, strlen(p.item[0].pointer)));
	return 0;
}

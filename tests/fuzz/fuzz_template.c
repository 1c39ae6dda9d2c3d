/*
 * Templates: the first line is a template, the second the document. Promises
 * tried: text for people never fails and is UTF-8; what goes into a URL can add
 * no slash, query, fragment, space or control character; a request is refused
 * exactly when a value is missing; filling a JSON template changes no name.
 */
#include <stdlib.h>
#include <string.h>

#include "../../engine/flow/template.h"
#include "fuzz.h"

static size_t count_of(const char *text, const char *any)
{
	size_t n = 0;

	for (; *text; text++)
		n += strchr(any, *text) != NULL;
	return n;
}

/* The same, outside of placeholders. */
static size_t count_outside(const char *text, const char *any)
{
	size_t n = 0;

	while (*text) {
		const char *close =
			strncmp(text, "{{", 2) == 0 ? strstr(text, "}}") : NULL;

		if (close)
			text = close + 2;
		else
			n += strchr(any, *text++) != NULL;
	}
	return n;
}

static void try_url(const char *template, const cJSON *document,
		    struct arena *a)
{
	static const char structure[] = "/?#&=:@\\";
	char *url = NULL;
	enum err e = template_text(template, document, TEMPLATE_URL, a, &url);

	require(e == OK || e == ERR_INVALID || e == ERR_TOO_LARGE);
	if (e != OK)
		return;
	require(strlen(url) <= TEMPLATE_URL_MAX);
	require(count_of(url, structure) == count_outside(template, structure));
	/* What is not the template's own is encoded. */
	if (fuzz_printable(template)) {
		require(fuzz_printable(url));
		require(count_of(url, " ") == count_outside(template, " "));
	}
}

static void try_exact(const char *template, const cJSON *document,
		      bool well_formed, struct arena *a)
{
	cJSON *json = cJSON_CreateString(template);
	struct problems p = {0};
	char *text = NULL;
	enum err e =
		template_text(template, document, TEMPLATE_EXACT, a, &text);

	template_missing(json, document, "/x", &p);
	if (e != ERR_TOO_LARGE)
		require((e == OK) == (p.count == 0));
	require(e != OK || well_formed);
	cJSON_Delete(json);
}

static void try_json(const char *template, const cJSON *document)
{
	cJSON *json = cJSON_CreateObject();
	cJSON *filled;

	json_set_string(json, "alone", template);
	json_set(json, "list", cJSON_CreateArray());
	cJSON_AddItemToArray(cJSON_GetObjectItem(json, "list"),
			     cJSON_CreateString(template));
	filled = template_json(json, document);
	require(cJSON_IsObject(filled));
	require(cJSON_IsArray(json_get(filled, "list")));
	require(cJSON_GetArraySize(json_get(filled, "list")) <= 1);
	require(cJSON_GetArraySize(filled) <= 2);
	if (json_get(filled, "list")->child)
		require(json_get(filled, "list")->child->string == NULL);
	cJSON_Delete(filled);
	cJSON_Delete(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {(const char *)data, size};
	struct problems p = {0};
	struct arena a = {0};
	const char *template = input_line(&in, &a);
	cJSON *document = input_json(&in, &a);
	char *text = NULL;

	template_check(template, "/x", &p);
	require(template_text(template, document, TEMPLATE_TEXT, &a, &text) ==
		OK);
	require(strlen(text) <= TEMPLATE_TEXT_MAX);
	if (fuzz_text_ok(template)) {
		require(fuzz_text_ok(text));
		fuzz_problems(&p, p.count > 0);
		try_json(template, document);
	}
	/* Nothing to fill in: as it is. */
	if (!strstr(template, "{{") && strlen(template) <= TEMPLATE_TEXT_MAX)
		require(strcmp(text, template) == 0);
	if (p.count == 0)
		try_url(template, document, &a);
	try_exact(template, document, p.count == 0, &a);
	cJSON_Delete(document);
	arena_release(&a);
	return 0;
}

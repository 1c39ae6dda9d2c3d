#ifndef MEND_FLOW_TEMPLATE_H
#define MEND_FLOW_TEMPLATE_H

#include <cjson/cJSON.h>

#include "../base/arena.h"
#include "../base/err.h"
#include "../base/strbuf.h"

/*
 * Text with placeholders over a document: "{{order.buyer.name}}",
 * "{{money order.totalMinor order.currency}}" (240.00 USD),
 * "{{time event.doorsAt}}" (2026-03-01 18:00 UTC), "{{count tried}}" (length of
 * a list). What is missing (or null) reads "unknown" in text, and is an error
 * in requests, unless the placeholder ends with a question mark: "{{note?}}"
 * is left out then. Lists of plain values read "1, 2".
 */
enum template_escape {
	TEMPLATE_TEXT,	/* as it is; missing becomes "unknown" */
	TEMPLATE_URL,	/* values percent-encoded; missing is an error */
	TEMPLATE_EXACT, /* as it is; missing is an error */
};

/* Syntax only. */
void template_check(const char *text, const char *pointer, struct problems *p);
/* The same for every string of a JSON template. */
void template_check_json(const cJSON *json, const char *pointer,
			 struct problems *p);
/* ERR_INVALID: a value is missing, or (TEMPLATE_URL) is one that would change
 * the path: "", "." or "..". ERR_TOO_LARGE: over TEMPLATE_URL_MAX; other text
 * is cut at TEMPLATE_TEXT_MAX. */
#define TEMPLATE_URL_MAX 4096
#define TEMPLATE_TEXT_MAX (16 * 1024)
MUST_CHECK enum err template_text(const char *text, const cJSON *document,
				  enum template_escape escape, struct arena *a,
				  char **ret_text);
/* A JSON template: a string that is one placeholder alone takes the value with
 * its type; others become text. Missing values become null, members of optional
 * ones are left out; the caller frees. */
cJSON *template_json(const cJSON *json, const cJSON *document);
/* Tells every placeholder of a JSON template that has no value and is not
 * optional. */
void template_missing(const cJSON *json, const cJSON *document,
		      const char *pointer, struct problems *p);

#endif

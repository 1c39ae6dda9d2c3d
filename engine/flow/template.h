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
 * a list). What is missing reads "unknown" in text, and is an error in
 * requests.
 */
enum template_escape {
	TEMPLATE_TEXT, /* as it is; missing becomes "unknown" */
	TEMPLATE_URL,  /* values percent-encoded; missing is an error */
};

/* Syntax only. */
void template_check(const char *text, const char *pointer, struct problems *p);
/* ERR_INVALID: a value is missing (TEMPLATE_URL only). */
MUST_CHECK enum err template_text(const char *text, const cJSON *document,
				  enum template_escape escape, struct arena *a,
				  char **ret_text);
/* A JSON template: a string that is one placeholder alone takes the value with
 * its type; others become text. Missing values become null; the caller frees.
 */
cJSON *template_json(const cJSON *json, const cJSON *document);

#endif

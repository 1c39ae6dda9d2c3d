/*
 * Playbooks write what people read and what peers are asked as text with
 * placeholders; here they meet the document.
 *
 * Always holds: templates never fail in text that people read: what is missing
 * reads "unknown", what is malformed stands as it is (a check has refused it
 * long before). In requests a missing value is always an error: a peer that is
 * asked to refund "unknown" may do anything.
 */
#include "template.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/utf8.h"
#include "template_piece.h"

#define MISSING_TEXT "unknown"
#define POINTER_SIZE 192

void template_check(const char *text, const char *pointer, struct problems *p)
{
	struct piece piece;
	const char *fault;

	while (piece_next(&text, &piece, &fault))
		;
	if (fault)
		problems_add(p, pointer, "%s, found \"%.60s\"", fault, text);
}

/* Calls fn for each string of a tree, with its pointer. */
struct walk {
	void (*fn)(const char *text, const char *pointer, struct walk *w);
	const cJSON *document;
	struct problems *problems;
};

static void walk(struct walk *w, const cJSON *json, const char *pointer)
{
	char at[POINTER_SIZE];
	const cJSON *item;
	int index = 0;

	if (cJSON_IsString(json))
		w->fn(json->valuestring, pointer, w);
	cJSON_ArrayForEach(item, json)
	{
		(void)snprintf(at, sizeof(at), "%s", pointer);
		if (item->string)
			json_pointer_key(at, sizeof(at), item->string);
		else
			json_pointer_index(at, sizeof(at), index++);
		walk(w, item, at);
	}
}

static void check_string(const char *text, const char *pointer, struct walk *w)
{
	template_check(text, pointer, w->problems);
}

void template_check_json(const cJSON *json, const char *pointer,
			 struct problems *p)
{
	struct walk w = {.fn = check_string, .problems = p};

	walk(&w, json, pointer);
}

static void tell_missing(const char *text, const char *pointer, struct walk *w)
{
	struct piece piece;
	const char *fault;

	while (piece_next(&text, &piece, &fault)) {
		if (!piece.function || piece.optional)
			continue;

		cJSON *value = piece_value(&piece, w->document);

		if (!value)
			problems_add(w->problems, pointer, "no value for %.*s",
				     (int)piece.length, piece.text);
		cJSON_Delete(value);
	}
	if (fault)
		problems_add(w->problems, pointer, "%s", fault);
}

void template_missing(const cJSON *json, const cJSON *document,
		      const char *pointer, struct problems *p)
{
	struct walk w = {
		.fn = tell_missing, .document = document, .problems = p};

	walk(&w, json, pointer);
}

/* RFC 3986, section 2.3: what need not be encoded. */
static void add_encoded(struct strbuf *url, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text; text++) {
		if (strchr(plain, *text))
			strbuf_add_char(url, *text);
		else
			strbuf_printf(url, "%%%02X", (unsigned char)*text);
	}
}

/* A value that is no segment of its own would make the path another one. */
static bool changes_path(const char *text)
{
	return *text == '\0' || strcmp(text, ".") == 0 ||
	       strcmp(text, "..") == 0;
}

static enum err add_value(const struct piece *piece, const cJSON *document,
			  enum template_escape escape, struct strbuf *out)
{
	cJSON *value = piece_value(piece, document);
	struct strbuf text;
	enum err e = OK;

	if (!value && piece->optional)
		return OK;
	if (!value && escape == TEMPLATE_TEXT)
		strbuf_add(out, MISSING_TEXT);
	if (!value)
		return escape == TEMPLATE_TEXT ? OK : ERR_INVALID;
	strbuf_init(&text, TEMPLATE_TEXT_MAX);
	piece_print(value, &text);
	if (escape != TEMPLATE_URL)
		strbuf_add(out, strbuf_text(&text));
	else if (changes_path(strbuf_text(&text)))
		e = ERR_INVALID;
	else
		add_encoded(out, strbuf_text(&text));
	strbuf_release(&text);
	cJSON_Delete(value);
	return e;
}

static enum err render(const char *text, const cJSON *document,
		       enum template_escape escape, struct strbuf *out)
{
	struct piece piece;
	const char *fault;

	while (piece_next(&text, &piece, &fault)) {
		enum err e = OK;

		if (piece.function)
			e = add_value(&piece, document, escape, out);
		else
			strbuf_add_n(out, piece.text, piece.length);
		if (e != OK)
			return e;
	}
	if (!fault)
		return OK;
	if (escape != TEMPLATE_TEXT)
		return ERR_INVALID;
	strbuf_add(out, text);
	return OK;
}

/* What was cut may end in half a character. */
static size_t whole_characters(const struct strbuf *text)
{
	size_t at = 0;

	while (at < text->length) {
		size_t one = utf8_length(text->data + at, text->length - at);

		if (one == 0)
			break;
		at += one;
	}
	return at;
}

enum err template_text(const char *text, const cJSON *document,
		       enum template_escape escape, struct arena *a,
		       char **ret_text)
{
	struct strbuf out;
	enum err e;

	strbuf_init(&out, escape == TEMPLATE_URL ? TEMPLATE_URL_MAX
						 : TEMPLATE_TEXT_MAX);
	e = render(text, document, escape, &out);
	if (e == OK && out.truncated && escape != TEMPLATE_TEXT)
		e = ERR_TOO_LARGE;
	if (e == OK)
		*ret_text = arena_dup_n(a, strbuf_text(&out),
					out.truncated ? whole_characters(&out)
						      : out.length);
	strbuf_release(&out);
	return e;
}

/* Whether text is one placeholder and nothing else. */
static bool is_alone(const char *text, struct piece *ret_piece)
{
	const char *fault;

	return piece_next(&text, ret_piece, &fault) && ret_piece->function &&
	       *text == '\0';
}

/* NULL: leave it out. */
static cJSON *json_of_string(const char *text, const cJSON *document)
{
	struct piece piece;
	struct strbuf out;
	cJSON *value;

	if (is_alone(text, &piece)) {
		value = piece_value(&piece, document);
		return value || piece.optional ? value : cJSON_CreateNull();
	}
	strbuf_init(&out, TEMPLATE_TEXT_MAX);
	/* Text that people could read never fails. */
	if (render(text, document, TEMPLATE_TEXT, &out) != OK)
		strbuf_clear(&out);
	if (out.truncated)
		out.data[whole_characters(&out)] = '\0';
	value = cJSON_CreateString(strbuf_text(&out));
	strbuf_release(&out);
	return value;
}

static cJSON *fill(const cJSON *json, const cJSON *document)
{
	const cJSON *item;
	cJSON *copy;

	if (cJSON_IsString(json))
		return json_of_string(json->valuestring, document);
	if (!cJSON_IsArray(json) && !cJSON_IsObject(json))
		return cJSON_Duplicate(json, true);
	copy = cJSON_IsArray(json) ? cJSON_CreateArray() : cJSON_CreateObject();
	cJSON_ArrayForEach(item, json)
	{
		cJSON *value = fill(item, document);

		if (value && cJSON_IsArray(json))
			cJSON_AddItemToArray(copy, value);
		else if (value)
			cJSON_AddItemToObject(copy, item->string, value);
	}
	return copy;
}

cJSON *template_json(const cJSON *json, const cJSON *document)
{
	cJSON *value = fill(json, document);

	return value ? value : cJSON_CreateNull();
}

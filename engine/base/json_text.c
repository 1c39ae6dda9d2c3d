/*
 * JSON printed as it is made (json_text.h).
 *
 * Always holds: the text alone says where it stands. What ends in a bracket
 * that opens has no member yet, all else wants a comma first, for a key and its
 * value are put in one call.
 */
#include "json_text.h"

#include "clock.h"
#include "mem.h"

/* Nobody builds documents near this; one who does has a bug. */
#define TEXT_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* The names of the first 32 bytes in a string; 'u': by its number. */
static const char names[] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";

void json_quote(struct strbuf *text, const char *string)
{
	const char *plain = string;

	strbuf_add_char(text, '"');
	for (; *string; string++) {
		unsigned char c = (unsigned char)*string;
		char name = *string;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		strbuf_add_n(text, plain, (size_t)(string - plain));
		plain = string + 1;
		if (c < 0x20)
			name = names[c];
		if (name == 'u')
			strbuf_printf(text, "\\u%04x", c);
		else
			strbuf_add_n(text, (char[]){'\\', name}, 2);
	}
	strbuf_add_n(text, plain, (size_t)(string - plain));
	strbuf_add_char(text, '"');
}

void json_object_begin(struct strbuf *text)
{
	strbuf_init(text, TEXT_BYTES_MAX);
	strbuf_add_char(text, '{');
}

void json_object_finish(struct strbuf *text)
{
	strbuf_add_char(text, '}');
	/* Half a document must not get anywhere. */
	if (text->truncated)
		mem_exhausted(TEXT_BYTES_MAX);
}

char *json_object_end(struct strbuf *text, struct arena *a)
{
	char *copy;

	json_object_finish(text);
	copy = arena_dup_n(a, text->data, text->length);
	strbuf_release(text);
	return copy;
}

static void put_key(struct strbuf *text, const char *key)
{
	char last = text->data[text->length - 1];

	if (last != '{' && last != '[')
		strbuf_add_char(text, ',');
	if (key) {
		json_quote(text, key);
		strbuf_add_char(text, ':');
	}
}

void json_object_open(struct strbuf *text, const char *key)
{
	put_key(text, key);
	strbuf_add_char(text, '{');
}

void json_object_open_with(struct strbuf *text, const char *key,
			   const char *json, size_t length)
{
	while (json[length - 1] != '}')
		length--;
	length--;
	while (json[length - 1] <= ' ')
		length--;
	put_key(text, key);
	strbuf_add_n(text, json, length);
}

void json_object_close(struct strbuf *text)
{
	strbuf_add_char(text, '}');
}

void json_list_open(struct strbuf *text, const char *key)
{
	put_key(text, key);
	strbuf_add_char(text, '[');
}

void json_list_close(struct strbuf *text)
{
	strbuf_add_char(text, ']');
}

void json_object_string(struct strbuf *text, const char *key, const char *value)
{
	put_key(text, key);
	if (value)
		json_quote(text, value);
	else
		strbuf_add_n(text, "null", 4);
}

void json_object_int(struct strbuf *text, const char *key, int64_t value)
{
	put_key(text, key);
	strbuf_add_int(text, value);
}

void json_object_bool(struct strbuf *text, const char *key, bool value)
{
	put_key(text, key);
	strbuf_add(text, value ? "true" : "false");
}

void json_object_null(struct strbuf *text, const char *key)
{
	json_object_string(text, key, NULL);
}

void json_object_time(struct strbuf *text, const char *key, int64_t ms)
{
	char moment[TIME_TEXT_SIZE];

	if (ms == 0) {
		json_object_null(text, key);
		return;
	}
	time_format(ms, moment);
	json_object_string(text, key, moment);
}

void json_object_raw(struct strbuf *text, const char *key, const char *json)
{
	put_key(text, key);
	strbuf_add(text, json);
}

/*
 * What every way in does with what people wrote: check it, and put it on
 * record.
 *
 * Always holds: nothing that passed these checks can make a case file or an
 * audit entry that cannot be read back.
 */
#include "note.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && !strchr("\t\n\r", c)) || c == 0x7f;
}

bool text_check(const char *text, const char *pointer, size_t max,
		struct problems *p)
{
	size_t length = text ? strlen(text) : 0;
	const char *c = text;

	if (!text || text[strspn(text, " \t\r\n")] == '\0') {
		problems_add(p, pointer, "%s; expected words",
			     text ? "empty" : "missing");
		return false;
	}
	if (length > max) {
		problems_add(p, pointer, "%zu bytes, at most %zu allowed",
			     length, max);
		return false;
	}
	while (*c && !is_control(*c))
		c++;
	if (*c || !utf8_valid(text, length)) {
		problems_add(p, pointer,
			     "expected UTF-8 without control characters");
		return false;
	}
	return true;
}

bool word_check(const char *text, const char *pointer, size_t max,
		struct problems *p)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789._:-";
	size_t length = text ? strspn(text, allowed) : 0;

	if (text && length > 0 && length <= max && text[length] == '\0')
		return true;
	problems_add(p, pointer,
		     "expected 1 to %zu of the characters A-Z a-z 0-9 . _ : -",
		     max);
	return false;
}

enum err said_check(const cJSON *said, const char *pointer, struct problems *p)
{
	char *text;
	size_t length;

	if (!said)
		return OK;
	if (!cJSON_IsObject(said)) {
		problems_add(p, pointer, "expected an object");
		return ERR_INVALID;
	}
	if (json_deeper_than(said, SAID_DEPTH_MAX)) {
		problems_add(p, pointer, "nested deeper than %d",
			     SAID_DEPTH_MAX);
		return ERR_INVALID;
	}
	text = json_print(said);
	length = strlen(text);
	free(text);
	if (length > SAID_BYTES_MAX) {
		problems_add(p, pointer, "%zu bytes, at most %d allowed",
			     length, SAID_BYTES_MAX);
		return ERR_TOO_LARGE;
	}
	return OK;
}

enum err run_note(struct db *db, struct run *r, enum audit_kind kind,
		  const char *actor, int64_t now_ms, cJSON *data,
		  const char *format, ...)
{
	char *body = data ? json_print(data) : NULL;
	char words[NOTE_BYTES_MAX + 512];
	char message[1024];
	va_list args;
	enum err e;

	va_start(args, format);
	(void)vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	/* Cuts at a character; data has the whole of what was said. */
	STR_COPY(message, words);

	struct audit_entry entry = {
		.at_ms = now_ms,
		.kind = audit_kind_name(kind),
		.actor = actor,
		.message = message,
		.data = body,
	};
	e = audit_append(db, r->id, r->public_id, &r->audit, &entry);
	free(body);
	cJSON_Delete(data);
	return e;
}

void span_words(int64_t ms, char text[SPAN_SIZE])
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = {
		{86400000, "d"},
		{3600000, "h"},
		{60000, "min"},
		{1000, "s"},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ms >= units[i].ms) {
			(void)snprintf(text, SPAN_SIZE, "%" PRId64 " %s",
				       ms / units[i].ms, units[i].unit);
			return;
		}
	}
	(void)snprintf(text, SPAN_SIZE, "%" PRId64 " ms", ms > 0 ? ms : 0);
}

void moment_words(int64_t ms, char text[MOMENT_SIZE])
{
	char whole[TIME_TEXT_SIZE];

	time_format(ms, whole);
	(void)snprintf(text, MOMENT_SIZE, "%.10s %.8s UTC", whole, whole + 11);
}

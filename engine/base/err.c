/*
 * Names of errors and the bounded list of problems.
 *
 * Always holds: a problems list keeps its first PROBLEMS_MAX entries, since the
 * first complaint about a document is usually the cause of the later ones.
 */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "strbuf.h"
#include "utf8.h"

static const char *const err_names[] = {
	[OK] = "ok",
	[ERR_NOT_FOUND] = "not_found",
	[ERR_CONFLICT] = "conflict",
	[ERR_STALE] = "stale",
	[ERR_DENIED] = "denied",
	[ERR_INVALID] = "invalid",
	[ERR_MISMATCH] = "mismatch",
	[ERR_TOO_LARGE] = "too_large",
	[ERR_BUSY] = "busy",
	[ERR_DISK_FULL] = "disk_full",
	[ERR_IO] = "io",
	[ERR_CORRUPT] = "corrupt",
	[ERR_HALTED] = "halted",
	[ERR_SCHEMA] = "schema",
	[ERR_CONSTRAINT] = "constraint",
	[ERR_TIMEOUT] = "timeout",
	[ERR_SYSTEM] = "system",
};

_Static_assert(sizeof(err_names) / sizeof(err_names[0]) == ERR_COUNT,
	       "every error has a name");

const char *err_name(enum err e)
{
	/* Through unsigned: a value from outside the enum may be negative. */
	if ((unsigned)e >= ERR_COUNT)
		return "unknown";
	return err_names[e];
}

/* Foreign bytes, and characters that a "%.40s" has cut, become '?'. */
static void make_valid(char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		size_t one = utf8_length(text, left);

		if (one == 0) {
			*text = '?';
			one = 1;
		}
		text += one;
		left -= one;
	}
}

void problems_add(struct problems *p, const char *pointer, const char *format,
		  ...)
{
	char detail[2 * sizeof(p->item[0].detail)];
	va_list args;

	if (p->count >= PROBLEMS_MAX) {
		p->dropped++;
		return;
	}
	va_start(args, format);
	(void)vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);

	struct problem *item = &p->item[p->count++];
	STR_COPY(item->pointer, pointer);
	/* Cuts at a character, which vsnprintf alone would not. */
	STR_COPY(item->detail, detail);
	make_valid(item->pointer);
	make_valid(item->detail);
}

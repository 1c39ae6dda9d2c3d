/*
 * One line a message on stderr, for people and for journald.
 *
 * Always holds: one message is one write and one line (a newline inside would
 * let a value forge a second one), so lines of several processes never mix.
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

static const char *log_program = "mend";
static enum log_level log_most = LOG_INFO;
static int log_prefix; /* journald reads "<6>" */

void log_init(const char *program, enum log_level most)
{
	log_program = program;
	log_most = most;
	log_prefix = getenv("JOURNAL_STREAM") && !isatty(STDERR_FILENO);
}

static int head(char *line, size_t size, enum log_level level)
{
	const char *word = "";

	if (log_prefix)
		return snprintf(line, size, "<%d>%s: ", (int)level,
				log_program);
	if (level == LOG_ERROR)
		word = "error: ";
	else if (level == LOG_WARNING)
		word = "warning: ";
	return snprintf(line, size, "%s: %s", log_program, word);
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list args;

	if (level > log_most)
		return;

	int start = head(line, sizeof(line), level);

	if (start < 0 || (size_t)start >= sizeof(line) / 2)
		return;
	va_start(args, format);
	(void)vsnprintf(line + start, sizeof(line) - (size_t)start - 1, format,
			args);
	va_end(args);

	size_t length = strlen(line);

	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = ' ';
	}
	line[length++] = '\n';
	/* When even stderr fails there is nobody left to tell. */
	if (write(STDERR_FILENO, line, length) < 0)
		return;
}

/*
 * The one table of settings, and where their values come from.
 *
 * Always holds: a struct config is complete and in range or not handed out at
 * all; the environment wins over the file, the file over the default. An empty
 * variable counts as not set, since that is what `${X:-}` in a compose file
 * gives. Paths made of settings are at the end.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strbuf.h"

#define LINE_BYTES_MAX 1024

enum setting_type { TEXT, NUMBER, CHOICE };

/* max of a TEXT or CHOICE is the size of its field. */
struct setting {
	const char *key;
	enum setting_type type;
	int64_t min, max;
	const char *standard; /* of a CHOICE, among choices */
	const char *choices;  /* separated by '|' */
	const char *help;
	size_t offset;
};

#define FIELD(f) offsetof(struct config, f)
#define ROOM(f) sizeof(((struct config *)0)->f)

/* clang-format off */
static const struct setting settings[] = {
	{ "data", TEXT, 1, ROOM(data), "var", NULL,
	  "data folder: database, locks, sockets", FIELD(data) },
	{ "conf", TEXT, 1, ROOM(conf), "conf", NULL,
	  "folder of adapters/, playbooks/, policy/", FIELD(conf) },
	{ "sandbox_url", TEXT, 1, ROOM(sandbox_url),
	  "http://127.0.0.1:8090/sandbox", NULL,
	  "where adapters find the sandbox", FIELD(sandbox_url) },
	{ "dev_role", CHOICE, 1, ROOM(dev_role), "admin",
	  "viewer|agent|supervisor|admin",
	  "as whom requests act without sign-in", FIELD(dev_role) },
	{ "workers", NUMBER, 1, 64, "2", NULL,
	  "workers of each FastCGI program", FIELD(workers) },
	{ "sandbox_workers", NUMBER, 1, 64, "16", NULL,
	  "workers of the sandbox", FIELD(sandbox_workers) },
	{ "poll_ms", NUMBER, 10, 60000, "1000", NULL,
	  "the engine looks for work at least this often", FIELD(poll_ms) },
	{ "checked_out", NUMBER, 1, 100000, "1000", NULL,
	  "runs in memory at most", FIELD(checked_out) },
	{ "tick_runs", NUMBER, 1, 1000, "100", NULL,
	  "runs in one transaction at most", FIELD(tick_runs) },
	{ "turn_ms", NUMBER, 1, 60000, "3000", NULL,
	  "longest wait of a face for the write turn", FIELD(turn_ms) },
	{ "undo_ms", NUMBER, 0, 3600000, "10000", NULL,
	  "time to undo a decision in the dashboard", FIELD(undo_ms) },
	{ "call_limit", NUMBER, 1, 10000, "200", NULL,
	  "calls in flight over all adapters", FIELD(call_limit) },
	{ "idempotency_days", NUMBER, 1, 365, "7", NULL,
	  "how long an Idempotency-Key is remembered",
	  FIELD(idempotency_days) },
	{ "log_level", CHOICE, 1, ROOM(log_level), "info",
	  "error|warning|info|debug",
	  "what is logged", FIELD(log_level) },
};
/* clang-format on */

#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

/* Where a value stands, for the message. */
struct source {
	const char *name; /* file, or variable */
	int line;	  /* 0: not a file */
};

__attribute__((format(printf, 4, 5))) static void
complain(struct problems *p, const struct source *from, const char *key,
	 const char *format, ...)
{
	char what[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (from->line)
		problems_add(p, key, "%s:%d: %s", from->name, from->line, what);
	else
		problems_add(p, key, "%s: %s", from->name, what);
}

static bool is_choice(const char *choices, const char *value)
{
	size_t length = strlen(value);

	for (;;) {
		size_t one = strcspn(choices, "|");

		if (one == length && strncmp(choices, value, one) == 0)
			return true;
		if (choices[one] == '\0')
			return false;
		choices += one + 1;
	}
}

static bool read_number(const struct setting *s, const char *value,
			int64_t *ret_number)
{
	char *end;
	long long number;

	/* strtoll would take spaces, signs and nothing at all. */
	if (value[strspn(value, "0123456789")] != '\0' || value[0] == '\0')
		return false;
	errno = 0;
	number = strtoll(value, &end, 10);
	if (errno != 0 || number < s->min || number > s->max)
		return false;
	*ret_number = number;
	return true;
}

/* Puts a checked value into its field. */
static void assign(const struct setting *s, const char *value,
		   struct config *config, struct problems *p,
		   const struct source *from)
{
	char *field = (char *)config + s->offset;
	int64_t number;

	switch (s->type) {
	case NUMBER:
		if (read_number(s, value, &number))
			memcpy(field, &number, sizeof(number));
		else
			complain(p, from, s->key,
				 "'%.64s' is not a number from %lld to %lld",
				 value, (long long)s->min, (long long)s->max);
		return;
	case CHOICE:
		if (is_choice(s->choices, value))
			(void)str_copy(field, (size_t)s->max, value);
		else
			complain(p, from, s->key, "'%.64s' is none of %s",
				 value, s->choices);
		return;
	case TEXT:
		if (value[0] == '\0')
			complain(p, from, s->key, "expected some text");
		else if (!str_copy(field, (size_t)s->max, value))
			complain(p, from, s->key, "longer than %lld bytes",
				 (long long)s->max - 1);
		return;
	}
}

static const struct setting *find(const char *key)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (strcmp(settings[i].key, key) == 0)
			return &settings[i];
	}
	return NULL;
}

static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t\r\n");
	length = strlen(text);
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		text[--length] = '\0';
	return text;
}

/* A comment starts the line, or follows a space. */
static void cut_comment(char *line)
{
	for (char *c = line; *c; c++) {
		if (*c == '#' && (c == line || c[-1] == ' ' || c[-1] == '\t')) {
			*c = '\0';
			return;
		}
	}
}

static void read_line(char *line, struct config *config, struct problems *p,
		      const struct source *from, int seen[SETTING_COUNT])
{
	char *key, *value;
	const struct setting *s;

	cut_comment(line);
	key = trim(line);
	if (*key == '\0')
		return;
	value = strchr(key, '=');
	if (!value) {
		complain(p, from, "", "expected key = value");
		return;
	}
	*value++ = '\0';
	key = trim(key);
	value = trim(value);
	s = find(key);
	if (!s) {
		complain(p, from, key, "unknown setting");
		return;
	}

	int *first = &seen[s - settings];

	if (*first)
		complain(p, from, key, "already set in line %d", *first);
	else
		assign(s, value, config, p, from);
	*first = from->line;
}

static void read_file(FILE *file, const char *name, struct config *config,
		      struct problems *p)
{
	struct source from = {.name = name};
	int seen[SETTING_COUNT] = {0};
	char line[LINE_BYTES_MAX];

	while (fgets(line, sizeof(line), file)) {
		from.line++;
		if (strlen(line) == sizeof(line) - 1) {
			complain(p, &from, "", "line longer than %d bytes",
				 LINE_BYTES_MAX - 2);
			return;
		}
		read_line(line, config, p, &from, seen);
	}
	if (ferror(file))
		complain(p, &from, "", "%s", strerror(errno));
}

static const char *variable(const struct setting *s, char name[64])
{
	size_t length = 0;
	const char *value;

	(void)str_copy(name, 64, "MEND_");
	length = strlen(name);
	for (const char *c = s->key; *c && length < 63; c++)
		name[length++] = (char)toupper((unsigned char)*c);
	name[length] = '\0';
	value = getenv(name);
	return value && *value ? value : NULL;
}

static void read_environment(struct config *config, struct problems *p)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		char name[64];
		struct source from = {.name = name};
		const char *value = variable(&settings[i], name);

		if (value)
			assign(&settings[i], value, config, p, &from);
	}
}

static void open_and_read(const char *path, struct config *config,
			  struct problems *p)
{
	char standard[sizeof(config->conf) + 16];
	const char *environment = getenv("MEND_CONFIG");
	bool demanded = true;
	FILE *file;

	if (!path && environment && *environment) {
		path = environment;
	} else if (!path) {
		const char *conf = getenv("MEND_CONF");

		(void)snprintf(standard, sizeof(standard), "%.255s/mend.conf",
			       conf && *conf ? conf : config->conf);
		path = standard;
		demanded = false;
	}
	file = fopen(path, "re");
	if (file) {
		read_file(file, path, config, p);
		(void)fclose(file);
	} else if (demanded || errno != ENOENT) {
		problems_add(p, "", "%s: %s", path, strerror(errno));
	}
}

enum err config_load(const char *path, struct config *ret_config,
		     struct problems *p)
{
	struct config config = {0};
	struct source from = {.name = "default"};
	int before = p->count + p->dropped;

	for (size_t i = 0; i < SETTING_COUNT; i++)
		assign(&settings[i], settings[i].standard, &config, p, &from);
	open_and_read(path, &config, p);
	read_environment(&config, p);
	if (p->count + p->dropped != before)
		return ERR_INVALID;
	*ret_config = config;
	return OK;
}

void config_print(void)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *s = &settings[i];
		char range[64];

		if (s->type == NUMBER)
			(void)snprintf(range, sizeof(range), "%lld to %lld",
				       (long long)s->min, (long long)s->max);
		else
			(void)snprintf(range, sizeof(range), "%s",
				       s->choices ? s->choices : "text");
		(void)printf("  %-17s %s\n  %-17s %s (default %s)\n", s->key,
			     s->help, "", range, s->standard);
	}
}

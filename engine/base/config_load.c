/*
 * Where the values of settings come from.
 *
 * Always holds: a struct config is complete and in range or not handed out at
 * all; the environment wins over the file, the file over the default. An empty
 * variable counts as not set, since that is what `${X:-}` in a compose file
 * gives.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_table.h"
#include "strbuf.h"

#define LINE_BYTES_MAX 1024

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
		      const struct source *from, int seen[SETTINGS_MAX])
{
	char *key, *value;
	const struct setting *s;

	cut_comment(line);
	key = trim(line);
	if (*key == '\0')
		return;
	value = strchr(key, '=');
	if (!value) {
		source_problem(p, from, "", "expected key = value");
		return;
	}
	*value++ = '\0';
	key = trim(key);
	value = trim(value);
	s = setting_find(key);
	if (!s) {
		source_problem(p, from, key, "unknown setting");
		return;
	}

	int *first = &seen[s - settings];

	if (*first)
		source_problem(p, from, key, "already set in line %d", *first);
	else
		setting_assign(s, value, config, p, from);
	*first = from->line;
}

static void read_file(FILE *file, const char *name, struct config *config,
		      struct problems *p)
{
	struct source from = {.name = name};
	int seen[SETTINGS_MAX] = {0}; /* the line that set it */
	char line[LINE_BYTES_MAX];

	while (fgets(line, sizeof(line), file)) {
		from.line++;
		if (strlen(line) == sizeof(line) - 1) {
			source_problem(p, &from, "",
				       "line longer than %d bytes",
				       LINE_BYTES_MAX - 2);
			return;
		}
		read_line(line, config, p, &from, seen);
	}
	if (ferror(file))
		source_problem(p, &from, "", "%s", strerror(errno));
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
	for (size_t i = 0; i < setting_count; i++) {
		char name[64];
		struct source from = {.name = name};
		const char *value = variable(&settings[i], name);

		if (value)
			setting_assign(&settings[i], value, config, p, &from);
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

	for (size_t i = 0; i < setting_count; i++)
		setting_assign(&settings[i], settings[i].standard, &config, p,
			       &from);
	open_and_read(path, &config, p);
	read_environment(&config, p);
	if (p->count + p->dropped != before)
		return ERR_INVALID;
	*ret_config = config;
	return OK;
}

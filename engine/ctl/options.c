/*
 * The command line: options may stand anywhere behind the command, "--name
 * value" or "--name=value", "--" ends them. Always holds: what is kept was in
 * the command's list or the common one, and every required one is there.
 */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "../base/json.h"

static const struct ctl_option *find_in(const struct ctl_option *list,
					const char *name, size_t length)
{
	for (; list && list->name; list++) {
		if (strlen(list->name) == length &&
		    memcmp(list->name, name, length) == 0)
			return list;
	}
	return NULL;
}

static enum err keep(struct ctl *c, const struct ctl_option *o,
		     const char *value)
{
	bool repeated = o->value && strstr(o->value, "...");
	const char *name = o->name;

	for (int i = 0; i < c->option_count; i++) {
		if (!repeated && strcmp(c->option[i].name, name) == 0)
			return ctl_refuse(c, ERR_INVALID, "--%s given twice",
					  name);
	}
	if (c->option_count == CTL_OPTIONS_MAX)
		return ctl_refuse(c, ERR_INVALID, "too many options");
	c->option[c->option_count].name = name;
	c->option[c->option_count].value = value;
	c->option_count++;
	return OK;
}

/* *at is the option's place in argv and moves over its value. */
static enum err take_option(struct ctl *c, int argc, char **argv, int *at)
{
	const char *name = argv[*at] + 2;
	size_t length = strcspn(name, "=");
	const struct ctl_option *o;

	o = find_in(c->command->options, name, length);
	if (!o)
		o = find_in(ctl_common_options, name, length);
	if (!o)
		return ctl_refuse(c, ERR_INVALID, "unknown option --%.*s",
				  (int)length, name);
	if (!o->value) {
		if (name[length] == '=')
			return ctl_refuse(c, ERR_INVALID, "--%s takes no value",
					  o->name);
		return keep(c, o, "");
	}
	if (name[length] == '=')
		return keep(c, o, name + length + 1);
	if (*at + 1 >= argc)
		return ctl_refuse(c, ERR_INVALID, "--%s needs %s", o->name,
				  o->value);
	*at += 1;
	return keep(c, o, argv[*at]);
}

static enum err take_argument(struct ctl *c, const char *text)
{
	if (c->argument_count == c->command->arguments_max)
		return ctl_refuse(c, ERR_INVALID, "'%.80s' is one too many",
				  text);
	c->argument[c->argument_count++] = text;
	return OK;
}

static enum err check_complete(struct ctl *c)
{
	const struct ctl_option *o = c->command->options;

	if (c->argument_count < c->command->arguments_min)
		return ctl_refuse(c, ERR_INVALID, "%s is missing",
				  c->command->arguments);
	for (; o && o->name; o++) {
		if (o->required && !ctl_option(c, o->name))
			return ctl_refuse(c, ERR_INVALID, "--%s %s is missing",
					  o->name, o->value ? o->value : "");
	}
	return OK;
}

enum err options_parse(struct ctl *c, int argc, char **argv, bool *ret_help)
{
	bool plain = false, help = false;

	for (int i = 0; i < argc; i++) {
		enum err e;

		if (plain || argv[i][0] != '-' || argv[i][1] == '\0') {
			e = take_argument(c, argv[i]);
		} else if (strcmp(argv[i], "--") == 0) {
			plain = true;
			continue;
		} else if (strcmp(argv[i], "-h") == 0 ||
			   strcmp(argv[i], "--help") == 0) {
			help = true;
			continue;
		} else if (argv[i][1] != '-') {
			e = ctl_refuse(c, ERR_INVALID, "unknown option %.16s",
				       argv[i]);
		} else {
			e = take_option(c, argc, argv, &i);
		}
		if (e && !help)
			return e;
	}
	*ret_help = help;
	return help ? OK : check_complete(c);
}

const char *ctl_option(const struct ctl *c, const char *name)
{
	for (int i = 0; i < c->option_count; i++) {
		if (strcmp(c->option[i].name, name) == 0)
			return c->option[i].value;
	}
	return NULL;
}

enum err ctl_number(struct ctl *c, const char *name, int64_t min, int64_t max,
		    int64_t fallback, int64_t *ret_number)
{
	const char *text = ctl_option(c, name);
	int64_t number = 0;

	if (!text) {
		*ret_number = fallback;
		return OK;
	}
	/* 18 digits never overflow. */
	if (*text == '\0' || strlen(text) > 18 ||
	    text[strspn(text, "0123456789")] != '\0')
		return ctl_refuse(c, ERR_INVALID, "--%s: '%.40s' is no number",
				  name, text);
	number = strtoll(text, NULL, 10);
	if (number < min || number > max)
		return ctl_refuse(c, ERR_INVALID,
				  "--%s: %lld is not within %lld to %lld", name,
				  (long long)number, (long long)min,
				  (long long)max);
	*ret_number = number;
	return OK;
}

enum err ctl_json(struct ctl *c, const char *name, cJSON **ret_tree)
{
	const char *text = ctl_option(c, name);
	struct problems p = {.count = 0};
	enum err e = text ? json_parse(text, strlen(text), &p, ret_tree) : OK;

	return e ? ctl_refuse(c, e, "--%s: %s", name,
			      p.count ? p.item[0].detail : "no JSON")
		 : OK;
}

/*
 * The table of commands, in the order in which --help lists them, and the help
 * made from it. A new command is one file with its row and one line here.
 */
#include "commands.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const struct command *const ctl_commands[] = {
	&cmd_dev,
	&cmd_ready,
	&cmd_migrate,
	&cmd_start,
	&cmd_list,
	&cmd_show,
	&cmd_trace,
	&cmd_task_list,
	&cmd_task_show,
	&cmd_task_claim,
	&cmd_task_return,
	&cmd_task_decide,
	&cmd_task_undo,
	&cmd_signal,
	&cmd_cancel,
	&cmd_pause,
	&cmd_resume,
	&cmd_retry,
	&cmd_kill,
	&cmd_priority,
	&cmd_settle,
	&cmd_why,
	&cmd_replay,
	&cmd_bulk_make,
	&cmd_bulk_start,
	&cmd_bulk_stop,
	&cmd_bulk_list,
	&cmd_bulk_show,
	&cmd_stuck,
	&cmd_groups,
	&cmd_comment,
	&cmd_adapters_pause,
	&cmd_adapters_resume,
	&cmd_adapters_probe,
	&cmd_adapters,
	&cmd_switch_list,
	&cmd_switch_pull,
	&cmd_switch_lift,
	&cmd_check,
	&cmd_activate,
	&cmd_audit_verify,
	&cmd_audit_export,
	&cmd_playbook_test,
	&cmd_playbook_backtest,
	&cmd_playbook_graph,
	&cmd_playbook_try,
	&cmd_playbook_schema,
	&cmd_playbook_list,
	&cmd_playbook_show,
	&cmd_playbook_versions,
	&cmd_playbook_migrate,
	&cmd_playbook_rollback,
	&cmd_backup,
	&cmd_halted,
	NULL,
};

const struct ctl_option ctl_common_options[] = {
	{"data", "DIR", "data folder (MEND_DATA, or data in mend.conf)", false},
	{"conf", "DIR", "configuration folder (MEND_CONF)", false},
	{"as", "NAME", "act under this name (default: $USER)", false},
	{"json", NULL, "print JSON, as the API does", false},
	{"no-color", NULL, "no colour (also: NO_COLOR, or a pipe)", false},
	{NULL, NULL, NULL, false},
};

const struct command *ctl_command_find(const char *first, const char *second)
{
	for (int i = 0; ctl_commands[i]; i++) {
		const char *name = ctl_commands[i]->name;
		size_t length = strcspn(name, " ");

		if (strncmp(name, first, length) != 0 || first[length] != '\0')
			continue;
		if (name[length] == '\0' ||
		    (second && strcmp(name + length + 1, second) == 0))
			return ctl_commands[i];
	}
	return NULL;
}

static bool in_group(const struct command *k, const char *group)
{
	size_t length = strlen(group);

	return strncmp(k->name, group, length) == 0 && k->name[length] == ' ';
}

bool ctl_group_exists(const char *first)
{
	for (int i = 0; ctl_commands[i]; i++) {
		if (in_group(ctl_commands[i], first))
			return true;
	}
	return false;
}

static void list_command(const struct command *k)
{
	char usage[40];

	(void)snprintf(usage, sizeof(usage), "%s%s%s", k->name,
		       k->arguments[0] ? " " : "", k->arguments);
	(void)printf("  %-22s %s\n", usage, k->summary);
}

static void list_options(const struct ctl_option *o)
{
	for (; o && o->name; o++) {
		char usage[40];

		(void)snprintf(usage, sizeof(usage), "--%s%s%s", o->name,
			       o->value ? " " : "", o->value ? o->value : "");
		(void)printf("  %-22s %s%s\n", usage, o->help,
			     o->required ? " (required)" : "");
	}
}

static void print_exit_codes(void)
{
	(void)fputs("\nExit codes\n"
		    "  0 done\n"
		    "  1 error, or a check that found faults\n"
		    "  2 wrong usage or input\n"
		    "  3 not found\n"
		    "  4 refused: the state, somebody faster, a rule\n"
		    "  5 busy or halted\n",
		    stdout);
}

void ctl_help(void)
{
	(void)fputs("Usage: mendctl COMMAND [ARGUMENTS] [OPTIONS]\n\n"
		    "Runs and steers Mend, which repairs broken orders. ID is "
		    "a run, workflow,\norder or task id.\n\nCommands\n",
		    stdout);
	for (int i = 0; ctl_commands[i]; i++)
		list_command(ctl_commands[i]);
	(void)fputs("\nOptions of all commands\n", stdout);
	list_options(ctl_common_options);
	(void)fputs("\nExamples\n"
		    "  mendctl dev --port 8090 --data var\n"
		    "  mendctl start ORDER-42\n"
		    "  mendctl show ORDER-42\n"
		    "  mendctl task list\n"
		    "  mendctl list --state HELD --json\n"
		    "\nmendctl COMMAND --help tells more about each.\n",
		    stdout);
	print_exit_codes();
	(void)fputs("\nSettings (mend.conf; MEND_<KEY> in the environment "
		    "wins)\n",
		    stdout);
	config_print();
}

void ctl_command_help(const struct command *k)
{
	(void)printf("Usage: mendctl %s%s%s [OPTIONS]\n\n%c%s.\n", k->name,
		     k->arguments[0] ? " " : "", k->arguments,
		     toupper((unsigned char)k->summary[0]), k->summary + 1);
	if (k->help)
		(void)printf("\n%s", k->help);
	if (k->options) {
		(void)fputs("\nOptions\n", stdout);
		list_options(k->options);
	}
	(void)fputs("\nOptions of all commands\n", stdout);
	list_options(ctl_common_options);
	(void)printf("\nExamples\n%s", k->examples);
	print_exit_codes();
}

void ctl_group_help(const char *group)
{
	(void)printf("Usage: mendctl %s COMMAND [ARGUMENTS] [OPTIONS]\n\n"
		     "Commands\n",
		     group);
	for (int i = 0; ctl_commands[i]; i++) {
		if (in_group(ctl_commands[i], group))
			list_command(ctl_commands[i]);
	}
	(void)fputs("\nmendctl COMMAND --help tells more about each.\n",
		    stdout);
}

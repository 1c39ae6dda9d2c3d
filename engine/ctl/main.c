/*
 * mendctl's main and dispatcher: the only place that opens the database and
 * prints the line of error. What a command needs stands in its row and is
 * provided here once, before it runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/json.h"
#include "../base/log.h"
#include "../base/nudge.h"
#include "ctl.h"
#include "options.h"
#include "paths.h"

enum err ctl_write(struct ctl *c,
		   enum err (*work)(struct ctl *c, void *context),
		   void *context)
{
	enum err e = db_begin(c->db);

	if (e)
		return e;
	e = work(c, context);
	if (e) {
		db_rollback(c->db);
		return e;
	}
	e = db_commit(c->db);
	if (!e)
		nudge_send(&c->config);
	return e;
}

static enum err open_database(struct ctl *c, enum needs needs)
{
	static const enum db_mode modes[] = {
		[NEEDS_READ] = DB_READ_ONLY,
		[NEEDS_WRITE] = DB_READ_WRITE,
		[NEEDS_MIGRATE] = DB_MIGRATE,
	};
	char path[512];
	enum err e;

	if (needs == NEEDS_NOTHING)
		return OK;
	e = config_data_path(&c->config, "mend.db", path, sizeof(path));
	if (e)
		return ctl_refuse(c, e, "the data folder's path is too long");
	if (access(c->config.data, F_OK) != 0)
		return ctl_refuse(c, ERR_SYSTEM,
				  "no data folder %s; --data names it",
				  c->config.data);
	if (needs != NEEDS_MIGRATE && access(path, F_OK) != 0)
		return ctl_refuse(c, ERR_SYSTEM,
				  "no database in %s; --data names the folder, "
				  "mendctl migrate creates one",
				  c->config.data);
	return store_open(&c->config, modes[needs], "mendctl", &c->db);
}

enum err ctl_open_read(struct ctl *c)
{
	return c->db ? OK : open_database(c, NEEDS_READ);
}

static enum err load_settings(struct ctl *c)
{
	struct problems p = {0};
	enum err e;

	/* Options are the strongest; the rest of the order is config.c's. */
	if (ctl_option(c, "data") &&
	    setenv("MEND_DATA", ctl_option(c, "data"), 1))
		return ERR_SYSTEM;
	if (ctl_option(c, "conf") &&
	    setenv("MEND_CONF", ctl_option(c, "conf"), 1))
		return ERR_SYSTEM;
	paths_default_conf();
	e = config_load(NULL, &c->config, &p);
	if (e) {
		(void)ctl_refuse_problems(c, e, &p);
		return ERR_SYSTEM;
	}
	return OK;
}

static enum err set_actor(struct ctl *c)
{
	const char *name = ctl_option(c, "as");

	if (!name)
		name = getenv("USER");
	if (!name || !*name)
		name = geteuid() == 0 ? "root" : "dev";
	if (!utf8_valid(name, strlen(name)) || !*name ||
	    !str_copy(c->actor.name, sizeof(c->actor.name), name))
		return ctl_refuse(c, ERR_INVALID,
				  "--as: a name of 1 to %d bytes of UTF-8",
				  ACTOR_SIZE - 1);
	/* "Ana " would sign beside "Ana". */
	if (name[0] == ' ' || name[strlen(name) - 1] == ' ')
		return ctl_refuse(c, ERR_INVALID,
				  "--as: no blank at either end");
	for (const char *b = name; *b; b++) {
		if ((unsigned char)*b < 0x20 || *b == 0x7f)
			return ctl_refuse(c, ERR_INVALID,
					  "--as: no control characters");
	}
	if (!role_parse(c->config.dev_role, &c->actor.role))
		c->actor.role = ROLE_VIEWER;
	c->actor.self_asserted = true;
	return OK;
}

static enum err run_command(struct ctl *c)
{
	enum err e = load_settings(c);

	if (!e)
		e = set_actor(c);
	if (!e)
		e = open_database(c, c->command->needs);
	if (!e)
		e = c->command->run(c);
	if (e && !c->message[0])
		ctl_explain(c, e);
	db_close(c->db);
	c->db = NULL;
	return e;
}

/* A full disk or a closed pipe behind stdout is an error too. */
static bool flush_output(void)
{
	return fflush(stdout) == 0 && !ferror(stdout);
}

static int dispatch(struct ctl *c, int argc, char **argv)
{
	bool help = false;
	enum err e = options_parse(c, argc, argv, &help);

	if (help) {
		ctl_command_help(c->command);
		return flush_output() ? EXIT_OK : EXIT_ERROR;
	}
	output_init(&c->out, ctl_option(c, "no-color") != NULL,
		    world_wall_ms(c->world));
	c->json = ctl_option(c, "json") != NULL;
	if (!e)
		e = run_command(c);
	if (e) {
		(void)fflush(stdout);
		(void)fprintf(stderr, "mendctl: %s: %s\n", c->command->name,
			      c->message);
		if (e == ERR_INVALID)
			(void)fprintf(stderr, "try: mendctl %s --help\n",
				      c->command->name);
		return (int)ctl_exit_code(e);
	}
	if (!flush_output())
		return EXIT_ERROR;
	return (int)c->verdict;
}

static int without_command(const char *word)
{
	if (word && (strcmp(word, "--version") == 0)) {
		(void)printf("mendctl %s\n", MEND_VERSION);
		return EXIT_OK;
	}
	if (word && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
		     strcmp(word, "help") == 0)) {
		ctl_help();
		return EXIT_OK;
	}
	if (!word)
		(void)fputs("mendctl: which command? mendctl --help lists "
			    "them\n",
			    stderr);
	else
		(void)fprintf(stderr,
			      "mendctl: no command '%.40s'; mendctl --help "
			      "lists them\n",
			      word);
	return EXIT_USAGE;
}

/* "task" alone or with something that is none of its commands. */
static int without_member(const char *group, const char *word)
{
	if (word && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
		ctl_group_help(group);
		return EXIT_OK;
	}
	(void)fprintf(stderr,
		      "mendctl: %s: which one? mendctl %s --help lists them\n",
		      group, group);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct ctl c = {.world = &world_real};
	const char *first = argc > 1 ? argv[1] : NULL;
	const char *second = argc > 2 ? argv[2] : NULL;
	int code;

	json_init();
	log_init("mendctl", LOG_WARNING);
	/* A reader that has seen enough ends us quietly: SIGPIPE stays. */
	(void)umask(0007);
	if (first && second && strcmp(first, "help") == 0) {
		first = second;
		second = argc > 3 ? argv[3] : NULL;
		c.command = ctl_command_find(first, second);
		if (c.command) {
			ctl_command_help(c.command);
			return EXIT_OK;
		}
		return ctl_group_exists(first) ? without_member(first, "-h")
					       : without_command(first);
	}
	c.command = first ? ctl_command_find(first, second) : NULL;
	if (!c.command)
		return first && ctl_group_exists(first)
			       ? without_member(first, second)
			       : without_command(first);
	int skip = strchr(c.command->name, ' ') ? 3 : 2;

	arena_init(&c.arena);
	code = dispatch(&c, argc - skip, argv + skip);
	arena_release(&c.arena);
	return code;
}

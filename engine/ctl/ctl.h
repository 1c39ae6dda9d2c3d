#ifndef MEND_CTL_CTL_H
#define MEND_CTL_CTL_H

#include <stdbool.h>

#include "../base/arena.h"
#include "../base/clock.h"
#include "../base/config.h"
#include "../base/strbuf.h"
#include "../store/store.h"
#include "output.h"

/*
 * mendctl: one file per command or group of alike ones, one row each in the
 * table of commands.c. The dispatcher (main.c) parses the options, opens the
 * database as the row says, calls run(), prints the one line of error and
 * turns enum err into the exit code. A command prints its result and returns;
 * it opens, exits and prints errors nowhere itself.
 */
enum needs {
	NEEDS_NOTHING, /* settings only */
	NEEDS_READ,    /* the database, read-only */
	NEEDS_WRITE,   /* the database, of our version */
	NEEDS_MIGRATE, /* creates or migrates the database */
};

enum exit_code {
	EXIT_OK = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_FOUND = 3,
	EXIT_REFUSED = 4, /* conflict, stale, denied */
	EXIT_BUSY = 5,	  /* busy or halted: try again, or look why */
};

struct ctl_option {
	const char *name;  /* without the dashes; NULL ends the list */
	const char *value; /* what stands after it in the help; NULL: a flag;
			      with "...": it may be given more than once */
	const char *help;
	bool required;
};

struct ctl;
struct command {
	const char *name;      /* "show", "task list" */
	const char *arguments; /* "ID"; "[DIR]" */
	int arguments_min, arguments_max;
	const struct ctl_option *options; /* NULL: none but the common ones */
	const char *summary;		  /* one line of the list */
	const char *help;		  /* more, for --help; NULL: none */
	const char *examples;		  /* lines, each a command */
	enum needs needs;
	enum err (*run)(struct ctl *c);
};

#define CTL_ARGUMENTS_MAX 4
#define CTL_OPTIONS_MAX 40

struct ctl {
	const struct command *command;
	struct config config;
	const struct world *world;
	struct db *db; /* NULL when the command needs none */
	struct arena arena;
	struct actor actor;
	struct output out;
	bool json;
	int argument_count;
	const char *argument[CTL_ARGUMENTS_MAX];
	int option_count;
	struct {
		const char *name, *value; /* value "" for a flag */
	} option[CTL_OPTIONS_MAX];
	/* Done, but the answer is bad news; EXIT_OK otherwise. */
	enum exit_code verdict;
	char message[640];
};

/* NULL when not given. */
const char *ctl_option(const struct ctl *c, const char *name);
/* Sets *ret_number or refuses with ERR_INVALID; fallback when not given. */
MUST_CHECK enum err ctl_number(struct ctl *c, const char *name, int64_t min,
			       int64_t max, int64_t fallback,
			       int64_t *ret_number);
/* Sets *ret_tree, which is the caller's, or refuses; untouched when not given.
 */
MUST_CHECK enum err ctl_json(struct ctl *c, const char *name, cJSON **ret_tree);
/* Keeps the words for the one line of error and returns e. */
__attribute__((format(printf, 3, 4))) enum err
ctl_refuse(struct ctl *c, enum err e, const char *format, ...);
/* The same with the first of some problems, if there is one. */
enum err ctl_refuse_problems(struct ctl *c, enum err e,
			     const struct problems *p);

/* Words for an error that its command left without any. */
void ctl_explain(struct ctl *c, enum err e);
enum exit_code ctl_exit_code(enum err e);

/* For a command that needs the database only sometimes: opens it, read-only,
 * if it is not open. */
MUST_CHECK enum err ctl_open_read(struct ctl *c);

/* One write transaction around work(); then the nudge. */
MUST_CHECK enum err ctl_write(struct ctl *c,
			      enum err (*work)(struct ctl *c, void *context),
			      void *context);

extern const struct command *const ctl_commands[];
const struct command *ctl_command_find(const char *first, const char *second);
bool ctl_group_exists(const char *first);

extern const struct ctl_option ctl_common_options[];
void ctl_help(void);
void ctl_command_help(const struct command *k);
void ctl_group_help(const char *group);

#endif

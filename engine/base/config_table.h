#ifndef MEND_BASE_CONFIG_TABLE_H
#define MEND_BASE_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"

/* The table of settings (config.c), for config_load.c alone. */

enum setting_type { TEXT, NUMBER, CHOICE };

/* max of a TEXT or CHOICE is the size of its field; a TEXT with min 0 may be
 * empty. */
struct setting {
	const char *key;
	enum setting_type type;
	int64_t min, max;
	const char *standard; /* the default */
	const char *choices;  /* of a CHOICE, separated by '|' */
	const char *help;
	size_t offset; /* in struct config */
};

#define SETTINGS_MAX 64
extern const struct setting settings[];
extern const size_t setting_count;

const struct setting *setting_find(const char *key); /* NULL: unknown */

/* Where a value stands, for the message. */
struct source {
	const char *name; /* file, or variable */
	int line;	  /* 0: not a file */
};

__attribute__((format(printf, 4, 5))) void
source_problem(struct problems *p, const struct source *from, const char *key,
	       const char *format, ...);

/* Puts a value into its field, or adds a problem. */
void setting_assign(const struct setting *s, const char *value,
		    struct config *config, struct problems *p,
		    const struct source *from);

#endif

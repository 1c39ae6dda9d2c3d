#ifndef MEND_FLOW_KEYS_H
#define MEND_FLOW_KEYS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/err.h"

/*
 * What playbooks, adapters and policies may be written as: one table of members
 * per JSON object. The tables are what the shape of a file is checked against
 * (keys_check), and what the JSON Schemas are printed from (keys_schema.h), so
 * that an editor and `mendctl check` say the same. What no shape can tell
 * (references, guards' operands, templates) is checked where it is read.
 * A member that is read must stand here, else nobody could write it.
 */
enum key_type {
	KEY_TEXT,   /* any string */
	KEY_NAME,   /* [a-z][a-z0-9_]*, at most 62 characters */
	KEY_STEP,   /* the same; in a stored version also with dots */
	KEY_TARGET, /* a step's name, or one of words */
	KEY_WORD,   /* one of words */
	KEY_INT,    /* min..max */
	KEY_NUMBER, /* min..max */
	KEY_SHARE,  /* above 0 and up to 1 */
	KEY_BOOL,
	KEY_DURATION, /* "5s" */
	KEY_SPAN,     /* a duration, or {"policy": path} */
	KEY_SUM,      /* minor units, or a path to them */
	KEY_NAMES,    /* a name, or min..max names */
	KEY_PAIRS,    /* at most max pairs of paths */
	KEY_TEXTS,    /* min..max strings */
	KEY_PATHS,    /* a string, or min..max of them */
	KEY_GUARD,    /* guard.h */
	KEY_TREE,     /* any object */
	KEY_TEXT_MAP, /* members of any name, each a string */
	KEY_OBJECT,   /* of */
	KEY_STORED,   /* of; in stored versions only, so in no schema */
	KEY_LIST,     /* min..max objects, each an `of` */
	KEY_MAP,      /* members of any name, each an `of` */
	KEY_TYPE_COUNT
};

struct keys;
struct key {
	const char *name;
	enum key_type type;
	bool required;
	int64_t min, max;	  /* both 0: no limit */
	const char *const *words; /* ends with NULL */
	const struct keys *of;
	const char *help; /* what it means, in a few words */
};

struct keys {
	const char *name; /* in the schema; of a variant: the tag's value */
	const char *help;
	const struct key *key; /* ends with a row without a name */
	/* Instead: which table it is depends on the member `tag`. */
	const char *tag;
	const struct keys *const *variant; /* ends with NULL */
};

extern const struct keys keys_playbook, keys_adapter, keys_policy;

/* Adds a problem for every member that is unknown (with the one that may have
 * been meant), missing, of another type or out of range. */
void keys_check(const cJSON *json, const struct keys *keys, const char *pointer,
		struct problems *p);
/* Adds to p what reading told and, at other places, what the shape tells.
 * False: there was something. */
bool keys_merge(struct problems *p, const struct problems *told,
		const struct problems *shape);

#endif

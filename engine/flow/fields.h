#ifndef MEND_FLOW_FIELDS_H
#define MEND_FLOW_FIELDS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/err.h"

/*
 * Reading a declaration's JSON object strictly: every getter tells a wrong type
 * or value with its JSON Pointer and what was expected, and remembers the
 * member as known; fields_end() tells every member nobody asked for.
 */
#define FIELDS_MAX 64
struct fields {
	const cJSON *object;
	char pointer[192];
	struct problems *problems;
	const char *known[FIELDS_MAX];
	int known_count;
};

/* False (and a problem) when json is not an object. */
bool fields_begin(struct fields *f, const cJSON *json, const char *pointer,
		  struct problems *p);
void fields_end(struct fields *f);
/* NULL when absent; required adds a problem then. */
const char *fields_string(struct fields *f, const char *key, bool required);
/* [a-z][a-z0-9_]*, at most 62 characters. */
bool name_valid(const char *text);
const char *fields_name(struct fields *f, const char *key, bool required);
int64_t fields_int(struct fields *f, const char *key, int64_t min, int64_t max,
		   int64_t fallback);
bool fields_bool(struct fields *f, const char *key, bool fallback);
int64_t fields_duration(struct fields *f, const char *key, int64_t fallback);
const cJSON *fields_object(struct fields *f, const char *key, bool required);
const cJSON *fields_array(struct fields *f, const char *key, bool required,
			  int max);
/* Any type. */
const cJSON *fields_any(struct fields *f, const char *key);
/* "<pointer>/<key>" into buffer. */
const char *fields_at(const struct fields *f, const char *key, char *buffer,
		      unsigned long size);
__attribute__((format(printf, 3, 4))) void
fields_problem(struct fields *f, const char *key, const char *format, ...);

#endif

#ifndef MEND_FLOW_FORM_H
#define MEND_FLOW_FORM_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "../base/err.h"

/*
 * What a person fills in when he decides a task. A form is the playbook's list
 * (playbook.h); the values are an object by the fields' names:
 *   text     a string; min, max count characters; at most 4,000 bytes
 *   number   any number, from min to max
 *   money    whole minor units, from 0 or min to max
 *   boolean  true or false
 *   choice   the "value" of one of the options
 *   date     "2026-05-01"; a day that there is
 *   email    an address like "ana@example.org"
 * null and "" count as not filled in.
 */

/* One problem a field, at "/form/<name>". strict: required fields must be
 * filled in. values NULL: nothing was. True: nothing to complain about. */
bool form_check(const cJSON *form, const cJSON *values, bool strict,
		struct problems *p);
/* A value as it is typed on a command line, in the type of its field; text of
 * another shape stays text, for form_check() to refuse. Never NULL. */
cJSON *form_value(const cJSON *form, const char *name, const char *text);

#endif

#ifndef MEND_FLOW_KEYS_SCHEMA_PART_H
#define MEND_FLOW_KEYS_SCHEMA_PART_H

#include "keys_shared.h"

/* Between the keys_schema*.c files only: parts that schemas are made of. What
 * is handed in is owned by what comes out. */
#define SCHEMA_DURATION "^(0+|[0-9]{1,15}(ms|s|m|h|d))$"
#define SCHEMA_NAME "^[a-z][a-z0-9_]{0,61}$"
#define SCHEMA_PATH "^[A-Za-z0-9_.-]+$"

cJSON *schema_typed(const char *type);
cJSON *schema_patterned(const char *pattern);
cJSON *schema_reference(const char *def);
cJSON *schema_any_of(cJSON *one, cJSON *other);
cJSON *schema_list_of(cJSON *items, int64_t min, int64_t max); /* 0: any */
cJSON *schema_words(const char *const *words); /* a list of strings */
/* Remarks are welcome everywhere, nothing else that is not named. */
void schema_close(cJSON *o);
/* One member of an object. */
cJSON *schema_member(const struct key *k);
/* guard, condition and lookup, unless they are there. */
void schema_add_guard(cJSON *defs);

#endif

#ifndef MEND_FLOW_KEYS_CHECK_H
#define MEND_FLOW_KEYS_CHECK_H

#include "keys.h"

/* Between keys.c and keys_type.c only. */
#define POINTER_SIZE 192

void keys_check_object(const cJSON *json, const struct keys *keys,
		       const char *at, struct problems *p);
/* One member, by its row's type. */
void keys_check_type(const cJSON *json, const struct key *k, const char *at,
		     struct problems *p);

#endif

#ifndef MEND_BASE_ID_H
#define MEND_BASE_ID_H

#include <stdbool.h>

#include "clock.h"

/*
 * Public ids are TypeIDs: a prefix, '_', and a UUIDv7 in 26 characters of
 * Crockford base 32 (lower case). They sort by creation time.
 * Source: typeid.dev specification 0.3; RFC 9562 section 5.7.
 */
#define ID_SIZE 40 /* prefix up to 12, '_', 26, NUL */

void id_make(const char *prefix, const struct world *w, char ret_id[ID_SIZE]);
bool id_valid(const char *id, const char *prefix);

#endif

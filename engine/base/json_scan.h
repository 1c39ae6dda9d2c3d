#ifndef MEND_BASE_JSON_SCAN_H
#define MEND_BASE_JSON_SCAN_H

#include <stddef.h>

#include "err.h"

/*
 * Whether text is exactly one JSON value under the rules of json.h, without
 * building anything. ERR_INVALID with one problem, or OK. p may be NULL.
 */
MUST_CHECK enum err json_scan(const char *text, size_t length,
			      struct problems *p);

#endif

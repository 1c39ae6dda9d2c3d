#ifndef MEND_FLOW_KEYS_SHARED_H
#define MEND_FLOW_KEYS_SHARED_H

#include "keys.h"

/* Between the keys_*.c files only: rows and tables that several have. */
#define KEYS_END                                                               \
	{                                                                      \
		NULL, KEY_TEXT, false, 0, 0, NULL, NULL, NULL                  \
	}
#define MINOR_MOST (INT64_C(1) << 53)

extern const struct keys keys_retry;
/* The table of each kind of step, in the order of enum step_kind. */
extern const struct keys keys_step;

#endif

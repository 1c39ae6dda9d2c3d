#ifndef MEND_TESTS_FAKE_REQUEST_H
#define MEND_TESTS_FAKE_REQUEST_H

#include <string.h>

#include "../../cgi/lib/request.h"

/* CGI parameters from an array of name, value, …, NULL. FAKE() lives as long
 * as the block that it stands in. */
static inline const char *fake_param(void *context, const char *name)
{
	const char *const *at = context;

	for (; at[0]; at += 2)
		if (strcmp(at[0], name) == 0)
			return at[1];
	return NULL;
}

#define FAKE(...)                                                              \
	(&(struct request_source){                                             \
		.param = fake_param,                                           \
		.context = (const char *[]){__VA_ARGS__, NULL},                \
	})

#endif

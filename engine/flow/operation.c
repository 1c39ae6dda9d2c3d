/*
 * Adapters in memory: what playbooks, the engine and the network look up. How
 * they are read stands in operation_parse.c.
 *
 * Always holds: an adapter owns its document, and every string of it lives as
 * long as the adapter.
 */
#include "operation.h"

#include <stdlib.h>
#include <string.h>

static const char *const class_names[] = {
	[CLASS_OK] = "OK",
	[CLASS_RETRYABLE] = "RETRYABLE",
	[CLASS_PERMANENT] = "PERMANENT",
	[CLASS_UNKNOWN] = "UNKNOWN",
	[CLASS_THROTTLED] = "THROTTLED",
};
_Static_assert(sizeof(class_names) / sizeof(class_names[0]) == CLASS_COUNT,
	       "every class has a name");

const char *call_class_name(enum call_class c)
{
	/* Through unsigned: a value from outside the enum may be negative. */
	return (unsigned)c < CLASS_COUNT ? class_names[c] : "UNKNOWN";
}

bool call_class_parse(const char *name, enum call_class *ret_class)
{
	for (int i = 0; name && i < CLASS_COUNT; i++) {
		if (strcmp(class_names[i], name) == 0) {
			*ret_class = (enum call_class)i;
			return true;
		}
	}
	return false;
}

void adapter_free(struct adapter *a)
{
	if (!a)
		return;
	cJSON_Delete(a->document);
	free(a);
}

const struct operation *adapter_operation(const struct adapter *a,
					  const char *name)
{
	for (int i = 0; name && i < a->operation_count; i++) {
		if (strcmp(a->operation[i].name, name) == 0)
			return &a->operation[i];
	}
	return NULL;
}

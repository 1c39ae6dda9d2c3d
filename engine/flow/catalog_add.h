#ifndef MEND_FLOW_CATALOG_ADD_H
#define MEND_FLOW_CATALOG_ADD_H

#include "catalog.h"

/* Between catalog.c and catalog_files.c: parses one document into a catalog
 * that is being made. */
MUST_CHECK enum err catalog_add(struct catalog *c, const struct document *d,
				struct problems *p);

#endif

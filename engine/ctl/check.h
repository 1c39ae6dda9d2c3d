#ifndef MEND_CTL_CHECK_H
#define MEND_CTL_CHECK_H

#include "../flow/catalog.h"

/* One line a fault on stderr: file, JSON Pointer, what was expected. */
void check_print(const struct catalog_check *check);

#endif

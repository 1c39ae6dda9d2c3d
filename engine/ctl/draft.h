#ifndef MEND_CTL_DRAFT_H
#define MEND_CTL_DRAFT_H

#include "../flow/catalog.h"
#include "ctl.h"

/*
 * The playbook FILE of a command, taken together with the other files of the
 * configuration folder: a path, or the name of one in conf/playbooks. file
 * NULL: the folder alone. ERR_INVALID after the faults were printed, as by
 * check.
 */
struct draft {
	struct catalog *catalog;	 /* catalog_free() */
	const struct playbook *playbook; /* NULL: no FILE */
	const char *path;
};
MUST_CHECK enum err draft_load(struct ctl *c, const char *file,
			       struct draft *ret_draft);

#endif

#ifndef MEND_FLOW_CATALOG_LOADING_H
#define MEND_FLOW_CATALOG_LOADING_H

#include "catalog.h"

/* Between catalog_files.c, catalog_whole.c and catalog_activate.c only: files
 * that are read, with what is wrong in them. */
#define FILES_MAX 256
struct loading {
	const char *conf;
	struct catalog *catalog;
	struct catalog_check *check;
	struct arena arena;
	struct document document[FILES_MAX];
	char file[FILES_MAX][256];
	int count;
	const char *draft; /* a file that stands in for one of conf */
	bool has_draft;	   /* it is document 0 */
};

/* Reads and checks everything; draft NULL: none. */
struct loading *loading_open(const char *conf, const char *draft,
			     struct catalog_check *check);
void loading_close(struct loading *l);
void loading_problems(struct loading *l, const char *file,
		      const struct problems *p);
/* Puts sub-playbooks in place; after everything was found good. */
void loading_resolve(struct loading *l);

#endif

#ifndef MEND_CGI_DATABASE_H
#define MEND_CGI_DATABASE_H

#include <sys/types.h>

#include "program.h"

struct database {
	const struct program *program;
	const struct config *config;
	struct db *db;	/* NULL: not open */
	enum err error; /* of the last attempt; its changes are logged */
	dev_t device;	/* of the open file */
	ino_t inode;
};

/* Opens when needed; also anew when the file has been replaced under us. */
void database_ready(struct database *d);
void database_close(struct database *d);

#endif

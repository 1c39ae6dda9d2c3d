#ifndef MEND_CTL_OPTIONS_H
#define MEND_CTL_OPTIONS_H

#include "ctl.h"

/*
 * The command line into c->argument and c->option, against the command's own
 * list and the common one. argv starts behind the command's name. ERR_INVALID
 * with the words in c->message. *ret_help says that --help was asked for.
 */
MUST_CHECK enum err options_parse(struct ctl *c, int argc, char **argv,
				  bool *ret_help);

#endif

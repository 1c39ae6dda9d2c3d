#ifndef MEND_CTL_PATHS_H
#define MEND_CTL_PATHS_H

#include "../base/config.h"

#define PATH_SIZE 512

/*
 * Where our own files are: beside mendctl's binary in a build tree, else where
 * `make install` puts them. All return absolute paths and ERR_NOT_FOUND when
 * there is nothing.
 */
MUST_CHECK enum err paths_program(const char *name, char path[PATH_SIZE]);
/* nginx from PATH, else from the sbin folders that PATH may lack. */
MUST_CHECK enum err paths_nginx(char path[PATH_SIZE]);
/* MEND_STATIC, ../static, PREFIX/share/mend/static */
MUST_CHECK enum err paths_static(char path[PATH_SIZE]);
/* A file below conf, e.g. "nginx/mend.conf.in". */
MUST_CHECK enum err paths_conf_file(const struct config *c, const char *name,
				    char path[PATH_SIZE]);
/* Sets MEND_CONF when neither it nor MEND_CONFIG is set and the default folder
 * is not here: to ../conf of the binary, else /etc/mend. */
void paths_default_conf(void);

#endif

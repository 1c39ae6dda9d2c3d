#ifndef MEND_CGI_PROCESS_H
#define MEND_CGI_PROCESS_H

#include "program.h"

/* Between the parent (process.c) and the worker's loop (fcgi.c). */

/* A worker's whole life: takes requests from the listening socket until
 * stop_fd, a signalfd, is readable. Returns its exit code. */
int fcgi_worker(const struct program *program, const struct config *config,
		int listen_fd, int stop_fd);

/* The listening socket: systemd's, or a new one at path, mode 0660. path ""
 * on return: not ours to remove. -1: could not; it has been logged. */
int process_listen(const char *wanted_path, char path[108]);

#endif

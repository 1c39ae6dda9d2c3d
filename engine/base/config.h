#ifndef MEND_BASE_CONFIG_H
#define MEND_BASE_CONFIG_H

#include <stdint.h>

#include "err.h"

/*
 * Settings: one table (config.c) of {key, type, min, max, default, help}. They
 * come from mend.conf ("key = value", # comments), each overridable by the
 * environment as MEND_<KEY>. An unknown key, a bad value or a value out of
 * range is an error that names file, line, key and what was expected.
 */
struct config {
	char data[256];	       /* data folder; holds mend.db, locks, sockets */
	char conf[256];	       /* folder with adapters/, playbooks/, policy/ */
	char sandbox_url[256]; /* where adapters find the sandbox */
	char dev_role[16]; /* viewer|agent|supervisor|admin: as whom requests
			      act while there is no sign-in */
	int64_t workers;   /* per FastCGI program */
	int64_t sandbox_workers;
	int64_t poll_ms;     /* engine's poll interval */
	int64_t checked_out; /* runs in memory at most */
	int64_t tick_runs;   /* runs per transaction at most */
	int64_t turn_ms;     /* longest wait for the write turn in a face */
	int64_t undo_ms;     /* undo time offered by the dashboard */
	int64_t call_limit;  /* calls in flight over all adapters */
	int64_t idempotency_days;
	char log_level[16];
	char credentials_dir[256]; /* secrets, a file each (base/secret.h);
				      "": $CREDENTIALS_DIRECTORY */
	/* Host names, separated by commas or spaces (adapters/reach.h). */
	char allow_hosts[1024];	  /* "": those of the adapters' base URLs */
	char private_hosts[1024]; /* may stand at a private address */
};

/* path NULL: $MEND_CONFIG, else <conf>/mend.conf when there is one, else
 * defaults. Zero problems on OK. */
MUST_CHECK enum err config_load(const char *path, struct config *ret_config,
				struct problems *p);
/* Prints the table (key, type, range, default, help) for --help. */
void config_print(void);

/* "<data>/<name>" into path; ERR_TOO_LARGE when it does not fit. */
MUST_CHECK enum err config_data_path(const struct config *c, const char *name,
				     char *path, unsigned long size);
/* Unix socket "<data>/run/<name>.sock", or a short folder under $TMPDIR (a
 * digest of the data path) when that exceeds what sun_path holds. */
MUST_CHECK enum err config_socket_path(const struct config *c, const char *name,
				       char path[108]);

#endif

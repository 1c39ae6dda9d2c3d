/*
 * A worker's database: opened when it is needed, tried again by the next
 * request when it could not be.
 *
 * Always holds: what is open is the file that stands under its name now.
 */
#include "database.h"

#include <sys/stat.h>

#include "../../engine/base/log.h"
#include "../../engine/store/halt.h"

static bool database_stat(const struct database *d, struct stat *st)
{
	char path[512];

	return config_data_path(d->config, d->program->database, path,
				sizeof(path)) == OK &&
	       stat(path, st) == 0;
}

static bool halted(const struct database *d)
{
	char path[512];

	return config_data_path(d->config, d->program->database, path,
				sizeof(path)) == OK &&
	       halt_is_set(path);
}

void database_close(struct database *d)
{
	db_close(d->db);
	d->db = NULL;
}

void database_ready(struct database *d)
{
	struct stat st = {0};
	bool there = database_stat(d, &st);
	enum err e;

	if (d->db && there && st.st_dev == d->device && st.st_ino == d->inode)
		return;
	database_close(d);
	e = d->program->open ? d->program->open(d->config, &d->db)
			     : store_open(d->config, d->program->mode,
					  d->program->name, &d->db);
	/* What stopped it is known, and in better words. */
	if (e && halted(d))
		e = ERR_HALTED;
	if (e && e != d->error)
		log_warning("database not ready error=%s", err_name(e));
	if (!e && d->error)
		log_info("database ready");
	d->error = e;
	/* The first open may have made the file. */
	if (!e && (there || database_stat(d, &st))) {
		d->device = st.st_dev;
		d->inode = st.st_ino;
	}
}

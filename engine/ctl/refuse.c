/*
 * Errors on their way out: the words of the one line, and the only mapping from
 * enum err to exit codes.
 */
#include <stdarg.h>
#include <stdio.h>

#include "../store/halt.h"
#include "ctl.h"

enum exit_code ctl_exit_code(enum err e)
{
	switch (e) {
	case OK:
		return EXIT_OK;
	case ERR_INVALID:
		return EXIT_USAGE;
	case ERR_NOT_FOUND:
		return EXIT_NOT_FOUND;
	case ERR_CONFLICT:
	case ERR_STALE:
	case ERR_DENIED:
	case ERR_MISMATCH:
		return EXIT_REFUSED;
	case ERR_BUSY:
	case ERR_HALTED:
	case ERR_TIMEOUT:
		return EXIT_BUSY;
	case ERR_TOO_LARGE:
	case ERR_DISK_FULL:
	case ERR_IO:
	case ERR_CORRUPT:
	case ERR_SCHEMA:
	case ERR_CONSTRAINT:
	case ERR_SYSTEM:
	case ERR_COUNT:
		break;
	}
	return EXIT_ERROR;
}

enum err ctl_refuse(struct ctl *c, enum err e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(c->message, sizeof(c->message), format, args);
	va_end(args);
	return e;
}

enum err ctl_refuse_problems(struct ctl *c, enum err e,
			     const struct problems *p)
{
	if (p->count == 0)
		return e;
	return ctl_refuse(c, e, "%s%s%s", p->item[0].pointer,
			  p->item[0].pointer[0] ? ": " : "", p->item[0].detail);
}

/* Words for an error that its command left without any. */
void ctl_explain(struct ctl *c, enum err e)
{
	char path[512], reason[256] = "";

	if (config_data_path(&c->config, "mend.db", path, sizeof(path)))
		path[0] = '\0';
	switch ((int)e) {
	case ERR_HALTED:
		halt_reason(path, reason, sizeof(reason));
		(void)ctl_refuse(c, e,
				 "the data folder is halted: %s; once that is "
				 "mended: mendctl halted --release",
				 reason);
		return;
	case ERR_SCHEMA:
		(void)ctl_refuse(c, e,
				 "%s is not of this program's version; run "
				 "mendctl migrate",
				 path);
		return;
	case ERR_BUSY:
		(void)ctl_refuse(c, e, "others are writing; try again");
		return;
	case ERR_DISK_FULL:
		(void)ctl_refuse(c, e, "no room on the disk of %s", path);
		return;
	default:
		(void)ctl_refuse(c, e, "%s%s%.400s", err_name(e),
				 *db_message(c->db) ? ": " : "",
				 db_message(c->db));
	}
}

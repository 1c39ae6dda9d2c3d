/*
 * Why: every command about a playbook that is not in force yet reads it the
 * same way.
 */
#include "draft.h"

#include <string.h>
#include <unistd.h>

#include "check.h"

static const char *find_file(struct ctl *c, const char *file)
{
	const char *path;

	if (access(file, R_OK) == 0 || strchr(file, '/'))
		return file;
	path = arena_printf(&c->arena, "%s/playbooks/%s.json", c->config.conf,
			    file);
	return access(path, R_OK) == 0 ? path : file;
}

enum err draft_load(struct ctl *c, const char *file, struct draft *ret_draft)
{
	struct catalog_check *check = arena_alloc(&c->arena, sizeof(*check));
	struct draft d = {.catalog = NULL};
	enum err e;

	d.path = file ? find_file(c, file) : NULL;
	if (d.path && access(d.path, R_OK) != 0)
		return ctl_refuse(c, ERR_NOT_FOUND,
				  "no file %s, and no playbook of this name "
				  "in %s/playbooks",
				  file, c->config.conf);
	e = catalog_of_files(c->config.conf, d.path, check, &d.catalog,
			     &d.playbook);
	if (e == ERR_INVALID) {
		check_print(check);
		return ctl_refuse(c, e, "%d fault%s in %s",
				  check->count + check->dropped,
				  check->count + check->dropped == 1 ? "" : "s",
				  d.path ? d.path : c->config.conf);
	}
	if (e != OK)
		return e;
	if (file && !d.playbook) {
		catalog_free(d.catalog);
		return ctl_refuse(c, ERR_INVALID, "%s is no playbook", file);
	}
	*ret_draft = d;
	return OK;
}

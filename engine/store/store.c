/*
 * Mend's own database: where it is, what it is made of, and how long each kind
 * of program may wait and read.
 */
#include "store.h"

#include <string.h>

#include "rows.h"
#include "sql.h"

#define FACE_READ_MS 3000 /* a longer reader would hold up the WAL */

extern const struct db_migration mend_migrations[];

static const char *const role_names[ROLE_COUNT] = {
	[ROLE_VIEWER] = "viewer",
	[ROLE_AGENT] = "agent",
	[ROLE_SUPERVISOR] = "supervisor",
	[ROLE_ADMIN] = "admin",
};

/* Made by make from schema/, with a last row of zeros. */
const struct db_schema mend_schema = {
	.name = "mend",
	.statement = mend_sql,
	.statement_count = SQL_COUNT,
	.migration = mend_migrations,
};

const char *role_name(enum role r)
{
	return r < ROLE_COUNT ? role_names[r] : "";
}

bool role_parse(const char *name, enum role *ret_role)
{
	int i = name == NULL ? -1 : name_find(role_names, ROLE_COUNT, name);

	if (i < 0)
		return false;
	*ret_role = (enum role)i;
	return true;
}

enum err store_open(const struct config *c, enum db_mode mode,
		    const char *owner, struct db **ret_db)
{
	bool face = strncmp(owner, "mend-", 5) == 0;
	char path[sizeof(c->data) + 16];
	struct db_options o = {
		.path = path,
		.schema = &mend_schema,
		.mode = mode,
		.turn_ms = c->turn_ms,
		.read_ms = face ? FACE_READ_MS : 0,
		.owner = owner,
	};
	enum err e = config_data_path(c, "mend.db", path, sizeof(path));

	return e == OK ? db_open(&o, ret_db) : e;
}

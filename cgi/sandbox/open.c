/*
 * Why: the sandbox keeps its own file beside Mend's, so that clearing or
 * damaging one never touches the other. The program makes and migrates it by
 * itself: db_open() does so inside the write turn, and whoever comes second
 * finds it done.
 */
#include "cgi/sandbox/situation.h"
#include "cgi/sandbox/sql.h"
#include "engine/base/log.h"

#define TURN_MS 5000
#define READ_MS 5000

extern const struct db_migration sandbox_migrations[];
extern const int sandbox_migration_count;

enum err sandbox_open(const struct config *config, struct db **ret_db)
{
	char path[512];
	enum err e = config_data_path(config, "sandbox.db", path, sizeof(path));
	if (e != OK)
		return e;
	/* The handle keeps the pointer. */
	static struct db_schema schema = {
		.name = "sandbox",
		.statement = sandbox_statements,
		.statement_count = SQL_STATEMENT_COUNT,
		.migration = sandbox_migrations,
	};
	schema.migration_count = sandbox_migration_count;
	const struct db_options options = {
		.path = path,
		.schema = &schema,
		.mode = DB_MIGRATE,
		.turn_ms = TURN_MS,
		.read_ms = READ_MS,
		.owner = "mend-sandbox",
	};
	return db_open(&options, ret_db);
}

void sandbox_housekeep(const struct config *config, struct db *db)
{
	(void)config;
	/* BUSY: a colleague has the turn; the next one will do it. */
	enum err e = db_checkpoint(db, NULL);
	if (e != OK && e != ERR_BUSY)
		log_warning("checkpoint failed error=%s detail=\"%s\"",
			    err_name(e), db_message(db));
}

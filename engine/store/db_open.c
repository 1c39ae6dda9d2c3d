/*
 * Opening, creating and migrating a database (db.h).
 *
 * Always holds: only DB_MIGRATE creates or changes a schema, forward only, one
 * transaction a version, under the write turn, with the version read again
 * inside; so two migrators, or one that is killed, do no harm. Others get a
 * handle on a file of exactly their version, or ERR_SCHEMA.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/mem.h"
#include "db_driver.h"

/* A failed open leaves no handle to ask. */
static char open_message[512];

/* SQLite would create it 0644. Only a file that is new: closing a descriptor
 * of one that is open would drop this process's locks on it. */
static enum err create_file(struct db *db)
{
	int fd = open(db->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660);

	if (fd < 0 && errno != EEXIST)
		return db_fail(db, errno == ENOSPC ? ERR_DISK_FULL : ERR_SYSTEM,
			       "%s: %s", db->path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return OK;
}

static enum err migrate_one(struct db *db, const struct db_migration *m)
{
	enum err e = db_begin(db);
	int version;

	if (e != OK)
		return e;
	/* Somebody else may have been faster. */
	e = db->driver->get_version(db, &version);
	if (e == OK && version < m->version) {
		e = db->driver->exec(db, m->sql);
		if (e == OK)
			e = db->driver->set_version(db, m->version);
		if (e == OK)
			return db_commit(db);
	}
	db_rollback(db);
	return e;
}

static enum err migrate(struct db *db)
{
	const struct db_migration *m = db->schema->migration;
	enum err e = db_turn_take(db);
	int version = 0;

	if (e != OK)
		return e;
	e = db->driver->prepare_file(db);
	db_turn_leave(db);
	if (e == OK)
		e = db->driver->get_version(db, &version);
	for (; e == OK && m != NULL && m->version <= db->version; m++) {
		if (version < m->version)
			e = migrate_one(db, m);
		if (m->version == db->version)
			break;
	}
	return e;
}

static enum err check_version(struct db *db)
{
	int version;
	enum err e = db->driver->get_version(db, &version);

	if (e != OK || version == db->version)
		return e;
	return db_fail(db, ERR_SCHEMA, "%s has schema version %d, not %d",
		       db->path, version, db->version);
}

/* Of the last migration; a list without a count ends with a row of zeros. */
static int program_version(const struct db_schema *s)
{
	int version = 0;

	if (s->migration == NULL)
		return 0;
	for (int i = 0; s->migration_count == 0 || i < s->migration_count;
	     i++) {
		if (s->migration[i].version == 0)
			break;
		version = s->migration[i].version;
	}
	return version;
}

static enum err open_all(struct db *db)
{
	enum err e = OK;

	if (!db->in_memory && db->mode == DB_MIGRATE)
		e = create_file(db);
	else if (!db->in_memory && access(db->path, F_OK) != 0)
		return db_fail(db, errno == ENOENT ? ERR_SCHEMA : ERR_SYSTEM,
			       "%s: %s", db->path, strerror(errno));
	if (e == OK && !db->in_memory && db->mode != DB_READ_ONLY) {
		e = turnstile_open(db->path, db->owner, &db->turn);
		if (e != OK)
			return db_fail(db, e, "lock files beside %s: %s",
				       db->path, strerror(errno));
	}
	if (e == OK)
		e = db->driver->open(db, db->vfs);
	if (e == OK && db->mode == DB_MIGRATE)
		e = migrate(db);
	if (e == OK)
		e = check_version(db);
	return e;
}

enum err db_open(const struct db_options *o, struct db **ret_db)
{
	struct db *db = mem_alloc(sizeof(*db));
	size_t count = (size_t)o->schema->statement_count;
	enum err e;

	db->driver = &db_sqlite;
	db->schema = o->schema;
	db->version = program_version(o->schema);
	db->stmt = mem_alloc((count + 1) * sizeof(*db->stmt));
	for (size_t i = 0; i < count; i++) {
		db->stmt[i].db = db;
		db->stmt[i].id = (int)i;
	}
	db->path = mem_dup(o->path);
	db->owner = mem_dup(o->owner ? o->owner : "");
	db->vfs = o->vfs ? mem_dup(o->vfs) : NULL;
	db->in_memory = strcmp(o->path, ":memory:") == 0;
	db->mode = o->mode;
	db->turn_ms = o->turn_ms;
	db->read_ms = o->read_ms;
	db->durable = db->durable_now = true;
	db->data_version = -1;
	e = open_all(db);
	if (e != OK) {
		snprintf(open_message, sizeof(open_message), "%s", db->message);
		/* Trouble with the disk may be of this open alone; damage is
		 * of the file. */
		if (e == ERR_CORRUPT)
			(void)db_latch_on(db, e);
		db_close(db);
		return e;
	}
	*ret_db = db;
	return OK;
}

static void connection_close(struct db *db)
{
	for (int i = 0; i < db->schema->statement_count; i++)
		if (db->stmt[i].compiled != NULL)
			db->driver->finish(&db->stmt[i]);
	db->driver->close(db);
}

enum err db_reopen(struct db *db)
{
	enum err e;

	if (db->connection != NULL)
		connection_close(db);
	e = db->driver->open(db, db->vfs);
	if (e == OK && db->cache_kib > 0)
		e = db->driver->set_cache(db, db->cache_kib);
	if (e == OK)
		e = check_version(db);
	if (e != OK)
		return e; /* still halted: the next one tries again */
	db->durable_now = true;
	db->data_version = -1;
	db->halted = db->latched = false;
	return OK;
}

const char *db_message(const struct db *db)
{
	return db != NULL ? db->message : open_message;
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	if (db->connection != NULL) {
		db_rollback(db);
		connection_close(db);
	}
	turnstile_close(db->turn);
	free(db->stmt);
	free(db->path);
	free(db->owner);
	free(db->vfs);
	free(db);
}

int db_version(struct db *db)
{
	int version;

	return db->driver->get_version(db, &version) == OK ? version : -1;
}

enum err db_prepare_all(struct db *db)
{
	for (int i = 0; i < db->schema->statement_count; i++) {
		const struct db_stmt *s = db_bind_start(db, i);

		if (s->error != OK)
			return s->error;
	}
	return OK;
}

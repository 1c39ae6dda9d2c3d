#ifndef MEND_STORE_DB_H
#define MEND_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/arena.h"
#include "../base/err.h"

/*
 * The front door to a database at statement level. Everything above it is
 * typed stores; below it is one driver (db_sqlite.c, the only file that calls
 * sqlite3_*). A database is described by a struct db_schema: its statements,
 * by id, and its migrations. Write transactions pass the turnstile
 * (turnstile.h) and stop at the halted latch (halt.h); reads do neither.
 *
 * Rules: bind, step, read, reset has the same shape everywhere. A statement is
 * reset by the next db_bind_start() on it or by db_done(). Columns count from
 * 0, parameters from 1; a parameter not bound is NULL. Bound text and blobs
 * are not copied: they stay as they are until the statement is done. Text and
 * blobs that are read are copied into the caller's arena. A statement that
 * writes outside of db_begin() … db_commit() is a bug and aborts.
 */
struct db;
struct db_stmt;

struct db_migration {
	int version; /* user_version after it; 1, 2, 3 … without gaps */
	const char *name;
	const char *sql;
};

struct db_schema {
	const char *name;	      /* "mend", "sandbox" */
	const char *const *statement; /* indexed by id */
	int statement_count;
	const struct db_migration *migration;
	int migration_count; /* 0: up to a row of version 0 */
};

enum db_mode {
	DB_READ_ONLY,
	DB_READ_WRITE, /* ERR_SCHEMA unless migrated to our version */
	DB_MIGRATE,    /* creates and migrates; only mendctl and the sandbox */
};

struct db_options {
	const char *path; /* file; ":memory:" in tests */
	const struct db_schema *schema;
	enum db_mode mode;
	int64_t turn_ms; /* longest wait for the write turn */
	int64_t read_ms; /* a read statement is interrupted after this; 0 = none
			  */
	const char *owner; /* program name, written into the lock for others */
	const char *vfs;   /* NULL: the default; tests inject faults by name */
};

MUST_CHECK enum err db_open(const struct db_options *o, struct db **ret_db);
void db_close(struct db *db); /* NULL is fine; rolls back what is open */
/* Words for the last failure on this handle; "" when none. Never NULL. With
 * NULL: of the last db_open() that failed. */
const char *db_message(const struct db *db);

/* BEGIN IMMEDIATE inside the turnstile. A nested or stray one is a bug: it
 * aborts, naming both places. ERR_BUSY, ERR_HALTED, ERR_DISK_FULL, ERR_IO. */
#define db_begin(db) db_begin_at((db), __FILE__, __LINE__)
MUST_CHECK enum err db_begin_at(struct db *db, const char *file, int line);
/* OK means durable. Anything else means nothing of it was kept; IO and CORRUPT
 * have latched the data folder. After IO it is in doubt, though never in part:
 * when only the sync failed, the next start may find it in the WAL. */
MUST_CHECK enum err db_commit(struct db *db);
void db_rollback(struct db *db); /* nothing open: no-op */
bool db_in_transaction(const struct db *db);
/* A point inside a write transaction, one at a time, to which db_mark_undo()
 * takes back what was written since. An error of any of the three is that of
 * the whole transaction: its commit will fail with it. */
MUST_CHECK enum err db_mark(struct db *db);
MUST_CHECK enum err db_mark_keep(struct db *db);
MUST_CHECK enum err db_mark_undo(struct db *db);
/* Until the next call: commits need not reach the disk (claims: losing one at
 * power loss is harmless, a later durable commit carries it along). */
void db_set_durable(struct db *db, bool durable);

/* A read transaction: several reads see one state. */
MUST_CHECK enum err db_begin_read(struct db *db);
void db_end_read(struct db *db);
bool db_reading(const struct db *db);

enum db_step { DB_ROW, DB_DONE, DB_ERROR };

struct db_stmt *db_bind_start(struct db *db, int statement);
void db_bind_int(struct db_stmt *s, int position, int64_t value);
void db_bind_text(struct db_stmt *s, int position,
		  const char *text); /* NULL → NULL */
void db_bind_blob(struct db_stmt *s, int position, const void *b, size_t n);
void db_bind_null(struct db_stmt *s, int position);
/* 0 and "" as NULL: for optional columns. */
void db_bind_int_or_null(struct db_stmt *s, int position, int64_t value);
void db_bind_text_or_null(struct db_stmt *s, int position, const char *text);

enum db_step db_step(struct db_stmt *s);
void db_done(struct db_stmt *s); /* reset; also after an early stop */
/* After DB_ERROR: which; ERR_CONSTRAINT, ERR_BUSY, ERR_DISK_FULL, ERR_IO, … */
enum err db_error(const struct db_stmt *s);

bool db_is_null(struct db_stmt *s, int column);
int64_t db_int(struct db_stmt *s, int column); /* NULL → 0 */
/* NULL → NULL. */
char *db_text(struct db_stmt *s, int column, struct arena *a);
/* Into a fixed field; NULL → "". */
void db_text_into(struct db_stmt *s, int column, char *field, size_t size);
#define DB_TEXT_INTO(s, c, field) db_text_into((s), (c), (field), sizeof(field))
/* Exactly size bytes, or zeros. */
void db_blob_into(struct db_stmt *s, int column, void *bytes, size_t size);

/* For statements that return no row: bind, then run. *ret_changes may be NULL.
 */
MUST_CHECK enum err db_run(struct db_stmt *s, int64_t *ret_changes);
/* For statements that return at most one row: OK with the row current (end
 * with db_done), or ERR_NOT_FOUND (already done), or the error. */
MUST_CHECK enum err db_one(struct db_stmt *s);
int64_t db_last_id(struct db *db);

/* A cheap "did another connection commit since I last asked?" */
bool db_changed(struct db *db);

/* Engine only: passive, or truncating when the WAL is over 32 MiB, inside the
 * turnstile. *ret_wal_bytes may be NULL. */
MUST_CHECK enum err db_checkpoint(struct db *db, int64_t *ret_wal_bytes);
/* WAL frames not yet checkpointed, as of this handle's last commit or
 * checkpoint. Costs nothing. */
int64_t db_wal_frames(struct db *db);
/* Page cache of this handle; the default suits a small face. */
MUST_CHECK enum err db_set_cache(struct db *db, int64_t kib);
/* Gives back what the cache holds: for who has nothing to do for a while. */
void db_trim(struct db *db);
/* A consistent copy into a new file. */
MUST_CHECK enum err db_backup(struct db *db, const char *path);
/* PRAGMA integrity_check and foreign_key_check; detail goes to db_message. */
MUST_CHECK enum err db_verify(struct db *db);

/* The file's; -1 when it can't be read. */
int db_version(struct db *db);

/* Compiles every statement of the schema; for tests. */
MUST_CHECK enum err db_prepare_all(struct db *db);

#endif

/*
 * The SQLite driver, and the only file that calls sqlite3_*. It turns calls
 * into calls and codes into enum err; every rule stands in db.c.
 *
 * Set on every connection, whatever it does: no checkpoint of its own, neither
 * by size nor at close (SQLite before 3.51.3 corrupts a WAL that is restarted
 * while a checkpoint without the write lock runs; sqlite.org/wal.html
 * #walresetbug), so checkpoints happen in db_checkpoint() only, inside the
 * write turn; synchronous=FULL; foreign keys; no extension of trust to what
 * stands in the file. Texts and blobs are bound without a copy.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/mem.h"
#include "db_driver.h"

#define CACHE_KIB 2000	      /* of pages; faces stay under 10 MiB */
#define BUSY_MS 2000	      /* beside the turn: readers, recovery */
#define CHECKPOINT_BUSY_MS 50 /* all writers wait while we wait */
#define PROGRESS_STEPS 1000   /* of the VM between looks at the clock */

/* What every connection runs all the time. */
enum fixed {
	BEGIN,
	COMMIT,
	ROLLBACK,
	MARK,
	MARK_KEEP,
	MARK_UNDO,
	BEGIN_READ,
	DATA_VERSION,
	FIXED_COUNT
};
static const char *const fixed_sql[FIXED_COUNT] = {
	[BEGIN] = "BEGIN IMMEDIATE",  [COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",      [MARK] = "SAVEPOINT mark",
	[MARK_KEEP] = "RELEASE mark", [MARK_UNDO] = "ROLLBACK TO mark",
	[BEGIN_READ] = "BEGIN",	      [DATA_VERSION] = "PRAGMA data_version",
};

struct lite {
	sqlite3 *handle;
	sqlite3_stmt *fixed[FIXED_COUNT];
	int64_t frames_written, frames_done; /* in the WAL as it is */
};

static struct lite *lite_of(const struct db *db)
{
	return db->connection;
}

/* ---- codes ---- */

/* A disk that is merely full must not latch: there is no harm done. But a
 * failed fsync has lost pages, whatever its reason. */
static enum err io_error(const struct db *db, int code, int number)
{
	if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
		return ERR_IO;
	if (number == ENOSPC || number == EDQUOT)
		return ERR_DISK_FULL;
	/* ENOSPC while the -shm grows comes back without its number. */
	return db_disk_is_full(db->path) ? ERR_DISK_FULL : ERR_IO;
}

static enum err map_code(const struct db *db, int code, int number)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_FULL:
		return ERR_DISK_FULL;
	case SQLITE_CONSTRAINT:
		return ERR_CONSTRAINT;
	case SQLITE_INTERRUPT:
		return ERR_TIMEOUT;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_TOOBIG: /* a gigabyte; nothing of ours is near it */
		return ERR_CORRUPT;
	case SQLITE_IOERR:
		return io_error(db, code, number);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return ERR_DENIED;
	case SQLITE_NOMEM:
		mem_exhausted(0);
	case SQLITE_SCHEMA:
	case SQLITE_ERROR: /* a statement does not fit the tables */
		return ERR_SCHEMA;
	case SQLITE_RANGE:
	case SQLITE_MISMATCH:
		return ERR_INVALID;
	default:
		return ERR_SYSTEM;
	}
}

static enum err failed(struct db *db, int code, const char *what)
{
	sqlite3 *handle = lite_of(db)->handle;
	/* Of a commit the library does not keep the number. It is that of the
	 * last system call that failed; whoever calls us has cleared it. */
	int number = errno != 0 ? errno : sqlite3_system_errno(handle);
	enum err e = map_code(db, code, number);

	if (e == OK)
		return OK;
	/* Of other troubles the system knows nothing. */
	if (e != ERR_IO && e != ERR_DISK_FULL && e != ERR_SYSTEM)
		number = 0;
	return db_fail(db, e, "%s: %s (%d%s%s)", what, sqlite3_errmsg(handle),
		       code, number ? ", " : "",
		       number ? strerror(number) : "");
}

static enum err run_fixed(struct db *db, enum fixed f)
{
	sqlite3_stmt *s = lite_of(db)->fixed[f];
	enum err e;
	int code;

	errno = 0;
	code = sqlite3_step(s);
	/* The words are gone after the reset. */
	e = code == SQLITE_DONE ? OK : failed(db, code, fixed_sql[f]);
	sqlite3_reset(s);
	return e;
}

static enum err lite_exec(struct db *db, const char *sql)
{
	sqlite3 *handle = lite_of(db)->handle;

	errno = 0;
	return failed(db, sqlite3_exec(handle, sql, NULL, NULL, NULL), "exec");
}

/* ---- open and close ---- */

static int on_progress(void *context)
{
	const struct db *db = context;

	return db->deadline_ms != 0 &&
	       world_mono_ms(&world_real) >= db->deadline_ms;
}

static int on_commit_to_wal(void *context, sqlite3 *handle, const char *name,
			    int frames)
{
	struct lite *l = context;

	(void)handle;
	(void)name;
	if (frames < l->frames_done) /* it was started anew */
		l->frames_done = 0;
	l->frames_written = frames;
	return SQLITE_OK;
}

static int configure(struct db *db, struct lite *l)
{
	static const int config[][2] = {
		{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
		{SQLITE_DBCONFIG_ENABLE_FKEY, 1},
		{SQLITE_DBCONFIG_DQS_DDL, 0},
		{SQLITE_DBCONFIG_DQS_DML, 0},
		{SQLITE_DBCONFIG_DEFENSIVE, 1},
		{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
	};
	char sql[256];
	int code = SQLITE_OK;

	sqlite3_extended_result_codes(l->handle, 1);
	sqlite3_busy_timeout(l->handle, BUSY_MS);
	for (size_t i = 0; i < sizeof(config) / sizeof(*config); i++)
		code |= sqlite3_db_config(l->handle, config[i][0], config[i][1],
					  (int *)NULL);
	sqlite3_wal_autocheckpoint(l->handle, 0);
	sqlite3_wal_hook(l->handle, on_commit_to_wal, l);
	if (db->read_ms > 0)
		sqlite3_progress_handler(l->handle, PROGRESS_STEPS, on_progress,
					 db);
	snprintf(sql, sizeof(sql),
		 "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
		 "PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON;"
		 "PRAGMA cache_size = -%d",
		 CACHE_KIB);
	if (code == SQLITE_OK)
		code = sqlite3_exec(l->handle, sql, NULL, NULL, NULL);
	for (int i = 0; i < FIXED_COUNT && code == SQLITE_OK; i++)
		code = sqlite3_prepare_v3(l->handle, fixed_sql[i], -1,
					  SQLITE_PREPARE_PERSISTENT,
					  &l->fixed[i], NULL);
	return code;
}

/* A process of ours speaks to SQLite from one thread, and looks at none of its
 * figures: locks and counting around each small allocation cost more than what
 * is allocated. Who has begun with SQLite otherwise keeps his ways. */
static void unguarded(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static enum err lite_open(struct db *db, const char *vfs)
{
	struct lite *l = mem_alloc(sizeof(*l));
	int code, flags;

	unguarded();

	errno = 0;
	flags = db->mode == DB_READ_ONLY ? SQLITE_OPEN_READONLY
					 : SQLITE_OPEN_READWRITE;
	db->connection = l;
	code = sqlite3_open_v2(db->path, &l->handle, flags, vfs);
	if (code == SQLITE_OK)
		code = configure(db, l);
	if (code == SQLITE_CANTOPEN)
		return db_fail(db, ERR_SYSTEM, "%s: %s", db->path,
			       strerror(sqlite3_system_errno(l->handle)));
	return failed(db, code, db->path);
}

static void lite_close(struct db *db)
{
	struct lite *l = lite_of(db);

	if (l == NULL)
		return;
	for (int i = 0; i < FIXED_COUNT; i++)
		sqlite3_finalize(l->fixed[i]);
	sqlite3_close(l->handle);
	free(l);
	db->connection = NULL;
}

/* ---- transactions ---- */

static enum err lite_begin(struct db *db)
{
	return run_fixed(db, BEGIN);
}

static enum err lite_commit(struct db *db)
{
	return run_fixed(db, COMMIT);
}

static bool lite_in_transaction(struct db *db)
{
	return !sqlite3_get_autocommit(lite_of(db)->handle);
}

static void lite_rollback(struct db *db)
{
	char kept[sizeof(db->message)];

	if (!lite_in_transaction(db))
		return;
	/* Why we roll back matters more than how it went. */
	memcpy(kept, db->message, sizeof(kept));
	if (run_fixed(db, ROLLBACK) != OK && lite_in_transaction(db))
		db_bug(db, "cannot roll back: %s", db->message);
	memcpy(db->message, kept, sizeof(kept));
}

static enum err lite_mark(struct db *db)
{
	return run_fixed(db, MARK);
}

static enum err lite_mark_keep(struct db *db)
{
	return run_fixed(db, MARK_KEEP);
}

/* The mark itself outlives a rollback to it. */
static enum err lite_mark_undo(struct db *db)
{
	enum err e = run_fixed(db, MARK_UNDO);

	return e ? e : run_fixed(db, MARK_KEEP);
}

static enum err lite_begin_read(struct db *db)
{
	return run_fixed(db, BEGIN_READ);
}

static enum err lite_set_durable(struct db *db, bool durable)
{
	return lite_exec(db, durable ? "PRAGMA synchronous = FULL"
				     : "PRAGMA synchronous = NORMAL");
}

/* ---- statements ---- */

static enum err lite_compile(struct db_stmt *s, const char *sql)
{
	struct db *db = s->db;
	sqlite3_stmt *compiled = NULL;
	char what[32];
	int code;

	errno = 0;
	code = sqlite3_prepare_v3(lite_of(db)->handle, sql, -1,
				  SQLITE_PREPARE_PERSISTENT, &compiled, NULL);
	if (code != SQLITE_OK) {
		snprintf(what, sizeof(what), "statement %d", s->id);
		return failed(db, code, what);
	}
	s->compiled = compiled;
	s->writes = !sqlite3_stmt_readonly(compiled);
	return OK;
}

static void lite_finish(struct db_stmt *s)
{
	sqlite3_finalize(s->compiled);
	s->compiled = NULL;
}

static void lite_clear(struct db_stmt *s)
{
	sqlite3_clear_bindings(s->compiled);
}

static void lite_reset(struct db_stmt *s)
{
	sqlite3_reset(s->compiled);
}

static enum err bound(struct db_stmt *s, int code)
{
	return code == SQLITE_OK ? OK : failed(s->db, code, "bind");
}

static enum err lite_bind_int(struct db_stmt *s, int position, int64_t value)
{
	return bound(s, sqlite3_bind_int64(s->compiled, position, value));
}

static enum err lite_bind_text(struct db_stmt *s, int position, const char *t)
{
	return bound(s, sqlite3_bind_text(s->compiled, position, t, -1,
					  SQLITE_STATIC));
}

static enum err lite_bind_blob(struct db_stmt *s, int position, const void *b,
			       size_t n)
{
	return bound(s, sqlite3_bind_blob64(s->compiled, position, b, n,
					    SQLITE_STATIC));
}

static enum err lite_step(struct db_stmt *s)
{
	char what[32];
	int code;

	errno = 0;
	code = sqlite3_step(s->compiled);
	if (code == SQLITE_ROW)
		return OK;
	if (code == SQLITE_DONE)
		return ERR_NOT_FOUND;
	snprintf(what, sizeof(what), "statement %d", s->id);
	return failed(s->db, code, what);
}

static bool lite_is_null(struct db_stmt *s, int column)
{
	return sqlite3_column_type(s->compiled, column) == SQLITE_NULL;
}

static int64_t lite_int(struct db_stmt *s, int column)
{
	return sqlite3_column_int64(s->compiled, column);
}

static const char *lite_text(struct db_stmt *s, int column, size_t *ret_n)
{
	const unsigned char *text = sqlite3_column_text(s->compiled, column);

	*ret_n = (size_t)sqlite3_column_bytes(s->compiled, column);
	return (const char *)text;
}

static const void *lite_blob(struct db_stmt *s, int column, size_t *ret_n)
{
	const void *b = sqlite3_column_blob(s->compiled, column);

	*ret_n = (size_t)sqlite3_column_bytes(s->compiled, column);
	return b;
}

static int64_t lite_changes(struct db *db)
{
	return sqlite3_changes64(lite_of(db)->handle);
}

static int64_t lite_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(lite_of(db)->handle);
}

/* ---- the file ---- */

static int one_text(void *context, int count, char **value, char **name)
{
	char *first = context;

	(void)count;
	(void)name;
	if (first[0] == '\0')
		snprintf(first, 200, "%s", value[0] ? value[0] : "");
	return 0;
}

/* The first column of the first row; "" when there is none. */
static enum err ask(struct db *db, const char *sql, char answer[200])
{
	answer[0] = '\0';
	errno = 0;
	return failed(
		db,
		sqlite3_exec(lite_of(db)->handle, sql, one_text, answer, NULL),
		sql);
}

static enum err lite_prepare_file(struct db *db)
{
	char mode[200];
	enum err e = ask(db, "PRAGMA journal_mode = WAL", mode);

	if (e == OK && strcmp(mode, "wal") != 0 && !db->in_memory)
		return db_fail(db, ERR_SYSTEM, "no WAL here: %s", mode);
	return e;
}

/* A file that is not in WAL mode (a restored copy) counts as version 0: only
 * migration turns it into ours. */
static enum err lite_version(struct db *db, int *ret_version)
{
	char mode[200], version[200];
	enum err e = ask(db, "PRAGMA journal_mode", mode);

	if (e == OK)
		e = ask(db, "PRAGMA user_version", version);
	if (e != OK)
		return e;
	*ret_version = (int)strtol(version, NULL, 10);
	if (!db->in_memory && strcmp(mode, "wal") != 0)
		*ret_version = 0;
	return OK;
}

static enum err lite_set_version(struct db *db, int version)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", version);
	return lite_exec(db, sql);
}

static int64_t lite_data_version(struct db *db)
{
	sqlite3_stmt *s = lite_of(db)->fixed[DATA_VERSION];
	int64_t version = -1;

	if (sqlite3_step(s) == SQLITE_ROW)
		version = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return version;
}

static enum err lite_set_cache(struct db *db, int64_t kib)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA cache_size = -%lld", (long long)kib);
	return lite_exec(db, sql);
}

static void lite_trim(struct db *db)
{
	sqlite3_db_release_memory(lite_of(db)->handle);
}

/* Readers may keep it from being complete, which is no failure: the next one
 * goes on from there. */
static enum err lite_checkpoint(struct db *db, bool truncate)
{
	struct lite *l = lite_of(db);
	int frames = 0, done = 0;
	enum err e;
	int code;

	sqlite3_busy_timeout(l->handle, CHECKPOINT_BUSY_MS);
	errno = 0;
	code = sqlite3_wal_checkpoint_v2(l->handle, "main",
					 truncate ? SQLITE_CHECKPOINT_TRUNCATE
						  : SQLITE_CHECKPOINT_PASSIVE,
					 &frames, &done);
	e = failed(db, code, "checkpoint");
	sqlite3_busy_timeout(l->handle, BUSY_MS);
	if ((code & 0xff) == SQLITE_BUSY)
		e = OK;
	if (e == OK) {
		l->frames_written = frames;
		l->frames_done = done;
	}
	return e;
}

static int64_t lite_wal_frames(struct db *db)
{
	return lite_of(db)->frames_written - lite_of(db)->frames_done;
}

static enum err lite_copy_into(struct db *db, const char *path)
{
	sqlite3_stmt *s = NULL;
	int code;
	enum err e;

	errno = 0;
	code = sqlite3_prepare_v2(lite_of(db)->handle, "VACUUM INTO ?1", -1, &s,
				  NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(s, 1, path, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	e = code == SQLITE_DONE ? OK : failed(db, code, path);
	sqlite3_finalize(s);
	return e;
}

static enum err lite_verify(struct db *db)
{
	char answer[200];
	enum err e;

	e = ask(db, "PRAGMA integrity_check(20)", answer);
	if (e != OK)
		return e;
	if (strcmp(answer, "ok") != 0)
		return db_fail(db, ERR_CORRUPT, "integrity: %s", answer);
	e = ask(db, "PRAGMA foreign_key_check", answer);
	if (e == OK && answer[0] != '\0')
		return db_fail(db, ERR_CONSTRAINT,
			       "a row of %s refers to one that is not there",
			       answer);
	return e;
}

const struct db_driver db_sqlite = {
	.open = lite_open,
	.close = lite_close,
	.begin = lite_begin,
	.commit = lite_commit,
	.rollback = lite_rollback,
	.in_transaction = lite_in_transaction,
	.mark = lite_mark,
	.mark_keep = lite_mark_keep,
	.mark_undo = lite_mark_undo,
	.begin_read = lite_begin_read,
	.set_durable = lite_set_durable,
	.compile = lite_compile,
	.finish = lite_finish,
	.clear = lite_clear,
	.reset = lite_reset,
	.bind_int = lite_bind_int,
	.bind_text = lite_bind_text,
	.bind_blob = lite_bind_blob,
	.step = lite_step,
	.is_null = lite_is_null,
	.get_int = lite_int,
	.get_text = lite_text,
	.get_blob = lite_blob,
	.changes = lite_changes,
	.last_id = lite_last_id,
	.exec = lite_exec,
	.prepare_file = lite_prepare_file,
	.get_version = lite_version,
	.set_version = lite_set_version,
	.data_version = lite_data_version,
	.set_cache = lite_set_cache,
	.trim = lite_trim,
	.checkpoint = lite_checkpoint,
	.wal_frames = lite_wal_frames,
	.copy_into = lite_copy_into,
	.verify = lite_verify,
};

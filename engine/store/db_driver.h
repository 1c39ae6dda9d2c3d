#ifndef MEND_STORE_DB_DRIVER_H
#define MEND_STORE_DB_DRIVER_H

#include "db.h"
#include "turnstile.h"

/*
 * What stands between the front door (db.c, db_open.c, db_upkeep.c) and a
 * driver. The front door keeps the rules that hold for every database: who may
 * write when, tracing, the turnstile, the latch, deadlines. A driver turns
 * calls into a library's calls and its codes into enum err, and tells db_fail()
 * in words what went wrong. Nobody else includes this header.
 */
struct db_driver;

struct db_stmt {
	struct db *db;
	int id;
	void *compiled;	     /* the driver's; NULL until first used */
	enum err error;	     /* first failure since db_bind_start() */
	bool writes;	     /* known once compiled */
	bool active;	     /* a row is current */
	int64_t deadline_ms; /* monotonic; 0: none */
};

struct db {
	const struct db_driver *driver;
	const struct db_schema *schema;
	void *connection; /* the driver's */
	struct db_stmt *stmt;
	int version;		  /* of the program */
	struct turnstile *turn;	  /* NULL: reader, or a database of our own */
	char *path, *owner, *vfs; /* vfs: NULL is the default one */
	int64_t cache_kib;	  /* 0: the driver's own */
	bool in_memory;
	enum db_mode mode;
	int64_t turn_ms, read_ms;
	const char *begin_file; /* NULL: no write transaction */
	int begin_line;
	enum err broken; /* the transaction was lost half way, with this */
	bool reading;	 /* inside db_begin_read() */
	bool durable, durable_now; /* wanted; as the connection is set */
	bool halted;		   /* set by us, until we opened it anew */
	bool latched;	      /* and the file that says so is there, or was */
	int active;	      /* statements with a current row */
	int64_t deadline_ms;  /* of the statement that runs now */
	int64_t data_version; /* when db_changed() asked last */
	char message[512];
};

/* Every function may be called only in the order that db.c guarantees. */
struct db_driver {
	enum err (*open)(struct db *db, const char *vfs);
	void (*close)(struct db *db);

	enum err (*begin)(struct db *db);
	enum err (*commit)(struct db *db);
	void (*rollback)(struct db *db); /* nothing open: no-op */
	bool (*in_transaction)(struct db *db);
	enum err (*mark)(struct db *db);
	enum err (*mark_keep)(struct db *db);
	enum err (*mark_undo)(struct db *db);
	enum err (*begin_read)(struct db *db);
	enum err (*set_durable)(struct db *db, bool durable);

	enum err (*compile)(struct db_stmt *s, const char *sql);
	void (*finish)(struct db_stmt *s); /* frees compiled */
	void (*clear)(struct db_stmt *s);  /* reset, parameters NULL */
	void (*reset)(struct db_stmt *s);
	enum err (*bind_int)(struct db_stmt *s, int position, int64_t value);
	enum err (*bind_text)(struct db_stmt *s, int position, const char *t);
	enum err (*bind_blob)(struct db_stmt *s, int position, const void *b,
			      size_t n);
	/* ERR_NOT_FOUND: no (more) rows. */
	enum err (*step)(struct db_stmt *s);
	bool (*is_null)(struct db_stmt *s, int column);
	int64_t (*get_int)(struct db_stmt *s, int column);
	/* Valid until the next step; NULL for NULL. */
	const char *(*get_text)(struct db_stmt *s, int column, size_t *ret_n);
	const void *(*get_blob)(struct db_stmt *s, int column, size_t *ret_n);
	int64_t (*changes)(struct db *db);
	int64_t (*last_id)(struct db *db);

	enum err (*exec)(struct db *db, const char *sql);
	enum err (*prepare_file)(struct db *db); /* once, when migrating */
	enum err (*get_version)(struct db *db, int *ret_version);
	enum err (*set_version)(struct db *db, int version);
	int64_t (*data_version)(struct db *db);
	enum err (*set_cache)(struct db *db, int64_t kib);
	void (*trim)(struct db *db);
	enum err (*checkpoint)(struct db *db, bool truncate);
	int64_t (*wal_frames)(struct db *db);
	enum err (*copy_into)(struct db *db, const char *path);
	enum err (*verify)(struct db *db);
};

extern const struct db_driver db_sqlite;

/* Notes words for db_message() and returns e. */
__attribute__((format(printf, 3, 4))) enum err
db_fail(struct db *db, enum err e, const char *format, ...);
/* Latches the data folder when e is disk or corruption trouble; returns e. */
enum err db_latch_on(struct db *db, enum err e);
/* Says what was wrong and where, and aborts: a mistake in the program. */
_Noreturn __attribute__((format(printf, 2, 3))) void
db_bug(const struct db *db, const char *format, ...);
/* Is there so little room that a failed write means a full disk? */
bool db_disk_is_full(const char *path);

/* Anew and with empty caches, when the latch we set was released. */
MUST_CHECK enum err db_reopen(struct db *db);
/* The turn and the latch, for writers that are not a transaction. */
MUST_CHECK enum err db_turn_take(struct db *db);
void db_turn_leave(struct db *db);

#endif

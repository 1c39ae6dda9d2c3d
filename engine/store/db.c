/*
 * The front door (db.h): who may write, and when. It knows no database;
 * db_driver.h says what a driver gives it. Statements: db_stmt.c.
 *
 * Always holds: a write happens only between db_begin() and db_commit(), so
 * only inside the turn and never past the latch; whoever breaks that is told
 * both places and aborted, since a wrong order here loses data quietly.
 */
#include "db.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/log.h"
#include "db_driver.h"
#include "halt.h"

/* For the latch only: it must be written although we could not wait. */
#define LATCH_TURN_MS 1000

enum err db_fail(struct db *db, enum err e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(db->message, sizeof(db->message), format, args);
	va_end(args);
	return e;
}

_Noreturn void db_bug(const struct db *db, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_error("bug in the use of the %s database: %s", db->schema->name,
		  text);
	abort();
}

/* ---- turn and latch ---- */

/* Who met the trouble trusts none of his pages again: once somebody has
 * released the latch he opens the file anew. A latch that could not be written
 * nobody can release; then he stays halted for good. */
static enum err trust_again(struct db *db)
{
	if (!db->latched || db->active > 0 || db->reading ||
	    halt_is_set(db->path))
		return db_fail(db, ERR_HALTED, "the data folder is halted");
	return db_reopen(db);
}

enum err db_turn_take(struct db *db)
{
	char holder[64];
	enum err e = db->halted ? trust_again(db) : OK;

	if (e != OK)
		return e;
	if (db->turn == NULL)
		return OK;
	e = turnstile_enter(db->turn, db->turn_ms);
	if (e == ERR_BUSY) {
		turnstile_holder(db->turn, holder, sizeof(holder));
		return db_fail(db, e, "no write turn in %d ms; holder: %s",
			       (int)db->turn_ms, holder[0] ? holder : "none");
	}
	if (e != OK)
		return db_fail(db, e, "no write turn: %s", strerror(errno));
	if (halt_is_set(db->path)) {
		turnstile_leave(db->turn);
		return db_fail(db, ERR_HALTED, "the data folder is halted");
	}
	return OK;
}

void db_turn_leave(struct db *db)
{
	if (db->turn != NULL)
		turnstile_leave(db->turn);
}

enum err db_latch_on(struct db *db, enum err e)
{
	bool inside = db->begin_file != NULL;

	if ((e != ERR_IO && e != ERR_CORRUPT) || db->halted)
		return e;
	db->halted = true;
	if (db->in_memory)
		return e;
	/* Under WRITE nobody stands between his look and his commit. When the
	 * turn does not come, a late latch is better than none. */
	if (!inside && db->turn != NULL &&
	    turnstile_enter(db->turn, LATCH_TURN_MS) != OK)
		inside = true;
	halt_set(db->path, db->owner, db->message);
	db->latched = halt_is_set(db->path);
	if (!inside)
		db_turn_leave(db);
	return e;
}

/* ---- transactions ---- */

static void check_nothing_open(struct db *db, const char *what,
			       const char *file, int line)
{
	if (db->active == 0)
		return;
	for (int i = 0; i < db->schema->statement_count; i++)
		if (db->stmt[i].active)
			db_bug(db, "%s at %s:%d while statement %d is open",
			       what, file, line, i);
}

static void transaction_end(struct db *db)
{
	db->begin_file = NULL;
	db_turn_leave(db);
}

enum err db_begin_at(struct db *db, const char *file, int line)
{
	enum err e;

	if (db->begin_file != NULL)
		db_bug(db, "begin at %s:%d inside the one begun at %s:%d", file,
		       line, db->begin_file, db->begin_line);
	if (db->reading)
		db_bug(db, "begin at %s:%d inside a read transaction", file,
		       line);
	check_nothing_open(db, "begin", file, line);
	if (db->mode == DB_READ_ONLY)
		return db_fail(db, ERR_DENIED, "opened read-only");
	e = db_turn_take(db);
	if (e != OK)
		return e;
	db->begin_file = file;
	db->begin_line = line;
	db->broken = OK;
	if (db->durable != db->durable_now) {
		e = db->driver->set_durable(db, db->durable);
		if (e == OK)
			db->durable_now = db->durable;
	}
	if (e == OK)
		e = db->driver->begin(db);
	if (e != OK) {
		db_latch_on(db, e);
		transaction_end(db);
	}
	return e;
}

enum err db_commit(struct db *db)
{
	enum err e;

	if (db->begin_file == NULL)
		db_bug(db, "commit without begin");
	check_nothing_open(db, "commit of", db->begin_file, db->begin_line);
	e = db->broken;
	if (e == OK)
		e = db->driver->commit(db);
	if (e != OK) {
		db->driver->rollback(db);
		db_latch_on(db, e);
	}
	transaction_end(db);
	return e;
}

static void end_statements(struct db *db)
{
	for (int i = 0; db->active > 0 && i < db->schema->statement_count; i++)
		db_done(&db->stmt[i]);
}

void db_rollback(struct db *db)
{
	if (db->begin_file == NULL)
		return;
	end_statements(db);
	db->driver->rollback(db);
	transaction_end(db);
}

bool db_in_transaction(const struct db *db)
{
	return db->begin_file != NULL;
}

static enum err mark(struct db *db, enum err (*act)(struct db *db))
{
	if (db->begin_file == NULL)
		db_bug(db, "a mark outside a transaction");
	if (db->broken == OK)
		db->broken = db_latch_on(db, act(db));
	return db->broken;
}

enum err db_mark(struct db *db)
{
	return mark(db, db->driver->mark);
}

enum err db_mark_keep(struct db *db)
{
	check_nothing_open(db, "end of a mark in", db->begin_file,
			   db->begin_line);
	return mark(db, db->driver->mark_keep);
}

enum err db_mark_undo(struct db *db)
{
	char kept[sizeof(db->message)];
	enum err e;

	/* Why it is undone matters more than how that went. */
	memcpy(kept, db->message, sizeof(kept));
	end_statements(db);
	e = mark(db, db->driver->mark_undo);
	if (e == OK)
		memcpy(db->message, kept, sizeof(kept));
	return e;
}

void db_set_durable(struct db *db, bool durable)
{
	db->durable = durable;
}

enum err db_begin_read(struct db *db)
{
	enum err e;

	if (db->reading || db->begin_file != NULL)
		db_bug(db, "a read transaction inside another one");
	e = db->driver->begin_read(db);
	db->reading = e == OK;
	return e;
}

bool db_reading(const struct db *db)
{
	return db->reading;
}

void db_end_read(struct db *db)
{
	if (!db->reading)
		return;
	check_nothing_open(db, "end of reading", __FILE__, __LINE__);
	db->reading = false;
	db->driver->rollback(db);
}

/*
 * The one shape of every statement (db.h): bind, step, read, reset.
 *
 * Always holds: the first failure since db_bind_start() stays and stops the
 * statement, so a caller looks once, after db_step(). A transaction that the
 * database gave up half way takes no further statement.
 */
#include "db.h"

#include <string.h>

#include "../base/clock.h"
#include "../base/strbuf.h"
#include "db_driver.h"

/* Damage latches whoever sees it. So does a disk error inside a write
 * transaction: one that outgrows the cache writes, and begins the WAL with a
 * sync, long before its commit. */
static enum err latch_on(struct db *db, enum err e)
{
	if (e == ERR_CORRUPT || (e == ERR_IO && db->begin_file != NULL))
		db_latch_on(db, e);
	return e;
}

struct db_stmt *db_bind_start(struct db *db, int statement)
{
	struct db_stmt *s;

	if (statement < 0 || statement >= db->schema->statement_count)
		db_bug(db, "no statement %d", statement);
	s = &db->stmt[statement];
	db_done(s);
	s->error = OK;
	s->deadline_ms = 0;
	if (s->compiled == NULL)
		s->error = latch_on(
			db, db->driver->compile(
				    s, db->schema->statement[statement]));
	else
		db->driver->clear(s);
	return s;
}

static void keep_first(struct db_stmt *s, enum err e)
{
	if (s->error == OK)
		s->error = e;
}

void db_bind_int(struct db_stmt *s, int position, int64_t value)
{
	if (s->compiled != NULL)
		keep_first(s, s->db->driver->bind_int(s, position, value));
}

void db_bind_text(struct db_stmt *s, int position, const char *text)
{
	if (s->compiled != NULL && text != NULL)
		keep_first(s, s->db->driver->bind_text(s, position, text));
}

void db_bind_blob(struct db_stmt *s, int position, const void *b, size_t n)
{
	if (s->compiled != NULL && b != NULL)
		keep_first(s, s->db->driver->bind_blob(s, position, b, n));
}

void db_bind_null(struct db_stmt *s, int position)
{
	if (s->compiled != NULL)
		keep_first(s, s->db->driver->bind_text(s, position, NULL));
}

void db_bind_int_or_null(struct db_stmt *s, int position, int64_t value)
{
	if (value != 0)
		db_bind_int(s, position, value);
}

void db_bind_text_or_null(struct db_stmt *s, int position, const char *text)
{
	if (text != NULL && text[0] != '\0')
		db_bind_text(s, position, text);
}

/* May this statement run now, and until when? */
static void step_first(struct db_stmt *s)
{
	struct db *db = s->db;

	if (s->writes && db->begin_file == NULL)
		db_bug(db, "statement %d writes outside a transaction", s->id);
	if (db->begin_file != NULL)
		keep_first(s, db->broken);
	else if (db->read_ms > 0)
		s->deadline_ms = world_mono_ms(&world_real) + db->read_ms;
}

static void step_failed(struct db_stmt *s, enum err e)
{
	struct db *db = s->db;

	s->error = e;
	db_done(s);
	(void)latch_on(db, e);
	/* Some failures take the whole transaction along. What came after
	 * would be committed on its own. */
	if (db->begin_file != NULL && db->broken == OK &&
	    !db->driver->in_transaction(db))
		db->broken = e;
}

enum db_step db_step(struct db_stmt *s)
{
	enum err e;

	if (s->error == OK && !s->active)
		step_first(s);
	if (s->error != OK)
		return DB_ERROR;
	/* Of this step alone: what begins a transaction, ends one or compiles
	 * has none, and would be stopped by one that has passed. */
	s->db->deadline_ms = s->deadline_ms;
	e = s->db->driver->step(s);
	s->db->deadline_ms = 0;
	if (e == OK) {
		if (!s->active)
			s->db->active++;
		s->active = true;
		return DB_ROW;
	}
	if (e == ERR_NOT_FOUND) {
		db_done(s);
		return DB_DONE;
	}
	step_failed(s, e);
	return DB_ERROR;
}

void db_done(struct db_stmt *s)
{
	if (s->compiled != NULL)
		s->db->driver->reset(s);
	if (s->active)
		s->db->active--;
	s->active = false;
}

enum err db_error(const struct db_stmt *s)
{
	return s->error;
}

bool db_is_null(struct db_stmt *s, int column)
{
	return s->db->driver->is_null(s, column);
}

int64_t db_int(struct db_stmt *s, int column)
{
	return s->db->driver->get_int(s, column);
}

char *db_text(struct db_stmt *s, int column, struct arena *a)
{
	size_t n;
	const char *text = s->db->driver->get_text(s, column, &n);

	return text == NULL ? NULL : arena_dup_n(a, text, n);
}

void db_text_into(struct db_stmt *s, int column, char *field, size_t size)
{
	size_t n;
	const char *text = s->db->driver->get_text(s, column, &n);

	if (text == NULL)
		field[0] = '\0';
	else if (n < size)
		memcpy(field, text, n + 1);
	else
		(void)str_copy(field, size, text);
}

void db_blob_into(struct db_stmt *s, int column, void *bytes, size_t size)
{
	size_t n;
	const void *b = s->db->driver->get_blob(s, column, &n);

	if (b != NULL && n == size)
		memcpy(bytes, b, size);
	else
		memset(bytes, 0, size);
}

enum err db_run(struct db_stmt *s, int64_t *ret_changes)
{
	enum db_step step = db_step(s);

	if (step == DB_ROW)
		db_bug(s->db, "statement %d returns rows", s->id);
	if (step == DB_ERROR)
		return s->error;
	if (ret_changes != NULL)
		*ret_changes = s->db->driver->changes(s->db);
	return OK;
}

enum err db_one(struct db_stmt *s)
{
	switch (db_step(s)) {
	case DB_ROW:
		return OK;
	case DB_DONE:
		return ERR_NOT_FOUND;
	case DB_ERROR:
		break;
	}
	return s->error;
}

int64_t db_last_id(struct db *db)
{
	return db->driver->last_id(db);
}

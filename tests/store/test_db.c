/*
 * The front door: one shape for every statement, who may write and when,
 * migrations, and what a mistake in the program is told. With a schema of its
 * own, so that nothing here rests on Mend's tables.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

enum { PUT, GET, ALL, ADD, WRONG, SLOW, COUNT };

#define SLOW_SQL                                                               \
	"WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1"             \
	" FROM c WHERE i < ?1) SELECT max(i) FROM c"

static const char *const statements[] = {
	[PUT] = "INSERT INTO thing (id, n, t, b) VALUES (?1, ?2, ?3, ?4)",
	[GET] = "SELECT n, t, b FROM thing WHERE id = ?1",
	[ALL] = "SELECT id FROM thing ORDER BY id",
	[ADD] = "UPDATE thing SET n = n + ?2 WHERE id = ?1 RETURNING n",
	[WRONG] = "SELECT x FROM nowhere",
	[SLOW] = SLOW_SQL,
};

static const struct db_migration migrations[] = {
	{1, "one",
	 "CREATE TABLE thing (id INTEGER PRIMARY KEY, n INTEGER, t TEXT,"
	 " b BLOB, CHECK (n <> 13)) STRICT;"},
	{2, "two", "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;"},
	{3, "broken",
	 "CREATE TABLE half (id INTEGER PRIMARY KEY) STRICT; NONSENSE;"},
	{0, NULL, NULL},
};

static struct db_schema schema_to(int version)
{
	return (struct db_schema){
		.name = "thing",
		.statement = statements,
		.statement_count = WRONG, /* those that compile */
		.migration = migrations,
		.migration_count = version,
	};
}

static struct db *open_things(struct fixture *f, enum db_mode mode,
			      const struct db_schema *schema, int64_t read_ms)
{
	struct db_options o = fixture_options(f, mode);
	struct db *db = NULL;
	char path[128];

	fixture_path(f, f->place->file ? "-things" : "", path);
	o.path = path;
	o.schema = schema;
	o.read_ms = read_ms;
	assert_ok(db_open(&o, &db));
	return db;
}

static enum err put(struct db *db, int64_t id, int64_t n, const char *text)
{
	struct db_stmt *s = db_bind_start(db, PUT);

	db_bind_int(s, 1, id);
	db_bind_int(s, 2, n);
	db_bind_text(s, 3, text);
	return db_run(s, NULL);
}

static int64_t get(struct db *db, int64_t id)
{
	struct db_stmt *s = db_bind_start(db, GET);
	int64_t n = -1;

	db_bind_int(s, 1, id);
	if (db_one(s) == OK) {
		n = db_int(s, 0);
		db_done(s);
	}
	return n;
}

/* ---- statements ---- */

static void test_what_is_bound_is_read(void **state)
{
	static const uint8_t blob[4] = {1, 0, 2, 3};
	struct fixture *f = *state;
	struct db_schema schema = schema_to(1);
	struct db *db = open_things(f, DB_MIGRATE, &schema, 0);
	struct db_stmt *s;
	uint8_t bytes[4];
	char field[4];

	assert_ok(db_begin(db));
	s = db_bind_start(db, PUT);
	db_bind_int(s, 1, 1);
	db_bind_int(s, 2, INT64_MIN);
	db_bind_text(s, 3, "zw\xc3\xb6lf");
	db_bind_blob(s, 4, blob, sizeof(blob));
	assert_ok(db_run(s, NULL));
	s = db_bind_start(db, PUT); /* nothing stays bound from before */
	assert_ok(db_run(s, NULL));
	assert_int_equal(db_last_id(db), 2);
	s = db_bind_start(db, PUT);
	db_bind_int_or_null(s, 2, 0);
	db_bind_text_or_null(s, 3, "");
	db_bind_blob(s, 4, NULL, 4);
	assert_ok(db_run(s, NULL));
	s = db_bind_start(db, PUT);
	db_bind_int_or_null(s, 2, 7);
	db_bind_text(s, 3, "x");
	db_bind_null(s, 3);
	assert_ok(db_run(s, NULL));
	assert_ok(db_commit(db));

	s = db_bind_start(db, GET);
	db_bind_int(s, 1, 1);
	assert_ok(db_one(s));
	assert_true(db_int(s, 0) == INT64_MIN);
	assert_string_equal(db_text(s, 1, &f->arena), "zw\xc3\xb6lf");
	DB_TEXT_INTO(s, 1, field); /* cut between characters */
	assert_string_equal(field, "zw");
	db_blob_into(s, 2, bytes, sizeof(bytes));
	assert_memory_equal(bytes, blob, sizeof(bytes));
	db_blob_into(s, 2, bytes, 3); /* another length: nothing */
	assert_int_equal(bytes[0], 0);
	db_done(s);
	for (int id = 2; id <= 3; id++) {
		s = db_bind_start(db, GET);
		db_bind_int(s, 1, id);
		assert_ok(db_one(s));
		assert_true(db_is_null(s, 0) && db_is_null(s, 1));
		assert_int_equal(db_int(s, 0), 0);
		assert_null(db_text(s, 1, &f->arena));
		DB_TEXT_INTO(s, 1, field);
		assert_string_equal(field, "");
		db_blob_into(s, 2, bytes, sizeof(bytes));
		assert_int_equal(bytes[3], 0);
		db_done(s);
	}
	assert_int_equal(get(db, 4), 7);
	assert_int_equal(get(db, 5), -1);
	db_close(db);
}

static void test_rows_and_answers(void **state)
{
	struct fixture *f = *state;
	struct db_schema schema = schema_to(1);
	struct db *db = open_things(f, DB_MIGRATE, &schema, 0);
	struct db_stmt *s;
	int64_t changes = -1;

	assert_ok(db_begin(db));
	for (int i = 1; i <= 3; i++)
		assert_ok(put(db, i, i, "x"));
	s = db_bind_start(db, ADD);
	db_bind_int(s, 1, 3);
	db_bind_int(s, 2, 4);
	assert_ok(db_one(s));
	assert_int_equal(db_int(s, 0), 7);
	db_done(s);
	s = db_bind_start(db, ADD);
	db_bind_int(s, 1, 9);
	assert_err(db_one(s), ERR_NOT_FOUND);
	assert_err(put(db, 1, 1, "again"), ERR_CONSTRAINT);
	assert_non_null(strstr(db_message(db), "thing"));
	assert_err(put(db, 4, 13, "unlucky"), ERR_CONSTRAINT);
	s = db_bind_start(db, PUT);
	db_bind_int(s, 1, 5);
	assert_ok(db_run(s, &changes));
	assert_int_equal(changes, 1);
	assert_ok(db_commit(db)); /* a refused row spoils no other */
	assert_int_equal(get(db, 3), 7);

	s = db_bind_start(db, ALL);
	for (int i = 1; i <= 2; i++) {
		assert_int_equal(db_step(s), DB_ROW);
		assert_int_equal(db_int(s, 0), i);
	}
	db_done(s); /* an early stop */
	s = db_bind_start(db, ALL);
	assert_int_equal(db_step(s), DB_ROW);
	assert_int_equal(db_int(s, 0), 1);
	s = db_bind_start(db, ALL); /* and one by starting anew */
	assert_int_equal(db_step(s), DB_ROW);
	db_done(s);
	assert_ok(db_begin(db)); /* nothing is left open */
	db_rollback(db);
	db_rollback(db);
	db_close(db);
}

static void test_a_failure_stays_with_its_statement(void **state)
{
	struct fixture *f = *state;
	struct db_schema schema = schema_to(1);
	struct db_stmt *s;
	struct db *db;

	schema.statement_count = COUNT;
	db = open_things(f, DB_MIGRATE, &schema, 0);
	assert_err(db_prepare_all(db), ERR_SCHEMA);
	s = db_bind_start(db, WRONG);
	db_bind_int(s, 1, 1); /* binding to what did not compile is harmless */
	assert_int_equal(db_step(s), DB_ERROR);
	assert_int_equal(db_error(s), ERR_SCHEMA);
	assert_non_null(strstr(db_message(db), "nowhere"));
	s = db_bind_start(db, GET);
	db_bind_int(s, 9, 1); /* there is no ?9 */
	db_bind_int(s, 1, 1);
	assert_err(db_one(s), ERR_INVALID);
	assert_int_equal(get(db, 1), -1);
	db_close(db);
}

static void test_long_reads_end(void **state)
{
	struct fixture *f = *state;
	struct db_schema schema = schema_to(1);
	struct db_stmt *s;
	struct db *db;
	int i;

	schema.statement_count = COUNT;
	db = open_things(f, DB_MIGRATE, &schema, 50);
	s = db_bind_start(db, SLOW);
	db_bind_int(s, 1, 1000000000);
	assert_err(db_one(s), ERR_TIMEOUT);
	/* Its time is not that of what begins and ends transactions, however
	 * many: SQLite looks at the clock after so many steps of them all. */
	for (i = 0; i < 2000; i++) {
		assert_ok(db_begin_read(db));
		db_end_read(db);
	}
	s = db_bind_start(db, SLOW);
	db_bind_int(s, 1, 10);
	assert_ok(db_one(s));
	db_done(s);
	/* Not while writing: a plan is written whole. */
	assert_ok(db_begin(db));
	s = db_bind_start(db, SLOW);
	db_bind_int(s, 1, 2000000);
	assert_ok(db_one(s));
	db_done(s);
	assert_ok(db_commit(db));
	db_close(db);
}

/* ---- transactions ---- */

static void test_rollback_and_close_keep_nothing(void **state)
{
	struct fixture *f = *state;
	struct db_schema schema = schema_to(1);
	struct db *db = open_things(f, DB_MIGRATE, &schema, 0), *other;

	assert_ok(db_begin(db));
	assert_true(db_in_transaction(db));
	assert_ok(put(db, 1, 1, "x"));
	db_rollback(db);
	assert_false(db_in_transaction(db));
	assert_int_equal(get(db, 1), -1);
	if (f->place->file) {
		assert_ok(db_begin(db));
		assert_ok(put(db, 1, 1, "x"));
		db_close(db);
		db = open_things(f, DB_READ_WRITE, &schema, 0);
		assert_int_equal(get(db, 1), -1);
		other = open_things(f, DB_READ_WRITE, &schema, 0);
		assert_ok(db_begin(other)); /* the turn is free again */
		db_rollback(other);
		db_close(other);
	}
	db_close(db);
	db_close(NULL);
}

static void test_a_mark_takes_back_what_came_after(void **state)
{
	struct fixture *f = *state;
	struct db_schema schema = schema_to(1);
	struct db *db = open_things(f, DB_MIGRATE, &schema, 0);

	assert_ok(db_begin(db));
	assert_ok(put(db, 1, 1, "before"));
	assert_ok(db_mark(db));
	assert_ok(put(db, 2, 2, "undone"));
	assert_int_equal(put(db, 3, 13, "refused"), ERR_CONSTRAINT);
	assert_ok(db_mark_undo(db));
	assert_non_null(strstr(db_message(db), "statement")); /* kept */
	assert_ok(db_mark(db));
	assert_ok(put(db, 3, 3, "kept"));
	assert_ok(db_mark_keep(db));
	assert_ok(db_commit(db));
	assert_int_equal(get(db, 1), 1);
	assert_int_equal(get(db, 2), -1);
	assert_int_equal(get(db, 3), 3);
	db_close(db);
}

static void test_durable_off_and_on(void **state)
{
	struct fixture *f = *state;
	struct db_schema schema = schema_to(1);
	struct db *db = open_things(f, DB_MIGRATE, &schema, 0);

	for (int i = 1; i <= 4; i++) {
		db_set_durable(db, i % 2 == 0);
		assert_ok(db_begin(db));
		assert_ok(put(db, i, i, "x"));
		assert_ok(db_commit(db));
	}
	assert_int_equal(get(db, 4), 4);
	db_close(db);
}

/* Somebody with a tool of his own, who knows nothing of turns: what we have
 * read since we began stays true until we commit. */
static void test_a_stranger_cannot_write_inside(void **state)
{
	struct fixture *f = *state;
	struct db_schema schema = schema_to(1);
	struct db *db = open_things(f, DB_MIGRATE, &schema, 0);
	sqlite3 *stranger = NULL;
	char path[128];

	fixture_path(f, "-things", path);
	assert_int_equal(sqlite3_open(path, &stranger), SQLITE_OK);
	assert_ok(db_begin(db));
	assert_int_equal(get(db, 1), -1);
	assert_int_equal(
		sqlite3_exec(stranger, "BEGIN IMMEDIATE", NULL, NULL, NULL),
		SQLITE_BUSY);
	assert_ok(put(db, 1, 5, "x"));
	assert_ok(db_commit(db));
	assert_int_equal(sqlite3_exec(stranger, "BEGIN IMMEDIATE; ROLLBACK",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(stranger);
	db_close(db);
}

static void test_a_view_does_not_move(void **state)
{
	struct fixture *f = *state;
	struct db_schema schema = schema_to(1);
	struct db *a = open_things(f, DB_MIGRATE, &schema, 0);
	struct db *b = open_things(f, DB_READ_WRITE, &schema, 0);
	struct db *r = open_things(f, DB_READ_ONLY, &schema, 0);

	assert_true(db_changed(b)); /* the first time, to be sure */
	assert_false(db_changed(b));
	assert_ok(db_begin_read(r));
	assert_true(db_reading(r));
	assert_int_equal(get(r, 1), -1);
	assert_ok(db_begin(a));
	assert_ok(put(a, 1, 5, "x"));
	assert_int_equal(get(r, 1), -1);
	assert_ok(db_commit(a));
	assert_int_equal(get(r, 1), -1);
	db_end_read(r);
	db_end_read(r);
	assert_int_equal(get(r, 1), 5);
	assert_true(db_changed(b));
	assert_false(db_changed(b));
	assert_err(db_begin(r), ERR_DENIED);
	db_close(r);
	db_close(b);
	db_close(a);
}

/* ---- mistakes ---- */

static void nested_begin(void *context)
{
	struct db *db = context;

	if (db_begin_at(db, "first.c", 11) == OK &&
	    db_begin_at(db, "second.c", 22) == OK)
		_exit(1);
}

static void begin_over_a_row(void *context)
{
	struct db *db = context;
	struct db_stmt *s = db_bind_start(db, ALL);

	if (db_step(s) == DB_ROW && db_begin_at(db, "first.c", 11) == OK)
		_exit(1);
}

static void begin_in_a_view(void *context)
{
	struct db *db = context;

	if (db_begin_read(db) == OK && db_begin_at(db, "first.c", 11) == OK)
		_exit(1);
}

static void stray_write(void *context)
{
	if (put(context, 9, 9, "x") == OK)
		_exit(1);
}

static void stray_commit(void *context)
{
	if (db_commit(context) == OK)
		_exit(1);
}

static void checkpoint_inside(void *context)
{
	struct db *db = context;

	if (db_begin_at(db, "first.c", 11) == OK &&
	    db_checkpoint(db, NULL) == OK)
		_exit(1);
}

static void test_mistakes_abort_and_name_the_place(void **state)
{
	struct fixture *f = *state;
	struct db_schema schema = schema_to(1);
	struct db *db = open_things(f, DB_MIGRATE, &schema, 0);

	assert_ok(db_begin(db));
	assert_ok(put(db, 1, 1, "x"));
	assert_ok(db_commit(db));
	fixture_assert_aborts(nested_begin, db, "first.c:11", "second.c:22");
	fixture_assert_aborts(begin_over_a_row, db, "first.c:11",
			      "statement 2");
	fixture_assert_aborts(begin_in_a_view, db, "first.c:11", "read");
	fixture_assert_aborts(stray_write, db, "statement 0", "outside");
	fixture_assert_aborts(stray_commit, db, "commit", "thing");
	fixture_assert_aborts(checkpoint_inside, db, "first.c:11",
			      "checkpoint");
	assert_ok(db_begin(db));
	db_rollback(db);
	db_close(db);
}

/* ---- migrations ---- */

static void test_migrates_forward_and_says_when_not(void **state)
{
	struct fixture *f = *state;
	struct db_schema one = schema_to(1), two = schema_to(2), three;
	struct db_options o = fixture_options(f, DB_READ_WRITE);
	struct db *db = NULL;
	char path[128];

	fixture_path(f, "-things", path);
	o.path = path;
	o.schema = &one;
	assert_err(db_open(&o, &db), ERR_SCHEMA); /* there is no file */
	assert_non_null(strstr(db_message(NULL), "No such file"));
	assert_int_not_equal(access(path, F_OK), 0);

	db = open_things(f, DB_MIGRATE, &one, 0);
	assert_int_equal(db_version(db), 1);
	assert_ok(db_begin(db));
	assert_ok(put(db, 1, 1, "kept"));
	assert_ok(db_commit(db));
	db_close(db);
	db = open_things(f, DB_READ_WRITE, &one, 0);
	db_close(db);

	o.schema = &two;
	assert_err(db_open(&o, &db), ERR_SCHEMA); /* too old */
	o.mode = DB_READ_ONLY;
	assert_err(db_open(&o, &db), ERR_SCHEMA);
	db = open_things(f, DB_MIGRATE, &two, 0);
	assert_int_equal(db_version(db), 2);
	assert_int_equal(get(db, 1), 1);
	db_close(db);
	o.schema = &one;
	assert_err(db_open(&o, &db), ERR_SCHEMA); /* too new */
	o.mode = DB_MIGRATE;
	assert_err(db_open(&o, &db), ERR_SCHEMA);

	/* One that fails half way leaves the version before. */
	three = schema_to(3);
	o.schema = &three;
	assert_err(db_open(&o, &db), ERR_SCHEMA);
	db = open_things(f, DB_READ_WRITE, &two, 0);
	assert_int_equal(get(db, 1), 1);
	db_close(db);
}

static void test_a_list_of_migrations_may_end_by_itself(void **state)
{
	static const struct db_migration until_zero[] = {
		{1, "one", "CREATE TABLE thing (id INTEGER PRIMARY KEY);"},
		{0, NULL, NULL},
	};
	struct fixture *f = *state;
	struct db_schema s = {.name = "thing",
			      .statement = statements,
			      .migration = until_zero};
	struct db *db = open_things(f, DB_MIGRATE, &s, 0);

	assert_int_equal(db_version(db), 1);
	db_close(db);
}

static void test_what_is_no_database(void **state)
{
	struct fixture *f = *state;
	struct db_options o = fixture_options(f, DB_READ_WRITE);
	struct db *db = NULL;
	char path[128];
	FILE *file;

	fixture_path(f, "-garbage", path);
	file = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database ", file);
	fclose(file);
	o.path = path;
	assert_err(db_open(&o, &db), ERR_CORRUPT);
	assert_string_not_equal(db_message(NULL), "");
	o.path = "/nonexistent/mend.db";
	o.mode = DB_MIGRATE;
	assert_err(db_open(&o, &db), ERR_SYSTEM);
}

static int mode_of(const struct fixture *f, const char *suffix)
{
	char path[128];
	struct stat st;

	fixture_path(f, suffix, path);
	assert_int_equal(stat(path, &st), 0);
	return (int)(st.st_mode & 0777);
}

static void test_files_are_for_owner_and_group(void **state)
{
	struct fixture *f = *state;
	struct db_schema schema = schema_to(1);
	mode_t before = umask(0007);
	struct db *db = open_things(f, DB_MIGRATE, &schema, 0);

	umask(before);
	assert_ok(db_begin(db));
	assert_ok(put(db, 1, 1, "x"));
	assert_ok(db_commit(db));
	assert_int_equal(mode_of(f, "-things"), 0660);
	assert_int_equal(mode_of(f, "-things-wal"), 0660);
	assert_int_equal(mode_of(f, "-things-shm"), 0660);
	assert_int_equal(mode_of(f, "-things-queue"), 0660);
	assert_int_equal(mode_of(f, "-things-write"), 0660);
	db_close(db);
	/* Nobody checkpoints at close: only the engine does. */
	assert_int_equal(mode_of(f, "-things-wal"), 0660);
}

/* ---- upkeep ---- */

static void test_checkpoints(void **state)
{
	struct fixture *f = *state;
	struct db_schema schema = schema_to(1);
	struct db *db = open_things(f, DB_MIGRATE, &schema, 0);
	struct db *r = open_things(f, DB_READ_ONLY, &schema, 0);
	int64_t bytes = -1;

	assert_ok(db_begin(db));
	for (int i = 1; i <= 2000; i++)
		assert_ok(put(db, i, 1, "a text that fills some pages"));
	assert_ok(db_commit(db));
	assert_true(db_wal_frames(db) > 10);
	assert_ok(db_checkpoint(db, &bytes));
	assert_int_equal(db_wal_frames(db), 0);
	assert_true(bytes > 0);
	/* A reader holds it up, which is no failure. */
	assert_ok(db_begin_read(r));
	assert_int_equal(get(r, 1), 1);
	assert_ok(db_begin(db));
	assert_ok(put(db, 3000, 1, "x"));
	assert_ok(db_commit(db));
	assert_ok(db_checkpoint(db, NULL));
	assert_int_equal(get(r, 3000), -1);
	db_end_read(r);
	assert_int_equal(get(r, 3000), 1);
	assert_ok(db_verify(db));
	assert_ok(db_set_cache(db, 8000));
	db_close(r);
	db_close(db);
}

static void test_a_large_wal_is_cut(void **state)
{
	struct fixture *f = *state;
	struct db_schema schema = schema_to(1);
	struct db *db = open_things(f, DB_MIGRATE, &schema, 0);
	char *big = malloc(1 << 20);
	int64_t bytes = -1;

	memset(big, 'x', (1 << 20) - 1);
	big[(1 << 20) - 1] = '\0';
	for (int i = 1; i <= 40; i++) {
		assert_ok(db_begin(db));
		assert_ok(put(db, i, 40, big));
		assert_ok(db_commit(db));
	}
	assert_ok(db_checkpoint(db, &bytes));
	assert_int_equal(bytes, 0);
	assert_int_equal(get(db, 40), 40);
	free(big);
	db_close(db);
}

static void test_a_copy_is_whole_and_new(void **state)
{
	struct fixture *f = *state;
	struct db_schema schema = schema_to(1);
	struct db *db = open_things(f, DB_MIGRATE, &schema, 0), *copy = NULL;
	struct db_options o = fixture_options(f, DB_READ_WRITE);
	char path[128];

	assert_ok(db_begin(db));
	assert_ok(put(db, 1, 7, "x"));
	assert_ok(db_commit(db));
	fixture_path(f, "-copy", path);
	assert_ok(db_backup(db, path));
	assert_err(db_backup(db, path), ERR_CONFLICT);
	assert_err(db_backup(db, "/nonexistent/copy"), ERR_SYSTEM);
	db_close(db);
	/* Migration turns it into a database that others may open. */
	o.path = path;
	o.schema = &schema;
	assert_err(db_open(&o, &copy), ERR_SCHEMA);
	o.mode = DB_MIGRATE;
	assert_ok(db_open(&o, &copy));
	assert_int_equal(get(copy, 1), 7);
	assert_ok(db_verify(copy));
	db_close(copy);
	o.mode = DB_READ_WRITE;
	assert_ok(db_open(&o, &copy));
	db_close(copy);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		FIXTURE_TEST(test_what_is_bound_is_read),
		FIXTURE_TEST(test_rows_and_answers),
		FIXTURE_TEST(test_a_failure_stays_with_its_statement),
		FIXTURE_TEST(test_long_reads_end),
		FIXTURE_TEST(test_rollback_and_close_keep_nothing),
		FIXTURE_TEST(test_a_mark_takes_back_what_came_after),
		FIXTURE_TEST(test_durable_off_and_on),
		FIXTURE_TEST(test_mistakes_abort_and_name_the_place),
	};
	const struct CMUnitTest files[] = {
		FIXTURE_TEST(test_a_stranger_cannot_write_inside),
		FIXTURE_TEST(test_a_view_does_not_move),
		FIXTURE_TEST(test_migrates_forward_and_says_when_not),
		FIXTURE_TEST(test_a_list_of_migrations_may_end_by_itself),
		FIXTURE_TEST(test_what_is_no_database),
		FIXTURE_TEST(test_files_are_for_owner_and_group),
		FIXTURE_TEST(test_checkpoints),
		FIXTURE_TEST(test_a_large_wal_is_cut),
		FIXTURE_TEST(test_a_copy_is_whole_and_new),
	};

	return FIXTURE_RUN("front door", all, false) +
	       FIXTURE_RUN("front door, files", files, true);
}

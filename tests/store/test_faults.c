/*
 * Disks that fail and fill up: what latches the data folder, what does not, and
 * that nothing is kept of a transaction that was not acknowledged.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/store/case_store.h"
#include "engine/store/halt.h"
#include "fault.h"
#include "fixture.h"

#define NOW_MS 1800000000000

static struct db *open_faulty(struct fixture *f)
{
	struct db_options o = fixture_options(f, DB_READ_WRITE);
	struct db *db = NULL;

	fault_register();
	fault_clear();
	o.vfs = "fault";
	assert_ok(db_open(&o, &db));
	return db;
}

static bool order_is_there(struct fixture *f, const char *order_id)
{
	struct run r;
	enum err e = run_open_of_order(f->db, order_id, &r);

	assert_true(e == OK || e == ERR_NOT_FOUND);
	return e == OK;
}

/* One run, its commit under the fault. */
static enum err write_one(struct db *db, const char *order_id)
{
	struct run r = fixture_run_of(order_id);
	enum err e = db_begin(db);

	if (e != OK)
		return e;
	e = run_insert(db, &r);
	if (e != OK) {
		db_rollback(db);
		return e;
	}
	return db_commit(db);
}

static void assert_latched(struct fixture *f, struct db *db, const char *why)
{
	char text[400];
	struct run r;

	assert_true(halt_is_set(f->path));
	halt_reason(f->path, text, sizeof(text));
	assert_non_null(strstr(text, "test["));
	assert_non_null(strstr(text, why));
	/* Everybody, not only who saw it; and reading goes on. */
	fault_clear();
	assert_err(write_one(db, "LATER"), ERR_HALTED);
	assert_err(write_one(f->db, "LATER"), ERR_HALTED);
	assert_err(db_checkpoint(f->db, NULL), ERR_HALTED);
	assert_false(order_is_there(f, "LATER"));
	assert_ok(halt_release(f->path));
	assert_err(halt_release(f->path), ERR_NOT_FOUND);
	assert_ok(write_one(f->db, "LATER"));
	/* Who saw it goes on too, on pages that it has read anew. */
	assert_ok(db_begin(db));
	assert_ok(run_open_of_order(db, "LATER", &r));
	db_rollback(db);
}

struct latching {
	struct fault fault;
	const char *why;
};

static const struct latching latching[] = {
	{{FAULT_SYNC, "-wal", 0, SQLITE_IOERR_FSYNC, EIO, 0, false}, "COMMIT"},
	{{FAULT_WRITE, "-wal", 0, SQLITE_IOERR_WRITE, EIO, 0, false}, "COMMIT"},
	/* A failed fsync has lost pages, whatever its reason. */
	{{FAULT_SYNC, "-wal", 0, SQLITE_IOERR_FSYNC, ENOSPC, 0, false},
	 "COMMIT"},
};

static void test_io_errors_at_commit_latch(void **state)
{
	struct fixture *f = *state;
	char order[32];

	for (size_t i = 0; i < sizeof(latching) / sizeof(*latching); i++) {
		struct db *db = open_faulty(f);
		struct run r;

		snprintf(order, sizeof(order), "LOST-%d", (int)i);
		fault = latching[i].fault;
		assert_err(write_one(db, order), ERR_IO);
		assert_int_equal(fault.hits, 1);
		assert_false(db_in_transaction(db));
		assert_false(order_is_there(f, order));
		assert_latched(f, db, latching[i].why);
		db_close(db);
		assert_ok(run_open_of_order(f->db, "LATER", &r));
		r.state = RUN_CANCELED;
		r.due_ms = 0;
		r.closed_ms = NOW_MS;
		assert_ok(db_begin(f->db));
		assert_ok(run_update(f->db, &r));
		assert_ok(db_commit(f->db));
	}
}

/* Whoever waits for an answer waits for the disk; a claim does not. */
static void test_only_durable_commits_wait_for_the_disk(void **state)
{
	struct fixture *f = *state;
	struct db *db = open_faulty(f);

	assert_ok(write_one(db, "FIRST")); /* begins the WAL */
	fault = (struct fault){.operation = FAULT_SYNC,
			       .code = SQLITE_IOERR_FSYNC,
			       .number = EIO};
	db_set_durable(db, false);
	assert_ok(write_one(db, "CLAIM"));
	assert_int_equal(fault.hits, 0);
	db_set_durable(db, true);
	assert_err(write_one(db, "ANSWER"), ERR_IO);
	assert_int_equal(fault.hits, 1);
	db_close(db);
}

static void test_io_errors_at_checkpoint_latch(void **state)
{
	struct fixture *f = *state;
	struct db *db = open_faulty(f);

	assert_ok(write_one(db, "KEPT"));
	fault = (struct fault){.operation = FAULT_WRITE,
			       .suffix = "mend.db",
			       .code = SQLITE_IOERR_WRITE,
			       .number = EIO};
	assert_err(db_checkpoint(db, NULL), ERR_IO);
	assert_latched(f, db, "checkpoint");
	assert_true(order_is_there(f, "KEPT"));
	db_close(db);
}

/* More frames than one page of the -shm can index: it must grow. */
static enum err write_until_the_index_grows(struct fixture *f, struct db *db)
{
	struct run r = fixture_started(f, "LARGE");
	size_t size = (size_t)5000 * 4096;
	char *big = malloc(size);
	enum err e;

	memset(big, 'x', size - 1);
	big[size - 1] = '\0';
	assert_ok(db_set_cache(db, 64000)); /* all of it at the commit */
	assert_ok(db_begin(db));
	e = case_save(db, r.id, big, NOW_MS);
	if (e == OK)
		e = db_commit(db);
	else
		db_rollback(db);
	free(big);
	return e;
}

static void test_io_errors_at_the_index_latch(void **state)
{
	struct fixture *f = *state;
	struct db *db = open_faulty(f);

	fault = (struct fault){.operation = FAULT_SHM_MAP,
			       .code = SQLITE_IOERR_SHMMAP,
			       .number = EIO};
	assert_err(write_until_the_index_grows(f, db), ERR_IO);
	assert_true(fault.hits > 0);
	assert_latched(f, db, "COMMIT");
	db_close(db);
}

/* ---- full disks ---- */

static const struct fault full[] = {
	{FAULT_WRITE, "-wal", 0, SQLITE_FULL, ENOSPC, 0, false},
	{FAULT_WRITE, "-wal", 0, SQLITE_IOERR_WRITE, ENOSPC, 0, false},
	{FAULT_WRITE, "-wal", 0, SQLITE_IOERR_WRITE, EDQUOT, 0, false},
};

static void test_a_full_disk_does_not_latch(void **state)
{
	struct fixture *f = *state;
	struct db *db = open_faulty(f);
	char order[32];

	for (size_t i = 0; i < sizeof(full) / sizeof(*full); i++) {
		snprintf(order, sizeof(order), "ORDER-%d", (int)i);
		fault = full[i];
		assert_err(write_one(db, order), ERR_DISK_FULL);
		assert_int_equal(fault.hits, 1);
		assert_false(halt_is_set(f->path));
		assert_false(order_is_there(f, order));
		fault_clear(); /* somebody made room */
		assert_ok(write_one(db, order));
		assert_true(order_is_there(f, order));
	}
	db_close(db);
}

/* Growing the -shm on a full disk tells no reason: the room is looked at. */
static void test_full_while_the_index_grows(void **state)
{
	struct fixture *f = *state;
	struct db *db = open_faulty(f);

	fault = (struct fault){.operation = FAULT_SHM_MAP,
			       .code = SQLITE_IOERR_SHMSIZE,
			       .number = ENOSPC};
	assert_err(write_until_the_index_grows(f, db), ERR_DISK_FULL);
	assert_true(fault.hits > 0);
	assert_false(halt_is_set(f->path));
	fault_clear();
	assert_ok(write_one(db, "ORDER-1"));
	db_close(db);
}

/* A transaction larger than the cache meets the full disk before its commit.
 * SQLite then rolls back by itself, and what came after would stand alone. */
static void test_a_transaction_lost_half_way_takes_no_more(void **state)
{
	struct fixture *f = *state;
	struct db *db = open_faulty(f);
	struct run r = fixture_started(f, "ORDER-1"), late;
	char *big = malloc(100000);
	enum err e = OK;

	memset(big, 'x', 99999);
	big[99999] = '\0';
	assert_ok(db_set_cache(db, 40));
	fault = (struct fault){.operation = FAULT_WRITE,
			       .suffix = "-wal",
			       .code = SQLITE_FULL,
			       .number = ENOSPC};
	assert_ok(db_begin(db));
	for (int i = 0; i < 50 && e == OK; i++)
		e = case_save(db, r.id, big, i);
	assert_int_equal(e, ERR_DISK_FULL);
	fault_clear();
	late = fixture_run_of("LATE");
	assert_err(run_insert(db, &late), ERR_DISK_FULL);
	assert_err(db_commit(db), ERR_DISK_FULL);
	assert_false(order_is_there(f, "LATE"));
	assert_false(halt_is_set(f->path));
	assert_ok(write_one(db, "LATE"));
	free(big);
	db_close(db);
}

/* ---- damage ---- */

/* Overwrites the root of the table of runs, behind everybody's back. */
static void damage(struct fixture *f)
{
	sqlite3_stmt *s = NULL;
	sqlite3 *raw = NULL;
	char junk[4096];
	off_t page;
	int fd;

	assert_int_equal(sqlite3_open(f->path, &raw), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(raw,
					    "SELECT rootpage FROM"
					    " sqlite_schema WHERE name = 'run'",
					    -1, &s, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	page = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(raw);
	memset(junk, 0x5a, sizeof(junk));
	fd = open(f->path, O_RDWR);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), (page - 1) * 4096),
			 sizeof(junk));
	close(fd);
}

static void test_damage_seen_by_a_reader_latches(void **state)
{
	struct fixture *f = *state;
	struct db *db;
	struct run r;

	fixture_started(f, "ORDER-1");
	assert_ok(db_checkpoint(f->db, NULL));
	assert_ok(db_verify(f->db));
	damage(f);
	db = fixture_open(f, DB_READ_ONLY);
	assert_false(halt_is_set(f->path));
	assert_err(run_by_id(db, 1, &r), ERR_CORRUPT);
	assert_true(halt_is_set(f->path));
	assert_err(db_begin(f->db), ERR_HALTED);
	assert_err(db_verify(db), ERR_CORRUPT);
	assert_string_not_equal(db_message(db), "");
	db_close(db);
}

static void test_a_row_without_its_parent_is_told(void **state)
{
	struct fixture *f = *state;
	sqlite3 *raw = NULL;

	assert_int_equal(sqlite3_open(f->path, &raw), SQLITE_OK);
	assert_int_equal(sqlite3_exec(raw,
				      "INSERT INTO case_file VALUES"
				      " (999, '{}', 1)",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(raw);
	assert_err(db_verify(f->db), ERR_CONSTRAINT);
	assert_non_null(strstr(db_message(f->db), "case_file"));
	assert_false(halt_is_set(f->path));
}

/* ---- the latch itself ---- */

static void test_the_first_reason_stays(void **state)
{
	struct fixture *f = *state;
	char text[200];

	assert_false(halt_is_set(f->path));
	halt_reason(f->path, text, sizeof(text));
	assert_string_equal(text, "");
	halt_set(f->path, "mendd", "the first");
	halt_set(f->path, "mendd", "the second");
	halt_reason(f->path, text, sizeof(text));
	assert_non_null(strstr(text, "mendd["));
	assert_non_null(strstr(text, "the first"));
	assert_null(strchr(text, '\n'));
	halt_reason(f->path, text, 5);
	assert_int_equal(strlen(text), 4);
	assert_err(db_begin(f->db), ERR_HALTED);
	assert_string_not_equal(db_message(f->db), "");
	assert_ok(halt_release(f->path));
	/* This handle only looked, so it may go on. */
	assert_ok(db_begin(f->db));
	assert_ok(db_commit(f->db));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_io_errors_at_commit_latch),
		FIXTURE_TEST(test_only_durable_commits_wait_for_the_disk),
		FIXTURE_TEST(test_io_errors_at_checkpoint_latch),
		FIXTURE_TEST(test_io_errors_at_the_index_latch),
		FIXTURE_TEST(test_a_full_disk_does_not_latch),
		FIXTURE_TEST(test_full_while_the_index_grows),
		FIXTURE_TEST(test_a_transaction_lost_half_way_takes_no_more),
		FIXTURE_TEST(test_damage_seen_by_a_reader_latches),
		FIXTURE_TEST(test_a_row_without_its_parent_is_told),
		FIXTURE_TEST(test_the_first_reason_stays),
	};

	return FIXTURE_RUN("faults", tests, true);
}

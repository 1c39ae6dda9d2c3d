/*
 * The WAL-reset bug of SQLite 3.7.0 to 3.51.2: a checkpoint that has read the
 * header of the WAL and has not begun to copy, while another connection starts
 * the WAL anew, takes the new frames for copied, and they are lost.
 *
 * One process holds that window open in db_checkpoint(), another one writes.
 * Must always hold: by our front door it cannot (its turn has not come), and
 * nothing is lost. Past the turnstile the same window corrupts, which shows
 * that it was open.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/store/inbox_store.h"
#include "fault.h"
#include "fixture.h"

#define NOW_MS 1800000000000
#define ROUNDS 10
#define ROWS 60
#define FIXED_IN 3051003 /* SQLite */

static int to_parent, from_parent;

/* ---- the process that checkpoints ---- */

static void hold_the_window(void)
{
	char byte = 'w';

	fault_watch.window = NULL;
	if (write(to_parent, &byte, 1) != 1 || read(from_parent, &byte, 1) != 1)
		_exit(9);
}

static _Noreturn void checkpointer(const struct fixture *f)
{
	struct db_options o = fixture_options(f, DB_READ_WRITE);
	struct db *db;
	char byte = 'o';

	fault_register();
	o.vfs = "fault";
	if (db_open(&o, &db) != OK || db_set_cache(db, 4000) != OK)
		_exit(8);
	/* Look once, so that what comes is news. */
	(void)db_changed(db);
	if (write(to_parent, &byte, 1) != 1 || read(from_parent, &byte, 1) != 1)
		_exit(7);
	fault_watch.window = hold_the_window;
	if (db_checkpoint(db, NULL) != OK)
		_exit(6);
	/* It had no news: the window was not met. */
	if (fault_watch.window != NULL)
		_exit(5);
	db_close(db);
	_exit(0);
}

struct other {
	pid_t pid;
	int to, from;
};

static struct other other_start(struct fixture *f)
{
	int up[2], down[2];
	struct other o;

	assert_int_equal(pipe(up), 0);
	assert_int_equal(pipe(down), 0);
	o.pid = fork();
	assert_true(o.pid >= 0);
	if (o.pid == 0) {
		close(up[0]);
		close(down[1]);
		to_parent = up[1];
		from_parent = down[0];
		alarm(60);
		checkpointer(f);
	}
	close(up[1]);
	close(down[0]);
	o.to = down[1];
	o.from = up[0];
	return o;
}

static void other_says(const struct other *o, char wanted)
{
	char byte = '\0';

	assert_int_equal(read(o->from, &byte, 1), 1);
	assert_int_equal(byte, wanted);
}

static void other_go(const struct other *o)
{
	assert_int_equal(write(o->to, "g", 1), 1);
}

static void other_end(const struct other *o)
{
	int status = 0;

	assert_int_equal(waitpid(o->pid, &status, 0), o->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(o->to);
	close(o->from);
}

/* ---- the process that writes, by the front door ---- */

static enum err write_row(struct db *db, int64_t run_id)
{
	struct inbox_row row = {.run_id = run_id,
				.kind = INBOX_COMMENT,
				.body = (char[]){"{\"text\":\"a comment\"}"},
				.received_ms = NOW_MS};
	enum err e = db_begin(db);

	if (e != OK)
		return e;
	e = inbox_insert(db, &row);
	if (e == OK)
		return db_commit(db);
	db_rollback(db);
	return e;
}

static int rows_there(struct db *db, int64_t run_id, struct arena *a)
{
	struct inbox_row *rows;
	int count = 0;

	assert_ok(inbox_unconsumed(db, run_id, 1000, a, &rows, &count));
	return count;
}

static void test_the_window_is_closed_by_the_turnstile(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct db_options hasty = fixture_options(f, DB_READ_WRITE);

	hasty.turn_ms = 30;
	/* No handle may go over a fork. */
	db_close(f->db);
	for (int round = 1; round <= ROUNDS; round++) {
		struct other o = other_start(f);
		struct db *quick;

		other_says(&o, 'o');
		f->db = fixture_open(f, DB_READ_WRITE);
		for (int i = 0; i < ROWS / 2; i++)
			assert_ok(write_row(f->db, r.id));
		/* All of it is copied: the next writer starts the WAL anew. */
		assert_ok(db_checkpoint(f->db, NULL));
		other_go(&o);
		other_says(&o, 'w');
		assert_ok(db_open(&hasty, &quick));
		assert_err(write_row(quick, r.id), ERR_BUSY);
		assert_err(db_checkpoint(quick, NULL), ERR_BUSY);
		db_close(quick);
		other_go(&o);
		for (int i = 0; i < ROWS / 2; i++)
			assert_ok(write_row(f->db, r.id));
		other_end(&o);
		assert_ok(db_checkpoint(f->db, NULL));
		assert_ok(db_verify(f->db));
		assert_int_equal(rows_there(f->db, r.id, &f->arena),
				 round * ROWS);
		db_close(f->db);
	}
	f->db = fixture_open(f, DB_READ_WRITE);
}

/* ---- and past it ---- */

static void raw_run(sqlite3 *raw, const char *sql)
{
	if (sqlite3_exec(raw, sql, NULL, NULL, NULL) != SQLITE_OK)
		print_message("%s\n", sqlite3_errmsg(raw));
}

static void raw_rows(sqlite3 *raw, int64_t run_id, int count)
{
	char sql[200];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO inbox (run_id, kind, body, actor, received_ms)"
		 " VALUES (%lld, 'comment', '{}', 'test', %lld)",
		 (long long)run_id, (long long)NOW_MS);
	for (int i = 0; i < count; i++)
		raw_run(raw, sql);
}

/* Told what became of it by a fresh look. */
static bool lost(struct fixture *f, int64_t run_id, int wanted)
{
	struct db *db = fixture_open(f, DB_READ_ONLY);
	struct inbox_row *rows;
	int count = 0;
	enum err e;

	e = db_verify(db);
	if (e == OK)
		e = inbox_unconsumed(db, run_id, 1000, &f->arena, &rows,
				     &count);
	db_close(db);
	return e != OK || count != wanted;
}

static void test_past_the_turnstile_it_corrupts(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	sqlite3 *raw = NULL;
	struct other o;

	db_close(f->db);
	f->db = NULL;
	o = other_start(f);
	other_says(&o, 'o');
	assert_int_equal(sqlite3_open(f->path, &raw), SQLITE_OK);
	raw_run(raw, "PRAGMA wal_autocheckpoint = 0");
	raw_rows(raw, r.id, ROWS);
	raw_run(raw, "PRAGMA wal_checkpoint(PASSIVE)");
	other_go(&o);
	other_says(&o, 'w');
	raw_rows(raw, r.id, 2); /* in a WAL begun anew */
	other_go(&o);
	other_end(&o);
	raw_rows(raw, r.id, ROWS);
	raw_run(raw, "PRAGMA wal_checkpoint(PASSIVE)");
	raw_rows(raw, r.id, 2);
	sqlite3_close(raw);
	if (sqlite3_libversion_number() < FIXED_IN)
		assert_true(lost(f, r.id, 2 * ROWS + 4));
	else
		assert_false(lost(f, r.id, 2 * ROWS + 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_the_window_is_closed_by_the_turnstile),
		FIXTURE_TEST(test_past_the_turnstile_it_corrupts),
	};

	return FIXTURE_RUN("wal_reset", tests, true);
}

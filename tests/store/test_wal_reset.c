/*
 * The WAL-reset bug of SQLite 3.7.0 to 3.51.2: a checkpoint that has read the
 * header of the WAL and has not begun to copy, while another connection starts
 * the WAL anew, takes the new frames for copied, and they are lost.
 *
 * One process holds that window open in db_checkpoint(), another one writes,
 * by our front door both, with its pragmas and its checkpoints. Must always
 * hold: the writer's turn does not come, and nothing is lost. With the
 * turnstile taken out, and nothing else, the same rounds corrupt, which shows
 * that the window was open. WAL_ROUNDS=n plays more of them.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/store/inbox_store.h"
#include "fault.h"
#include "fixture.h"
#include "workers.h"

#define NOW_MS 1800000000000
#define ROWS 40
#define FIXED_IN 3051003 /* SQLite */

static int to_parent, from_parent;
static bool no_turnstile;

/* In front of the library's: the turnstile stands on it and on nothing else,
 * and SQLite does not use it. */
int flock(int fd, int operation)
{
	return no_turnstile ? 0 : (int)syscall(SYS_flock, fd, operation);
}

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

static void write_rows(struct db *db, int64_t run_id, int count)
{
	for (int i = 0; i < count; i++)
		(void)!write_row(db, run_id);
}

/* A writer without patience: with the turnstile its turn does not come. */
static void try_in_the_window(struct fixture *f, int64_t run_id)
{
	struct db_options hasty = fixture_options(f, DB_READ_WRITE);
	struct db *quick;

	hasty.turn_ms = 30;
	assert_ok(db_open(&hasty, &quick));
	assert_err(write_row(quick, run_id), no_turnstile ? OK : ERR_BUSY);
	assert_err(write_row(quick, run_id), no_turnstile ? OK : ERR_BUSY);
	if (!no_turnstile)
		assert_err(db_checkpoint(quick, NULL), ERR_BUSY);
	db_close(quick);
}

/* Told by a fresh look: damaged, or not all there. */
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

/* Whether it was lost, of what was acknowledged. */
static bool round_of(struct fixture *f)
{
	int in_the_window = no_turnstile ? 2 : 0;
	struct run r = fixture_started(f, fixture_id("order"));
	struct other o;

	/* No handle may go over a fork. */
	db_close(f->db);
	o = other_start(f);
	other_says(&o, 'o');
	f->db = fixture_open(f, DB_READ_WRITE);
	write_rows(f->db, r.id, ROWS);
	/* All of it is copied: the next writer starts the WAL anew. */
	assert_ok(db_checkpoint(f->db, NULL));
	other_go(&o);
	other_says(&o, 'w');
	try_in_the_window(f, r.id);
	other_go(&o);
	other_end(&o);
	/* More than the WAL had before, or all would still stand in it. */
	write_rows(f->db, r.id, 3 * ROWS);
	(void)!db_checkpoint(f->db, NULL);
	write_rows(f->db, r.id, 2);
	db_close(f->db);
	f->db = NULL;
	return lost(f, r.id, 4 * ROWS + 2 + in_the_window);
}

static int play(void **state, bool without)
{
	long rounds = workers_number("WAL_ROUNDS", 20, 5, 200);
	int corrupted = 0;

	no_turnstile = without;
	for (long i = 0; i < rounds; i++) {
		if (i > 0) {
			assert_int_equal(fixture_teardown(state), 0);
			assert_int_equal(fixture_setup(state), 0);
		}
		corrupted += round_of(*state);
	}
	no_turnstile = false;
	print_message("# %d of %ld rounds corrupted %s the turnstile\n",
		      corrupted, rounds, without ? "without" : "with");
	return without ? corrupted - (int)rounds : corrupted;
}

static void test_the_window_is_closed_by_the_turnstile(void **state)
{
	assert_int_equal(play(state, false), 0);
}

static void test_without_it_the_same_corrupts(void **state)
{
	if (sqlite3_libversion_number() >= FIXED_IN)
		skip();
	assert_int_equal(play(state, true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_the_window_is_closed_by_the_turnstile),
		FIXTURE_TEST(test_without_it_the_same_corrupts),
	};

	workers_in_memory();
	return FIXTURE_RUN("wal_reset", tests, true);
}

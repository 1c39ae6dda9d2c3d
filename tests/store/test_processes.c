/*
 * Several processes on one file, and kill -9 at any moment: what was
 * acknowledged is there, nothing is there half, no run is claimed twice, and
 * the file is sound although one of them checkpoints all the time.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/store/engine_store.h"
#include "engine/store/inbox_store.h"
#include "fixture.h"

#define NOW_MS 1800000000000

static void sleep_ms(int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	while (nanosleep(&t, &t) != 0)
		;
}

/* In a child: open, work until killed, die loudly on any error. */
#define MUST(expression)                                                       \
	do {                                                                   \
		if ((expression) != OK)                                        \
			_exit(9);                                              \
	} while (0)

static struct db *open_in_child(const struct fixture *f)
{
	struct db_options o = fixture_options(f, DB_READ_WRITE);
	struct db *db = NULL;

	o.turn_ms = 20000;
	MUST(db_open(&o, &db));
	return db;
}

static void tell(int fd, int64_t id)
{
	if (write(fd, &id, sizeof(id)) != sizeof(id))
		_exit(9);
}

static void add_entry(struct db *db, struct run *r)
{
	struct audit_entry e = {.at_ms = NOW_MS,
				.kind = "STEP",
				.actor = "engine",
				.message = "a step"};

	MUST(audit_append(db, r->id, r->public_id, &r->audit, &e));
}

/* Starts runs for ever; tells the id of each once its commit has returned. */
static void start_runs(const struct fixture *f, int fd)
{
	struct db *db = open_in_child(f);
	char order[64];

	for (int i = 0;; i++) {
		struct run r;

		snprintf(order, sizeof(order), "ORDER-%d-%d", (int)getpid(), i);
		r = fixture_run_of(order);
		MUST(db_begin(db));
		MUST(run_insert(db, &r));
		add_entry(db, &r);
		add_entry(db, &r);
		MUST(run_write_audit_head(db, &r));
		MUST(db_commit(db));
		tell(fd, r.id);
		if (i % 16 == 15)
			MUST(db_checkpoint(db, NULL));
	}
}

static void found(void *context, const struct audit_finding *finding)
{
	(void)finding;
	(*(int *)context)++;
}

static void assert_sound(struct fixture *f)
{
	int findings = 0;

	assert_ok(db_verify(f->db));
	assert_ok(audit_verify(f->db, found, &findings, NULL));
	assert_int_equal(findings, 0);
}

static int64_t assert_all_are_there(struct fixture *f, int fd)
{
	int64_t id, count = 0;

	while (read(fd, &id, sizeof(id)) == sizeof(id)) {
		struct run r;

		assert_ok(run_by_id(f->db, id, &r));
		assert_int_equal(r.audit.seq, 2);
		count++;
	}
	return count;
}

static pid_t spawn(const struct fixture *f,
		   void (*fn)(const struct fixture *, int fd), int *ret_fd)
{
	int pipe_fd[2];
	pid_t pid;

	assert_int_equal(pipe(pipe_fd), 0);
	pid = fork();
	if (pid == 0) {
		close(pipe_fd[0]);
		fn(f, pipe_fd[1]);
		_exit(0);
	}
	close(pipe_fd[1]);
	*ret_fd = pipe_fd[0];
	return pid;
}

static void test_kill_loses_nothing_acknowledged(void **state)
{
	struct fixture *f = *state;
	int64_t seen = 0;

	for (int i = 0; i < 12; i++) {
		int fd, status;
		pid_t pid = spawn(f, start_runs, &fd);

		sleep_ms(15 + 7 * i);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status)); /* and not by itself */
		seen += assert_all_are_there(f, fd);
		close(fd);
		/* Nobody needs to clean up before the next may write. */
		assert_ok(db_begin(f->db));
		assert_ok(db_commit(f->db));
	}
	assert_true(seen > 0);
	assert_sound(f);
}

/* Three writers, each checkpointing, one of them killed over and over. */
static void test_writers_side_by_side(void **state)
{
	struct fixture *f = *state;
	int fd[2], status;
	pid_t pid[2];
	int64_t id;

	for (int i = 0; i < 2; i++)
		pid[i] = spawn(f, start_runs, &fd[i]);
	for (int i = 0; i < 6; i++) {
		int killed_fd;
		pid_t killed = spawn(f, start_runs, &killed_fd);

		/* Not before it has written something. */
		assert_int_equal(read(killed_fd, &id, sizeof(id)), sizeof(id));
		sleep_ms(30);
		kill(killed, SIGKILL);
		waitpid(killed, NULL, 0);
		assert_all_are_there(f, killed_fd);
		close(killed_fd);
	}
	for (int i = 0; i < 2; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], &status, 0);
		assert_true(WIFSIGNALED(status));
		assert_true(assert_all_are_there(f, fd[i]) > 0);
		close(fd[i]);
	}
	assert_sound(f);
}

/* ---- claims ---- */

static void claim_all(const struct fixture *f, int fd)
{
	struct db *db = open_in_child(f);
	static struct run runs[7];
	int64_t engine = 0;
	int count;

	MUST(db_begin(db));
	MUST(engine_register(db, getpid(), &engine));
	MUST(db_commit(db));
	do {
		MUST(db_begin(db));
		MUST(run_claim(db, engine, "", 2, NOW_MS, 7, runs, &count));
		MUST(db_commit(db));
		for (int i = 0; i < count; i++)
			tell(fd, runs[i].id);
	} while (count > 0);
}

static void test_no_run_is_claimed_twice(void **state)
{
	enum { RUNS = 600, CLAIMERS = 3 };
	struct fixture *f = *state;
	int claims[RUNS + 1] = {0}, fd[CLAIMERS], total = 0;
	int64_t id;

	assert_ok(db_begin(f->db));
	for (int i = 0; i < RUNS; i++) {
		char order[32];
		struct run r;

		snprintf(order, sizeof(order), "ORDER-%d", i);
		r = fixture_run_of(order);
		fixture_insert_run(f, &r);
		assert_in_range(r.id, 1, RUNS);
	}
	assert_ok(db_commit(f->db));
	for (int i = 0; i < CLAIMERS; i++)
		spawn(f, claim_all, &fd[i]);
	for (int i = 0; i < CLAIMERS; i++) {
		while (read(fd[i], &id, sizeof(id)) == sizeof(id)) {
			claims[id]++;
			total++;
		}
		close(fd[i]);
	}
	for (int i = 0; i < CLAIMERS; i++) {
		int status;

		wait(&status);
		assert_int_equal(status, 0);
	}
	assert_int_equal(total, RUNS);
	for (int i = 1; i <= RUNS; i++)
		assert_int_equal(claims[i], 1);
}

/* ---- the outside against the inside ---- */

static void speak(const struct fixture *f, int fd)
{
	struct db *db = open_in_child(f);

	for (int i = 0; i < 100; i++) {
		struct inbox_row row = {.run_id = 1,
					.kind = INBOX_COMMENT,
					.actor = "ana",
					.received_ms = NOW_MS};
		struct run r;

		MUST(db_begin(db));
		MUST(run_by_id(db, 1, &r));
		MUST(inbox_insert(db, &row));
		add_entry(db, &r);
		MUST(run_nudge(db, &r, true, NOW_MS));
		MUST(db_commit(db));
	}
	tell(fd, 1);
}

/* A plan made before the outside spoke changes nothing; one made after counts
 * every word. */
static void test_nothing_said_is_overwritten(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	int64_t stale = 0, updates = 0, id;
	int fd, status;
	pid_t pid;

	assert_int_equal(r.id, 1);
	pid = spawn(f, speak, &fd);
	do {
		enum err e;

		assert_ok(run_by_id(f->db, 1, &r));
		sleep_ms(1); /* the plan is being made */
		r.attempt++;
		assert_ok(db_begin(f->db));
		e = run_update(f->db, &r);
		assert_true(e == OK || e == ERR_STALE);
		updates += e == OK;
		stale += e == ERR_STALE;
		assert_ok(db_commit(f->db));
	} while (waitpid(pid, &status, WNOHANG) == 0);
	assert_int_equal(status, 0);
	assert_int_equal(read(fd, &id, sizeof(id)), sizeof(id));
	close(fd);
	assert_ok(run_by_id(f->db, 1, &r));
	assert_int_equal(r.inbox_seq, 100);
	assert_int_equal(r.audit.seq, 101);
	assert_int_equal(r.attempt, updates);
	assert_true(stale > 0);
	assert_sound(f);
}

/* ---- migration by several at once ---- */

static void migrate(const struct fixture *f, int fd)
{
	struct db_options o = fixture_options(f, DB_MIGRATE);
	struct db *db = NULL;
	char path[128];

	fixture_path(f, "-new", path);
	o.path = path;
	MUST(db_open(&o, &db));
	tell(fd, db_version(db));
	db_close(db);
}

static void test_several_migrate_at_once(void **state)
{
	static const char *const parts[] = {"-new", "-new-wal", "-new-shm"};
	struct fixture *f = *state;
	int fd[4], status;
	int64_t version;
	char path[128];

	for (int round = 0; round < 12; round++) {
		for (int i = 0; i < 4; i++)
			spawn(f, migrate, &fd[i]);
		for (int i = 0; i < 4; i++) {
			version = 0;
			(void)!read(fd[i], &version, sizeof(version));
			assert_int_equal(version, db_version(f->db));
			close(fd[i]);
		}
		for (int i = 0; i < 4; i++) {
			wait(&status);
			assert_int_equal(status, 0);
		}
		for (int i = 0; i < 3; i++) {
			fixture_path(f, parts[i], path);
			unlink(path);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_kill_loses_nothing_acknowledged),
		FIXTURE_TEST(test_writers_side_by_side),
		FIXTURE_TEST(test_no_run_is_claimed_twice),
		FIXTURE_TEST(test_nothing_said_is_overwritten),
		FIXTURE_TEST(test_several_migrate_at_once),
	};

	return FIXTURE_RUN("processes", tests, true);
}

/*
 * A disk that fails at any one operation: the same short life of a database is
 * lived again and again, and each time another read, write, sync, truncation,
 * lock or piece of shared memory fails, once or from then on.
 *
 * Must always hold: nothing acknowledged is lost and nothing is half done; a
 * disk error or damage that a writer meets latches the data folder, a full disk
 * does not; and once the disk is well (and the latch released) all goes on.
 * DISK_FAULTS=n bounds how many operations of each kind are tried.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/store/halt.h"
#include "fault.h"
#include "story.h"

#ifdef __SANITIZE_ADDRESS__
#define TRIES 8
#else
#define TRIES 24
#endif

struct kind {
	enum fault_operation operation;
	int code, number;
	const char *name;
};

/* A sync says "full" of no system; letting go of locks never fails. */
static const struct kind kinds[] = {
	{FAULT_READ, SQLITE_IOERR_READ, EIO, "read, I/O"},
	{FAULT_READ, SQLITE_CORRUPT, 0, "read, damage"},
	{FAULT_WRITE, SQLITE_IOERR_WRITE, EIO, "write, I/O"},
	{FAULT_WRITE, SQLITE_FULL, ENOSPC, "write, full"},
	{FAULT_WRITE, SQLITE_CORRUPT, 0, "write, damage"},
	{FAULT_SYNC, SQLITE_IOERR_FSYNC, EIO, "sync, I/O"},
	{FAULT_SYNC, SQLITE_CORRUPT, 0, "sync, damage"},
	{FAULT_TRUNCATE, SQLITE_IOERR_TRUNCATE, EIO, "truncate, I/O"},
	{FAULT_TRUNCATE, SQLITE_FULL, ENOSPC, "truncate, full"},
	{FAULT_LOCK, SQLITE_IOERR_LOCK, EIO, "lock, I/O"},
	{FAULT_SHM_LOCK, SQLITE_IOERR_SHMLOCK, EIO, "shm lock, I/O"},
	{FAULT_SHM_MAP, SQLITE_IOERR_SHMMAP, EIO, "shm map, I/O"},
	{FAULT_SHM_MAP, SQLITE_IOERR_SHMSIZE, ENOSPC, "shm map, full"},
	{FAULT_SHM_MAP, SQLITE_CORRUPT, 0, "shm map, damage"},
};

struct trial {
	const struct kind *kind;
	int after;
	bool once;
	const char *path;
};

static struct story_seed seed;

static _Noreturn void broken(const struct trial *t, const char *what)
{
	print_error("%s, operation %d, %s: %s\n", t->kind->name, t->after,
		    t->once ? "once" : "for good", what);
	fail();
	abort(); /* not reached */
}

static bool is_full(const struct kind *k)
{
	return k->number == ENOSPC;
}

/* Small, so that a transaction meets the disk before its commit. */
static struct db *open_faulty(struct story *s, const char *path, int round)
{
	struct db_options o = story_options(path, DB_READ_WRITE);
	struct db *db = NULL;
	enum err e;

	o.vfs = "fault";
	e = db_open(&o, &db);
	s->seen[e]++;
	if (e == OK && round % 2 == 1 && db_set_cache(db, 16) != OK)
		return db;
	return db;
}

static void check_latch(const struct trial *t, const struct story *s)
{
	bool halted = halt_is_set(t->path);

	if (s->must_latch && !halted)
		broken(t, "a writer met it, and there is no latch");
	if (is_full(t->kind) && halted)
		broken(t, "a full disk has latched");
	if (is_full(t->kind) && s->seen[ERR_IO] + s->seen[ERR_CORRUPT] > 0)
		broken(t, "a full disk was told as another trouble");
	if (halted && s->seen[ERR_IO] + s->seen[ERR_CORRUPT] == 0)
		broken(t, "a latch for no reason");
}

/* The disk is well again. */
static void check_goes_on(const struct trial *t, struct story *s, struct db *db)
{
	struct db_options o = story_options(t->path, DB_READ_WRITE);
	int before = s->acknowledged;
	struct db *fresh = NULL;
	const char *what;

	o.vfs = "fault"; /* which is well now */
	if (!halt_is_set(t->path) && db != NULL) {
		story_play(s, db);
		if (s->acknowledged < before + 10)
			broken(t, "it does not go on by itself");
	}
	db_close(db);
	if (halt_is_set(t->path) && halt_release(t->path) != OK)
		broken(t, "the latch stays");
	if (db_open(&o, &fresh) != OK)
		broken(t, db_message(NULL));
	what = story_wrong(s, fresh);
	if (what != NULL)
		broken(t, what);
	before = s->acknowledged;
	story_play(s, fresh);
	if (s->acknowledged < before + 10)
		broken(t, "it does not go on after a new start");
	what = story_wrong(s, fresh);
	db_close(fresh);
	if (what != NULL)
		broken(t, what);
}

/* Returns how often it failed. */
static int run_trial(const struct trial *t, struct arena *a, int round)
{
	struct db *witness = NULL, *db;
	struct story s;
	int hits;

	arena_reset(a);
	story_put(&seed, t->path);
	story_init(&s, &seed, a);
	/* With somebody else there the shared memory outlives the handle. */
	if (round / 2 % 2 == 1) {
		struct db_options o = story_options(t->path, DB_READ_ONLY);

		assert_ok(db_open(&o, &witness));
	}
	fault_clear();
	fault = (struct fault){.operation = t->kind->operation,
			       .after = t->after,
			       .code = t->kind->code,
			       .number = t->kind->number,
			       .once = t->once};
	db = open_faulty(&s, t->path, round);
	if (db != NULL) {
		story_play(&s, db);
		story_play(&s, db);
	}
	hits = fault.hits;
	fault_clear();
	check_latch(t, &s);
	check_goes_on(t, &s, db);
	db_close(witness);
	return hits;
}

/* How many operations of the kind a whole life has. */
static int operations(const struct trial *like, struct arena *a)
{
	struct story s;
	struct db *db;
	int left;

	arena_reset(a);
	story_put(&seed, like->path);
	story_init(&s, &seed, a);
	fault_clear();
	fault = (struct fault){.operation = like->kind->operation,
			       .after = 1 << 30};
	db = open_faulty(&s, like->path, 1);
	assert_non_null(db);
	story_play(&s, db);
	story_play(&s, db);
	left = fault.after;
	db_close(db);
	fault_clear();
	assert_int_equal(s.acknowledged, 26);
	return (1 << 30) - left;
}

static void test_any_operation_may_fail(void **state)
{
	const char *wanted = getenv("DISK_FAULTS");
	long tries = wanted ? strtol(wanted, NULL, 10) : TRIES;
	struct fixture *f = *state;
	int trials = 0, hits = 0;

	fault_register();
	fault_skip_syncs = true;
	story_seed(&seed, state);
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		struct trial t = {.kind = &kinds[k], .path = f->path};
		int count = operations(&t, &f->arena);
		int stride = count / (int)tries + 1;

		/* All of the beginning is tried: opening is a case of its own.
		 */
		for (int n = 0; n < count; n += n < 8 ? 1 : stride) {
			for (int once = 0; once <= 1; once++) {
				t.after = n;
				t.once = once;
				hits += run_trial(&t, &f->arena, trials++) > 0;
			}
		}
	}
	print_message("%d faults tried, %d met\n", trials, hits);
	assert_true(hits > trials / 2);
	free(seed.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_any_operation_may_fail),
	};

	return FIXTURE_RUN("disk", tests, true);
}

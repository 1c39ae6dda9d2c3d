/*
 * A disk that fails at any one operation: the same short life of a database is
 * lived again and again, and each time another read, write, sync, truncation,
 * lock or piece of shared memory fails, once or from then on, as a disk error,
 * as a full disk or as damage: every operation that this life has.
 *
 * Must always hold: nothing acknowledged is lost and nothing is half done; a
 * disk error or damage that a writer meets latches the data folder, for every
 * writer, while reads go on; a full disk does not; and once the disk is well
 * (and the latch released) all goes on.
 * DISK_STRIDE=n tries every n-th operation only.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/store/halt.h"
#include "fault.h"
#include "story.h"
#include "workers.h"

enum trouble { TROUBLE_IO, TROUBLE_FULL, TROUBLE_DAMAGE, TROUBLE_COUNT };
static const char *const troubles[TROUBLE_COUNT] = {"I/O", "full", "damage"};

struct kind {
	enum fault_operation operation;
	enum trouble trouble;
	int code, number;
};

/* With the codes that the system below SQLite gives, and with the plain ones
 * where it never gives any. A failed sync has lost pages, whatever its reason:
 * it is a disk error also when the disk is full. */
static const struct kind kinds[] = {
	{FAULT_READ, TROUBLE_IO, SQLITE_IOERR_READ, EIO},
	{FAULT_READ, TROUBLE_FULL, SQLITE_FULL, ENOSPC},
	{FAULT_READ, TROUBLE_DAMAGE, SQLITE_CORRUPT, 0},
	{FAULT_WRITE, TROUBLE_IO, SQLITE_IOERR_WRITE, EIO},
	{FAULT_WRITE, TROUBLE_FULL, SQLITE_FULL, ENOSPC},
	{FAULT_WRITE, TROUBLE_DAMAGE, SQLITE_CORRUPT, 0},
	{FAULT_SYNC, TROUBLE_IO, SQLITE_IOERR_FSYNC, EIO},
	{FAULT_SYNC, TROUBLE_IO, SQLITE_IOERR_FSYNC, ENOSPC},
	{FAULT_SYNC, TROUBLE_FULL, SQLITE_FULL, ENOSPC},
	{FAULT_SYNC, TROUBLE_DAMAGE, SQLITE_CORRUPT, 0},
	{FAULT_TRUNCATE, TROUBLE_IO, SQLITE_IOERR_TRUNCATE, EIO},
	{FAULT_TRUNCATE, TROUBLE_FULL, SQLITE_FULL, ENOSPC},
	{FAULT_TRUNCATE, TROUBLE_DAMAGE, SQLITE_CORRUPT, 0},
	{FAULT_LOCK, TROUBLE_IO, SQLITE_IOERR_LOCK, EIO},
	{FAULT_LOCK, TROUBLE_FULL, SQLITE_FULL, ENOSPC},
	{FAULT_LOCK, TROUBLE_DAMAGE, SQLITE_CORRUPT, 0},
	{FAULT_SHM_LOCK, TROUBLE_IO, SQLITE_IOERR_SHMLOCK, EIO},
	{FAULT_SHM_LOCK, TROUBLE_FULL, SQLITE_FULL, ENOSPC},
	{FAULT_SHM_LOCK, TROUBLE_DAMAGE, SQLITE_CORRUPT, 0},
	{FAULT_SHM_MAP, TROUBLE_IO, SQLITE_IOERR_SHMMAP, EIO},
	{FAULT_SHM_MAP, TROUBLE_FULL, SQLITE_IOERR_SHMSIZE, ENOSPC},
	{FAULT_SHM_MAP, TROUBLE_FULL, SQLITE_FULL, ENOSPC},
	{FAULT_SHM_MAP, TROUBLE_DAMAGE, SQLITE_CORRUPT, 0},
};
#define KINDS ((int)(sizeof(kinds) / sizeof(*kinds)))

static const char *const operations[FAULT_OPERATION_COUNT] = {
	[FAULT_READ] = "read",	     [FAULT_WRITE] = "write",
	[FAULT_SYNC] = "sync",	     [FAULT_TRUNCATE] = "truncate",
	[FAULT_LOCK] = "lock",	     [FAULT_SHM_LOCK] = "shm lock",
	[FAULT_SHM_MAP] = "shm map",
};

/* Two lives: a cache so small that a transaction meets the disk before its
 * commit; and a usual one beside somebody else's handle, so that the shared
 * memory outlives its own. */
enum life { LIFE_SMALL, LIFE_WITNESSED, LIFE_COUNT };

struct trial {
	const struct kind *kind;
	enum life life;
	int after;
	bool once;
	char path[128];
};

/* What all workers did. */
struct tally {
	int there[FAULT_OPERATION_COUNT]; /* of one life; the larger one's */
	int tried[FAULT_OPERATION_COUNT][TROUBLE_COUNT][2];
	int met[FAULT_OPERATION_COUNT][TROUBLE_COUNT][2];
	int latched;
};

static struct story_seed seed;
static struct tally *tally;

static _Noreturn void broken(const struct trial *t, const char *what)
{
	print_error("%s, %s (%d, %d), operation %d, %s, life %d: %s\n",
		    operations[t->kind->operation], troubles[t->kind->trouble],
		    t->kind->code, t->kind->number, t->after,
		    t->once ? "once" : "for good", (int)t->life, what);
	fail();
	abort(); /* not reached */
}

static struct db *open_faulty(struct story *s, const struct trial *t)
{
	struct db_options o = story_options(t->path, DB_READ_WRITE);
	struct db *db = NULL;
	enum err e;

	o.vfs = "fault";
	e = db_open(&o, &db);
	s->seen[e]++;
	s->must_latch |= e == ERR_CORRUPT;
	if (e == OK && t->life == LIFE_SMALL)
		(void)!db_set_cache(db, 16);
	return db;
}

/* A day, and its end with a WAL that has grown too long. */
static void live(struct story *s, struct db *db, const char *path)
{
	story_play(s, db);
	story_truncate(s, db, path);
}

/* Nobody may write, whoever saw it; and everybody may read. */
static void check_halted(const struct trial *t, struct db *other,
			 struct arena *a)
{
	char why[300];
	struct story late;

	halt_reason(t->path, why, sizeof(why));
	if (strstr(why, "story[") == NULL || strlen(why) < 50)
		broken(t, "the latch does not say why");
	story_init(&late, &seed, a);
	late.rounds = 500;
	story_play(&late, other);
	if (late.acknowledged > 0 || late.seen[ERR_HALTED] == 0)
		broken(t, "somebody writes past the latch");
	if (db_checkpoint(other, NULL) != ERR_HALTED)
		broken(t, "a checkpoint goes past the latch");
	COUNT(tally->latched);
}

static void check_latch(const struct trial *t, const struct story *s)
{
	bool full = t->kind->trouble == TROUBLE_FULL;
	bool halted = halt_is_set(t->path);

	if (s->must_latch && !halted)
		broken(t, "a writer met it, and there is no latch");
	if (full && halted)
		broken(t, "a full disk has latched");
	if (full && s->seen[ERR_IO] + s->seen[ERR_CORRUPT] > 0)
		broken(t, "a full disk was told as another trouble");
	if (halted && s->seen[ERR_IO] + s->seen[ERR_CORRUPT] == 0)
		broken(t, "a latch for no reason");
}

static void check_sound(const struct trial *t, const struct story *s,
			struct db *db)
{
	const char *what = story_wrong(s, db);

	if (what != NULL)
		broken(t, what);
}

static void check_plays(const struct trial *t, struct story *s, struct db *db,
			const char *otherwise)
{
	int before = s->acknowledged;

	story_play(s, db);
	if (s->acknowledged < before + 10)
		broken(t, otherwise);
}

/* The disk is well again. */
static void check_goes_on(const struct trial *t, struct story *s, struct db *db)
{
	struct db_options o = story_options(t->path, DB_READ_WRITE);
	bool halted = halt_is_set(t->path);
	bool stays = halted && db != NULL && t->life == LIFE_WITNESSED;
	struct db *fresh = NULL;

	if (!halted && db != NULL)
		check_plays(t, s, db, "it does not go on by itself");
	if (!stays)
		db_close(db);
	o.vfs = "fault"; /* which is well now */
	if (db_open(&o, &fresh) != OK)
		broken(t, db_message(NULL));
	if (halted)
		check_halted(t, fresh, s->arena);
	/* Reading does not wait for the latch. */
	check_sound(t, s, fresh);
	if (halted && halt_release(t->path) != OK)
		broken(t, "the latch stays");
	if (stays) {
		check_plays(t, s, db, "who met it does not go on");
		db_close(db);
	}
	if (halted || db == NULL) {
		check_plays(t, s, fresh, "it does not go on after a new start");
		check_sound(t, s, fresh);
	}
	db_close(fresh);
}

static bool run_trial(const struct trial *t, struct arena *a)
{
	struct db *witness = NULL, *db;
	struct story s;
	int hits;

	arena_reset(a);
	story_put(&seed, t->path);
	story_init(&s, &seed, a);
	if (t->life == LIFE_WITNESSED) {
		struct db_options o = story_options(t->path, DB_READ_ONLY);

		assert_ok(db_open(&o, &witness));
	}
	fault_clear();
	fault = (struct fault){.operation = t->kind->operation,
			       .after = t->after,
			       .code = t->kind->code,
			       .number = t->kind->number,
			       .once = t->once};
	db = open_faulty(&s, t);
	if (db != NULL)
		live(&s, db, t->path);
	hits = fault.hits;
	fault_clear();
	check_latch(t, &s);
	check_goes_on(t, &s, db);
	db_close(witness);
	return hits > 0;
}

/* How many operations of the kind a whole life has. */
static int operations_of(const struct trial *like, struct arena *a)
{
	const int many = 1 << 30;
	struct db *witness = NULL, *db;
	struct story s;
	int left;

	arena_reset(a);
	story_put(&seed, like->path);
	story_init(&s, &seed, a);
	if (like->life == LIFE_WITNESSED) {
		struct db_options o = story_options(like->path, DB_READ_ONLY);

		assert_ok(db_open(&o, &witness));
	}
	fault_clear();
	fault = (struct fault){.operation = like->kind->operation,
			       .after = many};
	db = open_faulty(&s, like);
	assert_non_null(db);
	live(&s, db, like->path);
	left = fault.after;
	fault_clear();
	assert_int_equal(s.acknowledged, 13);
	db_close(db);
	db_close(witness);
	return many - left;
}

static void try_all(struct trial *t, struct arena *a, int i, int of)
{
	long stride = workers_number("DISK_STRIDE", 1, 25, 1);
	enum fault_operation operation = t->kind->operation;
	int count = operations_of(t, a);

	if (count > tally->there[operation])
		tally->there[operation] = count;
	/* All of the beginning is tried: opening is a case of its own. */
	for (int n = 0; n < count; n += n < 8 ? 1 : (int)stride) {
		for (int once = 0; once <= 1; once++) {
			int trouble = t->kind->trouble;

			if ((n + once) % of != i)
				continue;
			t->after = n;
			t->once = once;
			COUNT(tally->tried[operation][trouble][once]);
			if (run_trial(t, a))
				COUNT(tally->met[operation][trouble][once]);
		}
	}
}

static void work(void *context, int i, int of)
{
	struct fixture *f = context;
	struct trial t = {.life = LIFE_SMALL};

	snprintf(t.path, sizeof(t.path), "%s-%d", f->path, i);
	for (int k = 0; k < KINDS; k++) {
		for (int l = 0; l < LIFE_COUNT; l++) {
			t.kind = &kinds[k];
			t.life = (enum life)l;
			try_all(&t, &f->arena, i, of);
		}
	}
}

static void test_any_operation_may_fail(void **state)
{
	int tried = 0, met = 0;

	fault_register();
	fault_skip_syncs = true;
	tally = workers_shared(sizeof(*tally));
	story_seed(&seed, state);
	workers_run(work, *state);
	for (int o = FAULT_NONE + 1; o < FAULT_OPERATION_COUNT; o++) {
		print_message("# %-8s %4d in a life:", operations[o],
			      tally->there[o]);
		for (int k = 0; k < TROUBLE_COUNT * 2; k++) {
			int m = tally->met[o][k / 2][k % 2];

			print_message(" %s%s %d", troubles[k / 2],
				      k % 2 ? " once" : "", m);
			/* Each with each, and nearly all of them. */
			assert_true(m > 0);
			assert_true(m * 10 >=
				    tally->tried[o][k / 2][k % 2] * 9);
			tried += tally->tried[o][k / 2][k % 2];
			met += m;
		}
		print_message("\n");
	}
	print_message("# %d faults tried, %d met, %d latched\n", tried, met,
		      tally->latched);
	assert_true(tally->latched > 0);
	free(seed.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_any_operation_may_fail),
	};

	workers_in_memory();
	/* One thread, and nobody asks how much memory there is. */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	return FIXTURE_RUN("disk", tests, true);
}

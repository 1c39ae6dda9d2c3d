/*
 * A damaged database: bits flipped, pages swapped, zeroed, filled with chance
 * or cut off, in the file or in its WAL. Whoever opens and reads it through our
 * stores must get an answer or a clear refusal, within a time, and never die.
 * A child does it, so that a death or a hang is seen and told with its number.
 * DAMAGES=n makes more of them; MEND_SEED plays the same again.
 */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/flow/life.h"
#include "engine/store/halt.h"
#include "engine/store/report_store.h"
#include "story.h"
#include "workers.h"

#define PAGE 4096
#define DEADLINE_S 10
#define ROWS 50

/* How all visits went. */
struct tally {
	int visits;
	int opened[3], refused[3][ERR_COUNT]; /* by mode */
	int latched;
	int passed; /* nobody found anything to object to */
};

static struct tally *tally;
static uint64_t chance_state;

static uint64_t next_random(void)
{
	uint64_t z = chance_state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static size_t below(size_t n)
{
	return n == 0 ? 0 : (size_t)(next_random() % n);
}

/* ---- the damage ---- */

struct bytes {
	char *at;
	size_t size;
};

static void flip(struct bytes *b)
{
	for (size_t i = 0, n = 1 + below(64); i < n; i++)
		b->at[below(b->size)] ^= (char)(1 << below(8));
}

/* Where it hurts: headers of pages and their cells. */
static void flip_header(struct bytes *b)
{
	size_t page = below(b->size / PAGE) * PAGE;

	for (size_t i = 0, n = 1 + below(8); i < n; i++)
		b->at[page + below(page == 0 ? 140 : 40)] = (char)next_random();
}

static void fill(struct bytes *b, bool zero)
{
	size_t at = below(b->size), n = 1 + below(2 * PAGE);

	for (size_t i = at; i < at + n && i < b->size; i++)
		b->at[i] = zero ? 0 : (char)next_random();
}

static void zero(struct bytes *b)
{
	fill(b, true);
}

static void noise(struct bytes *b)
{
	fill(b, false);
}

static void swap(struct bytes *b)
{
	char *one = b->at + below(b->size / PAGE) * PAGE;
	char *two = b->at + below(b->size / PAGE) * PAGE;
	char kept[PAGE];

	memcpy(kept, one, PAGE);
	memmove(one, two, PAGE);
	memcpy(two, kept, PAGE);
}

static void cut(struct bytes *b)
{
	b->size = below(b->size);
}

static void (*const damages[])(struct bytes *b) = {
	flip, flip_header, flip_header, zero, noise, swap, cut,
};

static struct bytes read_all(const char *path)
{
	struct bytes b = {NULL, 0};
	int fd = open(path, O_RDONLY);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);

	assert_true(size >= PAGE);
	b.size = (size_t)size;
	b.at = malloc(b.size);
	assert_int_equal(pread(fd, b.at, b.size, 0), size);
	close(fd);
	return b;
}

static void put(const char *path, const struct bytes *from, bool damaged)
{
	struct bytes b = {malloc(from->size), from->size};
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0660);

	memcpy(b.at, from->at, from->size);
	for (size_t i = 0, n = 1 + below(3); damaged && i < n; i++)
		if (b.size > PAGE)
			damages[below(sizeof(damages) / sizeof(*damages))](&b);
	assert_int_equal(write(fd, b.at, b.size), b.size);
	close(fd);
	free(b.at);
}

/* ---- who reads it ---- */

/* What rows are told of must be something, whatever stood in the file. */
static enum err look_at_run(struct db *db, const struct run *r, struct arena *a)
{
	struct audit_finding finding;
	struct audit_entry *entry;
	struct decision *signature;
	struct inbox_row *row;
	struct call *call;
	struct task *task;
	int count;
	bool holds;
	enum err e = OK;

	if (run_state_name(r->state) == NULL)
		_exit(3);
	(void)run_columns_wrong(r);
	e = call_of_run(db, r->id, ROWS, a, &call, &count);
	for (int i = 0; e == OK && i < count; i++)
		if (!call_state_name(call[i].state) ||
		    !call_purpose_name(call[i].purpose) || !call[i].params)
			_exit(4);
	e = task_of_run(db, r->id, ROWS, a, &task, &count);
	for (int i = 0; e == OK && i < count; i++) {
		int signatures;

		if (!task_state_name(task[i].state) || !task[i].proposal ||
		    !role_name(task[i].role))
			_exit(5);
		(void)!decision_list(db, task[i].id, a, &signature,
				     &signatures);
	}
	e = inbox_unconsumed(db, r->id, ROWS, a, &row, &count);
	for (int i = 0; e == OK && i < count; i++)
		if (!inbox_kind_name(row[i].kind) || !row[i].body)
			_exit(6);
	e = audit_list(db, r->id, 0, ROWS, a, &entry, &count);
	for (int i = 0; e == OK && i < count; i++)
		if (!entry[i].kind || !entry[i].message)
			_exit(7);
	return audit_verify_run(db, r->id, &holds, &finding);
}

static void found(void *context, const struct audit_finding *finding)
{
	*(int *)context += (int)(finding->seq & 1);
}

/* No failure is the asker's fault, and each is told in words. */
static bool well(struct db *db, enum err e)
{
	if (e == OK || e == ERR_NOT_FOUND)
		return e == OK;
	if (e == ERR_INVALID || e == ERR_SYSTEM || db_message(db)[0] == '\0') {
		print_error("%s: %s\n", err_name(e), db_message(db));
		_exit(9);
	}
	return false;
}

/* Returns whether all of it went well. */
static bool read_through(struct db *db)
{
	struct run_filter all = RUN_FILTER_ANY;
	struct task_filter queue = {.view = "all", .limit = ROWS};
	static struct run runs[ROWS];
	int64_t counts[RUN_STATE_COUNT], entries, generation;
	struct document *document;
	struct arena a = {0};
	struct task *task;
	int count = 0, sum = 0;
	bool good;
	enum err e;

	e = run_list(db, &all, runs, &count);
	good = well(db, e);
	for (int i = 0; e == OK && i < count; i++)
		good &= well(db, look_at_run(db, &runs[i], &a));
	good &= well(db, run_sweep(db, 0, ROWS, runs, &count));
	good &= well(db, run_count_by_state(db, counts));
	good &= well(db, task_list(db, &queue, &a, &task, &count));
	good &= well(db, document_active(db, &a, &document, &count));
	good &= well(db, document_generation(db, &generation));
	good &= well(db, audit_verify(db, found, &sum, &entries));
	good &= well(db, db_verify(db));
	arena_release(&a);
	return good && sum == 0;
}

/* A refusal names the file or says in words that it is damaged. */
static void refused(const char *path, size_t mode, enum err e)
{
	const char *why = db_message(NULL);

	COUNT(tally->refused[mode][e]);
	if ((e != ERR_CORRUPT && e != ERR_SCHEMA) || strlen(why) < 20) {
		print_error("%s: %s\n", err_name(e), why);
		_exit(2);
	}
	if (e == ERR_CORRUPT && !halt_is_set(path))
		_exit(10);
}

/* As somebody does who knows better; whether there was a latch. */
static bool overrule(const char *path)
{
	if (!halt_is_set(path))
		return false;
	if (halt_release(path) != OK)
		_exit(8);
	return true;
}

/* Opens as every program does, reads all, and writes if it may. */
static _Noreturn void visitor(const char *path)
{
	static const enum db_mode modes[] = {DB_READ_ONLY, DB_READ_WRITE,
					     DB_MIGRATE};
	struct story_seed nothing = {.document_id = 1};
	struct arena a = {0};
	bool good = true, latched = false;
	struct story s;

	alarm(DEADLINE_S);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		struct db_options o = story_options(path, modes[i]);
		struct db *db;
		enum err e;

		latched |= overrule(path);
		o.read_ms = 3000;
		o.turn_ms = 200;
		e = db_open(&o, &db);
		if (e != OK) {
			refused(path, i, e);
			good = false;
			continue;
		}
		COUNT(tally->opened[i]);
		good &= read_through(db);
		if (modes[i] != DB_READ_ONLY) {
			latched |= overrule(path);
			story_init(&s, &nothing, &a);
			s.rounds = 1000;
			story_play(&s, db);
		}
		db_close(db);
	}
	if (overrule(path) || latched)
		COUNT(tally->latched);
	if (good)
		COUNT(tally->passed);
	COUNT(tally->visits);
	arena_release(&a);
	_exit(0);
}

static void visit(const char *path, uint64_t seed)
{
	int status = 0;
	pid_t pid;

	/* A child says on its own what killed it. */
	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* cmocka would take a signal for a failure and go on. */
		for (int i = 1; i < 32; i++)
			(void)signal(i, SIG_DFL);
		visitor(path);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		fail_msg("MEND_SEED=%llu: signal %d%s",
			 (unsigned long long)seed, WTERMSIG(status),
			 WTERMSIG(status) == SIGALRM ? ", it hangs" : "");
	if (WEXITSTATUS(status) != 0)
		fail_msg("MEND_SEED=%llu: exit %d", (unsigned long long)seed,
			 WEXITSTATUS(status));
}

struct job {
	const struct fixture *fixture;
	const struct story_seed *begin;
	struct bytes main_file, wal_file;
	uint64_t seed;
	long count;
};

static void work(void *context, int i, int of)
{
	const struct job *job = context;
	char path[128], wal[160];

	snprintf(path, sizeof(path), "%s-%d", job->fixture->path, i);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	for (long n = i; n < job->count; n += of) {
		chance_state = job->seed + (uint64_t)n;
		story_put(job->begin, path); /* clears what lies beside it */
		put(path, &job->main_file, below(8) != 0);
		put(wal, &job->wal_file, below(2) == 0);
		visit(path, job->seed + (uint64_t)n);
	}
}

static void print_tally(void)
{
	static const char *const mode[] = {"to read", "to write", "to migrate"};

	print_message("# %d damaged: %d latched, %d without a complaint\n",
		      tally->visits, tally->latched, tally->passed);
	for (int m = 0; m < 3; m++) {
		print_message("# opened %s %d", mode[m], tally->opened[m]);
		for (int e = 1; e < ERR_COUNT; e++)
			if (tally->refused[m][e])
				print_message(", %s %d", err_name((enum err)e),
					      tally->refused[m][e]);
		print_message("\n");
	}
}

static void test_damage_is_answered_or_refused(void **state)
{
	const char *given = getenv("MEND_SEED");
	struct fixture *f = *state;
	struct story_seed begin;
	struct job job = {
		.fixture = f,
		.begin = &begin,
		.seed = given ? strtoull(given, NULL, 10)
			      : (uint64_t)time(NULL) * 100000,
		.count =
			given ? 1 : workers_number("DAMAGES", 5000, 200, 20000),
	};
	struct story s;
	char wal[128];

	tally = workers_shared(sizeof(*tally));
	fixture_path(f, "-wal", wal);
	story_seed(&begin, state);
	f->db = fixture_open(f, DB_READ_WRITE);
	story_init(&s, &begin, &f->arena);
	for (int i = 0; i < 6; i++)
		story_play(&s, f->db);
	db_close(f->db);
	f->db = NULL;
	job.main_file = read_all(f->path);
	job.wal_file = read_all(wal);
	workers_run(work, &job);
	print_tally();
	assert_int_equal(tally->visits, job.count);
	free(job.main_file.at);
	free(job.wal_file.at);
	free(begin.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_damage_is_answered_or_refused),
	};

	workers_in_memory();
	/* One thread, and nobody asks how much memory there is. */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	return FIXTURE_RUN("damage", tests, true);
}

/*
 * Memory that runs out at any one allocation. In a simulated world that stands
 * in shared memory a child does a piece of work and is refused the n-th block,
 * by the system (our own code and cJSON) or within SQLite; then the parent
 * goes on with a fresh engine on what is left.
 *
 * Must always hold: the child ends by SIGABRT with one line that says why; the
 * database is sound, has what was acknowledged and nothing by halves, and is
 * not halted; and the work comes to its end, each effect once.
 * MEMORY_POINTS=n bounds at how many places each scene is tried.
 */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../store/workers.h"
#include "../test.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/strbuf.h"
#include "engine/flow/audit.h"
#include "engine/flow/catalog.h"
#include "engine/store/document_store.h"
#include "engine/store/halt.h"
#include "engine/store/store.h"
#include "setting.h"
#include "world.h"

#define DEADLINE_S 20
#define FILE_MAX ((size_t)64 << 20)

/* ---- memory that runs out ---- */

enum source { OURS, SQLITES, SOURCE_COUNT };
static const char *const sources[SOURCE_COUNT] = {"ours", "SQLite's"};

static struct {
	bool armed;
	long left[SOURCE_COUNT]; /* blocks still given; -1: all */
	long given[SOURCE_COUNT];
	bool *refused; /* seen by the parent */
} memory = {.left = {-1, -1}};

static bool refuses(enum source source)
{
	if (!memory.armed)
		return false;
	memory.given[source]++;
	if (memory.left[source] < 0 || memory.left[source]-- > 0)
		return false;
	memory.left[source] = -1;
	*memory.refused = true;
	return true;
}

/* The linker sends whatever is linked into this program here. */
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return refuses(OURS) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return refuses(OURS) ? NULL : __real_realloc(old, size);
}

static sqlite3_mem_methods plain;

static void *lite_alloc(int size)
{
	return refuses(SQLITES) ? NULL : plain.xMalloc(size);
}

static void *lite_grow(void *old, int size)
{
	return refuses(SQLITES) ? NULL : plain.xRealloc(old, size);
}

static void memory_init(void)
{
	sqlite3_mem_methods ours;

	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain);
	ours = plain;
	ours.xMalloc = lite_alloc;
	ours.xRealloc = lite_grow;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
}

/* ---- scenes ---- */

struct scene {
	const char *name;
	const char *order_id;
	void (*before)(struct sim *s);
	/* What is done while memory runs out; and again afterwards, as by a
	 * client that had no answer. */
	void (*act)(struct sim *s);
	const char *result; /* of the run, when all is over; NULL: no matter */
	enum run_state state;
	int refunds;
};

/* Without the laws of the world: they remember, and a child forgets. */
static void settle(struct sim *s)
{
	for (int i = 0; i < 4000 && !laws_at_rest(s) && !s->failure[0]; i++)
		sim_pass(s, sim_next_event(s, engine_tick(s->engine)));
	if (!laws_at_rest(s))
		sim_fail(s, "does not come to rest");
}

static void start_order(struct sim *s)
{
	(void)folk_start(s, "O1-FAIL", "key-1");
}

static void start_other(struct sim *s)
{
	(void)folk_start(s, "O2", "key-2");
}

static void at_a_task(struct sim *s)
{
	start_order(s);
	sim_start(s);
	settle(s);
	sim_kill(s);
}

static void decide(struct sim *s)
{
	struct arena a;
	struct run r;
	struct task t;

	arena_init(&a);
	if (folk_run(s, "O1-FAIL", &r) && folk_task(s, &r, &a, &t))
		(void)folk_decide(s, t.public_id, true, 0, &folk_agent);
	arena_release(&a);
}

static void decided(struct sim *s)
{
	at_a_task(s);
	decide(s);
}

static void operate(struct sim *s, enum inbox_kind kind)
{
	struct run r;

	if (folk_run(s, "O1-FAIL", &r) && !run_state_closed(r.state))
		(void)folk_operate(s, r.public_id, kind, NULL);
}

static void say(struct sim *s)
{
	operate(s, INBOX_COMMENT);
	operate(s, INBOX_CANCEL);
}

static void told(struct sim *s)
{
	at_a_task(s);
	say(s);
}

static void run_engine(struct sim *s)
{
	sim_start(s);
	settle(s);
	sim_stop(s);
}

static void handle_task(struct sim *s)
{
	struct arena a;
	struct run r;
	struct task t;

	arena_init(&a);
	if (folk_run(s, "O1-FAIL", &r) && folk_task(s, &r, &a, &t)) {
		(void)folk_claim(s, t.public_id, &folk_agent);
		(void)folk_decide(s, t.public_id, false, 5000, &folk_agent);
		(void)folk_undo(s, t.public_id, &folk_agent);
		(void)folk_decide(s, t.public_id, true, 0, &folk_agent);
	}
	arena_release(&a);
}

static void configure(struct sim *s)
{
	struct catalog_check check;
	int changed;

	if (catalog_activate(s->faces, "conf", "sim", s->wall_ms, &check,
			     &changed) != OK)
		sim_fail(s, "configuration: %s", db_message(s->faces));
}

static void nothing(struct sim *s)
{
	(void)s;
}

static const struct scene scenes[] = {
	{"intake", "O1-FAIL", nothing, start_order, NULL, RUN_WAITING_TASK, 0},
	{"a run to its end", "O2", start_other, run_engine, NULL, RUN_COMPLETED,
	 0},
	{"a run to its task", "O1-FAIL", start_order, run_engine, NULL,
	 RUN_WAITING_TASK, 0},
	{"decision", "O1-FAIL", at_a_task, decide, "REFUNDED", RUN_COMPLETED,
	 1},
	{"claim, undo", "O1-FAIL", at_a_task, handle_task, "REFUNDED",
	 RUN_COMPLETED, 1},
	{"refund", "O1-FAIL", decided, run_engine, "REFUNDED", RUN_COMPLETED,
	 1},
	{"inbox", "O1-FAIL", at_a_task, say, NULL, RUN_CANCELED, 0},
	{"cancel", "O1-FAIL", told, run_engine, NULL, RUN_CANCELED, 0},
	{"configuration", NULL, nothing, configure, NULL, RUN_READY, 0},
};
#define SCENES ((int)(sizeof(scenes) / sizeof(*scenes)))

/* ---- the world, which outlives the child ---- */

static struct sim *sim, *kept; /* shared; as it was before the act */
static char *file;	       /* the database then */
static size_t file_size;
static struct catalog *catalog; /* in force then; only a child reads it anew */

static void files_remove(const struct sim *s)
{
	static const char *const names[] = {"", "-wal", "-shm", "-halted"};
	char path[200];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/mend.db%s", s->folder,
			 names[i]);
		unlink(path);
	}
}

static void db_path(const struct sim *s, char path[200])
{
	snprintf(path, 200, "%s/mend.db", s->folder);
}

static void handles_open(struct sim *s)
{
	if (store_open(&s->config, DB_READ_WRITE, "engine", &s->db) != OK ||
	    store_open(&s->config, DB_READ_WRITE, "faces", &s->faces) != OK)
		sim_fail(s, "does not open: %s", db_message(NULL));
}

static void handles_close(struct sim *s)
{
	db_close(s->faces);
	db_close(s->db);
	s->db = s->faces = NULL;
}

/* Requests that are under way are no part of it. */
#define KEPT offsetof(struct sim, exchange)

static void restore(void)
{
	char path[200];
	FILE *f;

	memcpy(sim, kept, KEPT);
	model_open();
	files_remove(sim);
	db_path(sim, path);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(file, 1, file_size, f), file_size);
	fclose(f);
}

static int64_t wall(void *context)
{
	return ((const struct sim *)context)->wall_ms;
}

static int64_t mono(void *context)
{
	return ((const struct sim *)context)->mono_ms;
}

static void chance(void *context, void *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		((unsigned char *)bytes)[i] =
			(unsigned char)sim_random(context);
}

/* As sim_open() does, but on real files: they outlive a child. */
static void world_open(struct sim *s)
{
	struct db *db;

	memset(s, 0, KEPT);
	s->seed = s->state = 7;
	s->world = (struct world){wall, mono, chance, s};
	s->network = sim_network(s);
	s->wall_ms = s->mono_ms = SIM_START_MS;
	s->peers.forget_ms = 24 * 3600000LL;
	s->peers.visible_ms = 1900;
	snprintf(s->folder, sizeof(s->folder), "%s/mend-memory-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(s->folder));
	STR_COPY(s->config.data, s->folder);
	STR_COPY(s->config.sandbox_url, "http://sim");
	s->config.poll_ms = 1000;
	s->config.checked_out = 50;
	s->config.tick_runs = 20;
	s->config.turn_ms = 1;
	s->config.call_limit = 200;
	s->config.idempotency_days = 7;
	assert_int_equal(store_open(&s->config, DB_MIGRATE, "engine", &db), OK);
	db_close(db);
}

static void prepare(const struct scene *scene)
{
	struct problems p = {.count = 0};
	char path[200];
	FILE *f;

	world_open(sim);
	handles_open(sim);
	if (scene->order_id)
		configure(sim);
	scene->before(sim);
	assert_string_equal(sim->failure, "");
	if (scene->order_id)
		assert_int_equal(catalog_load(sim->db, &catalog, &p), OK);
	assert_int_equal(db_checkpoint(sim->db, NULL), OK);
	handles_close(sim);
	memcpy(kept, sim, KEPT);
	db_path(sim, path);
	f = fopen(path, "re");
	assert_non_null(f);
	file = malloc(FILE_MAX);
	file_size = fread(file, 1, FILE_MAX, f);
	fclose(f);
}

static void forget(void)
{
	static const char *const names[] = {"mend.db-queue", "mend.db-write"};
	char path[200];

	setting_catalog = NULL;
	catalog_free(catalog);
	catalog = NULL;
	free(file);
	files_remove(sim);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", sim->folder, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(sim->folder), 0);
}

/* ---- a trial ---- */

struct trial {
	const struct scene *scene;
	enum source source;
	long point;
};

static _Noreturn void broken(const struct trial *t, const char *what)
{
	print_error("%s, block %ld of %s: %s\n", t->scene->name, t->point,
		    sources[t->source], what);
	fail();
	abort(); /* not reached */
}

static _Noreturn void child(const struct trial *t, int err)
{
	const struct rlimit no_core = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &no_core);
	for (int i = 1; i < 32; i++)
		(void)signal(i, SIG_DFL);
	(void)dup2(err, STDERR_FILENO);
	alarm(DEADLINE_S);
	memory.left[t->source] = t->point;
	memory.armed = true;
	handles_open(sim);
	t->scene->act(sim);
	memory.armed = false;
	if (sim->failure[0])
		_exit(3);
	_exit(0);
}

/* How it ended is as it should be. */
static void check_end(const struct trial *t, int status, const char *said)
{
	const char *line = strstr(said, "out of memory: ");
	const char *end = line ? strchr(line, '\n') : NULL;
	char what[300];

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
	    line == said && end && end[1] == '\0')
		return;
	/* SQLite can do without some of its blocks. */
	if (status == 0 && (!*memory.refused || t->source == SQLITES))
		return;
	snprintf(what, sizeof(what), "status %d, \"%.120s\" %.120s", status,
		 said, sim->failure);
	broken(t, what);
}

static void run_child(const struct trial *t)
{
	char said[1000] = "";
	int ends[2], status = 0;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	*memory.refused = false;
	assert_int_equal(pipe(ends), 0);
	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(t, ends[1]);
	close(ends[1]);
	while ((got = read(ends[0], said + n, sizeof(said) - 1 - n)) > 0)
		n += (size_t)got;
	said[n] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	check_end(t, status, said);
}

/* Of the child's engine nothing is left but what is under way. */
static void bury(struct sim *s)
{
	s->engine = NULL;
	s->db = s->faces = NULL;
	s->dead = s->turn_taken = false;
	sim_cut_off(s);
}

/* All of a configuration or nothing of it. */
static void check_documents(const struct trial *t, struct sim *s, bool none)
{
	static int all;
	struct document *d;
	struct arena a;
	int count = 0;

	arena_init(&a);
	if (document_active(s->faces, &a, &d, &count) != OK)
		broken(t, db_message(s->faces));
	arena_release(&a);
	if (all == 0 && !none)
		all = count;
	if (count != all && !(count == 0 && none))
		broken(t, "half a configuration");
}

static void found(void *context, const struct audit_finding *finding)
{
	sim_fail(context, "audit of %s at %lld: %s", finding->run_public_id,
		 (long long)finding->seq, finding->what);
}

/* Whatever the child has done: rows, audit and the world outside fit. */
static void check_laws(const struct trial *t, struct sim *s)
{
	static struct run runs[SIM_RUNS_MAX];
	int count = laws_runs(s, runs);
	const char *wrong;

	for (int i = 0; i < count; i++) {
		const struct run *r = &runs[i];

		wrong = run_columns_wrong(r);
		if (wrong && r->inbox_read == r->inbox_seq)
			sim_fail(s, "%s is %s with %s wrong", r->public_id,
				 run_state_name(r->state), wrong);
	}
	if (audit_verify(s->faces, found, s, NULL) != OK)
		sim_fail(s, "audit: %s", db_message(s->faces));
	for (int i = 0; i < s->peers.ledger_count; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(s->peers.ledger[i].key,
				   s->peers.ledger[j].key) == 0)
				sim_fail(s, "%s was done twice",
					 s->peers.ledger[i].key);
	if (s->peers.fault[0])
		sim_fail(s, "peers: %s", s->peers.fault);
	if (s->failure[0])
		broken(t, s->failure);
}

static void check_story(const struct trial *t, struct sim *s)
{
	struct run r;

	if (!t->scene->order_id)
		return;
	if (!folk_run(s, t->scene->order_id, &r))
		broken(t, "the run is not there");
	if (r.id != 1)
		broken(t, "there is a second run");
	if (r.state != t->scene->state)
		broken(t, run_state_name(r.state));
	if (t->scene->result && strcmp(r.result, t->scene->result) != 0)
		broken(t, r.result);
	if (peers_effects(&s->peers, r.order_id, "refund") != t->scene->refunds)
		broken(t, "not as many refunds as wanted");
}

static void check_world(const struct trial *t, struct sim *s)
{
	char path[200];

	bury(s);
	db_path(s, path);
	if (halt_is_set(path))
		broken(t, "the data folder is halted");
	handles_open(s);
	if (s->failure[0])
		broken(t, s->failure);
	if (db_verify(s->faces) != OK)
		broken(t, db_message(s->faces));
	check_documents(t, s, t->scene->order_id == NULL);
	check_laws(t, s);
	t->scene->act(s); /* the client asks again */
	check_documents(t, s, false);
	if (!s->engine)
		sim_start(s);
	settle(s);
	check_laws(t, s);
	check_story(t, s);
	sim_stop(s);
	handles_close(s);
}

static void run_trial(const struct trial *t)
{
	restore();
	setting_catalog = NULL;
	run_child(t);
	setting_catalog = catalog;
	check_world(t, sim);
}

/* ---- all of them ---- */

struct tally {
	int tried[SOURCE_COUNT], refused[SOURCE_COUNT];
};
static struct tally *tally;

/* How many blocks the act asks for when it gets them all. */
static void count_blocks(const struct scene *scene, long count[SOURCE_COUNT])
{
	restore();
	for (int i = 0; i < SOURCE_COUNT; i++) {
		memory.given[i] = 0;
		memory.left[i] = -1;
	}
	memory.armed = true;
	handles_open(sim);
	scene->act(sim);
	memory.armed = false;
	for (int i = 0; i < SOURCE_COUNT; i++)
		count[i] = memory.given[i];
	assert_string_equal(sim->failure, "");
	handles_close(sim);
}

static void work(void *context, int i, int of)
{
	/* Of SQLite's own a sixth; a long run tries all of ours. */
	long points = workers_number("MEMORY_POINTS", 350, 20, 1000000);
	long most[SOURCE_COUNT] = {points, points > 6000 ? 500 : points / 6};
	long blocks[SOURCE_COUNT];

	(void)context;
	sim = workers_shared(sizeof(*sim));
	kept = workers_shared(sizeof(*kept));
	memory.refused = workers_shared(sizeof(bool));
	for (int k = 0; k < SCENES; k++) {
		prepare(&scenes[k]);
		count_blocks(&scenes[k], blocks);
		for (int source = 0; source < SOURCE_COUNT; source++) {
			long count = blocks[source];
			long stride = count / most[source] + 1;

			if (i == 0)
				print_message("# %s: %ld blocks of %s\n",
					      scenes[k].name, count,
					      sources[source]);
			for (long n = i * stride; n < count; n += of * stride) {
				struct trial t = {&scenes[k],
						  (enum source)source, n};

				run_trial(&t);
				COUNT(tally->tried[source]);
				if (*memory.refused)
					COUNT(tally->refused[source]);
			}
		}
		forget();
	}
}

static void any_block_may_be_refused(void **state)
{
	(void)state;
	tally = workers_shared(sizeof(*tally));
	workers_run(work, NULL);
	for (int i = 0; i < SOURCE_COUNT; i++) {
		print_message("# %s: %d of %d refused\n", sources[i],
			      tally->refused[i], tally->tried[i]);
		/* Caches may differ a little from one life to the other. */
		assert_true(tally->refused[i] * 10 >= tally->tried[i] * 9);
		assert_true(tally->refused[i] > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_block_may_be_refused),
	};

	memory_init();
	json_init();
	log_init("sim", (enum log_level)0);
	return RUN(tests);
}

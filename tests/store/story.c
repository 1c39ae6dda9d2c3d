/* See story.h. */
#include "story.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/flow/life.h"

#define NOW_MS INT64_C(1800000000000)
#define RUNS_MAX 200 /* that are looked at */

static int64_t still_ms(void *context)
{
	(void)context;
	return NOW_MS;
}

static void chance(void *context, void *bytes, size_t count)
{
	(void)context;
	world_real.random(world_real.context, bytes, count);
}

/* ---- where it begins ---- */

void story_seed(struct story_seed *seed, void **state)
{
	struct fixture *f = *state;
	struct scene scene;
	off_t size;
	int fd;

	scene_open(&scene, state);
	assert_ok(db_checkpoint(f->db, NULL));
	seed->document_id = f->document_id;
	db_close(f->db);
	f->db = NULL;
	fd = open(f->path, O_RDONLY);
	size = lseek(fd, 0, SEEK_END);
	assert_true(size > 0);
	seed->size = (size_t)size;
	seed->bytes = malloc(seed->size);
	assert_int_equal(pread(fd, seed->bytes, seed->size, 0), size);
	close(fd);
}

void story_put(const struct story_seed *seed, const char *path)
{
	static const char *const beside[] = {"", "-wal", "-shm", "-halted"};
	char name[160];
	int fd;

	for (size_t i = 0; i < sizeof(beside) / sizeof(*beside); i++) {
		snprintf(name, sizeof(name), "%s%s", path, beside[i]);
		unlink(name);
	}
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0660);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, seed->bytes, seed->size), seed->size);
	close(fd);
}

struct db_options story_options(const char *path, enum db_mode mode)
{
	return (struct db_options){
		.path = path,
		.schema = &mend_schema,
		.mode = mode,
		.turn_ms = 3000,
		.owner = "story",
	};
}

void story_init(struct story *s, const struct story_seed *seed, struct arena *a)
{
	memset(s, 0, sizeof(*s));
	s->world = (struct world){still_ms, still_ms, chance, NULL};
	s->arena = a;
	s->document_id = seed->document_id;
}

/* ---- what happens ---- */

static enum err saw(struct story *s, enum err e)
{
	s->seen[e]++;
	return e;
}

/* After the statements of a transaction that were refused, or went well. */
static enum err finish(struct story *s, struct db *db, enum err e)
{
	if (e != OK) {
		db_rollback(db);
		s->must_latch |= e == ERR_IO || e == ERR_CORRUPT;
		return saw(s, e);
	}
	e = db_commit(db);
	s->must_latch |= e == ERR_IO || e == ERR_CORRUPT;
	return saw(s, e);
}

static enum err begin(struct story *s, struct db *db)
{
	enum err e = db_begin(db);

	s->must_latch |= e == ERR_IO || e == ERR_CORRUPT;
	return e == OK ? OK : saw(s, e);
}

static void acknowledge(struct story *s, const struct run *r)
{
	struct story_run *kept = s->run;
	const struct story_run *end = s->run + s->run_count;

	while (kept < end && strcmp(kept->public_id, r->public_id) != 0)
		kept++;
	if (kept == end) {
		assert_true(s->run_count < STORY_RUNS_MAX);
		s->run_count++;
		STR_COPY(kept->public_id, r->public_id);
	}
	kept->seq = r->audit.seq;
	s->acknowledged++;
}

static enum err note(struct db *db, struct run *r, const char *kind)
{
	struct audit_entry e = {.at_ms = NOW_MS,
				.kind = kind,
				.actor = "engine",
				.message = "a step of the story",
				.data = "{\"orderId\":\"ORDER-42\"}"};

	return audit_append(db, r->id, r->public_id, &r->audit, &e);
}

static enum err take_in(struct story *s, struct db *db, const char *order_id)
{
	struct intake in = {.order_id = order_id, .priority = -1};
	struct problems p = {.count = 0};
	enum intake_way way;
	struct run r;
	enum err e = begin(s, db);

	if (e != OK)
		return e;
	e = order_intake(db, &s->world, &in, &ana, &p, &r, &way);
	e = finish(s, db, e);
	if (e == OK)
		acknowledge(s, &r);
	return e;
}

/* Need not reach the disk, so it is not acknowledged. */
static enum err claim(struct story *s, struct db *db, struct run *ret_run)
{
	int count = 0;
	enum err e;

	db_set_durable(db, false);
	e = begin(s, db);
	if (e == OK) {
		e = run_claim(db, 1, "", 2, NOW_MS, 1, ret_run, &count);
		e = finish(s, db, e);
	}
	db_set_durable(db, true);
	return e == OK && count == 0 ? ERR_NOT_FOUND : e;
}

static enum err plan(struct story *s, struct db *db, struct run *r)
{
	struct fixture like = {.document_id = s->document_id,
			       .arena = *s->arena};
	struct call c = fixture_call_of(&like, r, "refund");
	struct task t = fixture_task_of(r);
	enum err e;

	*s->arena = like.arena; /* it may have grown */
	e = call_insert(db, &c);

	if (e == OK)
		e = task_insert(db, &t);
	if (e == OK)
		e = note(db, r, "PLANNED");
	r->state = RUN_WAITING_TASK;
	r->wait_task_id = t.id;
	r->due_ms = 0;
	r->lease = 0;
	STR_COPY(r->step, t.step);
	return e == OK ? run_update(db, r) : e;
}

static enum err conclude(struct story *s, struct db *db, struct run *r)
{
	struct inbox_row *row;
	struct call *call;
	struct task t;
	int rows = 0, calls = 0;
	enum err e = inbox_unconsumed(db, r->id, 10, s->arena, &row, &rows);

	for (int i = 0; i < rows && e == OK; i++)
		e = inbox_consume(db, row[i].id, NOW_MS);
	if (e == OK)
		e = call_of_run(db, r->id, 10, s->arena, &call, &calls);
	if (e == OK && calls > 0) {
		call[0].state = CALL_OK;
		call[0].answered_ms = NOW_MS;
		e = call_answer(db, &call[0]);
	}
	if (e == OK)
		e = task_by_id(db, r->wait_task_id, s->arena, &t);
	if (e == OK) {
		t.state = TASK_DONE;
		t.closed_ms = NOW_MS;
		e = task_update(db, &t);
	}
	if (e == OK)
		e = note(db, r, "CONCLUDED");
	r->state = RUN_COMPLETED;
	r->closed_ms = NOW_MS;
	r->due_ms = r->lease = r->wait_task_id = 0;
	STR_COPY(r->outcome, "REFUNDED");
	return e == OK ? run_update(db, r) : e;
}

/* The engine's turn: claims what is due and brings it one step further. */
static enum err work(struct story *s, struct db *db, struct run *ret_run)
{
	enum err e = claim(s, db, ret_run);

	if (e == OK)
		e = begin(s, db);
	if (e != OK)
		return e;
	e = run_fence(db, ret_run);
	ret_run->inbox_read = ret_run->inbox_seq;
	if (e == OK && ret_run->state == RUN_READY)
		e = plan(s, db, ret_run);
	else if (e == OK)
		e = conclude(s, db, ret_run);
	e = finish(s, db, e);
	if (e == OK)
		acknowledge(s, ret_run);
	return e;
}

static enum err decide(struct story *s, struct db *db, struct run *r)
{
	const struct task_decision yes = {.approved = true, .notes = "yes"};
	struct problems p = {.count = 0};
	struct task now;
	enum err e = begin(s, db);

	if (e != OK)
		return e;
	e = task_by_id(db, r->wait_task_id, s->arena, &now);
	if (e == OK)
		e = task_decide(db, &s->world, now.public_id, NULL, &yes, &ana,
				s->arena, &p, &now);
	if (e == OK)
		e = run_by_id(db, r->id, r);
	e = finish(s, db, e);
	if (e == OK)
		acknowledge(s, r);
	return e;
}

static void checkpoint(struct story *s, struct db *db)
{
	enum err e = saw(s, db_checkpoint(db, NULL));

	s->must_latch |= e == ERR_IO || e == ERR_CORRUPT;
}

void story_play(struct story *s, struct db *db)
{
	char order_id[32];
	enum err e;

	s->rounds++;
	for (int i = 0; i < 3; i++) {
		struct run r;

		snprintf(order_id, sizeof(order_id), "ORDER-%d-%d", s->rounds,
			 i);
		(void)take_in(s, db, order_id);
		if (work(s, db, &r) == OK && r.state == RUN_WAITING_TASK)
			(void)decide(s, db, &r);
		(void)work(s, db, &r);
		if (i != 1)
			checkpoint(s, db);
	}
	if (begin(s, db) == OK) {
		e = audit_seal(db, NOW_MS);
		s->acknowledged += finish(s, db, e) == OK;
	}
}

void story_truncate(struct story *s, struct db *db, const char *path)
{
	char wal[160];

	/* What follows the last frame is not looked at. */
	snprintf(wal, sizeof(wal), "%s-wal", path);
	if (truncate(wal, 33 << 20) == 0)
		checkpoint(s, db);
}

/* ---- what is left ---- */

static char wrong[400];

#define WRONG(...)                                                             \
	do {                                                                   \
		snprintf(wrong, sizeof(wrong), __VA_ARGS__);                   \
		return wrong;                                                  \
	} while (0)

static void found(void *context, const struct audit_finding *finding)
{
	(void)context;
	snprintf(wrong, sizeof(wrong), "chain of %s at %d: %.150s",
		 finding->run_public_id, (int)finding->seq, finding->what);
}

static int audit_of(struct db *db, const struct run *r, const char *kind,
		    struct arena *a)
{
	struct audit_entry *entries;
	int count = 0, of_kind = 0;

	assert_ok(audit_list(db, r->id, 0, 100, a, &entries, &count));
	for (int i = 0; i < count; i++)
		of_kind += strcmp(entries[i].kind, kind) == 0;
	return of_kind;
}

/* Whatever a transaction writes is there, or nothing of it. */
static const char *half_done(struct db *db, const struct run *r,
			     struct arena *a)
{
	int calls, tasks, signatures = 0, inbox;
	bool planned = r->state != RUN_READY, decided = false;
	bool done = r->state == RUN_COMPLETED;
	struct decision *decision;
	struct inbox_row *row;
	struct call *call;
	struct task *task;

	assert_ok(call_of_run(db, r->id, 10, a, &call, &calls));
	assert_ok(task_of_run(db, r->id, 10, a, &task, &tasks));
	assert_ok(inbox_unconsumed(db, r->id, 10, a, &row, &inbox));
	if (tasks == 1) {
		decided = task[0].state != TASK_OPEN;
		assert_ok(decision_list(db, task[0].id, a, &decision,
					&signatures));
	}
	if (run_columns_wrong(r))
		WRONG("%s: %s", r->public_id, run_columns_wrong(r));
	if (calls != planned || tasks != planned ||
	    audit_of(db, r, "PLANNED", a) != planned)
		WRONG("%s: %s, %d calls, %d tasks", r->order_id,
		      run_state_name(r->state), calls, tasks);
	if (signatures != decided || inbox != (decided && !done) ||
	    audit_of(db, r, "TASK_DECIDED", a) != decided)
		WRONG("%s: decided %d, %d signatures, inbox %d", r->order_id,
		      decided, signatures, inbox);
	if (audit_of(db, r, "CONCLUDED", a) != done ||
	    (done && (call[0].state != CALL_OK || task[0].state != TASK_DONE)))
		WRONG("%s: %s half way", r->order_id, run_state_name(r->state));
	return NULL;
}

const char *story_wrong(const struct story *s, struct db *db)
{
	static struct run runs[RUNS_MAX];
	const char *half = NULL;
	int count = 0;
	struct arena a;
	enum err e;

	wrong[0] = '\0';
	e = db_verify(db);
	if (e != OK)
		WRONG("%s: %.300s", err_name(e), db_message(db));
	e = audit_verify(db, found, NULL, NULL);
	if (e != OK || wrong[0])
		return wrong[0] ? wrong : err_name(e);
	for (int i = 0; i < s->run_count; i++) {
		struct run r;

		e = run_by_public_id(db, s->run[i].public_id, &r);
		if (e != OK || r.audit.seq < s->run[i].seq)
			WRONG("%s was acknowledged up to %d and is %s",
			      s->run[i].public_id, (int)s->run[i].seq,
			      e == OK ? "behind" : err_name(e));
	}
	e = run_sweep(db, 0, RUNS_MAX, runs, &count);
	if (e != OK)
		WRONG("sweep: %s", err_name(e));
	arena_init(&a);
	for (int i = 0; i < count && half == NULL; i++)
		half = half_done(db, &runs[i], &a);
	arena_release(&a);
	return half;
}

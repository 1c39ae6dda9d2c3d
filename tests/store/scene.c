/* See scene.h. */
#include "scene.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/flow/life.h"
#include "engine/flow/policy.h"

#define NOW_MS INT64_C(1800000000000)

const struct actor vic = {.name = "Vic", .role = ROLE_VIEWER};
const struct actor ana = {
	.name = "Ana", .role = ROLE_AGENT, .self_asserted = true};
const struct actor ben = {.name = "Ben", .role = ROLE_AGENT};
const struct actor sue = {.name = "Sue", .role = ROLE_SUPERVISOR};
const struct actor sam = {.name = "Sam", .role = ROLE_SUPERVISOR};
const struct actor ada = {.name = "Ada", .role = ROLE_ADMIN};

static char policy_body[] =
	"{\"policy\":\"policy\",\"roles\":{\"agent\":{\"limitMinor\":50000},"
	"\"supervisor\":{\"limitMinor\":200000},\"admin\":{\"limitMinor\":-1}},"
	"\"fourEyesMinor\":100000,\"dailyCapMinor\":300000}";

static int64_t wall_ms(void *context)
{
	return ((const struct scene *)context)->now_ms;
}

static void chance(void *context, void *bytes, size_t count)
{
	(void)context;
	world_real.random(world_real.context, bytes, count);
}

void scene_open(struct scene *s, void **state)
{
	struct document d = {
		.kind = DOCUMENT_POLICY,
		.name = "policy",
		.digest = "0124",
		.body = policy_body,
		.actor = "ops",
		.created_ms = NOW_MS,
	};

	memset(s, 0, sizeof(*s));
	s->f = *state;
	s->db = s->f->db;
	s->a = &s->f->arena;
	s->now_ms = NOW_MS;
	s->world = (struct world){wall_ms, wall_ms, chance, s};
	assert_ok(db_begin(s->db));
	assert_ok(document_put(s->db, &d));
	assert_ok(document_activate(s->db, &d));
	assert_ok(db_commit(s->db));
}

void scene_start(struct scene *s)
{
	memset(&s->p, 0, sizeof(s->p));
	assert_ok(db_begin(s->db));
}

enum err scene_end(struct scene *s, enum err e, const char *text,
		   const char *file, int line)
{
	if (e == OK)
		fixture_assert_err(db_commit(s->db), OK, text, file, line);
	else
		db_rollback(s->db);
	return e;
}

void scene_said(const struct scene *s, const char *pointer, const char *words)
{
	assert_int_equal(s->p.count, 1);
	assert_string_equal(s->p.item[0].pointer, pointer);
	if (!strstr(s->p.item[0].detail, words))
		fail_msg("\"%s\" is not in \"%s\"", words, s->p.item[0].detail);
}

struct run scene_run(struct scene *s, const char *order_id)
{
	struct intake in = {.order_id = order_id, .priority = -1};
	enum intake_way way;
	struct run r;

	assert_ok(SCENE_DO(
		s, order_intake(s->db, &s->world, &in, &ana, &s->p, &r, &way)));
	return r;
}

void scene_write(struct scene *s, struct run *r)
{
	assert_ok(db_begin(s->db));
	assert_ok(run_update(s->db, r));
	assert_ok(db_commit(s->db));
}

void scene_close(struct scene *s, struct run *r, enum run_state state)
{
	r->state = state;
	r->closed_ms = s->now_ms;
	r->due_ms = 0;
	r->wait_task_id = 0;
	STR_COPY(r->outcome, "DONE_WITH");
	scene_write(s, r);
}

struct task scene_task(struct scene *s, struct run *r, int64_t amount_minor,
		       int approvals_needed)
{
	struct task t = fixture_task_of(r);

	t.amount_minor = amount_minor;
	t.approvals_needed = approvals_needed;
	if (s->currency)
		STR_COPY(t.currency, s->currency);
	if (s->proposal)
		t.proposal = s->proposal;
	t.created_ms = s->now_ms;
	assert_ok(db_begin(s->db));
	assert_ok(task_insert(s->db, &t));
	r->state = RUN_WAITING_TASK;
	r->wait_task_id = t.id;
	r->due_ms = 0;
	r->inbox_read = r->inbox_seq;
	STR_COPY(r->step, t.step);
	assert_ok(run_update(s->db, r));
	assert_ok(db_commit(s->db));
	return scene_task_reread(s, &t);
}

struct run scene_reread(struct scene *s, const struct run *r)
{
	struct run now;

	assert_ok(run_by_id(s->db, r->id, &now));
	return now;
}

struct task scene_task_reread(struct scene *s, const struct task *t)
{
	struct task now;

	assert_ok(task_by_public_id(s->db, t->public_id, s->a, &now));
	return now;
}

int scene_audit(struct scene *s, const struct run *r, const char *kind,
		struct audit_entry *ret_last)
{
	struct audit_entry *entries;
	int count, found = 0;

	assert_ok(audit_list(s->db, r->id, 0, 1000, s->a, &entries, &count));
	for (int i = 0; i < count; i++) {
		if (kind && strcmp(entries[i].kind, kind) != 0)
			continue;
		found++;
		if (ret_last)
			*ret_last = entries[i];
	}
	return found;
}

int scene_audit_all(struct scene *s, const struct run *r)
{
	return scene_audit(s, r, NULL, NULL);
}

int scene_inbox(struct scene *s, const struct run *r,
		struct inbox_row **ret_rows)
{
	struct inbox_row *rows;
	int count;

	assert_ok(inbox_unconsumed(s->db, r->id, 1000, s->a, &rows, &count));
	if (ret_rows)
		*ret_rows = rows;
	return count;
}

void scene_sound(struct scene *s, const struct run *r)
{
	struct run now = scene_reread(s, r);
	struct audit_finding finding = {.what = ""};
	const char *wrong = run_columns_wrong(&now);
	bool holds;

	if (wrong)
		fail_msg("%s: %s is wrong", run_state_name(now.state), wrong);
	assert_ok(audit_verify_run(s->db, r->id, &holds, &finding));
	if (!holds)
		fail_msg("chain broken at %d: %s", (int)finding.seq,
			 finding.what);
}

static void crowd_child(struct scene *s, int i, int gate,
			int (*fn)(struct scene *s, struct db *db, int i))
{
	struct db *db;
	char byte;
	int result;

	if (db_open(&(struct db_options){.path = s->f->path,
					 .schema = &mend_schema,
					 .mode = DB_READ_WRITE,
					 .turn_ms = 60000,
					 .owner = "crowd"},
		    &db) != OK)
		_exit(15);
	/* All start when the parent closes its end. */
	if (read(gate, &byte, 1) != 0)
		_exit(15);
	result = fn(s, db, i);
	db_close(db);
	_exit(result);
}

void scene_crowd(struct scene *s, int count,
		 int (*fn)(struct scene *s, struct db *db, int i),
		 int ret_counts[16])
{
	int gate[2];

	memset(ret_counts, 0, 16 * sizeof(ret_counts[0]));
	/* A database handle must not go over a fork. */
	db_close(s->db);
	s->db = s->f->db = NULL;
	assert_int_equal(pipe(gate), 0);
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			close(gate[1]);
			crowd_child(s, i, gate[0], fn);
		}
	}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < count; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		ret_counts[WEXITSTATUS(status) & 15]++;
	}
	s->db = s->f->db = fixture_open(s->f, DB_READ_WRITE);
}

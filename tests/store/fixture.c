/* See fixture.h. */
#include "fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW_MS 1800000000000

const struct fixture_place fixture_places[] = {
	{"file", true},
	{":memory:", false},
};
const int fixture_place_count =
	sizeof(fixture_places) / sizeof(*fixture_places);

static const struct fixture_place *current = &fixture_places[0];

int fixture_run(const char *suite, const struct CMUnitTest *tests, size_t n,
		bool only_files)
{
	int failures = 0;
	char name[96];

	for (int i = 0; i < fixture_place_count; i++) {
		current = &fixture_places[i];
		if (only_files && !current->file)
			continue;
		snprintf(name, sizeof(name), "%s in %s", suite, current->name);
		failures += _cmocka_run_group_tests(name, tests, n, NULL, NULL);
	}
	current = &fixture_places[0];
	return failures;
}

void fixture_path(const struct fixture *f, const char *suffix, char path[128])
{
	snprintf(path, 128, "%s%s", f->path, suffix);
}

void fixture_remove(const char *folder)
{
	char path[400];
	struct dirent *entry;
	DIR *d = opendir(folder);

	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	closedir(d);
	rmdir(folder);
}

struct db_options fixture_options(const struct fixture *f, enum db_mode mode)
{
	return (struct db_options){
		.path = f->path,
		.schema = &mend_schema,
		.mode = mode,
		.turn_ms = 3000,
		.owner = "test",
	};
}

struct db *fixture_open(const struct fixture *f, enum db_mode mode)
{
	struct db_options o = fixture_options(f, mode);
	struct db *db = NULL;

	assert_ok(db_open(&o, &db));
	return db;
}

int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct document d = {
		.kind = DOCUMENT_PLAYBOOK,
		.name = "refund",
		.digest = "0123",
		.body = (char[]){"{}"},
		.actor = "ops",
		.created_ms = NOW_MS,
	};

	f->place = current;
	arena_init(&f->arena);
	snprintf(f->folder, sizeof(f->folder), "%s/mend-store-XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(f->folder));
	if (f->place->file)
		snprintf(f->path, sizeof(f->path), "%s/mend.db", f->folder);
	else
		snprintf(f->path, sizeof(f->path), ":memory:");
	f->db = fixture_open(f, DB_MIGRATE);
	assert_ok(db_begin(f->db));
	assert_ok(document_put(f->db, &d));
	assert_ok(db_commit(f->db));
	f->document_id = d.id;
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_release(&f->arena);
	fixture_remove(f->folder);
	free(f);
	return 0;
}

void fixture_assert_err(enum err got, enum err wanted, const char *text,
			const char *file, int line)
{
	if (got == wanted)
		return;
	print_error("%s: %s, wanted %s\n", text, err_name(got),
		    err_name(wanted));
	_fail(file, line);
}

void fixture_assert_aborts(void (*fn)(void *context), void *context,
			   const char *word, const char *other_word)
{
	char said[1024] = "";
	size_t n = 0;
	ssize_t got;
	int out[2], status = 0;
	pid_t pid;

	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		dup2(out[1], 2);
		fn(context);
		_exit(0);
	}
	close(out[1]);
	while ((got = read(out[0], said + n, sizeof(said) - 1 - n)) > 0)
		n += (size_t)got;
	close(out[0]);
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	said[n] = '\0';
	assert_non_null(strstr(said, word));
	assert_non_null(strstr(said, other_word));
}

const char *fixture_id(const char *prefix)
{
	static char id[ID_SIZE];

	id_make(prefix, &world_real, id);
	return id;
}

struct run fixture_run_of(const char *order_id)
{
	struct run r = {
		.state = RUN_READY,
		.priority = 2,
		.due_ms = NOW_MS,
		.amount_minor = -1,
		.source = "test",
		.created_ms = NOW_MS,
		.updated_ms = NOW_MS,
	};

	snprintf(r.public_id, sizeof(r.public_id), "%s", fixture_id("run"));
	snprintf(r.order_id, sizeof(r.order_id), "%s", order_id);
	return r;
}

void fixture_insert_run(struct fixture *f, struct run *r)
{
	assert_ok(run_insert(f->db, r));
	fixture_audit(f->db, r, "received");
	assert_ok(run_write_audit_head(f->db, r));
}

struct run fixture_started(struct fixture *f, const char *order_id)
{
	struct run r = fixture_run_of(order_id);

	assert_ok(db_begin(f->db));
	fixture_insert_run(f, &r);
	assert_ok(db_commit(f->db));
	return r;
}

void fixture_audit(struct db *db, struct run *r, const char *message)
{
	struct audit_entry e = {
		.at_ms = NOW_MS + r->audit.seq,
		.kind = "RECEIVED",
		.actor = "test",
		.message = message,
		.data = "{\"orderId\":\"ORDER-42\"}",
	};

	assert_ok(audit_append(db, r->id, r->public_id, &r->audit, &e));
}

struct call fixture_call_of(const struct fixture *f, const struct run *r,
			    const char *step)
{
	struct call c = {
		.run_id = r->id,
		.visit = 1,
		.adapter = "payment",
		.operation = "refund",
		.adapter_id = f->document_id,
		.purpose = PURPOSE_EFFECT,
		.digest = "abcd",
		.state = CALL_INTENT,
		.attempt = 1,
		.intent_ms = NOW_MS,
	};

	c.params = arena_dup((struct arena *)(uintptr_t)&f->arena,
			     "{\"orderId\":\"ORDER-42\"}");
	snprintf(c.public_id, sizeof(c.public_id), "%s", fixture_id("call"));
	snprintf(c.order_id, sizeof(c.order_id), "%s", r->order_id);
	snprintf(c.step, sizeof(c.step), "%s", step);
	snprintf(c.key, sizeof(c.key), "%s/%s/1", r->public_id, step);
	return c;
}

struct task fixture_task_of(const struct run *r)
{
	static char proposal[] = "{\"action\":\"refund\"}";
	struct task t = {
		.run_id = r->id,
		.step = "approve",
		.visit = 1,
		.state = TASK_OPEN,
		.title = "Refund 20.00 EUR?",
		.reason = "over the automatic limit",
		.role = ROLE_AGENT,
		.issue_type = "refund",
		.tier = 2,
		.proposal = proposal,
		.digest = "beef",
		.amount_minor = 2000,
		.currency = "EUR",
		.event_ms = NOW_MS + 72 * 3600000,
		.approvals_needed = 1,
		.due_ms = NOW_MS + 24 * 3600000,
		.approved = -1,
		.created_ms = NOW_MS,
		.updated_ms = NOW_MS,
	};

	snprintf(t.public_id, sizeof(t.public_id), "%s", fixture_id("task"));
	snprintf(t.order_id, sizeof(t.order_id), "%s", r->order_id);
	return t;
}

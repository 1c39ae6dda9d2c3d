/*
 * Configuration from files into the database and back: all or nothing, versions
 * that never change, and what is in force stays so while a file is wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/flow/catalog.h"
#include "engine/store/audit_store.h"
#include "engine/store/document_store.h"

#define NOW INT64_C(1800000000000)

struct place {
	char folder[64];
	struct db *db;
	struct catalog_check check;
	int changed;
	struct arena arena;
};

static void write_file(struct place *p, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", p->folder, name);
	f = fopen(path, "we");
	assert_non_null(f);
	for (; *text; text++)
		fputc(*text == '\'' ? '"' : *text, f);
	fclose(f);
}

static void remove_file(struct place *p, const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", p->folder, name);
	assert_int_equal(unlink(path), 0);
}

static void adapter(struct place *p, const char *file, const char *name)
{
	char text[300];

	snprintf(text, sizeof(text),
		 "{'adapter': '%s', 'title': 'A', 'kind': 'local', "
		 "'operations': {'echo': {'kind': 'read'}}}",
		 name);
	write_file(p, file, text);
}

static void playbook(struct place *p, const char *file, const char *name,
		     const char *operation)
{
	char text[600];

	snprintf(text, sizeof(text),
		 "{'playbook': '%s', 'title': 'T', 'steps': [{'step': 'c', "
		 "'kind': 'call', 'operation': '%s'}, {'step': 'end', 'kind': "
		 "'finish', 'outcome': 'O', 'result': 'R', 'reason': 'r'}]}",
		 name, operation);
	write_file(p, file, text);
}

static void make_folder(struct place *p, const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", p->folder, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	struct db_options o = {
		.path = ":memory:",
		.schema = &mend_schema,
		.mode = DB_MIGRATE,
		.owner = "test",
	};

	snprintf(p->folder, sizeof(p->folder), "%s/mend-catalog-XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(p->folder));
	make_folder(p, "adapters");
	make_folder(p, "playbooks");
	make_folder(p, "policy");
	adapter(p, "adapters/local.json", "local");
	playbook(p, "playbooks/intake.json", "intake", "local.echo");
	playbook(p, "playbooks/other.json", "other", "local.echo");
	write_file(p, "policy/policy.json",
		   "{'policy': 'policy', 'values': {}, 'roles': {'agent': "
		   "{'limitMinor': 1}}, 'fourEyesMinor': -1, 'dailyCapMinor': "
		   "-1}");
	assert_int_equal(db_open(&o, &p->db), OK);
	arena_init(&p->arena);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	char command[100];

	db_close(p->db);
	arena_release(&p->arena);
	snprintf(command, sizeof(command), "rm -r %s", p->folder);
	assert_int_equal(system(command), 0);
	free(p);
	return 0;
}

static enum err activate(struct place *p)
{
	p->changed = -1;
	return catalog_activate(p->db, p->folder, "Ana", NOW, &p->check,
				&p->changed);
}

static struct catalog *load(struct place *p)
{
	struct problems problems = {.count = 0};
	struct catalog *c = NULL;

	assert_int_equal(catalog_load(p->db, &c, &problems), OK);
	return c;
}

static int64_t generation(struct place *p)
{
	int64_t g;

	assert_int_equal(document_generation(p->db, &g), OK);
	return g;
}

static void says(struct place *p, const char *file, const char *pointer,
		 const char *words)
{
	int i;

	assert_int_equal(catalog_check(p->folder, &p->check), ERR_INVALID);
	for (i = 0; i < p->check.count; i++) {
		const struct file_problem *f = &p->check.item[i];

		if (strcmp(f->file, file) == 0 &&
		    strcmp(f->problem.pointer, pointer) == 0 &&
		    strstr(f->problem.detail, words))
			return;
	}
	fail_msg("%s%s: %s", p->check.item[0].file,
		 p->check.item[0].problem.pointer,
		 p->check.item[0].problem.detail);
}

static void the_shipped_one_is_good(void **state)
{
	struct place *p = *state;

	assert_int_equal(catalog_check("conf", &p->check), OK);
	assert_true(p->check.file_count > 10);
	assert_int_equal(catalog_activate(p->db, "conf", "Ana", NOW, &p->check,
					  &p->changed),
			 OK);
	assert_int_equal(p->changed, p->check.file_count);
}

static void tells_each_fault_with_its_file(void **state)
{
	struct place *p = *state;

	assert_int_equal(catalog_check(p->folder, &p->check), OK);
	assert_int_equal(p->check.file_count, 4);
	write_file(p, "playbooks/bad.json", "{'playbook': ");
	says(p, "playbooks/bad.json", "/playbook", "ends too early");
	playbook(p, "playbooks/bad.json", "intake", "local.echo");
	says(p, "playbooks/intake.json", "", "stands in playbooks/bad.json");
	playbook(p, "playbooks/bad.json", "bad", "local.gone");
	says(p, "playbooks/bad.json", "/steps/0/operation", "no adapter");
	write_file(p, "playbooks/bad.json", "{'playbook': 'bad'}");
	says(p, "playbooks/bad.json", "/title", "missing");
	remove_file(p, "playbooks/bad.json");
	remove_file(p, "playbooks/intake.json");
	says(p, "playbooks", "", "no playbook \"intake\"");
	remove_file(p, "policy/policy.json");
	says(p, "policy", "", "no *.json");
}

static void user_of(struct place *p, const char *file, const char *name,
		    const char *other)
{
	char text[600];

	snprintf(text, sizeof(text),
		 "{'playbook': '%s', 'title': 'T', 'steps': [{'step': 'use', "
		 "'kind': 'playbook', 'playbook': '%s'}, {'step': 'end', "
		 "'kind': 'finish', 'outcome': 'O', 'result': 'R', 'reason': "
		 "'r'}]}",
		 name, other);
	write_file(p, file, text);
}

/* What is stored is whole, and a part that changes makes a new version of what
 * uses it. */
static void sub_playbooks_are_in_place(void **state)
{
	struct place *p = *state;
	const struct playbook *draft;
	struct catalog *c;

	user_of(p, "playbooks/user.json", "user", "other");
	assert_int_equal(activate(p), OK);
	c = load(p);
	assert_int_equal(catalog_playbook(c, "user")->step_count, 4);
	assert_non_null(playbook_step(catalog_playbook(c, "user"), "use.c"));
	catalog_free(c);
	playbook(p, "playbooks/other.json", "other", "local.other");
	write_file(p, "adapters/local.json",
		   "{'adapter': 'local', 'title': 'A', 'kind': 'local', "
		   "'operations': {'echo': {'kind': 'read'}, 'other': {'kind': "
		   "'read'}}}");
	assert_int_equal(activate(p), OK);
	assert_int_equal(p->changed, 3);
	c = load(p);
	assert_int_equal(catalog_playbook(c, "user")->version, 2);
	assert_string_equal(
		playbook_step(catalog_playbook(c, "user"), "use.c")->operation,
		"local.other");
	catalog_free(c);
	assert_int_equal(
		catalog_of_files(p->folder, NULL, &p->check, &c, &draft), OK);
	assert_non_null(playbook_step(catalog_playbook(c, "user"), "use.end"));
	catalog_free(c);
	user_of(p, "playbooks/other.json", "other", "user");
	says(p, "playbooks/user.json", "/steps/0", "user → other → user");
	says(p, "playbooks/other.json", "/steps/0", "other → user → other");
	user_of(p, "playbooks/user.json", "user", "nobody");
	says(p, "playbooks/user.json", "/steps/0/playbook", "no playbook");
}

static const struct document_version *listed(struct place *p, int version)
{
	struct document_version *v;
	int count, i;

	assert_int_equal(document_versions(p->db, DOCUMENT_PLAYBOOK, "other",
					   &p->arena, &v, &count),
			 OK);
	for (i = 0; i < count; i++) {
		if (v[i].document.version == version)
			return &v[i];
	}
	fail_msg("no version %d", version);
	return NULL;
}

static enum err roll_back(struct place *p, int version,
			  struct problems *problems)
{
	enum err e, checked, end;

	memset(problems, 0, sizeof(*problems));
	checked = catalog_version_check(p->db, "other", version, problems);
	memset(problems, 0, sizeof(*problems));
	assert_int_equal(db_begin(p->db), OK);
	e = catalog_activate_version(p->db, "other", version, "it is bad",
				     "Ben", NOW + 5, problems);
	end = db_commit(p->db);
	assert_int_equal(end, OK);
	assert_int_equal(checked, e);
	return e;
}

/* An earlier version comes back as it was, told and counted; what it needs
 * must still be there. */
static void rolls_back(void **state)
{
	struct place *p = *state;
	struct problems problems;
	struct catalog *c;
	int64_t before;

	assert_int_equal(activate(p), OK);
	adapter(p, "adapters/more.json", "more");
	playbook(p, "playbooks/other.json", "other", "more.echo");
	assert_int_equal(activate(p), OK);
	before = generation(p);
	assert_int_equal(roll_back(p, 2, &problems), ERR_CONFLICT);
	assert_int_equal(roll_back(p, 3, &problems), ERR_NOT_FOUND);
	assert_int_equal(generation(p), before);
	assert_int_equal(roll_back(p, 1, &problems), OK);
	assert_int_equal(generation(p), before + 1);
	assert_true(listed(p, 1)->document.active);
	assert_string_equal(listed(p, 1)->activated_by, "Ben");
	assert_int_equal(listed(p, 1)->activated_ms, NOW + 5);
	assert_false(listed(p, 2)->document.active);
	assert_string_equal(listed(p, 2)->activated_by, "Ana");
	assert_int_equal(listed(p, 2)->open_runs, 0);
	c = load(p);
	assert_string_equal(
		playbook_step(catalog_playbook(c, "other"), "c")->operation,
		"local.echo");
	catalog_free(c);
	remove_file(p, "adapters/more.json");
	playbook(p, "playbooks/other.json", "other", "local.echo");
	assert_int_equal(activate(p), OK);
	assert_int_equal(roll_back(p, 2, &problems), ERR_INVALID);
	assert_non_null(strstr(problems.item[0].detail, "no adapter"));
	assert_true(listed(p, 1)->document.active);
}

static void no_such_folder(void **state)
{
	struct place *p = *state;

	assert_int_equal(catalog_check("/nonexistent", &p->check), ERR_INVALID);
	assert_string_equal(p->check.item[0].file, "adapters");
	assert_non_null(strstr(p->check.item[0].problem.detail, "no such"));
}

static void activates(void **state)
{
	struct place *p = *state;
	struct audit_entry *e;
	struct catalog *c;
	int count;

	assert_int_equal(activate(p), OK);
	assert_int_equal(p->changed, 4);
	assert_int_equal(generation(p), 1);
	c = load(p);
	assert_int_equal(c->generation, 1);
	assert_non_null(catalog_adapter(c, "local"));
	assert_non_null(catalog_operation(c, "local.echo", NULL));
	assert_null(catalog_operation(c, "local.gone", NULL));
	assert_null(catalog_operation(c, "gone.echo", NULL));
	assert_null(catalog_operation(c, "echo", NULL));
	assert_int_equal(catalog_playbook(c, "intake")->version, 1);
	assert_null(catalog_playbook(c, "gone"));
	assert_int_equal(c->policy.limit_minor[ROLE_AGENT], 1);
	catalog_free(c);
	assert_int_equal(audit_list(p->db, 0, 0, 10, &p->arena, &e, &count),
			 OK);
	assert_int_equal(count, 1);
	assert_string_equal(e[0].kind, "CONFIGURATION");
	assert_string_equal(e[0].actor, "Ana");
}

static void nothing_changed(void **state)
{
	struct place *p = *state;

	assert_int_equal(activate(p), OK);
	assert_int_equal(activate(p), OK);
	assert_int_equal(p->changed, 0);
	assert_int_equal(generation(p), 1);
	/* Blanks and the order of members do not make another version. */
	write_file(p, "adapters/local.json",
		   "{ 'kind':'local', 'title': 'A', 'operations': {'echo': "
		   "{'kind': 'read'}}, 'adapter' : 'local' }");
	assert_int_equal(activate(p), OK);
	assert_int_equal(p->changed, 0);
}

static int version_of(struct place *p, const char *name, int64_t *ret_id)
{
	struct catalog *c = load(p);
	const struct playbook *b = catalog_playbook(c, name);
	int version = b ? b->version : 0;

	if (b && ret_id)
		*ret_id = b->document_id;
	catalog_free(c);
	return version;
}

static void versions_stay(void **state)
{
	struct place *p = *state;
	const struct playbook *old = NULL;
	struct catalog *c;
	int64_t first = 0, second = 0, again = 0;

	assert_int_equal(activate(p), OK);
	assert_int_equal(version_of(p, "other", &first), 1);
	write_file(p, "playbooks/other.json",
		   "{'playbook': 'other', 'title': 'New', 'steps': [{'step': "
		   "'end', 'kind': 'finish', 'outcome': 'O', 'result': 'R', "
		   "'reason': 'r'}]}");
	assert_int_equal(activate(p), OK);
	assert_int_equal(p->changed, 1);
	assert_int_equal(version_of(p, "other", &second), 2);
	assert_int_not_equal(first, second);

	/* A run keeps the version it began with. */
	c = load(p);
	assert_int_equal(catalog_playbook_by_id(c, p->db, first, &old), OK);
	assert_int_equal(old->version, 1);
	assert_string_equal(old->title, "T");
	assert_int_equal(catalog_playbook(c, "other")->version, 2);
	assert_int_equal(catalog_playbook_by_id(c, p->db, 999, &old),
			 ERR_NOT_FOUND);
	catalog_free(c);

	/* The same content again is the same version again. */
	playbook(p, "playbooks/other.json", "other", "local.echo");
	assert_int_equal(activate(p), OK);
	assert_int_equal(version_of(p, "other", &again), 1);
	assert_int_equal(again, first);
}

static void what_is_gone_is_retired(void **state)
{
	struct place *p = *state;

	assert_int_equal(activate(p), OK);
	remove_file(p, "playbooks/other.json");
	assert_int_equal(activate(p), OK);
	assert_int_equal(p->changed, 1);
	assert_int_equal(version_of(p, "other", NULL), 0);
	assert_int_equal(version_of(p, "intake", NULL), 1);
}

static void all_or_nothing(void **state)
{
	struct place *p = *state;

	assert_int_equal(activate(p), OK);
	playbook(p, "playbooks/new.json", "new", "local.echo");
	playbook(p, "playbooks/other.json", "other", "local.gone");
	assert_int_equal(activate(p), ERR_INVALID);
	assert_int_equal(p->changed, 0);
	assert_true(p->check.count > 0);
	assert_int_equal(generation(p), 1);
	assert_int_equal(version_of(p, "new", NULL), 0);
	assert_int_equal(version_of(p, "other", NULL), 1);
	assert_false(db_in_transaction(p->db));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_shipped_one_is_good),
		TEST(tells_each_fault_with_its_file),
		TEST(sub_playbooks_are_in_place),
		TEST(rolls_back),
		TEST(no_such_folder),
		TEST(activates),
		TEST(nothing_changed),
		TEST(versions_stay),
		TEST(what_is_gone_is_retired),
		TEST(all_or_nothing),
	};

	json_init();
	return RUN(tests);
}

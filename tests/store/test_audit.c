/*
 * The record: it grows by appending only, and whoever goes behind the store's
 * back (a raw connection, triggers dropped) is found. Each way of tampering is
 * a row of a table; an untouched record has no finding.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/store/audit_chain.h"
#include "fixture.h"

#define NOW_MS 1800000000000

struct findings {
	int count;
	struct audit_finding first;
	char all[4096];
};

static void found(void *context, const struct audit_finding *f)
{
	struct findings *all = context;
	size_t n = strlen(all->all);

	if (all->count++ == 0)
		all->first = *f;
	snprintf(all->all + n, sizeof(all->all) - n, "%s %ld: %s\n",
		 f->run_public_id, f->seq, f->what);
}

static struct findings verify(struct db *db)
{
	struct findings f = {0};
	int64_t entries = 0;

	assert_ok(audit_verify(db, found, &f, &entries));
	return f;
}

static void append(struct fixture *f, struct run *r, int count)
{
	char message[32];

	assert_ok(db_begin(f->db));
	for (int i = 0; i < count; i++) {
		snprintf(message, sizeof(message), "step %ld",
			 r->audit.seq + 1);
		fixture_audit(f->db, r, message);
	}
	assert_ok(run_write_audit_head(f->db, r));
	assert_ok(db_commit(f->db));
}

static void append_system(struct fixture *f, const char *message)
{
	struct audit_entry e = {.at_ms = NOW_MS,
				.kind = "ENGINE_STARTED",
				.actor = "engine",
				.message = message};

	assert_ok(db_begin(f->db));
	assert_ok(audit_append_system(f->db, &e));
	assert_ok(db_commit(f->db));
}

static void seal(struct fixture *f)
{
	assert_ok(db_begin(f->db));
	assert_ok(audit_seal(f->db, NOW_MS));
	assert_ok(db_commit(f->db));
}

static int64_t system_entries(struct fixture *f)
{
	struct audit_entry *e;
	int count;

	assert_ok(audit_list(f->db, 0, 0, 1000, &f->arena, &e, &count));
	return count;
}

/* ---- appending ---- */

static void test_entries_come_back_in_order(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct run other = fixture_started(f, "ORDER-2");
	struct audit_entry *e;
	bool ok = false;
	int count;

	append(f, &r, 4);
	append(f, &other, 1);
	append_system(f, "started");
	assert_ok(audit_list(f->db, r.id, 0, 99, &f->arena, &e, &count));
	assert_int_equal(count, 5);
	for (int i = 0; i < count; i++)
		assert_int_equal(e[i].seq, i + 1);
	assert_string_equal(e[1].message, "step 2");
	assert_string_equal(e[0].kind, "RECEIVED");
	assert_string_equal(e[0].actor, "test");
	assert_string_equal(e[0].data, "{\"orderId\":\"ORDER-42\"}");
	assert_ok(audit_list(f->db, r.id, 3, 1, &f->arena, &e, &count));
	assert_int_equal(count, 1);
	assert_int_equal(e[0].seq, 4);
	assert_ok(audit_list(f->db, 0, 0, 99, &f->arena, &e, &count));
	assert_int_equal(count, 1);
	assert_string_equal(e[0].data, "{}");
	assert_ok(audit_verify_run(f->db, r.id, &ok, NULL));
	assert_true(ok);
	assert_err(audit_verify_run(f->db, 999, &ok, NULL), ERR_NOT_FOUND);
	assert_int_equal(verify(f->db).count, 0);
}

/* Two writers from one head: a chain can't fork. */
static void test_an_old_head_is_refused(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1"), old = r;
	struct audit_entry e = {.kind = "STEP", .actor = "a", .message = "m"};

	append(f, &r, 1);
	assert_ok(db_begin(f->db));
	assert_err(audit_append(f->db, old.id, old.public_id, &old.audit, &e),
		   ERR_CONSTRAINT);
	assert_int_equal(old.audit.seq, 1); /* head untouched on failure */
	assert_ok(db_commit(f->db));
}

static void test_a_rollback_leaves_no_gap(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1"), lost = r;
	struct audit_entry e = {.kind = "STEP", .actor = "a", .message = "m"};

	assert_ok(db_begin(f->db));
	fixture_audit(f->db, &lost, "never");
	assert_ok(audit_append_system(f->db, &e));
	db_rollback(f->db);
	append(f, &r, 1);
	append_system(f, "started");
	assert_int_equal(verify(f->db).count, 0);
}

static void test_seals_come_when_there_is_something(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");

	seal(f);
	assert_int_equal(system_entries(f), 1);
	seal(f); /* nothing but the seal itself */
	seal(f);
	assert_int_equal(system_entries(f), 1);
	append(f, &r, 3);
	seal(f);
	assert_int_equal(system_entries(f), 2);
	append_system(f, "stopped");
	seal(f);
	assert_int_equal(system_entries(f), 4);
	assert_int_equal(verify(f->db).count, 0);
}

static void test_triggers_refuse(void **state)
{
	struct fixture *f = *state;
	sqlite3 *raw = NULL;

	fixture_started(f, "ORDER-1");
	assert_int_equal(sqlite3_open(f->path, &raw), SQLITE_OK);
	assert_int_equal(sqlite3_exec(raw, "UPDATE audit SET message = 'x'",
				      NULL, NULL, NULL),
			 SQLITE_CONSTRAINT);
	assert_int_equal(
		sqlite3_exec(raw, "DELETE FROM audit", NULL, NULL, NULL),
		SQLITE_CONSTRAINT);
	assert_int_equal(sqlite3_exec(raw, "UPDATE document SET body = 'x'",
				      NULL, NULL, NULL),
			 SQLITE_CONSTRAINT);
	assert_int_equal(
		sqlite3_exec(raw, "DELETE FROM document", NULL, NULL, NULL),
		SQLITE_CONSTRAINT);
	sqlite3_close(raw);
}

/* ---- tampering ---- */

/* Run 1 has entries 1 to 5, of which 4 and 5 came after the last seal; run 2
 * has 1 and 2, sealed; run 3 has none of its own but its first, sealed. */
static const struct {
	const char *sql;
	const char *says; /* must stand among the findings */
} tamperings[] = {
	{"UPDATE audit SET message = 'x' WHERE run_id = 1 AND seq = 2",
	 "2: does not match"},
	{"UPDATE audit SET at_ms = at_ms + 1 WHERE run_id = 1 AND seq = 5",
	 "5: does not match"},
	{"UPDATE audit SET actor = 'eve' WHERE run_id = 1 AND seq = 1",
	 "1: does not match"},
	{"UPDATE audit SET kind = 'CLOSED' WHERE run_id = 1 AND seq = 3",
	 "3: does not match"},
	{"UPDATE audit SET data = '{}' WHERE run_id = 1 AND seq = 3",
	 "3: does not match"},
	{"UPDATE audit SET hash = zeroblob(32) WHERE run_id = 1 AND seq = 5",
	 "another hash"},
	{"UPDATE audit SET run_id = 3, seq = 2 WHERE run_id = 1 AND seq = 5",
	 "2: 1 more than its head"},
	{"DELETE FROM audit WHERE run_id = 1 AND seq = 3", "3: 1 missing"},
	{"DELETE FROM audit WHERE run_id = 1 AND seq = 1", "1: 1 missing"},
	{"DELETE FROM audit WHERE run_id = 1 AND seq >= 4",
	 "4: 2 missing at the end"},
	{"DELETE FROM audit WHERE run_id = 1", "1: 5 missing at the end"},
	/* Reordered: two change places. */
	{"UPDATE audit SET seq = -2 WHERE run_id = 1 AND seq = 2;"
	 "UPDATE audit SET seq = 2 WHERE run_id = 1 AND seq = 3;"
	 "UPDATE audit SET seq = 3 WHERE run_id = 1 AND seq = -2",
	 "2: does not match"},
	/* Inserted, with all after it renumbered. */
	{"UPDATE audit SET seq = -seq WHERE run_id = 1 AND seq >= 3;"
	 "UPDATE audit SET seq = 1 - seq WHERE run_id = 1 AND seq < 0;"
	 "INSERT INTO audit (run_id, seq, at_ms, kind, actor, message, data,"
	 " hash) SELECT run_id, 3, at_ms, kind, actor, 'new', data, hash"
	 " FROM audit WHERE run_id = 1 AND seq = 2",
	 "3: does not match"},
	/* Twice the same number. */
	{"DROP INDEX audit_run;"
	 "INSERT INTO audit (run_id, seq, at_ms, kind, actor, message, data,"
	 " hash) SELECT run_id, seq, at_ms, kind, actor, message, data, hash"
	 " FROM audit WHERE run_id = 1 AND seq = 2",
	 "2: number given twice"},
	/* A tail that its head does not know. */
	{"INSERT INTO audit (run_id, seq, at_ms, kind, actor, message, data,"
	 " hash) SELECT run_id, 6, at_ms, kind, actor, 'new', data, hash"
	 " FROM audit WHERE run_id = 1 AND seq = 5",
	 "6: 1 more than its head"},
	/* A head that lies. */
	{"UPDATE run SET audit_seq = 4 WHERE id = 1", "1 more than its head"},
	{"UPDATE run SET audit_seq = 6 WHERE id = 1", "6: 1 missing"},
	{"UPDATE run SET audit_head = zeroblob(32) WHERE id = 1",
	 "another hash"},
	{"UPDATE run SET public_id = 'run_0' WHERE id = 1",
	 "1: does not match"},
	/* Gone whole, head and all: only seals know. */
	{"DELETE FROM audit WHERE run_id = 2;"
	 "DELETE FROM run WHERE id = 2",
	 "sealed 7 entries (ids 1 to 7), there are 5"},
	{"DELETE FROM audit WHERE run_id = 3;"
	 "UPDATE run SET audit_seq = 0 WHERE id = 3",
	 "has no record at all"},
	{"DELETE FROM run WHERE id = 2", "belongs to a run that is gone"},
	/* Behind a seal that still counts right. */
	{"UPDATE audit SET hash = zeroblob(32) WHERE run_id = 3;"
	 "UPDATE run SET audit_head = zeroblob(32) WHERE id = 3",
	 "are not those that were sealed"},
	/* The system's own chain and the seals in it. */
	{"UPDATE audit SET message = 'x' WHERE run_id IS NULL AND seq = 1",
	 "system 1: does not match"},
	{"DELETE FROM audit WHERE run_id IS NULL", "system 1: 3 missing"},
	{"DELETE FROM meta WHERE key = 'system_audit'", "the head is gone"},
	{"UPDATE audit SET data = replace(data, '\"rows\":7', '\"rows\":6')",
	 "sealed 6 entries"},
	{"UPDATE audit SET data = data || ' ' WHERE kind = 'SEAL'",
	 "is no seal"},
	{"UPDATE audit SET data = replace(data, '\"from\":1,', '\"from\":2,')",
	 "seals from id 2 on, not from 1"},
	{"UPDATE meta SET value_int = 3 WHERE key = 'sealed_audit_id'",
	 "the seals end at id 9, not at 3"},
};

static void prepare_record(struct fixture *f)
{
	struct run a = fixture_started(f, "ORDER-1");
	struct run b = fixture_started(f, "ORDER-2");

	fixture_started(f, "ORDER-3");
	append(f, &a, 2);
	append(f, &b, 1);
	append_system(f, "started");
	seal(f); /* 7 entries; itself the eighth */
	append(f, &a, 1);
	seal(f); /* the eighth and ninth; itself the tenth */
	append(f, &a, 1);
	assert_int_equal(verify(f->db).count, 0);
}

static void copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	char block[4096];
	size_t n;

	while ((n = fread(block, 1, sizeof(block), in)) > 0)
		assert_int_equal(fwrite(block, 1, n, out), n);
	fclose(in);
	fclose(out);
}

static void remove_database(const char *path)
{
	static const char *const parts[] = {"", "-wal", "-shm"};
	char name[160];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, parts[i]);
		unlink(name);
	}
}

static void test_every_tampering_is_found(void **state)
{
	struct fixture *f = *state;
	char from[128], path[128];

	prepare_record(f);
	fixture_path(f, "-copy", from);
	assert_ok(db_backup(f->db, from));
	for (size_t i = 0; i < sizeof(tamperings) / sizeof(*tamperings); i++) {
		struct db_options o = fixture_options(f, DB_MIGRATE);
		struct findings all;
		sqlite3 *raw = NULL;
		char *why = NULL;
		struct db *db = NULL;

		fixture_path(f, "-tampered", path);
		copy_file(from, path);
		assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
		sqlite3_exec(raw,
			     "DROP TRIGGER audit_no_update;"
			     "DROP TRIGGER audit_no_delete",
			     NULL, NULL, &why);
		assert_null(why);
		sqlite3_exec(raw, tamperings[i].sql, NULL, NULL, &why);
		if (why != NULL)
			fail_msg("%s: %s", tamperings[i].sql, why);
		sqlite3_close(raw);
		o.path = path;
		assert_ok(db_open(&o, &db));
		all = verify(db);
		db_close(db);
		if (strstr(all.all, tamperings[i].says) == NULL)
			fail_msg("%s\nwanted: %s\nfound: %s", tamperings[i].sql,
				 tamperings[i].says, all.all);
		remove_database(path);
	}
}

/* Whoever knows how hashes are made gives a forged entry one that fits; then
 * the next one does not. */
static void test_a_forged_hash_breaks_the_next(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct audit_head first = r.audit;
	struct audit_entry *e;
	struct findings all;
	sqlite3 *raw = NULL;
	sqlite3_stmt *s = NULL;
	uint8_t hash[DIGEST_SIZE];
	int count;

	append(f, &r, 3);
	assert_ok(audit_list(f->db, r.id, 1, 1, &f->arena, &e, &count));
	audit_hash(first.hash, r.public_id, 2, e, hash);
	assert_int_equal(sqlite3_open(f->path, &raw), SQLITE_OK);
	sqlite3_exec(raw, "DROP TRIGGER audit_no_update", NULL, NULL, NULL);
	sqlite3_prepare_v2(raw,
			   "SELECT 1 FROM audit WHERE seq = 2 AND hash = ?1",
			   -1, &s, NULL);
	sqlite3_bind_blob(s, 1, hash, DIGEST_SIZE, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW); /* so it is made */
	sqlite3_finalize(s);
	e[0].message = arena_dup(&f->arena, "forged");
	audit_hash(first.hash, r.public_id, 2, e, hash);
	sqlite3_prepare_v2(raw,
			   "UPDATE audit SET message = 'forged', hash = ?1"
			   " WHERE seq = 2",
			   -1, &s, NULL);
	sqlite3_bind_blob(s, 1, hash, DIGEST_SIZE, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(s), SQLITE_DONE);
	sqlite3_finalize(s);
	sqlite3_close(raw);
	all = verify(f->db);
	assert_int_equal(all.count, 1);
	assert_int_equal(all.first.seq, 3);
}

static void test_one_run_is_told_apart(void **state)
{
	struct fixture *f = *state;
	struct audit_finding finding = {.seq = 0};
	sqlite3 *raw = NULL;
	bool ok = true;

	prepare_record(f);
	assert_int_equal(sqlite3_open(f->path, &raw), SQLITE_OK);
	assert_int_equal(sqlite3_exec(raw,
				      "DROP TRIGGER audit_no_update;"
				      "UPDATE audit SET message = 'x'"
				      " WHERE run_id = 1 AND seq = 2",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(raw);
	assert_ok(audit_verify_run(f->db, 1, &ok, &finding));
	assert_false(ok);
	assert_int_equal(finding.seq, 2);
	assert_ok(audit_verify_run(f->db, 2, &ok, &finding));
	assert_true(ok);
	/* Also inside a view that somebody else has opened. */
	assert_ok(db_begin_read(f->db));
	assert_ok(audit_verify_run(f->db, 1, &ok, NULL));
	assert_false(ok);
	db_end_read(f->db);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		FIXTURE_TEST(test_entries_come_back_in_order),
		FIXTURE_TEST(test_an_old_head_is_refused),
		FIXTURE_TEST(test_a_rollback_leaves_no_gap),
		FIXTURE_TEST(test_seals_come_when_there_is_something),
	};
	const struct CMUnitTest files[] = {
		FIXTURE_TEST(test_triggers_refuse),
		FIXTURE_TEST(test_every_tampering_is_found),
		FIXTURE_TEST(test_a_forged_hash_breaks_the_next),
		FIXTURE_TEST(test_one_run_is_told_apart),
	};

	return FIXTURE_RUN("audit", all, false) +
	       FIXTURE_RUN("audit, tampering", files, true);
}

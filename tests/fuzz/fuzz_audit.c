/*
 * The audit verifier over a record that somebody tampered with. Each line of
 * the input is "ROW COLUMN TEXT": row and column as digits, text as it is; it
 * is written over the column, or (column 7) the row is deleted.
 *
 * Promises tried: an untouched record has no finding; whatever was changed is
 * found; a finding can be shown; a seal reads as exactly what was printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/store/audit_chain.h"
#include "../../engine/store/run_store.h"
#include "../../engine/store/sql.h"
#include "fuzz.h"

#define NOW_MS INT64_C(1800000000000)
#define ROWS 9 /* rows that the record has, ids 1 … ROWS */
#define TAMPERS_MAX 4
#define DELETE_COLUMN 7

extern const char *const mend_sql[];

/* Behind the statements of the store stand those that it must never have. */
enum {
	T_UNLOCK_UPDATE = SQL_COUNT,
	T_UNLOCK_DELETE,
	T_COLUMN, /* one for each of the seven */
	T_DELETE = T_COLUMN + DELETE_COLUMN,
	T_DIGEST,
	T_COUNT
};

#define SET(column) "UPDATE audit SET " column " = ?2 WHERE id = ?1"
static const char *const tampering[T_COUNT - SQL_COUNT] = {
	"DROP TRIGGER audit_no_update",
	"DROP TRIGGER audit_no_delete",
	SET("at_ms"),
	SET("kind"),
	SET("actor"),
	SET("message"),
	SET("data"),
	"UPDATE OR IGNORE audit SET seq = ?2 WHERE id = ?1",
	"UPDATE OR IGNORE audit SET hash = CAST(substr(?2 || "
	"'0123456789abcdef0123456789abcdef', 1, 32) AS BLOB) WHERE id = ?1 "
	"AND length(CAST(substr(?2 || '0123456789abcdef0123456789abcdef', 1, "
	"32) AS BLOB)) = 32",
	"DELETE FROM audit WHERE id = ?1",
	"SELECT group_concat(id || run_id || ',' || seq || ',' || at_ms || "
	"quote(kind) || quote(actor) || quote(message) || quote(data) || "
	"hex(hash)) FROM (SELECT id, ifnull(run_id, 0) AS run_id, seq, at_ms, "
	"kind, actor, message, data, hash FROM audit ORDER BY id)",
};

static struct db_schema schema;

static void run(struct db *db, int statement)
{
	require(db_run(db_bind_start(db, statement), NULL) == OK);
}

static void append(struct db *db, struct run *r, const char *message)
{
	struct audit_entry e = {.at_ms = NOW_MS,
				.kind = "RECEIVED",
				.actor = "ann",
				.message = message,
				.data = "{\"orderId\":\"ORDER-42\"}"};

	require(audit_append(db, r->id, r->public_id, &r->audit, &e) == OK);
	require(run_write_audit_head(db, r) == OK);
}

static void add_run(struct db *db, const char *id, const char *order)
{
	struct run r = {.state = RUN_READY,
			.due_ms = NOW_MS,
			.amount_minor = -1,
			.source = "test",
			.created_ms = NOW_MS,
			.updated_ms = NOW_MS};

	(void)snprintf(r.public_id, sizeof(r.public_id), "%s", id);
	(void)snprintf(r.order_id, sizeof(r.order_id), "%s", order);
	require(run_insert(db, &r) == OK);
	append(db, &r, "received");
	append(db, &r, "classified");
	append(db, &r, "decided");
}

static void fill(struct db *db)
{
	struct audit_entry e = {.at_ms = NOW_MS,
				.kind = "ENGINE_STARTED",
				.actor = "engine",
				.message = "started"};

	require(db_begin(db) == OK);
	add_run(db, "run_01h455vb4pex5vsknk084sn02q", "ORDER-1");
	add_run(db, "run_01h455vb4pex5vsknk084sn02r", "ORDER-2");
	require(audit_append_system(db, &e) == OK);
	require(audit_seal(db, NOW_MS) == OK);
	require(audit_append_system(db, &e) == OK);
	run(db, T_UNLOCK_UPDATE);
	run(db, T_UNLOCK_DELETE);
	require(db_commit(db) == OK);
}

static struct db *database(void)
{
	static const char *statements[T_COUNT];
	static struct db *db;
	struct db_options o = {.path = ":memory:",
			       .schema = &schema,
			       .mode = DB_MIGRATE,
			       .turn_ms = 3000,
			       .owner = "fuzz"};

	if (db)
		return db;
	memcpy(statements, mend_sql, sizeof(*statements) * SQL_COUNT);
	memcpy(statements + SQL_COUNT, tampering, sizeof(tampering));
	schema = mend_schema;
	schema.statement = statements;
	schema.statement_count = T_COUNT;
	require(db_open(&o, &db) == OK);
	fill(db);
	return db;
}

/* All of the record as text. */
static const char *contents(struct db *db, struct arena *a)
{
	struct db_stmt *s = db_bind_start(db, T_DIGEST);
	const char *text;

	require(db_one(s) == OK);
	text = db_text(s, 0, a);
	db_done(s);
	return text ? text : "";
}

static void tamper(struct db *db, const char *line)
{
	int row, column, used = 0;
	struct db_stmt *s;

	if (sscanf(line, "%1d %1d %n", &row, &column, &used) < 2 ||
	    column > DELETE_COLUMN)
		return;
	s = db_bind_start(db, T_COLUMN + column);
	db_bind_int(s, 1, row);
	if (column == 0 || column == 5)
		db_bind_int(s, 2, strtoll(line + used, NULL, 10));
	else if (column != DELETE_COLUMN)
		db_bind_text(s, 2, line + used);
	/* What the schema itself refuses has changed nothing. */
	if (db_run(s, NULL) != OK)
		return;
}

static void found(void *context, const struct audit_finding *f)
{
	require(fuzz_text_ok(f->what) && f->what[0]);
	require(fuzz_text_ok(f->run_public_id) && f->run_public_id[0]);
	(*(int *)context)++;
}

static void try_seal(const char *text)
{
	char again[SEAL_DATA_SIZE];
	struct seal seal;

	if (!seal_parse(text, &seal))
		return;
	seal_print(&seal, again);
	require(strcmp(text, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {(const char *)data, size};
	struct db *db = database();
	struct arena a = {0};
	const char *before = contents(db, &a);
	int64_t entries = 0;
	int findings = 0;
	bool touched;

	require(db_begin(db) == OK);
	for (int i = 0; i < TAMPERS_MAX && in.left; i++) {
		const char *line = input_line(&in, &a);

		tamper(db, line);
		try_seal(line);
	}
	touched = strcmp(before, contents(db, &a)) != 0;
	require(audit_verify(db, found, &findings, &entries) == OK);
	require(touched == (findings > 0));
	require(entries <= ROWS);
	db_rollback(db);
	arena_release(&a);
	return 0;
}

/*
 * Why: "fast" means close to what SQLite on this disk can do at all. Here it
 * writes exactly the rows of a W5 and nothing else: Mend's own statements,
 * prepared once, synchronous=FULL, the same turnstile, batches and checkpoints;
 * no planning, no JSON, no hashing. The texts come from a run that the engine
 * has finished.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "engine/base/mem.h"
#include "engine/store/sql.h"
#include "engine/store/turnstile.h"

#define ENTRIES_MAX 32
#define CHECKPOINT_EVERY 200 /* commits, as the engine does */

struct entry {
	int plan; /* of W5_STEPS, in which it is written */
	char kind[32], actor[64], *message, *data;
};

struct raw {
	struct place place;
	sqlite3 *db;
	sqlite3_stmt *begin, *commit, *claim, *enter, *update, *close, *insert;
	struct turnstile *turn;
	struct entry entry[ENTRIES_MAX];
	int entry_count, commits;
	int64_t next_id; /* of the next run that is not yet used */
};

static void must(struct raw *r, bool good)
{
	bench_must(good, sqlite3_errmsg(r->db));
}

static sqlite3_stmt *prepare(struct raw *r, const char *sql)
{
	sqlite3_stmt *s = NULL;

	must(r, sqlite3_prepare_v3(r->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
				   &s, NULL) == SQLITE_OK);
	return s;
}

static void run_one(struct raw *r, sqlite3_stmt *s)
{
	must(r, sqlite3_step(s) == SQLITE_DONE);
	sqlite3_reset(s);
}

/* A plan is what a step came to; the first one takes the run in, too. */
static void take_pattern(struct raw *r, struct place *pattern)
{
	sqlite3_stmt *s;
	char path[300];
	sqlite3 *db;
	int results = 0;

	snprintf(path, sizeof(path), "%s/mend.db", pattern->folder);
	bench_must(sqlite3_open(path, &db) == SQLITE_OK, path);
	sqlite3_prepare_v2(db,
			   "SELECT kind, actor, message, data FROM audit"
			   " WHERE run_id = (SELECT min(id) FROM run"
			   " WHERE state = 'COMPLETED') AND seq > 1"
			   " ORDER BY seq",
			   -1, &s, NULL);
	while (sqlite3_step(s) == SQLITE_ROW && r->entry_count < ENTRIES_MAX) {
		struct entry *e = &r->entry[r->entry_count++];
		const char *text[4];

		for (int i = 0; i < 4; i++)
			text[i] = (const char *)sqlite3_column_text(s, i);
		if (strcmp(text[0], "CALL_RESULT") == 0)
			results++;
		e->plan = results ? results - 1 : 0;
		snprintf(e->kind, sizeof(e->kind), "%s", text[0]);
		snprintf(e->actor, sizeof(e->actor), "%s", text[1]);
		e->message = mem_dup(text[2]);
		e->data = mem_dup(text[3]);
	}
	sqlite3_finalize(s);
	sqlite3_close(db);
	bench_must(results == W5_STEPS, "a W5 in the pattern's place");
}

static void open_database(struct raw *r)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/mend.db", r->place.folder);
	bench_must(sqlite3_open(path, &r->db) == SQLITE_OK, path);
	sqlite3_wal_autocheckpoint(r->db, 0);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, (int *)NULL);
	must(r, sqlite3_exec(r->db,
			     "PRAGMA synchronous = FULL;"
			     "PRAGMA temp_store = MEMORY;"
			     "PRAGMA cell_size_check = ON;",
			     NULL, NULL, NULL) == SQLITE_OK);
	r->begin = prepare(r, "BEGIN IMMEDIATE");
	r->commit = prepare(r, "COMMIT");
	r->claim = prepare(r, "UPDATE run SET lease = 1, epoch = 1"
			      " WHERE id = ?1");
	r->enter = prepare(r, mend_sql[SQL_RUN_UPDATE_SEARCH]);
	r->update = prepare(r, mend_sql[SQL_RUN_UPDATE]);
	r->close = prepare(r, mend_sql[SQL_RUN_UPDATE_CLOSED]);
	r->insert = prepare(r, mend_sql[SQL_AUDIT_INSERT]);
	BENCH_OK(turnstile_open(path, "raw", &r->turn));
}

struct raw *raw_open(struct place *pattern)
{
	struct raw *r = mem_alloc(sizeof(*r));

	place_open(&r->place, "raw");
	r->next_id = 1;
	take_pattern(r, pattern);
	open_database(r);
	return r;
}

void raw_close(struct raw *r)
{
	turnstile_close(r->turn);
	sqlite3_finalize(r->begin);
	sqlite3_finalize(r->commit);
	sqlite3_finalize(r->claim);
	sqlite3_finalize(r->enter);
	sqlite3_finalize(r->update);
	sqlite3_finalize(r->close);
	sqlite3_finalize(r->insert);
	sqlite3_close(r->db);
	place_close(&r->place);
	for (int i = 0; i < r->entry_count; i++) {
		free(r->entry[i].message);
		free(r->entry[i].data);
	}
	free(r);
}

static void begin(struct raw *r)
{
	BENCH_OK(turnstile_enter(r->turn, 3000));
	run_one(r, r->begin);
}

static void commit(struct raw *r)
{
	run_one(r, r->commit);
	if (++r->commits % CHECKPOINT_EVERY == 0)
		sqlite3_wal_checkpoint_v2(
			r->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	turnstile_leave(r->turn);
}

static void bind_text(sqlite3_stmt *s, int position, const char *text)
{
	sqlite3_bind_text(s, position, text, -1, SQLITE_STATIC);
}

/* The row after a plan, as the engine would leave it. */
static void update_run(struct raw *r, int64_t id, int plan)
{
	static const char *const steps[] = {"one",  "two",  "three",
					    "four", "five", "end"};
	bool last = plan == W5_STEPS - 1;
	/* The first and the last move what is indexed. */
	sqlite3_stmt *s = plan == 0 ? r->enter : last ? r->close : r->update;
	char progress[200] = "route:1:0:0";
	uint8_t head[32] = {(uint8_t)plan};

	for (int i = 0; i <= plan + 1; i++) {
		size_t used = strlen(progress);

		snprintf(progress + used, sizeof(progress) - used, " %s:1:1:0",
			 steps[i]);
	}
	sqlite3_clear_bindings(s);
	sqlite3_bind_int64(s, 1, id);
	sqlite3_bind_int64(s, 2, 1);
	sqlite3_bind_int64(s, 3, 0);
	bind_text(s, 4, last ? "COMPLETED" : "RUNNING");
	bind_text(s, 5, steps[plan + 1]);
	bind_text(s, 6, "");
	bind_text(s, 7, progress);
	sqlite3_bind_int64(s, 8, 1);
	sqlite3_bind_int64(s, 9, 1);
	sqlite3_bind_int64(s, 11, 0);
	sqlite3_bind_int64(s, 18, 1 + plan);
	sqlite3_bind_blob(s, 19, head, sizeof(head), SQLITE_STATIC);
	sqlite3_bind_int64(s, 20, 1700000000000 + plan);
	sqlite3_bind_int64(s, 21, 1);
	if (last) {
		bind_text(s, 22, NULL);
		bind_text(s, 23, "RESOLVED_AUTOMATICALLY");
		sqlite3_bind_int64(s, 31, 1700000000000);
	} else {
		sqlite3_bind_int64(s, 28, 1);
	}
	bind_text(s, 32, "");
	sqlite3_bind_int64(s, 33, 2);
	sqlite3_bind_int64(s, 34, 0);
	run_one(r, s);
	must(r, sqlite3_changes(r->db) == 1);
}

static void insert_entry(struct raw *r, int64_t id, int64_t seq,
			 const struct entry *e)
{
	sqlite3_stmt *s = r->insert;
	uint8_t hash[32] = {(uint8_t)id, (uint8_t)(id >> 8), (uint8_t)seq};

	sqlite3_bind_int64(s, 1, id);
	sqlite3_bind_int64(s, 2, seq);
	sqlite3_bind_int64(s, 3, 1700000000000);
	bind_text(s, 4, e->kind);
	bind_text(s, 5, e->actor);
	bind_text(s, 6, e->message);
	bind_text(s, 7, e->data);
	sqlite3_bind_blob(s, 8, hash, sizeof(hash), SQLITE_STATIC);
	run_one(r, s);
}

static void claim_batch(struct raw *r, int64_t first, int batch)
{
	sqlite3_exec(r->db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
	begin(r);
	for (int64_t id = first; id < first + batch; id++) {
		sqlite3_bind_int64(r->claim, 1, id);
		run_one(r, r->claim);
	}
	commit(r);
	sqlite3_exec(r->db, "PRAGMA synchronous = FULL", NULL, NULL, NULL);
}

static void write_plans(struct raw *r, int plan, int batch)
{
	for (int64_t id = r->next_id; id < r->next_id + batch; id++) {
		update_run(r, id, plan);
		for (int i = 0; i < r->entry_count; i++)
			if (r->entry[i].plan == plan)
				insert_entry(r, id, 2 + i, &r->entry[i]);
	}
}

double raw_w5(struct raw *r, int count, int batch)
{
	double start, cpu;

	place_start(&r->place, count);
	start = bench_now();
	cpu = bench_cpu();
	for (int done = 0; done < count; done += batch, r->next_id += batch) {
		claim_batch(r, r->next_id, batch);
		for (int plan = 0; plan < W5_STEPS; plan++) {
			begin(r);
			write_plans(r, plan, batch);
			commit(r);
		}
	}
	bench_took_cpu = bench_cpu() - cpu;
	return bench_now() - start;
}

double raw_starts(struct raw *r, int count)
{
	const char *const sql[] = {mend_sql[SQL_RUN_INSERT],
				   mend_sql[SQL_CASE_SAVE]};
	sqlite3_stmt *run = prepare(r, sql[0]), *file = prepare(r, sql[1]);
	const uint8_t head[32] = {1};
	double start = bench_now();
	char id[40], order[40];

	for (int i = 0; i < count; i++, r->place.orders++) {
		snprintf(id, sizeof(id), "run_raw%023d", r->place.orders);
		snprintf(order, sizeof(order), "RAW-%d", r->place.orders);
		sqlite3_bind_int64(run, 12, 0);
		sqlite3_bind_int64(run, 13, 0);
		for (int p = 18; p <= 21; p++)
			sqlite3_bind_int64(run, p, 0);
		bind_text(run, 1, id);
		bind_text(run, 2, order);
		bind_text(run, 3, "READY");
		for (int p = 9; p <= 11; p++)
			bind_text(run, p, "");
		bind_text(run, 14, "");
		sqlite3_bind_int64(run, 15, 2);
		sqlite3_bind_int64(run, 16, INT64_C(1) << 50);
		bind_text(run, 32, "api");
		sqlite3_bind_int64(run, 34, 1);
		sqlite3_bind_blob(run, 35, head, 32, SQLITE_STATIC);
		sqlite3_bind_int64(run, 36, 1700000000000);
		sqlite3_bind_int64(run, 37, 1700000000000);
		begin(r);
		run_one(r, run);
		r->next_id = sqlite3_last_insert_rowid(r->db);
		sqlite3_bind_int64(file, 1, r->next_id);
		bind_text(file, 2, "{\"orderId\":\"RAW\",\"request\":{}}");
		sqlite3_bind_int64(file, 3, 1700000000000);
		run_one(r, file);
		insert_entry(r, r->next_id++, 1, &r->entry[0]);
		commit(r);
	}
	start = bench_now() - start;
	sqlite3_finalize(run);
	sqlite3_finalize(file);
	return start;
}

double raw_steps(struct raw *r, int count)
{
	double start;

	/* A claim and the move into the first step go before. */
	place_start(&r->place, BATCH);
	claim_batch(r, r->next_id, BATCH);
	begin(r);
	for (int64_t id = r->next_id; id < r->next_id + BATCH; id++)
		update_run(r, id, 0);
	commit(r);
	start = bench_now();
	for (int step = 0; step < count / BATCH; step++) {
		begin(r);
		for (int64_t id = r->next_id; id < r->next_id + BATCH; id++) {
			update_run(r, id, 1 + step % (W5_STEPS - 2));
			/* One from the middle: the answer of a step. */
			insert_entry(r, id, 100 + step,
				     &r->entry[r->entry_count / 2]);
		}
		commit(r);
	}
	r->next_id += BATCH;
	return bench_now() - start;
}

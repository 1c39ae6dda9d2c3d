/*
 * Why: every measurement begins with a fresh database and a configuration
 * that it knows, and leaves nothing behind.
 */
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "engine/base/json.h"
#include "engine/flow/catalog.h"
#include "engine/flow/intake.h"

static const struct {
	const char *path, *text;
} documents[] = {
	{"adapters/local.json",
	 "{\"adapter\": \"local\", \"title\": \"In the process\","
	 " \"kind\": \"local\", \"operations\": {"
	 "\"echo\": {\"kind\": \"read\"}}}"},
	{"adapters/deaf.json",
	 "{\"adapter\": \"deaf\", \"title\": \"Never answers\","
	 " \"kind\": \"http\", \"baseUrl\": \"http://127.0.0.1:1\","
	 " \"concurrency\": 1, \"operations\": {"
	 "\"get\": {\"kind\": \"read\", \"method\": \"GET\","
	 " \"path\": \"/{{orderId}}\"}}}"},
	{"playbooks/intake.json",
	 "{\"playbook\": \"intake\", \"title\": \"Route\", \"steps\": ["
	 "{\"step\": \"route\", \"kind\": \"choose\", \"rules\": ["
	 "{\"name\": \"w5\", \"route\": \"w5\"}]}]}"},
	{"playbooks/w5.json",
	 "{\"playbook\": \"w5\", \"title\": \"Five steps\", \"steps\": ["
	 "{\"step\": \"one\", \"kind\": \"call\","
	 " \"operation\": \"local.echo\"},"
	 "{\"step\": \"two\", \"kind\": \"call\","
	 " \"operation\": \"local.echo\"},"
	 "{\"step\": \"three\", \"kind\": \"call\","
	 " \"operation\": \"local.echo\"},"
	 "{\"step\": \"four\", \"kind\": \"call\","
	 " \"operation\": \"local.echo\"},"
	 "{\"step\": \"five\", \"kind\": \"call\","
	 " \"operation\": \"local.echo\"},"
	 "{\"step\": \"end\", \"kind\": \"finish\","
	 " \"outcome\": \"RESOLVED_AUTOMATICALLY\", \"result\": \"NONE\","
	 " \"reason\": \"Five steps were taken\"}]}"},
	{"playbooks/ask.json",
	 "{\"playbook\": \"ask\", \"title\": \"Ask for ever\", \"steps\": ["
	 "{\"step\": \"ask\", \"kind\": \"call\","
	 " \"operation\": \"deaf.get\"},"
	 "{\"step\": \"end\", \"kind\": \"finish\","
	 " \"outcome\": \"RESOLVED_AUTOMATICALLY\", \"result\": \"NONE\","
	 " \"reason\": \"Never reached\"}]}"},
	{"policy/policy.json",
	 "{\"policy\": \"policy\", \"values\": {}, \"roles\": {"
	 "\"agent\": {\"limitMinor\": 0},"
	 "\"supervisor\": {\"limitMinor\": 0},"
	 "\"admin\": {\"limitMinor\": -1}},"
	 " \"fourEyesMinor\": -1, \"dailyCapMinor\": -1}"},
};

double bench_took_cpu;

void bench_must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench: failed: %s\n", what);
	exit(1);
}

double bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double bench_median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), by_value);
	return values[count / 2];
}

double bench_memory_mib(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[200];
	double kib = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "RssAnon:", 8) == 0)
			kib = strtod(line + 8, NULL);
	}
	if (f)
		fclose(f);
	return kib / 1024;
}

void bench_result(const char *name, double value, const char *unit)
{
	printf("{\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"}\n", name,
	       value, unit);
	fflush(stdout);
}

void place_document(const struct place *p, const char *path, const char *text)
{
	char full[400];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", p->config.conf, path);
	f = fopen(full, "w");
	bench_must(f && fputs(text, f) >= 0 && fclose(f) == 0, full);
}

static void write_documents(const struct place *p)
{
	static const char *const folders[] = {"", "/adapters", "/playbooks",
					      "/policy"};
	char path[400];

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		snprintf(path, sizeof(path), "%s%s", p->config.conf,
			 folders[i]);
		bench_must(mkdir(path, 0777) == 0, path);
	}
	for (size_t i = 0; i < sizeof(documents) / sizeof(*documents); i++)
		place_document(p, documents[i].path, documents[i].text);
}

void place_activate(struct place *p)
{
	struct catalog_check check;
	int changed;

	if (catalog_activate(p->db, p->config.conf, "bench",
			     world_wall_ms(&world_real), &check,
			     &changed) == OK)
		return;
	bench_must(check.count > 0, "catalog_activate");
	fprintf(stderr, "%s%s\n", check.item[0].file,
		check.item[0].problem.pointer);
	bench_must(false, check.item[0].problem.detail);
}

void place_open(struct place *p, const char *name)
{
	const char *root = getenv("BENCH_DIR");
	struct problems problems = {.count = 0};

	memset(p, 0, sizeof(*p));
	snprintf(p->folder, sizeof(p->folder), "%s/%s-XXXXXX",
		 root ? root : "/tmp", name);
	bench_must(mkdtemp(p->folder) != NULL, p->folder);
	BENCH_OK(config_load(NULL, &p->config, &problems));
	snprintf(p->config.data, sizeof(p->config.data), "%s", p->folder);
	snprintf(p->config.conf, sizeof(p->config.conf), "%s/conf", p->folder);
	p->config.tick_runs = BATCH;
	write_documents(p);
	BENCH_OK(store_open(&p->config, DB_MIGRATE, "bench", &p->db));
	place_activate(p);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

void place_close(struct place *p)
{
	db_close(p->db);
	nftw(p->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void place_start(struct place *p, int count)
{
	place_start_as(p, "BENCH", count);
}

void place_start_as(struct place *p, const char *prefix, int count)
{
	const struct actor actor = {.name = "bench", .role = ROLE_ADMIN};
	struct problems problems = {.count = 0};
	enum intake_way way;
	struct run run;
	char order[64];

	for (int i = 0; i < count; i++) {
		struct intake in = {.order_id = order, .priority = -1};

		snprintf(order, sizeof(order), "%s-%d", prefix, p->orders++);
		if (i % BATCH == 0)
			BENCH_OK(db_begin(p->db));
		BENCH_OK(order_intake(p->db, &world_real, &in, &actor,
				      &problems, &run, &way));
		if (i % BATCH == BATCH - 1 || i == count - 1)
			BENCH_OK(db_commit(p->db));
	}
}

/* A recursion in SQL: a million through the intake would take minutes. */
void place_flood(struct place *p, int count, const char *queue, int priority)
{
	char path[300], *sql;
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/mend.db", p->folder);
	bench_must(sqlite3_open(path, &db) == SQLITE_OK, path);
	sqlite3_wal_autocheckpoint(db, 0);
	/* 7919 has no factor in common with the counts: a permutation. */
	sql = sqlite3_mprintf(
		"BEGIN IMMEDIATE;"
		"WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1"
		" FROM n WHERE i + 1 < %d) INSERT INTO run (public_id,"
		" order_id, state, queue, priority, due_ms, audit_head,"
		" created_ms, updated_ms, playbook_id, step) SELECT"
		" printf('run_%%026d', %d + i), printf('BENCH-%%d', %d + i),"
		" 'READY', %Q, %d, 1 + i * 7919 %% %d, zeroblob(32), 1, 1,"
		" (SELECT document_id FROM active WHERE name = 'ask'"
		" AND %Q <> ''), iif(%Q <> '', 'ask', '') FROM n;"
		"COMMIT; PRAGMA wal_checkpoint(TRUNCATE);",
		count, p->orders, p->orders, queue, priority, count, queue,
		queue);
	bench_must(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK,
		   sqlite3_errmsg(db));
	sqlite3_free(sql);
	sqlite3_close(db);
	p->orders += count;
}

void place_rest(struct place *p)
{
	char path[300];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/mend.db", p->folder);
	bench_must(sqlite3_open(path, &db) == SQLITE_OK, path);
	sqlite3_wal_autocheckpoint(db, 0);
	bench_must(sqlite3_exec(db,
				"UPDATE run SET due_ms = due_ms + (1 << 42);"
				"PRAGMA wal_checkpoint(TRUNCATE)",
				NULL, NULL, NULL) == SQLITE_OK,
		   sqlite3_errmsg(db));
	sqlite3_close(db);
}

static enum err deaf_start(void *context, const struct http_request *r)
{
	(void)context;
	(void)r;
	return OK;
}

static bool deaf_next(void *context, struct http_response *response)
{
	(void)context;
	(void)response;
	return false;
}

static void deaf_drop(void *context, int64_t tag)
{
	(void)context;
	(void)tag;
}

struct engine *bench_engine(struct place *p)
{
	struct engine_options o = {
		.db = p->db,
		.config = &p->config,
		.world = &world_real,
		.network = {.start = deaf_start,
			    .next = deaf_next,
			    .drop = deaf_drop},
	};
	struct engine *e;

	BENCH_OK(engine_open(&o, &e));
	return e;
}

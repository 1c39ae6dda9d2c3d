/*
 * Why: a database with years behind it: closed runs with their audit, as rows
 * that a search meets. Through the engine five million would take minutes.
 */
#include <sqlite3.h>
#include <stdio.h>

#include "bench.h"

/* Every tenth is of the kind that is searched for; amounts go round, so that
 * each is as frequent among few as among many. */
#define RUNS                                                                   \
	"WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"      \
	" WHERE i + 1 < %d) INSERT INTO run (public_id, order_id, state,"      \
	" outcome, result, issue_type, tier, step, amount_minor, currency,"    \
	" audit_seq, audit_head, created_ms, updated_ms, closed_ms)"           \
	" SELECT printf('run_%%026d', %d + i), printf('HIST-%%08d', %d + i),"  \
	" iif(i %% 10, 'COMPLETED', 'CANCELED'), iif(i %% 10,"                 \
	" 'RESOLVED_AUTOMATICALLY', 'CANCELED'), 'NONE', iif(i %% 10,"         \
	" 'transfer_failed', 'seat_mismatch'), 1, 'end', 1000 + i %% 500,"     \
	" 'EUR', %d, zeroblob(32), 1000, 1000, 2000 FROM n;"
#define ENTRIES                                                                \
	"WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"      \
	" WHERE i + 1 < %lld) INSERT INTO audit (run_id, seq, at_ms, kind,"    \
	" actor, message, data, hash) SELECT f.first + i / %d, 1 + i %% %d,"   \
	" 1000 + i, 'CALL_RESULT', 'mend', 'Transfer was asked for again',"    \
	" '{\"operation\":\"transfer.retry\",\"class\":\"OK\"}',"              \
	" randomblob(32) FROM n, (SELECT max(id) - %d AS first FROM run) f;"

void history_flood(const char *path, int before, int runs, int entries)
{
	char *sql;
	sqlite3 *db;

	bench_must(sqlite3_open(path, &db) == SQLITE_OK, path);
	sqlite3_wal_autocheckpoint(db, 0);
	sql = sqlite3_mprintf("PRAGMA synchronous = OFF;"
			      "PRAGMA cache_size = -200000;"
			      "BEGIN IMMEDIATE;" RUNS ENTRIES
			      "COMMIT; PRAGMA wal_checkpoint(TRUNCATE);",
			      runs, before, before, entries,
			      (long long)runs * entries, entries, entries,
			      runs - 1);
	bench_must(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK,
		   sqlite3_errmsg(db));
	sqlite3_free(sql);
	sqlite3_close(db);
}

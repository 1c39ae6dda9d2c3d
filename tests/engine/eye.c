/* See eye.h. Always holds: it never writes, and keeps no transaction open. */
#include "eye.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *sql;
} tables[EYE_TABLE_COUNT] = {
	[EYE_RUN] = {"run", "SELECT id FROM run WHERE id = ?1"},
	[EYE_CALL] = {"call", "SELECT run_id, state, attempt, purpose,"
			      " adapter, operation, idempotency_key, step,"
			      " visit, name, digest, params FROM call"
			      " WHERE id = ?1"},
	[EYE_INBOX] = {"inbox", "SELECT run_id, consumed_ms, kind, name, body,"
				" actor, received_ms FROM inbox WHERE id = ?1"},
	[EYE_AUDIT] = {"audit", "SELECT run_id, seq, at_ms, kind, actor,"
				" message, data, hash FROM audit"
				" WHERE id = ?1"},
	[EYE_TASK] = {"task", "SELECT run_id, state, digest, proposal FROM task"
			      " WHERE id = ?1"},
};

static struct {
	sqlite3 *handle;
	sqlite3_stmt *stmt[EYE_TABLE_COUNT], *now;
	int64_t queue[EYE_TABLE_COUNT][EYE_ROWS];
	bool queued[EYE_TABLE_COUNT][EYE_ROWS];
	int from[EYE_TABLE_COUNT], count[EYE_TABLE_COUNT];
	int64_t highest[EYE_TABLE_COUNT];
	char trouble[100];
} eye;

static void touch(int t, int64_t id)
{
	if (id >= EYE_ROWS) {
		snprintf(eye.trouble, sizeof(eye.trouble),
			 "more rows of %s than there is room for",
			 tables[t].name);
		return;
	}
	if (id > eye.highest[t])
		eye.highest[t] = id;
	if (eye.queued[t][id])
		return;
	eye.queued[t][id] = true;
	eye.queue[t][eye.count[t]++] = id;
}

static void on_change(void *context, int what, const char *database,
		      const char *table, sqlite3_int64 id)
{
	int t;

	(void)context;
	(void)database;
	for (t = 0; t < EYE_TABLE_COUNT; t++) {
		if (strcmp(tables[t].name, table) != 0)
			continue;
		if (what == SQLITE_DELETE)
			snprintf(eye.trouble, sizeof(eye.trouble),
				 "row %lld of %s was deleted", (long long)id,
				 table);
		touch(t, id);
	}
}

static int on_connection(sqlite3 *handle, char **message,
			 const struct sqlite3_api_routines *api)
{
	(void)message;
	(void)api;
	sqlite3_update_hook(handle, on_change, NULL);
	return SQLITE_OK;
}

void eye_register(void)
{
	if (sqlite3_auto_extension((void (*)(void))on_connection) != SQLITE_OK)
		abort();
}

void eye_forget(void)
{
	int t;

	for (t = 0; t < EYE_TABLE_COUNT; t++) {
		memset(eye.queued[t], 0, (size_t)eye.highest[t] + 1);
		eye.from[t] = eye.count[t] = 0;
		eye.highest[t] = 0;
	}
	eye.trouble[0] = '\0';
}

/* What was there before we looked. */
static void find_highest(int t)
{
	char sql[64];
	sqlite3_stmt *s;
	int64_t highest;

	snprintf(sql, sizeof(sql), "SELECT max(id) FROM %s", tables[t].name);
	if (sqlite3_prepare_v2(eye.handle, sql, -1, &s, NULL) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_ROW)
		abort();
	highest = sqlite3_column_int64(s, 0);
	if (highest > eye.highest[t])
		eye.highest[t] = highest;
	sqlite3_finalize(s);
}

void eye_open(const char *path)
{
	int t;

	if (sqlite3_open(path, &eye.handle) != SQLITE_OK)
		abort();
	sqlite3_db_config(eye.handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
			  (int *)NULL);
	for (t = 0; t < EYE_TABLE_COUNT; t++) {
		if (sqlite3_prepare_v2(eye.handle, tables[t].sql, -1,
				       &eye.stmt[t], NULL) != SQLITE_OK)
			abort();
		find_highest(t);
	}
}

void eye_close(void)
{
	int t;

	for (t = 0; t < EYE_TABLE_COUNT; t++)
		sqlite3_finalize(eye.stmt[t]);
	sqlite3_close(eye.handle);
	eye.handle = NULL;
}

void eye_touch_all(void)
{
	int t;

	for (t = 0; t < EYE_TABLE_COUNT; t++) {
		int64_t id;

		for (id = 1; id <= eye.highest[t]; id++)
			touch(t, id);
	}
}

bool eye_next(enum eye_table t, int64_t *ret_id)
{
	if (eye.from[t] == eye.count[t]) {
		eye.from[t] = eye.count[t] = 0;
		return false;
	}
	*ret_id = eye.queue[t][eye.from[t]++];
	eye.queued[t][*ret_id] = false;
	return true;
}

const char *eye_trouble(void)
{
	return eye.trouble[0] ? eye.trouble : NULL;
}

bool eye_row(enum eye_table t, int64_t id)
{
	int code;

	eye.now = eye.stmt[t];
	sqlite3_reset(eye.now);
	sqlite3_bind_int64(eye.now, 1, id);
	code = sqlite3_step(eye.now);
	if (code == SQLITE_ROW)
		return true;
	sqlite3_reset(eye.now);
	if (code != SQLITE_DONE)
		snprintf(eye.trouble, sizeof(eye.trouble), "not read: %s",
			 sqlite3_errmsg(eye.handle));
	return false;
}

int64_t eye_int(int column)
{
	return sqlite3_column_int64(eye.now, column);
}

const char *eye_text(int column)
{
	const unsigned char *text = sqlite3_column_text(eye.now, column);

	return text ? (const char *)text : "";
}

const void *eye_blob(int column)
{
	return sqlite3_column_blob(eye.now, column);
}

void eye_done(void)
{
	sqlite3_reset(eye.now);
}

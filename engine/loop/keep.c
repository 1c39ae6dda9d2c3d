/*
 * Why: upkeep, each at its own pace and only when there is something to keep:
 * checkpoints (the engine alone makes them), seals over the audit, old
 * idempotency keys, and the sweep that looks for rows whose state and columns
 * disagree.
 */
#include <malloc.h>
#include <stdlib.h>

#include "../base/log.h"
#include "../base/mem.h"
#include "../flow/life.h"
#include "../flow/webhook.h"
#include "../store/audit_store.h"
#include "../store/key_store.h"
#include "../store/webhook_store.h"
#include "parts.h"

#define CHECKPOINT_FRAMES 1000
#define WAL_ALARM_BYTES (64 * 1024 * 1024)
#define SWEEP_ROWS 1000
#define EXPIRE_ROWS 1000
#define EXPIRE_MS (60 * 60 * 1000)
#define EXPIRE_AGAIN_MS 1000 /* while there is more than one batch */
#define DAY_MS (24LL * 60 * 60 * 1000)

/* Places in keep_ms and in the table below. */
enum keep {
	KEEP_CHECKPOINT,
	KEEP_SEAL,
	KEEP_EXPIRE,
	KEEP_SWEEP,
	KEEP_TRIM,
	KEEP_WATCH,
	KEEP_SECRETS
};

static enum err checkpoint(struct engine *e)
{
	int64_t wal = 0;
	enum err err;

	if (!e->dirty)
		return OK;
	err = db_checkpoint(e->db, &wal);
	e->wal_left = db_wal_frames(e->db);
	if (err == OK && wal > WAL_ALARM_BYTES)
		log_warning("write-ahead log is large bytes=%lld: a reader "
			    "may be stuck",
			    (long long)wal);
	return err;
}

static enum err seal(struct engine *e)
{
	enum err err;

	if (!e->dirty)
		return OK;
	err = db_begin(e->db);
	if (err == OK)
		err = audit_seal(e->db, e->now_ms);
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK)
		db_rollback(e->db);
	else
		e->dirty = false;
	return err;
}

static enum err expire(struct engine *e)
{
	int64_t before = e->now_ms - e->config->idempotency_days * DAY_MS;
	int64_t count = 0, webhooks = 0;
	enum err err = db_begin(e->db);

	if (err == OK)
		err = key_expire(e->db, before, EXPIRE_ROWS, &count);
	if (err == OK)
		err = webhook_expire(e->db, e->now_ms - WEBHOOK_DAYS * DAY_MS,
				     EXPIRE_ROWS, &webhooks);
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK)
		db_rollback(e->db);
	else if (count == EXPIRE_ROWS || webhooks == EXPIRE_ROWS)
		e->keep_ms[KEEP_EXPIRE] -= EXPIRE_MS - EXPIRE_AGAIN_MS;
	return err;
}

/* A run that somebody has just spoken to may be due in a state that is not. */
static bool settled(const struct run *r)
{
	return r->inbox_read == r->inbox_seq;
}

static enum err sweep(struct engine *e)
{
	struct run *rows = mem_alloc(SWEEP_ROWS * sizeof(*rows));
	int count = 0, i;
	enum err err =
		run_sweep(e->db, e->sweep_after, SWEEP_ROWS, rows, &count);

	for (i = 0; err == OK && i < count; i++) {
		const char *wrong = run_columns_wrong(&rows[i]);

		if (wrong && settled(&rows[i]))
			log_error("row and state disagree run=%s state=%s "
				  "column=%s",
				  rows[i].public_id,
				  run_state_name(rows[i].state), wrong);
	}
	e->sweep_after = count == SWEEP_ROWS ? rows[count - 1].id : 0;
	free(rows);
	return err;
}

/* What a burst took goes back when it is over, and what upkeep itself took. */
static enum err trim(struct engine *e)
{
	if (e->used_count == 0) {
		db_trim(e->db);
		malloc_trim(0);
	}
	return OK;
}

static const struct upkeep {
	const char *name;
	int64_t every_ms;
	enum err (*run)(struct engine *);
} upkeep[] = {
	[KEEP_CHECKPOINT] = {"checkpoint", 5000, checkpoint},
	[KEEP_SEAL] = {"seal", 60000, seal},
	[KEEP_EXPIRE] = {"expire", EXPIRE_MS, expire},
	[KEEP_SWEEP] = {"sweep", 60000, sweep},
	[KEEP_TRIM] = {"trim", 10000, trim},
	[KEEP_WATCH] = {"adapter state", 1000, engine_write_watch},
	[KEEP_SECRETS] = {"secrets", SECRET_AGAIN_MS, engine_find_secrets},
};

void part_keep(struct engine *e)
{
	size_t i;

	if (e->mono_ms < e->rest_until_ms)
		return;
	/* What a reader holds back is not tried again at every tick. */
	if (db_wal_frames(e->db) - e->wal_left >= CHECKPOINT_FRAMES)
		e->keep_ms[KEEP_CHECKPOINT] = 0;
	for (i = 0; i < sizeof(upkeep) / sizeof(upkeep[0]); i++) {
		enum err err;

		if (e->keep_ms[i] &&
		    e->mono_ms - e->keep_ms[i] < upkeep[i].every_ms)
			continue;
		e->keep_ms[i] = e->mono_ms;
		err = upkeep[i].run(e);
		if (err != OK)
			engine_rest(e, err, upkeep[i].name);
	}
}

/*
 * Does the record still hold? (audit_store.h)
 *
 * A chain tells what was altered, deleted, inserted or reordered in it, and its
 * head, which stands with the run, what was cut from or put to its end. Seals
 * tell what vanished whole (audit_verify_seal.c). Runs are read one by one,
 * each with its chain in one read transaction, so that a long check does not
 * hold up the WAL and a working engine does not look like a forger.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/strbuf.h"
#include "audit_chain.h"
#include "audit_check.h"
#include "sql.h"

#define RUNS_AT_ONCE 1000
#define ORPHANS_MAX 1000

void audit_report(struct audit_check *c, const char *chain, int64_t seq,
		  const char *format, ...)
{
	struct audit_finding f = {.seq = seq};
	va_list args;

	STR_COPY(f.run_public_id, chain);
	va_start(args, format);
	vsnprintf(f.what, sizeof(f.what), format, args);
	va_end(args);
	c->found(c->context, &f);
}

/* ---- one chain ---- */

/* What its entries must lead to. */
struct chain {
	char name[ID_SIZE];
	struct audit_head head;
};

static void check_entry(struct audit_check *c, const struct chain *chain,
			struct audit_head *at, const struct audit_entry *e,
			const uint8_t stored[DIGEST_SIZE])
{
	uint8_t hash[DIGEST_SIZE];

	if (e->seq > at->seq + 1)
		audit_report(c, chain->name, at->seq + 1, "%" PRId64 " missing",
			     e->seq - at->seq - 1);
	else if (e->seq <= at->seq)
		audit_report(c, chain->name, e->seq, "number given twice");
	audit_hash(at->hash, chain->name, e->seq, e, hash);
	if (memcmp(hash, stored, DIGEST_SIZE) != 0)
		audit_report(c, chain->name, e->seq,
			     "does not match its hash and the entry before");
	/* Go on from what is stored: one fault, one finding. */
	at->seq = e->seq;
	memcpy(at->hash, stored, DIGEST_SIZE);
	c->entries++;
}

static void check_end(struct audit_check *c, const struct chain *chain,
		      const struct audit_head *at)
{
	if (chain->head.seq == 0 && strcmp(chain->name, AUDIT_SYSTEM) != 0)
		audit_report(c, chain->name, 0, "has no record at all");
	if (at->seq < chain->head.seq)
		audit_report(c, chain->name, at->seq + 1,
			     "%" PRId64 " missing at the end",
			     chain->head.seq - at->seq);
	else if (at->seq > chain->head.seq)
		audit_report(c, chain->name, chain->head.seq + 1,
			     "%" PRId64 " more than its head knows",
			     at->seq - chain->head.seq);
	else if (memcmp(at->hash, chain->head.hash, DIGEST_SIZE) != 0)
		audit_report(c, chain->name, at->seq,
			     "its head has another hash than its last entry");
}

/* The statement yields the chain in order, hash last. */
static enum err check_chain(struct audit_check *c, const struct chain *chain,
			    struct db_stmt *s)
{
	struct audit_head at = {0};
	uint8_t stored[DIGEST_SIZE];
	struct audit_entry e;
	enum db_step step;

	while ((step = db_step(s)) == DB_ROW) {
		arena_reset(&c->arena);
		audit_read(s, &c->arena, &e);
		db_blob_into(s, 7, stored, sizeof(stored));
		check_entry(c, chain, &at, &e, stored);
	}
	if (step == DB_ERROR)
		return db_error(s);
	check_end(c, chain, &at);
	return OK;
}

static enum err check_run(struct audit_check *c)
{
	struct db_stmt *s = db_bind_start(c->db, SQL_AUDIT_HEAD_OF_RUN);
	struct chain chain;
	enum err e;

	db_bind_int(s, 1, c->run_id);
	e = db_one(s);
	if (e != OK)
		return e;
	DB_TEXT_INTO(s, 0, chain.name);
	chain.head.seq = db_int(s, 1);
	db_blob_into(s, 2, chain.head.hash, DIGEST_SIZE);
	db_done(s);
	s = db_bind_start(c->db, SQL_AUDIT_CHAIN);
	db_bind_int(s, 1, c->run_id);
	return check_chain(c, &chain, s);
}

static enum err check_system(struct audit_check *c)
{
	struct db_stmt *s = db_bind_start(c->db, SQL_AUDIT_HEAD_OF_SYSTEM);
	struct chain chain = {.name = AUDIT_SYSTEM};
	enum err e = db_one(s);

	if (e == ERR_NOT_FOUND) {
		audit_report(c, AUDIT_SYSTEM, 0, "the head is gone");
		return OK;
	}
	if (e != OK)
		return e;
	chain.head.seq = db_int(s, 0);
	db_blob_into(s, 1, chain.head.hash, DIGEST_SIZE);
	db_done(s);
	return check_chain(c, &chain,
			   db_bind_start(c->db, SQL_AUDIT_CHAIN_SYSTEM));
}

/* ---- all ---- */

static enum err check_orphans(struct audit_check *c)
{
	struct db_stmt *s = db_bind_start(c->db, SQL_AUDIT_ORPHANS);
	enum db_step step;
	char name[ID_SIZE];

	db_bind_int(s, 1, ORPHANS_MAX);
	while ((step = db_step(s)) == DB_ROW) {
		snprintf(name, sizeof(name), "row %" PRId64, db_int(s, 0));
		audit_report(c, name, db_int(s, 1),
			     "belongs to a run that is gone");
		c->entries++;
	}
	return step == DB_ERROR ? db_error(s) : OK;
}

/* The caller may have a view already. */
static enum err in_one_view(struct audit_check *c,
			    enum err (*part)(struct audit_check *c))
{
	bool own = !db_in_transaction(c->db) && !db_reading(c->db);
	enum err e = own ? db_begin_read(c->db) : OK;

	if (e == OK)
		e = part(c);
	if (own)
		db_end_read(c->db);
	return e;
}

static enum err runs_after(struct db *db, int64_t after, int64_t *ids,
			   int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_AUDIT_RUNS);
	enum db_step step;

	*ret_count = 0;
	db_bind_int(s, 1, after);
	db_bind_int(s, 2, RUNS_AT_ONCE);
	while ((step = db_step(s)) == DB_ROW)
		ids[(*ret_count)++] = db_int(s, 0);
	return step == DB_ERROR ? db_error(s) : OK;
}

static enum err check_runs(struct audit_check *c)
{
	int64_t ids[RUNS_AT_ONCE], after = 0;
	enum err e;
	int count;

	do {
		e = runs_after(c->db, after, ids, &count);
		for (int i = 0; i < count && e == OK; i++) {
			c->run_id = after = ids[i];
			e = in_one_view(c, check_run);
		}
	} while (e == OK && count == RUNS_AT_ONCE);
	return e;
}

enum err audit_verify(struct db *db,
		      void (*found)(void *context,
				    const struct audit_finding *),
		      void *context, int64_t *ret_entries)
{
	struct audit_check c = {.db = db, .found = found, .context = context};
	enum err e;

	arena_init(&c.arena);
	e = in_one_view(&c, check_system);
	if (e == OK)
		e = in_one_view(&c, audit_check_seals);
	if (e == OK)
		e = check_runs(&c);
	if (e == OK)
		e = in_one_view(&c, check_orphans);
	arena_release(&c.arena);
	if (e == OK && ret_entries != NULL)
		*ret_entries = c.entries;
	return e;
}

struct first_finding {
	struct audit_finding finding;
	bool any;
};

static void keep_first(void *context, const struct audit_finding *f)
{
	struct first_finding *first = context;

	if (!first->any)
		first->finding = *f;
	first->any = true;
}

enum err audit_verify_run(struct db *db, int64_t run_id, bool *ret_ok,
			  struct audit_finding *f)
{
	struct first_finding first = {0};
	struct audit_check c = {.db = db,
				.found = keep_first,
				.context = &first,
				.run_id = run_id};
	enum err e;

	arena_init(&c.arena);
	e = in_one_view(&c, check_run);
	arena_release(&c.arena);
	if (e != OK)
		return e;
	*ret_ok = !first.any;
	if (first.any && f != NULL)
		*f = first.finding;
	return OK;
}

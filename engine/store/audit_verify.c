/*
 * Does the record still hold? (audit_store.h)
 *
 * A chain tells what was altered, deleted, inserted or reordered in it, and its
 * head, which stands with the run, what was cut from or put to its end. Seals
 * tell what vanished whole. Runs are read one by one, each with its chain in
 * one read transaction, so that a long check does not hold up the WAL and a
 * working engine does not look like a forger.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/strbuf.h"
#include "audit_chain.h"
#include "sql.h"

#define RUNS_AT_ONCE 1000
#define ORPHANS_MAX 1000

struct check {
	struct db *db;
	void (*found)(void *context, const struct audit_finding *f);
	void *context;
	int64_t entries;
	int64_t run_id; /* the one that check_run() takes */
	struct arena arena;
};

__attribute__((format(printf, 4, 5))) static void
report(struct check *c, const char *chain, int64_t seq, const char *format, ...)
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

static void check_entry(struct check *c, const struct chain *chain,
			struct audit_head *at, const struct audit_entry *e,
			const uint8_t stored[DIGEST_SIZE])
{
	uint8_t hash[DIGEST_SIZE];

	if (e->seq > at->seq + 1)
		report(c, chain->name, at->seq + 1, "%" PRId64 " missing",
		       e->seq - at->seq - 1);
	else if (e->seq <= at->seq)
		report(c, chain->name, e->seq, "number given twice");
	audit_hash(at->hash, chain->name, e->seq, e, hash);
	if (memcmp(hash, stored, DIGEST_SIZE) != 0)
		report(c, chain->name, e->seq,
		       "does not match its hash and the entry before");
	/* Go on from what is stored: one fault, one finding. */
	at->seq = e->seq;
	memcpy(at->hash, stored, DIGEST_SIZE);
	c->entries++;
}

static void check_end(struct check *c, const struct chain *chain,
		      const struct audit_head *at)
{
	if (chain->head.seq == 0 && strcmp(chain->name, AUDIT_SYSTEM) != 0)
		report(c, chain->name, 0, "has no record at all");
	if (at->seq < chain->head.seq)
		report(c, chain->name, at->seq + 1,
		       "%" PRId64 " missing at the end",
		       chain->head.seq - at->seq);
	else if (at->seq > chain->head.seq)
		report(c, chain->name, chain->head.seq + 1,
		       "%" PRId64 " more than its head knows",
		       at->seq - chain->head.seq);
	else if (memcmp(at->hash, chain->head.hash, DIGEST_SIZE) != 0)
		report(c, chain->name, at->seq,
		       "its head has another hash than its last entry");
}

/* The statement yields the chain in order, hash last. */
static enum err check_chain(struct check *c, const struct chain *chain,
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

static enum err check_run(struct check *c)
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

static enum err check_system(struct check *c)
{
	struct db_stmt *s = db_bind_start(c->db, SQL_AUDIT_HEAD_OF_SYSTEM);
	struct chain chain = {.name = AUDIT_SYSTEM};
	enum err e = db_one(s);

	if (e == ERR_NOT_FOUND) {
		report(c, AUDIT_SYSTEM, 0, "the head is gone");
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

/* ---- seals ---- */

static enum err check_seal(struct check *c, int64_t seq, const struct seal *s)
{
	struct db_stmt *span = db_bind_start(c->db, SQL_AUDIT_SPAN);
	uint8_t hash[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];
	enum db_step step;
	struct digest d;
	int64_t rows = 0;

	db_bind_int(span, 1, s->from);
	db_bind_int(span, 2, s->to);
	digest_init(&d);
	while ((step = db_step(span)) == DB_ROW) {
		db_blob_into(span, 1, hash, sizeof(hash));
		seal_add(&d, db_int(span, 0), hash);
		rows++;
	}
	if (step == DB_ERROR)
		return db_error(span);
	digest_final(&d, hash);
	digest_hex(hash, hex);
	if (rows != s->rows)
		report(c, AUDIT_SYSTEM, seq,
		       "sealed %" PRId64 " entries (ids %" PRId64 " to %" PRId64
		       "), there are %" PRId64,
		       s->rows, s->from, s->to, rows);
	else if (strcmp(hex, s->digest) != 0)
		report(c, AUDIT_SYSTEM, seq,
		       "entries with ids %" PRId64 " to %" PRId64
		       " are not those that were sealed",
		       s->from, s->to);
	return OK;
}

static enum err check_sealed_up_to(struct check *c, int64_t sealed)
{
	struct db_stmt *s = db_bind_start(c->db, SQL_META_GET);
	int64_t stored = -1;
	enum err e;

	db_bind_text(s, 1, "sealed_audit_id");
	e = db_one(s);
	if (e == OK) {
		stored = db_int(s, 0);
		db_done(s);
	}
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (stored != sealed)
		report(c, AUDIT_SYSTEM, 0,
		       "the seals end at id %" PRId64 ", not at %" PRId64,
		       sealed, stored);
	return OK;
}

static enum err check_seal_entry(struct check *c, const struct audit_entry *e,
				 int64_t *sealed)
{
	struct seal seal;

	if (strcmp(e->kind, AUDIT_SEAL_KIND) != 0)
		return OK;
	if (!seal_parse(e->data, &seal)) {
		report(c, AUDIT_SYSTEM, e->seq, "is no seal");
		return OK;
	}
	if (seal.from != *sealed + 1)
		report(c, AUDIT_SYSTEM, e->seq,
		       "seals from id %" PRId64 " on, not from %" PRId64,
		       seal.from, *sealed + 1);
	*sealed = seal.to;
	return check_seal(c, e->seq, &seal);
}

/* Inside one read transaction: where the seals end must fit. */
static enum err check_seals(struct check *c)
{
	struct audit_entry *entries;
	int64_t after = 0, sealed = 0;
	enum err e;
	int count;

	do {
		arena_reset(&c->arena);
		e = audit_list(c->db, 0, after, RUNS_AT_ONCE, &c->arena,
			       &entries, &count);
		for (int i = 0; i < count && e == OK; i++) {
			e = check_seal_entry(c, &entries[i], &sealed);
			after = entries[i].seq;
		}
	} while (e == OK && count == RUNS_AT_ONCE);
	return e == OK ? check_sealed_up_to(c, sealed) : e;
}

/* ---- all ---- */

static enum err check_orphans(struct check *c)
{
	struct db_stmt *s = db_bind_start(c->db, SQL_AUDIT_ORPHANS);
	enum db_step step;
	char name[ID_SIZE];

	db_bind_int(s, 1, ORPHANS_MAX);
	while ((step = db_step(s)) == DB_ROW) {
		snprintf(name, sizeof(name), "row %" PRId64, db_int(s, 0));
		report(c, name, db_int(s, 1), "belongs to a run that is gone");
		c->entries++;
	}
	return step == DB_ERROR ? db_error(s) : OK;
}

/* The caller may have a view already. */
static enum err in_one_view(struct check *c, enum err (*part)(struct check *c))
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

static enum err check_runs(struct check *c)
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
	struct check c = {.db = db, .found = found, .context = context};
	enum err e;

	arena_init(&c.arena);
	e = in_one_view(&c, check_system);
	if (e == OK)
		e = in_one_view(&c, check_seals);
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
	struct check c = {.db = db,
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

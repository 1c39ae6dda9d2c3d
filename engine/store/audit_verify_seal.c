/*
 * Do the seals still hold? They tell what vanished whole: a chain with its run,
 * or the newest entries of the system's own.
 */
#include <inttypes.h>
#include <string.h>

#include "audit_chain.h"
#include "audit_check.h"
#include "sql.h"

#define ENTRIES_AT_ONCE 1000

static enum err check_seal(struct audit_check *c, int64_t seq,
			   const struct seal *s)
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
		audit_report(c, AUDIT_SYSTEM, seq,
			     "sealed %" PRId64 " entries (ids %" PRId64
			     " to %" PRId64 "), there are %" PRId64,
			     s->rows, s->from, s->to, rows);
	else if (strcmp(hex, s->digest) != 0)
		audit_report(c, AUDIT_SYSTEM, seq,
			     "entries with ids %" PRId64 " to %" PRId64
			     " are not those that were sealed",
			     s->from, s->to);
	return OK;
}

static enum err check_sealed_up_to(struct audit_check *c, int64_t sealed)
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
		audit_report(c, AUDIT_SYSTEM, 0,
			     "the seals end at id %" PRId64 ", not at %" PRId64,
			     sealed, stored);
	return OK;
}

static enum err check_seal_entry(struct audit_check *c,
				 const struct audit_entry *e, int64_t *sealed)
{
	struct seal seal;

	if (strcmp(e->kind, AUDIT_SEAL_KIND) != 0)
		return OK;
	if (!seal_parse(e->data, &seal)) {
		audit_report(c, AUDIT_SYSTEM, e->seq, "is no seal");
		return OK;
	}
	if (seal.from != *sealed + 1)
		audit_report(c, AUDIT_SYSTEM, e->seq,
			     "seals from id %" PRId64 " on, not from %" PRId64,
			     seal.from, *sealed + 1);
	*sealed = seal.to;
	return check_seal(c, e->seq, &seal);
}

enum err audit_check_seals(struct audit_check *c)
{
	struct audit_entry *entries;
	int64_t after = 0, sealed = 0;
	enum err e;
	int count;

	do {
		arena_reset(&c->arena);
		e = audit_list(c->db, 0, after, ENTRIES_AT_ONCE, &c->arena,
			       &entries, &count);
		for (int i = 0; i < count && e == OK; i++) {
			e = check_seal_entry(c, &entries[i], &sealed);
			after = entries[i].seq;
		}
	} while (e == OK && count == ENTRIES_AT_ONCE);
	return e == OK ? check_sealed_up_to(c, sealed) : e;
}

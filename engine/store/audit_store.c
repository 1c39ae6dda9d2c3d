/*
 * The append-only record (audit_store.h): append and list.
 *
 * Always holds: an entry's hash covers all of it and the hash before; the
 * unique (run, seq) refuses an entry that was made from an old head, so a
 * chain cannot fork.
 */
#include "audit_store.h"

#include <string.h>

#include "audit_chain.h"
#include "rows.h"
#include "sql.h"

void audit_hash(const uint8_t previous[DIGEST_SIZE], const char *chain,
		int64_t seq, const struct audit_entry *e,
		uint8_t hash[DIGEST_SIZE])
{
	struct digest d;

	digest_init(&d);
	digest_field(&d, previous, DIGEST_SIZE);
	digest_text(&d, chain);
	digest_int(&d, seq);
	digest_int(&d, e->at_ms);
	digest_text(&d, e->kind);
	digest_text(&d, e->actor);
	digest_text(&d, e->message);
	digest_text(&d, e->data != NULL ? e->data : "{}");
	digest_final(&d, hash);
}

/* run_id 0: the system's. */
static enum err append(struct db *db, int64_t run_id, const char *chain,
		       struct audit_head *head, const struct audit_entry *entry)
{
	struct db_stmt *s = db_bind_start(db, SQL_AUDIT_INSERT);
	struct audit_head next = {.seq = head->seq + 1};
	enum err e;

	audit_hash(head->hash, chain, next.seq, entry, next.hash);
	db_bind_int_or_null(s, 1, run_id);
	db_bind_int(s, 2, next.seq);
	db_bind_int(s, 3, entry->at_ms);
	db_bind_text(s, 4, entry->kind);
	db_bind_text(s, 5, entry->actor);
	db_bind_text(s, 6, entry->message);
	db_bind_text(s, 7, entry->data != NULL ? entry->data : "{}");
	db_bind_blob(s, 8, next.hash, sizeof(next.hash));
	e = db_run(s, NULL);
	if (e == OK)
		*head = next;
	return e;
}

enum err audit_append(struct db *db, int64_t run_id, const char *public_id,
		      struct audit_head *head, const struct audit_entry *e)
{
	return append(db, run_id, public_id, head, e);
}

enum err audit_append_system(struct db *db, const struct audit_entry *entry)
{
	struct db_stmt *s = db_bind_start(db, SQL_AUDIT_HEAD_RAISE);
	struct audit_head head;
	enum err e = db_one(s);

	if (e != OK)
		return e;
	head.seq = db_int(s, 0) - 1;
	db_blob_into(s, 1, head.hash, sizeof(head.hash));
	db_done(s);
	e = append(db, 0, AUDIT_SYSTEM, &head, entry);
	if (e != OK)
		return e;
	s = db_bind_start(db, SQL_AUDIT_HEAD_SET);
	db_bind_blob(s, 1, head.hash, sizeof(head.hash));
	return db_run(s, NULL);
}

void audit_read(struct db_stmt *s, struct arena *a, void *to)
{
	struct audit_entry *e = to;

	e->id = db_int(s, 0);
	e->seq = db_int(s, 1);
	e->at_ms = db_int(s, 2);
	e->kind = text_read(s, 3, a);
	e->actor = text_read(s, 4, a);
	e->message = text_read(s, 5, a);
	e->data = text_read(s, 6, a);
}

enum err audit_list(struct db *db, int64_t run_id, int64_t after, int limit,
		    struct arena *a, struct audit_entry **ret_entries,
		    int *ret_count)
{
	struct rows rows = {.a = a, .size = sizeof(struct audit_entry)};
	struct db_stmt *s;
	enum err e;
	int p = 1;

	s = db_bind_start(db,
			  run_id != 0 ? SQL_AUDIT_LIST : SQL_AUDIT_LIST_SYSTEM);
	if (run_id != 0)
		db_bind_int(s, p++, run_id);
	db_bind_int(s, p++, after);
	db_bind_int(s, p, limit);
	e = rows_read(s, &rows, audit_read);
	if (e != OK)
		return e;
	*ret_entries = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

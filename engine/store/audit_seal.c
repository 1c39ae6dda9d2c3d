/*
 * Seals (audit_store.h): entries of the system chain that carry a digest over
 * the ids and hashes of all audit rows since the last seal. A run's chain
 * protects its own rows; only a seal misses a chain that is gone with its run.
 *
 * Always holds: seals cover all ids without a gap, from 1 to where meta says.
 * A seal is itself covered by the next one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit_chain.h"
#include "sql.h"

/* The write turn is held meanwhile: about 10 ms. The rest waits for the next.
 */
#define ROWS_MAX 50000
#define META_KEY "sealed_audit_id"

void seal_print(const struct seal *seal, char data[SEAL_DATA_SIZE])
{
	snprintf(data, SEAL_DATA_SIZE,
		 "{\"from\":%" PRId64 ",\"to\":%" PRId64 ",\"rows\":%" PRId64
		 ",\"digest\":\"%s\"}",
		 seal->from, seal->to, seal->rows, seal->digest);
}

bool seal_parse(const char *data, struct seal *ret_seal)
{
	char again[SEAL_DATA_SIZE];
	struct seal s;

	if (sscanf(data,
		   "{\"from\":%" SCNd64 ",\"to\":%" SCNd64 ",\"rows\":%" SCNd64
		   ",\"digest\":\"%64[0-9a-f]\"}",
		   &s.from, &s.to, &s.rows, s.digest) != 4)
		return false;
	seal_print(&s, again);
	if (strcmp(again, data) != 0)
		return false;
	*ret_seal = s;
	return true;
}

void seal_add(struct digest *d, int64_t id, const uint8_t hash[DIGEST_SIZE])
{
	digest_int(d, id);
	digest_field(d, hash, DIGEST_SIZE);
}

static enum err sealed_up_to(struct db *db, int64_t *ret_id)
{
	struct db_stmt *s = db_bind_start(db, SQL_META_GET);
	enum err e;

	db_bind_text(s, 1, META_KEY);
	e = db_one(s);
	if (e != OK)
		return e;
	*ret_id = db_int(s, 0);
	db_done(s);
	return OK;
}

/* rows stays 0 when there is nothing but the last seal itself. */
static enum err collect(struct db *db, struct seal *seal)
{
	struct db_stmt *s = db_bind_start(db, SQL_AUDIT_UNSEALED);
	uint8_t hash[DIGEST_SIZE];
	bool worth = false;
	struct digest d;
	enum db_step step;
	int64_t rows = 0;
	char kind[32];

	db_bind_int(s, 1, seal->from - 1);
	db_bind_int(s, 2, ROWS_MAX);
	digest_init(&d);
	while ((step = db_step(s)) == DB_ROW) {
		seal->to = db_int(s, 0);
		db_blob_into(s, 1, hash, sizeof(hash));
		DB_TEXT_INTO(s, 2, kind);
		worth = worth || strcmp(kind, AUDIT_SEAL_KIND) != 0;
		seal_add(&d, seal->to, hash);
		rows++;
	}
	if (step == DB_ERROR)
		return db_error(s);
	digest_final(&d, hash);
	digest_hex(hash, seal->digest);
	seal->rows = worth ? rows : 0;
	return OK;
}

enum err audit_seal(struct db *db, int64_t at_ms)
{
	char data[SEAL_DATA_SIZE], message[96];
	struct audit_entry entry = {.at_ms = at_ms,
				    .kind = AUDIT_SEAL_KIND,
				    .actor = "engine",
				    .message = message,
				    .data = data};
	struct seal seal = {0};
	struct db_stmt *s;
	enum err e;

	e = sealed_up_to(db, &seal.from);
	if (e != OK)
		return e;
	seal.from++;
	e = collect(db, &seal);
	if (e != OK || seal.rows == 0)
		return e;
	seal_print(&seal, data);
	snprintf(message, sizeof(message), "Sealed %" PRId64 " audit entries",
		 seal.rows);
	e = audit_append_system(db, &entry);
	if (e != OK)
		return e;
	s = db_bind_start(db, SQL_META_SET);
	db_bind_text(s, 1, META_KEY);
	db_bind_int(s, 2, seal.to);
	return db_run(s, NULL);
}

#ifndef MEND_STORE_AUDIT_STORE_H
#define MEND_STORE_AUDIT_STORE_H

#include "../base/digest.h"
#include "store.h"

/*
 * The append-only record. Each run has a chain from its first row on; so has
 * the system. hash = SHA-256 over (previous hash, chain name, seq, at, kind,
 * actor, message, data), each length-prefixed (base/digest.h); the chain name
 * is the run's public id, or "system". Seals are entries of the system chain
 * that carry a digest over the hashes of all audit rows since the last seal, so
 * that a chain that vanished whole is missed.
 */
struct audit_head {
	int64_t seq; /* of the last entry; 0: none */
	uint8_t hash[DIGEST_SIZE];
};

struct audit_entry {
	int64_t id, seq, at_ms;
	const char *kind; /* flow/audit.h lists them */
	const char *actor;
	const char *message; /* words for people */
	const char *data;    /* JSON object; NULL as "{}" */
};

/* Appends to a run's chain and moves *head, which the caller writes with the
 * run (run_update, run_nudge or run_write_audit_head) in this transaction. */
MUST_CHECK enum err audit_append(struct db *db, int64_t run_id,
				 const char *public_id, struct audit_head *head,
				 const struct audit_entry *e);
/* Appends to the system chain, head and all. */
MUST_CHECK enum err audit_append_system(struct db *db,
					const struct audit_entry *e);
/* Writes a seal when there is anything unsealed. */
MUST_CHECK enum err audit_seal(struct db *db, int64_t at_ms);

/* A run's entries with seq > after, in order; run_id 0: the system's. */
MUST_CHECK enum err audit_list(struct db *db, int64_t run_id, int64_t after,
			       int limit, struct arena *a,
			       struct audit_entry **ret_entries,
			       int *ret_count);

/* What verification found; run_public_id is "system" for the system chain. */
struct audit_finding {
	char run_public_id[ID_SIZE];
	int64_t seq;
	char what[160];
};
/* Walks every chain and every seal; calls found() for each fault. */
MUST_CHECK enum err audit_verify(struct db *db,
				 void (*found)(void *context,
					       const struct audit_finding *),
				 void *context, int64_t *ret_entries);
/* One run's chain only; *ret_ok says whether it holds. */
MUST_CHECK enum err audit_verify_run(struct db *db, int64_t run_id,
				     bool *ret_ok, struct audit_finding *f);

#endif

#ifndef MEND_STORE_AUDIT_CHAIN_H
#define MEND_STORE_AUDIT_CHAIN_H

#include "audit_store.h"

/* What audit_store.c, audit_seal.c and audit_verify.c share; for them only. */

#define AUDIT_SYSTEM "system"  /* the name of the system's chain */
#define AUDIT_SEAL_KIND "SEAL" /* as flow/audit.h has it */

/* The first six columns of AUDIT_COLUMNS (sql.c), and data. */
void audit_read(struct db_stmt *s, struct arena *a, void *to);
/* hash may be where previous is. */
void audit_hash(const uint8_t previous[DIGEST_SIZE], const char *chain,
		int64_t seq, const struct audit_entry *e,
		uint8_t hash[DIGEST_SIZE]);

/* What a seal says, as it stands in its data. */
#define SEAL_DATA_SIZE 192
struct seal {
	int64_t from, to, rows; /* audit ids, both in; how many there are */
	char digest[DIGEST_HEX_SIZE];
};
void seal_print(const struct seal *seal, char data[SEAL_DATA_SIZE]);
/* False when it is not exactly what seal_print() makes. */
bool seal_parse(const char *data, struct seal *ret_seal);
void seal_add(struct digest *d, int64_t id, const uint8_t hash[DIGEST_SIZE]);

#endif

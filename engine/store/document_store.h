#ifndef MEND_STORE_DOCUMENT_STORE_H
#define MEND_STORE_DOCUMENT_STORE_H

#include "../base/digest.h"
#include "store.h"

/* Immutable versions of playbooks, adapters and policies, and which are active.
 */
enum document_kind { DOCUMENT_PLAYBOOK, DOCUMENT_ADAPTER, DOCUMENT_POLICY };
const char *document_kind_name(enum document_kind k);

struct document {
	int64_t id;
	enum document_kind kind;
	char name[NAME_SIZE];
	int version;
	char digest[DIGEST_HEX_SIZE];
	char *body; /* JSON text, canonical; in the arena */
	char actor[ACTOR_SIZE];
	int64_t created_ms;
	bool active;
};

/* What became of one version: see document_versions(). */
struct document_version {
	struct document document; /* without its body */
	int64_t open_runs;	  /* that keep to it; of a playbook */
	char activated_by[ACTOR_SIZE];
	int64_t activated_ms; /* the last time; 0: never */
};
#define DOCUMENT_VERSIONS_MAX 200

/* Stores a version unless one of this digest exists, sets id and version. */
MUST_CHECK enum err document_put(struct db *db, struct document *d);
MUST_CHECK enum err document_activate(struct db *db, const struct document *d);
/* Nothing of this kind and name is active any more. */
MUST_CHECK enum err document_retire(struct db *db, enum document_kind k,
				    const char *name);
MUST_CHECK enum err document_by_id(struct db *db, int64_t id, struct arena *a,
				   struct document *ret_document);
MUST_CHECK enum err document_active(struct db *db, struct arena *a,
				    struct document **ret_documents,
				    int *ret_count);
/* Those of one kind, by name: a tenth of all, in bytes, but for playbooks. */
MUST_CHECK enum err document_active_of(struct db *db, enum document_kind k,
				       struct arena *a,
				       struct document **ret_documents,
				       int *ret_count);
/* ERR_NOT_FOUND: no such version. */
MUST_CHECK enum err document_by_version(struct db *db, enum document_kind k,
					const char *name, int version,
					struct arena *a,
					struct document *ret_document);
/* The versions of one name, newest first, DOCUMENT_VERSIONS_MAX at most; name
 * NULL: of every name, in order, ten times as many at most. */
MUST_CHECK enum err document_versions(struct db *db, enum document_kind k,
				      const char *name, struct arena *a,
				      struct document_version **ret_versions,
				      int *ret_count);
/* Remembers that d was put in force; id 0: that its name was retired. */
MUST_CHECK enum err document_note_activation(struct db *db,
					     const struct document *d,
					     const char *actor, int64_t at_ms);
/* All versions, newest first; kind -1: of every kind. Bodies are left out. */
MUST_CHECK enum err document_list(struct db *db, int kind, struct arena *a,
				  struct document **ret_documents,
				  int *ret_count);
/* Raised by every activation: "has the configuration changed?" */
MUST_CHECK enum err document_generation(struct db *db, int64_t *ret_generation);
MUST_CHECK enum err document_raise_generation(struct db *db);

#endif

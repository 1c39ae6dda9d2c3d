#ifndef MEND_FLOW_CATALOG_H
#define MEND_FLOW_CATALOG_H

#include "../base/config.h"
#include "../store/document_store.h"
#include "operation.h"
#include "playbook.h"
#include "policy.h"

/*
 * The configuration in force, parsed: adapters, playbooks, policy. A run keeps
 * its playbook's version, so playbooks are found by document id, also retired
 * ones, which are loaded when first asked for.
 */
#define CATALOG_ADAPTERS_MAX 32
#define CATALOG_PLAYBOOKS_MAX 256 /* in force */
/* Of what is not in force any more: kept until catalog_forget(). */
#define CATALOG_RETIRED_MAX 256

struct catalog {
	int64_t generation;
	struct adapter *adapter[CATALOG_ADAPTERS_MAX];
	int adapter_count;
	struct playbook **playbook; /* active first */
	int active_count, playbook_count, playbook_room;
	int unread_count;      /* of those in force, see catalog_load() */
	struct problem unread; /* the first of them, and why */
	struct policy policy;
};

/* From the database: what is active. What does not parse was checked before it
 * was stored: it is damaged, or of another build. A playbook but for intake is
 * left out then and counted, and who is routed there is held; for all else it
 * is ERR_INVALID with p. Either names the document. */
MUST_CHECK enum err catalog_load(struct db *db, struct catalog **ret_catalog,
				 struct problems *p);
void catalog_free(struct catalog *c);

const struct adapter *catalog_adapter(const struct catalog *c,
				      const char *name);
/* "transfer.retry"; NULL when unknown. *ret_adapter may be NULL. */
const struct operation *catalog_operation(const struct catalog *c,
					  const char *full_name,
					  const struct adapter **ret_adapter);
/* The active version by name; NULL when there is none. */
const struct playbook *catalog_playbook(const struct catalog *c,
					const char *name);
/* ERR_INVALID: this build does not read that version. */
MUST_CHECK enum err
catalog_playbook_by_id(struct catalog *c, struct db *db, int64_t document_id,
		       const struct playbook **ret_playbook);
/* Where nobody holds one that is not in force: there may be any number of them
 * over the years, so when they are many they go, and are loaded again. */
void catalog_forget(struct catalog *c);

/*
 * From files: adapters, playbooks and policy folders below conf. Each
 * fault is told with file, JSON Pointer and what was expected.
 */
struct file_problem {
	char file[256]; /* relative to conf, "playbooks/intake.json" */
	struct problem problem;
};
#define FILE_PROBLEMS_MAX 64
struct catalog_check {
	struct file_problem item[FILE_PROBLEMS_MAX];
	int count, dropped;
	int file_count;
};
/* Parses and cross-checks everything; OK or ERR_INVALID. */
MUST_CHECK enum err catalog_check(const char *conf,
				  struct catalog_check *ret_check);
/* The files as one catalog, with no database: what would be in force after an
 * activation. draft (NULL: none) is a file anywhere that stands in for the one
 * of conf with its kind and name; *ret_draft is its playbook, NULL when it is
 * none. Document ids are the catalog's own. OK or ERR_INVALID. */
MUST_CHECK enum err catalog_of_files(const char *conf, const char *draft,
				     struct catalog_check *ret_check,
				     struct catalog **ret_catalog,
				     const struct playbook **ret_draft);
/* Checks, then stores new versions and activates them, all or nothing, in a
 * transaction of its own, with a system audit entry. *ret_changed counts. */
MUST_CHECK enum err catalog_activate(struct db *db, const char *conf,
				     const char *actor, int64_t now_ms,
				     struct catalog_check *ret_check,
				     int *ret_changed);
/*
 * Puts a stored version of a playbook in force again, for runs that are routed
 * to it from now on; the next catalog_activate() goes by the files again. In
 * the caller's transaction, with a system audit entry that holds the reason.
 * ERR_NOT_FOUND: no such version; ERR_INVALID: it names what is not in force
 * any more (p says what); ERR_CONFLICT: it is the one in force.
 */
MUST_CHECK enum err catalog_activate_version(struct db *db, const char *name,
					     int version, const char *reason,
					     const char *actor, int64_t now_ms,
					     struct problems *p);
/* Would it? Nothing is written. */
MUST_CHECK enum err catalog_version_check(struct db *db, const char *name,
					  int version, struct problems *p);

#endif

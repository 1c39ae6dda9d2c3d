#ifndef MEND_STORE_INBOX_STORE_H
#define MEND_STORE_INBOX_STORE_H

#include "store.h"

/*
 * What the outside said to a run. A row waits until the run consumes it. The
 * body holds "reason", and of
 *   priority  "priority": 0 to 3
 *   settle    "callId", "happened": bool, "answer": {…} or absent; of a call
 *             whose outcome is UNKNOWN
 *   migrate   "documentId": of a version of the run's own playbook
 */
enum inbox_kind {
	INBOX_EVENT,
	INBOX_SIGNAL,
	INBOX_DECISION,
	INBOX_UNDO,
	INBOX_CANCEL,
	INBOX_PAUSE,
	INBOX_RESUME,
	INBOX_RETRY,
	INBOX_COMMENT,
	INBOX_KILL,
	INBOX_PRIORITY,
	INBOX_SETTLE,
	INBOX_MIGRATE,
	INBOX_KIND_COUNT
};
const char *inbox_kind_name(enum inbox_kind k);

struct inbox_row {
	int64_t id, run_id;
	enum inbox_kind kind;
	char name[NAME_SIZE];
	char *body; /* JSON object, in the arena */
	char actor[ACTOR_SIZE];
	int64_t received_ms, consumed_ms;
};

MUST_CHECK enum err inbox_insert(struct db *db, struct inbox_row *row);
/* Not yet consumed, oldest first. Of signals the oldest of each name, and half
 * the limit at most: those that nobody waits for hide nothing else. */
MUST_CHECK enum err inbox_unconsumed(struct db *db, int64_t run_id, int limit,
				     struct arena *a,
				     struct inbox_row **ret_rows,
				     int *ret_count);
/* All rows (id > after, by id), consumed ones too; for replays of the past. */
MUST_CHECK enum err inbox_sweep(struct db *db, int64_t after, int limit,
				struct arena *a, struct inbox_row **ret_rows,
				int *ret_count);
MUST_CHECK enum err inbox_consume(struct db *db, int64_t id, int64_t now_ms);

#endif

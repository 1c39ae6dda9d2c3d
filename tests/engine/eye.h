#ifndef MEND_TESTS_ENGINE_EYE_H
#define MEND_TESTS_ENGINE_EYE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * An onlooker on the database: which rows any connection of this process has
 * touched since it looked last, and a connection of its own to read them, so
 * that laws look at what has changed only.
 */
enum eye_table {
	EYE_RUN,
	EYE_CALL,
	EYE_INBOX,
	EYE_AUDIT,
	EYE_TASK,
	EYE_TABLE_COUNT
};
#define EYE_ROWS 8192 /* ids below it; more is a failure */

void eye_register(void); /* before any connection is opened */
void eye_forget(void);	 /* a new life */
void eye_open(const char *path);
void eye_close(void);
/* Everything counts as touched. */
void eye_touch_all(void);
/* The next one touched, once; false: none. */
bool eye_next(enum eye_table t, int64_t *ret_id);
/* Something was deleted, or an id was too high: words, else NULL. */
const char *eye_trouble(void);

/* Columns in the order of eye.c; false when there is no such row. Until the
 * next eye_row(). */
bool eye_row(enum eye_table t, int64_t id);
int64_t eye_int(int column);
const char *eye_text(int column); /* "" for NULL */
const void *eye_blob(int column);
void eye_done(void);

/* Columns of EYE_CALL, EYE_INBOX, EYE_AUDIT and EYE_TASK. */
enum {
	CALL_AT_RUN,
	CALL_AT_STATE,
	CALL_AT_ATTEMPT,
	CALL_AT_PURPOSE,
	CALL_AT_ADAPTER,
	CALL_AT_OPERATION,
	CALL_AT_KEY,
	CALL_AT_STEP,
	CALL_AT_VISIT,
	CALL_AT_NAME,
	CALL_AT_DIGEST,
	CALL_AT_PARAMS
};
enum {
	INBOX_AT_RUN,
	INBOX_AT_CONSUMED,
	INBOX_AT_KIND,
	INBOX_AT_NAME,
	INBOX_AT_BODY,
	INBOX_AT_ACTOR,
	INBOX_AT_RECEIVED
};
enum {
	AUDIT_AT_RUN,
	AUDIT_AT_SEQ,
	AUDIT_AT_TIME,
	AUDIT_AT_KIND,
	AUDIT_AT_ACTOR,
	AUDIT_AT_MESSAGE,
	AUDIT_AT_DATA,
	AUDIT_AT_HASH
};
enum { TASK_AT_RUN, TASK_AT_STATE, TASK_AT_DIGEST, TASK_AT_PROPOSAL };

#endif

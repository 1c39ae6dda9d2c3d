#ifndef MEND_FLOW_NOTE_H
#define MEND_FLOW_NOTE_H

#include <cjson/cJSON.h>

#include "../store/run_store.h"
#include "audit.h"

/*
 * What all the ways in (intake, operate, task) share: the checks of what people
 * wrote, and the audit entry that goes with every change.
 */

#define NOTE_BYTES_MAX 4000 /* of comments and notes */

/* An event or a signal becomes part of the case file, and a task may show it,
 * so both must leave room below the limits of json.h. */
#define SAID_BYTES_MAX (64 * 1024)
#define SAID_DEPTH_MAX 16

/* Valid UTF-8, not blank, no control characters but tab and newline, at most
 * max bytes; else a problem at pointer. NULL is "missing". */
bool text_check(const char *text, const char *pointer, size_t max,
		struct problems *p);
/* One word of [A-Za-z0-9._:-]; else a problem. */
bool word_check(const char *text, const char *pointer, size_t max,
		struct problems *p);
/* OK, ERR_INVALID (no object, or too deep) or ERR_TOO_LARGE. NULL is fine. */
MUST_CHECK enum err said_check(const cJSON *said, const char *pointer,
			       struct problems *p);

/* Appends an entry to the run's chain and moves r->audit, which the caller
 * writes. Consumes data; NULL: {}. */
MUST_CHECK __attribute__((format(printf, 7, 8))) enum err
run_note(struct db *db, struct run *r, enum audit_kind kind, const char *actor,
	 int64_t now_ms, cJSON *data, const char *format, ...);

/* For people: "450 ms", "12 s", "5 min", "3 h", "2 d"; cut, not rounded. */
#define SPAN_SIZE 24
void span_words(int64_t ms, char text[SPAN_SIZE]);
/* "2026-03-01 12:00:05 UTC". */
#define MOMENT_SIZE 32
void moment_words(int64_t ms, char text[MOMENT_SIZE]);

#endif

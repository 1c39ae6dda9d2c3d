#ifndef MEND_BASE_ERR_H
#define MEND_BASE_ERR_H

/*
 * The one error enum of the whole program. "Not found", "conflict" and
 * "denied" are answers, not failures: no layer logs them. The only mappings
 * out of this enum are error -> HTTP (cgi/lib/response.c), outcome -> retry,
 * hold or fail (engine/flow/retry.c) and error -> exit code (engine/ctl).
 */

enum err {
	OK = 0,
	ERR_NOT_FOUND,	/* no such thing */
	ERR_CONFLICT,	/* the state does not allow it now */
	ERR_STALE,	/* somebody was faster: version, epoch, inbox_seq */
	ERR_DENIED,	/* the actor may not do it */
	ERR_INVALID,	/* bad input; a struct problem says what and where */
	ERR_MISMATCH,	/* same idempotency key, other content */
	ERR_TOO_LARGE,	/* over a declared limit */
	ERR_BUSY,	/* could not get its turn in time; try again */
	ERR_DISK_FULL,	/* no room; nothing was written */
	ERR_IO,		/* disk trouble; on a write it halts the store */
	ERR_CORRUPT,	/* the database is damaged; halts the store */
	ERR_HALTED,	/* the data folder is latched; see store/halt.h */
	ERR_SCHEMA,	/* the database is not of this program's version */
	ERR_CONSTRAINT, /* a row broke a rule of the schema */
	ERR_TIMEOUT,	/* not done within the time allowed */
	ERR_SYSTEM,	/* a system call failed; errno was reported */
	ERR_COUNT
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* A short lower-case name, "not_found"; never NULL. */
const char *err_name(enum err e);

/*
 * What was wrong with some input: where (a JSON Pointer, or a setting or
 * option name), what was found and what was expected.
 */
struct problem {
	char pointer[192];
	char detail[320];
};

#define PROBLEMS_MAX 32

/* A bounded list; problems beyond the bound are counted, not kept. */
struct problems {
	struct problem item[PROBLEMS_MAX];
	int count;
	int dropped;
};

/* printf-like; pointer may be "" for the whole document. */
__attribute__((format(printf, 3, 4))) void
problems_add(struct problems *p, const char *pointer, const char *format, ...);

#endif

#ifndef MEND_TESTS_STORE_FIXTURE_H
#define MEND_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/store/call_store.h"
#include "engine/store/document_store.h"
#include "engine/store/run_store.h"
#include "engine/store/store.h"
#include "engine/store/task_store.h"

/*
 * What every test of the store stands on: a fresh, migrated database for each
 * test. FIXTURE_PLACES lists where a database may be; a suite that holds for
 * all of them runs once for each, so a further driver is one more row.
 */
struct fixture_place {
	const char *name;
	bool file; /* others can open it, and it outlives its handle */
};
extern const struct fixture_place fixture_places[];
extern const int fixture_place_count;

struct fixture {
	const struct fixture_place *place;
	char folder[64], path[96];
	struct db *db;
	struct arena arena;
	int64_t document_id; /* a playbook that calls may refer to */
};

/* Runs the tests of a group in one place, or in all; returns failures. */
int fixture_run(const char *suite, const struct CMUnitTest *tests, size_t n,
		bool only_files);
#define FIXTURE_RUN(suite, tests, only_files)                                  \
	fixture_run(suite, tests, sizeof(tests) / sizeof(*(tests)), only_files)
/* cmocka's; *state is a struct fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);
#define FIXTURE_TEST(f)                                                        \
	{                                                                      \
		.name = #f, .test_func = f, .setup_func = fixture_setup,       \
		.teardown_func = fixture_teardown                              \
	}

struct db_options fixture_options(const struct fixture *f, enum db_mode mode);
struct db *fixture_open(const struct fixture *f, enum db_mode mode);
void fixture_path(const struct fixture *f, const char *suffix, char path[128]);
void fixture_remove(const char *folder); /* and all that is in it */

/* Wants OK; says which error instead. */
#define assert_ok(expression) assert_err(expression, OK)
#define assert_err(expression, wanted)                                         \
	fixture_assert_err((expression), (wanted), #expression, __FILE__,      \
			   __LINE__)
void fixture_assert_err(enum err got, enum err wanted, const char *text,
			const char *file, int line);
/* fn(context) in a child must end by SIGABRT and say each of the words. */
void fixture_assert_aborts(void (*fn)(void *context), void *context,
			   const char *word, const char *other_word);

/* Rows with something in every field; made inside a transaction. */
struct run fixture_run_of(const char *order_id);
void fixture_insert_run(struct fixture *f, struct run *r);
/* The same and its first audit entry, in a transaction of its own. */
struct run fixture_started(struct fixture *f, const char *order_id);
struct call fixture_call_of(const struct fixture *f, const struct run *r,
			    const char *step);
struct task fixture_task_of(const struct run *r);
void fixture_audit(struct db *db, struct run *r, const char *message);
const char *fixture_id(const char *prefix); /* a fresh public id */

#endif

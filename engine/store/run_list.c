/*
 * Finding runs (run_store.h): lists, counts, the sweep.
 *
 * One statement with every filter optional would meet no index. So there is a
 * statement per way of finding, all with the same parameters, and the most
 * selective filter that is set picks it. A prefix or a range of amounts may
 * match almost nothing or almost all: a count that stops early tells which.
 */
#include <string.h>

#include "rows.h"
#include "run_row.h"
#include "sql.h"

#define FEW 1000

enum err run_sweep(struct db *db, int64_t after, int limit,
		   struct run *ret_runs, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_SWEEP);

	db_bind_int(s, 1, after);
	db_bind_int(s, 2, limit);
	return run_read_all(s, ret_runs, ret_count);
}

enum err run_count_by_state(struct db *db, int64_t *ret_counts)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_COUNT);
	int64_t counts[RUN_STATE_COUNT] = {0};
	enum run_state state;
	enum db_step step;
	char name[32];

	while ((step = db_step(s)) == DB_ROW) {
		DB_TEXT_INTO(s, 0, name);
		if (run_state_parse(name, &state))
			counts[state] = db_int(s, 1);
	}
	if (step == DB_ERROR)
		return db_error(s);
	memcpy(ret_counts, counts, sizeof(counts));
	return OK;
}

/* The first text after all that begin with prefix: its last byte that can be
 * raised is. Order ids are ASCII; 0x7f is the last that we would raise to. */
static bool prefix_end(const char *prefix, char end[ORDER_ID_SIZE])
{
	size_t n = strlen(prefix);

	if (n == 0 || n >= ORDER_ID_SIZE)
		return false;
	memcpy(end, prefix, n + 1);
	end[n - 1]++;
	return true;
}

static enum err is_few(struct db *db, struct db_stmt *s, bool *ret_few)
{
	enum err e;

	(void)db;
	db_bind_int(s, 3, FEW + 1);
	e = db_one(s);
	if (e != OK)
		return e;
	*ret_few = db_int(s, 0) <= FEW;
	db_done(s);
	return OK;
}

static enum err few_of_prefix(struct db *db, const char *from, const char *to,
			      bool *ret_few)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_FEW_OF_PREFIX);

	db_bind_text(s, 1, from);
	db_bind_text(s, 2, to);
	return is_few(db, s, ret_few);
}

static enum err few_of_amount(struct db *db, int64_t from, int64_t to,
			      bool *ret_few)
{
	struct db_stmt *s = db_bind_start(db, SQL_RUN_FEW_OF_AMOUNT);

	db_bind_int(s, 1, from);
	db_bind_int(s, 2, to);
	return is_few(db, s, ret_few);
}

/* A filter whose "any" has become what a statement binds. */
struct bounds {
	const char *prefix;
	char prefix_end[ORDER_ID_SIZE];
	bool by_amount;
	int64_t amount_min, amount_max;
	int open;
};

static void bounds_set(struct bounds *b, const struct run_filter *f)
{
	memset(b, 0, sizeof(*b));
	if (f->order_prefix != NULL &&
	    prefix_end(f->order_prefix, b->prefix_end))
		b->prefix = f->order_prefix;
	b->by_amount = f->amount_min >= 0 || f->amount_max >= 0;
	b->amount_min = f->amount_min >= 0 ? f->amount_min : 0;
	b->amount_max = f->amount_max >= 0 ? f->amount_max : INT64_MAX;
	/* Who waits for an adapter is open. */
	b->open = f->adapter != NULL ? 1 : f->open;
}

static enum err way(struct db *db, const struct run_filter *f,
		    const struct bounds *b, int *ret_statement)
{
	bool few = false;
	enum err e = OK;

	*ret_statement = SQL_RUN_LIST;
	if (f->unknown.adapter[0])
		*ret_statement = SQL_RUN_LIST_UNKNOWN;
	else if (f->overdue.before_ms)
		*ret_statement = SQL_RUN_LIST_OVERDUE;
	else if (f->public_id != NULL)
		*ret_statement = SQL_RUN_LIST_PUBLIC_ID;
	else if (f->order_id != NULL)
		*ret_statement = SQL_RUN_LIST_ORDER;
	else if (f->event_key != NULL)
		*ret_statement = SQL_RUN_LIST_EVENT_KEY;
	else if (b->prefix != NULL)
		e = few_of_prefix(db, b->prefix, b->prefix_end, &few);
	if (e != OK || *ret_statement != SQL_RUN_LIST)
		return e;
	if (few) {
		*ret_statement = SQL_RUN_LIST_ORDER_PREFIX;
		return OK;
	}
	if (b->by_amount)
		e = few_of_amount(db, b->amount_min, b->amount_max, &few);
	if (few)
		*ret_statement = SQL_RUN_LIST_AMOUNT;
	else if (f->event_ref != NULL)
		*ret_statement = SQL_RUN_LIST_EVENT;
	else if (b->open == 1 && f->playbook[0])
		*ret_statement = SQL_RUN_LIST_OPEN_PLAYBOOK;
	else if (b->open == 1 && f->seller_ref != NULL)
		*ret_statement = SQL_RUN_LIST_OPEN_SELLER;
	else if (b->open == 1 && f->venue_ref != NULL)
		*ret_statement = SQL_RUN_LIST_OPEN_VENUE;
	else if (b->open == 1 && f->platform_ref != NULL)
		*ret_statement = SQL_RUN_LIST_OPEN_PLATFORM;
	else if (f->state >= 0)
		*ret_statement = SQL_RUN_LIST_STATE;
	else if (f->issue_type != NULL)
		*ret_statement = SQL_RUN_LIST_ISSUE_TYPE;
	else if (b->open == 1)
		*ret_statement = SQL_RUN_LIST_OPEN;
	return e;
}

/* What only a way of its own asks for. */
static void bind_stuck(struct db_stmt *s, const struct run_filter *f)
{
	if (f->unknown.adapter[0]) {
		db_bind_text(s, 24, f->unknown.adapter);
		db_bind_text(s, 25, f->unknown.operation);
	} else if (f->overdue.before_ms) {
		db_bind_int(s, 24, f->overdue.before_ms);
		db_bind_text(s, 25, f->overdue.issue_type);
		db_bind_text(s, 26, f->overdue.step);
		db_bind_text(s, 27, f->overdue.role);
	}
}

enum err run_list(struct db *db, const struct run_filter *f,
		  struct run *ret_runs, int *ret_count)
{
	struct db_stmt *s;
	struct bounds b;
	int statement;
	enum err e;

	bounds_set(&b, f);
	e = way(db, f, &b, &statement);
	if (e != OK)
		return e;
	s = db_bind_start(db, statement);
	db_bind_text(s, 1, f->order_id);
	db_bind_text(s, 2, b.prefix);
	db_bind_text(s, 3, b.prefix ? b.prefix_end : NULL);
	db_bind_text(s, 4, f->public_id);
	db_bind_text(s, 5, f->event_key);
	if (f->state >= 0)
		db_bind_text(s, 6, run_state_name((enum run_state)f->state));
	if (b.open >= 0)
		db_bind_int(s, 7, b.open);
	db_bind_text(s, 8, f->step);
	db_bind_text(s, 9, f->issue_type);
	db_bind_text(s, 10, f->adapter);
	db_bind_text(s, 11, f->outcome);
	if (b.by_amount) {
		db_bind_int(s, 12, b.amount_min);
		db_bind_int(s, 13, b.amount_max);
	}
	db_bind_int_or_null(s, 14, f->created_before_ms);
	db_bind_int_or_null(s, 15, f->updated_before_ms);
	db_bind_int(s, 16, f->before_id > 0 ? f->before_id : INT64_MAX);
	db_bind_int(s, 17, f->limit);
	db_bind_text(s, 18, f->event_ref);
	db_bind_text(s, 19, f->seller_ref);
	db_bind_text(s, 20, f->venue_ref);
	db_bind_text(s, 21, f->platform_ref);
	if (f->playbook[0]) {
		db_bind_text(s, 22, f->playbook);
		db_bind_int_or_null(s, 23, f->playbook_version);
	}
	bind_stuck(s, f);
	return run_read_all(s, ret_runs, ret_count);
}

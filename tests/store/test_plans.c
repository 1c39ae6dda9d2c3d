/*
 * Every statement compiles, and each hot one meets the index that it was
 * written for: the planner is asked, since a scan shows only when it is late.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine/store/sql.h"
#include "fixture.h"

static void test_all_compile(void **state)
{
	struct fixture *f = *state;

	assert_ok(db_prepare_all(f->db));
	for (int i = 0; i < SQL_COUNT; i++)
		assert_non_null(mend_sql[i]);
}

/* The planner's lines, joined. */
static void plan_of(sqlite3 *raw, int statement, char *text, size_t size)
{
	sqlite3_stmt *s = NULL;
	char *sql;

	sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", mend_sql[statement]);
	assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &s, NULL), SQLITE_OK);
	text[0] = '\0';
	while (sqlite3_step(s) == SQLITE_ROW) {
		size_t n = strlen(text);

		snprintf(text + n, size - n, "%s\n",
			 (const char *)sqlite3_column_text(s, 3));
	}
	sqlite3_finalize(s);
	sqlite3_free(sql);
}

struct wanted {
	int statement;
	const char *uses; /* must stand in the plan */
	bool sorts;	  /* may it sort? */
};

static const struct wanted wanted[] = {
	{SQL_RUN_BY_ID, "INTEGER PRIMARY KEY (rowid=?)", false},
	{SQL_RUN_BY_PUBLIC_ID, "(public_id=?)", false},
	{SQL_RUN_OPEN_OF_ORDER, "INDEX run_open (order_id=?)", false},
	{SQL_RUN_LATEST_OF_ORDER, "INDEX run_order (order_id=?)", false},
	{SQL_RUN_CLAIM, "INDEX run_claim (queue=? AND priority=? AND due_ms<?)",
	 false},
	{SQL_RUN_CLAIM_PARKED, "INDEX run_parked (queue=?", false},
	{SQL_RUN_NEXT_DUE, "INDEX run_claim (queue=? AND priority=?", false},
	{SQL_RUN_PARKED_COUNT, "INDEX run_parked (queue=?", false},
	{SQL_RUN_QUEUE_AFTER, "INDEX run_parked (queue>?", false},
	{SQL_RUN_UNQUEUE, "INDEX run_parked (queue=?", false},
	{SQL_RUN_NEXT_DEADLINE, "INDEX run_deadline", false},
	{SQL_RUN_DEADLINE, "INDEX run_deadline (deadline_ms<?)", false},
	{SQL_SLOT_TAKEN, "INDEX slot_taken (key=?", false},
	{SQL_SLOT_PASS, "INDEX slot_waiting (key=?)", false},
	{SQL_RUN_UPDATE, "INTEGER PRIMARY KEY (rowid=?)", false},
	{SQL_RUN_UPDATE_STATE, "INTEGER PRIMARY KEY (rowid=?)", false},
	{SQL_RUN_UPDATE_SEARCH, "INTEGER PRIMARY KEY (rowid=?)", false},
	{SQL_RUN_UPDATE_CLOSED, "INTEGER PRIMARY KEY (rowid=?)", false},
	{SQL_RUN_UPDATE_ALL, "INTEGER PRIMARY KEY (rowid=?)", false},
	{SQL_RUN_NUDGE, "INTEGER PRIMARY KEY (rowid=?)", false},
	{SQL_RUN_UNREAD, "INDEX run_unread (lease=?)", false},
	{SQL_RUN_RECLAIM, "INDEX run_leased", false},
	{SQL_RUN_SWEEP, "INTEGER PRIMARY KEY (rowid>?)", false},
	{SQL_INBOX_SWEEP, "INTEGER PRIMARY KEY (rowid>?)", false},
	{SQL_RUN_COUNT, "COVERING INDEX run_state", false},
	{SQL_RUN_LIST, "INTEGER PRIMARY KEY (rowid<?)", false},
	{SQL_RUN_LIST_PUBLIC_ID, "(public_id=?", false},
	{SQL_RUN_LIST_ORDER, "INDEX run_order (order_id=?", false},
	{SQL_RUN_LIST_ORDER_PREFIX, "INDEX run_order (order_id>? AND order_id<",
	 true},
	{SQL_RUN_LIST_EVENT_KEY, "INDEX event_key_key (key=?)", true},
	{SQL_RUN_LIST_STATE, "INDEX run_state (state=?", false},
	{SQL_RUN_LIST_ISSUE_TYPE, "INDEX run_issue (issue_type=?", false},
	{SQL_RUN_LIST_AMOUNT, "INDEX run_amount (amount_minor>? AND", true},
	{SQL_RUN_LIST_OPEN_PLAYBOOK, "INDEX run_playbook (playbook_id=?", true},
	{SQL_RUN_LIST_UNKNOWN, "INDEX call_unknown (adapter=? AND operation=?",
	 true},
	{SQL_RUN_LIST_OVERDUE, "INDEX task_", true},
	{SQL_RUN_LIST_OPEN, "INDEX run_open_list", false},
	{SQL_RUN_FEW_OF_PREFIX, "COVERING INDEX run_o", false},
	{SQL_RUN_FEW_OF_AMOUNT, "COVERING INDEX run_amount", false},
	{SQL_RUN_LIST_EVENT, "INDEX run_event (event_ref=?", false},
	{SQL_RUN_LIST_OPEN_SELLER, "INDEX run_open_seller (seller_ref=?",
	 false},
	{SQL_RUN_LIST_OPEN_VENUE, "INDEX run_open_venue (venue_ref=?", false},
	{SQL_RUN_LIST_OPEN_PLATFORM, "INDEX run_open_platform (platform_ref=?",
	 false},
	{SQL_BULK_RUNNING, "INDEX bulk_running", false},
	{SQL_BULK_ITEM_WAITING, "INDEX bulk_item_waiting (bulk_id=?)", false},
	{SQL_DECISION_SPENT_AFTER, "INTEGER PRIMARY KEY (rowid>?)", false},
	{SQL_BULK_ITEM_LIST, "(bulk_id=? AND run_id>?)", false},
	{SQL_GROUP_EVENT, "COVERING INDEX run_open_event", true},
	{SQL_GROUP_SELLER, "COVERING INDEX run_open_seller", true},
	{SQL_GROUP_PART_EVENT, "INDEX run_open_event (event_ref=?)", true},
	{SQL_GROUP_PART_PLATFORM, "INDEX run_open_platform (platform_ref=?)",
	 true},
	{SQL_STUCK_RUNS, "INDEX run_state (state=?)", false},
	{SQL_STUCK_CALLS, "INDEX call_unknown", true},
	{SQL_STUCK_TASKS, "INDEX task_queue (sort_ms<?)", true},
	{SQL_CALL_UNKNOWN_OF_RUN, "INDEX call_out (run_id=?)", false},
	{SQL_INBOX_UNCONSUMED, "INDEX inbox_waiting (run_id=?)", true},
	{SQL_CALL_ANSWER, "INTEGER PRIMARY KEY (rowid=?)", false},
	{SQL_CALL_OF_VISIT, "INDEX call_run (run_id=?)", false},
	{SQL_CALL_OF_RUN, "INDEX call_run (run_id=?)", false},
	{SQL_CALL_OUT_COUNT, "INDEX call_out (run_id=?)", false},
	{SQL_CALL_ORDER_SCOPE_OUT, "INDEX call_order_scope (order_id=?)",
	 false},
	{SQL_TASK_BY_PUBLIC_ID, "(public_id=?)", false},
	{SQL_TASK_OPEN_OF_RUN, "INDEX task_open (run_id=?)", false},
	{SQL_TASK_OF_RUN, "INDEX task_run (run_id=?)", false},
	{SQL_TASK_LIST_ALL, "INDEX task_queue", false},
	{SQL_TASK_LIST_UNCLAIMED, "INDEX task_queue", false},
	{SQL_TASK_LIST_DUE, "INDEX task_queue", false},
	{SQL_TASK_LIST_SECOND, "INDEX task_queue", false},
	{SQL_TASK_LIST_DECIDED, "INDEX task_decider (decider=?)", true},
	{SQL_DECISION_LIST, "INDEX decision_task (task_id=?)", false},
	{SQL_AUDIT_LIST, "INDEX audit_run (run_id=? AND seq>?)", false},
	{SQL_AUDIT_LIST_SYSTEM, "INDEX audit_run (run_id=? AND seq>?)", false},
	{SQL_AUDIT_UNSEALED, "INTEGER PRIMARY KEY (rowid>?)", false},
	{SQL_AUDIT_SPAN, "INTEGER PRIMARY KEY (rowid>? AND rowid<?)", false},
	{SQL_AUDIT_CHAIN, "INDEX audit_run (run_id=?)", false},
	{SQL_KEY_GET, "(actor=? AND route=? AND key=?)", false},
	{SQL_KEY_EXPIRE, "INDEX idempotency_age (created_ms<?)", false},
	{SQL_EVENT_KEY_GET, "(source=? AND key=?)", false},
	{SQL_DOCUMENT_ACTIVE_OF, "INDEX sqlite_autoindex_active_1 (kind=?)",
	 false},
	{SQL_DOCUMENT_FIND, "(kind=? AND name=? AND digest=?)", false},
};

static void test_hot_statements_meet_their_index(void **state)
{
	struct fixture *f = *state;
	sqlite3 *raw = NULL;
	char plan[2048];

	assert_int_equal(sqlite3_open(f->path, &raw), SQLITE_OK);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		const struct wanted *w = &wanted[i];
		bool sorts, scans;

		plan_of(raw, w->statement, plan, sizeof(plan));
		sorts = strstr(plan, "TEMP B-TREE FOR ORDER BY") != NULL;
		/* A scan of a whole table; one of an index is wanted above. */
		scans = strstr(plan, "SCAN run\n") ||
			strstr(plan, "SCAN call\n") ||
			strstr(plan, "SCAN task\n") ||
			strstr(plan, "SCAN audit\n") ||
			strstr(plan, "SCAN inbox\n");
		if (strstr(plan, w->uses) && (w->sorts || !sorts) && !scans)
			continue;
		sqlite3_close(raw);
		fail_msg("wanted %s%s of\n%s\nbut it is\n%s", w->uses,
			 w->sorts ? "" : ", no sorting,",
			 mend_sql[w->statement], plan);
	}
	sqlite3_close(raw);
}

/* Names of the indexes on run that a statement writes to, each after a blank:
 * its program says which roots it opens. */
static void indexes_written(sqlite3 *raw, int statement, char *text,
			    size_t size)
{
	char *sql = sqlite3_mprintf("EXPLAIN %s", mend_sql[statement]);
	sqlite3_stmt *s = NULL, *name = NULL;

	assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(raw,
				   "SELECT name FROM sqlite_schema"
				   " WHERE type = 'index' AND rootpage = ?1",
				   -1, &name, NULL),
		SQLITE_OK);
	text[0] = '\0';
	while (sqlite3_step(s) == SQLITE_ROW) {
		size_t n = strlen(text);

		if (strcmp((const char *)sqlite3_column_text(s, 1),
			   "OpenWrite") != 0)
			continue;
		sqlite3_bind_int(name, 1, sqlite3_column_int(s, 3));
		if (sqlite3_step(name) == SQLITE_ROW)
			snprintf(text + n, size - n, " %s",
				 (const char *)sqlite3_column_text(name, 0));
		sqlite3_reset(name);
	}
	sqlite3_finalize(name);
	sqlite3_finalize(s);
	sqlite3_free(sql);
}

/* Of a million open runs each entry lies in a page of its own: a step changes
 * none, a change of state those of what is due or leased, and only the end
 * those of what is open. */
static void test_a_step_leaves_what_it_need_not_change(void **state)
{
	static const struct {
		int statement;
		const char *no; /* none of these, parted by blanks */
	} rules[] = {
		{SQL_RUN_UPDATE, "run_"},
		{SQL_RUN_UPDATE_STATE, "run_open run_issue run_amount"
				       " run_playbook run_event run_order"},
		{SQL_RUN_UPDATE_SEARCH, "run_open_list run_order"},
		{SQL_RUN_UPDATE_CLOSED, "run_issue run_amount run_order"},
		{SQL_RUN_CLAIM, "run_open run_state run_issue run_playbook"},
	};
	struct fixture *f = *state;
	sqlite3 *raw = NULL;

	assert_int_equal(sqlite3_open(f->path, &raw), SQLITE_OK);
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		char written[1024], no[200], *rest = no, *one;

		indexes_written(raw, rules[i].statement, written,
				sizeof(written));
		snprintf(no, sizeof(no), "%s", rules[i].no);
		while ((one = strtok_r(rest, " ", &rest)))
			if (strstr(written, one))
				fail_msg("statement %d writes to %s:%s",
					 rules[i].statement, one, written);
	}
	sqlite3_close(raw);
}

/* What every step writes makes no table of its own: SQLite makes one for each
 * list of more than two constants, in a CHECK as in the WHERE of an index, and
 * that costs more than the row. */
static void test_what_is_written_makes_no_table(void **state)
{
	static const int written[] = {
		SQL_RUN_INSERT,	       SQL_RUN_UPDATE,
		SQL_RUN_UPDATE_STATE,  SQL_RUN_UPDATE_SEARCH,
		SQL_RUN_UPDATE_CLOSED, SQL_RUN_UPDATE_ALL,
		SQL_CALL_INSERT,       SQL_CALL_RESEND,
		SQL_CALL_ANSWER,       SQL_INBOX_INSERT,
		SQL_INBOX_CONSUME,     SQL_TASK_INSERT,
		SQL_TASK_UPDATE,       SQL_AUDIT_INSERT,
		SQL_BULK_ITEM_INSERT,
	};
	struct fixture *f = *state;
	sqlite3 *raw = NULL;

	assert_int_equal(sqlite3_open(f->path, &raw), SQLITE_OK);
	for (size_t i = 0; i < sizeof(written) / sizeof(*written); i++) {
		const char *text = mend_sql[written[i]];
		char *sql = sqlite3_mprintf("EXPLAIN %s", text);
		sqlite3_stmt *s = NULL;

		assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &s, NULL),
				 SQLITE_OK);
		while (sqlite3_step(s) == SQLITE_ROW) {
			if (!strcmp((const char *)sqlite3_column_text(s, 1),
				    "OpenEphemeral"))
				fail_msg("a table is made by %s", text);
		}
		sqlite3_finalize(s);
		sqlite3_free(sql);
	}
	sqlite3_close(raw);
}

static int64_t vm_steps(sqlite3 *raw, int statement, const char *queue)
{
	sqlite3_stmt *s = NULL;
	int64_t steps;

	assert_int_equal(
		sqlite3_prepare_v2(raw, mend_sql[statement], -1, &s, NULL),
		SQLITE_OK);
	if (statement == SQL_RUN_CLAIM) {
		sqlite3_bind_int(s, 1, 7);
		sqlite3_bind_text(s, 2, queue, -1, SQLITE_STATIC);
		sqlite3_bind_int(s, 3, 2);
		sqlite3_bind_int64(s, 4, INT64_MAX);
		sqlite3_bind_int(s, 5, 10);
	} else if (statement == SQL_RUN_CLAIM_PARKED) {
		sqlite3_bind_int(s, 1, 7);
		sqlite3_bind_text(s, 2, queue, -1, SQLITE_STATIC);
		sqlite3_bind_int(s, 3, 10);
	} else {
		sqlite3_bind_text(s, 1, queue, -1, SQLITE_STATIC);
	}
	while (sqlite3_step(s) == SQLITE_ROW)
		;
	steps = sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, 0);
	sqlite3_finalize(s);
	return steps;
}

/* Parked in a queue, a different moment each. */
static void park_many(struct fixture *f, const char *prefix, int count,
		      const char *queue)
{
	assert_ok(db_begin(f->db));
	for (int i = 0; i < count; i++) {
		char order[64];
		struct run r;

		snprintf(order, sizeof(order), "%s-%d", prefix, i);
		r = fixture_run_of(order);
		assert_ok(run_insert(f->db, &r));
		snprintf(r.queue, sizeof(r.queue), "%s", queue);
		r.parked_ms = 1 + (i * 7919) % 100000;
		assert_ok(run_update(f->db, &r));
	}
	assert_ok(db_commit(f->db));
}

static void insert_many(struct fixture *f, const char *prefix, int count,
			const char *queue, bool closed)
{
	assert_ok(db_begin(f->db));
	for (int i = 0; i < count; i++) {
		char order[64];
		struct run r;

		snprintf(order, sizeof(order), "%s-%d", prefix, i);
		r = fixture_run_of(order);
		snprintf(r.queue, sizeof(r.queue), "%s", queue);
		if (closed) {
			r.state = RUN_COMPLETED;
			r.due_ms = 0;
			r.closed_ms = 1;
		}
		assert_ok(run_insert(f->db, &r));
	}
	assert_ok(db_commit(f->db));
}

/* Counted in steps of SQLite's machine, not in time: the same everywhere. */
static void test_claims_cost_the_same_beside_many(void **state)
{
	struct fixture *f = *state;
	int64_t claim, due;
	sqlite3 *raw = NULL;

	insert_many(f, "FEW", 100, "", false);
	assert_int_equal(sqlite3_open(f->path, &raw), SQLITE_OK);
	claim = vm_steps(raw, SQL_RUN_CLAIM, "");
	due = vm_steps(raw, SQL_RUN_NEXT_DUE, "");
	insert_many(f, "OPEN", 3000, "", false);
	insert_many(f, "CLOSED", 3000, "", true);
	insert_many(f, "OTHER", 3000, "payment", false);
	/* Also what is parked in the same queue is not looked at. */
	park_many(f, "PARKED", 3000, "");
	assert_in_range(vm_steps(raw, SQL_RUN_CLAIM, ""), claim, claim + 20);
	assert_in_range(vm_steps(raw, SQL_RUN_NEXT_DUE, ""), due, due + 5);
	sqlite3_close(raw);
}

static void test_parked_ones_cost_the_same_beside_many(void **state)
{
	struct fixture *f = *state;
	int64_t claim, due, queues;
	sqlite3 *raw = NULL;

	park_many(f, "FEW", 100, "payment");
	insert_many(f, "NONE", 1, "order", false);
	assert_int_equal(sqlite3_open(f->path, &raw), SQLITE_OK);
	claim = vm_steps(raw, SQL_RUN_CLAIM_PARKED, "payment");
	due = vm_steps(raw, SQL_RUN_NEXT_DUE, "payment");
	queues = vm_steps(raw, SQL_RUN_QUEUE_AFTER, "");
	park_many(f, "MANY", 6000, "payment");
	insert_many(f, "DUE", 3000, "payment", false);
	insert_many(f, "OPEN", 3000, "", false);
	assert_in_range(vm_steps(raw, SQL_RUN_CLAIM_PARKED, "payment"), claim,
			claim + 20);
	assert_in_range(vm_steps(raw, SQL_RUN_NEXT_DUE, "payment"), due,
			due + 20);
	assert_in_range(vm_steps(raw, SQL_RUN_QUEUE_AFTER, ""), queues,
			queues + 120);
	sqlite3_close(raw);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		FIXTURE_TEST(test_all_compile),
	};
	const struct CMUnitTest files[] = {
		FIXTURE_TEST(test_hot_statements_meet_their_index),
		FIXTURE_TEST(test_a_step_leaves_what_it_need_not_change),
		FIXTURE_TEST(test_what_is_written_makes_no_table),
		FIXTURE_TEST(test_claims_cost_the_same_beside_many),
		FIXTURE_TEST(test_parked_ones_cost_the_same_beside_many),
	};

	return FIXTURE_RUN("statements", all, false) +
	       FIXTURE_RUN("plans", files, true);
}

/* The run row: identity, fencing, claims, wake-ups, lists. */
#include <stdio.h>

#include "engine/store/key_store.h"
#include "fixture.h"

#define NOW_MS 1800000000000

static struct run stored(struct fixture *f, int64_t id)
{
	struct run r;

	assert_ok(run_by_id(f->db, id, &r));
	return r;
}

#define ROW_TEXT 8192
/* All of a row as one text, so that a difference can be read. */
static const char *row_text(const struct run *r, char text[ROW_TEXT])
{
	char head[DIGEST_HEX_SIZE];

	digest_hex(r->audit.hash, head);
	snprintf(text, ROW_TEXT,
		 "%ld %s %s %s|%s %s %s %d %ld|%s %s %s %d %d|%s %d %ld %ld|"
		 "%ld %ld %ld %d|%ld %s %s|%s %s %s|%ld %s %ld %ld|%s %s|"
		 "%ld %s|%ld %ld %ld",
		 r->id, r->public_id, r->order_id, run_state_name(r->state),
		 r->outcome, r->result, r->issue_type, r->tier, r->playbook_id,
		 r->step, r->phase, r->progress, r->attempt, r->attempts_max,
		 r->queue, r->priority, r->due_ms, r->lease, r->epoch,
		 r->inbox_seq, r->inbox_read, r->crash_count, r->wait_task_id,
		 r->wait_signal, r->wait_adapter, r->reason, r->last_error,
		 r->paused_state, r->amount_minor, r->currency, r->event_ms,
		 r->urgent_ms, r->source, r->event_key, r->audit.seq, head,
		 r->created_ms, r->updated_ms, r->closed_ms);
	return text;
}

static void assert_same_run(const struct run *a, const struct run *b)
{
	char x[ROW_TEXT], y[ROW_TEXT];

	assert_string_equal(row_text(a, x), row_text(b, y));
}

static void test_every_field_comes_back(void **state)
{
	struct fixture *f = *state;
	struct run r = {
		.public_id = "run_1",
		.order_id = "ORDER-42",
		.state = RUN_WAITING_TASK,
		.outcome = "a",
		.result = "b",
		.issue_type = "c",
		.tier = 3,
		.playbook_id = f->document_id,
		.step = "d",
		.phase = "e",
		.progress = "f",
		.attempt = 4,
		.attempts_max = 5,
		.queue = "g",
		.priority = 1,
		.due_ms = 6,
		.lease = 7,
		.epoch = 8,
		.inbox_seq = 9,
		.inbox_read = 10,
		.crash_count = 11,
		.wait_task_id = 12,
		.wait_signal = "h",
		.wait_adapter = "i",
		.reason = "j",
		.last_error = "k",
		.paused_state = "l",
		.amount_minor = 0,
		.currency = "EUR",
		.event_ms = 13,
		.urgent_ms = 14,
		.source = "m",
		.event_key = "n",
		.audit = {.seq = 15, .hash = {16}},
		.created_ms = 17,
		.updated_ms = 18,
	};
	struct run got, copy;

	assert_ok(db_begin(f->db));
	assert_ok(run_insert(f->db, &r));
	assert_ok(db_commit(f->db));
	assert_ok(run_by_public_id(f->db, "run_1", &got));
	assert_same_run(&got, &r);
	memset(&copy, 'x', sizeof(copy));
	run_copy(&copy, &got);
	assert_same_run(&copy, &r);
	/* And through an update, with what was set unset and the reverse. */
	r = (struct run){.id = r.id,
			 .public_id = "run_1",
			 .order_id = "ORDER-42",
			 .source = "m",
			 .event_key = "n",
			 .epoch = 8,
			 .inbox_seq = 9,
			 .amount_minor = -1,
			 .state = RUN_COMPLETED,
			 .created_ms = 17,
			 .updated_ms = 19,
			 .closed_ms = 20};
	assert_ok(db_begin(f->db));
	assert_ok(run_update(f->db, &r));
	assert_ok(db_commit(f->db));
	got = stored(f, r.id);
	assert_same_run(&got, &r);
}

static void test_names(void **state)
{
	enum run_state s = RUN_HELD;

	(void)state;
	for (int i = 0; i < RUN_STATE_COUNT; i++) {
		assert_true(
			run_state_parse(run_state_name((enum run_state)i), &s));
		assert_int_equal(s, i);
		assert_int_equal(run_state_closed(s), i >= RUN_COMPLETED);
	}
	assert_false(run_state_parse("DONE", &s));
	assert_false(run_state_parse(NULL, &s));
}

static void test_one_open_run_an_order(void **state)
{
	struct fixture *f = *state;
	struct run first = fixture_started(f, "ORDER-1"), again, got;

	again = fixture_run_of("ORDER-1");
	assert_ok(db_begin(f->db));
	assert_err(run_insert(f->db, &again), ERR_CONSTRAINT);
	first.state = RUN_CANCELED;
	first.due_ms = 0;
	first.closed_ms = NOW_MS;
	assert_ok(run_update(f->db, &first));
	assert_err(run_open_of_order(f->db, "ORDER-1", &got), ERR_NOT_FOUND);
	assert_ok(run_insert(f->db, &again));
	assert_ok(db_commit(f->db));
	assert_ok(run_open_of_order(f->db, "ORDER-1", &got));
	assert_int_equal(got.id, again.id);
	assert_ok(run_latest_of_order(f->db, "ORDER-1", &got));
	assert_int_equal(got.id, again.id);
	assert_err(run_latest_of_order(f->db, "ORDER-2", &got), ERR_NOT_FOUND);
	assert_err(run_by_id(f->db, 999, &got), ERR_NOT_FOUND);
	assert_err(run_by_public_id(f->db, "run_x", &got), ERR_NOT_FOUND);
}

static void test_rules_of_the_row(void **state)
{
	struct fixture *f = *state;
	struct run r;

	assert_ok(db_begin(f->db));
	r = fixture_run_of("");
	assert_err(run_insert(f->db, &r), ERR_CONSTRAINT);
	r = fixture_run_of("ORDER-1");
	r.priority = 4;
	assert_err(run_insert(f->db, &r), ERR_CONSTRAINT);
	r = fixture_run_of("ORDER-1");
	r.tier = 4;
	assert_err(run_insert(f->db, &r), ERR_CONSTRAINT);
	r = fixture_run_of("ORDER-1");
	r.playbook_id = 999;
	assert_err(run_insert(f->db, &r), ERR_CONSTRAINT);
	assert_ok(db_commit(f->db));
}

/* ---- fencing ---- */

static void test_stale_writers_change_nothing(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1"), old = r;

	assert_ok(db_begin(f->db));
	assert_ok(run_nudge(f->db, &r, true, NOW_MS));
	assert_int_equal(r.inbox_seq, old.inbox_seq + 1);
	snprintf(old.step, sizeof(old.step), "late");
	assert_err(run_update(f->db, &old), ERR_STALE);
	old.state = RUN_HELD; /* by the other statement */
	assert_err(run_update(f->db, &old), ERR_STALE);
	old = r;
	old.epoch++;
	assert_err(run_update(f->db, &old), ERR_STALE);
	assert_ok(run_update(f->db, &r));
	assert_ok(db_commit(f->db));
	assert_string_equal(stored(f, r.id).step, "");
}

/* Each indexed column alone must find its way through, whatever is known of
 * the row as it was: all, nothing, or what is wrong. */
enum known { NOTHING, ALL, SAME, OTHER };
static void update_each(struct fixture *f, struct run r, enum known known)
{
	struct run got = stored(f, r.id), other = {.queue = "other"}, before;
	const struct run *const was[] = {
		[ALL] = &before, [SAME] = &r, [OTHER] = &other};

	for (int i = 0; i < 11; i++) {
		before = got;
		switch (i) {
		case 0:
			r.state = RUN_RUNNING;
			break;
		case 1:
			r.lease = 3;
			break;
		case 2:
			snprintf(r.issue_type, sizeof(r.issue_type), "refund");
			break;
		case 3:
			r.amount_minor = 0;
			break;
		case 4:
			r.closed_ms = NOW_MS;
			break;
		case 5:
			snprintf(r.queue, sizeof(r.queue), "payment");
			break;
		case 6:
			r.priority = 0;
			break;
		case 7:
			r.due_ms = 0;
			break;
		case 8:
			r.playbook_id = f->document_id;
			break;
		case 9:
			r.tier = 2;
			break;
		default:
			r.inbox_read = 1;
			break;
		}
		assert_ok(db_begin(f->db));
		assert_ok(run_update_from(f->db, was[known], &r));
		assert_ok(db_commit(f->db));
		got = stored(f, r.id);
		assert_same_run(&got, &r);
	}
	r.lease = 0;
	assert_ok(db_begin(f->db));
	assert_ok(run_update(f->db, &r));
	assert_ok(db_commit(f->db));
	assert_int_equal(stored(f, r.id).lease, 0);
}

static void test_update_writes_what_is_indexed(void **state)
{
	struct fixture *f = *state;

	update_each(f, fixture_started(f, "ORDER-1"), NOTHING);
	update_each(f, fixture_started(f, "ORDER-2"), ALL);
	update_each(f, fixture_started(f, "ORDER-3"), SAME);
	update_each(f, fixture_started(f, "ORDER-4"), OTHER);
}

/* ---- claims ---- */

static struct run insert_due(struct fixture *f, const char *order,
			     const char *queue, int priority, int64_t due_ms)
{
	struct run r = fixture_run_of(order);

	snprintf(r.queue, sizeof(r.queue), "%s", queue);
	r.priority = priority;
	r.due_ms = due_ms;
	assert_ok(db_begin(f->db));
	fixture_insert_run(f, &r);
	assert_ok(db_commit(f->db));
	return r;
}

static int claim(struct fixture *f, const char *queue, int priority, int limit,
		 struct run *runs)
{
	int count = -1;

	assert_ok(db_begin(f->db));
	assert_ok(run_claim(f->db, 7, queue, priority, NOW_MS, limit, runs,
			    &count));
	assert_ok(db_commit(f->db));
	return count;
}

static void test_claim_takes_what_is_due_oldest_first(void **state)
{
	struct fixture *f = *state;
	struct run runs[4], got;

	insert_due(f, "NOW", "", 2, NOW_MS);
	insert_due(f, "LATER", "", 2, NOW_MS + 1);
	insert_due(f, "NEVER", "", 2, 0);
	insert_due(f, "URGENT", "", 0, NOW_MS - 99);
	insert_due(f, "ADAPTER", "payment", 2, NOW_MS - 99);
	insert_due(f, "MIDDLE", "", 2, NOW_MS - 5);
	insert_due(f, "OLD", "", 2, NOW_MS - 9);

	assert_int_equal(claim(f, "", 2, 2, runs), 2);
	assert_string_equal(runs[0].order_id, "OLD");
	assert_string_equal(runs[1].order_id, "MIDDLE");
	assert_int_equal(runs[0].lease, 7);
	assert_int_equal(runs[0].epoch, 1);
	assert_int_equal(runs[0].due_ms, NOW_MS - 9);
	got = stored(f, runs[0].id);
	assert_same_run(&got, &runs[0]);

	assert_int_equal(claim(f, "", 2, 4, runs), 1);
	assert_string_equal(runs[0].order_id, "NOW");
	assert_int_equal(claim(f, "", 2, 4, runs), 0);
	assert_int_equal(claim(f, "", 0, 4, runs), 1);
	assert_int_equal(claim(f, "payment", 2, 4, runs), 1);
	assert_string_equal(runs[0].order_id, "ADAPTER");
}

static void test_let_go_and_claimed_again(void **state)
{
	struct fixture *f = *state;
	struct run runs[2], old;

	insert_due(f, "ORDER-1", "", 2, NOW_MS);
	assert_int_equal(claim(f, "", 2, 2, runs), 1);
	old = runs[0];
	runs[0].lease = 0;
	assert_ok(db_begin(f->db));
	assert_ok(run_update(f->db, &runs[0]));
	assert_ok(db_commit(f->db));
	assert_int_equal(claim(f, "", 2, 2, runs), 1);
	assert_int_equal(runs[0].epoch, 2);
	assert_ok(db_begin(f->db));
	assert_err(run_update(f->db, &old), ERR_STALE);
	assert_ok(db_commit(f->db));
}

static void test_next_due(void **state)
{
	struct fixture *f = *state;
	struct run runs[1];
	int64_t due[RUN_PRIORITIES] = {-1, -1, -1, -1};
	bool parked = true;

	assert_ok(run_next_due(f->db, "", due, &parked));
	assert_int_equal(due[0] | due[1] | due[2] | due[3], 0);
	insert_due(f, "A", "", 3, NOW_MS - 7);
	insert_due(f, "B", "", 0, NOW_MS + 5);
	insert_due(f, "C", "payment", 0, 5);
	assert_ok(run_next_due(f->db, "", due, &parked));
	assert_int_equal(due[3], NOW_MS - 7);
	assert_int_equal(due[0], NOW_MS + 5);
	assert_int_equal(due[1] | due[2], 0);
	assert_int_equal(claim(f, "", 3, 1, runs), 1);
	assert_ok(run_next_due(f->db, "", due, &parked));
	assert_int_equal(due[3], 0);
	assert_int_equal(due[0], NOW_MS + 5);
}

static void park(struct fixture *f, const char *order, const char *queue,
		 int64_t urgent_ms, int priority)
{
	struct run r = insert_due(f, order, "", priority, NOW_MS);

	snprintf(r.queue, sizeof(r.queue), "%s", queue);
	r.urgent_ms = urgent_ms;
	r.due_ms = NOW_MS + 1000;
	r.parked_ms = run_urgency_ms(&r);
	assert_ok(db_begin(f->db));
	assert_ok(run_update(f->db, &r));
	assert_ok(db_commit(f->db));
}

static int claim_parked(struct fixture *f, const char *queue, int limit,
			struct run *runs)
{
	int count = -1;

	assert_ok(db_begin(f->db));
	assert_ok(run_claim_parked(f->db, 7, queue, limit, runs, &count));
	assert_ok(db_commit(f->db));
	return count;
}

/* Whenever they are due: the last feasible moment, then priority, then age. */
static void test_what_is_parked_is_taken_most_urgent_first(void **state)
{
	static const int64_t day = 24 * 3600 * 1000LL;
	struct fixture *f = *state;
	struct run runs[8];
	int64_t due[RUN_PRIORITIES] = {0}, count = 0;
	bool parked = false;

	park(f, "UNKNOWN", "payment", 0, 2);		 /* as if in a day */
	park(f, "LATE", "payment", NOW_MS + 2 * day, 2); /* no later */
	park(f, "SOON-LOW", "payment", NOW_MS + 60000, 3);
	park(f, "SOON-1", "payment", NOW_MS + 60000, 1);
	park(f, "SOON-2", "payment", NOW_MS + 60000, 1);
	park(f, "NEXT", "payment", NOW_MS + 50000, 3);
	park(f, "ELSEWHERE", "transfer", NOW_MS, 0);
	insert_due(f, "DUE", "payment", 2, NOW_MS);

	assert_ok(run_next_due(f->db, "payment", due, &parked));
	assert_int_equal(due[2], NOW_MS);
	assert_true(parked);
	assert_ok(run_parked_count(f->db, "payment", 4, &count));
	assert_int_equal(count, 4);
	assert_ok(run_parked_count(f->db, "payment", 100, &count));
	assert_int_equal(count, 6);

	assert_int_equal(claim_parked(f, "payment", 3, runs), 3);
	assert_string_equal(runs[0].order_id, "NEXT");
	assert_string_equal(runs[1].order_id, "SOON-1");
	assert_string_equal(runs[2].order_id, "SOON-2");
	assert_int_equal(runs[0].lease, 7);
	assert_int_equal(runs[0].parked_ms, 0);
	assert_int_equal(claim_parked(f, "payment", 8, runs), 3);
	assert_string_equal(runs[0].order_id, "SOON-LOW");
	assert_string_equal(runs[1].order_id, "UNKNOWN");
	assert_string_equal(runs[2].order_id, "LATE");
	assert_int_equal(claim_parked(f, "payment", 8, runs), 0);
	/* What is due in its own time is claimed as ever. */
	assert_int_equal(claim(f, "payment", 2, 8, runs), 1);
	assert_string_equal(runs[0].order_id, "DUE");
}

static void test_who_is_spoken_to_is_not_parked(void **state)
{
	struct fixture *f = *state;
	struct run r, runs[2];
	char names[RUN_QUEUES_MAX][NAME_SIZE];
	int64_t count = 0;
	int queues = 0;

	park(f, "ORDER-1", "payment", NOW_MS, 2);
	park(f, "ORDER-2", "transfer.send", NOW_MS, 2);
	insert_due(f, "ORDER-3", "order", 2, NOW_MS);
	assert_ok(run_queues(f->db, names, &queues));
	assert_int_equal(queues, 3);
	assert_string_equal(names[0], "order");
	assert_string_equal(names[1], "payment");
	assert_string_equal(names[2], "transfer.send");
	assert_ok(run_open_of_order(f->db, "ORDER-1", &r));
	assert_ok(db_begin(f->db));
	assert_ok(run_nudge(f->db, &r, true, NOW_MS));
	assert_ok(run_unqueue(f->db, "transfer.send", &count));
	assert_int_equal(count, 1);
	assert_ok(db_commit(f->db));
	assert_int_equal(claim_parked(f, "payment", 2, runs), 0);
	assert_int_equal(claim(f, "", 2, 2, runs), 1);
	assert_string_equal(runs[0].order_id, "ORDER-1");
	assert_ok(run_open_of_order(f->db, "ORDER-2", &r));
	assert_string_equal(r.queue, "");
	assert_int_equal(r.parked_ms, 0);
}

static void test_nudge_wakes_only_who_is_not_leased(void **state)
{
	struct fixture *f = *state;
	struct run sleeping = insert_due(f, "A", "", 2, 0);
	struct run early = insert_due(f, "B", "", 2, NOW_MS - 50);
	struct run later = insert_due(f, "C", "", 2, NOW_MS + 50);
	struct run leased = insert_due(f, "D", "", 1, NOW_MS), runs[1];
	int64_t ids[4];
	int count;

	assert_int_equal(claim(f, "", 1, 1, runs), 1);
	leased = runs[0];
	assert_ok(db_begin(f->db));
	assert_ok(run_nudge(f->db, &sleeping, false, NOW_MS));
	assert_int_equal(sleeping.due_ms, 0);
	assert_ok(run_nudge(f->db, &sleeping, true, NOW_MS));
	assert_int_equal(sleeping.due_ms, NOW_MS);
	assert_int_equal(sleeping.inbox_seq, 2);
	assert_ok(run_nudge(f->db, &early, true, NOW_MS));
	assert_int_equal(early.due_ms, NOW_MS - 50);
	assert_ok(run_nudge(f->db, &later, true, NOW_MS));
	assert_int_equal(later.due_ms, NOW_MS);
	fixture_audit(f->db, &leased, "a signal");
	assert_ok(run_nudge(f->db, &leased, true, NOW_MS - 9));
	assert_int_equal(leased.due_ms, NOW_MS);
	assert_ok(db_commit(f->db));
	assert_int_equal(stored(f, leased.id).audit.seq, 2);

	assert_ok(run_unread(f->db, 7, 4, ids, &count));
	assert_int_equal(count, 1);
	assert_int_equal(ids[0], leased.id);
	assert_ok(run_unread(f->db, 8, 4, ids, &count));
	assert_int_equal(count, 0);
	leased.inbox_read = leased.inbox_seq;
	assert_ok(db_begin(f->db));
	assert_ok(run_update(f->db, &leased));
	assert_ok(db_commit(f->db));
	assert_ok(run_unread(f->db, 7, 4, ids, &count));
	assert_int_equal(count, 0);

	leased.id = 999;
	assert_ok(db_begin(f->db));
	assert_err(run_nudge(f->db, &leased, true, NOW_MS), ERR_NOT_FOUND);
	assert_err(run_write_audit_head(f->db, &leased), ERR_NOT_FOUND);
	assert_ok(db_commit(f->db));
}

static void test_reclaim_takes_back_what_a_crash_left(void **state)
{
	struct fixture *f = *state;
	struct run a = insert_due(f, "A", "", 2, NOW_MS - 5), runs[1];
	struct run b = insert_due(f, "B", "", 1, NOW_MS);
	int64_t count = -1;

	assert_int_equal(claim(f, "", 2, 1, runs), 1);
	assert_ok(db_begin(f->db));
	assert_ok(run_reclaim(f->db, 7, 0, NOW_MS, &count));
	assert_int_equal(count, 0);
	assert_ok(run_reclaim(f->db, 8, 0, NOW_MS, &count));
	assert_int_equal(count, 1);
	assert_ok(db_commit(f->db));
	a = stored(f, a.id);
	assert_int_equal(a.lease, 0);
	assert_int_equal(a.due_ms, NOW_MS);
	assert_int_equal(a.crash_count, 1);
	assert_int_equal(stored(f, b.id).crash_count, 0);
}

/* ---- lists ---- */

static int list(struct fixture *f, struct run_filter filter, struct run *runs)
{
	int count = -1;

	assert_ok(run_list(f->db, &filter, runs, &count));
	return count;
}

/* Its filters take the place of "any". */
#pragma GCC diagnostic ignored "-Woverride-init"
#define LIST(...)                                                              \
	list(f,                                                                \
	     (struct run_filter){.state = -1,                                  \
				 .open = -1,                                   \
				 .amount_min = -1,                             \
				 .amount_max = -1,                             \
				 .limit = 8,                                   \
				 __VA_ARGS__},                                 \
	     runs)

static void three_runs(struct fixture *f, struct run r[3])
{
	r[0] = fixture_run_of("ORDER-1");
	r[1] = fixture_run_of("ORDER-12");
	r[2] = fixture_run_of("OTHER-1");
	snprintf(r[0].issue_type, sizeof(r[0].issue_type), "refund");
	snprintf(r[1].step, sizeof(r[1].step), "pay");
	snprintf(r[1].wait_adapter, sizeof(r[1].wait_adapter), "payment");
	snprintf(r[2].outcome, sizeof(r[2].outcome), "RESOLVED");
	r[0].amount_minor = 100;
	r[1].amount_minor = 200;
	r[2].state = RUN_COMPLETED;
	snprintf(r[2].queue, sizeof(r[2].queue), "payment"); /* once */
	r[2].closed_ms = NOW_MS;
	r[2].due_ms = 0;
	r[2].created_ms = r[2].updated_ms = NOW_MS + 5;
	assert_ok(db_begin(f->db));
	for (int i = 0; i < 3; i++)
		fixture_insert_run(f, &r[i]);
	assert_ok(event_key_put(f->db, "api", "key-1", r[1].id, "d"));
	assert_ok(db_commit(f->db));
}

static void test_list_by_each_filter(void **state)
{
	struct fixture *f = *state;
	struct run r[3], runs[8];

	three_runs(f, r);
	assert_int_equal(LIST(.limit = 8), 3);
	assert_int_equal(runs[0].id, r[2].id); /* newest first */
	assert_int_equal(runs[2].id, r[0].id);
	assert_int_equal(LIST(.limit = 2), 2);
	assert_int_equal(LIST(.before_id = r[1].id), 1);
	assert_int_equal(LIST(.order_id = "ORDER-1"), 1);
	assert_int_equal(LIST(.order_id = "ORDER-"), 0);
	assert_int_equal(LIST(.order_prefix = "ORDER-1"), 2);
	assert_int_equal(LIST(.order_prefix = "ORDER-12"), 1);
	assert_int_equal(LIST(.order_prefix = ""), 3);
	assert_int_equal(LIST(.public_id = r[1].public_id), 1);
	assert_int_equal(runs[0].id, r[1].id);
	assert_int_equal(LIST(.event_key = "key-1"), 1);
	assert_int_equal(LIST(.event_key = "key-2"), 0);
	assert_int_equal(LIST(.state = RUN_READY), 2);
	assert_int_equal(LIST(.open = 1), 2);
	assert_int_equal(LIST(.open = 0), 1);
	assert_int_equal(LIST(.step = "pay"), 1);
	assert_int_equal(LIST(.issue_type = "refund"), 1);
	assert_int_equal(LIST(.adapter = "payment"), 1);
	assert_int_equal(LIST(.outcome = "RESOLVED"), 1);
	assert_int_equal(LIST(.amount_min = 100), 2);
	assert_int_equal(LIST(.amount_max = 100), 1);
	assert_int_equal(LIST(.amount_min = 101, .amount_max = 199), 0);
	assert_int_equal(LIST(.created_before_ms = NOW_MS + 1), 2);
	assert_int_equal(LIST(.updated_before_ms = NOW_MS), 0);
	/* Together: each of them holds, whichever picks the way. */
	assert_int_equal(
		LIST(.public_id = r[1].public_id, .order_id = "ORDER-1"), 0);
	assert_int_equal(LIST(.order_prefix = "ORDER-", .state = RUN_COMPLETED),
			 0);
	assert_int_equal(LIST(.state = RUN_READY, .issue_type = "refund",
			      .amount_min = 50, .open = 1),
			 1);
}

/* More than a count would bear: found another way, and the same. */
static void test_list_by_a_prefix_of_almost_all(void **state)
{
	struct fixture *f = *state;
	struct run runs[8];
	char order[32];

	assert_ok(db_begin(f->db));
	for (int i = 0; i < 1500; i++) {
		struct run r;

		snprintf(order, sizeof(order), "ORDER-%d", i);
		r = fixture_run_of(order);
		r.amount_minor = i;
		assert_ok(run_insert(f->db, &r));
	}
	assert_ok(db_commit(f->db));
	assert_int_equal(LIST(.order_prefix = "ORDER-"), 8);
	assert_string_equal(runs[0].order_id, "ORDER-1499");
	assert_string_equal(runs[7].order_id, "ORDER-1492");
	assert_int_equal(LIST(.amount_min = 1), 8);
	assert_string_equal(runs[7].order_id, "ORDER-1492");
	assert_int_equal(LIST(.amount_min = 3, .amount_max = 5), 3);
	assert_string_equal(runs[0].order_id, "ORDER-5");
}

static void test_count_and_sweep(void **state)
{
	struct fixture *f = *state;
	int64_t counts[RUN_STATE_COUNT];
	struct run r[3], runs[8];
	int count;

	three_runs(f, r);
	assert_ok(run_count_by_state(f->db, counts));
	assert_int_equal(counts[RUN_READY], 2);
	assert_int_equal(counts[RUN_COMPLETED], 1);
	assert_int_equal(counts[RUN_HELD], 0);
	assert_ok(run_sweep(f->db, 0, 2, runs, &count));
	assert_int_equal(count, 2);
	assert_ok(run_sweep(f->db, runs[1].id, 2, runs, &count));
	assert_int_equal(count, 1);
	assert_int_equal(runs[0].id, r[2].id);
	assert_ok(run_sweep(f->db, runs[0].id, 2, runs, &count));
	assert_int_equal(count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_every_field_comes_back),
		FIXTURE_TEST(test_names),
		FIXTURE_TEST(test_one_open_run_an_order),
		FIXTURE_TEST(test_rules_of_the_row),
		FIXTURE_TEST(test_stale_writers_change_nothing),
		FIXTURE_TEST(test_update_writes_what_is_indexed),
		FIXTURE_TEST(test_claim_takes_what_is_due_oldest_first),
		FIXTURE_TEST(test_let_go_and_claimed_again),
		FIXTURE_TEST(test_next_due),
		FIXTURE_TEST(test_what_is_parked_is_taken_most_urgent_first),
		FIXTURE_TEST(test_who_is_spoken_to_is_not_parked),
		FIXTURE_TEST(test_nudge_wakes_only_who_is_not_leased),
		FIXTURE_TEST(test_reclaim_takes_back_what_a_crash_left),
		FIXTURE_TEST(test_list_by_each_filter),
		FIXTURE_TEST(test_list_by_a_prefix_of_almost_all),
		FIXTURE_TEST(test_count_and_sweep),
	};

	return FIXTURE_RUN("runs", tests, false);
}

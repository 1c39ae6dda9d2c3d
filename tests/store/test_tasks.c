/* Human tasks: the row, its optimistic lock, the views, the signatures. */
#include <stdio.h>

#include "fixture.h"

#define NOW_MS 1800000000000
#define HOUR_MS 3600000

static const char *row_text(const struct task *t, char text[4096])
{
	snprintf(text, 4096,
		 "%ld %ld %s %s %s %d %s %ld|%s %s %s %s %d|%s %s %ld %s %ld|"
		 "%d %d %ld %s %ld|%d %s %s %s %s %d|%ld %ld %ld|%s %s %ld|"
		 "%ld %ld %ld",
		 t->id, t->run_id, t->public_id, t->order_id, t->step, t->visit,
		 task_state_name(t->state), t->version, t->title, t->reason,
		 role_name(t->role), t->issue_type, t->tier, t->proposal,
		 t->digest, t->amount_minor, t->currency, t->event_ms,
		 t->approvals_needed, t->approval_count, t->due_ms,
		 t->claimed_by, t->claim_until_ms, t->approved, t->reason_code,
		 t->notes ? t->notes : "(none)", t->decider,
		 role_name(t->decider_role), t->self_asserted, t->decided_ms,
		 t->execute_at_ms, t->intent_ms, t->supersedes, t->void_reason,
		 t->snoozed_until_ms, t->created_ms, t->updated_ms,
		 t->closed_ms);
	return text;
}

static void assert_stored(struct fixture *f, const struct task *t)
{
	char x[4096], y[4096];
	struct task got;

	assert_ok(task_by_public_id(f->db, t->public_id, &f->arena, &got));
	assert_string_equal(row_text(&got, x), row_text(t, y));
	assert_ok(task_by_id(f->db, t->id, &f->arena, &got));
	assert_string_equal(row_text(&got, x), row_text(t, y));
}

static void test_every_field_comes_back(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct task t = fixture_task_of(&r);

	snprintf(t.supersedes, sizeof(t.supersedes), "task_0");
	assert_ok(db_begin(f->db));
	assert_ok(task_insert(f->db, &t));
	assert_ok(db_commit(f->db));
	assert_int_equal(t.version, 1);
	assert_stored(f, &t);

	t.state = TASK_DECIDED;
	t.role = ROLE_SUPERVISOR;
	t.approvals_needed = 2;
	t.approval_count = 1;
	t.due_ms = NOW_MS + 1;
	snprintf(t.claimed_by, sizeof(t.claimed_by), "ana");
	t.claim_until_ms = NOW_MS + 2;
	t.approved = 0;
	snprintf(t.reason_code, sizeof(t.reason_code), "FRAUD");
	t.notes = arena_dup(&f->arena, "looks odd");
	snprintf(t.decider, sizeof(t.decider), "ben");
	t.decider_role = ROLE_ADMIN;
	t.self_asserted = true;
	t.decided_ms = NOW_MS + 3;
	t.execute_at_ms = NOW_MS + 4;
	t.intent_ms = NOW_MS + 5;
	snprintf(t.void_reason, sizeof(t.void_reason), "moved");
	t.snoozed_until_ms = NOW_MS + 6;
	t.updated_ms = NOW_MS + 7;
	t.closed_ms = NOW_MS + 8;
	assert_ok(db_begin(f->db));
	assert_ok(task_update(f->db, &t));
	assert_ok(db_commit(f->db));
	assert_int_equal(t.version, 2);
	assert_stored(f, &t);
}

static void test_no_money_no_times(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct task t = fixture_task_of(&r);

	t.amount_minor = -1;
	t.due_ms = t.event_ms = 0;
	t.tier = 0;
	t.issue_type[0] = t.currency[0] = '\0';
	assert_ok(db_begin(f->db));
	assert_ok(task_insert(f->db, &t));
	assert_ok(db_commit(f->db));
	assert_stored(f, &t);
}

static void test_the_slower_one_is_stale(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct task t = fixture_task_of(&r), other;

	assert_ok(db_begin(f->db));
	assert_ok(task_insert(f->db, &t));
	other = t;
	snprintf(t.claimed_by, sizeof(t.claimed_by), "ana");
	assert_ok(task_update(f->db, &t));
	snprintf(other.claimed_by, sizeof(other.claimed_by), "ben");
	assert_err(task_update(f->db, &other), ERR_STALE);
	assert_int_equal(other.version, 1);
	assert_ok(db_commit(f->db));
	assert_stored(f, &t);
}

static void test_one_open_task_a_run(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct task a = fixture_task_of(&r), b = fixture_task_of(&r), got;
	struct task *rows;
	int count;

	assert_err(task_open_of_run(f->db, r.id, &f->arena, &got),
		   ERR_NOT_FOUND);
	assert_ok(db_begin(f->db));
	assert_ok(task_insert(f->db, &a));
	assert_err(task_insert(f->db, &b), ERR_CONSTRAINT);
	assert_ok(task_open_of_run(f->db, r.id, &f->arena, &got));
	assert_int_equal(got.id, a.id);
	a.state = TASK_VOID;
	a.closed_ms = NOW_MS;
	assert_ok(task_update(f->db, &a));
	assert_ok(task_insert(f->db, &b));
	assert_ok(db_commit(f->db));
	assert_ok(task_open_of_run(f->db, r.id, &f->arena, &got));
	assert_int_equal(got.id, b.id);
	assert_ok(task_of_run(f->db, r.id, 9, &f->arena, &rows, &count));
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].id, a.id);
	assert_ok(task_of_run(f->db, r.id, 1, &f->arena, &rows, &count));
	assert_int_equal(count, 1);
	assert_err(task_by_public_id(f->db, "task_x", &f->arena, &got),
		   ERR_NOT_FOUND);
	assert_err(task_by_id(f->db, 999, &f->arena, &got), ERR_NOT_FOUND);
}

static void test_names(void **state)
{
	enum task_state s = TASK_OPEN;

	(void)state;
	for (int i = 0; i < TASK_STATE_COUNT; i++) {
		assert_true(task_state_parse(
			task_state_name((enum task_state)i), &s));
		assert_int_equal(s, i);
	}
	assert_false(task_state_parse("LOST", &s));
	assert_false(task_state_parse(NULL, &s));
}

/* ---- views ---- */

static void insert(struct fixture *f, const char *order, struct task *t,
		   void (*change)(struct task *t))
{
	struct run r = fixture_started(f, order);

	*t = fixture_task_of(&r);
	t->event_ms = 0;
	change(t);
	assert_ok(db_begin(f->db));
	assert_ok(task_insert(f->db, t));
	assert_ok(db_commit(f->db));
}

static void plain(struct task *t)
{
	t->due_ms = NOW_MS + 5 * HOUR_MS;
}
static void due_soon(struct task *t)
{
	t->due_ms = NOW_MS + HOUR_MS / 2;
}
static void event_soon(struct task *t)
{
	t->event_ms = NOW_MS + 3 * HOUR_MS;
	t->due_ms = NOW_MS + 30 * HOUR_MS;
}
static void mine(struct task *t)
{
	t->state = TASK_CLAIMED;
	snprintf(t->claimed_by, sizeof(t->claimed_by), "ana");
	t->claim_until_ms = NOW_MS + 1;
	t->due_ms = NOW_MS + 6 * HOUR_MS;
}
static void lapsed(struct task *t)
{
	mine(t);
	t->claim_until_ms = NOW_MS;
	t->due_ms = NOW_MS + 7 * HOUR_MS;
}
static void half_signed(struct task *t)
{
	t->approvals_needed = 2;
	t->approval_count = 1;
	t->due_ms = NOW_MS + 8 * HOUR_MS;
}
static void high(struct task *t)
{
	t->amount_minor = 50000;
	snprintf(t->issue_type, sizeof(t->issue_type), "resale");
	t->due_ms = 0;
}
static void snoozed(struct task *t)
{
	due_soon(t);
	t->snoozed_until_ms = NOW_MS + 1;
}
static void decided(struct task *t)
{
	due_soon(t);
	t->state = TASK_DECIDED;
	t->decided_ms = NOW_MS;
	t->approved = 1;
	snprintf(t->decider, sizeof(t->decider), "ana");
}

/* The first letters of the orders in a view, in their order. */
static const char *view(struct fixture *f, const char *name, const char *actor,
			char letters[16])
{
	struct task_filter filter = {.view = name,
				     .actor = actor,
				     .now_ms = NOW_MS,
				     .high_minor = 50000,
				     .limit = 15};
	struct task *rows;
	int count = 0;

	assert_ok(task_list(f->db, &filter, &f->arena, &rows, &count));
	for (int i = 0; i < count; i++)
		letters[i] = rows[i].order_id[0];
	letters[count] = '\0';
	return letters;
}

static void test_views(void **state)
{
	static const struct {
		const char *order;
		void (*change)(struct task *t);
	} rows[] = {
		{"Plain", plain}, {"Due", due_soon},	{"Event", event_soon},
		{"Mine", mine},	  {"Lapsed", lapsed},	{"Half", half_signed},
		{"Big", high},	  {"Snoozed", snoozed}, {"Over", decided},
	};
	static const struct {
		const char *view, *ana, *ben;
	} wanted[] = {
		{"all", "DSOEPMLHB", "DSOEPMLHB"},
		{"mine", "M", ""},
		{"unclaimed", "DEPLHB", "DEPLHB"},
		{"due", "D", "D"},
		{"event", "E", "E"},
		{"second", "", "H"}, /* ana has signed it */
		{"high", "B", "B"},
		{"snoozed", "S", "S"},
		{"decided", "OH", ""},
	};
	struct fixture *f = *state;
	struct decision d = {.approved = true,
			     .actor = {.name = "ana", .role = ROLE_AGENT},
			     .decided_ms = NOW_MS};
	int64_t counts[TASK_VIEW_COUNT];
	struct task_filter filter = {
		.actor = "ana", .now_ms = NOW_MS, .high_minor = 50000};
	char letters[16];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct task t;

		insert(f, rows[i].order, &t, rows[i].change);
		if (rows[i].change == half_signed)
			d.task_id = t.id;
	}
	assert_ok(db_begin(f->db));
	assert_ok(decision_insert(f->db, &d));
	assert_ok(db_commit(f->db));
	assert_ok(task_count_views(f->db, &filter, counts));
	for (int i = 0; i < TASK_VIEW_COUNT; i++) {
		assert_string_equal(task_views[i], wanted[i].view);
		assert_string_equal(view(f, wanted[i].view, "ana", letters),
				    wanted[i].ana);
		assert_string_equal(view(f, wanted[i].view, "Ana", letters),
				    wanted[i].ana);
		assert_string_equal(view(f, wanted[i].view, "ben", letters),
				    wanted[i].ben);
		assert_int_equal(counts[i], strlen(wanted[i].ana));
	}
}

static void test_views_filter_and_page(void **state)
{
	struct fixture *f = *state;
	struct task_filter filter = {.now_ms = NOW_MS, .limit = 9};
	struct task t, *rows;
	int count;

	insert(f, "A", &t, due_soon);
	insert(f, "B", &t, plain);
	insert(f, "C", &t, high);
	filter.order_id = "B";
	assert_ok(task_list(f->db, &filter, &f->arena, &rows, &count));
	assert_int_equal(count, 1);
	filter.order_id = NULL;
	filter.issue_type = "resale";
	assert_ok(task_list(f->db, &filter, &f->arena, &rows, &count));
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].order_id, "C");
	filter.issue_type = NULL;
	filter.offset = 1;
	filter.limit = 1;
	assert_ok(task_list(f->db, &filter, &f->arena, &rows, &count));
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].order_id, "B");
	filter.view = "nonsense";
	assert_err(task_list(f->db, &filter, &f->arena, &rows, &count),
		   ERR_INVALID);
}

/* ---- signatures ---- */

static void test_one_signature_a_person(void **state)
{
	struct fixture *f = *state;
	struct run r = fixture_started(f, "ORDER-1");
	struct task t = fixture_task_of(&r);
	struct decision d = {.approved = true,
			     .actor = {.name = "ana",
				       .role = ROLE_SUPERVISOR,
				       .self_asserted = true},
			     .digest = "beef",
			     .notes = "fine",
			     .decided_ms = NOW_MS};
	struct decision *rows;
	int count;

	assert_ok(db_begin(f->db));
	assert_ok(task_insert(f->db, &t));
	d.task_id = t.id;
	assert_ok(decision_insert(f->db, &d));
	assert_err(decision_insert(f->db, &d), ERR_CONSTRAINT);
	snprintf(d.actor.name, sizeof(d.actor.name), "ANA"); /* no one else */
	assert_err(decision_insert(f->db, &d), ERR_CONSTRAINT);
	assert_ok(decision_undo(f->db, t.id, NOW_MS + 1));
	d.approved = false;
	d.notes = NULL;
	assert_ok(decision_insert(f->db, &d));
	d.task_id = 999;
	assert_err(decision_insert(f->db, &d), ERR_CONSTRAINT);
	assert_ok(db_commit(f->db));
	assert_ok(decision_list(f->db, t.id, &f->arena, &rows, &count));
	assert_int_equal(count, 2);
	assert_true(rows[0].approved);
	assert_string_equal(rows[0].actor.name, "ana");
	assert_int_equal(rows[0].actor.role, ROLE_SUPERVISOR);
	assert_true(rows[0].actor.self_asserted);
	assert_string_equal(rows[0].digest, "beef");
	assert_string_equal(rows[0].notes, "fine");
	assert_int_equal(rows[0].decided_ms, NOW_MS);
	assert_int_equal(rows[0].undone_ms, NOW_MS + 1);
	assert_false(rows[1].approved);
	assert_null(rows[1].notes);
	assert_int_equal(rows[1].undone_ms, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_every_field_comes_back),
		FIXTURE_TEST(test_no_money_no_times),
		FIXTURE_TEST(test_the_slower_one_is_stale),
		FIXTURE_TEST(test_one_open_task_a_run),
		FIXTURE_TEST(test_names),
		FIXTURE_TEST(test_views),
		FIXTURE_TEST(test_views_filter_and_page),
		FIXTURE_TEST(test_one_signature_a_person),
	};

	return FIXTURE_RUN("tasks", tests, false);
}

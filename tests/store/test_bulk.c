/*
 * Many runs at once, runs anew, words from outside, and what is done once for a
 * group: what each leaves behind, and that nothing is done a second time.
 */
#include "engine/flow/bulk.h"

#include <stdio.h>

#include "engine/base/json.h"
#include "engine/flow/filter.h"
#include "engine/flow/replay.h"
#include "engine/flow/stuck.h"
#include "engine/flow/view_group.h"
#include "engine/flow/webhook.h"
#include "engine/store/case_store.h"
#include "engine/store/shared_store.h"
#include "scene.h"

#define NO_PRIORITY (-1)

static cJSON *tree_of(const char *text)
{
	cJSON *tree = NULL;

	assert_ok(json_parse(text, strlen(text), NULL, &tree));
	return tree;
}

/* A bulk of the runs of this filter; params is {} or the operation's. */
static enum err make(struct scene *s, const char *operation, const char *filter,
		     const char *decision, struct bulk *ret_bulk)
{
	cJSON *f = tree_of(filter), *d = decision ? tree_of(decision) : NULL;
	struct bulk_request q = {.operation = operation,
				 .filter = f,
				 .reason = "for a test",
				 .rate = 100,
				 .preview = true,
				 .priority = NO_PRIORITY,
				 .decision = d};
	enum err e;

	memset(&s->p, 0, sizeof(s->p));
	e = bulk_find(s->db, &s->world, &q, s->a, &s->p);
	if (e == OK)
		e = SCENE_DO(s, bulk_make(s->db, &s->world, &q, &sue, s->a,
					  &s->p, ret_bulk));
	cJSON_Delete(f);
	cJSON_Delete(d);
	return e;
}

static void start(struct scene *s, struct bulk *b, const struct actor *who)
{
	assert_ok(SCENE_DO(s, bulk_start(s->db, &s->world, b->public_id, who,
					 s->a, &s->p, b)));
}

/* What the engine keeps from slice to slice. */
static struct spending spending;

static int slice(struct scene *s, struct bulk *b, int most)
{
	struct bulk_desk desk = {.spending = &spending};
	int count = 0;

	assert_ok(SCENE_DO(
		s, bulk_slice(s->db, &s->world, &desk, b, most, s->a, &count)));
	return count;
}

static struct bulk_item item_of(struct scene *s, const struct bulk *b,
				const struct run *r)
{
	struct bulk_item *items, none = {.run_id = -1};
	int count = 0;

	assert_ok(
		bulk_item_list(s->db, b->id, 0, -1, 100, s->a, &items, &count));
	for (int i = 0; i < count; i++)
		if (items[i].run_id == r->id)
			return items[i];
	return none;
}

static void each_item_once(void **state)
{
	struct run r[5];
	struct bulk b;
	struct scene s;
	char order[16];

	scene_open(&s, state);
	for (int i = 0; i < 5; i++) {
		snprintf(order, sizeof(order), "O-%d", i);
		r[i] = scene_run(&s, order);
	}
	assert_ok(make(&s, "pause", "{\"prefix\":\"O-\"}", NULL, &b));
	assert_int_equal(b.state, BULK_PREVIEW);
	assert_int_equal(b.waiting, 5);
	/* Nothing is done before it is started. */
	assert_int_equal(slice(&s, &b, 10), 0);
	start(&s, &b, &sam);
	assert_int_equal(slice(&s, &b, 2), 2);
	/* What is rolled back, as by a crash, is done by the next slice. */
	{
		int count = 0;
		struct bulk_desk desk = {.catalog = NULL};
		struct bulk lost = b;

		assert_ok(db_begin(s.db));
		assert_ok(bulk_slice(s.db, &s.world, &desk, &lost, 2, s.a,
				     &count));
		assert_int_equal(count, 2);
		db_rollback(s.db);
	}
	for (int i = 0; i < 5 && b.state == BULK_RUNNING; i++)
		(void)slice(&s, &b, 2);
	assert_int_equal(b.state, BULK_DONE);
	assert_int_equal(b.done, 5);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(scene_inbox(&s, &r[i], NULL), 1);
		assert_int_equal(
			scene_audit(&s, &r[i], "OPERATOR_ACTION", NULL), 1);
		assert_int_equal(item_of(&s, &b, &r[i]).state, ITEM_DONE);
		scene_sound(&s, &r[i]);
	}
}

static void the_most_urgent_first(void **state)
{
	struct run r[3];
	struct bulk b;
	struct scene s;

	scene_open(&s, state);
	for (int i = 0; i < 3; i++)
		r[i] = scene_run(&s, arena_printf(s.a, "O-%d", i));
	r[1].urgent_ms = s.now_ms + 60000;
	scene_write(&s, &r[1]);
	r[2].urgent_ms = s.now_ms + 30000;
	scene_write(&s, &r[2]);
	assert_ok(make(&s, "kill", "{\"prefix\":\"O-\"}", NULL, &b));
	/* As it stood then. */
	r[0] = scene_reread(&s, &r[0]);
	r[0].urgent_ms = s.now_ms + 1;
	scene_write(&s, &r[0]);
	start(&s, &b, &sam);
	for (int i = 2; i >= 0; i--) {
		assert_int_equal(slice(&s, &b, 1), 1);
		assert_int_equal(item_of(&s, &b, &r[i]).state, ITEM_DONE);
	}
}

static void judged_again_when_its_turn_comes(void **state)
{
	struct bulk_item item;
	struct run a, b_run;
	struct bulk b;
	struct scene s;

	scene_open(&s, state);
	a = scene_run(&s, "O-1");
	b_run = scene_run(&s, "O-2");
	assert_ok(make(&s, "kill", "{\"prefix\":\"O-\"}", NULL, &b));
	scene_close(&s, &a, RUN_COMPLETED);
	start(&s, &b, &sue);
	assert_int_equal(slice(&s, &b, 10), 2);
	item = item_of(&s, &b, &a);
	assert_int_equal(item.state, ITEM_SKIPPED);
	assert_string_equal(item.code, "state");
	assert_non_null(strstr(item.detail, "it can't be killed any more"));
	assert_int_equal(scene_audit(&s, &a, "OPERATOR_ACTION", NULL), 0);
	assert_int_equal(item_of(&s, &b, &b_run).state, ITEM_DONE);
}

static void stopped_is_stopped(void **state)
{
	struct scene s;
	struct bulk b;

	scene_open(&s, state);
	(void)scene_run(&s, "O-1");
	(void)scene_run(&s, "O-2");
	assert_ok(make(&s, "pause", "{\"prefix\":\"O-\"}", NULL, &b));
	start(&s, &b, &sue);
	assert_int_equal(slice(&s, &b, 1), 1);
	assert_ok(SCENE_DO(&s, bulk_stop(s.db, &s.world, b.public_id, &sue, s.a,
					 &s.p, &b)));
	assert_int_equal(slice(&s, &b, 10), 0);
	assert_int_equal(b.waiting, 1);
	start(&s, &b, &sue);
	(void)slice(&s, &b, 10);
	assert_int_equal(b.done, 2);
	assert_err(SCENE_DO(&s, bulk_start(s.db, &s.world, b.public_id, &sue,
					   s.a, &s.p, &b)),
		   ERR_CONFLICT);
}

#define DECIDE                                                                 \
	"{\"approved\":true,\"reasonCode\":\"official\",\"notes\":\"all\"}"

/* Role and limit are those of who started it, for each task anew; what the task
 * shows must be what it showed when the bulk was made. */
static void decisions_are_the_deciders_own(void **state)
{
	struct run small, large, other, moved;
	struct task t[4];
	struct bulk b;
	struct scene s;

	scene_open(&s, state);
	small = scene_run(&s, "O-1");
	large = scene_run(&s, "O-2");
	other = scene_run(&s, "O-3");
	moved = scene_run(&s, "O-4");
	t[0] = scene_task(&s, &small, 1000, 1);
	t[1] = scene_task(&s, &large, 60000, 1);
	t[2] = scene_task(&s, &other, 1000, 1);
	t[3] = scene_task(&s, &moved, 1000, 1);
	STR_COPY(small.issue_type, t[0].issue_type);
	STR_COPY(large.issue_type, t[0].issue_type);
	STR_COPY(moved.issue_type, t[0].issue_type);
	scene_write(&s, &small);
	scene_write(&s, &large);
	scene_write(&s, &moved);
	assert_ok(make(&s, "decide",
		       arena_printf(s.a, "{\"issue\":\"%s\"}", t[0].issue_type),
		       DECIDE, &b));
	assert_int_equal(b.total, 3); /* the other one is of no issue type */
	assert_int_equal(b.waiting, 3);
	/* The task of one is shown anew meanwhile. */
	STR_COPY(t[3].void_reason, "it moved");
	t[3].state = TASK_VOID;
	t[3].closed_ms = s.now_ms;
	assert_ok(db_begin(s.db));
	assert_ok(task_update(s.db, &t[3]));
	assert_ok(db_commit(s.db));
	start(&s, &b, &ana); /* an agent: up to 50000 */
	(void)slice(&s, &b, 10);
	assert_int_equal(b.done, 1);
	assert_int_equal(b.skipped, 2);
	assert_int_equal(scene_task_reread(&s, &t[0]).state, TASK_DECIDED);
	assert_string_equal(scene_task_reread(&s, &t[0]).reason_code,
			    "official");
	assert_int_equal(scene_task_reread(&s, &t[1]).state, TASK_OPEN);
	assert_string_equal(item_of(&s, &b, &large).code, "denied");
	assert_string_equal(item_of(&s, &b, &moved).code, "state");
	assert_int_equal(scene_task_reread(&s, &t[2]).state, TASK_OPEN);
}

/* What the second one did is not in the first one's list, and would be done
 * again. */
static void only_the_last_run_is_replayed(void **state)
{
	struct replay_request q = {.step = "first", .reason = "once more"};
	struct run one, two, next;
	struct scene s;

	scene_open(&s, state);
	one = scene_run(&s, "O-1");
	scene_close(&s, &one, RUN_COMPLETED);
	two = scene_run(&s, "O-1");
	assert_err(SCENE_DO(&s, run_replay(s.db, &s.world, one.public_id, &q,
					   &sue, s.a, &s.p, &next)),
		   ERR_CONFLICT);
	scene_said(&s, "", "has an open run");
	scene_close(&s, &two, RUN_COMPLETED);
	assert_err(SCENE_DO(&s, run_replay(s.db, &s.world, one.public_id, &q,
					   &sue, s.a, &s.p, &next)),
		   ERR_CONFLICT);
	scene_said(&s, "", two.public_id);
	/* The last one fails for another reason: it has no playbook. */
	assert_err(SCENE_DO(&s, run_replay(s.db, &s.world, two.public_id, &q,
					   &sue, s.a, &s.p, &next)),
		   ERR_INVALID);
	scene_said(&s, "/step", "never came to a playbook");
}

static void refuses_what_means_nothing(void **state)
{
	static const char *const bad[] = {
		"{}",
		"{\"colour\":\"red\"}",
		"{\"state\":\"TIRED\"}",
		"{\"open\":\"yes\"}",
		"{\"amountMin\":-1}",
		"{\"minAge\":\"soon\"}",
		"{\"stuck\":\"HELD\"}",
		"{\"runIds\":[]}",
		"{\"runIds\":[1]}",
		"{\"runIds\":[\"run_1\"],\"open\":true}",
	};
	struct scene s;
	struct bulk b;

	scene_open(&s, state);
	(void)scene_run(&s, "O-1");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_err(make(&s, "pause", bad[i], NULL, &b), ERR_INVALID);
	assert_err(make(&s, "dance", "{\"open\":true}", NULL, &b), ERR_INVALID);
	assert_err(make(&s, "decide", "{\"open\":true}", DECIDE, &b),
		   ERR_INVALID);
	scene_said(&s, "/filter/issue", "one issue type");
	assert_err(make(&s, "priority", "{\"open\":true}", NULL, &b),
		   ERR_INVALID);
}

/* Read past, it would be an approval of the proposal. */
static void refuses_a_decision_that_is_misread(void **state)
{
	static const char *const bad[][2] = {
		{"\"alternativ\":\"rebook\"", "/decision/alternativ"},
		{"\"alternative\":5", "/decision/alternative"},
		{"\"form\":\"x\"", "/decision/form"},
		{"\"notes\":[1]", "/decision/notes"},
	};
	struct scene s;
	struct bulk b;

	scene_open(&s, state);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_err(make(&s, "decide", "{\"issue\":\"x\"}",
				arena_printf(s.a,
					     "{\"approved\":true,"
					     "\"reasonCode\":\"official\",%s}",
					     bad[i][0]),
				&b),
			   ERR_INVALID);
		scene_said(&s, bad[i][1], "");
	}
	assert_ok(make(&s, "decide", "{\"issue\":\"x\"}",
		       "{\"approved\":true,\"reasonCode\":\"official\","
		       "\"alternative\":null,\"form\":null}",
		       &b));
}

static void errors_alike_are_one_group(void **state)
{
	struct run a = {.state = RUN_HELD, .step = "refund"}, b = a, c = a;
	char of_a[STUCK_REF_SIZE], of_b[STUCK_REF_SIZE], of_c[STUCK_REF_SIZE];
	struct stuck what;
	struct run_filter f = RUN_FILTER_ANY;
	bool asked;

	(void)state;
	STR_COPY(a.reason, "payment.refund failed: HTTP 503 for ORDER-17, 20");
	STR_COPY(b.reason, "payment.refund failed: HTTP 503 for ORDER-9, 31");
	STR_COPY(c.reason, "payment.refund failed: no route for ORDER-9, 31");
	assert_true(stuck_ref(&a, of_a) && stuck_ref(&b, of_b) &&
		    stuck_ref(&c, of_c));
	assert_string_equal(of_a, of_b);
	assert_string_not_equal(of_a, of_c);
	STR_COPY(c.reason, "payment.refund failed: HTTP 422 for ORDER-9, 31");
	assert_true(stuck_ref(&c, of_c));
	assert_string_not_equal(of_a, of_c);
	assert_true(stuck_of(&a, &what));
	assert_string_equal(what.adapter, "payment");
	assert_true(stuck_filter(of_a, 1, &f, &asked) && asked);
	assert_int_equal(f.state, RUN_HELD);
	assert_int_equal(f.open, 1);
	a.state = RUN_BACKING_OFF;
	a.attempt = STUCK_ATTEMPTS - 1;
	assert_false(stuck_of(&a, &what));
	a.attempt++;
	assert_true(stuck_of(&a, &what));
	a.state = RUN_RUNNING;
	assert_false(stuck_of(&a, &what));
}

static void names_of_groups_are_read_back(void **state)
{
	static const char *const none[] = {"",
					   "HELD",
					   "HELD.12",
					   "READY.0123456789abcdef",
					   "UNKNOWN.payment",
					   "UNKNOWN..refund",
					   "OVERDUE.triage.ask",
					   "OVERDUE.triage.ask."};
	struct run_filter f = RUN_FILTER_ANY;
	bool asked = true;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(stuck_filter(none[i], 7, &f, &asked));
	assert_int_equal(f.overdue.before_ms, 0);
	assert_true(stuck_filter("UNKNOWN.payment.refund", 7, &f, &asked));
	assert_false(asked);
	assert_string_equal(f.unknown.adapter, "payment");
	assert_string_equal(f.unknown.operation, "refund");
	f = (struct run_filter)RUN_FILTER_ANY;
	assert_true(stuck_filter("OVERDUE..a.b.agent", 7, &f, &asked));
	assert_string_equal(f.overdue.issue_type, "");
	assert_string_equal(f.overdue.step, "a.b");
	assert_string_equal(f.overdue.role, "agent");
	assert_int_equal(f.overdue.before_ms, 7);
}

/* Every group's filter means exactly its runs; page by page, too. */
static void a_group_is_exactly_its_runs(void **state)
{
	cJSON *tree = NULL, *group;
	struct run r[6], found[8];
	struct filter filter = {.run = RUN_FILTER_ANY};
	int64_t next = 0;
	int count = 0, groups = 0;
	struct scene s;
	struct task t;

	scene_open(&s, state);
	for (int i = 0; i < 6; i++)
		r[i] = scene_run(&s, arena_printf(s.a, "O-%d", i));
	/* Two late questions and one that is not; two held, one otherwise. */
	for (int i = 0; i < 3; i++) {
		t = scene_task(&s, &r[i], 100, 1);
		t.due_ms = i < 2 ? s.now_ms - 1 : s.now_ms + 1000;
		assert_ok(SCENE_DO(&s, task_update(s.db, &t)));
	}
	for (int i = 3; i < 6; i++) {
		r[i].state = RUN_HELD;
		r[i].due_ms = 0;
		STR_COPY(r[i].reason, i < 5 ? "peer.do failed: HTTP 503"
					    : "peer.do failed: HTTP 422");
		scene_write(&s, &r[i]);
	}
	assert_ok(view_stuck(s.db, s.now_ms, s.a, &tree));
	cJSON_ArrayForEach(group, json_get(tree, "groups"))
	{
		filter = (struct filter){.run = RUN_FILTER_ANY};
		assert_true(filter_stuck(json_string(group, "group", ""),
					 s.now_ms, &filter));
		assert_ok(filter_page(s.db, &filter, 8, found, &count, &next));
		assert_int_equal(count, json_int(group, "count", 0));
		assert_int_equal(next, 0);
		for (int i = 0; i < count; i++)
			assert_string_equal(found[i].step,
					    json_string(group, "step", ""));
		groups++;
		if (count < 2)
			continue;
		assert_ok(filter_page(s.db, &filter, 1, found, &count, &next));
		assert_int_equal(count, 1);
		assert_int_equal(next, found[0].id);
		filter.run.before_id = next;
		assert_ok(filter_page(s.db, &filter, 8, &found[1], &count,
				      &next));
		assert_int_equal(count, 1);
		assert_int_not_equal(found[0].id, found[1].id);
	}
	assert_int_equal(groups, 3);
	cJSON_Delete(tree);
}

/* ---- webhooks ---- */

static enum err hook(struct scene *s, const char *id, const char *type,
		     const char *order_id, const char *raw,
		     enum webhook_way *ret_way)
{
	struct webhook_in in = {.source = "supplier",
				.webhook_id = id,
				.type = type,
				.order_id = order_id,
				.raw = raw};
	struct run r;

	return SCENE_DO(
		s, webhook_receive(s->db, &s->world, &in, &s->p, &r, ret_way));
}

static void kept_until_a_run_begins(void **state)
{
	struct inbox_row *rows;
	enum webhook_way way;
	struct run r;
	struct scene s;

	scene_open(&s, state);
	assert_ok(hook(&s, "m1", "Supplier.answer", "O-1", "a", &way));
	assert_int_equal(way, WEBHOOK_KEPT);
	assert_ok(hook(&s, "m1", "Supplier.answer", "O-1", "a", &way));
	assert_int_equal(way, WEBHOOK_REPLAYED);
	assert_err(hook(&s, "m1", "Supplier.answer", "O-1", "b", &way),
		   ERR_MISMATCH);
	assert_err(hook(&s, "m2", "9", "O-1", "a", &way), ERR_INVALID);
	r = scene_run(&s, "O-1");
	r = scene_reread(&s, &r);
	assert_int_equal(scene_inbox(&s, &r, &rows), 1);
	assert_string_equal(rows[0].name, "supplier_answer");
	assert_int_equal(r.inbox_seq, 1);
	scene_sound(&s, &r);
	/* Handed over once. */
	scene_close(&s, &r, RUN_COMPLETED);
	r = scene_run(&s, "O-1");
	assert_int_equal(scene_inbox(&s, &r, NULL), 0);
	assert_ok(hook(&s, "m3", "go", "O-1", "a", &way));
	assert_int_equal(way, WEBHOOK_SIGNALLED);
	assert_int_equal(scene_inbox(&s, &r, NULL), 1);
}

static void not_more_than_can_be_read(void **state)
{
	enum webhook_way way;
	struct scene s;
	char id[16];

	scene_open(&s, state);
	for (int i = 0; i < WEBHOOKS_KEPT_MAX; i++) {
		snprintf(id, sizeof(id), "m%d", i);
		assert_ok(hook(&s, id, "go", "O-1", "a", &way));
	}
	assert_err(hook(&s, "one-more", "go", "O-1", "a", &way), ERR_TOO_LARGE);
	assert_ok(hook(&s, "one-more", "go", "O-2", "a", &way));
}

/* ---- once for a group ---- */

static void taken_from_whom_we_saw(void **state)
{
	struct shared_call seen;
	struct run a, b;
	struct call c;
	struct scene s;

	scene_open(&s, state);
	a = scene_run(&s, "O-1");
	b = scene_run(&s, "O-2");
	c = fixture_call_of(s.f, &a, "ping");
	c.state = CALL_SENT;
	assert_ok(db_begin(s.db));
	assert_err(shared_get(s.db, "seller:1", s.a, &seen), ERR_NOT_FOUND);
	assert_ok(call_insert(s.db, &c));
	assert_ok(shared_take(s.db, "seller:1", a.id, c.key, NULL, 5));
	/* Who saw nobody there is too late. */
	assert_err(shared_take(s.db, "seller:1", b.id, "other", NULL, 6),
		   ERR_STALE);
	assert_ok(shared_get(s.db, "seller:1", s.a, &seen));
	assert_int_equal(seen.run_id, a.id);
	assert_int_equal(seen.state, CALL_SENT);
	assert_ok(shared_take(s.db, "seller:1", b.id, "other", c.key, 7));
	assert_ok(shared_get(s.db, "seller:1", s.a, &seen));
	assert_int_equal(seen.run_id, b.id);
	assert_int_equal(seen.state, CALL_FAILED); /* it has no row */
	assert_ok(db_commit(s.db));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(the_most_urgent_first),
		FIXTURE_TEST(each_item_once),
		FIXTURE_TEST(judged_again_when_its_turn_comes),
		FIXTURE_TEST(stopped_is_stopped),
		FIXTURE_TEST(decisions_are_the_deciders_own),
		FIXTURE_TEST(only_the_last_run_is_replayed),
		FIXTURE_TEST(refuses_what_means_nothing),
		FIXTURE_TEST(refuses_a_decision_that_is_misread),
		FIXTURE_TEST(errors_alike_are_one_group),
		FIXTURE_TEST(names_of_groups_are_read_back),
		FIXTURE_TEST(a_group_is_exactly_its_runs),
		FIXTURE_TEST(kept_until_a_run_begins),
		FIXTURE_TEST(not_more_than_can_be_read),
		FIXTURE_TEST(taken_from_whom_we_saw),
	};

	return FIXTURE_RUN("bulk", tests, true);
}

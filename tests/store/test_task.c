/*
 * What people do with tasks: claim, return, snooze, look. test_decide.c has
 * decisions.
 */
#include <stdio.h>

#include "engine/flow/note.h"
#include "scene.h"

#define MINUTE 60000

static enum err claim(struct scene *s, struct task *t, int64_t version,
		      const struct actor *who)
{
	return SCENE_DO(s, task_claim(s->db, &s->world, t->public_id, version,
				      who, s->a, &s->p, t));
}

static enum err give_back(struct scene *s, struct task *t, int64_t version,
			  const char *comment, const struct actor *who)
{
	return SCENE_DO(s, task_return(s->db, &s->world, t->public_id, version,
				       comment, who, s->a, &s->p, t));
}

static enum err snooze(struct scene *s, struct task *t, int64_t version,
		       int64_t until_ms, const struct actor *who)
{
	return SCENE_DO(s, task_snooze(s->db, &s->world, t->public_id, version,
				       until_ms, who, s->a, &s->p, t));
}

static enum err see(struct scene *s, struct task *t, bool focus)
{
	return SCENE_DO(s, task_seen(s->db, &s->world, t->public_id, focus,
				     &ana, s->a, t));
}

static void set_state(struct scene *s, struct task *t, enum task_state state)
{
	t->state = state;
	t->closed_ms = state > TASK_DECIDED ? s->now_ms : 0;
	assert_ok(db_begin(s->db));
	assert_ok(task_update(s->db, t));
	assert_ok(db_commit(s->db));
	*t = scene_task_reread(s, t);
}

static void a_claim_is_a_lease(void **state)
{
	struct audit_entry entry;
	struct scene s;
	struct run r;
	struct task t, now;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	t = scene_task(&s, &r, 2000, 1);
	assert_ok(claim(&s, &t, 1, &ana));
	now = scene_task_reread(&s, &t);
	assert_int_equal(now.state, TASK_CLAIMED);
	assert_string_equal(now.claimed_by, "Ana");
	assert_int_equal(now.claim_until_ms, s.now_ms + 5 * MINUTE);
	assert_int_equal(now.version, 2);
	assert_int_equal(t.version, 2);
	assert_int_equal(scene_audit(&s, &r, "TASK_CLAIMED", &entry), 1);
	assert_string_equal(entry.message, "Ana claimed the task");
	/* Nothing for the run to do, but its chain has moved. */
	assert_int_equal(scene_reread(&s, &r).due_ms, 0);
	assert_int_equal(scene_reread(&s, &r).inbox_seq, 1);
	assert_int_equal(scene_inbox(&s, &r, NULL), 0);
	scene_sound(&s, &r);
}

static void anothers_claim_keeps_one_out(void **state)
{
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	t = scene_task(&s, &r, 2000, 1);
	assert_ok(claim(&s, &t, 0, &ana));
	memset(t.claimed_by, 0, sizeof(t.claimed_by));
	assert_err(claim(&s, &t, 0, &ben), ERR_CONFLICT);
	scene_said(&s, "", "Ana has claimed it until 2027-01-15 08:05:00 UTC");
	/* The refused one is shown what is. */
	assert_string_equal(t.claimed_by, "Ana");
	assert_int_equal(t.version, 2);
	s.now_ms += 5 * MINUTE - 1;
	assert_err(claim(&s, &t, 0, &ben), ERR_CONFLICT);
	s.now_ms += 1;
	assert_ok(claim(&s, &t, 0, &ben));
	assert_string_equal(scene_task_reread(&s, &t).claimed_by, "Ben");
	assert_int_equal(scene_audit(&s, &r, "TASK_CLAIMED", NULL), 2);
}

static void the_holder_renews(void **state)
{
	struct actor shouted = ana;
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	t = scene_task(&s, &r, 2000, 1);
	assert_ok(claim(&s, &t, 0, &ana));
	s.now_ms += 2 * MINUTE;
	STR_COPY(shouted.name, "ANA");
	assert_ok(claim(&s, &t, 2, &shouted));
	assert_int_equal(scene_task_reread(&s, &t).claim_until_ms,
			 s.now_ms + 5 * MINUTE);
	/* Not a second touch of a person. */
	assert_int_equal(scene_audit(&s, &r, "TASK_CLAIMED", NULL), 1);
	/* After it has lapsed it is a new one. */
	s.now_ms += 6 * MINUTE;
	assert_ok(claim(&s, &t, 3, &ana));
	assert_int_equal(scene_audit(&s, &r, "TASK_CLAIMED", NULL), 2);
	scene_sound(&s, &r);
}

static void a_supervisor_takes_over(void **state)
{
	struct audit_entry entry;
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	t = scene_task(&s, &r, 2000, 1);
	assert_ok(claim(&s, &t, 0, &ana));
	assert_ok(claim(&s, &t, 0, &sue));
	assert_string_equal(scene_task_reread(&s, &t).claimed_by, "Sue");
	scene_audit(&s, &r, "TASK_CLAIMED", &entry);
	assert_string_equal(entry.message, "Sue took the task over from Ana");
	assert_non_null(strstr(entry.data, "\"from\":\"Ana\""));
	assert_err(claim(&s, &t, 0, &ana), ERR_CONFLICT);
}

static void a_claim_needs_the_role(void **state)
{
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	t = scene_task(&s, &r, 2000, 1);
	assert_err(claim(&s, &t, 0, &vic), ERR_DENIED);
	scene_said(&s, "",
		   "this needs the role agent; Vic has the role viewer");
	t.role = ROLE_SUPERVISOR;
	set_state(&s, &t, TASK_OPEN);
	assert_err(claim(&s, &t, 0, &ana), ERR_DENIED);
	assert_ok(claim(&s, &t, 0, &sue));
}

static void versions_are_compared(void **state)
{
	struct scene s;
	struct run r;
	struct task t;
	int64_t until;

	scene_open(&s, state);
	until = s.now_ms + MINUTE;
	r = scene_run(&s, "ORDER-42");
	t = scene_task(&s, &r, 2000, 1);
	assert_err(claim(&s, &t, 9, &ana), ERR_STALE);
	scene_said(&s, "/version", "you saw version 9, it is now 1");
	assert_err(snooze(&s, &t, 9, until, &ana), ERR_STALE);
	assert_ok(claim(&s, &t, 1, &ana));
	assert_err(give_back(&s, &t, 1, "why", &ana), ERR_STALE);
	assert_ok(give_back(&s, &t, 2, "why", &ana));
	assert_int_equal(scene_audit_all(&s, &r), 3);
}

static void returns_with_a_comment(void **state)
{
	struct audit_entry entry;
	struct scene s;
	struct run r;
	struct task t, now;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	t = scene_task(&s, &r, 2000, 1);
	assert_err(give_back(&s, &t, 0, "why", &ana), ERR_CONFLICT);
	scene_said(&s, "", "nobody has claimed");
	assert_ok(claim(&s, &t, 0, &ana));
	assert_err(give_back(&s, &t, 0, NULL, &ana), ERR_INVALID);
	scene_said(&s, "/comment", "missing");
	assert_err(give_back(&s, &t, 0, "  ", &ana), ERR_INVALID);
	assert_err(give_back(&s, &t, 0, "mine", &ben), ERR_CONFLICT);
	scene_said(&s, "", "Ana has claimed it");
	assert_err(give_back(&s, &t, 0, "mine", &vic), ERR_DENIED);
	assert_ok(give_back(&s, &t, 0, "needs French", &ana));
	now = scene_task_reread(&s, &t);
	assert_int_equal(now.state, TASK_OPEN);
	assert_string_equal(now.claimed_by, "");
	assert_int_equal(now.claim_until_ms, 0);
	assert_int_equal(scene_audit(&s, &r, "TASK_RETURNED", &entry), 1);
	assert_non_null(strstr(entry.data, "\"comment\":\"needs French\""));
	assert_ok(claim(&s, &t, 0, &ben));
	assert_ok(give_back(&s, &t, 0, "Ben has gone home", &sue));
	scene_sound(&s, &r);
}

static void snoozes_and_wakes(void **state)
{
	struct scene s;
	struct run r;
	struct task t;
	int64_t day = 24 * 60 * MINUTE;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	t = scene_task(&s, &r, 2000, 1);
	assert_err(snooze(&s, &t, 0, s.now_ms, &ana), ERR_INVALID);
	scene_said(&s, "/until", "30 days");
	assert_err(snooze(&s, &t, 0, s.now_ms + 30 * day + 1, &ana),
		   ERR_INVALID);
	assert_err(snooze(&s, &t, 0, -1, &ana), ERR_INVALID);
	assert_err(snooze(&s, &t, 0, s.now_ms + 1, &vic), ERR_DENIED);
	assert_ok(snooze(&s, &t, 0, s.now_ms + 30 * day, &ana));
	assert_int_equal(scene_task_reread(&s, &t).snoozed_until_ms,
			 s.now_ms + 30 * day);
	assert_ok(snooze(&s, &t, 0, 0, &ana));
	assert_int_equal(scene_task_reread(&s, &t).snoozed_until_ms, 0);
	assert_int_equal(scene_audit(&s, &r, "TASK_SNOOZED", NULL), 2);
	assert_ok(claim(&s, &t, 0, &ana));
	assert_err(snooze(&s, &t, 0, s.now_ms + 1, &ben), ERR_CONFLICT);
	assert_ok(snooze(&s, &t, 0, s.now_ms + 1, &sue));
	scene_sound(&s, &r);
}

static void looking_is_on_record(void **state)
{
	struct audit_entry entry;
	struct scene s;
	struct run r, now;
	struct task t;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	t = scene_task(&s, &r, 2000, 1);
	assert_ok(see(&s, &t, false));
	assert_ok(see(&s, &t, true));
	assert_int_equal(scene_audit(&s, &r, "CASE_OPENED", &entry), 1);
	assert_string_equal(entry.actor, "Ana");
	assert_non_null(strstr(entry.data, t.public_id));
	assert_int_equal(scene_audit(&s, &r, "FOCUS", NULL), 1);
	now = scene_reread(&s, &r);
	assert_int_equal(now.due_ms, 0);
	assert_int_equal(now.inbox_seq, 2);
	assert_int_equal(scene_task_reread(&s, &t).version, 1);
	scene_sound(&s, &r);
	set_state(&s, &t, TASK_DONE);
	assert_ok(see(&s, &t, false));
	assert_int_equal(scene_audit(&s, &r, "CASE_OPENED", NULL), 1);
}

static void a_closed_task_stays_closed(void **state)
{
	static const struct {
		enum task_state state;
		const char *words;
	} closed[] = {
		{TASK_VOID, "it became void 12 s ago: the world moved"},
		{TASK_EXPIRED, "it expired 12 s ago"},
		{TASK_CANCELED, "it was cancelled 12 s ago"},
	};
	struct scene s;
	char order[16];

	scene_open(&s, state);
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		struct run r;
		struct task t;

		snprintf(order, sizeof(order), "ORDER-%zu", i);
		r = scene_run(&s, order);
		t = scene_task(&s, &r, 2000, 1);
		if (closed[i].state == TASK_VOID)
			STR_COPY(t.void_reason, "the world moved");
		set_state(&s, &t, closed[i].state);
		s.now_ms += 12345;
		assert_err(claim(&s, &t, 0, &ada), ERR_CONFLICT);
		scene_said(&s, "", closed[i].words);
		assert_err(give_back(&s, &t, 0, "why", &ada), ERR_CONFLICT);
		assert_err(snooze(&s, &t, 0, s.now_ms + 1, &ada), ERR_CONFLICT);
		assert_int_equal(t.state, closed[i].state);
		assert_int_equal(scene_audit_all(&s, &r), 1);
	}
}

static void knows_no_other_task(void **state)
{
	struct task t = {.id = -7, .public_id = "task_none"};
	struct scene s;

	scene_open(&s, state);
	assert_err(claim(&s, &t, 0, &ana), ERR_NOT_FOUND);
	assert_err(give_back(&s, &t, 0, "why", &ana), ERR_NOT_FOUND);
	assert_err(snooze(&s, &t, 0, s.now_ms + 1, &ana), ERR_NOT_FOUND);
	assert_err(see(&s, &t, true), ERR_NOT_FOUND);
	assert_int_equal(t.id, -7);
}

static int claim_the_one(struct scene *s, struct db *db, int i)
{
	struct actor who = {.role = ROLE_AGENT};
	struct problems p = {.count = 0};
	struct arena a;
	struct task *tasks, t;
	enum err e = OK;
	int count;

	arena_init(&a);
	snprintf(who.name, sizeof(who.name), "agent %d", i);
	if (db_begin(db) != OK)
		return 14;
	if (task_of_run(db, 1, 1, &a, &tasks, &count) != OK || count != 1)
		return 13;
	e = task_claim(db, &s->world, tasks[0].public_id, 0, &who, &a, &p, &t);
	if (e != OK)
		db_rollback(db);
	else if (db_commit(db) != OK)
		return 12;
	arena_release(&a);
	return (int)e;
}

static void a_crowd_claims_once(void **state)
{
	enum { CROWD = 40 };
	int counts[16];
	struct scene s;
	struct run r;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	assert_int_equal(r.id, 1);
	scene_task(&s, &r, 2000, 1);
	scene_crowd(&s, CROWD, claim_the_one, counts);
	assert_int_equal(counts[OK], 1);
	assert_int_equal(counts[ERR_CONFLICT], CROWD - 1);
	assert_int_equal(scene_audit(&s, &r, "TASK_CLAIMED", NULL), 1);
	scene_sound(&s, &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_claim_is_a_lease),
		FIXTURE_TEST(anothers_claim_keeps_one_out),
		FIXTURE_TEST(the_holder_renews),
		FIXTURE_TEST(a_supervisor_takes_over),
		FIXTURE_TEST(a_claim_needs_the_role),
		FIXTURE_TEST(versions_are_compared),
		FIXTURE_TEST(returns_with_a_comment),
		FIXTURE_TEST(snoozes_and_wakes),
		FIXTURE_TEST(looking_is_on_record),
		FIXTURE_TEST(a_closed_task_stays_closed),
		FIXTURE_TEST(knows_no_other_task),
		FIXTURE_TEST(a_crowd_claims_once),
	};

	return FIXTURE_RUN("task", tests, true);
}

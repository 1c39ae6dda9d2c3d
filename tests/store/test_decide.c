/*
 * Decisions: who may, by how much, with whose second signature, and how long
 * they can be taken back.
 */
#include <stdio.h>

#include "engine/base/json.h"
#include "scene.h"

#define UNDO_MS 10000

static const struct task_decision yes = {.approved = true};
static const struct task_decision no = {.approved = false};

static enum err decide(struct scene *s, struct task *t,
		       const struct task_decision *d, const struct actor *who)
{
	return SCENE_DO(s, task_decide(s->db, &s->world, t->public_id, NULL, d,
				       who, s->a, &s->p, t));
}

static enum err claim(struct scene *s, struct task *t, const struct actor *who)
{
	return SCENE_DO(s, task_claim(s->db, &s->world, t->public_id, 0, who,
				      s->a, &s->p, t));
}

static enum err undo(struct scene *s, struct task *t, int64_t version,
		     const struct actor *who)
{
	return SCENE_DO(s, task_undo(s->db, &s->world, t->public_id, version,
				     who, s->a, &s->p, t));
}

static struct task opened(struct scene *s, const char *order_id,
			  int64_t amount_minor, int approvals, struct run *r)
{
	*r = scene_run(s, order_id);
	return scene_task(s, r, amount_minor, approvals);
}

/* As the engine does. */
static void engine_writes(struct scene *s, struct task *t)
{
	assert_ok(db_begin(s->db));
	assert_ok(task_update(s->db, t));
	assert_ok(db_commit(s->db));
}

static int standing_signatures(struct scene *s, const struct task *t)
{
	struct decision *rows;
	int count, standing = 0;

	assert_ok(decision_list(s->db, t->id, s->a, &rows, &count));
	for (int i = 0; i < count; i++)
		standing += rows[i].undone_ms == 0;
	return standing;
}

static void approves(void **state)
{
	struct task_decision d = {.approved = true,
				  .notes = "looks right",
				  .reason_code = "LATE_SELLER",
				  .digest = "beef",
				  .version = 2,
				  .undo_ms = UNDO_MS};
	struct audit_entry entry;
	struct inbox_row *rows;
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-42", 2000, 1, &r);
	assert_ok(claim(&s, &t, &ana));
	s.now_ms += 1000;
	assert_ok(decide(&s, &t, &d, &ana));
	t = scene_task_reread(&s, &t);
	assert_int_equal(t.state, TASK_DECIDED);
	assert_int_equal(t.approved, 1);
	assert_int_equal(t.approval_count, 1);
	assert_string_equal(t.decider, "Ana");
	assert_int_equal(t.decider_role, ROLE_AGENT);
	assert_true(t.self_asserted);
	assert_string_equal(t.notes, "looks right");
	assert_string_equal(t.reason_code, "LATE_SELLER");
	assert_int_equal(t.decided_ms, s.now_ms);
	assert_int_equal(t.execute_at_ms, s.now_ms + UNDO_MS);
	assert_int_equal(t.intent_ms, 0);
	assert_int_equal(t.closed_ms, 0);
	assert_string_equal(t.claimed_by, "");
	assert_int_equal(standing_signatures(&s, &t), 1);
	assert_int_equal(scene_inbox(&s, &r, &rows), 1);
	assert_int_equal(rows[0].kind, INBOX_DECISION);
	assert_non_null(strstr(rows[0].body, t.public_id));
	assert_non_null(strstr(rows[0].body, "\"approved\":true"));
	assert_non_null(strstr(rows[0].body, "\"executeAt\":\"2027-01-15T08:00:"
					     "11.000Z\""));
	assert_int_equal(scene_audit(&s, &r, "TASK_DECIDED", &entry), 1);
	assert_string_equal(entry.message, "Ana approved: Refund 20.00 EUR?");
	assert_non_null(strstr(entry.data, "\"amountMinor\":2000"));
	assert_non_null(strstr(entry.data, "\"digest\":\"beef\""));
	assert_int_equal(scene_reread(&s, &r).due_ms, s.now_ms);
	scene_sound(&s, &r);
}

static void rejects_at_once(void **state)
{
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	/* To say no needs no limit and one person. */
	t = opened(&s, "ORDER-42", 9000000, 2, &r);
	assert_ok(decide(&s, &t, &no, &ben));
	t = scene_task_reread(&s, &t);
	assert_int_equal(t.state, TASK_DECIDED);
	assert_int_equal(t.approved, 0);
	assert_int_equal(t.approval_count, 0);
	assert_int_equal(t.execute_at_ms, s.now_ms);
	assert_false(t.self_asserted);
	assert_null(t.notes);
	scene_sound(&s, &r);
}

static void denies_by_role(void **state)
{
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-42", -1, 1, &r);
	assert_err(decide(&s, &t, &no, &vic), ERR_DENIED);
	scene_said(&s, "", "needs the role agent");
	t.role = ROLE_ADMIN;
	engine_writes(&s, &t);
	assert_err(decide(&s, &t, &yes, &sue), ERR_DENIED);
	scene_said(&s, "", "needs the role admin; Sue has the role supervisor");
	assert_err(decide(&s, &t, &no, &sue), ERR_DENIED);
	assert_ok(decide(&s, &t, &yes, &ada));
	assert_int_equal(scene_audit_all(&s, &r), 2);
}

static void denies_by_limit(void **state)
{
	struct scene s;
	struct run r;
	struct task t, over;

	scene_open(&s, state);
	t = opened(&s, "ORDER-1", 50000, 1, &r);
	over = opened(&s, "ORDER-2", 50001, 1, &r);
	assert_err(decide(&s, &over, &yes, &ana), ERR_DENIED);
	scene_said(&s, "",
		   "50001 minor units is over the limit of the role "
		   "agent, 50000");
	assert_int_equal(scene_task_reread(&s, &over).state, TASK_OPEN);
	assert_int_equal(standing_signatures(&s, &over), 0);
	assert_ok(decide(&s, &t, &yes, &ana));
	assert_ok(decide(&s, &over, &yes, &sue));
}

/* 300000 a day, 24 hours back from now. */
static void denies_over_the_daily_cap(void **state)
{
	struct scene s;
	struct run r;
	struct task t[4];

	scene_open(&s, state);
	t[0] = opened(&s, "ORDER-0", 150000, 1, &r);
	t[1] = opened(&s, "ORDER-1", 140000, 1, &r);
	t[2] = opened(&s, "ORDER-2", 10001, 1, &r);
	t[3] = opened(&s, "ORDER-3", 10000, 1, &r);
	assert_ok(decide(&s, &t[0], &yes, &sue));
	s.now_ms += 1000;
	assert_ok(decide(&s, &t[1], &yes, &sue));
	assert_err(decide(&s, &t[2], &yes, &sue), ERR_DENIED);
	scene_said(&s, "", "daily cap of 300000 (290000 approved");
	assert_ok(decide(&s, &t[2], &yes, &sam)); /* his own cap */
	assert_ok(undo(&s, &t[2], 0, &sam));
	assert_ok(decide(&s, &t[3], &yes, &sue));
	s.now_ms += 24 * 3600000 - 1000;
	assert_ok(decide(&s, &t[2], &yes, &sue)); /* the first is yesterday's */
}

/* A sum over currencies would mean nothing, and "sUE" is no one else. */
static void the_cap_is_of_a_person_and_a_currency(void **state)
{
	struct actor same = sue;
	struct scene s;
	struct run r;
	struct task yen, one, two;

	scene_open(&s, state);
	s.currency = "JPY";
	yen = opened(&s, "ORDER-0", 200000, 1, &r);
	s.currency = NULL;
	one = opened(&s, "ORDER-1", 200000, 1, &r);
	two = opened(&s, "ORDER-2", 200000, 1, &r);
	assert_ok(decide(&s, &yen, &yes, &sue));
	assert_ok(decide(&s, &one, &yes, &sue));
	STR_COPY(same.name, "sUE");
	assert_err(decide(&s, &two, &yes, &same), ERR_DENIED);
	scene_said(&s, "", "daily cap of 300000 (200000 approved");
}

static void what_came_to_nothing_is_not_spent(void **state)
{
	struct scene s;
	struct run r;
	struct task a, b, c;

	scene_open(&s, state);
	a = opened(&s, "ORDER-0", 200000, 1, &r);
	b = opened(&s, "ORDER-1", 200000, 1, &r);
	c = opened(&s, "ORDER-2", 200000, 1, &r);
	assert_ok(decide(&s, &a, &yes, &sue));
	assert_err(decide(&s, &b, &yes, &sue), ERR_DENIED);
	assert_ok(undo(&s, &a, 0, &sue));
	assert_ok(decide(&s, &b, &yes, &sue));
	assert_err(decide(&s, &c, &yes, &sue), ERR_DENIED);
	b.state = TASK_VOID;
	b.closed_ms = s.now_ms;
	engine_writes(&s, &b);
	/* Saying no costs nothing. */
	assert_ok(decide(&s, &a, &no, &sue));
	assert_ok(decide(&s, &c, &yes, &sue));
}

/* Who decides many in a row: the sum is kept, and is never too low. */
static void a_kept_sum_is_as_strict(void **state)
{
	struct spending kept = {.count = 0};
	struct task_decision many = {.approved = true, .spending = &kept};
	struct scene s;
	struct run r;
	struct task t[5];
	int64_t first_ms;

	scene_open(&s, state);
	for (int i = 0; i < 5; i++)
		t[i] = opened(&s, arena_printf(s.a, "ORDER-%d", i),
			      i == 2 ? 90000 : 60000, 1, &r);
	assert_ok(decide(&s, &t[0], &many, &sue));
	first_ms = s.now_ms;
	s.now_ms += 5000;
	assert_ok(decide(&s, &t[1], &many, &sue));
	assert_int_equal(kept.of[0].exact_ms, first_ms); /* not all again */
	assert_ok(decide(&s, &t[2], &yes, &sue));	 /* by another way */
	assert_ok(decide(&s, &t[3], &many, &sue));
	assert_int_equal(kept.of[0].exact_ms, first_ms);
	assert_err(decide(&s, &t[4], &many, &sue), ERR_DENIED);
	scene_said(&s, "", "daily cap of 300000 (270000 approved");
	assert_int_equal(kept.of[0].exact_ms, s.now_ms);
	/* What is taken back is seen a second later. */
	assert_ok(undo(&s, &t[2], 0, &sue));
	assert_err(decide(&s, &t[4], &many, &sue), ERR_DENIED);
	s.now_ms += 1000;
	assert_ok(decide(&s, &t[4], &many, &sue));
	/* Another one's sum is another one. */
	assert_ok(decide(&s, &t[2], &many, &sam));
	assert_string_equal(kept.actor, "Sam");
}

static void four_eyes(void **state)
{
	struct actor same = sue;
	struct audit_entry entry;
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-42", 120000, 2, &r);
	assert_ok(claim(&s, &t, &sue));
	assert_ok(decide(&s, &t, &yes, &sue));
	t = scene_task_reread(&s, &t);
	assert_int_equal(t.state, TASK_OPEN);
	assert_int_equal(t.approval_count, 1);
	assert_int_equal(t.approved, -1);
	assert_string_equal(t.claimed_by, "");
	assert_int_equal(standing_signatures(&s, &t), 1);
	assert_int_equal(scene_audit(&s, &r, "TASK_SIGNED", &entry), 1);
	assert_string_equal(entry.message, "Sue signed, as number 1 of 2");
	assert_int_equal(scene_inbox(&s, &r, NULL), 0);
	assert_int_equal(scene_reread(&s, &r).due_ms, 0); /* not woken */
	STR_COPY(same.name, "sUE");
	assert_err(decide(&s, &t, &yes, &sue), ERR_DENIED);
	scene_said(&s, "", "another person");
	assert_err(decide(&s, &t, &yes, &same), ERR_DENIED);
	assert_err(decide(&s, &t, &yes, &ana), ERR_DENIED); /* her limit */
	assert_ok(decide(&s, &t, &yes, &sam));
	t = scene_task_reread(&s, &t);
	assert_int_equal(t.state, TASK_DECIDED);
	assert_int_equal(t.approval_count, 2);
	assert_string_equal(t.decider, "Sam");
	assert_int_equal(standing_signatures(&s, &t), 2);
	assert_int_equal(scene_audit(&s, &r, "TASK_DECIDED", NULL), 1);
	scene_sound(&s, &r);
}

static void four_eyes_one_no(void **state)
{
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-1", 120000, 2, &r);
	assert_ok(decide(&s, &t, &yes, &sue));
	assert_ok(decide(&s, &t, &no, &ana));
	t = scene_task_reread(&s, &t);
	assert_int_equal(t.state, TASK_DECIDED);
	assert_int_equal(t.approved, 0);
	assert_string_equal(t.decider, "Ana");
	/* And the signer may change his mind, but has then one signature. */
	t = opened(&s, "ORDER-2", 120000, 2, &r);
	assert_ok(decide(&s, &t, &yes, &sue));
	assert_ok(decide(&s, &t, &no, &sue));
	t = scene_task_reread(&s, &t);
	assert_int_equal(t.approved, 0);
	assert_int_equal(t.approval_count, 0);
	assert_int_equal(standing_signatures(&s, &t), 1);
}

static void undo_takes_both_pairs_of_eyes_back(void **state)
{
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-42", 120000, 2, &r);
	assert_ok(decide(&s, &t, &yes, &sue));
	assert_ok(decide(&s, &t, &yes, &sam));
	assert_ok(undo(&s, &t, 0, &sam));
	assert_int_equal(standing_signatures(&s, &t), 0);
	assert_int_equal(scene_task_reread(&s, &t).approval_count, 0);
	assert_ok(decide(&s, &t, &yes, &sam));
	assert_int_equal(scene_task_reread(&s, &t).state, TASK_OPEN);
	assert_ok(decide(&s, &t, &yes, &sue));
	assert_int_equal(scene_task_reread(&s, &t).state, TASK_DECIDED);
}

static void who_was_faster(void **state)
{
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-42", 2000, 1, &r);
	assert_ok(decide(&s, &t, &yes, &ana));
	s.now_ms += 12345;
	assert_err(decide(&s, &t, &no, &ben), ERR_CONFLICT);
	scene_said(&s, "", "Ana approved it 12 s ago");
	assert_string_equal(t.decider, "Ana");
	t.state = TASK_DONE;
	t.closed_ms = s.now_ms;
	engine_writes(&s, &t);
	s.now_ms += 3 * 3600000;
	assert_err(decide(&s, &t, &no, &ada), ERR_CONFLICT);
	scene_said(&s, "", "Ana approved it 3 h ago");
	assert_int_equal(scene_audit(&s, &r, "TASK_DECIDED", NULL), 1);
}

static void anothers_claim_is_respected(void **state)
{
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-42", 2000, 1, &r);
	assert_ok(claim(&s, &t, &ana));
	assert_err(decide(&s, &t, &yes, &ben), ERR_CONFLICT);
	scene_said(&s, "", "Ana has claimed it until");
	/* A supervisor first takes it over, so that Ana sees it go. */
	assert_err(decide(&s, &t, &yes, &sue), ERR_CONFLICT);
	assert_ok(claim(&s, &t, &sue));
	assert_ok(decide(&s, &t, &yes, &sue));
	t = opened(&s, "ORDER-43", 2000, 1, &r);
	assert_ok(claim(&s, &t, &ana));
	s.now_ms += 5 * 60000;
	assert_ok(decide(&s, &t, &yes, &ben)); /* it has lapsed */
}

static void bound_to_what_was_shown(void **state)
{
	struct task_decision d = {.approved = true, .digest = "dead"};
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-42", 2000, 1, &r);
	assert_err(decide(&s, &t, &d, &ana), ERR_STALE);
	scene_said(&s, "/digest", "the proposal has changed");
	d.digest = "beef";
	d.version = 7;
	assert_err(decide(&s, &t, &d, &ana), ERR_STALE);
	scene_said(&s, "/version", "you saw version 7");
	d.version = 1;
	assert_ok(decide(&s, &t, &d, &ana));
}

static void of_its_own_order_only(void **state)
{
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-42", 2000, 1, &r);
	assert_err(
		SCENE_DO(&s, task_decide(s.db, &s.world, t.public_id, "ORDER-4",
					 &yes, &ana, s.a, &s.p, &t)),
		ERR_NOT_FOUND);
	assert_ok(SCENE_DO(&s,
			   task_decide(s.db, &s.world, t.public_id, "ORDER-42",
				       &yes, &ana, s.a, &s.p, &t)));
	STR_COPY(t.public_id, "task_none");
	assert_err(decide(&s, &t, &yes, &ana), ERR_NOT_FOUND);
	assert_err(undo(&s, &t, 0, &ana), ERR_NOT_FOUND);
}

static void refuses_bad_input(void **state)
{
	char notes[4002];
	static const struct {
		struct task_decision d;
		const char *pointer;
	} bad[] = {
		{{.undo_ms = -1}, "/undoMs"},
		{{.undo_ms = 60001}, "/undoMs"},
		{{.reason_code = "no blanks"}, "/reasonCode"},
		{{.notes = "\xff"}, "/notes"},
		{{.notes = "a\x02"}, "/notes"},
	};
	struct task_decision d = {.notes = notes, .undo_ms = 60000};
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-42", 2000, 1, &r);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_err(decide(&s, &t, &bad[i].d, &ana), ERR_INVALID);
		scene_said(&s, bad[i].pointer, "");
	}
	memset(notes, 'x', sizeof(notes));
	notes[4001] = '\0';
	assert_err(decide(&s, &t, &d, &ana), ERR_INVALID);
	scene_said(&s, "/notes", "at most 4000");
	notes[4000] = '\0';
	assert_ok(decide(&s, &t, &d, &ana));
	assert_string_equal(scene_task_reread(&s, &t).notes, notes);
	scene_sound(&s, &r);
}

static void a_run_that_went_on(void **state)
{
	struct scene s;
	struct run r;
	struct task t, u;

	scene_open(&s, state);
	t = opened(&s, "ORDER-1", 2000, 1, &r);
	STR_COPY(r.step, "elsewhere");
	scene_write(&s, &r);
	assert_err(decide(&s, &t, &yes, &ana), ERR_CONFLICT);
	scene_said(&s, "", "does not wait for this task");
	t = opened(&s, "ORDER-2", 2000, 1, &r);
	assert_ok(decide(&s, &t, &yes, &ana));
	r = scene_reread(&s, &r);
	r.state = RUN_CANCELING;
	r.wait_task_id = 0;
	scene_write(&s, &r);
	assert_err(undo(&s, &t, 0, &ana), ERR_CONFLICT);
	scene_said(&s, "", "the run is CANCELING");
	u = opened(&s, "ORDER-3", 2000, 1, &r);
	scene_close(&s, &r, RUN_TIMED_OUT);
	assert_err(decide(&s, &u, &yes, &ana), ERR_CONFLICT);
	scene_said(&s, "", "the run is TIMED_OUT");
}

static void undoes(void **state)
{
	struct task_decision d = {.approved = true,
				  .notes = "n",
				  .reason_code = "R",
				  .undo_ms = UNDO_MS};
	struct audit_entry entry;
	struct inbox_row *rows;
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-42", 2000, 1, &r);
	assert_ok(decide(&s, &t, &d, &ana));
	s.now_ms += UNDO_MS + 1; /* nothing has happened yet: still in time */
	assert_ok(undo(&s, &t, t.version, &ana));
	t = scene_task_reread(&s, &t);
	assert_int_equal(t.state, TASK_OPEN);
	assert_int_equal(t.approved, -1);
	assert_int_equal(t.approval_count, 0);
	assert_string_equal(t.decider, "");
	assert_string_equal(t.reason_code, "");
	assert_null(t.notes);
	assert_int_equal(t.decided_ms, 0);
	assert_int_equal(t.execute_at_ms, 0);
	assert_int_equal(standing_signatures(&s, &t), 0);
	assert_int_equal(scene_inbox(&s, &r, &rows), 2);
	assert_int_equal(rows[1].kind, INBOX_UNDO);
	assert_non_null(strstr(rows[1].body, t.public_id));
	assert_int_equal(scene_audit(&s, &r, "DECISION_UNDONE", &entry), 1);
	assert_non_null(strstr(entry.data, "\"decider\":\"Ana\""));
	assert_int_equal(scene_reread(&s, &r).due_ms, s.now_ms - UNDO_MS - 1);
	scene_sound(&s, &r);
	assert_ok(decide(&s, &t, &yes, &ana)); /* and again */
}

static void refuses_to_undo(void **state)
{
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-42", 2000, 1, &r);
	assert_err(undo(&s, &t, 0, &ana), ERR_CONFLICT);
	scene_said(&s, "", "nobody has claimed or decided it");
	assert_ok(decide(&s, &t, &yes, &ana));
	assert_err(undo(&s, &t, 0, &ben), ERR_DENIED);
	assert_err(undo(&s, &t, 1, &ana), ERR_STALE);
	t.intent_ms = s.now_ms;
	engine_writes(&s, &t);
	assert_err(undo(&s, &t, 0, &ana), ERR_CONFLICT);
	scene_said(&s, "", "already being executed");
	assert_err(undo(&s, &t, 0, &ada), ERR_CONFLICT);
	t.state = TASK_DONE;
	t.closed_ms = s.now_ms;
	engine_writes(&s, &t);
	assert_err(undo(&s, &t, 0, &ana), ERR_CONFLICT);
	assert_int_equal(scene_task_reread(&s, &t).approved, 1);
	assert_int_equal(standing_signatures(&s, &t), 1);
}

static void a_supervisor_undoes_for_others(void **state)
{
	struct audit_entry entry;
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-42", 2000, 1, &r);
	assert_ok(decide(&s, &t, &yes, &ana));
	assert_ok(undo(&s, &t, 0, &sue));
	scene_audit(&s, &r, "DECISION_UNDONE", &entry);
	assert_string_equal(entry.message, "Sue took the decision of Ana back");
}

static void without_a_policy_no_money(void **state)
{
	struct scene s;
	struct run r;
	struct task t, free_one;

	scene_open(&s, state);
	assert_ok(db_begin(s.db));
	assert_ok(document_retire(s.db, DOCUMENT_POLICY, "policy"));
	assert_ok(db_commit(s.db));
	t = opened(&s, "ORDER-1", 1, 1, &r);
	assert_err(decide(&s, &t, &yes, &ada), ERR_DENIED);
	assert_ok(decide(&s, &t, &no, &ada));
	free_one = opened(&s, "ORDER-2", -1, 1, &r);
	assert_ok(decide(&s, &free_one, &yes, &ana));
}

static int decide_the_one(struct scene *s, struct db *db, int i)
{
	struct task_decision d = {.approved = i % 2 == 0};
	struct actor who = {.role = ROLE_AGENT};
	struct problems p = {.count = 0};
	struct task *tasks, t;
	struct arena a;
	enum err e;
	int count;

	arena_init(&a);
	snprintf(who.name, sizeof(who.name), "agent %d", i);
	if (db_begin(db) != OK)
		return 14;
	if (task_of_run(db, 1, 1, &a, &tasks, &count) != OK || count != 1)
		return 13;
	e = task_decide(db, &s->world, tasks[0].public_id, NULL, &d, &who, &a,
			&p, &t);
	if (e != OK)
		db_rollback(db);
	else if (db_commit(db) != OK)
		return 12;
	arena_release(&a);
	return (int)e;
}

static void a_crowd_decides_once(void **state)
{
	enum { CROWD = 100 };
	int counts[16];
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-42", 2000, 1, &r);
	assert_int_equal(r.id, 1);
	scene_crowd(&s, CROWD, decide_the_one, counts);
	assert_int_equal(counts[OK], 1);
	assert_int_equal(counts[ERR_CONFLICT], CROWD - 1);
	assert_int_equal(scene_audit(&s, &r, "TASK_DECIDED", NULL), 1);
	assert_int_equal(scene_inbox(&s, &r, NULL), 1);
	assert_int_equal(standing_signatures(&s, &t), 1);
	scene_sound(&s, &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(approves),
		FIXTURE_TEST(rejects_at_once),
		FIXTURE_TEST(denies_by_role),
		FIXTURE_TEST(denies_by_limit),
		FIXTURE_TEST(denies_over_the_daily_cap),
		FIXTURE_TEST(the_cap_is_of_a_person_and_a_currency),
		FIXTURE_TEST(what_came_to_nothing_is_not_spent),
		FIXTURE_TEST(a_kept_sum_is_as_strict),
		FIXTURE_TEST(four_eyes),
		FIXTURE_TEST(four_eyes_one_no),
		FIXTURE_TEST(undo_takes_both_pairs_of_eyes_back),
		FIXTURE_TEST(who_was_faster),
		FIXTURE_TEST(anothers_claim_is_respected),
		FIXTURE_TEST(bound_to_what_was_shown),
		FIXTURE_TEST(of_its_own_order_only),
		FIXTURE_TEST(refuses_bad_input),
		FIXTURE_TEST(a_run_that_went_on),
		FIXTURE_TEST(undoes),
		FIXTURE_TEST(refuses_to_undo),
		FIXTURE_TEST(a_supervisor_undoes_for_others),
		FIXTURE_TEST(without_a_policy_no_money),
		FIXTURE_TEST(a_crowd_decides_once),
	};

	return FIXTURE_RUN("decide", tests, true);
}

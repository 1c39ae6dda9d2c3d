/*
 * The engine in single situations, in the simulated world without its whims:
 * what the simulation may or may not meet by chance is met here on purpose.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "disk.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/store/audit_store.h"
#include "engine/store/call_store.h"
#include "engine/store/db_driver.h"
#include "engine/store/key_store.h"
#include "world.h"

static struct sim sim;

static int setup(void **state)
{
	sim_open(&sim, 7, 0);
	*state = &sim;
	return 0;
}

static int teardown(void **state)
{
	struct sim *s = *state;

	if (s->failure[0])
		sim_print(s);
	sim_close(s);
	return s->failure[0] ? -1 : 0;
}

static void steps(struct sim *s, int count)
{
	while (count-- > 0 && !s->failure[0])
		sim_step(s, 1000);
}

static void settle(struct sim *s)
{
	int i;

	for (i = 0; i < 4000 && !laws_at_rest(s) && !s->failure[0]; i++)
		sim_step(s, 60000);
	laws_end(s);
	assert_string_equal(s->failure, "");
}

static struct run run_of(struct sim *s, const char *order_id)
{
	struct run r;

	assert_true(folk_run(s, order_id, &r));
	return r;
}

static void is_in(struct sim *s, const char *order_id, enum run_state state)
{
	struct run r = run_of(s, order_id);

	if (r.state != state)
		sim_print(s);
	assert_string_equal(run_state_name(r.state), run_state_name(state));
}

static void begin(struct sim *s, const char *order_id)
{
	assert_int_equal(folk_start(s, order_id, NULL), OK);
}

static void operate(struct sim *s, const char *order_id, enum inbox_kind kind)
{
	struct run r = run_of(s, order_id);

	assert_int_equal(folk_operate(s, r.public_id, kind, NULL), OK);
}

static void comes_to_an_end(void **state)
{
	struct sim *s = *state;

	begin(s, "O1");
	settle(s);
	is_in(s, "O1", RUN_COMPLETED);
	assert_true(peers_effects(&s->peers, "O1", "retry") >= 1);
}

static void refunds_once_after_approval(void **state)
{
	struct sim *s = *state;
	struct arena a;
	struct run r;
	struct task t;

	begin(s, "O1-FAIL");
	settle(s);
	r = run_of(s, "O1-FAIL");
	arena_init(&a);
	assert_true(folk_task(s, &r, &a, &t));
	assert_int_equal(folk_decide(s, t.public_id, true, 0, &folk_agent), OK);
	arena_release(&a);
	settle(s);
	is_in(s, "O1-FAIL", RUN_COMPLETED);
	assert_string_equal(run_of(s, "O1-FAIL").result, "REFUNDED");
	assert_int_equal(peers_effects(&s->peers, "O1-FAIL", "refund"), 1);
}

/* Held alone, while the others finish; an operator's retry brings it back. */
static void a_run_that_kills_the_engine(void **state)
{
	struct sim *s = *state;
	int i;

	begin(s, "O1");
	begin(s, "O2");
	begin(s, "O3");
	s->poison_id = run_of(s, "O2").id;
	for (i = 0; i < 4000 && !laws_at_rest(s) && !s->failure[0]; i++)
		sim_step(s, 1000);
	assert_string_equal(s->failure, "");
	is_in(s, "O1", RUN_COMPLETED);
	is_in(s, "O3", RUN_COMPLETED);
	is_in(s, "O2", RUN_HELD);
	assert_in_range(s->crash_count, 6, 8);
	s->poison_id = 0;
	operate(s, "O2", INBOX_RETRY);
	settle(s);
	is_in(s, "O2", RUN_COMPLETED);
}

static void a_killer_can_be_canceled(void **state)
{
	struct sim *s = *state;
	int i;

	begin(s, "O2");
	s->poison_id = run_of(s, "O2").id;
	for (i = 0; i < 4000 && !laws_at_rest(s) && !s->failure[0]; i++)
		sim_step(s, 1000);
	is_in(s, "O2", RUN_HELD);
	s->poison_id = 0;
	operate(s, "O2", INBOX_CANCEL);
	settle(s);
	is_in(s, "O2", RUN_CANCELED);
}

/* A peer's key belongs to one call: the plan that wants it again is refused,
 * and those beside it are not. */
static void one_bad_plan_stops_no_other(void **state)
{
	struct sim *s = *state;
	struct run bad, other;
	struct call c = {.visit = 1, .purpose = PURPOSE_READ, .attempt = 1};

	begin(s, "O1");
	begin(s, "O2");
	begin(s, "O3");
	bad = run_of(s, "O2");
	other = run_of(s, "O1");
	c.run_id = other.id;
	c.adapter_id = s->engine->catalog->adapter[0]->document_id;
	c.intent_ms = s->wall_ms;
	snprintf(c.order_id, sizeof(c.order_id), "O1");
	snprintf(c.adapter, sizeof(c.adapter), "order");
	snprintf(c.operation, sizeof(c.operation), "get");
	snprintf(c.step, sizeof(c.step), "elsewhere");
	snprintf(c.public_id, sizeof(c.public_id), "call_x");
	snprintf(c.key, sizeof(c.key), "%s/gather_context/1/order",
		 bad.public_id);
	assert_int_equal(db_begin(s->faces), OK);
	assert_int_equal(call_insert(s->faces, &c), OK);
	assert_int_equal(db_commit(s->faces), OK);
	settle(s);
	is_in(s, "O1", RUN_COMPLETED);
	is_in(s, "O3", RUN_COMPLETED);
	is_in(s, "O2", RUN_HELD);
	assert_non_null(strstr(run_of(s, "O2").reason, "rule of the store"));
}

static void hears_behind_many_words(void **state)
{
	struct sim *s = *state;
	int i;

	begin(s, "O1-CONTRADICT");
	settle(s);
	is_in(s, "O1-CONTRADICT", RUN_WAITING_TASK);
	for (i = 0; i < 130; i++)
		operate(s, "O1-CONTRADICT", INBOX_COMMENT);
	operate(s, "O1-CONTRADICT", INBOX_CANCEL);
	settle(s);
	is_in(s, "O1-CONTRADICT", RUN_CANCELED);
}

/* A run that starts while the engine rests is taken when the rest is over,
 * without a nudge. */
static void hears_what_came_in_a_rest(void **state)
{
	struct sim *s = *state;

	steps(s, 3);
	s->engine->rest_until_ms = s->mono_ms + 1000;
	begin(s, "O1");
	sim_tick(s);
	assert_int_equal(s->engine->used_count, 0);
	sim_pass(s, 1000);
	sim_tick(s);
	assert_int_equal(s->engine->used_count, 1);
	settle(s);
}

static void close_gates(struct sim *s, int64_t ms)
{
	struct gates *g = &s->engine->gates;
	int i;

	for (i = 0; i < g->count; i++)
		g->gate[i].breaker.open_until_ms = s->mono_ms + ms;
}

/* No state but those that may be blocked shows the marks of it. */
static void retried_behind_a_full_gate(void **state)
{
	struct sim *s = *state;

	begin(s, "O1");
	s->whims.fault_percent =
		100; /* until the order cannot be read at all */
	s->only = FATE_NOT_SENT;
	settle(s);
	is_in(s, "O1", RUN_HELD);
	s->whims.fault_percent = 0;
	sim_pass(s, 200000); /* breakers close */
	close_gates(s, 5000);
	operate(s, "O1", INBOX_RETRY);
	steps(s, 3);
	assert_string_equal(s->failure, "");
	is_in(s, "O1", RUN_HELD);
	assert_int_equal(s->engine->used_count, 0);
	settle(s);
	is_in(s, "O1", RUN_COMPLETED);
}

static void paused_with_reads_out(void **state)
{
	struct sim *s = *state;

	begin(s, "O1");
	sim_tick(s);
	assert_true(s->engine->in_flight > 0);
	operate(s, "O1", INBOX_PAUSE);
	settle(s);
	is_in(s, "O1", RUN_PAUSED);
	operate(s, "O1", INBOX_RESUME);
	settle(s);
	is_in(s, "O1", RUN_COMPLETED);
}

static void canceled_with_reads_out(void **state)
{
	struct sim *s = *state;

	begin(s, "O1");
	sim_tick(s);
	operate(s, "O1", INBOX_CANCEL);
	sim_tick(s);
	is_in(s, "O1", RUN_CANCELED);
	settle(s);
}

static void a_second_event_with_reads_out(void **state)
{
	struct sim *s = *state;

	begin(s, "O1");
	sim_tick(s);
	begin(s, "O1");
	sim_tick(s);
	settle(s);
	is_in(s, "O1", RUN_COMPLETED);
}

static void stopped_and_started_anywhere(void **state)
{
	struct sim *s = *state;
	int i;

	begin(s, "O1");
	begin(s, "O2-SUPPLIER-ANSWERS");
	for (i = 0; i < 200 && !laws_at_rest(s); i++) {
		sim_step(s, 10);
		if (i % 2)
			sim_crash(s);
		else if (i % 5 == 0) {
			sim_stop(s);
			sim_start(s);
		}
	}
	settle(s);
	is_in(s, "O1", RUN_COMPLETED);
}

/* Claimed and not yet planned when the engine stops. */
static void stopped_with_a_word_unread(void **state)
{
	struct sim *s = *state;

	begin(s, "O1");
	sim_tick(s);
	operate(s, "O1", INBOX_PAUSE);
	settle(s);
	operate(s, "O1", INBOX_RESUME);
	s->engine->now_ms = s->wall_ms;
	part_claim(s->engine);
	assert_int_equal(s->engine->used_count, 1);
	sim_stop(s);
	sim_start(s);
	settle(s);
	is_in(s, "O1", RUN_COMPLETED);
}

/* A task moves between the plan and its writing, without a word to the run:
 * both plans of the tick are written anew, each from the head that it has. */
static void a_task_moves_under_a_plan(void **state)
{
	struct sim *s = *state;
	struct engine *e = s->engine;
	struct arena a;
	struct run r;
	struct task t;

	begin(s, "O1-CONTRADICT");
	settle(s);
	r = run_of(s, "O1-CONTRADICT");
	arena_init(&a);
	assert_true(folk_task(s, &r, &a, &t));
	assert_int_equal(folk_claim(s, t.public_id, &folk_agent), OK);
	settle(s);
	operate(s, "O1-CONTRADICT", INBOX_CANCEL);
	arena_reset(&e->arena);
	e->now_ms = s->wall_ms;
	/* O2 in the slot before, so that its plan is written before. */
	begin(s, "O2");
	begin(s, "O3");
	part_claim(e);
	e->plan_from = checkout_of_run(e, r.id)->slot + 1;
	part_plan(e);
	assert_int_equal(e->planned_count, 3);
	assert_int_equal(e->planned[2].checkout->run.id, r.id);
	assert_int_equal(folk_claim(s, t.public_id, &folk_agent), OK);
	part_write(e);
	part_send(e);
	arena_release(&a);
	settle(s);
	is_in(s, "O1-CONTRADICT", RUN_CANCELED);
	is_in(s, "O2", RUN_COMPLETED);
}

/* Who waits for an adapter that is down can be canceled all the same. */
static void canceled_behind_an_open_breaker(void **state)
{
	struct sim *s = *state;

	begin(s, "O0");
	settle(s);
	close_gates(s, 3600000);
	begin(s, "O1");
	steps(s, 2);
	is_in(s, "O1", RUN_BLOCKED);
	operate(s, "O1", INBOX_CANCEL);
	steps(s, 2);
	is_in(s, "O1", RUN_CANCELED);
}

/* A peer may ask for a pause, but not park an order for hours. */
static void a_peer_parks_nobody_for_long(void **state)
{
	struct sim *s = *state;
	struct run r;
	int i;

	begin(s, "O1");
	s->whims.fault_percent = 100;
	s->only = FATE_503;
	s->retry_after_ms = 3600000;
	for (i = 0; i < 100 && run_of(s, "O1").state != RUN_BACKING_OFF; i++)
		sim_step(s, 10);
	is_in(s, "O1", RUN_BACKING_OFF);
	r = run_of(s, "O1");
	assert_in_range(r.due_ms - s->wall_ms, 60000, 300000);
}

/* Who is behind a full adapter is left alone until there is room. */
static void nobody_is_claimed_without_room(void **state)
{
	struct sim *s = *state;
	struct gates *g = &s->engine->gates;
	int64_t before;
	int i;

	begin(s, "O0");
	settle(s);
	for (i = 0; i < g->count; i++)
		g->gate[i].in_flight += 1000;
	begin(s, "O1");
	steps(s, 2);
	is_in(s, "O1", RUN_BLOCKED);
	before = s->engine->figures.steps;
	for (i = 0; i < 20; i++) {
		sim_pass(s, 100);
		sim_tick(s);
	}
	assert_int_equal(s->engine->figures.steps, before);
	for (i = 0; i < g->count; i++)
		g->gate[i].in_flight -= 1000;
	settle(s);
	is_in(s, "O1", RUN_COMPLETED);
}

static void progress_forgives_a_crash(void **state)
{
	struct sim *s = *state;

	begin(s, "O1-CONTRADICT");
	sim_tick(s);
	assert_int_equal(s->engine->used_count, 1);
	sim_crash(s);
	assert_int_equal(run_of(s, "O1-CONTRADICT").crash_count, 1);
	settle(s);
	is_in(s, "O1-CONTRADICT", RUN_WAITING_TASK);
	assert_int_equal(run_of(s, "O1-CONTRADICT").crash_count, 0);
}

static int jumps_on_record(struct sim *s)
{
	struct audit_entry *e;
	struct arena a;
	int count, i, jumps = 0;

	arena_init(&a);
	assert_int_equal(audit_list(s->faces, 0, 0, 1000, &a, &e, &count), OK);
	for (i = 0; i < count; i++)
		jumps += strcmp(e[i].kind, "CLOCK_JUMP") == 0;
	arena_release(&a);
	return jumps;
}

static void the_clock_jumps_on_record(void **state)
{
	struct sim *s = *state;

	steps(s, 2);
	sim_jump(s, 4000);
	sim_tick(s);
	sim_jump(s, -4000);
	sim_tick(s);
	assert_int_equal(jumps_on_record(s), 0);
	sim_jump(s, -3600000);
	sim_tick(s);
	assert_int_equal(jumps_on_record(s), 1);
	sim_jump(s, 7200000);
	sim_tick(s);
	sim_tick(s);
	assert_int_equal(jumps_on_record(s), 2);
}

static void disk_fills(void)
{
	disk.trouble = DISK_FULL;
	disk.after = 0;
	disk.left = -1;
}

static void what_is_not_committed_is_not_claimed(void **state)
{
	struct sim *s = *state;
	struct engine *e = s->engine;

	steps(s, 2);
	begin(s, "O1");
	arena_reset(&e->arena);
	e->now_ms = s->wall_ms;
	disk_fills();
	part_claim(e);
	assert_true(disk.hits > 0);
	assert_int_equal(e->used_count, 0);
	disk_mend();
	settle(s);
	is_in(s, "O1", RUN_COMPLETED);
}

static void what_is_not_committed_does_not_leave(void **state)
{
	struct sim *s = *state;
	struct engine *e = s->engine;
	int64_t calls;

	steps(s, 2);
	begin(s, "O1");
	arena_reset(&e->arena);
	e->now_ms = s->wall_ms;
	part_claim(e);
	part_plan(e);
	assert_int_equal(e->planned_count, 1);
	assert_true(e->planned[0].plan->call_count > 0);
	calls = e->figures.calls;
	disk_fills();
	part_write(e);
	part_send(e);
	assert_true(disk.hits > 0);
	assert_int_equal(e->figures.calls, calls);
	disk_mend();
	settle(s);
	is_in(s, "O1", RUN_COMPLETED);
}

static void change_schema(struct sim *s, const char *sql)
{
	assert_int_equal(db_begin(s->faces), OK);
	assert_int_equal(s->faces->driver->exec(s->faces, sql), OK);
	assert_int_equal(db_commit(s->faces), OK);
}

/* Better none than one that leaves runs behind. */
static void none_starts_that_cannot_recover(void **state)
{
	struct sim *s = *state;
	struct engine_options o = {.db = s->db,
				   .config = &s->config,
				   .world = &s->world,
				   .network = s->network,
				   .pid = 1};
	struct engine *e = NULL;

	begin(s, "O1");
	sim_tick(s);
	assert_int_equal(s->engine->used_count, 1);
	change_schema(s, "CREATE TRIGGER stuck BEFORE UPDATE OF lease ON run"
			 " BEGIN SELECT RAISE(ABORT, 'stuck'); END");
	sim_kill(s);
	assert_int_equal(engine_open(&o, &e), ERR_CONSTRAINT);
	change_schema(s, "DROP TRIGGER stuck");
	sim_start(s);
	settle(s);
	is_in(s, "O1", RUN_COMPLETED);
}

static void idle_engine_sleeps(void **state)
{
	struct sim *s = *state;
	int before;

	begin(s, "O1-CONTRADICT");
	settle(s);
	before = s->tick_count;
	steps(s, 3);
	assert_int_equal(engine_tick(s->engine), s->config.poll_ms);
	operate(s, "O1-CONTRADICT", INBOX_PAUSE);
	settle(s);
	assert_int_equal(folk_operate(s, run_of(s, "O1-CONTRADICT").public_id,
				      INBOX_SIGNAL, "hello"),
			 OK);
	settle(s);
	assert_int_equal(engine_tick(s->engine), s->config.poll_ms);
	assert_true(s->tick_count - before < 20);
}

static void put_keys(struct db *db, int from, int count, const char *answer,
		     int64_t at_ms)
{
	char text[4000], key[16];
	struct kept_answer kept = {.digest = "d", .status = 201};

	(void)snprintf(text, sizeof(text), "\"%*s\"", 3900, answer);
	kept.answer = answer[0] ? text : NULL;
	assert_int_equal(db_begin(db), OK);
	for (int i = from; i < from + count; i++) {
		(void)snprintf(key, sizeof(key), "k%d", i);
		assert_int_equal(
			key_put(db, "ana", "/v1/runs", key, &kept, at_ms), OK);
	}
	assert_int_equal(db_commit(db), OK);
}

/* Of old keys there may be more than one batch takes, and no hour for each. */
static void old_keys_go_batch_after_batch(void **state)
{
	struct sim *s = *state;
	struct kept_answer kept;
	struct arena a;

	steps(s, 1); /* the hour's first look, at nothing */
	put_keys(s->faces, 0, 2500, "",
		 s->wall_ms - (s->config.idempotency_days + 1) * 86400000);
	put_keys(s->faces, 2500, 1, "", s->wall_ms);
	sim_pass(s, 3600000);
	for (int i = 0; i < 6; i++)
		sim_step(s, 1000);
	arena_init(&a);
	assert_int_equal(
		key_get(s->faces, "ana", "/v1/runs", "k2499", &a, &kept),
		ERR_NOT_FOUND);
	assert_int_equal(
		key_get(s->faces, "ana", "/v1/runs", "k2500", &a, &kept), OK);
	arena_release(&a);
}

/* By frames, not by commits; between times every few seconds. */
static void checkpoints_when_the_log_is_long(void **state)
{
	struct sim *s = *state;
	struct engine *e = s->engine;
	int64_t frames;

	steps(s, 1);
	e->keep_ms[0] = e->mono_ms;
	put_keys(e->db, 0, 300, "long", s->wall_ms);
	e->dirty = true;
	frames = db_wal_frames(e->db);
	assert_in_range(frames, 300, 999);
	part_keep(e);
	assert_int_equal(db_wal_frames(e->db), frames);
	put_keys(e->db, 300, 700, "long", s->wall_ms);
	assert_true(db_wal_frames(e->db) >= 1000);
	e->dirty = true;
	part_keep(e);
	assert_int_equal(db_wal_frames(e->db), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(comes_to_an_end),
		TEST(refunds_once_after_approval),
		TEST(a_run_that_kills_the_engine),
		TEST(a_killer_can_be_canceled),
		TEST(one_bad_plan_stops_no_other),
		TEST(hears_behind_many_words),
		TEST(hears_what_came_in_a_rest),
		TEST(retried_behind_a_full_gate),
		TEST(paused_with_reads_out),
		TEST(canceled_with_reads_out),
		TEST(a_second_event_with_reads_out),
		TEST(stopped_and_started_anywhere),
		TEST(stopped_with_a_word_unread),
		TEST(a_task_moves_under_a_plan),
		TEST(canceled_behind_an_open_breaker),
		TEST(a_peer_parks_nobody_for_long),
		TEST(nobody_is_claimed_without_room),
		TEST(progress_forgives_a_crash),
		TEST(the_clock_jumps_on_record),
		TEST(what_is_not_committed_is_not_claimed),
		TEST(what_is_not_committed_does_not_leave),
		TEST(none_starts_that_cannot_recover),
		TEST(idle_engine_sleeps),
		TEST(old_keys_go_batch_after_batch),
		TEST(checkpoints_when_the_log_is_long),
	};

	json_init();
	log_init("sim", (enum log_level)0);
	return RUN(tests);
}

/*
 * What the playbook language promises, with the whole engine and its store
 * underneath: places of a concurrency key, time-outs of runs that wait in a
 * queue or for an answer, a kill and a settle over money that is out, and what
 * is undone. The world is still: only what a test answers is answered.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/strbuf.h"
#include "engine/flow/catalog.h"
#include "engine/flow/intake.h"
#include "engine/flow/operate.h"
#include "engine/loop/parts.h"
#include "engine/store/call_store.h"
#include "place.h"

/* clang-format off */
#define FINISH(name) \
	"{'step': '" name "', 'kind': 'finish', 'outcome': '" name "'," \
	" 'result': 'NONE', 'reason': 'r'}"
#define PLAYBOOK(name, members, steps) \
	{"playbooks/" name ".json", \
	 "{'playbook': '" name "', 'title': 'T', " members "'steps': [" steps \
	 "]}"}
static const struct place_document documents[] = {
	{"adapters/peer.json",
	 "{'adapter': 'peer', 'title': 'P', 'kind': 'http',"
	 " 'baseUrl': 'http://peer', 'concurrency': 50, 'operations': {"
	 "'get': {'kind': 'read', 'path': '/get/{{orderId}}', 'timeout': '5m'},"
	 "'other': {'kind': 'read', 'path': '/other/{{orderId}}',"
	 " 'timeout': '5m'},"
	 "'pay': {'kind': 'effect', 'method': 'POST', 'path':"
	 " '/pay/{{orderId}}', 'timeout': '5s', 'offers': 'neither',"
	 " 'effectScope': 'order'},"
	 "'tell': {'kind': 'effect', 'method': 'POST', 'path':"
	 " '/tell/{{orderId}}', 'timeout': '5s', 'offers': 'neither'},"
	 "'hold': {'kind': 'effect', 'method': 'POST', 'path':"
	 " '/hold/{{orderId}}', 'offers': 'keyed', 'keyRetention': '1d'},"
	 "'release': {'kind': 'effect', 'method': 'POST', 'path':"
	 " '/release/{{orderId}}', 'offers': 'keyed', 'keyRetention': '1d'}}}"},
	{"adapters/narrow.json",
	 "{'adapter': 'narrow', 'title': 'N', 'kind': 'http',"
	 " 'baseUrl': 'http://narrow', 'concurrency': 1, 'operations': {"
	 "'get': {'kind': 'read', 'path': '/get/{{orderId}}',"
	 " 'timeout': '5m'}}}"},
	PLAYBOOK("intake", "",
	 "{'step': 'route', 'kind': 'choose', 'rules': ["
	 "{'when': {'orderId': {'prefix': 'S'}}, 'route': 'slotted'},"
	 "{'when': {'orderId': {'prefix': 'H'}}, 'route': 'hangs'},"
	 "{'when': {'orderId': {'prefix': 'T'}}, 'route': 'timed'},"
	 "{'when': {'orderId': {'prefix': 'G'}}, 'route': 'gathers'},"
	 "{'when': {'orderId': {'prefix': 'P'}}, 'route': 'pays'},"
	 "{'when': {'orderId': {'prefix': 'R'}}, 'route': 'runs_out'},"
	 "{'when': {'orderId': {'prefix': 'O'}}, 'route': 'tells'},"
	 "{'route': 'undoes'}]}"),
	PLAYBOOK("slotted", "'concurrency': {'key': 'one', 'limit': 2}, ",
	 "{'step': 'get', 'kind': 'call', 'operation': 'peer.get'},"
	 FINISH("end")),
	PLAYBOOK("hangs", "",
	 "{'step': 'get', 'kind': 'call', 'operation': 'narrow.get'},"
	 FINISH("end")),
	PLAYBOOK("timed", "",
	 "{'step': 'get', 'kind': 'call', 'operation': 'narrow.get',"
	 " 'timeout': '10s', 'onTimeout': 'late'},"
	 FINISH("end") "," FINISH("late")),
	PLAYBOOK("gathers", "",
	 "{'step': 'look', 'kind': 'gather', 'budget': '3s', 'reads': ["
	 "{'as': 'a', 'operation': 'peer.get'}, {'as': 'b', 'operation':"
	 " 'peer.other', 'optional': true}]}," FINISH("end")),
	PLAYBOOK("pays", "",
	 "{'step': 'pay', 'kind': 'call', 'operation': 'peer.pay'},"
	 FINISH("end")),
	PLAYBOOK("tells", "",
	 "{'step': 'tell', 'kind': 'call', 'operation': 'peer.tell',"
	 " 'once': {'key': 'all', 'for': '10m'}, 'onUnknown': 'end'},"
	 FINISH("end")),
	PLAYBOOK("undoes", "",
	 "{'step': 'hold', 'kind': 'call', 'operation': 'peer.hold',"
	 " 'compensate': {'operation': 'peer.release'}},"
	 "{'step': 'sit', 'kind': 'wait', 'for': '1h'}," FINISH("end")),
	PLAYBOOK("runs_out", "'timeout': '1m', 'onTimeout': 'fail', ",
	 "{'step': 'hold', 'kind': 'call', 'operation': 'peer.hold',"
	 " 'compensate': {'operation': 'peer.release'}},"
	 "{'step': 'sit', 'kind': 'wait', 'for': '1h'}," FINISH("end")),
	PLACE_POLICY,
};
/* clang-format on */

/* ---- clock and network ---------------------------------------------------
 */

static int sent_count;

/* Until a test says otherwise it is not answered at all. */
static void leaves(struct flight *f, const struct http_request *r)
{
	f->at_ms += r->timeout_ms;
	f->outcome = HTTP_TIMED_OUT;
	f->status = 0;
	sent_count++;
}

static int setup(void **state)
{
	const struct config limits = {
		.checked_out = 50, .tick_runs = 20, .call_limit = 100};

	(void)state;
	sent_count = 0;
	place_open(&limits, documents, sizeof(documents) / sizeof(*documents));
	place.leaves = leaves;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	place_close();
	return 0;
}

/* ---- what tests do -------------------------------------------------------
 */

static const struct actor somebody = {.name = "test", .role = ROLE_ADMIN};

static void pass(int64_t ms)
{
	int64_t until = place_now_ms() + ms;
	int ticks = 0;

	for (;;) {
		int64_t wait_ms = engine_tick(place.engine);

		assert_in_range(++ticks, 1, 20000);
		if (wait_ms == 0)
			continue;
		if (place_now_ms() >= until)
			return;
		place.now_us += 1000 * (wait_ms < until - place_now_ms()
						? wait_ms
						: until - place_now_ms());
	}
}

static struct run begin(const char *order, int priority)
{
	struct problems problems = {.count = 0};
	struct intake in = {.order_id = order, .priority = priority};
	enum intake_way way;
	struct run run;

	assert_int_equal(db_begin(place.faces), OK);
	assert_int_equal(order_intake(place.faces, &place_world, &in, &somebody,
				      &problems, &run, &way),
			 OK);
	assert_int_equal(db_commit(place.faces), OK);
	engine_nudged(place.engine);
	return run;
}

static struct run run_of(const char *order)
{
	struct run r;

	assert_int_equal(run_latest_of_order(place.faces, order, &r), OK);
	return r;
}

static void is_in(const char *order, enum run_state state)
{
	struct run r = run_of(order);

	if (r.state != state)
		fail_msg("%s is %s at %s: %s", order, run_state_name(r.state),
			 r.step, r.reason);
}

static void ended(const char *order, const char *outcome)
{
	is_in(order, RUN_COMPLETED);
	assert_string_equal(run_of(order).outcome, outcome);
}

static void ask(struct operation_request q, const char *public_id)
{
	struct problems problems = {.count = 0};
	struct run r;

	q.reason = "why not";
	assert_int_equal(db_begin(place.faces), OK);
	if (run_operate(place.faces, &place_world, public_id, &q, &somebody,
			&problems, &r) != OK)
		fail_msg("%s", problems.item[0].detail);
	assert_int_equal(db_commit(place.faces), OK);
	engine_nudged(place.engine);
}

static void say(const char *order, enum inbox_kind kind)
{
	ask((struct operation_request){.kind = kind}, run_of(order).public_id);
}

static struct flight *flying(const char *path)
{
	for (int i = 0; i < PLACE_FLYING_MAX; i++) {
		if (place.flight[i].used &&
		    place.flight[i].at_ms > place_now_ms() &&
		    strstr(place.flight[i].url, path))
			return &place.flight[i];
	}
	return NULL;
}

static int flying_count(void)
{
	int count = 0;

	for (int i = 0; i < PLACE_FLYING_MAX; i++)
		count += place.flight[i].used;
	return count;
}

static void answer(const char *path, int status)
{
	struct flight *f = flying(path);

	if (!f) {
		fail_msg("nothing is out to %s", path);
		return;
	}
	f->at_ms = place_now_ms();
	f->outcome = HTTP_ANSWERED;
	f->status = status;
	pass(0);
}

/* ---- places --------------------------------------------------------------
 */

static void only(const char *one, const char *other)
{
	char path[32];

	assert_int_equal(flying_count(), 2);
	(void)snprintf(path, sizeof(path), "/get/%s", one);
	if (!flying(path))
		fail_msg("%s has no place", one);
	(void)snprintf(path, sizeof(path), "/get/%s", other);
	if (!flying(path))
		fail_msg("%s has no place", other);
}

static void so_many_at_once_by_urgency(void **state)
{
	(void)state;
	(void)begin("S0", 2);
	(void)begin("S1", 2);
	pass(0);
	only("S0", "S1");
	(void)begin("S2", 2);
	(void)begin("S3", 0);
	(void)begin("S4", 1);
	(void)begin("S5", 0);
	pass(5000);
	only("S0", "S1");
	is_in("S3", RUN_BLOCKED);
	assert_non_null(strstr(run_of("S3").reason, "at most 2 runs of one"));
	assert_true(run_of("S3").due_ms > place_now_ms());
	answer("/get/S0", 200);
	only("S1", "S3");
	answer("/get/S1", 200);
	only("S3", "S5");
	/* Who has no patience gives way; who was killed, too. */
	say("S3", INBOX_KILL);
	pass(0);
	only("S5", "S4");
	answer("/get/S5", 200);
	only("S4", "S2");
	answer("/get/S4", 200);
	answer("/get/S2", 200);
	ended("S2", "end");
	assert_int_equal(flying_count(), 0);
}

/* A place is a row: it outlives the engine, and so does the waiting. */
static void places_outlive_an_engine(void **state)
{
	(void)state;
	(void)begin("S0", 2);
	(void)begin("S1", 2);
	(void)begin("S2", 2);
	pass(0);
	is_in("S2", RUN_BLOCKED);
	place_stop();
	memset(place.flight, 0, sizeof(place.flight));
	place_start();
	pass(0);
	only("S0", "S1");
	is_in("S2", RUN_BLOCKED);
	answer("/get/S1", 200);
	only("S0", "S2");
}

/* One that was paused while it waited is passed over, and asks when it goes on
 * again. */
static void a_paused_one_is_passed_over(void **state)
{
	(void)state;
	(void)begin("S0", 2);
	(void)begin("S1", 2);
	pass(0);
	(void)begin("S2", 0);
	(void)begin("S3", 2);
	pass(0);
	say("S2", INBOX_PAUSE);
	pass(0);
	answer("/get/S0", 200);
	only("S1", "S3");
	say("S2", INBOX_RESUME);
	pass(0);
	is_in("S2", RUN_BLOCKED);
	answer("/get/S1", 200);
	only("S3", "S2");
}

/* ---- time ----------------------------------------------------------------
 */

/* Its adapter has no room, and it is not claimed for that. */
static void times_out_in_a_queue(void **state)
{
	(void)state;
	(void)begin("H", 2);
	pass(0);
	(void)begin("T", 2);
	pass(9000);
	is_in("T", RUN_BLOCKED);
	pass(2000);
	ended("T", "late");
	is_in("H", RUN_RUNNING);
}

static void times_out_while_it_is_answered(void **state)
{
	(void)state;
	(void)begin("T", 2);
	pass(9999);
	is_in("T", RUN_RUNNING);
	pass(1);
	ended("T", "late");
	assert_int_equal(flying_count(), 0);
}

static void a_budget_is_kept_to(void **state)
{
	(void)state;
	(void)begin("G", 2);
	pass(0);
	answer("/get/G", 200);
	pass(2999);
	is_in("G", RUN_RUNNING);
	pass(1);
	ended("G", "end");
}

static void a_run_times_out_and_undoes(void **state)
{
	(void)state;
	(void)begin("R", 2);
	pass(0);
	answer("/hold/R", 200);
	pass(59000);
	is_in("R", RUN_WAITING_SIGNAL);
	pass(1000);
	assert_non_null(flying("/release/R"));
	answer("/release/R", 200);
	is_in("R", RUN_TIMED_OUT);
	assert_int_equal(sent_count, 2);
}

/* ---- words ---------------------------------------------------------------
 */

static void a_cancel_undoes_once(void **state)
{
	(void)state;
	(void)begin("U", 2);
	pass(0);
	answer("/hold/U", 200);
	say("U", INBOX_CANCEL);
	pass(0);
	assert_non_null(flying("/release/U"));
	/* And again after a stop, under the same key. */
	place_stop();
	memset(place.flight, 0, sizeof(place.flight));
	place_start();
	pass(0);
	answer("/release/U", 200);
	is_in("U", RUN_CANCELED);
	assert_int_equal(sent_count, 3);
	assert_int_equal(flying_count(), 0);
}

static struct call only_call(const struct run *r, struct arena *a)
{
	struct call *calls;
	int count;

	assert_int_equal(call_of_run(place.faces, r->id, 10, a, &calls, &count),
			 OK);
	assert_int_equal(count, 1);
	return calls[0];
}

static void settle(const struct run *r, const struct call *c, bool happened)
{
	ask((struct operation_request){.kind = INBOX_SETTLE,
				       .call_id = c->public_id,
				       .happened = happened},
	    r->public_id);
}

/* Its money call stays as it was, and blocks the order's next one until a
 * person knows. */
static void money_of_a_killed_run_blocks(void **state)
{
	struct arena a;
	struct run first;
	struct call c;

	(void)state;
	arena_init(&a);
	first = begin("P", 2);
	pass(0);
	say("P", INBOX_KILL);
	pass(0);
	is_in("P", RUN_CANCELED);
	assert_string_equal(run_of("P").outcome, "KILLED");
	c = only_call(&first, &a);
	assert_int_equal(c.state, CALL_SENT);
	pass(6000); /* beyond its time-out */
	c = only_call(&first, &a);
	assert_int_equal(c.state, CALL_UNKNOWN);
	(void)begin("P", 2);
	pass(0);
	is_in("P", RUN_HELD);
	assert_non_null(strstr(run_of("P").reason, "no money moves"));
	settle(&first, &c, false);
	c = only_call(&first, &a);
	assert_int_equal(c.state, CALL_FAILED);
	say("P", INBOX_RETRY);
	pass(0);
	answer("/pay/P", 200);
	ended("P", "end");
	arena_release(&a);
}

/* The next engine does not know of it: a person has to, and can find it. */
static void a_killed_runs_call_outlives_no_engine(void **state)
{
	struct arena a;
	struct run r;

	(void)state;
	arena_init(&a);
	r = begin("P", 2);
	pass(0);
	say("P", INBOX_KILL);
	pass(0);
	assert_int_equal(only_call(&r, &a).state, CALL_SENT);
	place_stop();
	memset(place.flight, 0, sizeof(place.flight));
	place_start();
	assert_int_equal(only_call(&r, &a).state, CALL_UNKNOWN);
	assert_true(only_call(&r, &a).maybe_done);
	arena_release(&a);
}

/* It is not waited for, and heard all the same. */
static void an_answer_after_a_kill_is_kept(void **state)
{
	struct arena a;
	struct run r;
	struct call c;

	(void)state;
	arena_init(&a);
	r = begin("P", 2);
	pass(0);
	say("P", INBOX_KILL);
	pass(0);
	is_in("P", RUN_CANCELED);
	/* And over the word of a person who did not know. */
	c = only_call(&r, &a);
	settle(&r, &c, false);
	answer("/pay/P", 200);
	c = only_call(&r, &a);
	assert_int_equal(c.state, CALL_OK);
	assert_non_null(c.answer);
	(void)begin("P", 2);
	pass(0);
	assert_non_null(flying("/pay/P"));
	say("P", INBOX_KILL);
	pass(0);
	r = run_of("P");
	c = only_call(&r, &a);
	settle(&r, &c, true);
	pass(6000); /* beyond its time-out: that proves nothing */
	c = only_call(&r, &a);
	assert_int_equal(c.state, CALL_OK);
	assert_int_equal(flying_count(), 0);
	arena_release(&a);
}

static void a_settled_call_lets_the_run_go_on(void **state)
{
	struct arena a;
	struct run r;
	struct call c;

	(void)state;
	arena_init(&a);
	r = begin("P", 2);
	pass(6000); /* beyond its time-out */
	is_in("P", RUN_HELD);
	c = only_call(&r, &a);
	assert_int_equal(c.state, CALL_UNKNOWN);
	settle(&r, &c, true);
	pass(0);
	ended("P", "end");
	c = only_call(&r, &a);
	assert_int_equal(c.state, CALL_OK);
	assert_int_equal(sent_count, 1);
	arena_release(&a);
}

/* It came while the store refused, and the engine stops before it is written: a
 * person's word is not overwritten by what proves nothing. */
static void a_late_answer_at_a_stop_keeps_to_the_word(void **state)
{
	struct arena a;
	struct run r;
	struct call c;

	(void)state;
	arena_init(&a);
	r = begin("P", 2);
	pass(0);
	say("P", INBOX_KILL);
	pass(0);
	c = only_call(&r, &a);
	settle(&r, &c, true);
	pass(0);
	place.engine->rest_until_ms = place_now_ms() + 60000;
	answer("/pay/P", 400);
	assert_int_equal(only_call(&r, &a).state, CALL_OK);
	place.engine->rest_until_ms = 0;
	place_stop();
	memset(place.flight, 0, sizeof(place.flight));
	place_start();
	assert_int_equal(only_call(&r, &a).state, CALL_OK);
	arena_release(&a);
}

/* And what proves that it happened is written, as the last thing. */
static void a_late_answer_at_a_stop_is_kept(void **state)
{
	struct arena a;
	struct run r;

	(void)state;
	arena_init(&a);
	r = begin("P", 2);
	pass(0);
	say("P", INBOX_KILL);
	pass(0);
	place.engine->rest_until_ms = place_now_ms() + 60000;
	answer("/pay/P", 200);
	assert_int_equal(only_call(&r, &a).state, CALL_SENT);
	place.engine->rest_until_ms = 0;
	place_stop();
	memset(place.flight, 0, sizeof(place.flight));
	place_start();
	assert_int_equal(only_call(&r, &a).state, CALL_OK);
	arena_release(&a);
}

static void told_to_cancel_it_cancels_after_the_word(void **state)
{
	struct arena a;
	struct run r;
	struct call c;

	(void)state;
	arena_init(&a);
	r = begin("P", 2);
	pass(0);
	say("P", INBOX_CANCEL);
	pass(6000); /* beyond the call's time-out: nobody knows */
	is_in("P", RUN_HELD);
	c = only_call(&r, &a);
	settle(&r, &c, false);
	pass(30000);
	is_in("P", RUN_CANCELED);
	assert_int_equal(sent_count, 1);
	arena_release(&a);
}

/* ---- once for a group ----------------------------------------------------
 */

static void one_tells_for_all_within_its_time(void **state)
{
	(void)state;
	(void)begin("O0", 2);
	(void)begin("O1", 2);
	pass(0);
	is_in("O1", RUN_BACKING_OFF);
	assert_non_null(strstr(run_of("O1").reason, "is done for the whole"));
	answer("/tell/O", 200);
	pass(3000);
	ended("O0", "end");
	ended("O1", "end");
	(void)begin("O2", 2);
	pass(590000);
	ended("O2", "end");
	assert_int_equal(sent_count, 1);
	pass(10000);
	(void)begin("O3", 2);
	pass(0);
	assert_non_null(flying("/tell/O3"));
	assert_int_equal(sent_count, 2);
}

/* Between two tries nobody else begins; when they are used up, the next one. */
static void who_tries_again_still_has_it(void **state)
{
	(void)state;
	(void)begin("O0", 2);
	(void)begin("O1", 2);
	pass(1500);
	answer("/tell/O0", 503);
	is_in("O0", RUN_BACKING_OFF);
	pass(700); /* O1 has looked, and O0 waits for its next try */
	assert_null(flying("/tell/O1"));
	for (int i = 0; i < 100 && run_of("O0").state != RUN_HELD; i++) {
		if (flying("/tell/O0"))
			answer("/tell/O0", 503);
		assert_null(flying("/tell/O1"));
		pass(500);
	}
	is_in("O0", RUN_HELD);
	pass(3000);
	answer("/tell/O1", 200);
	ended("O1", "end");
}

/* Not for ever: who comes after its time says it himself. */
static void what_nobody_knows_is_waited_for_as_long(void **state)
{
	(void)state;
	(void)begin("O0", 2);
	pass(6000); /* beyond its time-out */
	ended("O0", "end");
	(void)begin("O1", 2);
	pass(500000);
	is_in("O1", RUN_BACKING_OFF);
	assert_non_null(
		strstr(run_of("O1").reason, "nobody knows what became"));
	assert_int_equal(sent_count, 1);
	pass(90000);
	for (int i = 0; i < 60 && !flying("/tell/O1"); i++)
		pass(1000);
	answer("/tell/O1", 200);
	ended("O1", "end");
	assert_int_equal(sent_count, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(so_many_at_once_by_urgency),
		TEST(places_outlive_an_engine),
		TEST(a_paused_one_is_passed_over),
		TEST(times_out_in_a_queue),
		TEST(times_out_while_it_is_answered),
		TEST(a_budget_is_kept_to),
		TEST(a_run_times_out_and_undoes),
		TEST(a_cancel_undoes_once),
		TEST(money_of_a_killed_run_blocks),
		TEST(a_killed_runs_call_outlives_no_engine),
		TEST(an_answer_after_a_kill_is_kept),
		TEST(a_settled_call_lets_the_run_go_on),
		TEST(a_late_answer_at_a_stop_keeps_to_the_word),
		TEST(a_late_answer_at_a_stop_is_kept),
		TEST(told_to_cancel_it_cancels_after_the_word),
		TEST(one_tells_for_all_within_its_time),
		TEST(who_tries_again_still_has_it),
		TEST(what_nobody_knows_is_waited_for_as_long),
	};

	log_init("language", LOG_ERROR);
	json_init();
	return RUN(tests);
}

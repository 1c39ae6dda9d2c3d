/*
 * A downstream system that is dead costs the runs of others nothing that can be
 * seen: in simulated time, as long as they take with nobody beside them, so do
 * they take with hundreds of runs that wait for the dead one. How much of the
 * processor that costs is measured by `make bench`. And one that is merely full
 * takes the next as soon as it has answered one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/strbuf.h"
#include "engine/flow/catalog.h"
#include "engine/flow/intake.h"
#include "engine/flow/operate.h"
#include "place.h"

#define LIVELY 700  /* runs, of three calls each */
#define EVERY_MS 10 /* one of them */
#define PLACES 50   /* at the lively one */
#define WAITING 300
#define OLDEST 100 /* runs */
#define CALLS 3
#define ANSWER_MS 10
#define MORE_PERCENT 5

/* How a system is dead. */
enum death { ALIVE, REFUSES, BLACK_HOLE, STALLS, FAILS };

static struct {
	int64_t began_ms;  /* the first lively one came */
	int64_t ended_ms;  /* the last of them had its last answer */
	int64_t oldest_ms; /* the last of the oldest */
	enum death death;
	bool at_once;	   /* the lively ones come */
	int calls[LIVELY]; /* that were answered, of each run */
	int64_t taken_ms;  /* from coming to the last answer, over all */
	int done, dead;	   /* runs; calls that came back from the dead */
} sim;

static const struct place_document documents[] = {
	{"adapters/lively.json",
	 "{'adapter': 'lively', 'title': 'Answers', 'kind': 'http',"
	 " 'baseUrl': 'http://lively', 'concurrency': 50,"
	 " 'operations': {'get': {'kind': 'read',"
	 " 'path': '/{{orderId}}'}}}"},
	{"adapters/dead.json",
	 "{'adapter': 'dead', 'title': 'Dead', 'kind': 'http',"
	 " 'baseUrl': 'http://dead', 'concurrency': 50,"
	 " 'operations': {'get': {'kind': 'read',"
	 " 'path': '/{{orderId}}', 'retry':"
	 " {'maximumAttempts': 1000}}}}"},
	{"playbooks/intake.json",
	 "{'playbook': 'intake', 'title': 'Route', 'steps': ["
	 "{'step': 'route', 'kind': 'choose', 'rules': ["
	 "{'name': 'dead', 'when': {'orderId': {'prefix': 'D'}},"
	 " 'route': 'dead'}, {'name': 'lively',"
	 " 'route': 'lively'}]}]}"},
	{"playbooks/dead.json",
	 "{'playbook': 'dead', 'title': 'Waits', 'steps': ["
	 "{'step': 'get', 'kind': 'call',"
	 " 'operation': 'dead.get'},"
	 "{'step': 'end', 'kind': 'finish', 'outcome': 'FAILED',"
	 " 'result': 'NONE', 'reason': 'Never reached'}]}"},
	{"playbooks/lively.json",
	 "{'playbook': 'lively', 'title': 'Three', 'steps': ["
	 "{'step': 'one', 'kind': 'call',"
	 " 'operation': 'lively.get'},"
	 "{'step': 'two', 'kind': 'call',"
	 " 'operation': 'lively.get'},"
	 "{'step': 'three', 'kind': 'call',"
	 " 'operation': 'lively.get'},"
	 "{'step': 'end', 'kind': 'finish',"
	 " 'outcome': 'RESOLVED_AUTOMATICALLY', 'result': 'NONE',"
	 " 'reason': 'Three were asked'}]}"},
	PLACE_POLICY,
};

/* ---- the network -------------------------------------------------------- */

/* "http://lively/L12" */
static int number(const char *url)
{
	int i = (int)strtol(strrchr(url, '/') + 2, NULL, 10);

	assert_in_range(i, 0, LIVELY - 1);
	return i;
}

static void answered(int run)
{
	if (++sim.calls[run] < CALLS)
		return;
	sim.done++;
	sim.ended_ms = place_now_ms();
	if (run < OLDEST)
		sim.oldest_ms = place_now_ms();
	sim.taken_ms += place_now_ms() - sim.began_ms - (int64_t)run * EVERY_MS;
}

static void leaves(struct flight *f, const struct http_request *r)
{
	static const struct {
		enum http_outcome outcome;
		int status;
		bool connects; /* its time-out is that of the whole call */
		int64_t after_ms;
	} deaths[] = {
		[ALIVE] = {HTTP_ANSWERED, 200, true, ANSWER_MS},
		[REFUSES] = {HTTP_NOT_SENT, 0, true, 1},
		[BLACK_HOLE] = {HTTP_NOT_SENT, 0, false, -1},
		[STALLS] = {HTTP_TIMED_OUT, 0, true, -1},
		[FAILS] = {HTTP_ANSWERED, 500, true, 1},
	};
	bool dead = strncmp(r->url, "http://dead", 11) == 0;
	enum death death = dead ? sim.death : ALIVE;
	int64_t after = deaths[death].after_ms;

	if (after < 0)
		after = deaths[death].connects ? r->timeout_ms
					       : r->connect_timeout_ms;
	f->whose = dead ? 0 : number(r->url);
	f->at_ms += after;
	f->outcome = deaths[death].outcome;
	f->status = deaths[death].status;
}

static void ends(const struct flight *f)
{
	if (f->status == 200)
		answered(f->whose);
	else
		sim.dead++;
}

/* ---- the place ----------------------------------------------------------- */

static void begin(char letter, int from, int count)
{
	const struct actor actor = {.name = "test", .role = ROLE_ADMIN};
	struct problems problems = {.count = 0};
	enum intake_way way;
	struct run run;
	char order[32];
	struct intake in = {.order_id = order, .priority = -1};

	assert_int_equal(db_begin(place.db), OK);
	for (int i = from; i < from + count; i++) {
		(void)snprintf(order, sizeof(order), "%c%d", letter, i);
		assert_int_equal(order_intake(place.db, &place_world, &in,
					      &actor, &problems, &run, &way),
				 OK);
	}
	assert_int_equal(db_commit(place.db), OK);
}

/* ---- the measure -----------------------------------------------------------
 */

static void until_done(void)
{
	int come = 0, ticks = 0;

	sim.began_ms = place_now_ms();
	if (sim.at_once)
		begin('L', 0, come = LIVELY);
	while (sim.done < LIVELY) {
		int64_t next_ms = sim.began_ms + (int64_t)come * EVERY_MS;
		int64_t wait_ms;

		if (come < LIVELY && place_now_ms() >= next_ms) {
			begin('L', come++, 1);
			engine_nudged(place.engine);
			next_ms += EVERY_MS;
		}
		wait_ms = engine_tick(place.engine);
		if (come < LIVELY && next_ms - place_now_ms() < wait_ms)
			wait_ms = next_ms - place_now_ms();
		place_pass(wait_ms);
		assert_in_range(++ticks, 1, 1000000);
		assert_in_range(place_now_ms() - sim.began_ms, 0, 600000);
	}
}

static void begin_with(enum death death)
{
	const struct config limits = {
		.checked_out = 200, .tick_runs = 50, .call_limit = 100};

	memset(&sim, 0, sizeof(sim));
	sim.death = death;
	place_open(&limits, documents, sizeof(documents) / sizeof(*documents));
	place.leaves = leaves;
	place.ends = ends;
}

/* Returns how many ticks it took. */
static int pass_until(int64_t until_ms)
{
	int ticks = 0;

	while (place_now_ms() < until_ms) {
		place_pass(engine_tick(place.engine));
		assert_in_range(++ticks, 1, 100000);
	}
	return ticks;
}

/* Milliseconds of a thousand lively runs, with so many beside them that wait;
 * early: those came long before, and the breaker has opened. */
static int64_t lively_ms(enum death death, int waiting, bool early)
{
	begin_with(death);
	begin('D', 0, waiting);
	if (early)
		(void)pass_until(PLACE_START_MS + 60000);
	until_done();
	if (waiting > 0)
		assert_true(sim.dead > 0);
	place_close();
	return sim.taken_ms * 1000 / LIVELY;
}

static void costs_others_nothing(enum death death)
{
	int64_t alone = lively_ms(ALIVE, 0, false);

	/* Nobody waits for anything but answers. */
	assert_int_equal(alone, 1000 * CALLS * ANSWER_MS);
	for (int early = 0; early < 2; early++) {
		int64_t beside = lively_ms(death, WAITING, early);

		if (getenv("SOAK"))
			print_message("# alone %lld ms, beside %lld ms\n",
				      (long long)alone, (long long)beside);
		if (beside * 100 > alone * (100 + MORE_PERCENT))
			fail_msg("%lld ms alone, %lld ms beside%s",
				 (long long)alone, (long long)beside,
				 early ? ", long dead" : "");
	}
}

/* Its places are never empty while somebody waits for one, and who came first
 * is not served last. */
static void one_that_is_full(void **state)
{
	int64_t best = (int64_t)LIVELY * CALLS / PLACES * ANSWER_MS;

	(void)state;
	begin_with(ALIVE);
	sim.at_once = true;
	until_done();
	assert_in_range(sim.ended_ms - sim.began_ms, best, best * 11 / 10);
	assert_in_range(sim.oldest_ms - sim.began_ms, 1, best / 2);
	place_close();
}

static void say(const char *order, enum inbox_kind kind)
{
	const struct actor actor = {.name = "test", .role = ROLE_ADMIN};
	const struct operation_request request = {.kind = kind,
						  .reason = "told to"};
	struct problems problems = {.count = 0};
	struct run run;

	assert_int_equal(db_begin(place.db), OK);
	assert_int_equal(run_latest_of_order(place.db, order, &run), OK);
	assert_int_equal(run_operate(place.db, &place_world, run.public_id,
				     &request, &actor, &problems, &run),
			 OK);
	assert_int_equal(db_commit(place.db), OK);
}

/* A paused run that is told to go on while its adapter is full waits for room
 * like the others. */
static void one_that_is_full_and_a_word(void **state)
{
	char order[32];

	(void)state;
	begin_with(STALLS);
	begin('D', 0, WAITING);
	(void)pass_until(PLACE_START_MS + 1000);
	(void)snprintf(order, sizeof(order), "D%d", WAITING - 1);
	say(order, INBOX_PAUSE);
	(void)pass_until(PLACE_START_MS + 2000);
	say(order, INBOX_RESUME);
	assert_in_range(pass_until(PLACE_START_MS + 3000), 1, 60);
	place_close();
}

static void retire_the_dead(void)
{
	static const struct place_document intake = {
		"playbooks/intake.json",
		"{'playbook': 'intake', 'title': 'Route', 'steps': ["
		"{'step': 'route', 'kind': 'choose', 'rules': ["
		"{'name': 'lively', 'route': 'lively'}]}]}"};
	static const char *const names[] = {"adapters", "playbooks"};
	char path[400];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s/dead.json",
			       place.config.conf, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	place_write(&intake);
	place_activate();
}

/* Nobody waits for ever in the queue of one that is taken away. */
static void one_that_is_taken_away(void **state)
{
	int64_t counts[RUN_STATE_COUNT];

	(void)state;
	begin_with(REFUSES);
	begin('D', 0, WAITING);
	(void)pass_until(PLACE_START_MS + 1000);
	retire_the_dead();
	place_stop();
	place_start();
	(void)pass_until(PLACE_START_MS + 120000);
	assert_int_equal(run_count_by_state(place.db, counts), OK);
	assert_int_equal(counts[RUN_BLOCKED] + counts[RUN_BACKING_OFF], 0);
	place_close();
}

#define DEATH(name, death)                                                     \
	static void name(void **state)                                         \
	{                                                                      \
		(void)state;                                                   \
		costs_others_nothing(death);                                   \
	}
DEATH(one_that_refuses, REFUSES)
DEATH(one_that_swallows, BLACK_HOLE)
DEATH(one_that_stalls, STALLS)
DEATH(one_that_fails, FAILS)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_refuses),
		cmocka_unit_test(one_that_swallows),
		cmocka_unit_test(one_that_stalls),
		cmocka_unit_test(one_that_fails),
		cmocka_unit_test(one_that_is_full),
		cmocka_unit_test(one_that_is_full_and_a_word),
		cmocka_unit_test(one_that_is_taken_away),
	};

	json_init();
	log_init("dead", LOG_ERROR);
	return RUN(tests);
}

/*
 * Runs come back to a downstream system at its pace and the most urgent first,
 * however many wait; what operators stop does not leave; and others feel
 * nothing of it. In simulated time, in which a step of the engine costs as much
 * as it does for real, so that a backlog is felt.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/strbuf.h"
#include "engine/flow/bulk.h"
#include "engine/flow/catalog.h"
#include "engine/flow/control.h"
#include "engine/flow/intake.h"
#include "engine/flow/life.h"
#include "engine/loop/parts.h"
#include "place.h"

#define STEP_US 100 /* of a plan, as measured */
#define HOUR INT64_C(3600000)
#define CALLS_MAX 40000
#define BACKLOG 100000
#define LIVELY 500 /* runs, of three calls each */
#define EVERY_MS 7
#define MORE_PERCENT 5

enum peer { SLOW, LIVELY_PEER, PARTS, THRIFTY, TIRED, PEERS };
static const char *const peer_names[PEERS] = {"slow", "lively", "parts",
					      "thrifty", "tired"};

/* A call that left. */
struct gone {
	enum peer peer;
	int64_t at_ms;
	char operation[16], order[32];
};

static struct {
	int out[PEERS], out_most[PEERS]; /* in flight */
	int status[PEERS];		 /* that it answers; 0: 200 */
	int64_t takes_ms[PEERS], retry_after_ms[PEERS];
	struct gone gone[CALLS_MAX];
	int gone_count;
	int64_t steps; /* of the engine, that were paid for */
	int answers_of[LIVELY];
	int done;
	int64_t taken_ms;
} sim;

#define CALL_STEP(name, operation)                                             \
	"{\"step\": \"" name "\", \"kind\": \"call\", \"operation\": "         \
	"\"" operation "\"},"
#define USE(name, playbook)                                                    \
	"{\"step\": \"" name "\", \"kind\": \"playbook\", \"playbook\": "      \
	"\"" playbook "\"},"
#define END                                                                    \
	"{\"step\": \"end\", \"kind\": \"finish\", \"outcome\": "              \
	"\"RESOLVED_AUTOMATICALLY\", \"result\": \"NONE\", \"reason\": "       \
	"\"Done\"}]}"
#define PLAYBOOK(name, steps)                                                  \
	{                                                                      \
		"playbooks/" name ".json",                                     \
			"{\"playbook\": \"" name "\", \"title\": \"T\","       \
			" \"steps\": [" steps END                              \
	}
#define ADAPTER(name, more, operations)                                        \
	{                                                                      \
		"adapters/" name ".json",                                      \
			"{\"adapter\": \"" name "\", \"kind\": \"http\","      \
			" \"baseUrl\": \"http://" name "\"," more              \
			" \"operations\": {" operations "}}"                   \
	}
#define GET                                                                    \
	"\"get\": {\"kind\": \"read\", \"path\": \"/get/{{orderId}}\","        \
	" \"retry\": {\"initialInterval\": \"1s\", \"maximumAttempts\": "      \
	"1000}}"
#define PUT(more)                                                              \
	"\"put\": {\"kind\": \"effect\", \"path\": \"/put/{{orderId}}\","      \
	" \"offers\": \"keyed\"" more "}"
#define RULE(letter, playbook)                                                 \
	"{\"name\": \"" letter "\", \"when\": {\"orderId\": {\"prefix\": "     \
	"\"" letter "\"}}, \"route\": \"" playbook "\"}"

static const struct place_document documents[] =
	{
		ADAPTER("slow",
			"\"concurrency\": 10, \"rate\": {\"perSecond\": 50,"
			" \"burst\": 10},",
			GET),
		ADAPTER("lively", "\"concurrency\": 50,", GET),
		ADAPTER("parts", "\"concurrency\": 20,",
			GET ", " PUT(", \"concurrency\": 2")),
		ADAPTER("thrifty",
			"\"concurrency\": 100, \"breaker\": {\"failures\": "
			"1000,"
			" \"window\": 200, \"ratio\": 1}, \"retryBudget\": "
			"{\"share\":"
			" 0.1, \"window\": \"10s\", \"least\": 5},",
			GET),
		ADAPTER("tired",
			"\"concurrency\": 5, \"breaker\": {\"failures\": 5,"
			" \"open\": \"10s\"},",
			GET),
		PLAYBOOK("slow", CALL_STEP("one", "slow.get")),
		PLAYBOOK("lively", CALL_STEP("one", "lively.get") CALL_STEP(
					   "two", "lively.get")
					   CALL_STEP("three", "lively.get")),
		PLAYBOOK("put", CALL_STEP("one", "parts.put")),
		PLAYBOOK("read", CALL_STEP("one", "parts.get")),
		PLAYBOOK("thrifty", CALL_STEP("one", "thrifty.get")),
		PLAYBOOK("tired", CALL_STEP("one", "tired.get")),
		PLAYBOOK("gather",
			 "{\"step\": \"read\", \"kind\": \"gather\", "
			 "\"budget\": "
			 "\"3s\", \"reads\": [{\"as\": \"a\", \"operation\": "
			 "\"lively.get\"}, {\"as\": \"b\", \"operation\": "
			 "\"tired.get\", \"optional\": true}]},"),
		PLAYBOOK("gather_slow",
			 "{\"step\": \"read\", \"kind\": \"gather\", "
			 "\"budget\": "
			 "\"3s\", \"reads\": [{\"as\": \"a\", \"operation\": "
			 "\"lively.get\"}, {\"as\": \"b\", \"operation\": "
			 "\"slow.get\", \"optional\": true}]},"),
		/* clang-format off */
	PLAYBOOK("part", CALL_STEP("one", "parts.put")),
	PLAYBOOK("reads", CALL_STEP("one", "parts.get")),
	PLAYBOOK("whole", CALL_STEP("first", "lively.get") USE("sub", "part")),
	PLAYBOOK("nest", CALL_STEP("first", "parts.put") USE("in", "whole")
		 CALL_STEP("last", "parts.put")),
	PLAYBOOK("other", USE("in", "reads") CALL_STEP("last", "parts.put")),
	{"playbooks/named.json",
	 "{\"playbook\": \"named\", \"title\": \"T\", \"index\":"
	 " {\"eventRef\": \"orderId\", \"sellerRef\": \"orderId\"},"
	 " \"steps\": [{\"step\": \"look\", \"kind\": \"gather\", \"reads\":"
	 " [{\"as\": \"a\", \"operation\": \"lively.get\"}]},"
	 CALL_STEP("one", "parts.put") END},
	{"playbooks/intake.json",
	 "{\"playbook\": \"intake\", \"title\": \"Route\", \"steps\": ["
	 "{\"step\": \"route\", \"kind\": \"choose\", \"rules\": ["
	 RULE("S", "slow") ", " RULE("P", "put") ", " RULE("R", "read") ", "
	 RULE("B", "thrifty") ", " RULE("T", "tired") ", "
	 RULE("G", "gather") ", " RULE("H", "gather_slow") ", "
	 RULE("W", "whole") ", " RULE("N", "nest") ", " RULE("O", "other") ", "
	 RULE("I", "named") ", "
	 "{\"name\": \"lively\", \"route\": \"lively\"}]}]}"},
		/* clang-format on */
		PLACE_POLICY,
};

/* ---- the network ------------------------------------------------- */

/* With what the tick has done so far. */
static int64_t within_tick_ms(void)
{
	int64_t steps = place.engine->figures.steps - sim.steps;

	return (place.now_us + steps * STEP_US) / 1000;
}

/* "http://lively/get/L12" */
static struct gone read_url(const char *url)
{
	struct gone g = {.at_ms = within_tick_ms()};
	char host[16];

	assert_int_equal(sscanf(url, "http://%15[^/]/%15[^/]/%31s", host,
				g.operation, g.order),
			 3);
	while (strcmp(peer_names[g.peer], host) != 0)
		assert_in_range(++g.peer, 0, PEERS - 1);
	return g;
}

static void leaves(struct flight *f, const struct http_request *r)
{
	struct gone g = read_url(r->url);

	assert_in_range(sim.gone_count, 0, CALLS_MAX - 1);
	sim.gone[sim.gone_count++] = g;
	if (++sim.out[g.peer] > sim.out_most[g.peer])
		sim.out_most[g.peer] = sim.out[g.peer];
	f->whose = g.peer;
	f->from_ms = g.at_ms;
	f->at_ms = g.at_ms + (sim.takes_ms[g.peer] ? sim.takes_ms[g.peer] : 10);
	if (sim.status[g.peer])
		f->status = sim.status[g.peer];
	if (sim.retry_after_ms[g.peer])
		f->retry_after_ms = sim.retry_after_ms[g.peer];
}

static void ends(const struct flight *f)
{
	sim.out[f->whose]--;
}

/* One tick, and what it costs. Returns how long the engine would sleep. */
static int64_t tick(struct engine *e)
{
	int64_t wait_ms = engine_tick(e);

	place.now_us += (e->figures.steps - sim.steps) * STEP_US;
	sim.steps = e->figures.steps;
	return wait_ms;
}

static void live(struct engine *e, int64_t ms)
{
	int64_t until = place_now_ms() + ms;
	int ticks = 0;

	while (place_now_ms() < until) {
		int64_t wait_ms = tick(e);

		place_pass(wait_ms < until - place_now_ms()
				   ? wait_ms
				   : until - place_now_ms());
		assert_in_range(++ticks, 1, 1000000);
	}
}

/* ---- the place ----------------------------------------------------------- */

static struct engine *start_again(void)
{
	place_start();
	sim.steps = 0;
	return place.engine;
}

static struct engine *begin_with(void)
{
	const struct config limits = {
		.checked_out = 200, .tick_runs = 50, .call_limit = 400};

	memset(&sim, 0, sizeof(sim));
	place_open(&limits, documents, sizeof(documents) / sizeof(*documents));
	place.leaves = leaves;
	place.ends = ends;
	return place.engine;
}

static const struct actor actor = {.name = "Ana", .role = ROLE_ADMIN};

/* urgent: quarters of an hour from the start; 0: not known. */
static void begin(const char *order, int urgent)
{
	struct problems problems = {.count = 0};
	struct intake in = {.order_id = order, .priority = -1};
	enum intake_way way;
	struct run run;

	assert_int_equal(db_begin(place.faces), OK);
	assert_int_equal(order_intake(place.faces, &place_world, &in, &actor,
				      &problems, &run, &way),
			 OK);
	if (urgent) {
		run.urgent_ms = PLACE_START_MS + urgent * HOUR / 4;
		assert_int_equal(run_update(place.faces, &run), OK);
	}
	assert_int_equal(db_commit(place.faces), OK);
}

static void begin_many(char letter, int count)
{
	char order[32];

	for (int i = 0; i < count; i++) {
		(void)snprintf(order, sizeof(order), "%c%d", letter, i);
		begin(order, 0);
	}
}

static struct run run_of(const char *order)
{
	struct run run;

	assert_int_equal(run_latest_of_order(place.faces, order, &run), OK);
	return run;
}

static void is_in(const char *order, enum run_state state)
{
	struct run run = run_of(order);

	if (run.state != state)
		fail_msg("%s is %s, not %s: %s", order,
			 run_state_name(run.state), run_state_name(state),
			 run.reason);
	assert_null(run_columns_wrong(&run));
}

static int calls_to(enum peer peer, int64_t from_ms, int64_t to_ms)
{
	int count = 0;

	for (int i = 0; i < sim.gone_count; i++) {
		const struct gone *g = &sim.gone[i];

		count += g->peer == peer && g->at_ms >= from_ms &&
			 g->at_ms < to_ms;
	}
	return count;
}

/* ---- a hundred thousand behind one ----------------------------------------
 */

/* They were there before an outage, and all their times have come. */
static void insert_backlog(int count)
{
	struct run r;

	assert_int_equal(db_begin(place.faces), OK);
	for (int i = 0; i < count; i++) {
		memset(&r, 0, sizeof(r));
		id_make("run", &place_world, r.public_id);
		(void)snprintf(r.order_id, sizeof(r.order_id), "S%d", i);
		STR_COPY(r.queue, "slow");
		r.state = RUN_BACKING_OFF;
		r.priority = 2;
		r.amount_minor = -1;
		r.due_ms = PLACE_START_MS - 1000 + i % 1000;
		r.urgent_ms = PLACE_START_MS + (1 + i * 7919LL % BACKLOG) * 600;
		r.created_ms = r.updated_ms = PLACE_START_MS - HOUR;
		STR_COPY(r.source, "test");
		assert_int_equal(run_insert(place.faces, &r), OK);
	}
	assert_int_equal(db_commit(place.faces), OK);
}

static int number(const char *order)
{
	return (int)strtol(order + 1, NULL, 10);
}

static void count_lively(int from)
{
	for (int i = from; i < sim.gone_count; i++) {
		const struct gone *g = &sim.gone[i];
		int run = number(g->order);

		if (g->peer != LIVELY_PEER || ++sim.answers_of[run] < 3)
			continue;
		sim.done++;
		sim.taken_ms += g->at_ms - PLACE_START_MS - 1000 -
				(int64_t)run * EVERY_MS;
	}
}

static size_t memory(void)
{
	return mallinfo2().uordblks;
}

/* Mean time from coming to the third call, in microseconds. */
static int64_t lively_us(struct engine *e, size_t *ret_memory)
{
	int come = 0, counted = 0;
	size_t most = 0;
	char order[32];

	live(e, 1000 - (place_now_ms() - PLACE_START_MS));
	while (sim.done < LIVELY) {
		int64_t due = PLACE_START_MS + 1000 + (int64_t)come * EVERY_MS;
		int64_t wait_ms;

		if (come < LIVELY && place_now_ms() >= due) {
			(void)snprintf(order, sizeof(order), "L%d", come++);
			begin(order, 0);
			engine_nudged(e);
			due += EVERY_MS;
		}
		wait_ms = tick(e);
		if (memory() > most)
			most = memory();
		assert_in_range(e->used_count, 0, place.config.checked_out);
		count_lively(counted);
		counted = sim.gone_count;
		if (come < LIVELY && due - place_now_ms() < wait_ms)
			wait_ms = due - place_now_ms();
		place_pass(wait_ms);
		assert_in_range(place_now_ms() - PLACE_START_MS, 0, 60000);
	}
	*ret_memory = most;
	return sim.taken_ms * 1000 / LIVELY;
}

static void a_backlog_is_felt_by_nobody_else(void **state)
{
	size_t memory_alone = 0, memory_beside = 0;
	struct engine *e = begin_with();
	int64_t alone = lively_us(e, &memory_alone), beside, from, span;

	(void)state;
	place_close();
	e = begin_with();
	insert_backlog(BACKLOG);
	beside = lively_us(e, &memory_beside);
	if (getenv("SOAK"))
		print_message("# alone %lld us, beside %lld us; memory %zu, "
			      "%zu KiB\n",
			      (long long)alone, (long long)beside,
			      memory_alone / 1024, memory_beside / 1024);
	if (beside * 100 >= alone * (100 + MORE_PERCENT))
		fail_msg("%lld us alone, %lld us beside", (long long)alone,
			 (long long)beside);
	/* As many at once, and a second, as it takes; and never idle. */
	assert_in_range(sim.out_most[SLOW], 1, 10);
	span = place_now_ms() - PLACE_START_MS;
	for (from = PLACE_START_MS; from + 1000 <= PLACE_START_MS + span;
	     from += 100)
		assert_in_range(calls_to(SLOW, from, from + 1000), 45, 61);
	/* Two hundred runs are checked out at most, whatever waits. */
	assert_in_range(memory_beside, 0, memory_alone + 8 * 1024 * 1024);
	place_close();
}

/* The rows of a backlog that stands: taken in the order of urgency. */
static void a_backlog_goes_in_the_order_of_urgency(void **state)
{
	struct engine *e = begin_with();
	int64_t before = 0;
	int first;

	(void)state;
	insert_backlog(2000);
	live(e, 5000); /* all of them are parked by then */
	first = sim.gone_count;
	live(e, 10000);
	assert_in_range(sim.gone_count - first, 450, 550);
	for (int i = first; i < sim.gone_count; i++) {
		int64_t urgent = number(sim.gone[i].order) * 7919LL % BACKLOG;

		if (urgent < before)
			fail_msg(
				"call %d at %lld: %s, %lld before %lld",
				i - first,
				(long long)(sim.gone[i].at_ms - PLACE_START_MS),
				sim.gone[i].order, (long long)urgent,
				(long long)before);
		before = urgent;
	}
	place_close();
}

/* ---- after a breaker --------------------------------------------------------
 */

static void the_most_urgent_are_the_probes(void **state)
{
	struct engine *e = begin_with();
	char order[32];
	int from, i;

	(void)state;
	sim.status[TIRED] = 500;
	begin_many('T', 5); /* they open it */
	live(e, 500);
	for (i = 5; i < 65; i++) {
		(void)snprintf(order, sizeof(order), "T%d", i);
		begin(order, 1 + (i * 37) % 61);
	}
	engine_nudged(e);
	from = sim.gone_count;
	live(e, 8000);
	/* It is left alone, and all say why and until when. */
	assert_int_equal(sim.gone_count, from);
	is_in("T20", RUN_BLOCKED);
	assert_non_null(strstr(run_of("T20").reason, "breaker is open"));
	assert_in_range(run_of("T20").due_ms, PLACE_START_MS + 9500,
			PLACE_START_MS + 11000);
	sim.status[TIRED] = 0;
	live(e, 30000);
	/* Never more than it takes, the first three alone, in order. */
	assert_in_range(sim.out_most[TIRED], 1, 5);
	for (i = from; i + 1 < from + 60; i++) {
		const struct gone *a = &sim.gone[i], *b = &sim.gone[i + 1];
		int64_t x = run_of(a->order).urgent_ms;
		int64_t y = run_of(b->order).urgent_ms;

		if (number(a->order) < 5 || number(b->order) < 5)
			continue; /* not known: a day */
		if (x > y)
			fail_msg("%s went before %s", a->order, b->order);
	}
	assert_true(sim.gone[from + 3].at_ms > sim.gone[from].at_ms);
	for (i = 0; i < 65; i++) {
		(void)snprintf(order, sizeof(order), "T%d", i);
		is_in(order, RUN_COMPLETED);
	}
	place_close();
}

/* ---- what can be done without ------------------------------------------- */

static void who_is_down_holds_nobody_up_who_can_do_without(void **state)
{
	struct engine *e = begin_with();

	(void)state;
	sim.status[TIRED] = 500;
	begin_many('T', 5); /* they open its breaker */
	live(e, 500);
	begin_many('G', 3);
	live(e, 2000);
	is_in("G0", RUN_BACKING_OFF);
	assert_non_null(strstr(run_of("G0").reason, "tired takes no calls"));
	live(e, 2000); /* the budget is over, and the breaker still open */
	is_in("G0", RUN_COMPLETED);
	is_in("G2", RUN_COMPLETED);
	place_close();
}

/* Thirty seconds' worth of calls of other runs stand before them. */
static void who_is_busy_is_asked_however_long_it_takes(void **state)
{
	struct engine *e = begin_with();
	int asked = 0, i;

	(void)state;
	insert_backlog(1500);
	live(e, 1000);
	begin_many('H', 3);
	live(e, 45000);
	for (i = 0; i < sim.gone_count; i++)
		asked +=
			sim.gone[i].peer == SLOW && sim.gone[i].order[0] == 'H';
	assert_int_equal(asked, 3);
	is_in("H0", RUN_COMPLETED);
	is_in("H2", RUN_COMPLETED);
	place_close();
}

/* ---- limits of one operation, and a share of retries
 * ------------------------- */

static void an_operation_that_is_full_holds_up_no_other(void **state)
{
	struct engine *e = begin_with();
	int64_t steps;

	(void)state;
	sim.takes_ms[PARTS] = 1000;
	begin_many('P', 40);
	engine_nudged(e);
	live(e, 100);
	is_in("P9", RUN_BLOCKED);
	assert_string_equal(run_of("P9").queue, "parts.put");
	assert_non_null(strstr(run_of("P9").reason, "parts.put: as many"));
	begin_many('R', 10);
	engine_nudged(e);
	steps = e->figures.steps;
	live(e, 1100);
	for (int i = 0; i < 10; i++) {
		char order[32];

		(void)snprintf(order, sizeof(order), "R%d", i);
		is_in(order, RUN_COMPLETED);
	}
	/* Nobody goes round in circles meanwhile. */
	assert_in_range(e->figures.steps - steps, 20, 60);
	live(e, 25000);
	is_in("P39", RUN_COMPLETED);
	assert_in_range(sim.out_most[PARTS], 1, 12);
	place_close();
}

static void retries_wait_for_their_share(void **state)
{
	struct engine *e = begin_with();
	struct run run = {.id = 0};
	int first = 0, again = 0, waiting = 0;
	char order[32];

	(void)state;
	sim.status[THRIFTY] = 503;
	begin_many('B', 100);
	engine_nudged(e);
	live(e, 9000);
	for (int i = 0; i < sim.gone_count; i++)
		sim.gone[i].at_ms < PLACE_START_MS + 1000 ? first++ : again++;
	/* Ten per cent of a hundred and some. */
	assert_in_range(first, 100, 112);
	assert_in_range(first + again, 105, 112);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(order, sizeof(order), "B%d", i);
		run = run_of(order);
		assert_int_equal(run.state, RUN_BACKING_OFF);
		assert_null(run_columns_wrong(&run));
		if (!strstr(run.reason, "waits for its share"))
			continue;
		waiting++;
		assert_string_equal(run.queue, "thrifty!");
		assert_true(run.due_ms > place_now_ms() - 10000);
	}
	assert_in_range(waiting, 85, 100);
	/* Nothing is lost: when it is well again, all of them come through, at
	 * the pace of their share. */
	sim.status[THRIFTY] = 0;
	live(e, 300000);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(order, sizeof(order), "B%d", i);
		is_in(order, RUN_COMPLETED);
	}
	place_close();
}

/* Fifty are told to wait; nobody else asks meanwhile. */
static void a_pause_that_is_asked_for_is_kept_by_all(void **state)
{
	struct engine *e = begin_with();
	int64_t asked;
	int gone;

	(void)state;
	sim.status[THRIFTY] = 429;
	sim.retry_after_ms[THRIFTY] = 20000;
	begin_many('B', 5);
	engine_nudged(e);
	live(e, 50);
	sim.status[THRIFTY] = 0;
	asked = place_now_ms();
	gone = sim.gone_count;
	for (int i = 5; i < 30; i++) {
		char order[32];

		(void)snprintf(order, sizeof(order), "B%d", i);
		begin(order, 0);
	}
	engine_nudged(e);
	live(e, 19000);
	assert_int_equal(sim.gone_count, gone);
	is_in("B20", RUN_BLOCKED);
	assert_non_null(strstr(run_of("B20").reason, "asked for a pause"));
	assert_in_range(run_of("B20").due_ms, asked + 19000, asked + 20001);
	live(e, 40000);
	is_in("B20", RUN_COMPLETED);
	is_in("B2", RUN_COMPLETED);
	place_close();
}

/* ---- stops
 * ------------------------------------------------------------------- */

static struct control stop(enum control_kind kind, const char *name,
			   int64_t for_ms)
{
	struct control_request q = {.kind = kind,
				    .name = name,
				    .reason = "wrong texts",
				    .expires_ms = place_now_ms() + for_ms};
	struct problems p = {.count = 0};
	struct control c;

	assert_int_equal(db_begin(place.faces), OK);
	if (control_pull(place.faces, &place_world, &q, &actor, &p, &c) != OK)
		fail_msg("%s", p.item[0].detail);
	assert_int_equal(db_commit(place.faces), OK);
	return c;
}

static void lift(const struct control *c)
{
	struct problems p = {.count = 0};
	struct control after;

	assert_int_equal(db_begin(place.faces), OK);
	assert_int_equal(control_release(place.faces, &place_world, c, "fine",
					 &actor, &p, &after),
			 OK);
	assert_int_equal(db_commit(place.faces), OK);
}

/* Who has misspelt it learns so, and believes nothing to be stopped. */
static void what_no_run_would_match_is_refused(void **state)
{
	static const char *const names[] = {"put@01", "put@1x", "put@",
					    "put@ 1", "put@2"};
	struct control c;

	(void)state;
	(void)begin_with();
	c = stop(CONTROL_PLAYBOOK, "put@1", HOUR);
	lift(&c);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct control_request q = {.kind = CONTROL_PLAYBOOK,
					    .name = names[i],
					    .reason = "wrong texts",
					    .expires_ms =
						    place_now_ms() + HOUR};
		struct problems p = {.count = 0};

		assert_int_equal(db_begin(place.faces), OK);
		assert_int_equal(control_pull(place.faces, &place_world, &q,
					      &actor, &p, &c),
				 ERR_NOT_FOUND);
		db_rollback(place.faces);
	}
	place_close();
}

static int system_entries(const char *kind)
{
	struct audit_entry *entries;
	struct arena a;
	int count = 0, found = 0;

	arena_init(&a);
	assert_int_equal(
		audit_list(place.faces, 0, 0, 1000, &a, &entries, &count), OK);
	for (int i = 0; i < count; i++)
		found += strcmp(entries[i].kind, kind) == 0;
	arena_release(&a);
	return found;
}

static void what_is_paused_does_not_leave(void **state)
{
	struct engine *e = begin_with();
	struct control c;
	int gone;

	(void)state;
	live(e, 100);
	c = stop(CONTROL_ADAPTER, "parts", 60000);
	begin_many('R', 5);
	live(e, 5000);
	assert_int_equal(sim.gone_count, 0);
	is_in("R3", RUN_BLOCKED);
	assert_non_null(strstr(run_of("R3").reason,
			       "adapter parts is stopped by Ana until "));
	assert_non_null(strstr(run_of("R3").reason, "wrong texts"));
	assert_int_equal(run_of("R3").due_ms, c.expires_ms);
	/* Also not after a restart. */
	place_stop();
	e = start_again();
	live(e, 5000);
	assert_int_equal(sim.gone_count, 0);
	/* One may try. */
	(void)stop(CONTROL_PROBE, "parts", 0);
	live(e, 2000);
	assert_int_equal(sim.gone_count, 1);
	lift(&c);
	live(e, 1000);
	is_in("R3", RUN_COMPLETED);
	/* The next one ends by itself, on record. */
	gone = sim.gone_count;
	c = stop(CONTROL_ACTION, "parts.put", 3000);
	begin("P1", 0);
	begin("R9", 0);
	live(e, 2500);
	is_in("R9", RUN_COMPLETED);
	is_in("P1", RUN_BLOCKED);
	assert_int_equal(sim.gone_count, gone + 1);
	live(e, 2000);
	is_in("P1", RUN_COMPLETED);
	assert_int_equal(system_entries("CONTROL_PULLED"), 3);
	assert_int_equal(system_entries("CONTROL_LIFTED"), 3);
	assert_int_equal(e->stop_count, 0);
	place_close();
}

/* In a run's own row stands whose it is. */
static void belongs_to(const char *order, const char *event, const char *seller)
{
	struct run run = run_of(order);

	STR_COPY(run.event_ref, event);
	STR_COPY(run.seller_ref, seller);
	assert_int_equal(db_begin(place.faces), OK);
	assert_int_equal(run_update(place.faces, &run), OK);
	assert_int_equal(db_commit(place.faces), OK);
}

static void effects_of_a_stopped_one_do_not_leave(void **state)
{
	struct engine *e = begin_with();
	struct control seller, event, playbook;
	char order[32];

	(void)state;
	live(e, 100);
	seller = stop(CONTROL_SELLER, "SELLER-7", HOUR);
	event = stop(CONTROL_EVENT, "EVENT-7", HOUR);
	begin("P1", 0);
	begin("P2", 0);
	begin("P3", 0);
	begin("R1", 0);
	belongs_to("P1", "EVENT-1", "SELLER-7");
	belongs_to("P2", "EVENT-7", "SELLER-1");
	belongs_to("R1", "EVENT-7", "SELLER-7");
	live(e, 2000);
	is_in("P1", RUN_BLOCKED);
	assert_non_null(strstr(run_of("P1").reason, "seller SELLER-7"));
	is_in("P2", RUN_BLOCKED);
	assert_non_null(strstr(run_of("P2").reason, "event EVENT-7"));
	is_in("P3", RUN_COMPLETED);
	is_in("R1", RUN_COMPLETED); /* it only reads */
	lift(&seller);
	live(e, 1000);
	is_in("P1", RUN_COMPLETED);
	is_in("P2", RUN_BLOCKED);
	/* Also what was stopped by an engine before is let go. */
	place_stop();
	lift(&event);
	e = start_again();
	live(e, 1000);
	is_in("P2", RUN_COMPLETED);
	playbook = stop(CONTROL_PLAYBOOK, "put@1", HOUR);
	begin("P4", 0);
	live(e, 1000);
	is_in("P4", RUN_BLOCKED);
	assert_non_null(strstr(run_of("P4").reason, "playbook put@1"));
	lift(&playbook);
	live(e, 1000);
	is_in("P4", RUN_COMPLETED);
	assert_int_equal(sim.gone_count, 5);
	/* What nobody waits for any more is not asked after for ever. */
	for (int i = 0; i < 20; i++) {
		playbook = stop(CONTROL_PLAYBOOK, "put@1", HOUR);
		(void)snprintf(order, sizeof(order), "P%d", 10 + i);
		begin(order, 0);
		live(e, 200);
		is_in(order, RUN_BLOCKED);
		lift(&playbook);
		live(e, 200);
		is_in(order, RUN_COMPLETED);
	}
	assert_in_range(e->queue_count, 1, 2 + PEERS + 1);
	place_close();
}

static int puts_of(const char *order)
{
	int count = 0;

	for (int i = 0; i < sim.gone_count; i++)
		count += strcmp(sim.gone[i].order, order) == 0 &&
			 strcmp(sim.gone[i].operation, "put") == 0;
	return count;
}

static void stopped_by(const char *order, const char *why)
{
	struct run run = run_of(order);

	is_in(order, RUN_BLOCKED);
	if (!strstr(run.reason, why))
		fail_msg("%s: %s", order, run.reason);
}

/* Its steps stand in others since these were stored. */
static void a_stopped_part_stops_in_what_uses_it(void **state)
{
	struct engine *e = begin_with();
	struct control part;

	(void)state;
	live(e, 100);
	part = stop(CONTROL_PLAYBOOK, "part", HOUR);
	begin("W1", 0);
	begin("N1", 0);
	begin("P1", 0);
	live(e, 2000);
	stopped_by("W1", "playbook part is stopped by Ana until ");
	stopped_by("W1", "wrong texts");
	assert_int_equal(run_of("W1").due_ms, part.expires_ms);
	/* However deep, and what stands before it went. */
	stopped_by("N1", "playbook part");
	assert_int_equal(puts_of("N1"), 1);
	is_in("P1", RUN_COMPLETED);
	lift(&part);
	live(e, 1000);
	is_in("W1", RUN_COMPLETED);
	is_in("N1", RUN_COMPLETED);
	assert_int_equal(puts_of("N1"), 3);
	/* Also by its version, and by the one in between. */
	part = stop(CONTROL_PLAYBOOK, "part@1", HOUR);
	begin("W2", 0);
	live(e, 1000);
	stopped_by("W2", "playbook part@1");
	lift(&part);
	part = stop(CONTROL_PLAYBOOK, "whole@1", HOUR);
	begin("N2", 0);
	live(e, 1000);
	is_in("W2", RUN_BLOCKED); /* it is one of whole itself */
	stopped_by("N2", "playbook whole@1");
	lift(&part);
	live(e, 1000);
	is_in("W2", RUN_COMPLETED);
	/* One that only reads stops nothing, and nothing behind it. */
	part = stop(CONTROL_PLAYBOOK, "reads", HOUR);
	begin("O1", 0);
	live(e, 1000);
	is_in("O1", RUN_COMPLETED);
	place_close();
}

/* As a playbook's index names them, from the case file. */
static void a_stop_finds_its_event_and_seller(void **state)
{
	struct engine *e = begin_with();
	struct control event, seller;

	(void)state;
	live(e, 100);
	event = stop(CONTROL_EVENT, "I1", HOUR);
	seller = stop(CONTROL_SELLER, "I2", HOUR);
	begin("I1", 0);
	begin("I2", 0);
	begin("I3", 0);
	live(e, 1000);
	stopped_by("I1", "event I1 is stopped by Ana until ");
	stopped_by("I2", "seller I2 is stopped by Ana until ");
	is_in("I3", RUN_COMPLETED);
	assert_int_equal(puts_of("I1") + puts_of("I2"), 0);
	lift(&event);
	lift(&seller);
	live(e, 1000);
	is_in("I1", RUN_COMPLETED);
	is_in("I2", RUN_COMPLETED);
	place_close();
}

/* As many as can be in force, and each with a run that waits: some find no
 * queue, and nobody calls them when their stop is lifted. */
static void who_finds_no_queue_looks_again(void **state)
{
	struct engine *e = begin_with();
	struct control stops[CONTROLS_MAX];
	char order[32];
	int alone = -1;

	(void)state;
	live(e, 100);
	for (int i = 0; i < CONTROLS_MAX; i++) {
		(void)snprintf(order, sizeof(order), "I%d", i);
		stops[i] = stop(CONTROL_SELLER, order, HOUR);
		begin(order, 0);
	}
	engine_nudged(e);
	live(e, 20000);
	assert_int_equal(e->queue_count, QUEUES_MAX);
	for (int i = 0; i < CONTROLS_MAX; i++) {
		(void)snprintf(order, sizeof(order), "I%d", i);
		stopped_by(order, "seller I");
		if (run_of(order).queue[0] != '#')
			alone = i;
	}
	assert_in_range(alone, 0, CONTROLS_MAX - 1);
	lift(&stops[alone]);
	live(e, 61000);
	(void)snprintf(order, sizeof(order), "I%d", alone);
	is_in(order, RUN_COMPLETED);
	place_close();
}

/* ---- what is seen
 * -------------------------------------------------------------- */

static int states_written(struct engine *e, int64_t ms)
{
	struct adapter_state *states = NULL;
	struct arena a;
	int64_t until = place_now_ms() + ms, at_ms = 0;
	int count, written = 0;

	arena_init(&a);
	while (place_now_ms() < until) {
		/* Slower and slower. */
		sim.takes_ms[SLOW] =
			10 + (place_now_ms() - PLACE_START_MS) / 100;
		live(e, 100);
		count = 0;
		assert_int_equal(
			adapter_state_list(place.faces, &a, &states, &count),
			OK);
		for (int i = 0; i < count; i++) {
			if (strcmp(states[i].adapter, "slow") != 0 ||
			    states[i].at_ms == at_ms)
				continue;
			at_ms = states[i].at_ms;
			written++;
		}
	}
	arena_release(&a);
	return written;
}

static void it_is_written_when_it_changed(void **state)
{
	struct engine *e = begin_with();
	struct adapter_state *states = NULL;
	struct arena a;
	int count = 0;

	(void)state;
	begin_many('S', 200);
	engine_nudged(e);
	/* Once a second at most, while it works; then never again. */
	assert_in_range(states_written(e, 4000), 3, 5);
	live(e, 3000);
	assert_in_range(states_written(e, 10000), 0, 1);
	arena_init(&a);
	assert_int_equal(adapter_state_list(place.faces, &a, &states, &count),
			 OK);
	assert_int_equal(count, 1);
	assert_non_null(strstr(states[0].body, "\"state\":\"HEALTHY\""));
	assert_non_null(strstr(states[0].body, "\"success\":1"));
	assert_non_null(strstr(states[0].body, "\"inFlight\":0"));
	arena_release(&a);
	place_close();
}

/* ---- many at once
 * ------------------------------------------------------------------- */

/* No item more than was asked for, also when it goes on for long. */
static void a_bulk_goes_at_its_pace(void **state)
{
	struct engine *e = begin_with();
	cJSON *filter = cJSON_CreateObject();
	struct bulk_request q = {.operation = "priority",
				 .filter = filter,
				 .reason = "for a test",
				 .rate = 10,
				 .priority = 1};
	struct problems p = {.count = 0};
	struct bulk b;
	struct arena a;
	int64_t waited;

	(void)state;
	arena_init(&a);
	begin_many('S', 300);
	json_set_string(filter, "prefix", "S");
	assert_int_equal(bulk_find(place.faces, &place_world, &q, &a, &p), OK);
	assert_int_equal(db_begin(place.faces), OK);
	assert_int_equal(
		bulk_make(place.faces, &place_world, &q, &actor, &a, &p, &b),
		OK);
	assert_int_equal(db_commit(place.faces), OK);
	assert_int_equal(b.waiting, 300);
	engine_nudged(e);
	live(e, 10000);
	assert_int_equal(bulk_by_public_id(place.faces, b.public_id, &a, &b),
			 OK);
	assert_in_range(300 - b.waiting, 90, 102);
	/* After a rest a second's worth at once, and then as before. */
	waited = b.waiting;
	place.now_us += 60 * INT64_C(1000000);
	live(e, 5000);
	assert_int_equal(bulk_by_public_id(place.faces, b.public_id, &a, &b),
			 OK);
	assert_in_range(waited - b.waiting, 45, 63);
	cJSON_Delete(filter);
	arena_release(&a);
	place_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_backlog_is_felt_by_nobody_else),
		cmocka_unit_test(a_backlog_goes_in_the_order_of_urgency),
		cmocka_unit_test(the_most_urgent_are_the_probes),
		cmocka_unit_test(
			who_is_down_holds_nobody_up_who_can_do_without),
		cmocka_unit_test(who_is_busy_is_asked_however_long_it_takes),
		cmocka_unit_test(an_operation_that_is_full_holds_up_no_other),
		cmocka_unit_test(retries_wait_for_their_share),
		cmocka_unit_test(a_pause_that_is_asked_for_is_kept_by_all),
		cmocka_unit_test(what_no_run_would_match_is_refused),
		cmocka_unit_test(what_is_paused_does_not_leave),
		cmocka_unit_test(effects_of_a_stopped_one_do_not_leave),
		cmocka_unit_test(a_stopped_part_stops_in_what_uses_it),
		cmocka_unit_test(a_stop_finds_its_event_and_seller),
		cmocka_unit_test(who_finds_no_queue_looks_again),
		cmocka_unit_test(it_is_written_when_it_changed),
		cmocka_unit_test(a_bulk_goes_at_its_pace),
	};

	json_init();
	log_init("pace", LOG_ERROR);
	return RUN(tests);
}

/*
 * The real engine and the real network among hostile peers (zoo.h): every
 * behaviour, under every way of declaring an operation, leads to the class that
 * is declared, to the next step that follows from it, and to no second effect.
 *
 * All runs go at once, in one engine; then each test looks at its part.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/strbuf.h"
#include "engine/flow/audit.h"
#include "engine/store/call_store.h"
#include "engine/store/run_store.h"
#include "zoo.h"

#define MEMORY_MORE_KIB (40L * 1024)
#define TIME_MORE_MS 3000 /* beyond a time-out, on such a machine */
#define LEADS_MAX 8000

static struct zoo_day day;
static struct arena arena;
static struct strbuf wrong; /* what a test found */
static const char *const outcome_names[] = {"done", "held", "asks", "waits"};

/* ---- looking ------------------------------------------------------------ */

/* What became of one run. */
struct seen {
	struct run run;
	int answers; /* of the call itself, of the lookup */
	int lookups;
	char class[16]; /* of the first answer */
	char error[REASON_SIZE];
};

static void look_at(const char *order, struct seen *s)
{
	struct audit_entry *entry;
	int count;

	memset(s, 0, sizeof(*s));
	assert_int_equal(run_latest_of_order(day.faces, order, &s->run), OK);
	assert_int_equal(audit_list(day.faces, s->run.id, 0, 500, &arena,
				    &entry, &count),
			 OK);
	for (int i = 0; i < count; i++) {
		cJSON *data;

		if (strcmp(entry[i].kind, audit_kind_name(AUDIT_CALL_RESULT)))
			continue;
		data = cJSON_Parse(entry[i].data);
		if (strcmp(json_string(data, "operation", ""), "find") == 0) {
			s->lookups++;
		} else if (s->answers++ == 0) {
			STR_COPY(s->class, json_string(data, "class", ""));
			STR_COPY(s->error, json_string(data, "error", ""));
		}
		if (s->lookups == 1 && s->run.order_id[0] == 'H')
			STR_COPY(s->error, json_string(data, "error", ""));
		cJSON_Delete(data);
	}
}

static enum outcome outcome_of(const struct run *r)
{
	switch (r->state) {
	case RUN_COMPLETED:
		return DONE_WELL;
	case RUN_HELD:
		return GAVE_UP;
	case RUN_WAITING_TASK:
		return ASKED;
	case RUN_READY:
	case RUN_RUNNING:
	case RUN_BACKING_OFF:
	case RUN_BLOCKED:
	case RUN_WAITING_SIGNAL:
	case RUN_PAUSED:
	case RUN_CANCELING:
	case RUN_FAILED:
	case RUN_CANCELED:
	case RUN_TIMED_OUT:
	case RUN_STATE_COUNT:
		break;
	}
	return WAITS;
}

static void expect(const char *order, const char *what, int64_t is,
		   int64_t expected)
{
	if (is != expected)
		strbuf_printf(&wrong, "%s: %s is %lld, not %lld\n", order, what,
			      (long long)is, (long long)expected);
}

static void report(void)
{
	bool good = wrong.length == 0;

	/* cmocka's own messages are short. */
	(void)fputs(strbuf_text(&wrong), stderr);
	strbuf_clear(&wrong);
	arena_reset(&arena);
	assert_true(good);
}

static void expect_class(const struct seen *s, enum enclosure e,
			 const struct animal *a)
{
	const char *class = call_class_name(class_of(e, a));
	const char *order = s->run.order_id;

	if (strcmp(s->class, class) != 0)
		strbuf_printf(&wrong, "%s: %s, not %s (%.100s)\n", order,
			      s->class, class, s->error);
	if (!strstr(s->error, a->error))
		strbuf_printf(&wrong, "%s: \"%.100s\" is no %s\n", order,
			      s->error, a->error);
}

static void expect_run(const struct seen *s, struct lead lead)
{
	enum outcome outcome = outcome_of(&s->run);

	if (outcome != lead.outcome)
		strbuf_printf(&wrong, "%s: %s, not %s (%s: %.100s)\n",
			      s->run.order_id, outcome_names[outcome],
			      outcome_names[lead.outcome],
			      run_state_name(s->run.state), s->run.reason);
	if (lead.outcome == WAITS &&
	    (s->run.due_ms - s->run.updated_ms > ZOO_RETRY_AFTER_MOST_MS ||
	     s->run.due_ms - s->run.updated_ms <
		     ZOO_RETRY_AFTER_MOST_MS - 1000))
		strbuf_printf(&wrong, "%s: waits %lld ms\n", s->run.order_id,
			      (long long)(s->run.due_ms - s->run.updated_ms));
}

/* A read whose kept connection died is sent again by curl, and may be. */
static void expect_reads(const char *order, const char *what, int is,
			 int expected)
{
	if (is < expected || (expected == 0 && is > 0))
		expect(order, what, is, expected);
}

static void expect_ledger(const struct seen *s, enum enclosure e, int animal)
{
	const struct zoo_cell *cell = &day.ledger->cell[e][animal];
	const char *order = s->run.order_id;
	int attempts = lead_of(e, &animals[animal]).attempts;

	expect(order, "effects", cell->effects,
	       effects_of(e, &animals[animal]));
	expect(order, "requests", cell->requests, e == READ ? 0 : attempts);
	expect_reads(order, "reads", cell->reads, e == READ ? attempts : 0);
	expect(order, "answers", s->answers, attempts);
	expect(order, "other keys", cell->foreign, 0);
	expect(order, "no key", cell->headless, 0);
	expect(order, "effects on a used connection", cell->reused, 0);
	expect(order, "redirects followed", cell->followed, 0);
}

static void watch(enum enclosure e)
{
	char order[ORDER_ID_SIZE];
	struct seen s;

	for (int i = 0; i < animal_count; i++) {
		if (!lives_in(e, &animals[i]))
			continue;
		order_of(e, i, order);
		look_at(order, &s);
		expect_class(&s, e, &animals[i]);
		expect_run(&s, lead_of(e, &animals[i]));
		expect_ledger(&s, e, i);
		expect(order, "lookups", s.lookups, lookups_of(e, &animals[i]));
		expect_reads(order, "lookups that came",
			     day.ledger->cell[e][i].lookups,
			     lookups_of(e, &animals[i]));
	}
	report();
}

#define WATCH(name, enclosure)                                                 \
	static void name(void **state)                                         \
	{                                                                      \
		(void)state;                                                   \
		watch(enclosure);                                              \
	}
WATCH(keyed_operations, KEYED)
WATCH(keyed_operations_whose_peer_recovers, ONCE)
WATCH(operations_with_a_lookup, LOOKUP)
WATCH(operations_with_neither, NEITHER)
WATCH(reads, READ)
WATCH(keys_that_are_forgotten, FORGETS)
WATCH(lookups, HUNTED)

/* ---- peers that nobody can speak to ------------------------------------- */

static void expect_place(enum place p, enum enclosure e, const char *classes,
			 bool may_retry)
{
	char order[ORDER_ID_SIZE];
	enum outcome outcome;
	struct seen s;

	(void)snprintf(order, sizeof(order), "%c%s.x", ENCLOSURE_LETTERS[e],
		       place_names[p]);
	look_at(order, &s);
	outcome = outcome_of(&s.run);
	if (!s.class[0] || !strstr(classes, s.class))
		strbuf_printf(&wrong, "%s: %s, not %s\n", order, s.class,
			      classes);
	if (!may_retry && strcmp(s.class, "UNKNOWN") == 0)
		expect(order, "attempts", s.answers, 1);
	if (outcome != GAVE_UP && outcome != ASKED)
		strbuf_printf(&wrong, "%s: %s\n", order,
			      outcome_names[outcome]);
	if (strcmp(classes, "RETRYABLE") == 0) {
		expect(order, "held", outcome == GAVE_UP, true);
		expect(order, "attempts", s.answers, ZOO_ATTEMPTS);
	}
	if (strcmp(classes, "UNKNOWN") == 0)
		expect(order, "asks", outcome == ASKED, true);
}

static void peers_that_nobody_can_speak_to(void **state)
{
	static const char *const classes[PLACES] = {
		[CLOSED_PORT] = "RETRYABLE",
		[BLACK_HOLE] = "RETRYABLE",
		[NO_NAME] = "RETRYABLE",
		/* by the moment of the reset; never an answer */
		[RESETS_AT_ONCE] = "UNKNOWN or RETRYABLE",
		[HANGS_UP_AT_ONCE] = "UNKNOWN",
		[SPEAKS_FIRST] = "UNKNOWN",
	};

	(void)state;
	for (int i = 0; i < PLACES; i++) {
		expect_place((enum place)i, NEITHER, classes[i], false);
		expect_place((enum place)i, KEYED, classes[i], true);
	}
	report();
}

/* One curl_easy_perform on a connection that dies makes two effects. */
static void a_dying_connection_is_no_second_effect(void **state)
{
	struct seen s;

	(void)state;
	look_at("T0.dies_when_reused", &s);
	expect("T0", "reads", day.ledger->reread.reads, 1);
	expect("T0", "requests", day.ledger->reread.requests, 1);
	expect("T0", "effects", day.ledger->reread.effects, 1);
	expect("T0", "done", outcome_of(&s.run), DONE_WELL);
	report();
}

/* ---- the zoo as a whole ---------------------------------------------------
 */

static void every_animal_was_met(void **state)
{
	(void)state;
	for (int i = 0; i < animal_count; i++) {
		int met = 0;

		for (int e = 0; e < ENCLOSURES; e++)
			met += day.ledger->cell[e][i].requests +
			       day.ledger->cell[e][i].reads;
		if (met < ENCLOSURES - 1)
			strbuf_printf(&wrong, "%s: %d times\n", animals[i].name,
				      met);
	}
	expect("resets_at_once", "met", day.ledger->resets > 0, true);
	expect("hangs_up_at_once", "met", day.ledger->hangs_up > 0, true);
	expect("speaks_first", "met", day.ledger->greets > 0, true);
	expect("strangers", "requests", day.ledger->stray.requests, 0);
	assert_true(animal_count + PLACES >= 40);
	report();
}

/* By the table itself: a peer that does it and says that it has not cannot be
 * in it, for then nothing helps. */
static void the_table_holds(void **state)
{
	(void)state;
	for (int i = 0; i < animal_count; i++) {
		const struct animal *a = &animals[i];

		if (a->truth != UNDONE && (a->class == CLASS_RETRYABLE ||
					   a->class == CLASS_THROTTLED ||
					   a->class == CLASS_PERMANENT))
			strbuf_printf(&wrong, "%s lies\n", a->name);
		for (int j = 0; j < i; j++)
			expect(a->name, "twice",
			       strcmp(a->name, animals[j].name) == 0, false);
	}
	report();
}

static void no_call_outlives_its_time(void **state)
{
	char order[ORDER_ID_SIZE];
	struct call *call;
	struct run r;
	int count;

	(void)state;
	for (int e = 0; e < ENCLOSURES; e++)
		for (int i = 0; i < animal_count; i++) {
			if (!lives_in((enum enclosure)e, &animals[i]))
				continue;
			order_of((enum enclosure)e, i, order);
			assert_int_equal(
				run_latest_of_order(day.faces, order, &r), OK);
			assert_int_equal(call_of_run(day.faces, r.id, 50,
						     &arena, &call, &count),
					 OK);
			for (int c = 0; c < count; c++)
				if (call[c].duration_ms >
				    ZOO_TIMEOUT_MS + TIME_MORE_MS)
					expect(order, "duration",
					       call[c].duration_ms, 0);
			arena_reset(&arena);
		}
	report();
}

/* Of a tool's memory nothing is said. */
static bool watched(void)
{
	const char *preloaded = getenv("LD_PRELOAD");
#ifdef __SANITIZE_ADDRESS__
	return true;
#endif
	return preloaded && strstr(preloaded, "vgpreload");
}

static void memory_stays_bounded(void **state)
{
	(void)state;
	if (watched())
		skip();
	if (getenv("SOAK"))
		print_message("# %ld KiB, then %ld KiB at most\n",
			      day.memory_before, day.memory_after);
	expect("memory", "KiB more",
	       day.memory_after - day.memory_before > MEMORY_MORE_KIB
		       ? day.memory_after - day.memory_before
		       : 0,
	       0);
	report();
}

static int open_zoo(void **state)
{
	(void)state;
	arena_init(&arena);
	strbuf_init(&wrong, LEADS_MAX);
	zoo_day_begin(&day);
	return 0;
}

static int close_zoo(void **state)
{
	(void)state;
	zoo_day_end(&day);
	arena_release(&arena);
	strbuf_release(&wrong);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_holds),
		cmocka_unit_test(every_animal_was_met),
		cmocka_unit_test(keyed_operations),
		cmocka_unit_test(keyed_operations_whose_peer_recovers),
		cmocka_unit_test(operations_with_a_lookup),
		cmocka_unit_test(operations_with_neither),
		cmocka_unit_test(reads),
		cmocka_unit_test(keys_that_are_forgotten),
		cmocka_unit_test(lookups),
		cmocka_unit_test(peers_that_nobody_can_speak_to),
		cmocka_unit_test(a_dying_connection_is_no_second_effect),
		cmocka_unit_test(no_call_outlives_its_time),
		cmocka_unit_test(memory_stays_bounded),
	};

	json_init();
	log_init("zoo", LOG_ERROR);
	return cmocka_run_group_tests(tests, open_zoo, close_zoo);
}

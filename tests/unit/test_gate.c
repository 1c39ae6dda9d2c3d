/* The gate, on a clock of the test's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/adapters/gate.h"
#include "../../engine/base/json.h"
#include "../../engine/flow/catalog.h"
#include "../test.h"

#define OPEN_MS 1000

static struct adapter adapter;
static struct gates gates;
static struct gate_call call; /* who asks */
static int64_t now;

static int setup(void **state)
{
	(void)state;
	memset(&gates, 0, sizeof(gates));
	memset(&adapter, 0, sizeof(adapter));
	(void)snprintf(adapter.name, sizeof(adapter.name), "transfer");
	adapter.concurrency = 100;
	adapter.breaker_failures = 3;
	adapter.breaker_window = 10;
	adapter.breaker_ratio = 0.5;
	adapter.breaker_open_ms = OPEN_MS;
	call = (struct gate_call){.adapter = &adapter};
	now = 1000000;
	return 0;
}

static enum gate_verdict take(int64_t *ret_wait_ms)
{
	return gate_take(&gates, &call, now, ret_wait_ms);
}

static void take_is(enum gate_verdict verdict, int64_t wait_ms)
{
	int64_t wait = -1;

	assert_int_equal(take(&wait), verdict);
	assert_int_equal(wait, wait_ms);
}

static void answer(enum call_class class)
{
	gate_answer(&gates, &call, class, 0, now);
}

static void exchange(enum call_class class)
{
	take_is(GATE_GO, 0);
	answer(class);
}

static int room(void)
{
	int64_t wait;

	return gate_room(&gates, &call, now, &wait);
}

static void no_more_at_once_than_allowed(void **state)
{
	(void)state;
	adapter.concurrency = 2;
	assert_int_equal(room(), 2);
	take_is(GATE_GO, 0);
	assert_int_equal(room(), 1);
	take_is(GATE_GO, 0);
	assert_int_equal(room(), 0);
	take_is(GATE_FULL, 0);
	answer(CLASS_OK);
	assert_int_equal(room(), 1);
	take_is(GATE_GO, 0);
	take_is(GATE_FULL, 0);
	/* A new declaration with a lower limit keeps the count. */
	adapter.concurrency = 1;
	assert_int_equal(room(), 0);
	answer(CLASS_OK);
	take_is(GATE_FULL, 0);
	answer(CLASS_OK);
	take_is(GATE_GO, 0);
}

static void no_more_a_second_than_allowed(void **state)
{
	(void)state;
	adapter.rate_per_second = 10;
	adapter.rate_burst = 3;
	assert_int_equal(room(), 3);
	for (int i = 0; i < 3; i++)
		exchange(CLASS_OK);
	assert_int_equal(room(), 0);
	take_is(GATE_RATE, 100);
	now += 99;
	take_is(GATE_RATE, 1);
	now += 1;
	assert_int_equal(room(), 1);
	exchange(CLASS_OK);
	take_is(GATE_RATE, 100);
	/* A long pause gives the burst, no more. */
	now += 3600 * 1000;
	assert_int_equal(room(), 3);
	for (int i = 0; i < 3; i++)
		exchange(CLASS_OK);
	take_is(GATE_RATE, 100);
	/* A clock that stands or steps back gives nothing. */
	now -= 5000;
	take_is(GATE_RATE, 100);
}

/* Over ten seconds of asking every millisecond. */
static void the_rate_holds_over_time(void **state)
{
	int64_t wait;
	int count = 0;

	(void)state;
	adapter.rate_per_second = 7;
	adapter.rate_burst = 1;
	for (int i = 0; i < 10000; i++, now++) {
		if (take(&wait) == GATE_GO) {
			count++;
			answer(CLASS_OK);
		}
	}
	assert_in_range(count, 70, 71);
}

static void a_refused_call_costs_no_token(void **state)
{
	(void)state;
	adapter.rate_per_second = 1;
	adapter.rate_burst = 2;
	adapter.concurrency = 1;
	take_is(GATE_GO, 0);
	for (int i = 0; i < 5; i++)
		take_is(GATE_FULL, 0);
	answer(CLASS_OK);
	take_is(GATE_GO, 0);
}

static void failures_in_a_row_open_it(void **state)
{
	static const enum call_class failures[] = {
		CLASS_RETRYABLE, CLASS_UNKNOWN, CLASS_THROTTLED};

	(void)state;
	for (int i = 0; i < 3; i++) {
		(void)setup(NULL);
		exchange(failures[i]);
		exchange(failures[i]);
		/* Life in between starts the count again. */
		exchange(CLASS_PERMANENT);
		exchange(failures[i]);
		exchange(failures[i]);
		assert_true(room() > 0);
		exchange(failures[i]);
		assert_int_equal(room(), 0);
		take_is(GATE_OPEN, OPEN_MS);
		now += OPEN_MS - 1;
		take_is(GATE_OPEN, 1);
	}
}

static void half_of_a_full_window_opens_it(void **state)
{
	(void)state;
	adapter.breaker_failures = 1000;
	/* Half of nine is no window yet. */
	for (int i = 0; i < 9; i++)
		exchange(i % 2 ? CLASS_OK : CLASS_RETRYABLE);
	assert_true(room() > 0);
	exchange(CLASS_OK);
	take_is(GATE_OPEN, OPEN_MS);
}

static void fewer_than_half_leave_it_closed(void **state)
{
	(void)state;
	adapter.breaker_failures = 1000;
	/* Four of any ten in a row, for long. */
	for (int i = 0; i < 1000; i++)
		exchange(i % 10 < 4 ? CLASS_RETRYABLE : CLASS_OK);
	assert_true(room() > 0);
	/* The window forgets: five of the last ten now. */
	exchange(CLASS_RETRYABLE);
	exchange(CLASS_RETRYABLE);
	exchange(CLASS_RETRYABLE);
	exchange(CLASS_RETRYABLE);
	assert_true(room() > 0);
	exchange(CLASS_RETRYABLE);
	assert_int_equal(room(), 0);
}

static void open_it(void)
{
	for (int i = 0; i < adapter.breaker_failures; i++)
		exchange(CLASS_RETRYABLE);
}

static void three_good_probes_close_it(void **state)
{
	(void)state;
	open_it();
	now += OPEN_MS;
	assert_int_equal(room(), 3);
	take_is(GATE_GO, 0);
	take_is(GATE_GO, 0);
	take_is(GATE_GO, 0);
	assert_int_equal(room(), 0);
	take_is(GATE_OPEN, 0);
	answer(CLASS_OK);
	answer(CLASS_PERMANENT);
	/* Two were good, one is out: no fourth. */
	take_is(GATE_OPEN, 0);
	answer(CLASS_OK);
	assert_int_equal(room(), 100);
	/* It starts anew: it takes as many failures as ever. */
	exchange(CLASS_RETRYABLE);
	exchange(CLASS_RETRYABLE);
	assert_true(room() > 0);
	exchange(CLASS_RETRYABLE);
	take_is(GATE_OPEN, OPEN_MS);
}

/* Who may be the next probe may try; all others can only wait. */
static void it_is_shut_while_its_probes_are_out(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		exchange(CLASS_RETRYABLE);
	assert_true(gate_is_shut(&gates, adapter.name, now));
	now += OPEN_MS;
	assert_false(gate_is_shut(&gates, adapter.name, now));
	for (int i = 0; i < 3; i++)
		take_is(GATE_GO, 0);
	assert_true(gate_is_shut(&gates, adapter.name, now));
	for (int i = 0; i < 3; i++)
		answer(CLASS_OK);
	assert_false(gate_is_shut(&gates, adapter.name, now));
}

static void a_bad_probe_opens_it_for_longer(void **state)
{
	static const int64_t expected[] = {2, 4, 8, 10, 10, 10};

	(void)state;
	open_it();
	now += OPEN_MS;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		exchange(CLASS_OK);
		exchange(CLASS_UNKNOWN);
		take_is(GATE_OPEN, expected[i] * OPEN_MS);
		now += expected[i] * OPEN_MS;
	}
	for (int i = 0; i < 3; i++)
		exchange(CLASS_OK);
	/* Closed: the next opening is a first one again. */
	open_it();
	take_is(GATE_OPEN, OPEN_MS);
}

static void late_answers_change_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++)
		take_is(GATE_GO, 0);
	for (int i = 0; i < 3; i++)
		answer(CLASS_RETRYABLE);
	take_is(GATE_OPEN, OPEN_MS);
	now += 10;
	answer(CLASS_RETRYABLE);
	answer(CLASS_OK);
	take_is(GATE_OPEN, OPEN_MS - 10);
	now += OPEN_MS;
	/* Half-open, and no probe is out yet. */
	answer(CLASS_RETRYABLE);
	assert_int_equal(room(), 3);
	assert_int_equal(gates.gate[0].in_flight, 0);
	/* One too many never makes the count negative. */
	answer(CLASS_OK);
	assert_int_equal(gates.gate[0].in_flight, 0);
}

static void a_smaller_window_is_taken_over(void **state)
{
	(void)state;
	adapter.breaker_failures = 1000;
	for (int i = 0; i < 9; i++)
		exchange(CLASS_RETRYABLE);
	adapter.breaker_window = 4;
	for (int i = 0; i < 3; i++)
		exchange(CLASS_RETRYABLE);
	assert_true(room() > 0);
	exchange(CLASS_RETRYABLE);
	assert_int_equal(room(), 0);
}

static void adapters_do_not_share(void **state)
{
	struct adapter other = adapter;
	struct gate_call stranger = {.adapter = &other};
	int64_t wait;

	(void)state;
	(void)snprintf(other.name, sizeof(other.name), "payment");
	open_it();
	take_is(GATE_OPEN, OPEN_MS);
	assert_int_equal(gate_take(&gates, &stranger, now, &wait), GATE_GO);
	assert_int_equal(gates.count, 2);
}

static void places_of_gone_adapters_are_used_again(void **state)
{
	struct adapter other = adapter;
	struct gate_call stranger = {.adapter = &other};
	int64_t wait;

	(void)state;
	take_is(GATE_GO, 0); /* stays in flight */
	for (int i = 0; i < 3 * GATES_MAX; i++) {
		(void)snprintf(other.name, sizeof(other.name), "a%d", i);
		assert_int_equal(gate_take(&gates, &stranger, now, &wait),
				 GATE_GO);
		gate_answer(&gates, &stranger, CLASS_OK, 0, now);
	}
	assert_int_equal(gates.count, GATES_MAX);
	assert_string_equal(gates.gate[0].name, adapter.name);
	assert_int_equal(gates.gate[0].in_flight, 1);
	gate_answer(&gates, &stranger, CLASS_COUNT, 0, now);
}

/* ---- limits of an operation -------------------------------------------- */

static struct operation refund, lookup;

static void two_operations(void)
{
	refund = (struct operation){.name = "refund", .concurrency = 2};
	lookup = (struct operation){.name = "get"};
	call.operation = &refund;
}

static void an_operation_has_limits_of_its_own(void **state)
{
	struct gate_call other = {.adapter = &adapter, .operation = &lookup};
	int64_t wait;

	(void)state;
	two_operations();
	adapter.concurrency = 4;
	assert_int_equal(room(), 2);
	take_is(GATE_GO, 0);
	take_is(GATE_GO, 0);
	take_is(GATE_PART_FULL, 0);
	assert_int_equal(room(), 0);
	/* Others of the adapter are not held up by it. */
	assert_int_equal(gate_room(&gates, &other, now, &wait), 2);
	assert_int_equal(gate_take(&gates, &other, now, &wait), GATE_GO);
	assert_int_equal(gate_take(&gates, &other, now, &wait), GATE_GO);
	take_is(GATE_FULL, 0);
	gate_answer(&gates, &other, CLASS_OK, 0, now);
	take_is(GATE_PART_FULL, 0);
	answer(CLASS_OK);
	take_is(GATE_GO, 0);
	/* One that did not leave gives both its places back. */
	gate_return(&gates, &call, now);
	take_is(GATE_GO, 0);
	assert_int_equal(gates.gate[0].in_flight, 3);
	assert_int_equal(gates.gate[0].part[0].in_flight, 2);
}

static void an_operation_has_a_rate_of_its_own(void **state)
{
	struct gate_call other = {.adapter = &adapter, .operation = &lookup};
	int64_t wait;

	(void)state;
	two_operations();
	refund.concurrency = 0;
	refund.rate_per_second = 10;
	refund.rate_burst = 2;
	assert_int_equal(room(), 2);
	exchange(CLASS_OK);
	exchange(CLASS_OK);
	take_is(GATE_PART_RATE, 100);
	assert_int_equal(gate_room(&gates, &call, now, &wait), 0);
	assert_int_equal(wait, 100);
	assert_int_equal(gate_take(&gates, &other, now, &wait), GATE_GO);
	now += 100;
	assert_int_equal(room(), 1);
	exchange(CLASS_OK);
	take_is(GATE_PART_RATE, 100);
	/* A refusal by the operation costs the adapter no token. */
	adapter.rate_per_second = 1;
	adapter.rate_burst = 5;
	gates.gate[0].bucket = (struct bucket){5, now};
	for (int i = 0; i < 9; i++)
		take_is(GATE_PART_RATE, 100);
	assert_true(gates.gate[0].bucket.tokens > 4.9);
}

/* ---- the share of retries ----------------------------------------------- */

static void a_tenth_of_the_calls_are_retries(void **state)
{
	int64_t wait = 0;
	int retries = 0;

	(void)state;
	adapter.retry_share = 0.1;
	adapter.retry_window_ms = 10000;
	adapter.retry_least = 2;
	call.retry = true;
	/* Where few ask, as many as declared. */
	assert_int_equal(room(), 2);
	exchange(CLASS_OK);
	exchange(CLASS_OK);
	now += 300;
	take_is(GATE_BUDGET, 700);
	assert_int_equal(room(), 0);
	assert_int_equal(gate_room(&gates, &call, now, &wait), 0);
	assert_int_equal(wait, 700);
	/* A first attempt leaves all the same. */
	call.retry = false;
	assert_true(room() > 2);
	for (int i = 0; i < 98; i++)
		exchange(CLASS_OK);
	call.retry = true;
	while (take(&wait) == GATE_GO) {
		answer(CLASS_OK);
		assert_in_range(++retries, 1, 9);
	}
	assert_int_equal(retries, 8); /* 10 of 108 */
	/* One that did not leave after all is none. */
	gate_return(&gates, &call, now);
	take_is(GATE_BUDGET, 700);
	/* The window slides by a tenth: what is old counts no more. */
	now += 9000;
	take_is(GATE_BUDGET, 700);
	now += 700;
	assert_int_equal(room(), 2);
	exchange(CLASS_OK);
}

static void a_place_that_is_given_back_is_no_retry(void **state)
{
	(void)state;
	adapter.retry_share = 0.1;
	adapter.retry_window_ms = 10000;
	adapter.retry_least = 1;
	call.retry = true;
	for (int i = 0; i < 5; i++) {
		take_is(GATE_GO, 0);
		gate_return(&gates, &call, now);
	}
	take_is(GATE_GO, 0);
	answer(CLASS_OK);
	take_is(GATE_BUDGET, 10000 / 10);
}

/* ---- what the peer asks for ---------------------------------------------- */

static void a_peer_that_asks_is_left_alone_by_all(void **state)
{
	struct gate_call other = {.adapter = &adapter, .operation = &lookup};
	int64_t wait;

	(void)state;
	two_operations();
	for (int i = 0; i < 2; i++)
		take_is(GATE_GO, 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(gate_take(&gates, &other, now, &wait),
				 GATE_GO);
	/* All of them hear it: that is no reason to open for long. */
	for (int i = 0; i < 10; i++)
		gate_answer(&gates, &other, CLASS_THROTTLED, 700, now);
	gate_answer(&gates, &call, CLASS_THROTTLED, 200, now);
	take_is(GATE_ASKED, 700);
	assert_int_equal(gate_take(&gates, &other, now, &wait), GATE_ASKED);
	assert_int_equal(gate_room(&gates, &call, now, &wait), 0);
	assert_int_equal(wait, 700);
	now += 700;
	exchange(CLASS_OK);
	/* But nobody parks it for hours. */
	take_is(GATE_GO, 0);
	gate_answer(&gates, &call, CLASS_THROTTLED, INT64_MAX / 2, now);
	take_is(GATE_ASKED, GATE_ASKED_MS_MAX);
	/* An operator may want to know sooner. */
	gate_probe(&gates, &adapter, now);
	exchange(CLASS_OK);
}

/* ---- the breaker and the orders ------------------------------------------ */

static void exchange_of(uint64_t order, enum call_class class)
{
	call.order = order;
	exchange(class);
	call.order = 0;
}

static void one_bad_order_opens_nothing(void **state)
{
	(void)state;
	adapter.breaker_window = 100;
	for (int i = 0; i < 9; i++)
		exchange_of(7, CLASS_RETRYABLE);
	exchange_of(8, CLASS_RETRYABLE);
	assert_true(room() > 0);
	exchange_of(9, CLASS_RETRYABLE);
	take_is(GATE_OPEN, OPEN_MS);
}

static void one_bad_order_does_not_keep_it_open(void **state)
{
	(void)state;
	exchange_of(7, CLASS_RETRYABLE);
	exchange_of(8, CLASS_RETRYABLE);
	exchange_of(9, CLASS_RETRYABLE);
	now += OPEN_MS;
	/* It is the most urgent one, so it is tried first, each time. */
	exchange_of(7, CLASS_RETRYABLE);
	assert_int_equal(room(), 3);
	exchange_of(1, CLASS_OK);
	exchange_of(7, CLASS_RETRYABLE);
	exchange_of(2, CLASS_OK);
	exchange_of(3, CLASS_OK);
	assert_int_equal(room(), 100);
	/* Where nobody else is tried, it opens again, for longer. */
	exchange_of(7, CLASS_RETRYABLE);
	exchange_of(8, CLASS_RETRYABLE);
	exchange_of(9, CLASS_RETRYABLE);
	now += OPEN_MS;
	exchange_of(7, CLASS_RETRYABLE);
	exchange_of(8, CLASS_RETRYABLE);
	exchange_of(9, CLASS_RETRYABLE);
	take_is(GATE_OPEN, 2 * OPEN_MS);
	now += 2 * OPEN_MS;
	/* One that was fine until now is a reason at once. */
	exchange_of(5, CLASS_RETRYABLE);
	take_is(GATE_OPEN, 4 * OPEN_MS);
}

static void an_operator_tries_it_now(void **state)
{
	(void)state;
	open_it();
	gate_probe(&gates, &adapter, now);
	assert_int_equal(room(), 3);
	exchange(CLASS_RETRYABLE);
	take_is(GATE_OPEN, 2 * OPEN_MS);
}

static void a_probe_that_is_told_to_wait_says_nothing(void **state)
{
	(void)state;
	open_it();
	now += OPEN_MS;
	take_is(GATE_GO, 0);
	gate_answer(&gates, &call, CLASS_THROTTLED, 100, now);
	take_is(GATE_ASKED, 100);
	now += 100;
	for (int i = 0; i < 3; i++)
		exchange(CLASS_OK);
	assert_int_equal(room(), 100);
}

static void every_verdict_has_words(void **state)
{
	(void)state;
	for (int v = 0; v < GATE_VERDICT_COUNT; v++)
		assert_true(*gate_verdict_reason((enum gate_verdict)v));
	assert_string_equal(gate_verdict_reason(GATE_VERDICT_COUNT), "");
	assert_int_equal(gate_verdict_scope(GATE_FULL), SCOPE_ADAPTER);
	assert_int_equal(gate_verdict_scope(GATE_PART_RATE), SCOPE_OPERATION);
	assert_int_equal(gate_verdict_scope(GATE_BUDGET), SCOPE_RETRIES);
}

/* ---- what ships -----------------------------------------------------------
 */

/* A peer that fails every call is asked again for a tenth of them, or for the
 * few that are always allowed, and for no more. */
static void hold_to_a_tenth(const struct adapter *a)
{
	struct gate_call first = {.adapter = a};
	struct gate_call again = {.adapter = a, .retry = true};
	int calls = 0, retries = 0, i;
	int64_t wait;

	memset(&gates, 0, sizeof(gates));
	/* Fifty a second for the whole window: no other limit is near. */
	for (i = 0; i < 3 * 500; i++) {
		const struct gate_call *one = i % 3 ? &again : &first;

		now = 1000000 + i / 3 * 20;
		if (gate_take(&gates, one, now, &wait) != GATE_GO)
			continue;
		*(i % 3 ? &retries : &calls) += 1;
		gate_answer(&gates, one, CLASS_OK, 0, now);
	}
	assert_int_equal(calls, 500);
	if (retries > a->retry_least && retries * 10 > calls + retries)
		fail_msg("%s: %d of %d are retries", a->name, retries,
			 calls + retries);
	/* It is the budget that says no. */
	assert_int_equal(
		gate_verdict_scope(gate_take(&gates, &again, now, &wait)),
		SCOPE_RETRIES);
	assert_in_range(wait, 1, a->retry_window_ms / 10);
}

static void what_ships_asks_again_for_a_tenth(void **state)
{
	struct catalog_check check;
	const struct playbook *draft;
	struct catalog *c;
	int i, held = 0;

	(void)state;
	assert_int_equal(catalog_of_files("conf", NULL, &check, &c, &draft),
			 OK);
	for (i = 0; i < c->adapter_count; i++) {
		const struct adapter *a = c->adapter[i];

		if (a->local)
			continue;
		assert_true(a->retry_window_ms > 0);
		assert_true(a->retry_share > 0 && a->retry_share <= 0.1);
		/* What is always allowed is no storm of its own: one a second
		 * for each place, and of its rate a tenth. */
		assert_in_range(a->retry_least, 1,
				a->concurrency * a->retry_window_ms / 1000);
		if (a->rate_per_second > 0)
			assert_true(a->retry_least * 10 <=
				    a->rate_per_second *
					    (double)a->retry_window_ms / 1000);
		hold_to_a_tenth(a);
		held++;
	}
	assert_int_equal(held, 10);
	catalog_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_more_at_once_than_allowed, setup),
		cmocka_unit_test_setup(no_more_a_second_than_allowed, setup),
		cmocka_unit_test_setup(the_rate_holds_over_time, setup),
		cmocka_unit_test_setup(a_refused_call_costs_no_token, setup),
		cmocka_unit_test_setup(failures_in_a_row_open_it, setup),
		cmocka_unit_test_setup(half_of_a_full_window_opens_it, setup),
		cmocka_unit_test_setup(fewer_than_half_leave_it_closed, setup),
		cmocka_unit_test_setup(three_good_probes_close_it, setup),
		cmocka_unit_test_setup(it_is_shut_while_its_probes_are_out,
				       setup),
		cmocka_unit_test_setup(a_bad_probe_opens_it_for_longer, setup),
		cmocka_unit_test_setup(late_answers_change_nothing, setup),
		cmocka_unit_test_setup(a_smaller_window_is_taken_over, setup),
		cmocka_unit_test_setup(adapters_do_not_share, setup),
		cmocka_unit_test_setup(places_of_gone_adapters_are_used_again,
				       setup),
		cmocka_unit_test_setup(an_operation_has_limits_of_its_own,
				       setup),
		cmocka_unit_test_setup(an_operation_has_a_rate_of_its_own,
				       setup),
		cmocka_unit_test_setup(a_tenth_of_the_calls_are_retries, setup),
		cmocka_unit_test(what_ships_asks_again_for_a_tenth),
		cmocka_unit_test_setup(a_place_that_is_given_back_is_no_retry,
				       setup),
		cmocka_unit_test_setup(a_peer_that_asks_is_left_alone_by_all,
				       setup),
		cmocka_unit_test_setup(one_bad_order_opens_nothing, setup),
		cmocka_unit_test_setup(one_bad_order_does_not_keep_it_open,
				       setup),
		cmocka_unit_test_setup(an_operator_tries_it_now, setup),
		cmocka_unit_test_setup(
			a_probe_that_is_told_to_wait_says_nothing, setup),
		cmocka_unit_test_setup(every_verdict_has_words, setup),
	};

	return RUN(tests);
}

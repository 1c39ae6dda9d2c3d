/*
 * What an order id says: which words count, that they combine, that the same
 * id always tells the same, and that what it tells is plausible.
 */
#include "tests/test.h"

#include <string.h>

/* Pure, and in no library: the sandbox is a program of its own. */
#include "cgi/sandbox/cast.c"
#include "cgi/sandbox/story.c"

#define ORDERS 2000
#define NOW_MS INT64_C(1790000000000)

static struct story tell(const char *order_id)
{
	struct story s;
	story_tell(order_id, &s);
	return s;
}

static uint64_t bit(enum story_word w)
{
	return UINT64_C(1) << w;
}

static void each_word_counts_alone(void **state)
{
	(void)state;
	for (unsigned w = 0; w < STORY_WORD_COUNT; w++) {
		char id[64];
		(void)snprintf(id, sizeof(id), "ORDER-7-%s", words[w]);
		struct story s = tell(id);
		assert_int_equal(s.words, bit((enum story_word)w));
		(void)snprintf(id, sizeof(id), "%s-ORDER-7", words[w]);
		s = tell(id);
		assert_int_equal(s.words, bit((enum story_word)w));
	}
}

static void words_combine(void **state)
{
	(void)state;
	struct story s = tell("ORDER-9-VIP-SUPPLIER-ANSWERS-SLOW");
	assert_int_equal(s.words, bit(STORY_VIP) | bit(STORY_SUPPLIER) |
					  bit(STORY_ANSWERS) | bit(STORY_SLOW));
	assert_true(story_has(&s, STORY_VIP));
	assert_false(story_has(&s, STORY_FAIL));
}

static void parts_and_small_letters_do_not_count(void **state)
{
	(void)state;
	assert_int_equal(tell("ORDER-42").words, 0);
	assert_int_equal(tell("ORDER-SEATS").words, 0);
	assert_int_equal(tell("ORDER-DISPUTED-1").words, 0);
	assert_int_equal(tell("order-seat").words, 0);
	assert_int_equal(tell("SEATSEAT-SEAT").words, bit(STORY_SEAT));
}

static void fail_counts_anywhere(void **state)
{
	(void)state;
	assert_int_equal(tell("XFAILX").words, bit(STORY_FAIL));
	assert_int_equal(tell("ORDER-FAIL-7").words, bit(STORY_FAIL));
	assert_int_equal(tell("ORDER-FAILSEAT").words, bit(STORY_FAIL));
	assert_int_equal(tell("order-fail").words, 0);
}

static void the_same_id_tells_the_same(void **state)
{
	(void)state;
	struct story a = tell("ORDER-42-SEAT"), b = tell("ORDER-42-SEAT");
	assert_memory_equal(&a, &b, sizeof(a));
	/* Written down, so that no release changes what orders are about. */
	struct story s = tell("ORDER-42");
	assert_string_equal(s.buyer_name, "Quinn Fischer");
	assert_string_equal(s.event_id, "EVT-123");
	assert_int_equal(s.total_minor, 57040);
}

static void other_ids_tell_other_things(void **state)
{
	(void)state;
	int same = 0;
	for (int i = 0; i < ORDERS; i++) {
		char id[32], next[32];
		(void)snprintf(id, sizeof(id), "ORDER-%d", i);
		(void)snprintf(next, sizeof(next), "ORDER-%d", i + 1);
		struct story a = tell(id), b = tell(next);
		same += strcmp(a.buyer_name, b.buyer_name) == 0 ||
			a.total_minor == b.total_minor;
	}
	assert_in_range(same, 0, ORDERS / 50);
}

static void check_plausible(const struct story *s)
{
	assert_int_equal(s->total_minor,
			 s->ticket_minor + s->fees_minor + s->delivery_minor);
	assert_in_range(s->quantity, 1, 4);
	assert_non_null(strchr(s->buyer_email, '@'));
	assert_true(strlen(s->buyer_phone) > 8);
	assert_null(strchr(s->buyer_phone, '%'));
	assert_int_equal(strlen(s->card_last4), 4);
	assert_true(strcmp(s->currency, "USD") == 0 ||
		    strcmp(s->currency, "EUR") == 0 ||
		    strcmp(s->currency, "GBP") == 0);
	bool vip = story_has(s, STORY_VIP);
	assert_true(vip ? s->total_minor >= VIP_MINOR &&
				    s->total_minor < 10 * VIP_MINOR
			: s->total_minor < VIP_MINOR);
	bool same = strcmp(s->listed.section, s->delivered.section) == 0 &&
		    strcmp(s->listed.row, s->delivered.row) == 0 &&
		    s->listed.first == s->delivered.first;
	assert_int_equal(same, !story_has(s, STORY_SEAT));
}

static void stories_are_plausible(void **state)
{
	(void)state;
	static const char *const kinds[] = {"", "-VIP", "-SEAT", "-VIP-SEAT"};
	unsigned currencies = 0;
	for (int i = 0; i < ORDERS; i++) {
		char id[32];
		(void)snprintf(id, sizeof(id), "ORDER-%d%s", i, kinds[i % 4]);
		struct story s = tell(id);
		check_plausible(&s);
		currencies |= 1U << (s.currency[0] % 8);
	}
	assert_int_equal(currencies,
			 1U << ('U' % 8) | 1U << ('E' % 8) | 1U << ('G' % 8));
}

static void orders_of_one_event_agree_on_it(void **state)
{
	(void)state;
	struct story first = tell("ORDER-0");
	struct story_times t, u;
	story_times(&first, NOW_MS, &t);
	int met = 0;
	for (int i = 1; i < ORDERS; i++) {
		char id[32];
		(void)snprintf(id, sizeof(id), "ORDER-%d", i);
		struct story s = tell(id);
		if (strcmp(s.event_id, first.event_id) != 0)
			continue;
		met++;
		story_times(&s, NOW_MS + MINUTE_MS, &u);
		assert_ptr_equal(s.venue, first.venue);
		assert_ptr_equal(s.currency, first.currency);
		assert_ptr_equal(s.event_name, first.event_name);
		assert_int_equal(u.starts_ms, t.starts_ms);
	}
	assert_in_range(met, 10, ORDERS / 10);
}

static void times_are_in_order(void **state)
{
	(void)state;
	for (int i = 0; i < ORDERS; i++) {
		char id[40];
		(void)snprintf(id, sizeof(id), "ORDER-%d%s", i,
			       i % 3 == 0   ? "-DOORS"
			       : i % 3 == 1 ? "-SUPPLIER"
					    : "");
		struct story s = tell(id);
		struct story_times t;
		story_times(&s, NOW_MS, &t);
		assert_true(t.created_ms < t.sent_ms && t.sent_ms < NOW_MS);
		assert_true(t.complaint_ms < NOW_MS);
		assert_true(t.dispute_opened_ms < NOW_MS);
		assert_true(NOW_MS < t.dispute_due_ms);
		assert_true(NOW_MS < t.in_hand_ms);
		assert_true(t.in_hand_ms < t.doors_ms);
		assert_true(t.doors_ms < t.starts_ms);
		assert_true(t.seller_deadline_ms <= t.in_hand_ms);
		assert_true(t.opens_ms < NOW_MS);
		if (story_has(&s, STORY_DOORS))
			assert_int_equal(t.doors_ms, NOW_MS + 2 * HOUR_MS);
	}
}

static void a_locked_transfer_opens_soon(void **state)
{
	(void)state;
	struct story s = tell("ORDER-1-LOCKED");
	struct story_times t;
	story_times(&s, NOW_MS, &t);
	assert_int_equal(t.opens_ms, NOW_MS + 20 * SECOND_MS);
}

static void a_seller_has_until_eight(void **state)
{
	(void)state;
	for (int i = 0; i < ORDERS; i++) {
		char id[40];
		(void)snprintf(id, sizeof(id), "ORDER-%d", i);
		struct story s = tell(id);
		struct story_times t;
		story_times(&s, NOW_MS, &t);
		/* The evening before the event, at its place. */
		int64_t midnight = t.starts_ms - s.local_minute * MINUTE_MS;
		assert_int_equal(t.seller_deadline_ms, midnight - 4 * HOUR_MS);
	}
	struct story s = tell("ORDER-1-SUPPLIER");
	struct story_times t;
	story_times(&s, NOW_MS, &t);
	assert_int_equal(t.seller_deadline_ms, NOW_MS + 15 * SECOND_MS);
}

static void who_is_denied_entry_stands_at_the_door(void **state)
{
	(void)state;
	struct story s = tell("ORDER-1-DENIED");
	struct story_times t;
	story_times(&s, NOW_MS, &t);
	assert_true(t.doors_ms < NOW_MS && NOW_MS < t.starts_ms);
	assert_true(t.seller_deadline_ms < t.doors_ms);
}

static void a_twin_is_the_same_but_for_its_name(void **state)
{
	(void)state;
	struct story a = tell("ORDER-5-DUPLICATE");
	struct story b = tell("ORDER-5-DUPLICATE" STORY_TWIN);
	assert_string_not_equal(a.order_id, b.order_id);
	assert_string_equal(a.buyer_email, b.buyer_email);
	assert_string_equal(a.event_id, b.event_id);
	assert_int_equal(a.total_minor, b.total_minor);
	assert_int_equal(a.words, b.words);
	/* The ending alone is a name like any other. */
	assert_true(story_id_valid(STORY_TWIN));
	(void)tell(STORY_TWIN);
}

static void a_party_can_be_split(void **state)
{
	(void)state;
	for (int i = 0; i < ORDERS; i++) {
		char id[40];
		(void)snprintf(id, sizeof(id), "ORDER-%d-PARTIAL", i);
		assert_in_range(tell(id).quantity, 2, 4);
	}
}

static void ids_are_text_of_some_length(void **state)
{
	(void)state;
	char longest[ORDER_ID_MAX + 2];
	memset(longest, 'x', sizeof(longest));
	longest[ORDER_ID_MAX + 1] = '\0';
	assert_false(story_id_valid(longest));
	longest[ORDER_ID_MAX] = '\0';
	assert_true(story_id_valid(longest));
	assert_true(story_id_valid("Bestellung-Ü-1"));
	assert_false(story_id_valid(""));
	assert_false(story_id_valid("a\nb"));
	assert_false(story_id_valid("a\xff"));
}

static void derived_ids_differ(void **state)
{
	(void)state;
	struct story a = tell("ORDER-1"), b = tell("ORDER-2");
	char id[24], again[24], other[24];
	story_id(&a, "trf", id);
	story_id(&a, "trf", again);
	assert_string_equal(id, again);
	assert_int_equal(strlen(id), 14);
	story_id(&b, "trf", other);
	assert_string_not_equal(id, other);
	story_id(&a, "dsp", other);
	assert_string_not_equal(id + 4, other + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_counts_alone),
		cmocka_unit_test(words_combine),
		cmocka_unit_test(parts_and_small_letters_do_not_count),
		cmocka_unit_test(fail_counts_anywhere),
		cmocka_unit_test(the_same_id_tells_the_same),
		cmocka_unit_test(other_ids_tell_other_things),
		cmocka_unit_test(stories_are_plausible),
		cmocka_unit_test(orders_of_one_event_agree_on_it),
		cmocka_unit_test(times_are_in_order),
		cmocka_unit_test(a_locked_transfer_opens_soon),
		cmocka_unit_test(a_seller_has_until_eight),
		cmocka_unit_test(who_is_denied_entry_stands_at_the_door),
		cmocka_unit_test(a_twin_is_the_same_but_for_its_name),
		cmocka_unit_test(a_party_can_be_split),
		cmocka_unit_test(ids_are_text_of_some_length),
		cmocka_unit_test(derived_ids_differ),
	};
	return RUN(tests);
}

/*
 * The sandbox's rows, in memory: every statement prepares, what is saved comes
 * back, the first sight stays, and the ledger only ever grows.
 */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "cgi/sandbox/situation.h"
#include "cgi/sandbox/sql.h"
#include "engine/base/json.h"

#define ORDER "ORDER-1"
#define EVENT "EVT-1"
#define SELLER "SELLER-1"
#define MESSAGES_MAX 20

extern const struct db_migration sandbox_migrations[];
extern const int sandbox_migration_count;

/* Two statements more, to try what must not work. */
enum { TAMPER_UPDATE = SQL_STATEMENT_COUNT, TAMPER_DELETE, TAMPER_COUNT };
static const char *statements[TAMPER_COUNT];

struct fixture {
	struct db *db;
	struct arena arena;
	struct db_schema schema;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	for (int i = 0; i < SQL_STATEMENT_COUNT; i++)
		statements[i] = sandbox_statements[i];
	statements[TAMPER_UPDATE] = "UPDATE ledger SET order_id = order_id";
	statements[TAMPER_DELETE] = "DELETE FROM ledger";
	f->schema = (struct db_schema){
		.name = "sandbox",
		.statement = statements,
		.statement_count = TAMPER_COUNT,
		.migration = sandbox_migrations,
		.migration_count = sandbox_migration_count,
	};
	const struct db_options options = {
		.path = ":memory:",
		.schema = &f->schema,
		.mode = DB_MIGRATE,
		.owner = "test",
	};
	assert_int_equal(db_open(&options, &f->db), OK);
	arena_init(&f->arena);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	db_close(f->db);
	arena_release(&f->arena);
	free(f);
	return 0;
}

static void save(struct fixture *f, const struct situation *s)
{
	assert_int_equal(db_begin(f->db), OK);
	assert_int_equal(situation_save(f->db, ORDER, s), OK);
	assert_int_equal(db_commit(f->db), OK);
}

static void every_statement_prepares(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(db_prepare_all(f->db), OK);
}

static void an_unseen_order_is_as_its_story_says(void **state)
{
	struct fixture *f = *state;
	struct situation s;
	assert_int_equal(situation_load(f->db, ORDER, EVENT, SELLER, &s), OK);
	assert_int_equal(s.seen_ms, 0);
	assert_int_equal(s.dispute, MAYBE_BY_STORY);
	assert_int_equal(s.frozen, MAYBE_BY_STORY);
	assert_int_equal(s.sent_quantity, MAYBE_BY_STORY);
	assert_int_equal(s.offer_bought, MAYBE_BY_STORY);
	assert_int_equal(s.happening.told_ms, 0);
	assert_string_equal(s.transfer_status, "");
}

static void every_column_comes_back(void **state)
{
	struct fixture *f = *state;
	struct situation s = {
		.seen_ms = 1,
		.reads = 2,
		.effects = 3,
		.outage = 4,
		.garbage = 5,
		.retries = 6,
		.retried_ms = 7,
		.accepted_ms = 8,
		.recipient = "a@example.com",
		.pings = 9,
		.pinged_ms = 10,
		.answered_ms = 11,
		.authorizations = 12,
		.refunded_minor = 13,
		.transfer_status = "LOCKED",
		.supplier_status = "SILENT",
		.supplier_answer = "later",
		.event_status = "POSTPONED",
		.payment_status = "AUTHORIZED",
		.doors_ms = 14,
		.dispute = 1,
		.fail_next = 15,
		.delay_ms = 16,
		.frozen = 1,
		.cancelled_ms = 17,
		.delivery_method = "MOBILE_TRANSFER",
		.seats_accepted_ms = 18,
		.resold = 1,
		.risk = "HIGH",
		.sent_ms = 19,
		.revoked_ms = 20,
		.sent_quantity = 3,
		.voided_ms = 21,
		.payout_state = "PAID",
		.dispute_status = "WON",
		.evidence_ms = 22,
		.offer_bought = 2,
		.buyer_asked_ms = 23,
		.buyer_channel = "phone",
		.buyer_told_ms = 24,
		.buyer_answer = "no",
		.buyer_choice = "REFUND",
		.seller_asked_ms = 25,
		.official_status = "RESCHEDULED",
		.scan_status = "NOT_SCANNED",
	};
	struct situation back;
	/* By the insert, then by the update of all but the first sight. */
	for (int round = 0; round < 2; round++) {
		save(f, &s);
		assert_int_equal(
			situation_load(f->db, ORDER, EVENT, SELLER, &back), OK);
		assert_memory_equal(&back, &s, sizeof(s));
		/* Zero is a word of its own where a story decides. */
		s = (struct situation){.seen_ms = 1};
	}
	s.seen_ms = 99;
	save(f, &s);
	assert_int_equal(situation_load(f->db, ORDER, EVENT, SELLER, &back),
			 OK);
	assert_int_equal(back.seen_ms, 1);
}

static void an_unknown_status_is_refused(void **state)
{
	struct fixture *f = *state;
	const struct situation s = {.seen_ms = 1, .transfer_status = "LOST"};
	assert_int_equal(db_begin(f->db), OK);
	assert_int_equal(situation_save(f->db, ORDER, &s), ERR_CONSTRAINT);
	db_rollback(f->db);
}

static void what_befalls_an_event_befalls_its_orders(void **state)
{
	struct fixture *f = *state;
	struct happening back, h = {
				       .status = "POSTPONED",
				       .told_ms = 5,
			       };
	struct situation s;
	assert_int_equal(happening_load(f->db, EVENT, &back), ERR_NOT_FOUND);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(db_begin(f->db), OK);
		assert_int_equal(happening_set(f->db, EVENT, &h), OK);
		assert_int_equal(db_commit(f->db), OK);
		assert_int_equal(happening_load(f->db, EVENT, &back), OK);
		assert_memory_equal(&back, &h, sizeof(h));
		/* Of an order that nobody has seen, too. */
		assert_int_equal(
			situation_load(f->db, "NEW", EVENT, SELLER, &s), OK);
		assert_int_equal(s.seen_ms, 0);
		assert_memory_equal(&s.happening, &h, sizeof(h));
		h = (struct happening){.status = "RESCHEDULED",
				       .official_status = "CANCELLED",
				       .new_starts_ms = 7,
				       .told_ms = 6};
	}
	assert_int_equal(situation_load(f->db, "NEW", "EVT-2", SELLER, &s), OK);
	assert_int_equal(s.happening.told_ms, 0);
}

static void a_seller_is_counted_over_his_orders(void **state)
{
	struct fixture *f = *state;
	struct situation s;
	assert_int_equal(situation_load(f->db, ORDER, EVENT, SELLER, &s), OK);
	assert_int_equal(s.contact.pings, 0);
	assert_int_equal(db_begin(f->db), OK);
	assert_int_equal(contact_note(f->db, SELLER, 5, "email"), OK);
	assert_int_equal(contact_note(f->db, SELLER, 6, "phone"), OK);
	assert_int_equal(contact_note(f->db, "SELLER-2", 7, "email"), OK);
	assert_int_equal(db_commit(f->db), OK);
	assert_int_equal(situation_load(f->db, "OTHER", EVENT, SELLER, &s), OK);
	assert_int_equal(s.contact.pings, 2);
	assert_int_equal(s.contact.pinged_ms, 6);
	assert_string_equal(s.contact.channel, "phone");
}

static void holds_belong_to_one_order(void **state)
{
	struct fixture *f = *state;
	const struct situation s = {.seen_ms = 1};
	struct hold back, h = {.id = "hold_1",
			       .offer = 2,
			       .price_minor = 5000,
			       .expires_ms = 100,
			       .state = "HELD"};
	save(f, &s);
	assert_int_equal(db_begin(f->db), OK);
	assert_int_equal(hold_add(f->db, ORDER, &h), OK);
	assert_int_equal(hold_find(f->db, "OTHER", h.id, &back), ERR_NOT_FOUND);
	assert_int_equal(hold_find(f->db, ORDER, h.id, &back), OK);
	assert_memory_equal(&back, &h, sizeof(h));
	assert_int_equal(holds_expire(f->db, ORDER, 50), OK);
	assert_int_equal(hold_find(f->db, ORDER, h.id, &back), OK);
	assert_int_equal(back.expires_ms, 50);
	cJSON *list = cJSON_CreateArray();
	assert_int_equal(holds_list(f->db, ORDER, 51, &f->arena, list), OK);
	assert_string_equal(
		json_string(cJSON_GetArrayItem(list, 0), "status", ""),
		"EXPIRED");
	cJSON_Delete(list);
	/* Bought ones do not run out any more. */
	assert_int_equal(hold_set(f->db, h.id, "BOUGHT"), OK);
	assert_int_equal(holds_expire(f->db, ORDER, 20), OK);
	assert_int_equal(hold_find(f->db, ORDER, h.id, &back), OK);
	assert_string_equal(back.state, "BOUGHT");
	assert_int_equal(back.expires_ms, 50);
	assert_int_equal(db_commit(f->db), OK);
}

static void add_lines(struct fixture *f, int count)
{
	const struct situation s = {.seen_ms = 1};
	struct ledger_line line = {
		.at_ms = 1000,
		.order_id = ORDER,
		.adapter = "payment",
		.operation = "payment.refund",
		.key = "k",
		.currency = "EUR",
	};
	save(f, &s);
	assert_int_equal(db_begin(f->db), OK);
	for (int i = 0; i < count; i++) {
		line.amount_minor = i;
		assert_int_equal(ledger_add(f->db, &line), OK);
	}
	assert_int_equal(db_commit(f->db), OK);
}

static void the_ledger_pages_to_its_end(void **state)
{
	struct fixture *f = *state;
	cJSON *list;
	int64_t after = 0, seen = 0;
	add_lines(f, 5);
	for (int page = 0; page < 3; page++) {
		assert_int_equal(ledger_list(f->db, page ? ORDER : NULL, after,
					     2, &f->arena, &list),
				 OK);
		seen += cJSON_GetArraySize(json_get(list, "data"));
		after = json_int(list, "nextAfter", -1);
		cJSON_Delete(list);
	}
	assert_int_equal(seen, 5);
	assert_int_equal(after, -1);
	assert_int_equal(ledger_list(f->db, "ORDER-2", 0, 9, &f->arena, &list),
			 OK);
	assert_int_equal(cJSON_GetArraySize(json_get(list, "data")), 0);
	cJSON_Delete(list);
}

static void a_line_without_money_has_no_currency(void **state)
{
	struct fixture *f = *state;
	cJSON *list;
	add_lines(f, 2);
	assert_int_equal(ledger_list(f->db, ORDER, 0, 9, &f->arena, &list), OK);
	char *text = json_print(list);
	assert_string_equal(
		text,
		"{\"data\":["
		"{\"seq\":1,\"at\":\"1970-01-01T00:00:01.000Z\","
		"\"orderId\":\"ORDER-1\",\"adapter\":\"payment\","
		"\"operation\":\"payment.refund\",\"idempotencyKey\":\"k\","
		"\"amountMinor\":null,\"currency\":null},"
		"{\"seq\":2,\"at\":\"1970-01-01T00:00:01.000Z\","
		"\"orderId\":\"ORDER-1\",\"adapter\":\"payment\","
		"\"operation\":\"payment.refund\",\"idempotencyKey\":\"k\","
		"\"amountMinor\":1,\"currency\":\"EUR\"}],"
		"\"nextAfter\":null}");
	free(text);
	cJSON_Delete(list);
}

static void the_ledger_cannot_be_changed(void **state)
{
	struct fixture *f = *state;
	add_lines(f, 1);
	for (int tamper = TAMPER_UPDATE; tamper < TAMPER_COUNT; tamper++) {
		assert_int_equal(db_begin(f->db), OK);
		assert_int_equal(db_run(db_bind_start(f->db, tamper), NULL),
				 ERR_CONSTRAINT);
		db_rollback(f->db);
	}
}

static void one_key_has_one_answer(void **state)
{
	struct fixture *f = *state;
	const struct situation s = {.seen_ms = 1};
	struct answer a = {.digest = "d", .status = 402, .body = "{}"}, b;
	save(f, &s);
	assert_int_equal(db_begin(f->db), OK);
	assert_int_equal(answer_find(f->db, ORDER, "op", "k", &f->arena, &b),
			 ERR_NOT_FOUND);
	assert_int_equal(answer_keep(f->db, ORDER, "op", "k", 1, &a), OK);
	assert_int_equal(answer_keep(f->db, ORDER, "other", "k", 1, &a), OK);
	assert_int_equal(answer_keep(f->db, ORDER, "op", "k", 1, &a),
			 ERR_CONSTRAINT);
	assert_int_equal(answer_find(f->db, ORDER, "op", "k", &f->arena, &b),
			 OK);
	assert_int_equal(b.status, 402);
	assert_string_equal(b.body, "{}");
	assert_string_equal(b.digest, "d");
	db_rollback(f->db);
}

static void messages_come_oldest_first_and_bounded(void **state)
{
	struct fixture *f = *state;
	const struct situation s = {.seen_ms = 1};
	save(f, &s);
	assert_int_equal(db_begin(f->db), OK);
	for (int i = 0; i < MESSAGES_MAX + 5; i++) {
		char text[16];
		(void)snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(message_add(f->db, ORDER, "order", i,
					     "support", "buyer", text),
				 OK);
	}
	assert_int_equal(db_commit(f->db), OK);
	cJSON *list = cJSON_CreateArray();
	cJSON_AddItemToArray(list, cJSON_CreateString("first"));
	assert_int_equal(message_list(f->db, ORDER, "order", &f->arena, list),
			 OK);
	assert_int_equal(cJSON_GetArraySize(list), MESSAGES_MAX + 1);
	assert_string_equal(
		json_string(cJSON_GetArrayItem(list, 1), "text", ""), "5");
	assert_string_equal(
		json_string(cJSON_GetArrayItem(list, MESSAGES_MAX), "text", ""),
		"24");
	cJSON_Delete(list);
}

#define TEST(fn) cmocka_unit_test_setup_teardown((fn), setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_statement_prepares),
		TEST(an_unseen_order_is_as_its_story_says),
		TEST(every_column_comes_back),
		TEST(what_befalls_an_event_befalls_its_orders),
		TEST(a_seller_is_counted_over_his_orders),
		TEST(holds_belong_to_one_order),
		TEST(an_unknown_status_is_refused),
		TEST(the_ledger_pages_to_its_end),
		TEST(a_line_without_money_has_no_currency),
		TEST(the_ledger_cannot_be_changed),
		TEST(one_key_has_one_answer),
		TEST(messages_come_oldest_first_and_bounded),
	};
	return RUN(tests);
}

/*
 * Why: all SQL of the sandbox on one screen, each statement prepared by a
 * test. The columns of situation stand in one order in SQL and in situation.c.
 */
#include "cgi/sandbox/sql.h"

#define SITUATION                                                              \
	"order_id, seen_ms, reads, effects, outage, garbage, "                 \
	"retries, retried_ms, accepted_ms, recipient, pings, "                 \
	"pinged_ms, answered_ms, authorizations, refunded_minor, "             \
	"transfer_status, supplier_status, supplier_answer, "                  \
	"event_status, payment_status, doors_ms, dispute, "                    \
	"fail_next, delay_ms, frozen, cancelled_ms, "                          \
	"delivery_method, seats_accepted_ms, resold, risk, "                   \
	"sent_ms, revoked_ms, sent_quantity, voided_ms, "                      \
	"payout_state, dispute_status, evidence_ms, offer_bought, "            \
	"buyer_asked_ms, buyer_channel, buyer_told_ms, "                       \
	"buyer_answer, buyer_choice, seller_asked_ms, "                        \
	"official_status, scan_status"
#define LEDGER                                                                 \
	"SELECT seq, at_ms, order_id, adapter, operation, idempotency_key, "   \
	"amount_minor, currency FROM ledger "

const char *const sandbox_statements[] = {
	/* One row always: what befell the event counts also for an order that
	 * nobody has seen. */
	[SQL_SITUATION_LOAD] =
		"SELECT " SITUATION
		", said, official_said, new_starts_ms, told_ms, "
		"(SELECT pings FROM contact WHERE seller_id = ?3), "
		"(SELECT pinged_ms FROM contact WHERE seller_id = ?3), "
		"(SELECT channel FROM contact WHERE seller_id = ?3) "
		"FROM (SELECT ?1 AS id, ?2 AS event) "
		"LEFT JOIN situation ON order_id = id "
		"LEFT JOIN happening ON event_id = event",
	/* The first sight stays the first whoever else was looking. */
	[SQL_SITUATION_SAVE] =
		"INSERT INTO situation (" SITUATION ") VALUES ("
		"?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
		"?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, "
		"?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, "
		"?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40, ?41, ?42, "
		"?43, ?44, ?45, ?46) "
		"ON CONFLICT (order_id) DO UPDATE SET "
		"reads = excluded.reads, effects = excluded.effects, "
		"outage = excluded.outage, garbage = excluded.garbage, "
		"retries = excluded.retries, "
		"retried_ms = excluded.retried_ms, "
		"accepted_ms = excluded.accepted_ms, "
		"recipient = excluded.recipient, pings = excluded.pings, "
		"pinged_ms = excluded.pinged_ms, "
		"answered_ms = excluded.answered_ms, "
		"authorizations = excluded.authorizations, "
		"refunded_minor = excluded.refunded_minor, "
		"transfer_status = excluded.transfer_status, "
		"supplier_status = excluded.supplier_status, "
		"supplier_answer = excluded.supplier_answer, "
		"event_status = excluded.event_status, "
		"payment_status = excluded.payment_status, "
		"doors_ms = excluded.doors_ms, dispute = excluded.dispute, "
		"fail_next = excluded.fail_next, "
		"delay_ms = excluded.delay_ms, frozen = excluded.frozen, "
		"cancelled_ms = excluded.cancelled_ms, "
		"delivery_method = excluded.delivery_method, "
		"seats_accepted_ms = excluded.seats_accepted_ms, "
		"resold = excluded.resold, risk = excluded.risk, "
		"sent_ms = excluded.sent_ms, "
		"revoked_ms = excluded.revoked_ms, "
		"sent_quantity = excluded.sent_quantity, "
		"voided_ms = excluded.voided_ms, "
		"payout_state = excluded.payout_state, "
		"dispute_status = excluded.dispute_status, "
		"evidence_ms = excluded.evidence_ms, "
		"offer_bought = excluded.offer_bought, "
		"buyer_asked_ms = excluded.buyer_asked_ms, "
		"buyer_channel = excluded.buyer_channel, "
		"buyer_told_ms = excluded.buyer_told_ms, "
		"buyer_answer = excluded.buyer_answer, "
		"buyer_choice = excluded.buyer_choice, "
		"seller_asked_ms = excluded.seller_asked_ms, "
		"official_status = excluded.official_status, "
		"scan_status = excluded.scan_status",

	[SQL_ANSWER_FIND] =
		"SELECT digest, status, body FROM answer WHERE order_id = ?1 "
		"AND operation = ?2 AND idempotency_key = ?3",
	[SQL_ANSWER_KEEP] =
		"INSERT INTO answer (order_id, operation, idempotency_key, "
		"digest, status, body, at_ms) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",

	[SQL_LEDGER_ADD] =
		"INSERT INTO ledger (at_ms, order_id, adapter, operation, "
		"idempotency_key, amount_minor, currency) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[SQL_LEDGER_OF_ORDER] = LEDGER "WHERE order_id = ?1 AND seq > ?2 "
				       "ORDER BY seq LIMIT ?3",
	[SQL_LEDGER_ALL] = LEDGER "WHERE seq > ?1 ORDER BY seq LIMIT ?2",

	[SQL_HAPPENING_SET] =
		"INSERT INTO happening (event_id, said, official_said, "
		"new_starts_ms, told_ms) VALUES (?1, ?2, ?3, ?4, ?5) "
		"ON CONFLICT (event_id) DO UPDATE SET said = "
		"excluded.said, official_said = excluded.official_said, "
		"new_starts_ms = excluded.new_starts_ms, "
		"told_ms = excluded.told_ms",
	[SQL_HAPPENING] = "SELECT said, official_said, new_starts_ms, "
			  "told_ms FROM happening WHERE event_id = ?1",

	[SQL_CONTACT_NOTE] =
		"INSERT INTO contact (seller_id, pings, pinged_ms, channel) "
		"VALUES (?1, 1, ?2, ?3) ON CONFLICT (seller_id) DO UPDATE SET "
		"pings = pings + 1, pinged_ms = excluded.pinged_ms, "
		"channel = excluded.channel",

	[SQL_HOLD_ADD] = "INSERT INTO hold (id, order_id, offer, price_minor, "
			 "expires_ms, state) VALUES (?1, ?2, ?3, ?4, ?5, "
			 "'HELD')",
	[SQL_HOLD] = "SELECT offer, price_minor, expires_ms, state FROM hold "
		     "WHERE id = ?1 AND order_id = ?2",
	[SQL_HOLD_SET] = "UPDATE hold SET state = ?2 WHERE id = ?1",
	[SQL_HOLDS_EXPIRE] = "UPDATE hold SET expires_ms = ?2 "
			     "WHERE order_id = ?1 AND state = 'HELD'",
	[SQL_HOLDS] = "SELECT id, offer, price_minor, expires_ms, state "
		      "FROM hold WHERE order_id = ?1 ORDER BY id LIMIT 20",

	[SQL_MESSAGE_ADD] =
		"INSERT INTO message (order_id, thread, at_ms, sender, "
		"recipient, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	/* The newest ones: a case file wants the end of a long thread. */
	[SQL_MESSAGES] =
		"SELECT at_ms, sender, recipient, text FROM message "
		"WHERE order_id = ?1 AND thread = ?2 ORDER BY id DESC LIMIT ?3",
};
_Static_assert(sizeof(sandbox_statements) / sizeof(sandbox_statements[0]) ==
		       SQL_STATEMENT_COUNT,
	       "a statement is missing");

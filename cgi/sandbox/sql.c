/*
 * Why: all SQL of the sandbox on one screen, each statement prepared by a
 * test. The columns of situation stand in one order in SQL and in situation.c.
 */
#include "cgi/sandbox/sql.h"

#define SITUATION                                                              \
	"order_id, seen_ms, reads, effects, outage, garbage, retries, "        \
	"retried_ms, accepted_ms, recipient, pings, pinged_ms, answered_ms, "  \
	"authorizations, refunded_minor, transfer_status, supplier_status, "   \
	"supplier_answer, event_status, payment_status, doors_ms, dispute, "   \
	"fail_next, delay_ms"
#define LEDGER                                                                 \
	"SELECT seq, at_ms, order_id, adapter, operation, idempotency_key, "   \
	"amount_minor, currency FROM ledger "

const char *const sandbox_statements[] = {
	[SQL_SITUATION_LOAD] =
		"SELECT " SITUATION " FROM situation WHERE order_id = ?1",
	/* The first sight stays the first whoever else was looking. */
	[SQL_SITUATION_SAVE] =
		"INSERT INTO situation (" SITUATION ") VALUES (?1, ?2, ?3, ?4, "
		"?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
		"?18, ?19, ?20, ?21, ?22, ?23, ?24) "
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
		"fail_next = excluded.fail_next, delay_ms = excluded.delay_ms",

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

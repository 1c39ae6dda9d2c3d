/*
 * Every statement of Mend's database, one table.
 *
 * Written for more than one database: ?N parameters, RETURNING, ON CONFLICT …
 * DO UPDATE, IS NOT DISTINCT FROM, FILTER; no date functions, no INSERT OR …,
 * no INDEXED BY. What a hot statement costs rests on the index that it meets:
 * tests/store/ asks the planner.
 */
#include "sql.h"

/* ---- runs ---- */

#define RUN_COLUMNS                                                            \
	"id, public_id, order_id, state, outcome, result, issue_type, tier,"   \
	" playbook_id, step, phase, progress, attempt, attempts_max, queue,"   \
	" priority, due_ms, lease, epoch, inbox_seq, inbox_read, crash_count," \
	" wait_task_id, wait_signal, wait_adapter, reason, last_error,"        \
	" paused_state, amount_minor, currency, event_ms, urgent_ms, source,"  \
	" event_key, audit_seq, audit_head, created_ms, updated_ms, "          \
	"closed_ms,"                                                           \
	" event_ref, seller_ref, venue_ref, platform_ref, parked_ms,"          \
	" deadline_ms"
#define RUN_SELECT "SELECT " RUN_COLUMNS " FROM run "

/* What a step writes. None of it stands in an index, refers to another table or
 * has a CHECK: each of these would double the cost. It takes the room that the
 * row was given at its birth. */
#define RUN_SET_STEP                                                           \
	"UPDATE run SET step = ?5, phase = ?6, progress = ?7,"                 \
	" attempt = ?8, attempts_max = ?9, crash_count = ?11,"                 \
	" wait_task_id = ?12, wait_signal = ?13, wait_adapter = ?14,"          \
	" reason = ?15, last_error = ?16, paused_state = ?17,"                 \
	" audit_seq = ?18, audit_head = ?19, updated_ms = ?20,"                \
	" outcome = ?23, result = ?24, currency = ?25, event_ms = ?26,"        \
	" urgent_ms = ?27, room = NULL"
#define RUN_SET_STATE                                                          \
	", state = ?4, lease = ?28, queue = ?32, inbox_read = ?34,"            \
	" due_ms = ?10, parked_ms = ?39, deadline_ms = ?40"
#define RUN_SET_SEARCH                                                         \
	", playbook_id = ?21, issue_type = ?29, tier = ?22,"                   \
	" amount_minor = ?30, priority = ?33, event_ref = ?35,"                \
	" seller_ref = ?36, venue_ref = ?37, platform_ref = ?38"
#define RUN_SAME_CLOSED " AND closed_ms IS NOT DISTINCT FROM ?31"
#define RUN_SAME_SEARCH                                                        \
	" AND playbook_id IS NOT DISTINCT FROM ?21"                            \
	" AND issue_type IS NOT DISTINCT FROM ?29"                             \
	" AND tier IS NOT DISTINCT FROM ?22"                                   \
	" AND amount_minor IS NOT DISTINCT FROM ?30 AND priority = ?33"        \
	" AND event_ref IS NOT DISTINCT FROM ?35"                              \
	" AND seller_ref IS NOT DISTINCT FROM ?36"                             \
	" AND venue_ref IS NOT DISTINCT FROM ?37"                              \
	" AND platform_ref IS NOT DISTINCT FROM ?38"
#define RUN_FENCE " WHERE id = ?1 AND epoch = ?2 AND inbox_seq = ?3"

#define PLAYBOOK_IDS                                                           \
	"SELECT id FROM document WHERE kind = 'playbook' AND name = ?22"       \
	" AND (?23 IS NULL OR version = ?23)"
/* Filters of a list; a way of finding sets its own of them a second time. */
#define RUN_FILTERS                                                            \
	" (?1 IS NULL OR order_id = ?1)"                                       \
	" AND (?2 IS NULL OR (order_id >= ?2 AND order_id < ?3))"              \
	" AND (?4 IS NULL OR public_id = ?4)"                                  \
	" AND (?5 IS NULL OR id IN (SELECT run_id FROM event_key"              \
	" WHERE key = ?5))"                                                    \
	" AND (?6 IS NULL OR state = ?6)"                                      \
	" AND (?7 IS NULL OR CASE WHEN closed_ms IS NULL THEN 1"               \
	" ELSE 0 END = ?7)"                                                    \
	" AND (?8 IS NULL OR step = ?8)"                                       \
	" AND (?9 IS NULL OR issue_type = ?9)"                                 \
	" AND (?10 IS NULL OR wait_adapter = ?10 OR queue = ?10)"              \
	" AND (?11 IS NULL OR outcome = ?11)"                                  \
	" AND (?12 IS NULL OR amount_minor >= ?12)"                            \
	" AND (?13 IS NULL OR amount_minor <= ?13)"                            \
	" AND (?14 IS NULL OR created_ms < ?14)"                               \
	" AND (?15 IS NULL OR updated_ms < ?15)"                               \
	" AND (?18 IS NULL OR event_ref = ?18)"                                \
	" AND (?19 IS NULL OR seller_ref = ?19)"                               \
	" AND (?20 IS NULL OR venue_ref = ?20)"                                \
	" AND (?21 IS NULL OR platform_ref = ?21)"                             \
	" AND (?22 IS NULL OR playbook_id IN (" PLAYBOOK_IDS "))"              \
	" AND id < ?16 ORDER BY id DESC LIMIT ?17"
#define RUN_LIST_BY(condition) RUN_SELECT "WHERE " condition " AND" RUN_FILTERS

/* In a queue, most urgent first. */
#define RUN_PARKED "parked_ms IS NOT NULL AND lease IS NULL"
#define RUN_DUE "due_ms IS NOT NULL AND lease IS NULL AND parked_ms IS NULL"
/* The earliest of one priority. */
#define RUN_EARLIEST(priority)                                                 \
	"(SELECT due_ms FROM run WHERE queue = ?1 AND priority = " priority    \
	" AND " RUN_DUE " ORDER BY due_ms LIMIT 1)"
/* From queue to queue by an index: a seek each, however many wait in it. */
#define QUEUES_OF(name, which)                                                 \
	name " (queue) AS (SELECT min(queue) FROM run WHERE " which            \
	     " UNION ALL SELECT (SELECT min(queue) FROM run WHERE " which      \
	     " AND queue > " name ".queue) FROM " name " WHERE " name          \
	     ".queue IS NOT NULL)"

/* ---- calls, tasks, documents ---- */

#define CALL_SELECT                                                            \
	"SELECT id, run_id, public_id, order_id, step, visit, name, adapter,"  \
	" operation, adapter_id, purpose, order_scope, idempotency_key,"       \
	" digest, params, state, attempt, class, status, answer, error,"       \
	" intent_ms, sent_ms, answered_ms, duration_ms, code, maybe_done "     \
	"FROM call "
#define CALL_OUT "(state = 'INTENT' OR state = 'SENT' OR state = 'UNKNOWN')"

#define TASK_SELECT                                                            \
	"SELECT id, run_id, public_id, order_id, step, visit, state, version," \
	" title, reason, role, issue_type, tier, proposal, digest,"            \
	" amount_minor, currency, event_ms, approvals_needed, approval_count," \
	" due_ms, claimed_by, claim_until_ms, approved, reason_code, notes,"   \
	" decider, decider_role, self_asserted, decided_ms, execute_at_ms,"    \
	" intent_ms, supersedes, void_reason, snoozed_until_ms, created_ms,"   \
	" updated_ms, closed_ms, alternative, form, escalate_ms,"              \
	" escalated_ms FROM task "

/* Parameters of all views: ?1 actor, ?2 order id, ?3 issue type, ?4 now, ?5
 * high amount, ?6 limit, ?7 offset. A lapsed claim counts as none; who waits
 * out his snooze is not shown as work. */
#define TASK_ASKED                                                             \
	"state IN ('OPEN', 'CLAIMED')"                                         \
	" AND (snoozed_until_ms IS NULL OR snoozed_until_ms <= ?4)"
#define VIEW_MINE                                                              \
	"(state = 'CLAIMED' AND claimed_by = ?1 AND claim_until_ms > ?4)"
#define VIEW_UNCLAIMED                                                         \
	"(" TASK_ASKED " AND (state = 'OPEN' OR claim_until_ms IS NULL"        \
	" OR claim_until_ms <= ?4))"
#define VIEW_DUE "(" TASK_ASKED " AND due_ms < ?4 + 3600000)"
#define VIEW_EVENT "(" TASK_ASKED " AND event_ms < ?4 + 86400000)"
#define VIEW_SECOND                                                            \
	"(" TASK_ASKED " AND approval_count > 0"                               \
	" AND approval_count < approvals_needed AND NOT EXISTS (SELECT 1"      \
	" FROM decision WHERE decision.task_id = task.id"                      \
	" AND decision.actor = ?1 AND decision.undone_ms IS NULL))"
#define VIEW_HIGH "(" TASK_ASKED " AND amount_minor >= ?5)"
#define VIEW_SNOOZED "(state IN ('OPEN', 'CLAIMED') AND snoozed_until_ms > ?4)"
#define VIEW_DECIDED                                                           \
	"id IN (SELECT task_id FROM decision WHERE actor = ?1"                 \
	" AND undone_ms IS NULL UNION SELECT id FROM task"                     \
	" WHERE decider = ?1)"
#define TASK_OF_FILTER                                                         \
	" AND (?2 IS NULL OR order_id = ?2)"                                   \
	" AND (?3 IS NULL OR issue_type = ?3)"
#define TASK_VIEW(condition)                                                   \
	TASK_SELECT "WHERE closed_ms IS NULL" condition TASK_OF_FILTER         \
		    " ORDER BY sort_ms, id LIMIT ?6 OFFSET ?7"

#define DOCUMENT_SELECT(body)                                                  \
	"SELECT d.id, d.kind, d.name, d.version, d.digest, " body              \
	", d.actor, d.created_ms, a.document_id IS NOT NULL FROM document d"   \
	" LEFT JOIN active a ON a.document_id = d.id "

#define CONTROL_SELECT                                                         \
	"SELECT id, public_id, kind, name, reason, actor, created_ms,"         \
	" expires_ms, lifted_ms, lifted_by, lift_reason FROM control "

#define BULK_SELECT                                                            \
	"SELECT id, public_id, operation, state, filter, params, reason,"      \
	" actor, role, self_asserted, rate, total, waiting, done, skipped,"    \
	" failed, created_ms, started_ms, ended_ms FROM bulk "

/* The names alone stand in an index: no row of a run is read. The parts of one
 * group are read from its newest runs. */
#define GROUP_COUNT(ref)                                                       \
	"SELECT " ref ", count(*) FROM run WHERE " ref " IS NOT NULL"          \
	" AND closed_ms IS NULL GROUP BY " ref " ORDER BY count(*) DESC, " ref \
	" LIMIT ?1"
#define GROUP_PART(ref)                                                        \
	"SELECT issue_type, currency, count(*), sum(amount_minor),"            \
	" min(urgent_ms), min(event_ms), count(*) FILTER"                      \
	" (WHERE state = 'WAITING_TASK'), count(*) FILTER"                     \
	" (WHERE state = 'HELD') FROM (SELECT * FROM run WHERE " ref " = ?1"   \
	" AND closed_ms IS NULL ORDER BY id DESC LIMIT ?2) AS newest"          \
	" GROUP BY issue_type, currency ORDER BY count(*) DESC"

#define AUDIT_COLUMNS "id, seq, at_ms, kind, actor, message, data"

/* Laid out by hand, clause by clause. */
/* clang-format off */
const char *const mend_sql[] = {
	[SQL_META_GET] = "SELECT value_int FROM meta WHERE key = ?1",
	[SQL_META_SET] = "UPDATE meta SET value_int = ?2 WHERE key = ?1",
	[SQL_META_RAISE] =
		"UPDATE meta SET value_int = value_int + 1 WHERE key = ?1"
		" RETURNING value_int",

	[SQL_RUN_INSERT] =
		"INSERT INTO run (public_id, order_id, state, outcome,"
		" result, issue_type, tier, playbook_id, step, phase,"
		" progress, attempt, attempts_max, queue, priority, due_ms,"
		" lease, epoch, inbox_seq, inbox_read, crash_count,"
		" wait_task_id, wait_signal, wait_adapter, reason,"
		" last_error, paused_state, amount_minor, currency, event_ms,"
		" urgent_ms, source, event_key, audit_seq, audit_head,"
		" created_ms, updated_ms, closed_ms, event_ref, seller_ref,"
		" venue_ref, platform_ref)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
		" ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,"
		" ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36,"
		" ?37, ?38, ?39, ?40, ?41, ?42)",
	[SQL_RUN_BY_ID] = RUN_SELECT "WHERE id = ?1",
	[SQL_RUN_BY_PUBLIC_ID] = RUN_SELECT "WHERE public_id = ?1",
	[SQL_RUN_OPEN_OF_ORDER] =
		RUN_SELECT "WHERE order_id = ?1 AND closed_ms IS NULL",
	/* The open one is always the newest. */
	[SQL_RUN_LATEST_OF_ORDER] =
		RUN_SELECT "WHERE order_id = ?1 ORDER BY id DESC LIMIT 1",
	[SQL_RUN_CLAIM] =
		"UPDATE run SET lease = ?1, epoch = epoch + 1, room = NULL"
		" WHERE id IN"
		" (SELECT id FROM run WHERE queue = ?2 AND priority = ?3"
		" AND due_ms <= ?4 AND lease IS NULL AND parked_ms IS NULL"
		" ORDER BY due_ms"
		" LIMIT ?5) AND lease IS NULL RETURNING " RUN_COLUMNS,
	[SQL_RUN_CLAIM_PARKED] =
		"UPDATE run SET lease = ?1, epoch = epoch + 1,"
		" parked_ms = NULL WHERE id IN"
		" (SELECT id FROM run WHERE queue = ?2 AND " RUN_PARKED
		" ORDER BY parked_ms, priority, id"
		" LIMIT ?3) AND lease IS NULL RETURNING " RUN_COLUMNS,
	[SQL_RUN_NEXT_DUE] =
		"SELECT " RUN_EARLIEST("0") ", " RUN_EARLIEST("1") ", "
		RUN_EARLIEST("2") ", " RUN_EARLIEST("3")
		", EXISTS (SELECT 1 FROM run WHERE queue = ?1 AND "
		RUN_PARKED ")",
	[SQL_RUN_PARKED_COUNT] =
		"SELECT count(*) FROM (SELECT 1 FROM run WHERE queue = ?1"
		" AND " RUN_PARKED " LIMIT ?2) AS some",
	[SQL_RUN_QUEUE_AFTER] =
		"SELECT min(queue) FROM (SELECT min(queue) AS queue FROM run"
		" WHERE queue > ?1 AND " RUN_PARKED
		" UNION ALL SELECT min(queue) FROM run WHERE queue > ?1 AND "
		RUN_DUE ") AS next",
	[SQL_RUN_FENCE] = "SELECT 1 FROM run" RUN_FENCE,
	/* SQLite writes anew what every column that is set is in an index of,
	 * also when its value stays. So the usual step leaves the rest as it
	 * is; a change of state leaves what runs are searched by, and all but
	 * the last whether it is open. The one that does not fit finds no row,
	 * and the next one writes more. */
	[SQL_RUN_UPDATE] =
		RUN_SET_STEP RUN_FENCE
		" AND state = ?4 AND lease IS NOT DISTINCT FROM ?28"
		" AND queue = ?32 AND inbox_read = ?34"
		" AND due_ms IS NOT DISTINCT FROM ?10"
		" AND parked_ms IS NOT DISTINCT FROM ?39"
		" AND deadline_ms IS NOT DISTINCT FROM ?40"
		RUN_SAME_SEARCH RUN_SAME_CLOSED,
	[SQL_RUN_UPDATE_STATE] =
		RUN_SET_STEP RUN_SET_STATE RUN_FENCE RUN_SAME_SEARCH
		RUN_SAME_CLOSED,
	[SQL_RUN_UPDATE_SEARCH] =
		RUN_SET_STEP RUN_SET_STATE RUN_SET_SEARCH RUN_FENCE
		RUN_SAME_CLOSED,
	[SQL_RUN_UPDATE_CLOSED] =
		RUN_SET_STEP RUN_SET_STATE ", closed_ms = ?31" RUN_FENCE
		RUN_SAME_SEARCH,
	[SQL_RUN_UPDATE_ALL] =
		RUN_SET_STEP RUN_SET_STATE RUN_SET_SEARCH
		", closed_ms = ?31" RUN_FENCE,
	/* Who is spoken to does not wait in an adapter's queue: it may be
	 * full or down for long, and a cancel needs none. */
	[SQL_RUN_NUDGE] =
		"UPDATE run SET inbox_seq = inbox_seq + 1, queue = CASE"
		" WHEN ?2 = 1 AND lease IS NULL THEN '' ELSE queue"
		" END, parked_ms = CASE"
		" WHEN ?2 = 1 AND lease IS NULL THEN NULL ELSE parked_ms"
		" END, due_ms = CASE"
		" WHEN ?2 = 1 AND lease IS NULL AND (due_ms IS NULL"
		" OR due_ms > ?3) THEN ?3 ELSE due_ms"
		" END, audit_seq = ?4, audit_head = ?5 WHERE id = ?1"
		" RETURNING inbox_seq, due_ms",
	[SQL_RUN_AUDIT_HEAD] =
		"UPDATE run SET audit_seq = ?2, audit_head = ?3 WHERE id = ?1",
	[SQL_RUN_UNREAD] =
		"SELECT id FROM run WHERE lease = ?1"
		" AND inbox_seq > inbox_read ORDER BY id LIMIT ?2",
	/* An orderly stop lets go of all: what is leased was left by a
	 * crash. */
	[SQL_RUN_RECLAIM] =
		"UPDATE run SET lease = NULL, due_ms = ?2,"
		" crash_count = crash_count + CASE WHEN id = ?3"
		" OR crash_count < 2 THEN 1 ELSE 0 END"
		" WHERE lease IS NOT NULL AND lease <> ?1",
	[SQL_RUN_UNQUEUE] =
		"UPDATE run SET queue = '', parked_ms = NULL WHERE id IN"
		" (SELECT id FROM run WHERE queue = ?1 AND " RUN_DUE
		" UNION ALL SELECT id FROM run WHERE queue = ?1 AND "
		RUN_PARKED ")",
	[SQL_RUN_NEXT_DEADLINE] =
		"SELECT min(deadline_ms) FROM run WHERE deadline_ms IS NOT NULL"
		" AND queue > '' AND lease IS NULL",
	/* Planned without waiting for its adapter; what the plan then needs of
	 * it is waited for again. */
	[SQL_RUN_DEADLINE] =
		"UPDATE run SET queue = '', due_ms = ?1, deadline_ms = NULL,"
		" parked_ms = NULL"
		" WHERE deadline_ms <= ?1 AND queue > '' AND lease IS NULL",
	[SQL_SLOT_OF_RUN] =
		"SELECT key, number FROM slot WHERE run_id = ?1",
	[SQL_SLOT_TAKEN] =
		"SELECT number FROM slot WHERE key = ?1 AND number IS NOT NULL"
		" AND number < ?2 ORDER BY number",
	[SQL_SLOT_PUT] =
		"INSERT INTO slot (run_id, key, number, capacity, priority,"
		" urgent_ms, since_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
		" ON CONFLICT (run_id) DO UPDATE SET key = excluded.key,"
		" number = excluded.number, capacity = excluded.capacity,"
		" priority = excluded.priority,"
		" urgent_ms = excluded.urgent_ms",
	[SQL_SLOT_FREE] = "DELETE FROM slot WHERE run_id = ?1",
	/* Only who stands there and waits: one that was paused or held comes
	 * again by itself. */
	[SQL_SLOT_PASS] =
		"UPDATE slot SET number = ?2 WHERE run_id = (SELECT s.run_id"
		" FROM slot s JOIN run r ON r.id = s.run_id WHERE s.key = ?1"
		" AND s.number IS NULL AND s.capacity > ?2"
		" AND r.state = 'BLOCKED' ORDER BY s.priority, s.urgent_ms,"
		" s.run_id LIMIT 1) RETURNING run_id",
	[SQL_SLOT_WAKE] =
		"UPDATE run SET due_ms = ?2 WHERE id = ?1 AND lease IS NULL"
		" AND closed_ms IS NULL",
	[SQL_RUN_SWEEP] = RUN_SELECT "WHERE id > ?1 ORDER BY id LIMIT ?2",
	[SQL_RUN_COUNT] = "SELECT state, count(*) FROM run GROUP BY state",
	[SQL_RUN_LIST] = RUN_SELECT "WHERE" RUN_FILTERS,
	[SQL_RUN_LIST_PUBLIC_ID] = RUN_LIST_BY("public_id = ?4"),
	[SQL_RUN_LIST_ORDER] = RUN_LIST_BY("order_id = ?1"),
	[SQL_RUN_LIST_ORDER_PREFIX] =
		RUN_LIST_BY("order_id >= ?2 AND order_id < ?3"),
	[SQL_RUN_LIST_EVENT_KEY] =
		RUN_LIST_BY("id IN (SELECT run_id FROM event_key"
			    " WHERE key = ?5)"),
	[SQL_RUN_LIST_STATE] = RUN_LIST_BY("state = ?6"),
	[SQL_RUN_LIST_ISSUE_TYPE] = RUN_LIST_BY("issue_type = ?9"),
	[SQL_RUN_LIST_AMOUNT] = RUN_LIST_BY("amount_minor BETWEEN ?12 AND ?13"),
	[SQL_RUN_LIST_OPEN] = RUN_LIST_BY("closed_ms IS NULL"),
	[SQL_RUN_LIST_EVENT] =
		RUN_LIST_BY("event_ref = ?18 AND event_ref > ''"),
	[SQL_RUN_LIST_OPEN_SELLER] =
		RUN_LIST_BY("seller_ref = ?19 AND closed_ms IS NULL"),
	[SQL_RUN_LIST_OPEN_VENUE] =
		RUN_LIST_BY("venue_ref = ?20 AND closed_ms IS NULL"),
	[SQL_RUN_LIST_OPEN_PLATFORM] =
		RUN_LIST_BY("platform_ref = ?21 AND closed_ms IS NULL"),
	[SQL_RUN_LIST_UNKNOWN] =
		RUN_LIST_BY("id IN (SELECT run_id FROM call WHERE"
			    " state = 'UNKNOWN' AND adapter = ?24"
			    " AND operation = ?25)"),
	[SQL_RUN_LIST_OVERDUE] = RUN_LIST_BY(
		"id IN (SELECT run_id FROM task WHERE closed_ms IS NULL"
		" AND sort_ms < ?24 AND due_ms < ?24"
		" AND state IN ('OPEN', 'CLAIMED')"
		" AND coalesce(issue_type, '') = ?25"
		" AND step = ?26 AND role = ?27)"),
	[SQL_RUN_LIST_OPEN_PLAYBOOK] = RUN_LIST_BY(
		"playbook_id IN (" PLAYBOOK_IDS ") AND closed_ms IS NULL"),
	/* Is it worth going by this index? Counting stops early. */
	[SQL_RUN_FEW_OF_PREFIX] =
		"SELECT count(*) FROM (SELECT 1 FROM run WHERE order_id >= ?1"
		" AND order_id < ?2 LIMIT ?3) AS some",
	[SQL_RUN_FEW_OF_AMOUNT] =
		"SELECT count(*) FROM (SELECT 1 FROM run WHERE amount_minor"
		" BETWEEN ?1 AND ?2 LIMIT ?3) AS some",

	[SQL_CASE_LOAD] =
		"SELECT body, updated_ms FROM case_file WHERE run_id = ?1",
	[SQL_CASE_SAVE] =
		"INSERT INTO case_file (run_id, body, updated_ms)"
		" VALUES (?1, ?2, ?3) ON CONFLICT (run_id) DO UPDATE"
		" SET body = excluded.body, updated_ms = excluded.updated_ms",

	[SQL_INBOX_INSERT] =
		"INSERT INTO inbox (run_id, kind, name, body, actor,"
		" received_ms, consumed_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
		" ?7)",
	[SQL_INBOX_UNCONSUMED] =
		"SELECT id, run_id, kind, name, body, actor, received_ms,"
		" consumed_ms FROM inbox WHERE run_id = ?1"
		" AND consumed_ms IS NULL"
		" AND (kind NOT IN ('signal', 'event') OR id IN"
		" (SELECT min(id) FROM inbox WHERE run_id = ?1"
		" AND consumed_ms IS NULL AND kind = 'signal' GROUP BY name"
		" ORDER BY min(id) LIMIT ?2 / 2) OR id IN"
		" (SELECT id FROM inbox WHERE run_id = ?1"
		" AND consumed_ms IS NULL AND kind = 'event'"
		" ORDER BY id LIMIT ?2 / 5)) ORDER BY id LIMIT ?2",
	[SQL_INBOX_SWEEP] =
		"SELECT id, run_id, kind, name, body, actor, received_ms,"
		" consumed_ms FROM inbox WHERE id > ?1 ORDER BY id LIMIT ?2",
	[SQL_INBOX_CONSUME] =
		"UPDATE inbox SET consumed_ms = ?2 WHERE id = ?1"
		" AND consumed_ms IS NULL",

	[SQL_CALL_INSERT] =
		"INSERT INTO call (run_id, public_id, order_id, step, visit,"
		" name, adapter, operation, adapter_id, purpose, order_scope,"
		" idempotency_key, digest, params, state, attempt, class,"
		" status, answer, error, intent_ms, sent_ms, answered_ms,"
		" duration_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
		" ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,"
		" ?22, ?23, ?24)",
	[SQL_CALL_RESEND] =
		"UPDATE call SET state = 'SENT', attempt = ?2, sent_ms = ?3,"
		" maybe_done = ?4 WHERE id = ?1",
	[SQL_CALL_ANSWER] =
		"UPDATE call SET state = ?2, attempt = ?3, class = ?4,"
		" status = ?5, answer = ?6, error = ?7, sent_ms = ?8,"
		" answered_ms = ?9, duration_ms = ?10, code = ?11,"
		" maybe_done = ?12 WHERE id = ?1",
	[SQL_CALL_BY_ID] = CALL_SELECT "WHERE id = ?1",
	[SQL_CALL_OF_VISIT] =
		CALL_SELECT
		"WHERE run_id = ?1 AND step = ?2 AND visit = ?3 ORDER BY id",
	[SQL_CALL_OF_RUN] =
		CALL_SELECT "WHERE run_id = ?1 ORDER BY id LIMIT ?2",
	[SQL_CALL_OUT_COUNT] =
		"SELECT count(*) FROM call WHERE run_id = ?1 AND " CALL_OUT,
	[SQL_CALL_FORSAKE] =
		"UPDATE call SET state = 'UNKNOWN', class = 'UNKNOWN',"
		" maybe_done = 1, error = ?1"
		" WHERE " CALL_OUT
		" AND state <> 'UNKNOWN' AND purpose = 'effect'"
		" AND EXISTS (SELECT 1 FROM run WHERE run.id = call.run_id"
		" AND run.closed_ms IS NOT NULL)",
	[SQL_CALL_ORDER_SCOPE_OUT] =
		CALL_SELECT "WHERE order_id = ?1 AND order_scope = 1 AND "
		CALL_OUT,

	[SQL_CALL_BY_PUBLIC_ID] = CALL_SELECT "WHERE public_id = ?1",
	[SQL_CALL_UNKNOWN_OF_RUN] =
		CALL_SELECT "WHERE run_id = ?1 AND " CALL_OUT
			    " AND purpose = 'effect'"
			    " AND (?2 = 1 OR state = 'UNKNOWN')"
			    " ORDER BY id",
	[SQL_CALL_EFFECT_OF_RUN] =
		CALL_SELECT "WHERE run_id = ?1 AND purpose = 'effect'"
			    " AND state <> 'FAILED' ORDER BY id LIMIT ?2",

	[SQL_TASK_INSERT] =
		"INSERT INTO task (run_id, public_id, order_id, step, visit,"
		" title, role, issue_type, tier, proposal, digest,"
		" amount_minor, currency, event_ms, supersedes, created_ms,"
		" reason, state, version, approvals_needed, approval_count,"
		" due_ms, claimed_by, claim_until_ms, approved, reason_code,"
		" notes, decider, decider_role, self_asserted, decided_ms,"
		" execute_at_ms, intent_ms, void_reason, snoozed_until_ms,"
		" updated_ms, closed_ms, sort_ms, alternative, form,"
		" escalate_ms, escalated_ms)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
		" ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,"
		" ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36,"
		" ?37, ?38, ?39, ?40, ?41, ?42)",
	[SQL_TASK_UPDATE] =
		"UPDATE task SET state = ?3, version = version + 1,"
		" approvals_needed = ?4, approval_count = ?5, due_ms = ?6,"
		" claimed_by = ?7, claim_until_ms = ?8, approved = ?9,"
		" reason_code = ?10, notes = ?11, decider = ?12,"
		" decider_role = ?13, self_asserted = ?14, decided_ms = ?15,"
		" execute_at_ms = ?16, intent_ms = ?17, void_reason = ?18,"
		" snoozed_until_ms = ?19, updated_ms = ?20, closed_ms = ?21,"
		" sort_ms = ?22, alternative = ?23, form = ?24,"
		" escalate_ms = ?25, escalated_ms = ?26, role = ?27"
		" WHERE id = ?1 AND version = ?2",
	[SQL_TASK_BY_ID] = TASK_SELECT "WHERE id = ?1",
	[SQL_TASK_BY_PUBLIC_ID] = TASK_SELECT "WHERE public_id = ?1",
	[SQL_TASK_OPEN_OF_RUN] =
		TASK_SELECT "WHERE run_id = ?1 AND closed_ms IS NULL",
	[SQL_TASK_OF_RUN] =
		TASK_SELECT "WHERE run_id = ?1 ORDER BY id LIMIT ?2",
	[SQL_TASK_LIST_ALL] = TASK_VIEW(""),
	[SQL_TASK_LIST_MINE] = TASK_VIEW(" AND " VIEW_MINE),
	[SQL_TASK_LIST_UNCLAIMED] = TASK_VIEW(" AND " VIEW_UNCLAIMED),
	[SQL_TASK_LIST_DUE] = TASK_VIEW(" AND " VIEW_DUE),
	[SQL_TASK_LIST_EVENT] = TASK_VIEW(" AND " VIEW_EVENT),
	[SQL_TASK_LIST_SECOND] = TASK_VIEW(" AND " VIEW_SECOND),
	[SQL_TASK_LIST_HIGH] = TASK_VIEW(" AND " VIEW_HIGH),
	[SQL_TASK_LIST_SNOOZED] = TASK_VIEW(" AND " VIEW_SNOOZED),
	[SQL_TASK_LIST_DECIDED] =
		TASK_SELECT "WHERE " VIEW_DECIDED TASK_OF_FILTER
		" ORDER BY coalesce(decided_ms, updated_ms) DESC, id DESC"
		" LIMIT ?6 OFFSET ?7",
	[SQL_TASK_COUNT_OPEN] =
		"SELECT count(*), count(*) FILTER (WHERE " VIEW_MINE
		"), count(*) FILTER (WHERE " VIEW_UNCLAIMED
		"), count(*) FILTER (WHERE " VIEW_DUE
		"), count(*) FILTER (WHERE " VIEW_EVENT
		"), count(*) FILTER (WHERE " VIEW_SECOND
		"), count(*) FILTER (WHERE " VIEW_HIGH
		"), count(*) FILTER (WHERE " VIEW_SNOOZED
		") FROM task WHERE closed_ms IS NULL" TASK_OF_FILTER,
	[SQL_TASK_COUNT_DECIDED] =
		"SELECT count(*) FROM task WHERE " VIEW_DECIDED TASK_OF_FILTER,
	[SQL_DECISION_INSERT] =
		"INSERT INTO decision (task_id, approved, actor, role,"
		" self_asserted, digest, notes, decided_ms, undone_ms,"
		" alternative, form, reason_code, amount_minor, currency)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
		" ?12, ?13, ?14)",
	[SQL_DECISION_UNDO] =
		"UPDATE decision SET undone_ms = ?2 WHERE task_id = ?1"
		" AND undone_ms IS NULL",
	[SQL_DECISION_LIST] =
		"SELECT id, task_id, approved, actor, role, self_asserted,"
		" digest, notes, decided_ms, undone_ms, alternative, form,"
		" reason_code, amount_minor, currency FROM decision"
		" WHERE task_id = ?1 ORDER BY id",
	[SQL_DECISION_SPENT] =
		"SELECT coalesce(sum(d.amount_minor), 0)"
		" FROM decision d JOIN task t ON t.id = d.task_id"
		" WHERE d.actor = ?1 AND d.decided_ms > ?2 AND d.approved = 1"
		" AND d.currency IS ?3 AND d.undone_ms IS NULL"
		" AND t.state NOT IN ('VOID', 'EXPIRED', 'CANCELED')",
	[SQL_DECISION_SPENT_AFTER] =
		"SELECT coalesce(sum(CASE WHEN actor = ?1 AND approved = 1"
		" AND currency IS NOT DISTINCT FROM ?2 AND undone_ms IS NULL"
		" THEN amount_minor ELSE 0 END), 0), coalesce(max(id), ?3)"
		" FROM decision WHERE id > ?3",
	[SQL_DECISION_LAST] = "SELECT coalesce(max(id), 0) FROM decision",

	[SQL_AUDIT_INSERT] =
		"INSERT INTO audit (run_id, seq, at_ms, kind, actor, message,"
		" data, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	/* Raising first takes the row for us before we read the head. */
	[SQL_AUDIT_HEAD_RAISE] =
		"UPDATE meta SET value_int = value_int + 1"
		" WHERE key = 'system_audit' RETURNING value_int, value_blob",
	[SQL_AUDIT_HEAD_SET] =
		"UPDATE meta SET value_blob = ?1 WHERE key = 'system_audit'",
	[SQL_AUDIT_LIST] =
		"SELECT " AUDIT_COLUMNS
		" FROM audit WHERE run_id = ?1 AND seq > ?2 ORDER BY seq"
		" LIMIT ?3",
	[SQL_AUDIT_LIST_SYSTEM] =
		"SELECT " AUDIT_COLUMNS
		" FROM audit WHERE run_id IS NULL AND seq > ?1 ORDER BY seq"
		" LIMIT ?2",
	[SQL_AUDIT_UNSEALED] =
		"SELECT id, hash, kind FROM audit WHERE id > ?1 ORDER BY id"
		" LIMIT ?2",
	[SQL_AUDIT_SPAN] =
		"SELECT id, hash FROM audit WHERE id BETWEEN ?1 AND ?2"
		" ORDER BY id",
	[SQL_AUDIT_CHAIN] =
		"SELECT " AUDIT_COLUMNS
		", hash FROM audit WHERE run_id = ?1 ORDER BY seq, id",
	[SQL_AUDIT_CHAIN_SYSTEM] =
		"SELECT " AUDIT_COLUMNS
		", hash FROM audit WHERE run_id IS NULL ORDER BY seq, id",
	[SQL_AUDIT_HEAD_OF_RUN] =
		"SELECT public_id, audit_seq, audit_head FROM run"
		" WHERE id = ?1",
	[SQL_AUDIT_HEAD_OF_SYSTEM] =
		"SELECT value_int, value_blob FROM meta"
		" WHERE key = 'system_audit'",
	[SQL_AUDIT_RUNS] =
		"SELECT id FROM run WHERE id > ?1 ORDER BY id LIMIT ?2",
	[SQL_AUDIT_ORPHANS] =
		"SELECT run_id, seq FROM audit WHERE run_id IS NOT NULL"
		" AND NOT EXISTS (SELECT 1 FROM run"
		" WHERE run.id = audit.run_id) ORDER BY run_id, seq LIMIT ?1",

	[SQL_DOCUMENT_FIND] =
		"SELECT id, version FROM document WHERE kind = ?1"
		" AND name = ?2 AND digest = ?3",
	[SQL_DOCUMENT_INSERT] =
		"INSERT INTO document (kind, name, version, digest, body,"
		" actor, created_ms) SELECT ?1, ?2, coalesce(max(version),"
		" 0) + 1, ?3, ?4, ?5, ?6 FROM document WHERE kind = ?1"
		" AND name = ?2 RETURNING id, version",
	[SQL_DOCUMENT_ACTIVATE] =
		"INSERT INTO active (kind, name, document_id)"
		" VALUES (?1, ?2, ?3) ON CONFLICT (kind, name) DO UPDATE"
		" SET document_id = excluded.document_id",
	[SQL_DOCUMENT_RETIRE] =
		"DELETE FROM active WHERE kind = ?1 AND name = ?2",
	[SQL_DOCUMENT_BY_ID] = DOCUMENT_SELECT("d.body") "WHERE d.id = ?1",
	[SQL_DOCUMENT_ACTIVE] =
		DOCUMENT_SELECT("d.body")
		"WHERE d.id IN (SELECT document_id FROM active)"
		" ORDER BY d.kind, d.name",
	[SQL_DOCUMENT_ACTIVE_OF] =
		"SELECT d.id, d.kind, d.name, d.version, d.digest, d.body,"
		" d.actor, d.created_ms, 1 FROM active a"
		" JOIN document d ON d.id = a.document_id"
		" WHERE a.kind = ?1 ORDER BY a.name",
	[SQL_DOCUMENT_LIST] =
		DOCUMENT_SELECT("NULL")
		"WHERE (?1 IS NULL OR d.kind = ?1) ORDER BY d.id DESC",
	[SQL_DOCUMENT_VERSIONS] =
		"SELECT d.id, d.kind, d.name, d.version, d.digest, NULL,"
		" d.actor, d.created_ms, a.document_id IS NOT NULL,"
		" (SELECT count(*) FROM run WHERE playbook_id = d.id"
		" AND closed_ms IS NULL),"
		" (SELECT actor FROM activation WHERE document_id = d.id"
		" ORDER BY id DESC LIMIT 1),"
		" (SELECT at_ms FROM activation WHERE document_id = d.id"
		" ORDER BY id DESC LIMIT 1)"
		" FROM document d LEFT JOIN active a ON a.document_id = d.id"
		" WHERE d.kind = ?1 AND (?2 IS NULL OR d.name = ?2)"
		" ORDER BY d.name, d.version DESC LIMIT ?3",
	[SQL_DOCUMENT_VERSION] =
		DOCUMENT_SELECT("d.body")
		"WHERE d.kind = ?1 AND d.name = ?2 AND d.version = ?3",
	[SQL_ACTIVATION_INSERT] =
		"INSERT INTO activation (kind, name, document_id, actor,"
		" at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",

	[SQL_KEY_GET] =
		"SELECT digest, status, answer FROM idempotency"
		" WHERE actor = ?1 AND route = ?2 AND key = ?3",
	[SQL_KEY_PUT] =
		"INSERT INTO idempotency (actor, route, key, digest, status,"
		" answer, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[SQL_KEY_EXPIRE] =
		"DELETE FROM idempotency WHERE (actor, route, key) IN"
		" (SELECT actor, route, key FROM idempotency"
		" WHERE created_ms < ?1 ORDER BY created_ms LIMIT ?2)",
	[SQL_EVENT_KEY_GET] =
		"SELECT run_id, digest FROM event_key WHERE source = ?1"
		" AND key = ?2",
	[SQL_EVENT_KEY_PUT] =
		"INSERT INTO event_key (source, key, run_id, digest)"
		" VALUES (?1, ?2, ?3, ?4)",

	[SQL_BULK_INSERT] =
		"INSERT INTO bulk (public_id, operation, state, filter,"
		" params, reason, actor, role, self_asserted, rate, total,"
		" waiting, done, skipped, failed, created_ms, started_ms,"
		" ended_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
		" ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
	[SQL_BULK_UPDATE] =
		"UPDATE bulk SET state = ?2, actor = ?3, role = ?4,"
		" self_asserted = ?5, total = ?6, waiting = ?7, done = ?8,"
		" skipped = ?9, failed = ?10, started_ms = ?11, ended_ms = ?12"
		" WHERE id = ?1",
	[SQL_BULK_BY_PUBLIC_ID] = BULK_SELECT "WHERE public_id = ?1",
	[SQL_BULK_RUNNING] =
		BULK_SELECT "WHERE state = 'RUNNING' ORDER BY id LIMIT ?1",
	[SQL_BULK_LIST] =
		BULK_SELECT "WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
	[SQL_BULK_ITEM_INSERT] =
		"INSERT INTO bulk_item (bulk_id, run_id, state, code, detail,"
		" task_id, digest, at_ms, urgency_ms)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SQL_BULK_ITEM_FINISH] =
		"UPDATE bulk_item SET state = ?3, code = ?4, detail = ?5,"
		" at_ms = ?6 WHERE bulk_id = ?1 AND run_id = ?2"
		" AND state = 'WAITING'",
	[SQL_BULK_ITEM_WAITING] =
		"SELECT b.run_id, r.public_id, b.task_id, b.digest"
		" FROM bulk_item b JOIN run r ON r.id = b.run_id"
		" WHERE b.bulk_id = ?1 AND b.state = 'WAITING'"
		" ORDER BY b.urgency_ms, b.run_id LIMIT ?2",
	[SQL_BULK_ITEM_LIST] =
		"SELECT b.run_id, r.public_id, r.order_id, b.state, b.code,"
		" b.detail, b.at_ms, b.task_id, r.state, r.outcome, r.result,"
		" r.issue_type, r.amount_minor, r.currency"
		" FROM bulk_item b JOIN run r ON r.id = b.run_id"
		" WHERE b.bulk_id = ?1 AND b.run_id > ?2"
		" AND (?3 IS NULL OR b.state = ?3) ORDER BY b.run_id LIMIT ?4",
	[SQL_BULK_ITEM_COUNT] =
		"SELECT state, coalesce(code, ''), count(*) FROM bulk_item"
		" WHERE bulk_id = ?1 GROUP BY state, code",

	[SQL_GROUP_EVENT] = GROUP_COUNT("event_ref"),
	[SQL_GROUP_SELLER] = GROUP_COUNT("seller_ref"),
	[SQL_GROUP_VENUE] = GROUP_COUNT("venue_ref"),
	[SQL_GROUP_PLATFORM] = GROUP_COUNT("platform_ref"),
	[SQL_GROUP_PART_EVENT] = GROUP_PART("event_ref"),
	[SQL_GROUP_PART_SELLER] = GROUP_PART("seller_ref"),
	[SQL_GROUP_PART_VENUE] = GROUP_PART("venue_ref"),
	[SQL_GROUP_PART_PLATFORM] = GROUP_PART("platform_ref"),
	[SQL_STUCK_RUNS] =
		"SELECT id, order_id, queue, wait_adapter, step, reason,"
		" last_error, attempt, due_ms, updated_ms FROM run"
		" WHERE state = ?1 ORDER BY id DESC LIMIT ?2",
	[SQL_STUCK_CALLS] =
		"SELECT adapter, operation, count(*), min(coalesce(sent_ms,"
		" intent_ms)), max(coalesce(sent_ms, intent_ms)),"
		" min(order_id), max(order_id), max(order_scope) FROM"
		" (SELECT * FROM call WHERE state = 'UNKNOWN'"
		" ORDER BY adapter, operation LIMIT ?1) AS some"
		" GROUP BY adapter, operation ORDER BY count(*) DESC",
	[SQL_STUCK_TASKS] =
		"SELECT issue_type, step, role, count(*), min(due_ms),"
		" max(due_ms), min(order_id), max(order_id) FROM"
		" (SELECT * FROM task WHERE closed_ms IS NULL AND sort_ms < ?1"
		" ORDER BY sort_ms LIMIT ?2) AS some WHERE due_ms < ?1"
		" AND state IN ('OPEN', 'CLAIMED')"
		" GROUP BY issue_type, step, role ORDER BY count(*) DESC",

	[SQL_WEBHOOK_GET] =
		"SELECT digest, run_id FROM webhook WHERE source = ?1"
		" AND webhook_id = ?2",
	[SQL_WEBHOOK_PUT] =
		"INSERT INTO webhook (source, webhook_id, digest, order_id,"
		" name, body, received_ms, run_id)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_WEBHOOK_WAITING] =
		"SELECT source, webhook_id, name, body, received_ms"
		" FROM webhook WHERE order_id = ?1 AND run_id IS NULL"
		" ORDER BY received_ms LIMIT ?2",
	[SQL_WEBHOOK_DELIVER] =
		"UPDATE webhook SET run_id = ?3 WHERE source = ?1"
		" AND webhook_id = ?2 AND run_id IS NULL",
	[SQL_WEBHOOK_EXPIRE] =
		"DELETE FROM webhook WHERE (source, webhook_id) IN"
		" (SELECT source, webhook_id FROM webhook"
		" WHERE received_ms < ?1 ORDER BY received_ms LIMIT ?2)",

	[SQL_SHARED_GET] =
		"SELECT o.run_id, o.call_key, o.since_ms, r.public_id,"
		" c.state, c.answer, coalesce(c.step = r.step"
		" AND r.phase <> 'once' AND r.state IN ('READY', 'RUNNING',"
		" 'BACKING_OFF', 'BLOCKED'), 0)"
		" FROM once o JOIN run r ON r.id = o.run_id"
		" LEFT JOIN call c ON c.idempotency_key = o.call_key"
		" WHERE o.key = ?1",
	/* From whoever we saw there, and from nobody else. */
	[SQL_SHARED_TAKE] =
		"INSERT INTO once (key, run_id, call_key, since_ms)"
		" VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE"
		" SET run_id = excluded.run_id, call_key = excluded.call_key,"
		" since_ms = excluded.since_ms WHERE once.call_key = ?5",

	/* By state: the index is read only where it is asked for. */

	[SQL_REPORT_RUNS_OPEN] =
		"SELECT state, count(*) FROM run"
		" WHERE state IN ('READY', 'RUNNING', 'BACKING_OFF',"
		" 'BLOCKED', 'WAITING_TASK', 'WAITING_SIGNAL', 'PAUSED',"
		" 'HELD', 'CANCELING') GROUP BY state",
	[SQL_REPORT_RUNS_CLOSED] =
		"SELECT state, count(*) FROM run"
		" WHERE state IN ('COMPLETED', 'FAILED', 'CANCELED',"
		" 'TIMED_OUT') GROUP BY state",
	[SQL_REPORT_OPEN_TASKS] =
		"SELECT count(*) FROM task WHERE closed_ms IS NULL",
	[SQL_REPORT_INBOX] =
		"SELECT count(*) FROM (SELECT 1 FROM inbox"
		" WHERE consumed_ms IS NULL LIMIT 100000) AS some",
	/* From queue to queue and priority to priority by the claims' index:
	 * a seek each, however many runs wait in it. */
	[SQL_REPORT_OLDEST_DUE] =
		"WITH RECURSIVE " QUEUES_OF("waiting", RUN_DUE)
		", urgency (priority)"
		" AS (VALUES (0), (1), (2), (3))"
		" SELECT coalesce(min((SELECT min(due_ms) FROM run"
		" WHERE run.queue = waiting.queue"
		" AND run.priority = urgency.priority AND " RUN_DUE
		")), 0) FROM waiting CROSS JOIN urgency"
		" WHERE waiting.queue IS NOT NULL",
	[SQL_REPORT_CALLS_OUT] =
		"SELECT adapter, operation, state, count(*), 0 FROM call"
		" WHERE " CALL_OUT " GROUP BY adapter, operation, state",
	[SQL_REPORT_CALLS_RECENT] =
		"SELECT adapter, operation, state, count(*),"
		" coalesce(sum(duration_ms), 0) FROM call WHERE id >"
		" (SELECT coalesce(max(id), 0) FROM call) - ?1"
		" GROUP BY adapter, operation, state",

	[SQL_CONTROL_INSERT] =
		"INSERT INTO control (public_id, kind, name, reason, actor,"
		" created_ms, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[SQL_CONTROL_LIFT] =
		"UPDATE control SET lifted_ms = ?2, lifted_by = ?3,"
		" lift_reason = ?4 WHERE id = ?1 AND lifted_ms IS NULL",
	[SQL_CONTROL_BY_PUBLIC_ID] = CONTROL_SELECT "WHERE public_id = ?1",
	[SQL_CONTROL_OF] =
		CONTROL_SELECT
		"WHERE kind = ?1 AND name = ?2 AND lifted_ms IS NULL",
	[SQL_CONTROL_IN_FORCE] =
		CONTROL_SELECT "WHERE lifted_ms IS NULL ORDER BY id LIMIT ?1",
	[SQL_CONTROL_LIST] = CONTROL_SELECT "ORDER BY id DESC LIMIT ?1",
	[SQL_ADAPTER_STATE_SAVE] =
		"INSERT INTO adapter_state (adapter, at_ms, body)"
		" VALUES (?1, ?2, ?3) ON CONFLICT (adapter) DO UPDATE"
		" SET at_ms = excluded.at_ms, body = excluded.body",
	[SQL_ADAPTER_STATE_LIST] =
		"SELECT adapter, at_ms, body FROM adapter_state"
		" ORDER BY adapter",
};
/* clang-format on */

_Static_assert(sizeof(mend_sql) / sizeof(*mend_sql) == SQL_COUNT,
	       "a statement is missing at the end of the table");

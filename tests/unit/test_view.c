/*
 * How rows read in JSON: every key of the contract, null for what is absent,
 * and in words what comes next.
 */
#include "engine/flow/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/flow/note.h"
#include "engine/flow/view_next.h"
#include "engine/store/document_store.h"
#include "tests/test.h"

#define NOW_MS INT64_C(1800000000000) /* 2027-01-15T08:00:00Z */

/* The whole text, so that no key is added or lost unnoticed; of a run's why,
 * which test_view_why.c reads, that it is there. */
static void assert_reads(cJSON *o, const char *wanted)
{
	char *text;

	if (json_get(o, "why"))
		json_set_string(o, "why", "…");
	text = json_print(o);

	assert_string_equal(text, wanted);
	free(text);
	cJSON_Delete(o);
}

static void an_empty_run(void **state)
{
	struct run r = {.state = RUN_READY,
			.public_id = "run_1",
			.order_id = "ORDER-42",
			.amount_minor = -1,
			.due_ms = NOW_MS,
			.created_ms = NOW_MS,
			.updated_ms = NOW_MS};

	(void)state;
	assert_reads(
		view_run(NULL, &r),
		"{\"runId\":\"run_1\",\"workflowId\":\"resolve-ORDER-42\","
		"\"orderId\":\"ORDER-42\",\"state\":\"READY\",\"outcome\":null,"
		"\"result\":null,\"issueType\":null,\"tier\":null,"
		"\"playbook\":null,\"playbookVersion\":null,\"step\":null,"
		"\"attempt\":0,\"maximumAttempts\":null,"
		"\"dueAt\":\"2027-01-15T08:00:00.000Z\",\"reason\":null,"
		"\"lastError\":null,\"priority\":0,"
		"\"createdAt\":\"2027-01-15T08:00:00.000Z\","
		"\"updatedAt\":\"2027-01-15T08:00:00.000Z\",\"closedAt\":null,"
		"\"amountMinor\":null,\"currency\":null,\"eventAt\":null,"
		"\"urgentAt\":null,\"deadlineAt\":null,\"eventRef\":null,"
		"\"sellerRef\":null,"
		"\"venueRef\":null,\"platformRef\":null,\"waitingFor\":null,"
		"\"next\":\"goes on with the first step as soon as the engine "
		"takes it\",\"why\":\"…\"}");
}

static void a_full_run(void **state)
{
	struct run r = {.state = RUN_COMPLETED,
			.public_id = "run_1",
			.order_id = "A",
			.outcome = "RESOLVED_AUTOMATICALLY",
			.result = "REFUNDED",
			.issue_type = "transfer_failed",
			.tier = 1,
			.step = "end",
			.attempt = 2,
			.attempts_max = 3,
			.reason = "accepted",
			.last_error = "503",
			.priority = 3,
			.amount_minor = 0,
			.currency = "USD",
			.event_ms = NOW_MS + 1,
			.urgent_ms = NOW_MS + 2,
			.created_ms = NOW_MS,
			.updated_ms = NOW_MS,
			.closed_ms = NOW_MS,
			.event_ref = "E-1",
			.seller_ref = "S-1",
			.venue_ref = "V-1",
			.platform_ref = "P-1"};

	(void)state;
	assert_reads(
		view_run(NULL, &r),
		"{\"runId\":\"run_1\",\"workflowId\":\"resolve-A\","
		"\"orderId\":\"A\",\"state\":\"COMPLETED\","
		"\"outcome\":\"RESOLVED_AUTOMATICALLY\","
		"\"result\":\"REFUNDED\",\"issueType\":\"transfer_failed\","
		"\"tier\":1,\"playbook\":null,\"playbookVersion\":null,"
		"\"step\":\"end\",\"attempt\":2,\"maximumAttempts\":3,"
		"\"dueAt\":null,\"reason\":\"accepted\",\"lastError\":\"503\","
		"\"priority\":3,\"createdAt\":\"2027-01-15T08:00:00.000Z\","
		"\"updatedAt\":\"2027-01-15T08:00:00.000Z\","
		"\"closedAt\":\"2027-01-15T08:00:00.000Z\",\"amountMinor\":0,"
		"\"currency\":\"USD\",\"eventAt\":\"2027-01-15T08:00:00.001Z\","
		"\"urgentAt\":\"2027-01-15T08:00:00.002Z\","
		"\"deadlineAt\":\"2027-01-15T08:00:00.002Z\","
		"\"eventRef\":\"E-1\",\"sellerRef\":\"S-1\","
		"\"venueRef\":\"V-1\",\"platformRef\":\"P-1\","
		"\"waitingFor\":null,"
		"\"next\":\"nothing: COMPLETED, RESOLVED_AUTOMATICALLY\","
		"\"why\":\"…\"}");
}

static const struct task open_task = {.public_id = "task_1",
				      .title = "Refund 20.00 EUR?",
				      .state = TASK_OPEN,
				      .due_ms = NOW_MS + 60000};
static const struct task approved_task = {.public_id = "task_1",
					  .title = "Refund 20.00 EUR?",
					  .state = TASK_DECIDED,
					  .approved = 1,
					  .decider = "Ana",
					  .execute_at_ms = NOW_MS + 10000,
					  .due_ms = NOW_MS + 60000};

static const struct {
	struct run run;
	const struct task *task;
	const char *next, *waiting_for;
} rows[] = {
	{{.state = RUN_READY, .step = "look"},
	 NULL,
	 "goes on with look as soon as the engine takes it",
	 NULL},
	{{.state = RUN_RUNNING, .step = "look"}, NULL, "works on look", NULL},
	{{.state = RUN_BACKING_OFF,
	  .step = "resend",
	  .phase = "backoff",
	  .attempt = 1,
	  .attempts_max = 3,
	  .due_ms = NOW_MS},
	 NULL,
	 "retries resend at 2027-01-15 08:00:00 UTC (attempt 2 of 3)",
	 "{\"kind\":\"time\",\"dueAt\":\"2027-01-15T08:00:00.000Z\"}"},
	{{.state = RUN_BACKING_OFF,
	  .step = "try",
	  .phase = "pause",
	  .attempt = 2,
	  .attempts_max = 3,
	  .due_ms = NOW_MS},
	 NULL,
	 "starts the next round of try at 2027-01-15 08:00:00 UTC (round 3 of "
	 "3)",
	 "{\"kind\":\"time\",\"dueAt\":\"2027-01-15T08:00:00.000Z\"}"},
	{{.state = RUN_BACKING_OFF,
	  .step = "resend",
	  .phase = "lookup_wait",
	  .attempt = 1,
	  .attempts_max = 3,
	  .due_ms = NOW_MS},
	 NULL,
	 "asks what became of resend at 2027-01-15 08:00:00 UTC",
	 "{\"kind\":\"time\",\"dueAt\":\"2027-01-15T08:00:00.000Z\"}"},
	{{.state = RUN_BLOCKED,
	  .step = "resend",
	  .wait_adapter = "transfer",
	  .reason = "the breaker is open",
	  .due_ms = NOW_MS},
	 NULL,
	 "transfer can't take it now (the breaker is open); tries resend again "
	 "at 2027-01-15 08:00:00 UTC",
	 "{\"kind\":\"adapter\",\"adapter\":\"transfer\","
	 "\"dueAt\":\"2027-01-15T08:00:00.000Z\"}"},
	{{.state = RUN_WAITING_TASK, .step = "ask"},
	 &open_task,
	 "waits for a person: Refund 20.00 EUR?, due 2027-01-15 08:01:00 UTC",
	 "{\"kind\":\"task\",\"taskId\":\"task_1\","
	 "\"title\":\"Refund 20.00 EUR?\",\"state\":\"OPEN\","
	 "\"dueAt\":\"2027-01-15T08:01:00.000Z\"}"},
	{{.state = RUN_WAITING_TASK, .step = "ask"},
	 &approved_task,
	 "Ana approved: carried out at 2027-01-15 08:00:10 UTC",
	 "{\"kind\":\"task\",\"taskId\":\"task_1\","
	 "\"title\":\"Refund 20.00 EUR?\",\"state\":\"DECIDED\","
	 "\"dueAt\":\"2027-01-15T08:01:00.000Z\"}"},
	{{.state = RUN_WAITING_TASK, .step = "ask"},
	 NULL,
	 "waits for a person: ask",
	 "{\"kind\":\"task\",\"taskId\":null,\"title\":null,\"state\":null,"
	 "\"dueAt\":null}"},
	{{.state = RUN_WAITING_SIGNAL,
	  .wait_signal = "supplier_answer",
	  .due_ms = NOW_MS},
	 NULL,
	 "waits for the signal supplier_answer until 2027-01-15 08:00:00 UTC",
	 "{\"kind\":\"signal\",\"name\":\"supplier_answer\","
	 "\"dueAt\":\"2027-01-15T08:00:00.000Z\"}"},
	{{.state = RUN_WAITING_SIGNAL, .due_ms = NOW_MS},
	 NULL,
	 "waits until 2027-01-15 08:00:00 UTC",
	 "{\"kind\":\"time\",\"dueAt\":\"2027-01-15T08:00:00.000Z\"}"},
	{{.state = RUN_HELD, .reason = "every round was in vain"},
	 NULL,
	 "HELD: every round was in vain — needs an operator: retry or cancel",
	 "{\"kind\":\"operator\",\"reason\":\"every round was in vain\","
	 "\"dueAt\":null}"},
	{{.state = RUN_PAUSED, .reason = "Sue: wait", .due_ms = NOW_MS},
	 NULL,
	 "PAUSED: Sue: wait — needs an operator: resume or cancel",
	 "{\"kind\":\"operator\",\"reason\":\"Sue: wait\",\"dueAt\":null}"},
	{{.state = RUN_CANCELING},
	 NULL,
	 "is cancelled as soon as no call is out any more",
	 NULL},
	{{.state = RUN_CANCELED}, NULL, "nothing: CANCELED", NULL},
	{{.state = RUN_TIMED_OUT}, NULL, "nothing: TIMED_OUT", NULL},
	{{.state = RUN_FAILED}, NULL, "nothing: FAILED", NULL},
};

static void says_what_comes_next(void **state)
{
	char next[NEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const cJSON *waits;
		struct strbuf text;
		cJSON *object;

		json_object_begin(&text);
		view_waiting_for(&text, "w", &rows[i].run, rows[i].task);
		object = json_own(&text);
		waits = json_get(object, "w");
		view_next(&rows[i].run, rows[i].task, next);
		assert_string_equal(next, rows[i].next);
		if (rows[i].waiting_for)
			assert_reads(cJSON_Duplicate(waits, true),
				     rows[i].waiting_for);
		else
			assert_true(cJSON_IsNull(waits));
		cJSON_Delete(object);
	}
}

static void an_audit_entry(void **state)
{
	struct audit_entry e = {.seq = 3,
				.at_ms = NOW_MS,
				.kind = "JOINED",
				.actor = "Ana",
				.message = "m",
				.data = "{\"a\":[1]}"};

	(void)state;
	assert_reads(view_audit(&e),
		     "{\"at\":\"2027-01-15T08:00:00.000Z\",\"kind\":\"JOINED\","
		     "\"message\":\"m\",\"data\":{\"a\":[1]},\"actor\":\"Ana\","
		     "\"seq\":3}");
	e.data = NULL;
	assert_reads(view_audit(&e),
		     "{\"at\":\"2027-01-15T08:00:00.000Z\",\"kind\":\"JOINED\","
		     "\"message\":\"m\",\"data\":{},\"actor\":\"Ana\","
		     "\"seq\":3}");
}

static void a_call(void **state)
{
	struct call c = {.public_id = "call_1",
			 .step = "resend",
			 .visit = 2,
			 .adapter = "transfer",
			 .operation = "retry",
			 .purpose = PURPOSE_EFFECT,
			 .key = "run_1/resend/2",
			 .params = (char[]){"{\"orderId\":\"A\"}"},
			 .state = CALL_SENT,
			 .attempt = 1,
			 .intent_ms = NOW_MS,
			 .sent_ms = NOW_MS};

	(void)state;
	assert_reads(
		view_call(&c),
		"{\"callId\":\"call_1\",\"step\":\"resend\",\"visit\":2,"
		"\"name\":null,\"adapter\":\"transfer\",\"operation\":\"retry\""
		",\"purpose\":\"effect\",\"idempotencyKey\":\"run_1/resend/2\","
		"\"state\":\"SENT\",\"attempt\":1,\"class\":null,"
		"\"status\":null,\"params\":{\"orderId\":\"A\"},"
		"\"answer\":null,\"error\":null,"
		"\"intentAt\":\"2027-01-15T08:00:00.000Z\","
		"\"sentAt\":\"2027-01-15T08:00:00.000Z\",\"answeredAt\":null,"
		"\"durationMs\":null}");
	c.answered_ms = NOW_MS;
	c.answer = (char[]){"{\"ok\":true}"};
	c.status = 200;
	cJSON *o = view_call(&c);

	assert_int_equal(json_int(o, "durationMs", -1), 0);
	assert_int_equal(json_int(o, "status", -1), 200);
	assert_true(json_bool(json_get(o, "answer"), "ok", false));
	cJSON_Delete(o);
}

static void a_task(void **state)
{
	struct task t = {.public_id = "task_1",
			 .order_id = "ORDER-42",
			 .step = "ask",
			 .state = TASK_OPEN,
			 .version = 1,
			 .title = "T",
			 .reason = "R",
			 .role = ROLE_SUPERVISOR,
			 .proposal = (char[]){"{\"text\":\"Refund\","
					      "\"why\":[1]}"},
			 .digest = "beef",
			 .amount_minor = -1,
			 .approvals_needed = 2,
			 .approved = -1,
			 .created_ms = NOW_MS,
			 .updated_ms = NOW_MS};

	(void)state;
	assert_reads(
		view_task(NULL, &t),
		"{\"taskId\":\"task_1\",\"runId\":null,"
		"\"workflowId\":\"resolve-ORDER-42\",\"orderId\":\"ORDER-42\","
		"\"step\":\"ask\",\"state\":\"OPEN\",\"version\":1,"
		"\"title\":\"T\",\"reason\":\"R\",\"role\":\"supervisor\","
		"\"issueType\":null,\"tier\":null,\"proposal\":{"
		"\"text\":\"Refund\",\"why\":[1],\"rejectText\":null,"
		"\"action\":null,\"amountMinor\":null,\"currency\":null,"
		"\"payee\":null,\"reversible\":null,\"evidence\":[],"
		"\"tried\":[],\"changes\":[],\"cost\":null,"
		"\"form\":[],\"alternatives\":[],\"notOffered\":[],"
		"\"reasonCodes\":null},\"digest\":\"beef\","
		"\"amountMinor\":null,\"currency\":null,\"eventAt\":null,"
		"\"approvalsNeeded\":2,\"approvalCount\":0,\"dueAt\":null,"
		"\"claimedBy\":null,\"claimUntil\":null,\"approved\":null,"
		"\"reasonCode\":null,\"notes\":null,\"decider\":null,"
		"\"deciderRole\":null,\"selfAsserted\":null,"
		"\"decidedAt\":null,\"executeAt\":null,\"undoable\":false,"
		"\"supersedes\":null,\"voidReason\":null,\"snoozedUntil\":null,"
		"\"alternative\":null,\"form\":null,\"escalatesAt\":null,"
		"\"escalatedAt\":null,"
		"\"createdAt\":\"2027-01-15T08:00:00.000Z\","
		"\"updatedAt\":\"2027-01-15T08:00:00.000Z\",\"closedAt\":null,"
		"\"decisions\":[]}");
}

/* Whatever was stored, the proposal is an object with every member. */
static void a_proposal_is_whole(void **state)
{
	static const struct {
		const char *stored, *reads;
	} made[] = {
		{NULL, NULL},
		{"{}", NULL},
		{" { } ", NULL},
		{"[1]", NULL},
		{"{\"text\":\"cut", NULL},
		{"{\"text\":1,\"text\":2}", NULL},
		{"{\"text\":\"a\"}", "a"},
		{"{ \"more\" : { \"text\" : 1 } , \"text\" : \"a\" }\n", "a"},
	};
	struct task t = {.state = TASK_OPEN, .approved = -1};

	(void)state;
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		const cJSON *p;
		cJSON *o;

		t.proposal = (char *)(uintptr_t)made[i].stored;
		o = view_task(NULL, &t);
		p = json_get(o, "proposal");
		assert_true(cJSON_IsObject(p));
		assert_int_equal(cJSON_GetArraySize(p),
				 json_get(p, "more") ? 17 : 16);
		if (made[i].reads)
			assert_string_equal(json_string(p, "text", ""),
					    made[i].reads);
		else
			assert_true(cJSON_IsNull(json_get(p, "text")));
		assert_true(cJSON_IsArray(json_get(p, "notOffered")));
		assert_true(cJSON_IsNull(json_get(o, "closedAt")));
		cJSON_Delete(o);
	}
}

static void a_decided_task(void **state)
{
	struct task t = {.state = TASK_DECIDED,
			 .proposal = (char[]){"not JSON"},
			 .approved = 0,
			 .decider_role = ROLE_AGENT,
			 .self_asserted = true};
	cJSON *o = view_task(NULL, &t);

	(void)state;
	assert_true(cJSON_IsFalse(json_get(o, "approved")));
	assert_string_equal(json_string(o, "deciderRole", ""), "agent");
	assert_true(json_bool(o, "selfAsserted", false));
	assert_true(json_bool(o, "undoable", false));
	assert_true(cJSON_IsArray(json_path(o, "proposal.evidence")));
	cJSON_Delete(o);
	t.intent_ms = 1;
	o = view_task(NULL, &t);
	assert_false(json_bool(o, "undoable", true));
	cJSON_Delete(o);
}

struct rows_of {
	char folder[64], path[96];
	struct db *db;
	struct run run;
	struct task task;
};

/* A run of a playbook in its second version that waits for a signed task. */
static void fill(struct rows_of *f)
{
	struct document d = {.kind = DOCUMENT_PLAYBOOK,
			     .name = "refund",
			     .digest = "1",
			     .body = (char[]){"{}"},
			     .actor = "ops",
			     .created_ms = NOW_MS};
	struct decision signature = {
		.approved = true,
		.actor = {.name = "Ana", .role = ROLE_AGENT},
		.notes = "fine",
		.alternative = "other",
		.reason_code = "ok",
		.form = "{\"row\":4}",
		.amount_minor = 500,
		.currency = "EUR",
		.decided_ms = NOW_MS};

	assert_int_equal(document_put(f->db, &d), OK);
	STR_COPY(d.digest, "2");
	assert_int_equal(document_put(f->db, &d), OK);
	f->run = (struct run){.state = RUN_WAITING_TASK,
			      .public_id = "run_1",
			      .order_id = "A",
			      .amount_minor = -1,
			      .playbook_id = d.id,
			      .created_ms = NOW_MS,
			      .updated_ms = NOW_MS};
	assert_int_equal(run_insert(f->db, &f->run), OK);
	f->task = (struct task){.run_id = f->run.id,
				.public_id = "task_1",
				.order_id = "A",
				.title = "Really?",
				.proposal = (char[]){"{}"},
				.amount_minor = -1,
				.approvals_needed = 2,
				.approved = -1,
				.created_ms = NOW_MS,
				.updated_ms = NOW_MS};
	assert_int_equal(task_insert(f->db, &f->task), OK);
	f->run.wait_task_id = f->task.id;
	signature.task_id = f->task.id;
	assert_int_equal(decision_insert(f->db, &signature), OK);
}

static int set_up(void **state)
{
	struct rows_of *f = calloc(1, sizeof(*f));
	struct db_options o = {.path = f->path,
			       .schema = &mend_schema,
			       .mode = DB_MIGRATE,
			       .turn_ms = 1000,
			       .owner = "test"};

	snprintf(f->folder, sizeof(f->folder), "%s/mend-view-XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(f->folder))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/mend.db", f->folder);
	assert_int_equal(db_open(&o, &f->db), OK);
	assert_int_equal(db_begin(f->db), OK);
	fill(f);
	assert_int_equal(db_commit(f->db), OK);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-queue",
					       "-write"};
	struct rows_of *f = *state;
	char path[128];

	db_close(f->db);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", f->path, suffixes[i]);
		unlink(path);
	}
	rmdir(f->folder);
	free(f);
	return 0;
}

static void reads_what_stands_in_other_rows(void **state)
{
	struct rows_of *f = *state;
	cJSON *first = view_run(f->db, &f->run);
	cJSON *again = view_run(f->db, &f->run);
	cJSON *task = view_task(f->db, &f->task);

	assert_string_equal(json_string(first, "playbook", ""), "refund");
	assert_int_equal(json_int(first, "playbookVersion", 0), 2);
	assert_string_equal(
		json_string(json_get(first, "waitingFor"), "taskId", ""),
		"task_1");
	assert_string_equal(json_string(first, "next", ""),
			    "waits for a person: Really?");
	assert_true(cJSON_Compare(first, again, true));
	assert_string_equal(json_string(task, "runId", ""), "run_1");
	char *text = json_print(json_get(task, "decisions"));

	assert_string_equal(text, "[{\"approved\":true,\"actor\":\"Ana\","
				  "\"role\":\"agent\",\"notes\":\"fine\","
				  "\"alternative\":\"other\","
				  "\"reasonCode\":\"ok\","
				  "\"form\":{\"row\":4},"
				  "\"amountMinor\":500,"
				  "\"currency\":\"EUR\","
				  "\"decidedAt\":\"2027-01-15T08:00:00.000Z\","
				  "\"undoneAt\":null}]");
	free(text);
	cJSON_Delete(first);
	cJSON_Delete(again);
	cJSON_Delete(task);
}

static void a_row_that_points_nowhere(void **state)
{
	struct rows_of *f = *state;
	cJSON *o;

	f->run.playbook_id = 99;
	f->run.wait_task_id = 99;
	o = view_run(f->db, &f->run);
	assert_true(cJSON_IsNull(json_get(o, "playbook")));
	assert_true(
		cJSON_IsNull(json_get(json_get(o, "waitingFor"), "taskId")));
	cJSON_Delete(o);
}

static void spans_and_moments(void **state)
{
	static const struct {
		int64_t ms;
		const char *words;
	} spans[] = {
		{-5, "0 ms"},	     {0, "0 ms"},	  {999, "999 ms"},
		{1000, "1 s"},	     {59999, "59 s"},	  {60000, "1 min"},
		{3599999, "59 min"}, {3600000, "1 h"},	  {86399999, "23 h"},
		{86400000, "1 d"},   {864000000, "10 d"},
	};
	char text[SPAN_SIZE], moment[MOMENT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		span_words(spans[i].ms, text);
		assert_string_equal(text, spans[i].words);
	}
	moment_words(NOW_MS + 999, moment);
	assert_string_equal(moment, "2027-01-15 08:00:00 UTC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_run),
		cmocka_unit_test(a_full_run),
		cmocka_unit_test(says_what_comes_next),
		cmocka_unit_test(an_audit_entry),
		cmocka_unit_test(a_call),
		cmocka_unit_test(a_task),
		cmocka_unit_test(a_proposal_is_whole),
		cmocka_unit_test(a_decided_task),
		cmocka_unit_test_setup_teardown(reads_what_stands_in_other_rows,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_row_that_points_nowhere,
						set_up, tear_down),
		cmocka_unit_test(spans_and_moments),
	};

	return RUN(tests);
}

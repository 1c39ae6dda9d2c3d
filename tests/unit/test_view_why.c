/*
 * Why an order does not move: one sentence with the next time, what holds it,
 * and nothing offered that would be refused.
 */
#include "engine/flow/view_why.h"

#include <string.h>

#include "engine/base/json.h"
#include "engine/base/strbuf.h"
#include "engine/flow/operate.h"
#include "engine/flow/view_next.h"
#include "tests/test.h"

#define NOW_MS INT64_C(1800000000000) /* 2027-01-15T08:00:00Z */

static struct run run_in(enum run_state state)
{
	struct run r = {.state = state,
			.order_id = "ORDER-42",
			.step = "refund",
			.updated_ms = NOW_MS};

	return r;
}

static cJSON *why_of(const struct run *r, const struct task *task,
		     const struct call *unknown)
{
	struct why_rows rows = {.task = task, .unknown = unknown};
	char next[NEXT_SIZE];
	struct strbuf object;

	view_next(r, task, next);
	rows.next = next;
	json_object_begin(&object);
	view_why_put(&object, r, &rows);
	return json_own(&object);
}

static const char *blocker_of(const cJSON *why)
{
	return json_string(json_get(why, "blocker"), "kind", "");
}

static bool offers(const cJSON *why, const char *what)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_get(why, "whatYouCanDo"))
	{
		if (strcmp(json_string(item, "do", ""), what) == 0)
			return true;
	}
	return false;
}

static void an_adapter_that_cannot_take_it(void **state)
{
	struct run r = run_in(RUN_BLOCKED);
	cJSON *why;

	(void)state;
	STR_COPY(r.wait_adapter, "payment");
	STR_COPY(r.reason, "payment: is resting after failures");
	r.due_ms = NOW_MS + 30000;
	why = why_of(&r, NULL, NULL);
	assert_string_equal(
		json_string(why, "sentence", ""),
		"ORDER-42 is BLOCKED since 2027-01-15 08:00:00 UTC at step "
		"refund: payment can't take it: payment: is resting after "
		"failures. Next: payment can't take it now (payment: is "
		"resting after failures); tries refund again at 2027-01-15 "
		"08:00:30 UTC.");
	assert_string_equal(blocker_of(why), "adapter");
	assert_string_equal(
		json_string(json_get(why, "blocker"), "adapter", ""),
		"payment");
	assert_string_equal(json_string(why, "nextAt", ""),
			    "2027-01-15T08:00:30.000Z");
	assert_true(offers(why, "retry") && offers(why, "adapter"));
	cJSON_Delete(why);
}

static void a_switch_and_a_turn(void **state)
{
	struct run r = run_in(RUN_BLOCKED);
	cJSON *why;

	(void)state;
	STR_COPY(r.wait_adapter, "payment");
	STR_COPY(r.reason, "action payment.refund is stopped by Ola until "
			   "2027-01-15 09:00:00 UTC: too many");
	why = why_of(&r, NULL, NULL);
	assert_string_equal(blocker_of(why), "switch");
	assert_true(offers(why, "switch") && !offers(why, "adapter"));
	cJSON_Delete(why);
	/* A paused adapter is the adapter's matter. */
	STR_COPY(r.reason, "adapter payment is stopped by Ola until x: y");
	why = why_of(&r, NULL, NULL);
	assert_string_equal(blocker_of(why), "adapter");
	cJSON_Delete(why);
	r.wait_adapter[0] = '\0';
	STR_COPY(r.phase, "slot");
	STR_COPY(r.reason, "at most 1 run of seller:7 at once");
	why = why_of(&r, NULL, NULL);
	assert_string_equal(blocker_of(why), "place");
	assert_non_null(strstr(json_string(why, "sentence", ""),
			       "at most 1 run of seller:7 at once"));
	cJSON_Delete(why);
}

static void a_call_of_unknown_outcome(void **state)
{
	struct run r = run_in(RUN_HELD);
	struct call unknown = {.public_id = "call_1",
			       .adapter = "payment",
			       .operation = "refund",
			       .state = CALL_UNKNOWN};
	const cJSON *blocker;
	cJSON *why;

	(void)state;
	STR_COPY(r.reason, "payment.refund has an unknown outcome");
	why = why_of(&r, NULL, &unknown);
	blocker = json_get(why, "blocker");
	assert_string_equal(blocker_of(why), "error");
	assert_string_equal(json_string(blocker, "callId", ""), "call_1");
	assert_string_equal(json_string(blocker, "operation", ""),
			    "payment.refund");
	assert_non_null(strstr(json_string(why, "sentence", ""),
			       "nobody knows what became of payment.refund"));
	assert_true(offers(why, "settle") && offers(why, "retry"));
	assert_true(cJSON_IsNull(json_get(why, "nextAt")));
	cJSON_Delete(why);
	/* Also when the run has ended: it blocks the order's next money. */
	r = run_in(RUN_CANCELED);
	r.closed_ms = NOW_MS;
	why = why_of(&r, NULL, &unknown);
	assert_string_equal(blocker_of(why), "error");
	assert_true(offers(why, "settle") && offers(why, "replay"));
	assert_false(offers(why, "kill"));
	cJSON_Delete(why);
}

static void a_task_says_who(void **state)
{
	struct run r = run_in(RUN_WAITING_TASK);
	struct task t = {.public_id = "task_1",
			 .title = "Refund 20.00 EUR?",
			 .role = ROLE_SUPERVISOR,
			 .due_ms = NOW_MS + 60000};
	cJSON *why = why_of(&r, &t, NULL);
	const cJSON *blocker = json_get(why, "blocker");

	(void)state;
	assert_string_equal(blocker_of(why), "task");
	assert_string_equal(json_string(blocker, "taskId", ""), "task_1");
	assert_string_equal(json_string(blocker, "role", ""), "supervisor");
	assert_string_equal(json_string(why, "nextAt", ""),
			    "2027-01-15T08:01:00.000Z");
	assert_true(offers(why, "decide"));
	cJSON_Delete(why);
}

/* In every state a sentence, and every offer is one that is taken. */
static void nothing_offered_is_refused(void **state)
{
	(void)state;
	for (int at = 0; at < RUN_STATE_COUNT; at++) {
		struct run r = run_in((enum run_state)at);
		cJSON *why = why_of(&r, NULL, NULL);

		assert_non_null(strstr(json_string(why, "sentence", ""),
				       run_state_name(r.state)));
		for (int k = 0; k < INBOX_KIND_COUNT; k++) {
			enum inbox_kind kind = (enum inbox_kind)k;
			struct problems p = {.count = 0};

			if (strcmp(inbox_kind_name(kind), "signal") == 0)
				continue;
			if (offers(why, inbox_kind_name(kind)))
				assert_int_equal(operate_judge(&r, kind, &p),
						 OK);
		}
		assert_int_equal(offers(why, "kill"),
				 !run_state_closed(r.state));
		assert_int_equal(offers(why, "resume"), r.state == RUN_PAUSED);
		assert_int_equal(offers(why, "replay"),
				 run_state_closed(r.state));
		cJSON_Delete(why);
	}
}

static void the_clocks_are_named(void **state)
{
	static const enum inbox_kind with[] = {INBOX_PAUSE, INBOX_RESUME,
					       INBOX_CANCEL, INBOX_KILL};

	(void)state;
	for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++) {
		cJSON *clocks = operate_clocks(with[i]);

		assert_true(cJSON_IsArray(json_get(clocks, "standStill")));
		assert_true(strlen(json_string(clocks, "words", "")) > 20);
		cJSON_Delete(clocks);
	}
	assert_null(operate_clocks(INBOX_COMMENT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_adapter_that_cannot_take_it),
		cmocka_unit_test(a_switch_and_a_turn),
		cmocka_unit_test(a_call_of_unknown_outcome),
		cmocka_unit_test(a_task_says_who),
		cmocka_unit_test(nothing_offered_is_refused),
		cmocka_unit_test(the_clocks_are_named),
	};

	return RUN(tests);
}

/* Retry: no pair of class and offer may end in a doubled effect, or in calling
 * failed what nobody knows. */
#include <limits.h>
#include <string.h>

#include "../../engine/base/json.h"
#include "../../engine/flow/operation.h"
#include "../../engine/flow/retry.h"
#include "../test.h"

static enum retry_verdict judge(int class, int offer, int attempt)
{
	struct retry_question q = {
		.class = class,
		.offer = offer,
		.attempt = attempt,
		.first_ms = 1000,
		.now_ms = 1000,
	};

	return retry_judge(&retry_default, &q);
}

/* Verdict of the first attempt and of the last one, per offer. */
static void every_class_and_offer(void **state)
{
	static const struct {
		enum call_class class;
		enum retry_verdict first[4], last[4];
	} rows[] = {
		{CLASS_OK,
		 {RETRY_DONE, RETRY_DONE, RETRY_DONE, RETRY_DONE},
		 {RETRY_DONE, RETRY_DONE, RETRY_DONE, RETRY_DONE}},
		{CLASS_PERMANENT,
		 {RETRY_STOP, RETRY_STOP, RETRY_STOP, RETRY_STOP},
		 {RETRY_STOP, RETRY_STOP, RETRY_STOP, RETRY_STOP}},
		{CLASS_RETRYABLE,
		 {RETRY_AGAIN, RETRY_AGAIN, RETRY_AGAIN, RETRY_AGAIN},
		 {RETRY_STOP, RETRY_STOP, RETRY_STOP, RETRY_STOP}},
		{CLASS_THROTTLED,
		 {RETRY_AGAIN, RETRY_AGAIN, RETRY_AGAIN, RETRY_AGAIN},
		 {RETRY_STOP, RETRY_STOP, RETRY_STOP, RETRY_STOP}},
		{CLASS_UNKNOWN,
		 {RETRY_AGAIN, RETRY_AGAIN, RETRY_LOOKUP, RETRY_ASK},
		 {RETRY_STOP, RETRY_ASK, RETRY_LOOKUP, RETRY_ASK}},
	};

	(void)state;
	assert_int_equal(sizeof(rows) / sizeof(rows[0]), CLASS_COUNT);
	for (int i = 0; i < CLASS_COUNT; i++)
		for (int offer = OFFER_NONE; offer <= OFFER_NEITHER; offer++) {
			int class = (int)rows[i].class;

			assert_int_equal(judge(class, offer, 1),
					 rows[i].first[offer]);
			assert_int_equal(judge(class, offer, 2),
					 rows[i].first[offer]);
			assert_int_equal(judge(class, offer, 3),
					 rows[i].last[offer]);
			assert_int_equal(judge(class, offer, INT_MAX),
					 rows[i].last[offer]);
		}
	assert_int_equal(judge(CLASS_COUNT, OFFER_NONE, 1), RETRY_ASK);
	assert_int_equal(judge(-1, OFFER_KEYED, 1), RETRY_ASK);
}

static void a_key_is_trusted_as_long_as_it_is_kept(void **state)
{
	struct retry_question q = {
		.class = CLASS_UNKNOWN,
		.offer = OFFER_KEYED,
		.attempt = 1,
		.first_ms = 1000,
		.key_retention_ms = 500,
	};

	(void)state;
	q.now_ms = 1499;
	assert_int_equal(retry_judge(&retry_default, &q), RETRY_AGAIN);
	q.now_ms = 1500;
	assert_int_equal(retry_judge(&retry_default, &q), RETRY_ASK);
	q.key_retention_ms = 0;
	q.now_ms = INT64_MAX;
	assert_int_equal(retry_judge(&retry_default, &q), RETRY_AGAIN);
	/* The clock was set back: no time has passed. */
	q.key_retention_ms = 500;
	q.now_ms = 0;
	assert_int_equal(retry_judge(&retry_default, &q), RETRY_AGAIN);
	q.first_ms = INT64_MIN;
	q.now_ms = INT64_MAX;
	assert_int_equal(retry_judge(&retry_default, &q), RETRY_ASK);
}

static void the_total_timeout_ends_it(void **state)
{
	struct retry_policy policy = retry_default;
	struct retry_question q = {
		.class = CLASS_RETRYABLE, .attempt = 1, .first_ms = 1000};

	(void)state;
	policy.total_timeout_ms = 100;
	q.now_ms = 1099;
	assert_int_equal(retry_judge(&policy, &q), RETRY_AGAIN);
	q.now_ms = 1100;
	assert_int_equal(retry_judge(&policy, &q), RETRY_STOP);
	q.class = CLASS_UNKNOWN;
	q.offer = OFFER_KEYED;
	assert_int_equal(retry_judge(&policy, &q), RETRY_ASK);
}

static void listed_codes_are_not_retried(void **state)
{
	struct retry_policy policy = retry_default;
	struct retry_question q = {
		.class = CLASS_RETRYABLE, .attempt = 1, .code = "STOLEN_CARD"};

	(void)state;
	assert_int_equal(retry_judge(&policy, &q), RETRY_AGAIN);
	policy.non_retryable[policy.non_retryable_count++] = "LOST_CARD";
	policy.non_retryable[policy.non_retryable_count++] = "STOLEN_CARD";
	assert_int_equal(retry_judge(&policy, &q), RETRY_STOP);
	q.class = CLASS_UNKNOWN;
	assert_int_equal(retry_judge(&policy, &q), RETRY_STOP);
	q.offer = OFFER_KEYED;
	assert_int_equal(retry_judge(&policy, &q), RETRY_ASK);
	q.code = "STOLEN";
	assert_int_equal(retry_judge(&policy, &q), RETRY_AGAIN);
	q.code = NULL;
	assert_int_equal(retry_judge(&policy, &q), RETRY_AGAIN);
}

/* A first attempt timed out, the second was refused: nobody knows of the
 * first. */
static void what_may_be_done_is_never_called_failed(void **state)
{
	static const int failures[] = {CLASS_PERMANENT, CLASS_RETRYABLE,
				       CLASS_THROTTLED, CLASS_UNKNOWN};

	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		for (int offer = OFFER_KEYED; offer <= OFFER_NEITHER; offer++)
			for (int attempt = 1; attempt <= 4; attempt++) {
				struct retry_question q = {
					.class = failures[i],
					.offer = offer,
					.attempt = attempt,
					.maybe_done = true,
				};
				enum retry_verdict v =
					retry_judge(&retry_default, &q);

				assert_int_not_equal(v, RETRY_STOP);
				assert_int_not_equal(v, RETRY_DONE);
				if (v == RETRY_AGAIN)
					assert_int_equal(offer, OFFER_KEYED);
			}
	/* Of reads nothing is left behind. */
	struct retry_question read = {
		.class = CLASS_PERMANENT, .attempt = 1, .maybe_done = true};

	assert_int_equal(retry_judge(&retry_default, &read), RETRY_STOP);
}

static void intervals_grow_to_the_maximum(void **state)
{
	struct retry_policy policy = retry_default;

	(void)state;
	policy.jitter = false;
	assert_int_equal(retry_interval_ms(&policy, 2, 7), 1000);
	assert_int_equal(retry_interval_ms(&policy, 3, 7), 2000);
	assert_int_equal(retry_interval_ms(&policy, 6, 7), 16000);
	assert_int_equal(retry_interval_ms(&policy, 7, 7), 30000);
	assert_int_equal(retry_interval_ms(&policy, INT_MAX, 7), 30000);
	assert_int_equal(retry_interval_ms(&policy, 0, 7), 1000);
	assert_int_equal(retry_interval_ms(&policy, INT_MIN, 7), 1000);
	policy.backoff_coefficient = 1.0;
	assert_int_equal(retry_interval_ms(&policy, INT_MAX, 7), 1000);
	policy.backoff_coefficient = 10.0;
	policy.maximum_interval_ms = INT64_MAX;
	assert_int_equal(retry_interval_ms(&policy, INT_MAX, 7), INT64_MAX);
	policy.initial_interval_ms = INT64_MAX;
	assert_int_equal(retry_interval_ms(&policy, 3, 7), INT64_MAX);
	policy.initial_interval_ms = 0;
	assert_int_equal(retry_interval_ms(&policy, INT_MAX, 7), 0);
	policy.initial_interval_ms = 5000;
	policy.maximum_interval_ms = 3000;
	assert_int_equal(retry_interval_ms(&policy, 2, 7), 3000);
}

static void full_jitter_spreads_over_all(void **state)
{
	struct retry_policy policy = retry_default;

	(void)state;
	assert_int_equal(retry_interval_ms(&policy, 2, 0), 0);
	assert_int_equal(retry_interval_ms(&policy, 2, 1000), 1000);
	assert_int_equal(retry_interval_ms(&policy, 2, 1001), 0);
	policy.maximum_interval_ms = INT64_MAX;
	policy.initial_interval_ms = INT64_MAX;
	assert_true(retry_interval_ms(&policy, 2, UINT64_MAX) >= 0);
	assert_int_equal(retry_interval_ms(&policy, 2, INT64_MAX), INT64_MAX);
}

static cJSON *parse(const char *text)
{
	cJSON *tree;

	assert_int_equal(json_parse(text, strlen(text), NULL, &tree), OK);
	return tree;
}

static void a_policy_is_read(void **state)
{
	struct retry_policy policy = retry_default;
	struct problems p = {0};
	cJSON *json = parse("{\"initialInterval\":\"250ms\","
			    "\"backoffCoefficient\":1.5,"
			    "\"maximumInterval\":\"1m\",\"maximumAttempts\":7,"
			    "\"jitter\":\"none\",\"totalTimeout\":\"1h\","
			    "\"nonRetryableErrors\":[\"A\",\"B\"]}");

	(void)state;
	assert_int_equal(retry_parse(json, "/retry", &p, &policy), OK);
	assert_int_equal(p.count, 0);
	assert_int_equal(policy.initial_interval_ms, 250);
	assert_true(policy.backoff_coefficient > 1.49 &&
		    policy.backoff_coefficient < 1.51);
	assert_int_equal(policy.maximum_interval_ms, 60000);
	assert_int_equal(policy.maximum_attempts, 7);
	assert_false(policy.jitter);
	assert_int_equal(policy.total_timeout_ms, 3600000);
	assert_int_equal(policy.non_retryable_count, 2);
	assert_string_equal(policy.non_retryable[1], "B");
	cJSON_Delete(json);

	/* What is absent keeps its value. */
	json = parse("{\"maximumAttempts\":9}");
	assert_int_equal(retry_parse(json, "/retry", &p, &policy), OK);
	assert_int_equal(policy.maximum_attempts, 9);
	assert_int_equal(policy.initial_interval_ms, 250);
	assert_int_equal(policy.non_retryable_count, 2);
	cJSON_Delete(json);

	/* A longer first interval takes an unwritten maximum along. */
	policy = retry_default;
	json = parse("{\"initialInterval\":\"10m\"}");
	assert_int_equal(retry_parse(json, "/retry", &p, &policy), OK);
	assert_int_equal(policy.maximum_interval_ms, 600000);
	cJSON_Delete(json);
}

static void complains(const char *text, const char *pointer)
{
	struct retry_policy policy = retry_default;
	struct problems p = {0};
	cJSON *json = parse(text);

	if (retry_parse(json, "/retry", &p, &policy) != ERR_INVALID ||
	    p.count != 1 || strcmp(p.item[0].pointer, pointer) != 0)
		fail_msg("%s: %d problems, first at \"%s\"", text, p.count,
			 p.item[0].pointer);
	assert_memory_equal(&policy, &retry_default, sizeof(policy));
	cJSON_Delete(json);
}

static void a_bad_policy_is_told(void **state)
{
	struct retry_policy policy = retry_default;
	struct problems p = {0};
	cJSON *json = parse("{\"jitter\":1,\"maximumAttempts\":0,\"x\":1}");

	(void)state;
	complains("[]", "/retry");
	complains("{\"initialInterval\":5}", "/retry/initialInterval");
	complains("{\"initialInterval\":\"5\"}", "/retry/initialInterval");
	complains("{\"initialInterval\":\"31d\"}", "/retry/initialInterval");
	complains("{\"backoffCoefficient\":0.9}", "/retry/backoffCoefficient");
	complains("{\"backoffCoefficient\":11}", "/retry/backoffCoefficient");
	complains("{\"backoffCoefficient\":\"2\"}",
		  "/retry/backoffCoefficient");
	complains("{\"initialInterval\":\"2s\",\"maximumInterval\":\"1s\"}",
		  "/retry/maximumInterval");
	complains("{\"maximumAttempts\":0}", "/retry/maximumAttempts");
	complains("{\"maximumAttempts\":1.5}", "/retry/maximumAttempts");
	complains("{\"maximumAttempts\":1001}", "/retry/maximumAttempts");
	complains("{\"jitter\":\"some\"}", "/retry/jitter");
	complains("{\"jitter\":true}", "/retry/jitter");
	complains("{\"totalTimeout\":\"forever\"}", "/retry/totalTimeout");
	complains("{\"nonRetryableErrors\":\"A\"}",
		  "/retry/nonRetryableErrors");
	complains("{\"nonRetryableErrors\":[\"A\",1]}",
		  "/retry/nonRetryableErrors/1");
	complains("{\"nonRetryableErrors\":[\"\"]}",
		  "/retry/nonRetryableErrors/0");
	complains("{\"attempts\":3}", "/retry/attempts");
	assert_int_equal(retry_parse(json, "/retry", &p, &policy), ERR_INVALID);
	assert_int_equal(p.count, 3);
	cJSON_Delete(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_class_and_offer),
		cmocka_unit_test(a_key_is_trusted_as_long_as_it_is_kept),
		cmocka_unit_test(the_total_timeout_ends_it),
		cmocka_unit_test(listed_codes_are_not_retried),
		cmocka_unit_test(what_may_be_done_is_never_called_failed),
		cmocka_unit_test(intervals_grow_to_the_maximum),
		cmocka_unit_test(full_jitter_spreads_over_all),
		cmocka_unit_test(a_policy_is_read),
		cmocka_unit_test(a_bad_policy_is_told),
	};

	return RUN(tests);
}

/*
 * Whether to try again, when, and when to ask a person instead: the one place
 * where the class of an answer becomes a next step.
 *
 * Always holds: STOP is only said when the effect certainly did not happen
 * under this key, AGAIN only when trying again cannot double it. All functions
 * are pure, and no policy, attempt or time overflows them.
 */
#include "retry.h"

#include <string.h>

#include "../base/json.h"
#include "fields.h"
#include "operation.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define INTERVAL_MS_MAX (30 * DAY_MS)
#define TOTAL_MS_MAX (365 * DAY_MS)
#define ATTEMPTS_MAX 1000
#define COEFFICIENT_MAX 10.0
#define POINTER_SIZE 192

const struct retry_policy retry_default = {
	.initial_interval_ms = 1000,
	.backoff_coefficient = 2.0,
	.maximum_interval_ms = 30 * 1000,
	.maximum_attempts = 3,
	.jitter = true,
};

/* ---- reading a policy ------------------------------------------------- */

static void read_duration(struct fields *f, const char *key, int64_t max_ms,
			  int64_t *value)
{
	int64_t ms = fields_duration(f, key, *value);

	if (ms > max_ms)
		fields_problem(f, key, "expected at most %lldd",
			       (long long)(max_ms / DAY_MS));
	else
		*value = ms;
}

static void read_coefficient(struct fields *f, double *value)
{
	const char *key = "backoffCoefficient";
	const cJSON *item = fields_any(f, key);

	if (!item)
		return;
	if (cJSON_IsNumber(item) && item->valuedouble >= 1.0 &&
	    item->valuedouble <= COEFFICIENT_MAX)
		*value = item->valuedouble;
	else
		fields_problem(f, key, "expected a number from 1 to 10");
}

static void read_jitter(struct fields *f, bool *value)
{
	const char *text = fields_string(f, "jitter", false);

	if (!text)
		return;
	if (strcmp(text, "full") != 0 && strcmp(text, "none") != 0)
		fields_problem(f, "jitter",
			       "expected \"full\" or \"none\", found \"%.40s\"",
			       text);
	else
		*value = strcmp(text, "full") == 0;
}

static void read_codes(struct fields *f, struct retry_policy *policy)
{
	const char *key = "nonRetryableErrors";
	const cJSON *list = fields_array(f, key, false, RETRY_CODES_MAX);
	const cJSON *item;
	char at[POINTER_SIZE];
	int index = 0;

	if (!list)
		return;
	policy->non_retryable_count = 0;
	cJSON_ArrayForEach(item, list)
	{
		const char *code = cJSON_GetStringValue(item);

		if (code && *code) {
			policy->non_retryable[policy->non_retryable_count++] =
				code;
		} else {
			fields_at(f, key, at, sizeof(at));
			json_pointer_index(at, sizeof(at), index);
			problems_add(f->problems, at, "expected an error code");
		}
		index++;
	}
}

enum err retry_parse(const cJSON *json, const char *pointer, struct problems *p,
		     struct retry_policy *ret_policy)
{
	struct retry_policy policy = *ret_policy;
	int before = p->count + p->dropped;
	struct fields f;

	if (!fields_begin(&f, json, pointer, p))
		return ERR_INVALID;
	read_duration(&f, "initialInterval", INTERVAL_MS_MAX,
		      &policy.initial_interval_ms);
	read_coefficient(&f, &policy.backoff_coefficient);
	read_duration(&f, "maximumInterval", INTERVAL_MS_MAX,
		      &policy.maximum_interval_ms);
	policy.maximum_attempts =
		(int)fields_int(&f, "maximumAttempts", 1, ATTEMPTS_MAX,
				policy.maximum_attempts);
	read_jitter(&f, &policy.jitter);
	read_duration(&f, "totalTimeout", TOTAL_MS_MAX,
		      &policy.total_timeout_ms);
	read_codes(&f, &policy);
	fields_end(&f);
	/* An interval that was raised raises the default maximum with it; one
	 * that contradicts a written maximum is a mistake. */
	if (policy.initial_interval_ms > policy.maximum_interval_ms) {
		if (json_get(json, "maximumInterval"))
			fields_problem(&f, "maximumInterval",
				       "expected no less than initialInterval");
		else
			policy.maximum_interval_ms = policy.initial_interval_ms;
	}
	if (p->count + p->dropped > before)
		return ERR_INVALID;
	*ret_policy = policy;
	return OK;
}

/* ---- the pause -------------------------------------------------------- */

/* By squaring: a thousandth attempt costs ten steps; overflow is infinity. */
static double power(double base, int exponent)
{
	double result = 1.0;

	for (; exponent > 0; exponent /= 2) {
		if (exponent % 2)
			result *= base;
		base *= base;
	}
	return result;
}

int64_t retry_interval_ms(const struct retry_policy *policy, int next,
			  uint64_t random)
{
	int64_t interval = policy->initial_interval_ms;
	double grown;

	if (interval <= 0 || policy->maximum_interval_ms <= 0)
		return 0;
	grown = (double)interval *
		power(policy->backoff_coefficient, next > 2 ? next - 2 : 0);
	/* Also when it is not a number. */
	if (!(grown < (double)policy->maximum_interval_ms))
		interval = policy->maximum_interval_ms;
	else
		interval = (int64_t)grown;
	if (policy->jitter)
		interval = (int64_t)(random % ((uint64_t)interval + 1));
	return interval;
}

/* ---- the verdict ------------------------------------------------------ */

/* Since the first attempt; 0 when the clock was set back meanwhile. */
static int64_t elapsed_ms(const struct retry_question *q)
{
	int64_t elapsed;

	if (__builtin_sub_overflow(q->now_ms, q->first_ms, &elapsed))
		return q->now_ms > q->first_ms ? INT64_MAX : 0;
	return elapsed > 0 ? elapsed : 0;
}

static bool exhausted(const struct retry_policy *policy,
		      const struct retry_question *q)
{
	if (q->attempt >= policy->maximum_attempts)
		return true;
	return policy->total_timeout_ms > 0 &&
	       elapsed_ms(q) >= policy->total_timeout_ms;
}

static bool refused_code(const struct retry_policy *policy, const char *code)
{
	for (int i = 0; code && i < policy->non_retryable_count; i++) {
		if (strcmp(policy->non_retryable[i], code) == 0)
			return true;
	}
	return false;
}

/* Whether the peer still knows the key, so that a repeat is the same one. */
static bool key_holds(const struct retry_question *q)
{
	return q->offer == OFFER_KEYED && (q->key_retention_ms <= 0 ||
					   elapsed_ms(q) < q->key_retention_ms);
}

/* This attempt, or one before it, may have been done. What the peer refuses
 * now says nothing of then. */
static enum retry_verdict judge_maybe_done(const struct retry_policy *policy,
					   const struct retry_question *q)
{
	if (q->offer == OFFER_LOOKUP)
		return RETRY_LOOKUP;
	if (q->class == CLASS_PERMANENT || !key_holds(q) ||
	    exhausted(policy, q) || refused_code(policy, q->code))
		return RETRY_ASK;
	return RETRY_AGAIN;
}

static enum retry_verdict judge_not_done(const struct retry_policy *policy,
					 const struct retry_question *q)
{
	if (q->maybe_done && q->offer != OFFER_NONE)
		return judge_maybe_done(policy, q);
	if (exhausted(policy, q) || refused_code(policy, q->code))
		return RETRY_STOP;
	return RETRY_AGAIN;
}

enum retry_verdict retry_judge(const struct retry_policy *policy,
			       const struct retry_question *q)
{
	switch ((enum call_class)q->class) {
	case CLASS_OK:
		return RETRY_DONE;
	case CLASS_PERMANENT:
		if (q->maybe_done && q->offer != OFFER_NONE)
			return judge_maybe_done(policy, q);
		return RETRY_STOP;
	case CLASS_RETRYABLE:
	case CLASS_THROTTLED:
		return judge_not_done(policy, q);
	case CLASS_UNKNOWN:
		if (q->offer == OFFER_NONE)
			return judge_not_done(policy, q);
		return judge_maybe_done(policy, q);
	case CLASS_COUNT:
		break;
	}
	/* No such class: nobody knows. */
	return RETRY_ASK;
}

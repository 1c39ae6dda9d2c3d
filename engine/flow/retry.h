#ifndef MEND_FLOW_RETRY_H
#define MEND_FLOW_RETRY_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/err.h"

/*
 * Retry and backoff as pure functions: the only mapping from what an attempt
 * came to, to what happens next.
 */
#define RETRY_CODES_MAX 16
struct retry_policy {
	int64_t initial_interval_ms;
	double backoff_coefficient;
	int64_t maximum_interval_ms;
	int maximum_attempts;	  /* the first counts */
	bool jitter;		  /* full jitter: uniform in [0, interval] */
	int64_t total_timeout_ms; /* since the first attempt; 0: none */
	const char *non_retryable[RETRY_CODES_MAX]; /* error codes */
	int non_retryable_count;
};

/* 1 s, x 2, at most 30 s, 3 attempts, full jitter, no total time-out. */
extern const struct retry_policy retry_default;

/* {"initialInterval": "1s", "backoffCoefficient": 2, "maximumInterval": "30s",
 * "maximumAttempts": 3, "jitter": "full"|"none", "totalTimeout": "10m",
 * "nonRetryableErrors": ["…"]}; what is absent keeps *ret_policy's value.
 * Strings point into json. */
MUST_CHECK enum err retry_parse(const cJSON *json, const char *pointer,
				struct problems *p,
				struct retry_policy *ret_policy);

/* Pause before attempt number `next` (2 is the first retry). random is any
 * 64-bit random number. */
int64_t retry_interval_ms(const struct retry_policy *policy, int next,
			  uint64_t random);

enum retry_verdict {
	RETRY_DONE,   /* the answer stands: go on */
	RETRY_AGAIN,  /* after the interval, under the same key */
	RETRY_LOOKUP, /* ask whether it happened */
	RETRY_STOP,   /* certainly failed, or exhausted */
	RETRY_ASK,    /* nobody knows, and it must not be repeated: a person */
};

struct retry_question {
	int class;	  /* enum call_class */
	int offer;	  /* enum operation_offer; 0 for reads */
	const char *code; /* error code of the answer, or NULL */
	int attempt;	  /* that was just answered, from 1 */
	int64_t first_ms, now_ms;
	int64_t key_retention_ms; /* 0: for ever */
	/* An earlier attempt under this key may have been done (UNKNOWN, and
	 * not looked up since): giving up is not knowing, then. */
	bool maybe_done;
};
enum retry_verdict retry_judge(const struct retry_policy *policy,
			       const struct retry_question *q);

#endif

#ifndef MEND_ADAPTERS_ADAPTER_H
#define MEND_ADAPTERS_ADAPTER_H

#include "../flow/operation.h"
#include "http.h"

/*
 * From a call to an HTTP request, and from an HTTP response to the answer's
 * class. Both pure.
 */

/* Fills r (strings in the arena): URL from base URL and path template over the
 * params (values percent-encoded; {{key}} is the idempotency key, of a lookup
 * that of the call it looks for, which its params hold), body from the
 * template, headers Idempotency-Key (effects), traceparent-like X-Request-Id,
 * and Accept. settings: {"sandbox_url": …} for {{setting.…}} in base URLs.
 * credential: the adapter's secret, for {{credential}} in its headers alone;
 * NULL: it has none. ERR_INVALID with p when a template has no value; p tells
 * templates, not values. */
MUST_CHECK enum err adapter_request(const struct adapter *adapter,
				    const struct operation *operation,
				    const cJSON *params, const char *key,
				    const cJSON *settings,
				    const char *credential, struct arena *a,
				    struct problems *p,
				    struct http_request *ret_request);

/* Defaults: 2xx with a good body OK; 429 and 503 with Retry-After THROTTLED;
 * not sent RETRYABLE; other 4xx PERMANENT; 408, 5xx, time-out, broken, garbage,
 * missing members, wrong echo: UNKNOWN for effects, RETRYABLE for reads; 503 is
 * RETRYABLE for both. The operation's own rules come first. Takes the body. */
void adapter_answer(const struct operation *operation, const cJSON *params,
		    struct http_response *response,
		    struct call_answer *ret_answer);

#endif

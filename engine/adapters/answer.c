/*
 * From what came back to what it means: the class decides whether an effect is
 * repeated, so when in doubt an effect is UNKNOWN, never failed.
 *
 * Always holds: OK is only said of an answer that is whole, is JSON where JSON
 * was needed, has the members that were required and speaks of the thing that
 * was asked about. What is not all that never gets into a case file.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../flow/guard.h"
#include "adapter.h"

struct reading {
	const struct operation *operation;
	const cJSON *params;
	struct call_answer *answer;
	cJSON *body; /* raw; NULL: none, or not JSON */
	bool not_json;
};

static void conclude(struct reading *r, enum call_class class, const char *code)
{
	r->answer->class = class;
	STR_COPY(r->answer->code, code);
}

/* A read may be repeated, of an effect nobody knows. */
static enum call_class doubtful(const struct operation *o)
{
	return o->kind == OPERATION_READ ? CLASS_RETRYABLE : CLASS_UNKNOWN;
}

/* ---- no answer -------------------------------------------------------- */

static const char *const outcome_codes[] = {
	[HTTP_ANSWERED] = "",		[HTTP_NOT_SENT] = "NOT_SENT",
	[HTTP_TIMED_OUT] = "TIMED_OUT", [HTTP_BROKEN] = "BROKEN",
	[HTTP_TOO_LARGE] = "TOO_LARGE", [HTTP_REFUSED] = "HOST_REFUSED",
};

static void read_outcome(struct reading *r,
			 const struct http_response *response)
{
	const char *code = outcome_codes[response->outcome];
	char error[REASON_SIZE];
	enum call_class class = doubtful(r->operation);

	if (response->outcome == HTTP_NOT_SENT)
		class = CLASS_RETRYABLE;
	else if (response->outcome == HTTP_REFUSED)
		class = CLASS_PERMANENT;
	conclude(r, class, code);
	(void)snprintf(error, sizeof(error), "%s after %lld ms: %.200s", code,
		       (long long)response->duration_ms, response->error);
	STR_COPY(r->answer->error, error);
}

#define ANSWER_DEPTH_MAX 16

/* ---- status ----------------------------------------------------------- */

/* First match wins. */
static const struct status_row {
	int low, high;
	enum call_class read, effect;
} status_rows[] = {
	{200, 299, CLASS_OK, CLASS_OK},
	{408, 408, CLASS_RETRYABLE, CLASS_UNKNOWN},
	{429, 429, CLASS_THROTTLED, CLASS_THROTTLED},
	{400, 499, CLASS_PERMANENT, CLASS_PERMANENT},
	{503, 503, CLASS_RETRYABLE, CLASS_RETRYABLE},
	{INT_MIN, INT_MAX, CLASS_RETRYABLE, CLASS_UNKNOWN},
};

static enum call_class class_of_status(const struct operation *o,
				       const struct http_response *response)
{
	const struct status_row *row = status_rows;

	if (response->status == 503 && response->retry_after_ms >= 0)
		return CLASS_THROTTLED;
	while (response->status < row->low || response->status > row->high)
		row++;
	return o->kind == OPERATION_READ ? row->read : row->effect;
}

static const struct class_rule *find_rule(const struct reading *r, int status)
{
	/* No clock: a rule's "within" would need one, and is false. */
	struct guard_context context = {.document = r->body};

	for (int i = 0; i < r->operation->class_rule_count; i++) {
		const struct class_rule *rule = &r->operation->class_rule[i];

		if (status < rule->status_low || status > rule->status_high)
			continue;
		if (!rule->when ||
		    (r->body && guard_eval(rule->when, &context, NULL)))
			return rule;
	}
	return NULL;
}

/* The rule's, the peer's own, or the status. */
static void choose_code(const struct reading *r, const struct class_rule *rule,
			int status, char code[NAME_SIZE])
{
	const char *said = r->body ? json_string(r->body, "code", "") : "";

	if (rule && rule->code[0])
		(void)str_copy(code, NAME_SIZE, rule->code);
	else if (*said)
		(void)str_copy(code, NAME_SIZE, said);
	else
		(void)snprintf(code, NAME_SIZE, "HTTP_%d", status);
}

/* ---- a good body ------------------------------------------------------ */

static cJSON *map_body(const struct operation *o, const cJSON *body)
{
	const cJSON *item;
	cJSON *mapped = cJSON_CreateObject();

	cJSON_ArrayForEach(item, o->map)
	{
		const cJSON *value = json_path(body, item->valuestring);

		if (value)
			json_set(mapped, item->string,
				 cJSON_Duplicate(value, true));
	}
	return mapped;
}

/* NULL counts as missing. */
static const cJSON *member(const cJSON *tree, const char *name)
{
	const cJSON *item = json_get(tree, name);

	if (!item)
		item = json_path(tree, name);
	return cJSON_IsNull(item) ? NULL : item;
}

static const struct body_fault {
	const char *code, *what;
} missing_member = {"MISSING_MEMBER", "the body has no member "},
  wrong_echo = {"WRONG_ECHO", "it is of another "};

/* NULL when there is none; *ret_name is the member. */
static const struct body_fault *fault_of(const struct operation *o,
					 const cJSON *params,
					 const cJSON *answer,
					 const char **ret_name)
{
	for (int i = 0; i < o->require_count; i++) {
		*ret_name = o->require[i];
		if (!member(answer, *ret_name))
			return &missing_member;
	}
	for (int i = 0; i < o->echo_count; i++) {
		*ret_name = o->echo[i];

		const cJSON *asked = member(params, *ret_name);

		if (!asked ||
		    !cJSON_Compare(asked, member(answer, *ret_name), true))
			return &wrong_echo;
	}
	return NULL;
}

static void refuse_body(struct reading *r, const char *code, const char *what,
			const char *member_name)
{
	char error[REASON_SIZE];

	conclude(r, doubtful(r->operation), code);
	(void)snprintf(error, sizeof(error), "HTTP %d, but %s%s",
		       r->answer->status, what, member_name);
	STR_COPY(r->answer->error, error);
}

static void accept_body(struct reading *r)
{
	const struct operation *o = r->operation;
	bool needed = o->kind == OPERATION_READ || o->map || o->require_count ||
		      o->echo_count;
	const struct body_fault *fault;
	const char *name;
	cJSON *mapped;

	if (!r->body) {
		if (r->not_json || needed)
			refuse_body(r, "GARBAGE",
				    r->not_json ? "the body is not JSON"
						: "there is no body",
				    "");
		else
			conclude(r, CLASS_OK, "");
		return;
	}
	mapped = o->map ? map_body(o, r->body) : NULL;
	fault = fault_of(o, r->params, mapped ? mapped : r->body, &name);
	if (fault) {
		cJSON_Delete(mapped);
		refuse_body(r, fault->code, fault->what, name);
		return;
	}
	conclude(r, CLASS_OK, "");
	r->answer->body = mapped ? mapped : r->body;
	if (!mapped)
		r->body = NULL;
}

/* ---- the whole -------------------------------------------------------- */

static void read_answered(struct reading *r,
			  const struct http_response *response)
{
	const struct class_rule *rule = find_rule(r, response->status);
	enum call_class class =
		rule ? rule->class : class_of_status(r->operation, response);
	char code[NAME_SIZE];
	char error[REASON_SIZE];

	if (class == CLASS_OK && response->status / 100 == 2) {
		accept_body(r);
		return;
	}
	choose_code(r, rule, response->status, code);
	conclude(r, class, class == CLASS_OK ? "" : code);
	r->answer->declared = rule != NULL;
	(void)snprintf(error, sizeof(error), "HTTP %d %s", response->status,
		       code);
	/* A rule may call a 409 fine; its body is not the usual one. */
	if (class != CLASS_OK)
		STR_COPY(r->answer->error, error);
	r->answer->body = r->body;
	r->body = NULL;
}

void adapter_answer(const struct operation *operation, const cJSON *params,
		    struct http_response *response,
		    struct call_answer *ret_answer)
{
	struct call_answer answer = {
		.status = response->status,
		.duration_ms = response->duration_ms,
		.retry_after_ms = response->retry_after_ms > 0
					  ? response->retry_after_ms
					  : 0,
	};
	struct reading r = {
		.operation = operation, .params = params, .answer = &answer};

	if (response->outcome != HTTP_ANSWERED) {
		read_outcome(&r, response);
	} else {
		if (response->length > 0 &&
		    json_parse(response->body, response->length, NULL,
			       &r.body) != OK)
			r.not_json = true;
		/* It becomes part of the case file, which must stay readable.
		 */
		if (json_deeper_than(r.body, ANSWER_DEPTH_MAX)) {
			cJSON_Delete(r.body);
			r.body = NULL;
			r.not_json = true;
		}
		read_answered(&r, response);
	}
	cJSON_Delete(r.body);
	free(response->body);
	response->body = NULL;
	response->length = 0;
	*ret_answer = answer;
}

/*
 * Guards: the first line is a guard, the second a document, the third policy
 * values. Promises tried: a guard that the check takes is always explained;
 * asking why changes nothing; a guard and its negation are never both true;
 * one that the check refuses may be evaluated all the same.
 */
#include <stdlib.h>
#include <string.h>

#include "../../engine/flow/guard.h"
#include "fuzz.h"

#define NOW_MS INT64_C(1800000000000)

static cJSON *wrap(const char *operator_name, bool list, const cJSON *guard)
{
	cJSON *outer = cJSON_CreateObject();
	cJSON *inner = cJSON_Duplicate(guard, true);

	if (list) {
		cJSON *array = cJSON_CreateArray();

		cJSON_AddItemToArray(array, inner);
		inner = array;
	}
	cJSON_AddItemToObject(outer, operator_name, inner);
	return outer;
}

static bool eval_wrapped(const char *operator_name, bool list,
			 const cJSON *guard,
			 const struct guard_context *context)
{
	cJSON *outer = wrap(operator_name, list, guard);
	bool answer = guard_eval(outer, context, NULL);

	cJSON_Delete(outer);
	return answer;
}

static void hold_laws(const cJSON *guard, const struct guard_context *context,
		      bool answer)
{
	cJSON *not = wrap("not", false, guard);

	require(eval_wrapped("all", true, guard, context) == answer);
	require(eval_wrapped("any", true, guard, context) == answer);
	require(!answer || !guard_eval(not, context, NULL));
	require(eval_wrapped("not", false, not, context) == answer);
	cJSON_Delete(not );
}

/* {field: {operator: {"field" or "policy": path}}}, and nothing is there. */
static bool looks_nowhere(const cJSON *guard,
			  const struct guard_context *context)
{
	const cJSON *operators = guard->child;
	const cJSON *lookup = operators ? operators->child : NULL;
	const char *field = json_string(lookup, "field", NULL);
	const char *policy = json_string(lookup, "policy", NULL);
	const cJSON *found;

	if (!lookup || operators->next || lookup->next ||
	    !cJSON_IsObject(operators) || (!field && !policy))
		return false;
	found = field ? json_path(context->document, field)
		      : json_path(context->policy, policy);
	return !found || cJSON_IsNull(found);
}

/* What cannot be judged is false, and so is its negation. */
static void hold_closed(const cJSON *guard, const struct guard_context *context)
{
	if (!looks_nowhere(guard, context) ||
	    strcmp(guard->child->string, "not") == 0)
		return;
	require(!guard_eval(guard, context, NULL));
	require(!eval_wrapped("not", false, guard, context));
}

static void hold_explained(const cJSON *why)
{
	const cJSON *entry;

	require(why->child != NULL);
	cJSON_ArrayForEach(entry, why)
	{
		require(json_string(entry, "field", NULL) != NULL);
		require(json_string(entry, "operator", NULL) != NULL);
		require(json_get(entry, "expected") != NULL);
		require(json_get(entry, "seen") != NULL);
	}
}

static void try_guard(const cJSON *guard, const struct guard_context *context,
		      struct arena *a)
{
	const char *before =
		context->document ? json_print_arena(context->document, a) : "";
	struct problems p = {0};
	cJSON *why = cJSON_CreateArray();
	bool answer;

	guard_check(guard, "/when", &p);
	fuzz_problems(&p, p.count > 0);
	for (int i = 0; i < p.count; i++)
		require(strncmp(p.item[i].pointer, "/when", 5) == 0);
	answer = guard_eval(guard, context, why);
	require(answer == guard_eval(guard, context, NULL));
	if (p.count == 0) {
		hold_explained(why);
		hold_laws(guard, context, answer);
		hold_closed(guard, context);
	}
	if (context->document)
		require(strcmp(before,
			       json_print_arena(context->document, a)) == 0);
	cJSON_Delete(why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {(const char *)data, size};
	struct arena a = {0};
	cJSON *guard = input_json(&in, &a);
	cJSON *document = input_json(&in, &a);
	cJSON *policy = input_json(&in, &a);
	struct guard_context context = {document, policy, NOW_MS};

	if (guard)
		try_guard(guard, &context, &a);
	cJSON_Delete(guard);
	cJSON_Delete(document);
	cJSON_Delete(policy);
	arena_release(&a);
	return 0;
}

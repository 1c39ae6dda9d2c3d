/*
 * Why: a person who asks why a run went this way gets the same answer from
 * every place that judged a guard.
 */
#include "advance_guard.h"

#include "../base/json.h"
#include "guard.h"

bool work_holds(struct work *w, const cJSON *guard, cJSON *why)
{
	struct guard_context context = {
		.document = work_case(w),
		.policy = json_get(w->in->catalog->policy.document, "values"),
		.now_ms = w->in->now_ms,
	};

	return guard_eval(guard, &context, why);
}

void work_explained(cJSON *object, bool result, const cJSON *why)
{
	json_set_bool(object, "result", result);
	json_set(object, "why",
		 why ? cJSON_Duplicate(why, true) : cJSON_CreateArray());
}

bool work_explain(struct work *w, const cJSON *guard, cJSON *object)
{
	cJSON *why = cJSON_CreateArray();
	bool result = work_holds(w, guard, why);

	json_set_bool(object, "result", result);
	json_set(object, "why", why);
	return result;
}

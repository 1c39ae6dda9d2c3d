/*
 * Why: what needs no peer needs no call either; one table says what there is.
 */
#include "local.h"

#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"

static void echo(const cJSON *params, struct call_answer *answer)
{
	answer->class = CLASS_OK;
	answer->body = params ? cJSON_Duplicate(params, true) : NULL;
}

static void fail(const cJSON *params, struct call_answer *answer)
{
	const char *class = json_string(params, "class", "PERMANENT");

	if (!call_class_parse(class, &answer->class))
		answer->class = CLASS_PERMANENT;
	STR_COPY(answer->code, json_string(params, "code", "LOCAL_FAIL"));
	STR_COPY(answer->error, "failed as asked");
}

static const struct {
	const char *name;
	void (*run)(const cJSON *params, struct call_answer *answer);
} operations[] = {
	{"echo", echo},
	{"fail", fail},
};

void local_run(const struct operation *operation, const cJSON *params,
	       struct call_answer *ret_answer)
{
	struct call_answer answer = {.class = CLASS_PERMANENT};
	size_t i;

	STR_COPY(answer.code, "NO_SUCH_OPERATION");
	STR_COPY(answer.error, "no local operation of this name");
	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].name, operation->name) != 0)
			continue;
		answer.code[0] = answer.error[0] = '\0';
		operations[i].run(params, &answer);
	}
	*ret_answer = answer;
}

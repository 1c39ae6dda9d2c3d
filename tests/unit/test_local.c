/*
 * What runs in the process: a pure function of its params.
 */
#include <stdio.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/flow/local.h"

static struct call_answer run(const char *name, const cJSON *params)
{
	struct operation o = {.name = ""};
	struct call_answer answer;

	(void)snprintf(o.name, sizeof(o.name), "%s", name);
	local_run(&o, params, &answer);
	return answer;
}

static void classed(const struct call_answer *a, enum call_class class,
		    const char *code)
{
	assert_int_equal(a->class, class);
	assert_string_equal(a->code, code);
	assert_true(a->error[0] != '\0');
	assert_null(a->body);
}

static void echo_answers_its_params(void **state)
{
	cJSON *params = cJSON_Parse("{\"n\": [1, 2]}");
	struct call_answer a = run("echo", params);

	(void)state;
	assert_int_equal(a.class, CLASS_OK);
	assert_true(cJSON_Compare(a.body, params, true));
	cJSON_Delete(a.body);
	cJSON_Delete(params);
	a = run("echo", NULL);
	assert_int_equal(a.class, CLASS_OK);
	assert_null(a.body);
}

static void fail_fails_as_asked(void **state)
{
	cJSON *params =
		cJSON_Parse("{\"class\": \"UNKNOWN\", \"code\": \"X\"}");
	struct call_answer a = run("fail", params);

	(void)state;
	classed(&a, CLASS_UNKNOWN, "X");
	json_set_string(params, "class", "what");
	a = run("fail", params);
	classed(&a, CLASS_PERMANENT, "X");
	cJSON_Delete(params);
}

static void what_is_not_there_is_refused(void **state)
{
	struct call_answer a = run("fly", NULL);

	(void)state;
	classed(&a, CLASS_PERMANENT, "NO_SUCH_OPERATION");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(echo_answers_its_params),
		cmocka_unit_test(fail_fails_as_asked),
		cmocka_unit_test(what_is_not_there_is_refused),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

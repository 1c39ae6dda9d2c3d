/* What is known, with source and time of every piece. */
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/flow/casefile.h"
#include "stage.h"

#define AT INT64_C(1800000000000)
#define AT_TEXT "2027-01-15T08:00:00.000Z"

static cJSON *file;

static int setup(void **state)
{
	(void)state;
	file = stage_json("{'orderId': 'O1'}");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cJSON_Delete(file);
	return 0;
}

static void is(const cJSON *tree, const char *path, const char *text)
{
	cJSON *wanted = stage_json(text);
	const cJSON *seen = json_path(tree, path);

	if (!seen || !cJSON_Compare(seen, wanted, true)) {
		char *printed = json_print(tree);

		fail_msg("%s is not %s in %s", path, text, printed);
	}
	cJSON_Delete(wanted);
}

static void facts(void **state)
{
	(void)state;
	casefile_fact(file, "a", "peer.get", stage_json("{'v': 1}"), AT);
	is(file, "a", "{'v': 1}");
	is(file, "sources.a",
	   "{'operation': 'peer.get', 'status': 'ok', 'fetchedAt': '" AT_TEXT
	   "', 'error': null}");
	casefile_missing(file, "a", "peer.get", "gone", AT + 1000);
	is(file, "a", "{'v': 1}"); /* the old fact stays, marked */
	is(file, "sources.a.status", "'missing'");
	is(file, "sources.a.error", "'gone'");
	casefile_fact(file, "a", "peer.get", stage_json("{'v': 2}"), AT);
	is(file, "a", "{'v': 2}");
	is(file, "sources.a.status", "'ok'");
	is(file, "sources.a.error", "null");
}

static void tried(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < TRIED_MAX + 3; i++)
		casefile_tried(file, i < 3 ? "old" : "new", "peer.keyed",
			       "done", AT);
	assert_int_equal(cJSON_GetArraySize(json_get(file, "tried")),
			 TRIED_MAX);
	is(file, "tried.0",
	   "{'at': '" AT_TEXT "', 'step': 'new', 'what': 'peer.keyed', "
	   "'result': 'done'}");
}

static void contradictions(void **state)
{
	static const struct {
		const char *a, *b;
		bool differ;
	} rows[] = {
		{"1", "2", true},	    {"1", "1", false},
		{"'1'", "1", true},	    {"null", "1", false},
		{"[1, 2]", "[2, 1]", true}, {"{'x': 1}", "{'x': 1}", false},
	};
	cJSON *pairs = stage_json("[['a.v', 'b.v'], ['a.w', 'b.w']]");
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_path_set(file, "a.v", stage_json(rows[i].a));
		json_path_set(file, "b.v", stage_json(rows[i].b));
		casefile_contradictions(file, pairs);
		assert_int_equal(json_get(file, "contradictions") != NULL,
				 rows[i].differ);
	}
	json_path_set(file, "b.v", stage_json("9"));
	json_path_set(file, "a.v", stage_json("8"));
	casefile_contradictions(file, pairs);
	is(file, "contradictions",
	   "[{'field': 'a.v', 'value': 8, 'otherField': 'b.v', 'otherValue': "
	   "9}]");
	cJSON_Delete(pairs);
}

static void evidence_and_changes(void **state)
{
	cJSON *paths = stage_json("['a.v', 'a.none', 'orderId']");
	cJSON *evidence, *changes;

	(void)state;
	casefile_fact(file, "a", "peer.get", stage_json("{'v': 1}"), AT);
	evidence = casefile_evidence(file, paths);
	is(evidence, "0",
	   "{'field': 'a.v', 'value': 1, 'source': 'peer.get', 'fetchedAt': "
	   "'" AT_TEXT "'}");
	is(evidence, "1.value", "null");
	is(evidence, "2.source", "null");
	assert_null(casefile_changes(file, evidence));
	/* Fetched anew, and the same: nothing moved. */
	casefile_fact(file, "a", "peer.get", stage_json("{'v': 1}"), AT + 1);
	assert_null(casefile_changes(file, evidence));
	casefile_fact(file, "a", "peer.get", stage_json("{'none': 5}"), AT);
	changes = casefile_changes(file, evidence);
	is(changes, "0", "{'field': 'a.v', 'before': 1, 'after': null}");
	is(changes, "1", "{'field': 'a.none', 'before': null, 'after': 5}");
	assert_int_equal(cJSON_GetArraySize(changes), 2);
	cJSON_Delete(changes);
	cJSON_Delete(evidence);
	cJSON_Delete(paths);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(facts),
		TEST(tried),
		TEST(contradictions),
		TEST(evidence_and_changes),
	};

	json_init();
	return RUN(tests);
}

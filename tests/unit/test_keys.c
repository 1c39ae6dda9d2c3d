/*
 * The tables of members: every fault at its place and once, and words for a
 * slip of the finger.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/flow/keys.h"
#include "engine/flow/keys_schema.h"
#include "engine/flow/nearest.h"
#include "stage.h"

static void words_near_each_other(void **state)
{
	(void)state;
	assert_int_equal(word_distance("next", "next"), 0);
	assert_int_equal(word_distance("Next", "next"), 0);
	assert_int_equal(word_distance("nxet", "next"), 1); /* swapped */
	assert_int_equal(word_distance("nex", "next"), 1);
	assert_int_equal(word_distance("nexxt", "next"), 1);
	assert_int_equal(word_distance("onFaliure", "onFailure"), 1);
	assert_int_equal(word_distance("", "abc"), 3);
	assert_int_equal(word_distance("when", "with"), 3);
	assert_int_equal(
		word_distance("a23456789_123456789_123456789_123456789_"
			      "123456789_123456789_1234",
			      "a"),
		INT_MAX);
	assert_int_equal(word_distance_max("as"), 1);
	assert_int_equal(word_distance_max("maximumAttempts"), 3);
}

static void check(const char *text, struct problems *p)
{
	cJSON *tree = stage_json(text);

	memset(p, 0, sizeof(*p));
	keys_check(tree, &keys_playbook, "", p);
	cJSON_Delete(tree);
}

static void all_faults_in_one_go(void **state)
{
	static struct problems p;

	(void)state;
	check("{'playbook': 'P', 'titel': 1, 'timeout': 5, '_a': 1, 'steps': "
	      "[{'step': 'a', 'kind': 'wait', 'until': 'x', 'reeson': 1}, 7, "
	      "{'step': 'b', 'kind': 'fly'}]}",
	      &p);
	assert_int_equal(p.count, 7);
	assert_string_equal(p.item[0].pointer, "/playbook");
	assert_string_equal(p.item[1].pointer, "/title");
	assert_string_equal(p.item[2].pointer, "/timeout");
	assert_string_equal(p.item[3].pointer, "/steps/0/reeson");
	assert_non_null(strstr(p.item[3].detail, "did you mean \"reason\"?"));
	assert_string_equal(p.item[4].pointer, "/steps/1");
	assert_string_equal(p.item[5].pointer, "/steps/2/kind");
	assert_non_null(strstr(p.item[5].detail, "call, gather, choose"));
	assert_string_equal(p.item[6].pointer, "/titel");
}

/* What reading tells is told once, also where the shape is wrong too. */
static void one_message_a_place(void **state)
{
	static struct problems p, told, shape;
	struct playbook *b;

	(void)state;
	memset(&p, 0, sizeof(p));
	memset(&told, 0, sizeof(told));
	memset(&shape, 0, sizeof(shape));
	assert_true(keys_merge(&p, &told, &shape));
	problems_add(&told, "/a", "read");
	problems_add(&shape, "/a", "shape");
	problems_add(&shape, "/b", "shape");
	assert_false(keys_merge(&p, &told, &shape));
	assert_int_equal(p.count, 2);
	assert_string_equal(p.item[0].detail, "read");
	assert_string_equal(p.item[1].pointer, "/b");
	/* Nothing but the shape is wrong. */
	memset(&p, 0, sizeof(p));
	memset(&told, 0, sizeof(told));
	assert_false(keys_merge(&p, &told, &shape));
	/* Others' faults hide none of ours. */
	p.count = PROBLEMS_MAX;
	assert_int_equal(
		playbook_parse(stage_json("{'playbook': 'p'}"), &p, &b),
		ERR_INVALID);
}

static void schemas(void **state)
{
	cJSON *s = keys_schema("playbook");
	char *text;

	(void)state;
	assert_non_null(json_get(json_get(s, "$defs"), "step_compensate"));
	assert_false(json_bool(s, "additionalProperties", true));
	cJSON_Delete(s);
	assert_null(keys_schema("case"));
	assert_null(keys_schema_text("case"));
	text = keys_schema_text("policy");
	assert_int_equal(text[strlen(text) - 1], '\n');
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_near_each_other),
		cmocka_unit_test(all_faults_in_one_go),
		cmocka_unit_test(one_message_a_place),
		cmocka_unit_test(schemas),
	};

	json_init();
	return RUN(tests);
}

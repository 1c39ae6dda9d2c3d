/*
 * Sub-playbooks in place: names, ways back, and what cannot be resolved.
 */
#include <stdio.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/flow/playbook_expand.h"
#include "stage.h"

#define FINISH "'kind': 'finish', 'outcome': 'O', 'result': 'R', 'reason': 'r'"

static struct library {
	const char *name, *steps;
	cJSON *document;
} library[8];
static struct problems problems;

static const cJSON *find(const void *context, const char *name)
{
	(void)context;
	for (size_t i = 0; i < sizeof(library) / sizeof(library[0]); i++) {
		if (library[i].name && strcmp(library[i].name, name) == 0)
			return library[i].document;
	}
	return NULL;
}

static void write_one(int i, const char *name, const char *steps)
{
	static char text[9000];

	snprintf(text, sizeof(text),
		 "{'playbook': '%.60s', 'title': 'T', 'steps': [%.8000s]}",
		 name, steps);
	cJSON_Delete(library[i].document);
	library[i].name = name;
	library[i].document = stage_json(text);
}

static int clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(library) / sizeof(library[0]); i++) {
		cJSON_Delete(library[i].document);
		library[i] = (struct library){NULL, NULL, NULL};
	}
	return 0;
}

static cJSON *expand(const char *name)
{
	const struct playbook_finder finder = {find, NULL};
	cJSON *whole = NULL;

	memset(&problems, 0, sizeof(problems));
	if (playbook_expand(find(NULL, name), &finder, &problems, &whole) != OK)
		return NULL;
	assert_int_equal(problems.count, 0);
	return whole;
}

static struct playbook *whole(const char *name)
{
	struct playbook *b = NULL;
	cJSON *tree = expand(name);

	assert_non_null(tree);
	if (playbook_parse(tree, &problems, &b) != OK)
		fail_msg("%s at %s", problems.item[0].detail,
			 problems.item[0].pointer);
	return b;
}

static int step(const struct playbook *b, const char *name)
{
	const struct step *s = playbook_step(b, name);

	if (!s)
		fail_msg("no step %s", name);
	return (int)(s - b->step);
}

static void refused(const char *name, const char *pointer, const char *words)
{
	assert_null(expand(name));
	assert_int_equal(problems.count, 1);
	assert_string_equal(problems.item[0].pointer, pointer);
	if (!strstr(problems.item[0].detail, words))
		fail_msg("%s", problems.item[0].detail);
}

#define PING                                                                   \
	"{'step': 'say', 'kind': 'call', 'operation': 'p.o', 'onFailure': "    \
	"'silent', 'timeout': '1m', 'onTimeout': 'hold'},"                     \
	"{'step': 'hear', 'kind': 'wait', 'for': '1s', 'next': 'end', "        \
	"'onTimeout': 'pick'},"                                                \
	"{'step': 'pick', 'kind': 'choose', 'rules': [{'next': 'silent'}]},"   \
	"{'step': 'silent', " FINISH ", 'failed': true},"                      \
	"{'step': 'end', " FINISH "}"

static void steps_come_in_place(void **state)
{
	struct playbook *b;
	const struct step *s;

	(void)state;
	write_one(0, "ping", PING);
	write_one(1, "top",
		  "{'step': 'ask', 'kind': 'playbook', 'playbook': 'ping', "
		  "'set': {'who': '{{seller}}'}, 'as': 'pinged'},"
		  "{'step': 'end', " FINISH "}");
	b = whole("top");
	assert_int_equal(b->step_count, 7);
	s = &b->step[step(b, "ask")];
	assert_int_equal(s->kind, STEP_CHOOSE);
	assert_int_equal(s->choice[0].next, step(b, "ask.say"));
	assert_non_null(json_get(s->choice[0].set, "who"));
	assert_string_equal(s->origin, "ping");
	assert_int_equal(s->use, -1);
	s = &b->step[step(b, "ask.say")];
	assert_int_equal(s->use, step(b, "ask"));
	assert_null(s->origin);
	assert_int_equal(s->next, step(b, "ask.hear"));
	assert_int_equal(s->on_failure, step(b, "ask.silent"));
	assert_int_equal(s->on_timeout, GO_HOLD);
	s = &b->step[step(b, "ask.hear")];
	assert_int_equal(s->next, step(b, "ask.end"));
	assert_int_equal(s->on_timeout, step(b, "ask.pick"));
	s = &b->step[step(b, "ask.pick")];
	assert_int_equal(s->choice[0].next, step(b, "ask.silent"));
	s = &b->step[step(b, "ask.silent")];
	assert_int_equal(s->kind, STEP_CHOOSE);
	assert_int_equal(s->choice[0].next, step(b, "end"));
	assert_true(json_bool(json_get(s->choice[0].set, "pinged"), "failed",
			      false));
	assert_string_equal(json_string(json_get(s->choice[0].set, "pinged"),
					"outcome", ""),
			    "O");
	assert_int_equal(b->step[step(b, "end")].kind, STEP_FINISH);
	playbook_free(b);
}

/* In the body of a repeat the way back is the repeat; "next" goes anywhere. */
static void the_way_back(void **state)
{
	struct playbook *b;

	(void)state;
	write_one(0, "leaf", "{'step': 'x', " FINISH "}");
	write_one(1, "middle",
		  "{'step': 'use', 'kind': 'playbook', 'playbook': 'leaf', "
		  "'next': 'over'}, {'step': 'not', " FINISH "},"
		  "{'step': 'over', " FINISH "}");
	write_one(2, "top",
		  "{'step': 'try', 'kind': 'repeat', 'until': {'x': 1}, "
		  "'maximumAttempts': 2, 'steps': [{'step': 'use', 'kind': "
		  "'playbook', 'playbook': 'middle'}]}, {'step': 'end', " FINISH
		  "}");
	b = whole("top");
	assert_int_equal(b->step[step(b, "use.use.x")].choice[0].next,
			 step(b, "use.over"));
	assert_int_equal(b->step[step(b, "use.over")].choice[0].next,
			 step(b, "try"));
	assert_int_equal(b->step[step(b, "use.use.x")].parent, step(b, "try"));
	assert_int_equal(b->step[step(b, "use.use")].choice[0].next,
			 step(b, "use.use.x"));
	playbook_free(b);
}

static void nothing_to_resolve(void **state)
{
	cJSON *tree;

	(void)state;
	write_one(0, "ping", PING);
	tree = expand("ping");
	assert_true(cJSON_Compare(tree, library[0].document, true));
	cJSON_Delete(tree);
}

static void circles(void **state)
{
	(void)state;
	write_one(0, "a",
		  "{'step': 'one', 'kind': 'wait', 'for': '1s'}, {'step': 's', "
		  "'kind': 'playbook', 'playbook': 'b'}, {'step': 'e', " FINISH
		  "}");
	write_one(1, "b",
		  "{'step': 's', 'kind': 'playbook', 'playbook': 'a'}, "
		  "{'step': 'e', " FINISH "}");
	refused("a", "/steps/1", "a → b → a");
	refused("b", "/steps/0", "b → a → b");
}

static void what_cannot_come_back(void **state)
{
	struct playbook *b;

	(void)state;
	write_one(0, "leaf", "{'step': 'x', " FINISH ", 'compensate': true}");
	write_one(1, "top",
		  "{'step': 'use', 'kind': 'playbook', 'playbook': 'leaf'}, "
		  "{'step': 'e', " FINISH "}");
	refused("top", "/steps/0", "compensates");
	write_one(0, "leaf",
		  "{'step': 'x', " FINISH ", 'marks': 'DONE', 'followUp': "
		  "'look'}");
	b = whole("top");
	assert_string_equal(playbook_step(b, "use.x")->marks, "DONE");
	assert_string_equal(
		json_string(json_get(playbook_step(b, "use.x")->choice[0].set,
				     "returned"),
			    "followUp", ""),
		"look");
	playbook_free(b);
}

static void dots_are_ours(void **state)
{
	(void)state;
	write_one(0, "a", "{'step': 'one.two', " FINISH "}");
	refused("a", "/steps/0/step", "without dots");
	write_one(0, "b",
		  "{'step': 'x', 'kind': 'choose', 'origin': {'playbook': 'b'},"
		  " 'rules': [{'next': 'y'}]}, {'step': 'y', " FINISH "}");
	refused("b", "/steps/0/origin", "only a stored version");
}

static void too_many_steps(void **state)
{
	static char text[8000];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 60; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "{'step': 's%d', 'kind': 'wait', 'for': "
				      "'1s'},",
				      i);
	snprintf(text + n, sizeof(text) - n, "{'step': 'e', " FINISH "}");
	write_one(0, "long", text);
	write_one(1, "once",
		  "{'step': 'a', 'kind': 'playbook', 'playbook': 'long'}, "
		  "{'step': 'b', 'kind': 'playbook', 'playbook': 'long'}, "
		  "{'step': 'e', " FINISH "}");
	playbook_free(whole("once"));
	write_one(2, "thrice",
		  "{'step': 'a', 'kind': 'playbook', 'playbook': 'once'}, "
		  "{'step': 'b', 'kind': 'playbook', 'playbook': 'long'}, "
		  "{'step': 'e', " FINISH "}");
	refused("thrice", "/steps/1", "more than 128 steps");
}

#define LONG_NAME "a23456789_123456789_123456789_123456789_"

static void names_that_grow(void **state)
{
	(void)state;
	write_one(0, "leaf", "{'step': '" LONG_NAME "', " FINISH "}");
	write_one(1, "fits",
		  "{'step': 'use', 'kind': 'playbook', 'playbook': 'leaf'}, "
		  "{'step': 'e', " FINISH "}");
	write_one(2, "grows",
		  "{'step': '" LONG_NAME "', 'kind': 'playbook', 'playbook': "
		  "'leaf'}, {'step': 'e', " FINISH "}");
	playbook_free(whole("fits"));
	refused("grows", "/steps/0", "longer than 63");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(steps_come_in_place, clear),
		cmocka_unit_test_teardown(the_way_back, clear),
		cmocka_unit_test_teardown(nothing_to_resolve, clear),
		cmocka_unit_test_teardown(circles, clear),
		cmocka_unit_test_teardown(what_cannot_come_back, clear),
		cmocka_unit_test_teardown(dots_are_ours, clear),
		cmocka_unit_test_teardown(too_many_steps, clear),
		cmocka_unit_test_teardown(names_that_grow, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

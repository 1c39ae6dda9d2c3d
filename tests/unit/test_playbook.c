/*
 * The playbook's reader: what it makes of a good one, and each refusal of a bad
 * one, with its place.
 */
#include <stdio.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/flow/catalog.h"
#include "stage.h"

#define END                                                                    \
	"{'step': 'end', 'kind': 'finish', 'outcome': 'O', 'result': 'R', "    \
	"'reason': 'r'}"
#define TASK                                                                   \
	"'step': 'a', 'kind': 'task', 'title': 't', 'reason': 'r', 'role': "   \
	"'agent', 'proposal': {'text': 'x', 'rejectText': 'y'}"

static struct problems problems;

static struct playbook *parse(const char *text)
{
	struct playbook *b = NULL;

	memset(&problems, 0, sizeof(problems));
	if (playbook_parse(stage_json(text), &problems, &b) != OK)
		return NULL;
	assert_int_equal(problems.count, 0);
	return b;
}

static struct playbook *parse_steps(const char *steps)
{
	char text[4000];

	snprintf(text, sizeof(text),
		 "{'playbook': 'p', 'title': 'T', 'steps': [%s]}", steps);
	return parse(text);
}

static void refused(const char *text, const char *pointer, const char *words)
{
	struct playbook *b = parse(text);
	int i;

	if (b)
		fail_msg("taken: %s", text);
	for (i = 0; i < problems.count; i++) {
		if (strcmp(problems.item[i].pointer, pointer) == 0 &&
		    strstr(problems.item[i].detail, words))
			return;
	}
	fail_msg("%s: not \"%s\" at %s but \"%s\" at %s", text, words, pointer,
		 problems.item[0].detail, problems.item[0].pointer);
}

static void refuses_documents(void **state)
{
	(void)state;
	refused("[]", "", "object");
	refused("{'title': 'T', 'steps': [" END "]}", "/playbook", "missing");
	refused("{'playbook': 'P', 'title': 'T', 'steps': [" END "]}",
		"/playbook", "name");
	refused("{'playbook': 'p', 'steps': [" END "]}", "/title", "missing");
	refused("{'playbook': 'p', 'title': 'T'}", "/steps", "missing");
	refused("{'playbook': 'p', 'title': 'T', 'steps': []}", "/steps",
		"at least one");
	refused("{'playbook': 'p', 'title': 'T', 'steps': [" END "], 'x': 1}",
		"/x", "unknown");
	refused("{'playbook': 'p', 'title': 'T', 'index': {'size': 'x'}, "
		"'steps': [" END "]}",
		"/index/size", "unknown");
}

/* Each is the first step, before a good finish. */
static void refuses_steps(void **state)
{
	static const struct {
		const char *step, *pointer, *words;
	} rows[] = {
		{"1", "/steps/0", "object"},
		{"{'kind': 'wait'}", "/steps/0/step", "missing"},
		{"{'step': 'a'}", "/steps/0/kind", "missing"},
		{"{'step': 'a', 'kind': 'assist'}", "/steps/0/kind",
		 "expected call"},
		{"{'step': 'end', 'kind': 'wait', 'for': '1s'}",
		 "/steps/1/step", "a second step"},
		{"{'step': 'a', 'kind': 'wait', 'for': '1s', 'x': 1}",
		 "/steps/0/x", "unknown"},
		{"{'step': 'a', 'kind': 'wait'}", "/steps/0/for", "an end"},
		{"{'step': 'a', 'kind': 'wait', 'for': 'soon'}", "/steps/0/for",
		 "duration"},
		{"{'step': 'a', 'kind': 'wait', 'for': '1s', 'next': 'b'}",
		 "/steps/0/next", "no step named"},
		{"{'step': 'a', 'kind': 'wait', 'for': '1s', 'onTimeout': "
		 "'b'}",
		 "/steps/0/onTimeout", "no step named"},
		{"{'step': 'a', 'kind': 'wait', 'for': '1s', 'reason': "
		 "'{{'}",
		 "/steps/0/reason", ""},
		{"{'step': 'a', 'kind': 'call'}", "/steps/0/operation",
		 "missing"},
		{"{'step': 'a', 'kind': 'call', 'operation': 'p.o', 'with': "
		 "[]}",
		 "/steps/0/with", "object"},
		{"{'step': 'a', 'kind': 'call', 'operation': 'p.o', 'with': "
		 "{'x': ['{{a b c d}}']}}",
		 "/steps/0/with/x/0", ""},
		{"{'step': 'a', 'kind': 'call', 'operation': 'p.o', 'retry': "
		 "{'maximumAttempts': 0}}",
		 "/steps/0/retry/maximumAttempts", "whole number"},
		{"{'step': 'a', 'kind': 'call', 'operation': 'p.o', "
		 "'onFailure': 'b'}",
		 "/steps/0/onFailure", "no step named"},
		{"{'step': 'a', 'kind': 'gather'}", "/steps/0/reads",
		 "missing"},
		{"{'step': 'a', 'kind': 'gather', 'reads': [1]}",
		 "/steps/0/reads/0", "object"},
		{"{'step': 'a', 'kind': 'gather', 'reads': [{'as': 'x'}]}",
		 "/steps/0/reads/0/operation", "missing"},
		{"{'step': 'a', 'kind': 'gather', 'reads': [{'operation': "
		 "'p.o'}]}",
		 "/steps/0/reads/0/as", "missing"},
		{"{'step': 'a', 'kind': 'gather', 'reads': [{'as': 'x', "
		 "'operation': 'p.o'}], 'mustAgree': [['a']]}",
		 "/steps/0/mustAgree", "pairs"},
		{"{'step': 'a', 'kind': 'choose'}", "/steps/0/rules",
		 "missing"},
		{"{'step': 'a', 'kind': 'choose', 'rules': [{'when': {'x': "
		 "{'like': 1}}}]}",
		 "/steps/0/rules/0/when/x/like", ""},
		{"{'step': 'a', 'kind': 'choose', 'rules': [{'next': 'end', "
		 "'route': 'q'}]}",
		 "/steps/0/rules/0/route", "not both"},
		{"{'step': 'a', 'kind': 'choose', 'rules': [{'classify': "
		 "{'issueType': 'x', 'tier': 4, 'confidence': 1}}]}",
		 "/steps/0/rules/0/classify/tier", "1 to 3"},
		{"{'step': 'a', 'kind': 'choose', 'rules': [{'classify': "
		 "{'issueType': 'x', 'tier': 1}}]}",
		 "/steps/0/rules/0/classify/confidence", "number"},
		{"{'step': 'a', 'kind': 'repeat', 'maximumAttempts': 1, "
		 "'steps': [{'step': 'b', 'kind': 'wait', 'for': '1s'}]}",
		 "/steps/0/until", "missing"},
		{"{'step': 'a', 'kind': 'repeat', 'until': {'x': 1}, 'steps': "
		 "[{'step': 'b', 'kind': 'wait', 'for': '1s'}]}",
		 "/steps/0/maximumAttempts", "missing"},
		{"{'step': 'a', 'kind': 'repeat', 'until': {'x': 1}, "
		 "'maximumAttempts': 1, 'steps': []}",
		 "/steps/0/steps", "at least one"},
		{"{'step': 'a', 'kind': 'repeat', 'until': {'x': 1}, "
		 "'maximumAttempts': 1}",
		 "/steps/0/steps", "missing"},
		{"{'step': 'a', 'kind': 'repeat', 'until': {'x': 1}, "
		 "'maximumAttempts': 1, 'steps': [{'step': 'b', 'kind': "
		 "'wait'}]}",
		 "/steps/0/steps/0/for", "an end"},
		{"{'step': 'a', 'kind': 'task', 'reason': 'r', 'role': "
		 "'agent', 'proposal': {'text': 'x', 'rejectText': 'y'}}",
		 "/steps/0/title", "missing"},
		{"{'step': 'a', 'kind': 'task', 'title': 't', 'reason': 'r', "
		 "'role': 'king', 'proposal': {'text': 'x', 'rejectText': "
		 "'y'}}",
		 "/steps/0/role", ""},
		{"{'step': 'a', 'kind': 'task', 'title': 't', 'reason': 'r', "
		 "'role': 'agent'}",
		 "/steps/0/proposal", "missing"},
		{"{'step': 'a', 'kind': 'task', 'title': 't', 'reason': 'r', "
		 "'role': 'agent', 'proposal': {'text': 'x'}}",
		 "/steps/0/proposal/rejectText", "missing"},
		{"{'step': 'a', 'kind': 'task', 'title': 't', 'reason': 'r', "
		 "'role': 'agent', 'proposal': {'text': 'x', 'rejectText': "
		 "'y', 'action': {}}}",
		 "/steps/0/proposal/action/operation", "missing"},
		{"{" TASK ", 'evidence': [1]}", "/steps/0/evidence", "paths"},
		{"{" TASK ", 'onVoid': 'b'}", "/steps/0/onVoid",
		 "no step named"},
		{"{'step': 'a', 'kind': 'finish', 'result': 'R', 'reason': "
		 "'r'}",
		 "/steps/0/outcome", "missing"},
		{"{'step': 'a', 'kind': 'finish', 'outcome': 'O', 'reason': "
		 "'r'}",
		 "/steps/0/result", "missing"},
		{"{'step': 'a', 'kind': 'finish', 'outcome': 'O', 'result': "
		 "'R'}",
		 "/steps/0/reason", "missing"},
	};
	char text[1500];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text),
			 "{'playbook': 'p', 'title': 'T', 'steps': [%s, " END
			 "]}",
			 rows[i].step);
		refused(text, rows[i].pointer, rows[i].words);
	}
}

static void refuses_a_loose_end(void **state)
{
	(void)state;
	refused("{'playbook': 'p', 'title': 'T', 'steps': [{'step': 'a', "
		"'kind': 'wait', 'for': '1s'}]}",
		"/steps/0/next", "last step");
	refused("{'playbook': 'p', 'title': 'T', 'steps': [{'step': 'a', "
		"'kind': 'choose', 'rules': [{'name': 'x'}]}]}",
		"/steps/0/rules/0/next", "no step follows");
	refused("{'playbook': 'p', 'title': 'T', 'steps': [{" TASK "}]}",
		"/steps/0/onApprove", "no step follows");
}

static void refuses_too_much(void **state)
{
	static char text[12000];
	size_t n;
	int i;

	(void)state;
	n = (size_t)snprintf(text, sizeof(text),
			     "{'playbook': 'p', 'title': 'T', 'steps': [");
	for (i = 0; i <= STEPS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "{'step': 's%d', 'kind': 'finish', "
				      "'outcome': 'O', 'result': 'R', "
				      "'reason': 'r'}%s",
				      i, i < STEPS_MAX ? "," : "]}");
	assert_null(parse(text));
}

#define REPEAT                                                                 \
	"{'step': 'try', 'kind': 'repeat', 'until': {'x': 1}, "                \
	"'maximumAttempts': 2, 'steps': ["                                     \
	"{'step': 'one', 'kind': 'wait', 'for': '1s'},"                        \
	"{'step': 'two', 'kind': 'choose', 'rules': [{'when': {'y': 1}, "      \
	"'next': 'end'}, {}]}]}," END

static void lays_steps_flat(void **state)
{
	struct playbook *b = parse_steps(REPEAT);

	(void)state;
	assert_non_null(b);
	assert_int_equal(b->step_count, 4);
	assert_string_equal(b->step[0].name, "try");
	assert_int_equal(b->step[0].body, 1);
	assert_int_equal(b->step[0].next, 3);
	assert_int_equal(b->step[0].on_exhausted, GO_HOLD);
	assert_int_equal(b->step[1].parent, 0);
	assert_int_equal(b->step[1].next, 2);
	assert_int_equal(b->step[1].on_timeout, 2);
	assert_int_equal(b->step[2].next, 0);
	assert_int_equal(b->step[2].choice[0].next, 3);
	assert_int_equal(b->step[2].choice[1].next, 0);
	assert_int_equal(b->step[3].parent, -1);
	assert_int_equal(b->step[3].next, GO_NOWHERE);
	assert_ptr_equal(playbook_step(b, "two"), &b->step[2]);
	assert_null(playbook_step(b, "three"));
	playbook_free(b);
	playbook_free(NULL);
}

static void has_defaults(void **state)
{
	struct playbook *b =
		parse_steps("{'step': 'c', 'kind': 'call', 'operation': 'p.o', "
			    "'onFailure': 'hold'},"
			    "{" TASK "}," END);

	(void)state;
	assert_non_null(b);
	assert_int_equal(b->step[0].next, 1);
	assert_int_equal(b->step[0].on_failure, GO_HOLD);
	assert_int_equal(b->step[0].on_unknown, GO_HOLD);
	assert_false(b->step[0].has_retry);
	assert_int_equal(b->step[1].on_approve, 2);
	assert_int_equal(b->step[1].on_reject, 2);
	assert_int_equal(b->step[1].on_void, 1);
	assert_int_equal(b->step[1].on_due, GO_NOWHERE);
	assert_int_equal(b->step[1].role, ROLE_AGENT);
	assert_null(b->step[1].action.operation);
	playbook_free(b);
}

/* Against adapters, policy and other playbooks: those of the stage. */
static void checks_references(void **state)
{
	static const struct {
		const char *steps, *pointer, *words;
	} rows[] = {
		{"{'step': 'c', 'kind': 'call', 'operation': 'peer.gone'}," END,
		 "/steps/0/operation", "no adapter declares"},
		{"{'step': 'g', 'kind': 'gather', 'reads': [{'as': 'x', "
		 "'operation': 'peer.keyed'}]}," END,
		 "/steps/0/reads/0/operation", "expected a read"},
		{"{" TASK ", 'recheck': [{'as': 'x', 'operation': "
		 "'peer.keyed'}]}," END,
		 "/steps/0/recheck/0/operation", "expected a read"},
		{"{'step': 'a', 'kind': 'task', 'title': 't', 'reason': 'r', "
		 "'role': 'agent', 'proposal': {'text': 'x', 'rejectText': "
		 "'y', 'action': {'operation': 'peer.get'}}}," END,
		 "/steps/0/proposal/action/operation", "expected an effect"},
		{"{'step': 'p', 'kind': 'choose', 'rules': [{'when': {'x': "
		 "1}, 'next': 'end'}, {'route': 'elsewhere'}]}," END,
		 "/steps/0/rules/1/route", "no playbook"},
		{"{'step': 'p', 'kind': 'choose', 'rules': [{'when': {'x': "
		 "{'lt': {'policy': 'no.such'}}}, 'next': 'end'}]}," END,
		 "/steps/0/rules/0/when/x/lt", "policy has no value"},
		{END ",{'step': 'w', 'kind': 'wait', 'for': '1s', 'next': "
		     "'end'}",
		 "/steps/1", "no step leads to \"w\""},
	};
	static struct stage s;
	size_t i;

	(void)state;
	stage_open(&s, END);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct playbook *b = parse_steps(rows[i].steps);

		assert_non_null(b);
		playbook_check(b, s.catalog, &problems);
		if (problems.count != 1 ||
		    strcmp(problems.item[0].pointer, rows[i].pointer) != 0 ||
		    !strstr(problems.item[0].detail, rows[i].words))
			fail_msg("%s: %d problems, %s at %s", rows[i].steps,
				 problems.count, problems.item[0].detail,
				 problems.item[0].pointer);
		playbook_free(b);
	}
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_documents),
		cmocka_unit_test(refuses_steps),
		cmocka_unit_test(refuses_a_loose_end),
		cmocka_unit_test(refuses_too_much),
		cmocka_unit_test(lays_steps_flat),
		cmocka_unit_test(has_defaults),
		cmocka_unit_test(checks_references),
	};

	json_init();
	return RUN(tests);
}

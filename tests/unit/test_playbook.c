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
	"{'step': 'a', 'kind': 'task', 'title': 't', 'reason': 'r', 'role': "  \
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
	refused("{'playbook': 'p', 'title': 'T', 'onTimeout': 'fail', "
		"'steps': [" END "]}",
		"/onTimeout", "only with");
	refused("{'playbook': 'p', 'title': 'T', 'timeout': '1h', "
		"'onTimeout': 'b', 'steps': [" END "]}",
		"/onTimeout", "no step named");
	refused("{'playbook': 'p', 'title': 'T', 'priority': -1, 'steps': [" END
		"]}",
		"/priority", "0 to 3");
	refused("{'playbook': 'p', 'title': 'T', 'concurrency': {'limit': 1}, "
		"'steps': [" END "]}",
		"/concurrency/key", "missing");
}

/* clang-format off */
/* How steps begin that are told to be wrong further on. */
#define WAIT "{'step': 'a', 'kind': 'wait', 'for': '1s'"
#define CALL "{'step': 'a', 'kind': 'call', 'operation': 'p.o'"
#define GATHER "{'step': 'a', 'kind': 'gather'"
#define CHOOSE "{'step': 'a', 'kind': 'choose'"
#define UNTIL "{'step': 'a', 'kind': 'repeat', 'until': {'x': 1}"

/* Each is the first step, before a good finish. */
static const struct {
	const char *step, *at /* below /steps */, *words;
} bad_steps[] = {
	{"1", "0", "object"},
	{"{'kind': 'wait'}", "0/step", "missing"},
	{"{'step': 'a'}", "0/kind", "missing"},
	{"{'step': 'a', 'kind': 'assist'}", "0/kind", "expected call"},
	{"{'step': 'end', 'kind': 'wait', 'for': '1s'}",
	 "1/step", "a second step"},
	{WAIT ", 'x': 1}", "0/x", "unknown"},
	{"{'step': 'a', 'kind': 'wait'}", "0/for", "an end"},
	{"{'step': 'a', 'kind': 'wait', 'for': 'soon'}", "0/for", "duration"},
	{"{'step': 'a', 'kind': 'wait', 'for': '1s', 'before': '1s'}",
	 "0/before", "until"},
	{"{'step': 'a', 'kind': 'wait', 'until': 'x', 'before': 'soon'}",
	 "0/before", "duration"},
	{WAIT ", 'next': 'b'}", "0/next", "no step named"},
	{WAIT ", 'onTimeout': 'b'}", "0/onTimeout", "no step named"},
	{WAIT ", 'reason': '{{'}", "0/reason", ""},
	{"{'step': 'a', 'kind': 'call'}", "0/operation", "missing"},
	{CALL ", 'with': []}", "0/with", "object"},
	{CALL ", 'with': {'x': ['{{a b c d}}']}}", "0/with/x/0", ""},
	{CALL ", 'retry': {'maximumAttempts': 0}}",
	 "0/retry/maximumAttempts", "whole number"},
	{CALL ", 'onFailure': 'b'}", "0/onFailure", "no step named"},
	{CALL ", 'once': {'key': 'k'}, 'compensate': {'operation': 'p.back'}}",
	 "0/compensate", "once for a group"},
	{GATHER "}", "0/reads", "missing"},
	{GATHER ", 'reads': [1]}", "0/reads/0", "object"},
	{GATHER ", 'reads': [{'as': 'x'}]}", "0/reads/0/operation", "missing"},
	{GATHER ", 'reads': [{'operation': 'p.o'}]}",
	 "0/reads/0/as", "missing"},
	{GATHER ", 'reads': [{'as': 'x', 'operation': 'p.o'}], 'mustAgree': "
	 "[['a']]}", "0/mustAgree", "pairs"},
	{CHOOSE "}", "0/rules", "missing"},
	{CHOOSE ", 'rules': [{'when': {'x': {'like': 1}}}]}",
	 "0/rules/0/when/x/like", ""},
	{CHOOSE ", 'rules': [{'next': 'end', 'route': 'q'}]}",
	 "0/rules/0/route", "not both"},
	{CHOOSE ", 'rules': [{'classify': {'issueType': 'x', 'tier': 4, "
	 "'confidence': 1}}]}", "0/rules/0/classify/tier", "1 to 3"},
	{CHOOSE ", 'rules': [{'classify': {'issueType': 'x', 'tier': 1}}]}",
	 "0/rules/0/classify/confidence", "number"},
	{"{'step': 'a', 'kind': 'repeat', 'maximumAttempts': 1, 'steps': "
	 "[{'step': 'b', 'kind': 'wait', 'for': '1s'}]}", "0/until", "missing"},
	{UNTIL ", 'steps': [{'step': 'b', 'kind': 'wait', 'for': '1s'}]}",
	 "0/maximumAttempts", "missing"},
	{UNTIL ", 'maximumAttempts': 1, 'steps': []}",
	 "0/steps", "at least one"},
	{UNTIL ", 'maximumAttempts': 1}", "0/steps", "missing"},
	{UNTIL ", 'maximumAttempts': 1, 'steps': [{'step': 'b', 'kind': "
	 "'wait'}]}", "0/steps/0/for", "an end"},
	{"{'step': 'a', 'kind': 'task', 'reason': 'r', 'role': 'agent', "
	 "'proposal': {'text': 'x', 'rejectText': 'y'}}", "0/title", "missing"},
	{"{'step': 'a', 'kind': 'task', 'title': 't', 'reason': 'r', 'role': "
	 "'king', 'proposal': {'text': 'x', 'rejectText': 'y'}}", "0/role", ""},
	{"{'step': 'a', 'kind': 'task', 'title': 't', 'reason': 'r', 'role': "
	 "'agent'}", "0/proposal", "missing"},
	{"{'step': 'a', 'kind': 'task', 'title': 't', 'reason': 'r', 'role': "
	 "'agent', 'proposal': {'text': 'x'}}",
	 "0/proposal/rejectText", "missing"},
	{"{'step': 'a', 'kind': 'task', 'title': 't', 'reason': 'r', 'role': "
	 "'agent', 'proposal': {'text': 'x', 'rejectText': 'y', 'action': {}}}",
	 "0/proposal/action/operation", "missing"},
	{TASK ", 'evidence': [1]}", "0/evidence", "paths"},
	{TASK ", 'onVoid': 'b'}", "0/onVoid", "no step named"},
	{CALL ", 'compensate': {'with': {}}}",
	 "0/compensate/operation", "missing"},
	{CALL ", 'requires': [{'within': '1s'}]}",
	 "0/requires/0/fact", "missing"},
	{CALL ", 'onStale': 'end'}", "0/onStale", "only with"},
	{CALL ", 'onTimeout': 'end'}", "0/onTimeout", "only with"},
	{CALL ", 'timeout': 'long'}", "0/timeout", "duration"},
	{CHOOSE ", 'timeout': '1s', 'rules': [{'next': 'end'}]}",
	 "0/timeout", "unknown"},
	{CHOOSE ", 'rules': [{'priority': 4}]}",
	 "0/rules/0/priority", "0 to 3"},
	{GATHER ", 'reads': [], 'budget': 5}", "0/budget", "string"},
	{"{'step': 'a', 'kind': 'wait', 'signal': [], 'for': '1s'}",
	 "0/signal", "at least one"},
	{"{'step': 'a', 'kind': 'wait', 'signal': ['A'], 'for': '1s'}",
	 "0/signal", "names like"},
	{"{'step': 'a', 'kind': 'wait', 'for': {'polity': 'x'}}",
	 "0/for/policy", "missing"},
	{"{'step': 'a', 'kind': 'playbook'}", "0/playbook", "missing"},
	{"{'step': 'a.b', 'kind': 'wait', 'for': '1s', 'next': 'a.c'}",
	 "0/next", "no step named"},
	{"{'step': 'a..b', 'kind': 'wait', 'for': '1s'}", "0/step", "a name"},
	{TASK ", 'form': [{'name': 'x', 'label': 'X', 'type': 'colour'}]}",
	 "0/form/0/type", "expected text"},
	{TASK ", 'form': [{'name': 'x', 'label': 'X', 'type': 'choice'}]}",
	 "0/form/0/options", "missing"},
	{TASK ", 'form': [{'name': 'x', 'label': 'X', 'type': 'text', "
	 "'options': []}]}", "0/form/0/options", "only for"},
	{TASK ", 'form': [{'name': 'x', 'label': 'X', 'type': 'number', "
	 "'min': 2, 'max': 1}]}", "0/form/0/max", "no less"},
	{TASK ", 'form': [{'name': 'x', 'label': 'X', 'type': 'text'}, "
	 "{'name': 'x', 'label': 'X', 'type': 'text'}]}",
	 "0/form/1/name", "a second field"},
	{TASK ", 'reasonCodes': {'approve': [{'code': 'x'}]}}",
	 "0/reasonCodes/approve/0/label", "missing"},
	{TASK ", 'reasonCodes': {'reject': []}}",
	 "0/reasonCodes/reject", "at least one"},
	{TASK ", 'alternatives': [{'name': 'proposal', 'text': 'x'}]}",
	 "0/alternatives/0/name", "proposal's name"},
	{TASK ", 'alternatives': [{'name': 'b'}]}",
	 "0/alternatives/0/text", "missing"},
	{TASK ", 'alternatives': [{'name': 'b', 'text': 'x', 'next': 'c'}]}",
	 "0/alternatives/0/next", "no step named"},
	{TASK ", 'alternatives': [{'name': 'b', 'text': 'x', 'cost': "
	 "{'amountMinor': 1, 'currency': 'USD', 'bearer': 'me'}}]}",
	 "0/alternatives/0/cost/bearer", "expected mend"},
	{TASK ", 'alternatives': [{'name': 'b', 'text': 'x'}, {'name': 'b', "
	 "'text': 'y'}]}", "0/alternatives/1/name", "a second alternative"},
	{TASK ", 'escalate': {'after': '1m', 'role': 'agent'}}",
	 "0/escalate/role", "above"},
	{TASK ", 'escalate': {'role': 'admin'}}",
	 "0/escalate/after", "missing"},
	{"{'step': 'a', 'kind': 'finish', 'result': 'R', 'reason': 'r'}",
	 "0/outcome", "missing"},
	{"{'step': 'a', 'kind': 'finish', 'outcome': 'O', 'reason': 'r'}",
	 "0/result", "missing"},
	{"{'step': 'a', 'kind': 'finish', 'outcome': 'O', 'result': 'R'}",
	 "0/reason", "missing"},
};
/* clang-format on */

static void refuses_steps(void **state)
{
	char text[1500], pointer[100];

	(void)state;
	for (size_t i = 0; i < sizeof(bad_steps) / sizeof(bad_steps[0]); i++) {
		snprintf(text, sizeof(text),
			 "{'playbook': 'p', 'title': 'T', 'steps': [%s, " END
			 "]}",
			 bad_steps[i].step);
		snprintf(pointer, sizeof(pointer), "/steps/%s",
			 bad_steps[i].at);
		refused(text, pointer, bad_steps[i].words);
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
	refused("{'playbook': 'p', 'title': 'T', 'steps': [" TASK "}]}",
		"/steps/0/onApprove", "no step follows");
}

static void refuses_too_much(void **state)
{
	static char text[24000];
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
	refused(text, "/steps", "at most 128");
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
			    "'onFailure': 'hold'}," TASK "}," END);

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

static void reads_what_rules_a_run(void **state)
{
	struct playbook *b = parse(
		"{'playbook': 'p', 'title': 'T', 'timeout': '72h', "
		"'onTimeout': 'fail', 'priority': 1, 'concurrency': {'key': "
		"'seller:{{order.seller.id}}', 'limit': 2}, 'steps': [" END
		"]}");

	(void)state;
	assert_non_null(b);
	assert_int_equal(b->timeout_ms, INT64_C(72) * 3600 * 1000);
	assert_int_equal(b->on_timeout, GO_FAIL);
	assert_int_equal(b->priority, 1);
	assert_string_equal(b->concurrency_key, "seller:{{order.seller.id}}");
	assert_int_equal(b->concurrency_limit, 2);
	playbook_free(b);
	b = parse("{'playbook': 'p', 'title': 'T', 'timeout': '1h', "
		  "'onTimeout': 'end', 'steps': [" END "]}");
	assert_non_null(b);
	assert_int_equal(b->on_timeout, 0);
	assert_int_equal(b->priority, PRIORITY_NONE);
	assert_int_equal(b->concurrency_limit, 0);
	playbook_free(b);
}

static void reads_what_rules_a_step(void **state)
{
	struct playbook *b = parse_steps(
		"{'step': 'c', 'kind': 'call', 'operation': 'p.o', 'timeout': "
		"'10m', 'onTimeout': 'w', 'compensate': {'operation': 'p.u', "
		"'with': {'x': 1}}, 'requires': [{'fact': 'transfer', "
		"'within': '60s'}], 'onStale': 'g'},"
		"{'step': 'g', 'kind': 'gather', 'budget': '5s', 'reads': []},"
		"{'step': 'w', 'kind': 'wait', 'signal': ['one', 'two'], "
		"'for': {'policy': 'a.b'}},"
		"{'step': 'u', 'kind': 'compensate', 'onFailure': 'end'},"
		"{'step': 'end', 'kind': 'finish', 'outcome': 'O', 'result': "
		"'R', 'reason': 'r', 'compensate': true, 'failed': true}");
	const struct step *s;

	(void)state;
	assert_non_null(b);
	s = &b->step[0];
	assert_int_equal(s->timeout_ms, 600000);
	assert_int_equal(s->on_timeout, 2);
	assert_string_equal(s->compensate.operation, "p.u");
	assert_int_equal(s->requirement_count, 1);
	assert_string_equal(s->requirement[0].fact, "transfer");
	assert_int_equal(s->requirement[0].within_ms, 60000);
	assert_int_equal(s->on_stale, 1);
	assert_int_equal(b->step[1].budget_ms, 5000);
	assert_int_equal(b->step[1].on_timeout, GO_HOLD);
	s = &b->step[2];
	assert_int_equal(s->signal_count, 2);
	assert_string_equal(s->signal, "one");
	assert_string_equal(s->signals[1], "two");
	assert_string_equal(s->for_policy, "a.b");
	assert_int_equal(s->for_ms, -1);
	assert_int_equal(s->on_timeout, 3);
	assert_int_equal(b->step[3].kind, STEP_COMPENSATE);
	assert_int_equal(b->step[3].on_failure, 4);
	assert_true(b->step[4].compensates);
	assert_true(b->step[4].failed);
	playbook_free(b);
}

static void reads_what_a_person_chooses(void **state)
{
	struct playbook *b = parse_steps(
		TASK
		", 'form': [{'name': 'why', 'label': 'Why', 'type': 'text'}], "
		"'reasonCodes': {'approve': [{'code': 'ok', 'label': 'fine'}]},"
		"'alternatives': [{'name': 'wait', 'text': 'wait', 'when': "
		"{'x': 1}, 'recommended': true, 'next': 'w', 'action': "
		"{'operation': 'p.o'}}, {'name': 'other', 'text': 'o'}], "
		"'escalate': {'after': '15m', 'role': 'supervisor'}, "
		"'onApprove': 'end'},"
		"{'step': 'w', 'kind': 'wait', 'for': '1s'}," END);
	const struct step *s;

	(void)state;
	assert_non_null(b);
	s = &b->step[0];
	assert_int_equal(cJSON_GetArraySize(s->form), 1);
	assert_non_null(s->approve_codes);
	assert_null(s->reject_codes);
	assert_int_equal(s->alternative_count, 2);
	assert_string_equal(s->alternative[0].name, "wait");
	assert_non_null(s->alternative[0].when);
	assert_true(s->alternative[0].recommended);
	assert_string_equal(s->alternative[0].action.operation, "p.o");
	assert_int_equal(s->alternative[0].next, 1);
	assert_int_equal(s->alternative[1].next, 2);
	assert_null(s->alternative[1].action.operation);
	assert_int_equal(s->escalate_ms, 15 * 60000);
	assert_int_equal(s->escalate_role, ROLE_SUPERVISOR);
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
		{TASK ", 'recheck': [{'as': 'x', 'operation': "
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
		{"{'step': 'c', 'kind': 'call', 'operation': 'peer.keyed', "
		 "'compensate': {'operation': 'peer.get'}}," END,
		 "/steps/0/compensate/operation", "expected an effect"},
		{TASK ", 'alternatives': [{'name': 'b', 'text': 'x', "
		      "'action': {'operation': 'peer.no'}}]}," END,
		 "/steps/0/alternatives/0/action/operation", "no adapter"},
		{"{'step': 'a', 'kind': 'task', 'title': 't', 'reason': 'r', "
		 "'proposal': {'text': 'x', 'rejectText': 'y', 'amountMinor': "
		 "'a.b', 'action': {'operation': 'peer.keyed'}}}," END,
		 "/steps/0/proposal/amountMinor", "moves money"},
		{TASK ", 'alternatives': [{'name': 'b', 'text': 'x', "
		      "'currency': 'USD', 'action': {'operation': "
		      "'peer.keyed'}}]}," END,
		 "/steps/0/alternatives/0/amountMinor", "moves money"},
		{"{'step': 'c', 'kind': 'call', 'operation': 'peer.keyed', "
		 "'once': {'key': 'k'}}," END,
		 "/steps/0/once", "moves money of one order"},
		{"{'step': 'b', 'kind': 'playbook', 'playbook': 'no'}," END,
		 "/steps/0/playbook", "no playbook"},
		{"{'step': 'w', 'kind': 'wait', 'for': {'policy': "
		 "'no.no'}}," END,
		 "/steps/0/for", "policy has no value"},
		{"{'step': 'w', 'kind': 'wait', 'until': 'a', 'before': "
		 "{'policy': 'no.no'}}," END,
		 "/steps/0/before", "policy has no value"},
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
		cmocka_unit_test(reads_what_rules_a_run),
		cmocka_unit_test(reads_what_rules_a_step),
		cmocka_unit_test(reads_what_a_person_chooses),
		cmocka_unit_test(checks_references),
	};

	json_init();
	return RUN(tests);
}

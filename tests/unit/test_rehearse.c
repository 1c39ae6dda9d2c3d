/*
 * A run played through with virtual time: what it records, and where it ends
 * when nobody has the next word.
 */
#include "engine/flow/rehearse.h"

#include <string.h>

#include "engine/base/json.h"
#include "engine/base/strbuf.h"
#include "stage.h"
#include "tests/test.h"

#define ANSWER_MS 100

/* What the peer says, in order; the last one repeats. */
struct reply {
	const char *operation;
	enum call_class class;
	const char *body;
	int64_t after_ms; /* 0: ANSWER_MS */
};
struct script {
	const struct reply *reply;
	int reply_count;
	const struct rehearse_decision *decision; /* NULL: nobody decides */
	int asked;
	int64_t leaves_ms;  /* when there is room for calls; 0: at once */
	const char *shared; /* what another run did; NULL: nothing */
	char shared_key[64];
};

static const char *shared(void *context, const char *operation, const char *key)
{
	struct script *s = context;

	assert_string_equal(operation, "peer.shout");
	STR_COPY(s->shared_key, key);
	return s->shared;
}

static bool answer(void *context, const struct rehearse_call *c,
		   struct call_answer *ret_answer)
{
	struct script *s = context;
	const struct reply *found = NULL;
	int i, nth = 0;

	for (i = 0; i < s->reply_count; i++) {
		if (strcmp(s->reply[i].operation, c->name) == 0 &&
		    nth++ < c->nth)
			found = &s->reply[i];
	}
	if (!found)
		return false;
	ret_answer->class = found->class;
	ret_answer->status = found->class == CLASS_OK ? 200 : 500;
	ret_answer->duration_ms = found->after_ms ? found->after_ms : ANSWER_MS;
	if (found->body)
		ret_answer->body = stage_json(found->body);
	if (found->class != CLASS_OK)
		STR_COPY(ret_answer->error, "as the script says");
	return true;
}

static int64_t leaves_ms(void *context, const struct rehearse_call *c)
{
	struct script *s = context;

	(void)c;
	return s->leaves_ms;
}

static bool decide(void *context, const struct task *t,
		   struct rehearse_decision *ret_decision)
{
	struct script *s = context;

	(void)t;
	s->asked++;
	if (!s->decision)
		return false;
	*ret_decision = *s->decision;
	return true;
}

struct play {
	struct stage stage;
	struct script script;
	struct rehearse_said said[4];
	int said_count;
	struct rehearsal record;
};

static void play(struct play *p, const char *steps)
{
	struct rehearse_input in = {
		.order_id = "O1",
		.now_ms = STAGE_NOW_MS,
		.said = p->said,
		.said_count = p->said_count,
		.ports = {.answer = answer,
			  .leaves_ms = leaves_ms,
			  .decide = decide,
			  .shared = shared,
			  .context = &p->script},
		.explain = true,
	};

	stage_open(&p->stage, steps);
	in.catalog = p->stage.catalog;
	rehearse(&in, &p->stage.arena, &p->record);
}

static void end(struct play *p)
{
	rehearsal_release(&p->record);
	stage_close(&p->stage);
}

static const char *way(struct play *p)
{
	const char *text = "";
	int i;

	for (i = 0; i < p->record.step_count; i++)
		text = arena_printf(&p->stage.arena, "%s%s%s", text,
				    i ? " " : "", p->record.step[i].step->name);
	return text;
}

#define FINISH                                                                 \
	"{'step': 'end', 'kind': 'finish', 'outcome': 'RESOLVED', 'result': "  \
	"'NONE', 'reason': 'done'}"
#define REPLIES(p, list)                                                       \
	((p).script.reply = (list),                                            \
	 (p).script.reply_count = (int)(sizeof(list) / sizeof((list)[0])))

static void test_effect_and_money(void **state)
{
	static const struct reply replies[] = {
		{"peer.keyed", CLASS_RETRYABLE, NULL, 0},
		{"peer.keyed", CLASS_RETRYABLE, NULL, 0},
		{"peer.keyed", CLASS_OK, "{'status': 'done'}", 0},
	};
	struct play p = {.said_count = 0};
	const struct rehearse_effect *e;

	(void)state;
	REPLIES(p, replies);
	play(&p, "{'step': 'pay', 'kind': 'call', 'operation': 'peer.keyed',"
		 " 'with': {'orderId': 'O1', 'amountMinor': 250,"
		 " 'currency': 'EUR'}}, " FINISH);
	assert_int_equal(p.record.end, REHEARSE_CLOSED);
	assert_int_equal(p.record.run.state, RUN_COMPLETED);
	assert_string_equal(way(&p), "pay end");
	assert_int_equal(p.record.effect_count, 1);
	e = &p.record.effect[0];
	assert_string_equal(e->operation, "peer.keyed");
	assert_int_equal(e->attempts, 3);
	assert_int_equal(e->state, CALL_OK);
	assert_true(e->money);
	assert_int_equal(rehearsal_money(&p.record, NULL), 250);
	assert_int_equal(rehearsal_money(&p.record, "EUR"), 250);
	assert_int_equal(rehearsal_money(&p.record, "USD"), 0);
	/* Three answers and two pauses of a second. */
	assert_int_equal(p.record.ended_ms - p.record.began_ms,
			 3 * ANSWER_MS + 2000);
	end(&p);
}

/* What failed moved no money. */
static void test_failed_money(void **state)
{
	static const struct reply replies[] = {
		{"peer.keyed", CLASS_PERMANENT, NULL, 0},
	};
	struct play p = {.said_count = 0};

	(void)state;
	REPLIES(p, replies);
	play(&p, "{'step': 'pay', 'kind': 'call', 'operation': 'peer.keyed',"
		 " 'with': {'amountMinor': 250}}, " FINISH);
	assert_int_equal(p.record.end, REHEARSE_WAITS);
	assert_int_equal(p.record.run.state, RUN_HELD);
	assert_int_equal(p.record.effect_count, 1);
	assert_int_equal(rehearsal_money(&p.record, NULL), 0);
	end(&p);
}

/* As the store would refuse it. */
static void test_money_beside_unknown_money(void **state)
{
	static const struct reply replies[] = {
		{"peer.keyed", CLASS_UNKNOWN, NULL, 0},
	};
	struct play p = {.said_count = 0};

	(void)state;
	REPLIES(p, replies);
	play(&p, "{'step': 'pay', 'kind': 'call', 'operation': 'peer.keyed',"
		 " 'with': {'amountMinor': 250}, 'onUnknown': 'again',"
		 " 'onFailure': 'again'},"
		 "{'step': 'again', 'kind': 'call', 'operation': 'peer.keyed',"
		 " 'with': {'amountMinor': 250}}, " FINISH);
	assert_string_equal(way(&p), "pay again");
	assert_int_equal(p.record.run.state, RUN_HELD);
	assert_non_null(strstr(p.record.run.reason, "no money moves while"));
	assert_int_equal(p.record.effect_count, 1);
	end(&p);
}

#define TASK                                                                   \
	"{'step': 'ask', 'kind': 'task', 'title': 'T', 'reason': 'R',"         \
	" 'role': 'agent', 'due': '30m', 'onDue': 'late', 'proposal':"         \
	" {'text': 'x', 'rejectText': 'y', 'action': {'operation':"            \
	" 'peer.shout', 'with': {'say': 'hello'}}}, 'evidence': [],"           \
	" 'onApprove': 'end', 'onReject': 'no'},"                              \
	"{'step': 'no', 'kind': 'finish', 'outcome': 'REJECTED', 'result':"    \
	" 'NONE', 'reason': 'no'},"                                            \
	"{'step': 'late', 'kind': 'finish', 'outcome': 'LATE', 'result':"      \
	" 'NONE', 'reason': 'late'}, "

static void play_task(struct play *p, const struct rehearse_decision *d)
{
	static const struct reply replies[] = {
		{"peer.shout", CLASS_OK, "{'status': 'done'}", 0},
	};

	memset(p, 0, sizeof(*p));
	p->script.decision = d;
	REPLIES(*p, replies);
	play(p, TASK FINISH);
	assert_int_equal(p->script.asked, 1);
	assert_int_equal(p->record.task_count, 1);
}

static void test_people(void **state)
{
	static const struct rehearse_decision yes = {.approved = true,
						     .after_ms = 60000,
						     .by = "Ana",
						     .role = ROLE_AGENT};
	static const struct rehearse_decision no = {.role = ROLE_AGENT};
	static const struct rehearse_decision nothing = {.lapses = true};
	struct play p;

	(void)state;
	play_task(&p, &yes);
	assert_string_equal(p.record.run.outcome, "RESOLVED");
	assert_string_equal(way(&p), "ask end");
	assert_int_equal(p.record.effect_count, 1);
	assert_string_equal(p.record.effect[0].params, "{\"say\":\"hello\"}");
	assert_string_equal(p.record.task[0].task.decider, "Ana");
	assert_int_equal(p.record.task[0].task.state, TASK_DONE);
	assert_int_equal(p.record.ended_ms - p.record.began_ms,
			 60000 + ANSWER_MS);
	end(&p);
	play_task(&p, &no);
	assert_string_equal(p.record.run.outcome, "REJECTED");
	assert_int_equal(p.record.effect_count, 0);
	end(&p);
	play_task(&p, &nothing);
	assert_string_equal(p.record.run.outcome, "LATE");
	assert_int_equal(p.record.ended_ms - p.record.began_ms, 30 * 60000);
	end(&p);
	/* Nobody looks: it stays open, whatever its due time. */
	play_task(&p, NULL);
	assert_int_equal(p.record.end, REHEARSE_WAITS);
	assert_int_equal(p.record.run.state, RUN_WAITING_TASK);
	assert_int_equal(p.record.task[0].task.state, TASK_OPEN);
	end(&p);
}

static void test_who_may_not(void **state)
{
	static const struct rehearse_decision viewer = {
		.approved = true, .by = "Vic", .role = ROLE_VIEWER};
	static const struct rehearse_decision other = {
		.approved = true, .alternative = "fly", .role = ROLE_ADMIN};
	struct play p;

	(void)state;
	play_task(&p, &viewer);
	assert_int_equal(p.record.end, REHEARSE_REFUSED);
	assert_non_null(strstr(p.record.problem, "Vic may not decide ask"));
	assert_int_equal(p.record.effect_count, 0);
	end(&p);
	play_task(&p, &other);
	assert_int_equal(p.record.end, REHEARSE_REFUSED);
	assert_non_null(strstr(p.record.problem, "\"fly\" is not offered"));
	end(&p);
}

#define WAIT                                                                   \
	"{'step': 'hear', 'kind': 'wait', 'signal': 'call_back', 'for': '2m'," \
	" 'onTimeout': 'silent'}, " FINISH                                     \
	", {'step': 'silent', 'kind': 'finish', 'outcome': 'SILENT',"          \
	" 'result': 'NONE', 'reason': 'silent'}"

static void test_signals_and_time(void **state)
{
	struct play p = {.said_count = 1};

	(void)state;
	p.said[0] = (struct rehearse_said){.at_ms = STAGE_NOW_MS + 30000,
					   .kind = INBOX_SIGNAL,
					   .name = "call_back",
					   .body = "{\"text\":\"yes\"}"};
	play(&p, WAIT);
	assert_string_equal(way(&p), "hear end");
	assert_int_equal(p.record.ended_ms - p.record.began_ms, 30000);
	assert_string_equal(
		json_string(json_path(p.record.case_file, "signals.call_back"),
			    "text", ""),
		"yes");
	end(&p);
	memset(&p, 0, sizeof(p));
	play(&p, WAIT);
	assert_string_equal(way(&p), "hear silent");
	assert_int_equal(p.record.ended_ms - p.record.began_ms, 120000);
	end(&p);
}

static void test_nobody_can_say(void **state)
{
	struct play p = {.said_count = 0};

	(void)state;
	play(&p, "{'step': 'look', 'kind': 'gather', 'reads': [{'as': 'a',"
		 " 'operation': 'peer.get'}]}, " FINISH);
	assert_int_equal(p.record.end, REHEARSE_UNANSWERED);
	assert_string_equal(p.record.unanswered, "peer.get");
	assert_int_equal(p.record.run.state, RUN_RUNNING);
	end(&p);
}

static void test_endless(void **state)
{
	struct play p = {.said_count = 0};

	(void)state;
	play(&p, "{'step': 'hear', 'kind': 'wait', 'for': '1m', 'reason': 'r',"
		 " 'onTimeout': 'again'}, {'step': 'again', 'kind': 'choose',"
		 " 'rules': [{'name': 'stop', 'when': {'never': true},"
		 " 'next': 'end'}, {'name': 'on', 'next': 'hear'}]}, " FINISH);
	assert_int_equal(p.record.end, REHEARSE_ENDLESS);
	end(&p);
}

/* Every rule that was looked at, and why it held or not. */
static void test_rules(void **state)
{
	static const struct reply replies[] = {
		{"peer.get", CLASS_OK, "{'status': 'FAILED'}", 0},
	};
	struct play p = {.said_count = 0};
	const struct rehearse_rule *r;

	(void)state;
	REPLIES(p, replies);
	play(&p,
	     "{'step': 'look', 'kind': 'gather', 'reads': [{'as': 'a',"
	     " 'operation': 'peer.get'}]}, {'step': 'pick', 'kind': 'choose',"
	     " 'rules': [{'name': 'fine', 'when': {'a.status': 'OK'}, 'next':"
	     " 'end'}, {'name': 'broken', 'when': {'a.status': 'FAILED'},"
	     " 'next': 'end'}]}, " FINISH);
	assert_string_equal(way(&p), "look pick end");
	assert_int_equal(p.record.rule_count, 2);
	r = p.record.rule;
	assert_string_equal(r[0].rule, "fine");
	assert_false(r[0].held);
	assert_non_null(strstr(r[0].why, "\"seen\":\"FAILED\""));
	assert_string_equal(r[1].rule, "broken");
	assert_true(r[1].held);
	assert_int_equal(r[1].at, 1);
	assert_true(p.record.entry_count > 0);
	end(&p);
}

/* A further event while a task is open: everything is read again. */
static void test_further_event(void **state)
{
	struct play p = {.said_count = 1};

	(void)state;
	p.said[0] = (struct rehearse_said){.at_ms = STAGE_NOW_MS + 1000,
					   .kind = INBOX_EVENT};
	play(&p, TASK FINISH);
	assert_string_equal(way(&p), "ask ask");
	assert_int_equal(p.record.task_count, 2);
	assert_int_equal(p.record.task[0].task.state, TASK_VOID);
	assert_int_equal(p.record.task[1].task.state, TASK_OPEN);
	assert_int_equal(p.script.asked, 2);
	end(&p);
}

/* An optional read that is too slow is not waited for. */
static void test_budget(void **state)
{
	static const struct reply replies[] = {
		{"peer.get", CLASS_OK, "{'status': 'OK'}", 0},
		{"peer.other", CLASS_OK, "{'status': 'LATE'}", 9000},
	};
	struct play p = {.said_count = 0};

	(void)state;
	REPLIES(p, replies);
	play(&p, "{'step': 'look', 'kind': 'gather', 'budget': '5s', 'reads':"
		 " [{'as': 'a', 'operation': 'peer.get'}, {'as': 'b',"
		 " 'operation': 'peer.other', 'optional': true}]}, " FINISH);
	assert_int_equal(p.record.end, REHEARSE_CLOSED);
	assert_int_equal(p.record.ended_ms - p.record.began_ms, 5000);
	assert_non_null(json_get(p.record.case_file, "a"));
	assert_null(json_get(p.record.case_file, "b"));
	end(&p);
}

/* Done once for a group: by this run, or by another, whose answer is taken. */
static void test_done_by_another(void **state)
{
	static const struct reply replies[] = {
		{"peer.shout", CLASS_OK, "{'status': 'mine'}", 0},
	};
	static const char steps[] =
		"{'step': 'tell', 'kind': 'call', 'operation': 'peer.shout',"
		" 'with': {'a': 1}, 'as': 'told', 'once': {'key':"
		" 'order:{{orderId}}', 'for': '1h'}}, " FINISH;
	struct play p = {.said_count = 0};

	(void)state;
	REPLIES(p, replies);
	play(&p, steps);
	assert_int_equal(p.record.run.state, RUN_COMPLETED);
	assert_int_equal(p.record.effect_count, 1);
	end(&p);
	memset(&p, 0, sizeof(p));
	REPLIES(p, replies);
	p.script.shared = "{\"status\":\"theirs\"}";
	play(&p, steps);
	assert_int_equal(p.record.run.state, RUN_COMPLETED);
	assert_int_equal(p.record.effect_count, 0);
	assert_non_null(strstr(p.script.shared_key, "order:O1"));
	assert_string_equal(
		json_string(json_get(p.record.case_file, "told"), "status", ""),
		"theirs");
	end(&p);
}

/* What group it is of, nobody knows: it is done for this one alone. */
static void test_done_by_nobody_we_know(void **state)
{
	static const struct reply replies[] = {
		{"peer.shout", CLASS_OK, "{'status': 'mine'}", 0},
	};
	struct play p = {.script.shared = "{\"status\":\"theirs\"}"};

	(void)state;
	REPLIES(p, replies);
	play(&p, "{'step': 'tell', 'kind': 'call', 'operation': 'peer.shout',"
		 " 'with': {'a': 1}, 'as': 'told', 'once': {'key':"
		 " 'seller:{{order.seller.id}}', 'for': '1h'}}, " FINISH);
	assert_int_equal(p.record.run.state, RUN_COMPLETED);
	assert_int_equal(p.record.effect_count, 1);
	end(&p);
}

/* Whoever reads the time reads it after the wait; what the reads may take is
 * counted from when they left. */
static void test_a_backlog(void **state)
{
	static const struct reply replies[] = {
		{"peer.get", CLASS_OK, "{'at': '2027-01-15T08:01:00Z'}", 0},
		{"peer.other", CLASS_OK, "{'b': 1}", 1000},
	};
	struct play p = {.script.leaves_ms = STAGE_NOW_MS + 120000};

	(void)state;
	REPLIES(p, replies);
	play(&p,
	     "{'step': 'read', 'kind': 'gather', 'budget': '5s', 'reads': ["
	     "{'as': 'a', 'operation': 'peer.get'}, {'as': 'b', 'operation': "
	     "'peer.other', 'optional': true}]},"
	     "{'step': 'judge', 'kind': 'choose', 'rules': [{'when': {'a.at': "
	     "{'olderThan': '0s'}, 'b.b': 1}, 'next': 'end'}, {'next': "
	     "'soon'}]},"
	     "{'step': 'soon', 'kind': 'finish', 'outcome': 'SOON', 'result':"
	     " 'NONE', 'reason': 'r'}," FINISH);
	assert_string_equal(way(&p), "read judge end");
	assert_true(p.record.run.closed_ms >= STAGE_NOW_MS + 120000);
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_effect_and_money),
		cmocka_unit_test(test_failed_money),
		cmocka_unit_test(test_money_beside_unknown_money),
		cmocka_unit_test(test_people),
		cmocka_unit_test(test_who_may_not),
		cmocka_unit_test(test_signals_and_time),
		cmocka_unit_test(test_nobody_can_say),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_further_event),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_done_by_another),
		cmocka_unit_test(test_done_by_nobody_we_know),
		cmocka_unit_test(test_a_backlog),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

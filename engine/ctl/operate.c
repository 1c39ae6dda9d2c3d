/*
 * mendctl signal, cancel, kill, pause, resume, retry, priority, settle and
 * comment: a row into the run's inbox. The engine acts on it; what is printed
 * is the run as it is, and which of its clocks stand still.
 */
#include <stdio.h>

#include "../base/json.h"
#include "../flow/operate.h"
#include "../flow/view.h"
#include "commands.h"
#include "find.h"

struct operate {
	struct operation_request request;
	struct run run;
};

static enum err put(struct ctl *c, void *context)
{
	struct operate *o = context;
	struct problems p = {0};
	enum err e = find_run(c, c->argument[0], &o->run);

	if (e)
		return e;
	e = run_operate(c->db, c->world, o->run.public_id, &o->request,
			&c->actor, &p, &o->run);
	return e ? ctl_refuse_problems(c, e, &p) : OK;
}

static void print_done(struct ctl *c, const struct operate *o, const char *done)
{
	cJSON *clocks = operate_clocks(o->request.kind);

	if (c->json) {
		cJSON *tree = view_run(c->db, &o->run);

		if (clocks)
			json_set(tree, "clocks", clocks);
		output_json(tree);
		return;
	}
	(void)printf("%s %s of %s, %s\n", done, o->run.public_id,
		     o->run.order_id, run_state_name(o->run.state));
	if (clocks)
		(void)printf("%s\n", json_string(clocks, "words", ""));
	cJSON_Delete(clocks);
}

static enum err carry_out(struct ctl *c, struct operate *o, const char *done)
{
	cJSON *body = NULL, *answer = NULL;
	enum err e = ctl_json(c, "body", &body);

	if (!e)
		e = ctl_json(c, "answer", &answer);
	o->request.reason = ctl_option(c, "reason");
	o->request.body = body;
	o->request.answer = answer;
	if (!e)
		e = ctl_write(c, put, o);
	cJSON_Delete(body);
	cJSON_Delete(answer);
	if (!e)
		print_done(c, o, done);
	return e;
}

static enum err operate(struct ctl *c, enum inbox_kind kind, const char *done)
{
	struct operate *o = arena_alloc(&c->arena, sizeof(*o));

	o->request.kind = kind;
	o->request.name = kind == INBOX_SIGNAL ? c->argument[1] : NULL;
	return carry_out(c, o, done);
}

static enum err run_kill(struct ctl *c)
{
	return operate(c, INBOX_KILL, "kill asked of");
}

static enum err run_priority(struct ctl *c)
{
	struct operate *o = arena_alloc(&c->arena, sizeof(*o));
	const char *text = c->argument[1];

	if (text[0] < '0' || text[0] > '3' || text[1])
		return ctl_refuse(c, ERR_INVALID,
				  "a priority is 0 (most urgent) to 3");
	o->request.kind = INBOX_PRIORITY;
	o->request.priority = text[0] - '0';
	return carry_out(c, o, "priority asked of");
}

static enum err run_settle(struct ctl *c)
{
	struct operate *o = arena_alloc(&c->arena, sizeof(*o));
	bool happened = ctl_option(c, "happened") != NULL;

	if (happened == (ctl_option(c, "did-not-happen") != NULL))
		return ctl_refuse(c, ERR_INVALID,
				  "say --happened or --did-not-happen");
	o->request.kind = INBOX_SETTLE;
	o->request.call_id = c->argument[1];
	o->request.happened = happened;
	return carry_out(c, o, "settled a call of");
}

static enum err run_signal(struct ctl *c)
{
	return operate(c, INBOX_SIGNAL, "signal is with");
}

static enum err run_cancel(struct ctl *c)
{
	return operate(c, INBOX_CANCEL, "cancel asked of");
}

static enum err run_pause(struct ctl *c)
{
	return operate(c, INBOX_PAUSE, "pause asked of");
}

static enum err run_resume(struct ctl *c)
{
	return operate(c, INBOX_RESUME, "resume asked of");
}

static enum err run_retry(struct ctl *c)
{
	return operate(c, INBOX_RETRY, "retry asked of");
}

static enum err run_comment(struct ctl *c)
{
	return operate(c, INBOX_COMMENT, "comment is with");
}

static const struct ctl_option with_reason[] = {
	{"reason", "TEXT", "why; kept in the audit", true},
	{NULL, NULL, NULL, false},
};

static const struct ctl_option of_signal[] = {
	{"body", "JSON", "what the signal says, an object", false},
	{"reason", "TEXT", "why; kept in the audit", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_signal = {
	.name = "signal",
	.arguments = "ID NAME",
	.arguments_min = 2,
	.arguments_max = 2,
	.options = of_signal,
	.summary = "send a signal that a run waits for, or will",
	.examples = "  mendctl signal ORDER-42 supplier_answered --body "
		    "'{\"seats\":\"ok\"}'\n",
	.needs = NEEDS_WRITE,
	.run = run_signal,
};

const struct command cmd_cancel = {
	.name = "cancel",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = with_reason,
	.summary = "cancel a run, once nothing is out any more",
	.examples = "  mendctl cancel ORDER-42 --reason 'buyer withdrew'\n",
	.needs = NEEDS_WRITE,
	.run = run_cancel,
};

const struct command cmd_kill = {
	.name = "kill",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = with_reason,
	.summary = "end a run at once, without compensations",
	.help = "What is out is not waited for. A money call of unknown "
		"outcome "
		"goes on blocking the\norder's next one until it is settled.\n",
	.examples = "  mendctl kill ORDER-42 --reason 'started by mistake'\n",
	.needs = NEEDS_WRITE,
	.run = run_kill,
};

const struct command cmd_priority = {
	.name = "priority",
	.arguments = "ID N",
	.arguments_min = 2,
	.arguments_max = 2,
	.options = with_reason,
	.summary = "change a run's priority: 0 (most urgent) to 3",
	.examples = "  mendctl priority ORDER-42 0 --reason 'doors in 2 h'\n",
	.needs = NEEDS_WRITE,
	.run = run_priority,
};

static const struct ctl_option of_settle[] = {
	{"happened", NULL, "it happened", false},
	{"did-not-happen", NULL, "it did not happen", false},
	{"answer", "JSON", "what the peer would have answered, an object",
	 false},
	{"reason", "TEXT", "how you know; kept in the audit", true},
	{NULL, NULL, NULL, false},
};

const struct command cmd_settle = {
	.name = "settle",
	.arguments = "ID CALL",
	.arguments_min = 2,
	.arguments_max = 2,
	.options = of_settle,
	.summary = "say what became of a call of unknown outcome",
	.help = "mendctl why ID names the call. Money needs a supervisor. Also "
		"for closed runs.\n",
	.examples = "  mendctl settle ORDER-42 call_… --happened --reason "
		    "'seen in the processor'\n",
	.needs = NEEDS_WRITE,
	.run = run_settle,
};

const struct command cmd_pause = {
	.name = "pause",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = with_reason,
	.summary = "let a run stand still until resumed",
	.examples = "  mendctl pause ORDER-42 --reason 'asking the venue'\n",
	.needs = NEEDS_WRITE,
	.run = run_pause,
};

const struct command cmd_resume = {
	.name = "resume",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = with_reason,
	.summary = "let a paused run go on",
	.examples = "  mendctl resume ORDER-42 --reason 'venue answered'\n",
	.needs = NEEDS_WRITE,
	.run = run_resume,
};

const struct command cmd_retry = {
	.name = "retry",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = with_reason,
	.summary = "try again now: a held run, or one that backs off",
	.examples = "  mendctl retry ORDER-42 --reason 'platform is back'\n",
	.needs = NEEDS_WRITE,
	.run = run_retry,
};

const struct command cmd_comment = {
	.name = "comment",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = with_reason,
	.summary = "leave a note on a run",
	.examples = "  mendctl comment ORDER-42 --reason 'buyer called'\n",
	.needs = NEEDS_WRITE,
	.run = run_comment,
};

/*
 * mendctl signal, cancel, pause, resume, retry and comment: a row into the
 * run's inbox. The engine acts on it; what is printed is the run as it is.
 */
#include <stdio.h>
#include <string.h>

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

static enum err operate(struct ctl *c, enum inbox_kind kind, const char *done)
{
	struct operate *o = arena_alloc(&c->arena, sizeof(*o));
	const char *text = ctl_option(c, "body");
	struct problems p = {0};
	cJSON *body = NULL;
	enum err e;

	if (text) {
		e = json_parse(text, strlen(text), &p, &body);
		if (e)
			return ctl_refuse(c, e, "--body: %s",
					  p.count ? p.item[0].detail
						  : "no JSON");
	}
	o->request = (struct operation_request){
		.kind = kind,
		.name = kind == INBOX_SIGNAL ? c->argument[1] : NULL,
		.reason = ctl_option(c, "reason"),
		.body = body,
	};
	e = ctl_write(c, put, o);
	cJSON_Delete(body);
	if (e)
		return e;
	if (c->json)
		output_json(view_run(c->db, &o->run));
	else
		(void)printf("%s %s of %s, %s\n", done, o->run.public_id,
			     o->run.order_id, run_state_name(o->run.state));
	return OK;
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

/*
 * Why: what each kind of step reads, one function a kind, one table over them.
 */
#include "playbook_step.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "guard.h"
#include "template.h"

struct reader {
	struct playbook *b;
	struct step *s;
	struct fields f;
	struct problems *p;
};

/* Every string inside a JSON template is checked as a template. */
static void check_templates(const cJSON *json, const char *at,
			    struct problems *p)
{
	const cJSON *item;
	char below[192];
	int i = 0;

	if (cJSON_IsString(json))
		template_check(json->valuestring, at, p);
	cJSON_ArrayForEach(item, json)
	{
		snprintf(below, sizeof(below), "%s", at);
		if (item->string)
			json_pointer_key(below, sizeof(below), item->string);
		else
			json_pointer_index(below, sizeof(below), i++);
		check_templates(item, below, p);
	}
}

static const char *text_template(struct fields *f, const char *key,
				 bool required)
{
	const char *text = fields_string(f, key, required);
	char at[192];

	if (text)
		template_check(text, fields_at(f, key, at, sizeof(at)),
			       f->problems);
	return text;
}

static const cJSON *object_template(struct fields *f, const char *key)
{
	const cJSON *json = fields_object(f, key, false);
	char at[192];

	if (json)
		check_templates(json, fields_at(f, key, at, sizeof(at)),
				f->problems);
	return json;
}

static const cJSON *guard(struct fields *f, const char *key, bool required)
{
	const cJSON *json = fields_object(f, key, required);
	char at[192];

	if (json)
		guard_check(json, fields_at(f, key, at, sizeof(at)),
			    f->problems);
	return json;
}

static void read_retry(struct reader *r, const char *key)
{
	const cJSON *json = fields_object(&r->f, key, false);
	char at[192];

	r->s->retry = retry_default;
	r->s->has_retry = json != NULL;
	if (json && retry_parse(json, fields_at(&r->f, key, at, sizeof(at)),
				r->p, &r->s->retry) != OK)
		return;
}

static void read_reads(struct reader *r, const char *key, bool required)
{
	const cJSON *list = fields_array(&r->f, key, required, READS_MAX);
	const cJSON *item;
	char at[192];
	int i = 0;

	cJSON_ArrayForEach(item, list)
	{
		struct read_spec *spec = &r->s->read[r->s->read_count];
		struct fields f;

		fields_at(&r->f, key, at, sizeof(at));
		json_pointer_index(at, sizeof(at), i++);
		if (!fields_begin(&f, item, at, r->p))
			continue;
		spec->as = fields_name(&f, "as", true);
		spec->operation = fields_string(&f, "operation", true);
		spec->with = object_template(&f, "with");
		spec->optional = fields_bool(&f, "optional", false);
		fields_end(&f);
		r->s->read_count++;
	}
}

static void read_classify(struct choice *c, struct fields *f)
{
	struct fields g;
	char at[192];

	c->classify = fields_object(f, "classify", false);
	if (!c->classify ||
	    !fields_begin(&g, c->classify,
			  fields_at(f, "classify", at, sizeof(at)),
			  f->problems))
		return;
	fields_name(&g, "issueType", true);
	if (fields_int(&g, "tier", 1, 3, 0) == 0)
		fields_problem(&g, "tier", "missing; expected 1, 2 or 3");
	if (!cJSON_IsNumber(fields_any(&g, "confidence")))
		fields_problem(&g, "confidence",
			       "expected a number from 0 to 1");
	fields_end(&g);
}

static void read_choice(struct reader *r, struct choice *c, const cJSON *item,
			const char *at)
{
	struct fields f;

	c->next = GO_NOWHERE;
	if (!fields_begin(&f, item, at, r->p))
		return;
	c->name = fields_string(&f, "name", false);
	c->when = guard(&f, "when", false);
	c->set = object_template(&f, "set");
	c->reason = text_template(&f, "reason", false);
	c->route = fields_name(&f, "route", false);
	read_classify(c, &f);
	c->next = playbook_target(r->b, &f, "next",
				  c->route ? GO_NOWHERE : r->s->next);
	if (c->route && json_get(item, "next"))
		fields_problem(&f, "route",
			       "either \"next\" or \"route\", not both");
	if (!c->route && c->next == GO_NOWHERE)
		fields_problem(&f, "next",
			       "no step follows; expected \"next\" or "
			       "\"route\"");
	fields_end(&f);
}

static void read_choices(struct reader *r, const char *key, bool required)
{
	const cJSON *list = fields_array(&r->f, key, required, RULES_MAX);
	const cJSON *item;
	char at[192];
	int i = 0;

	if (!list)
		return;
	r->s->choice = mem_alloc(sizeof(struct choice) *
				 (size_t)(cJSON_GetArraySize(list) + 1));
	cJSON_ArrayForEach(item, list)
	{
		fields_at(&r->f, key, at, sizeof(at));
		json_pointer_index(at, sizeof(at), i++);
		read_choice(r, &r->s->choice[r->s->choice_count++], item, at);
	}
}

static void read_call(struct reader *r)
{
	struct step *s = r->s;

	s->operation = fields_string(&r->f, "operation", true);
	s->with = object_template(&r->f, "with");
	s->as = fields_name(&r->f, "as", false);
	read_retry(r, "retry");
	s->on_failure = playbook_target(r->b, &r->f, "onFailure", GO_HOLD);
	s->on_unknown = playbook_target(r->b, &r->f, "onUnknown", GO_HOLD);
}

static void read_must_agree(struct reader *r)
{
	const cJSON *pair;

	r->s->must_agree = fields_array(&r->f, "mustAgree", false, READS_MAX);
	cJSON_ArrayForEach(pair, r->s->must_agree)
	{
		if (cJSON_GetArraySize(pair) != 2 ||
		    !cJSON_IsString(pair->child) ||
		    !cJSON_IsString(pair->child->next))
			fields_problem(&r->f, "mustAgree",
				       "expected pairs of field paths");
	}
}

static void read_gather(struct reader *r)
{
	read_reads(r, "reads", true);
	read_must_agree(r);
	r->s->on_failure = playbook_target(r->b, &r->f, "onFailure", GO_HOLD);
}

static void read_choose(struct reader *r)
{
	read_choices(r, "rules", true);
}

static void read_repeat(struct reader *r)
{
	struct step *s = r->s;

	s->until = guard(&r->f, "until", true);
	read_choices(r, "stop", false);
	s->maximum_attempts =
		(int)fields_int(&r->f, "maximumAttempts", 1, 1000, 0);
	if (s->maximum_attempts == 0)
		fields_problem(&r->f, "maximumAttempts",
			       "missing; expected 1 to 1000");
	read_retry(r, "interval");
	fields_any(&r->f, "steps");
	s->on_exhausted = playbook_target(r->b, &r->f, "onExhausted", GO_HOLD);
}

static void read_action(struct step *s, struct fields *proposal)
{
	const cJSON *json = fields_object(proposal, "action", false);
	struct fields f;
	char at[192];

	if (!json ||
	    !fields_begin(&f, json,
			  fields_at(proposal, "action", at, sizeof(at)),
			  proposal->problems))
		return;
	s->action.operation = fields_string(&f, "operation", true);
	s->action.with = object_template(&f, "with");
	fields_end(&f);
}

static void read_proposal(struct reader *r)
{
	struct fields f;
	char at[192];

	r->s->proposal = fields_object(&r->f, "proposal", true);
	if (!r->s->proposal ||
	    !fields_begin(&f, r->s->proposal,
			  fields_at(&r->f, "proposal", at, sizeof(at)), r->p))
		return;
	text_template(&f, "text", true);
	text_template(&f, "rejectText", true);
	text_template(&f, "payee", false);
	fields_string(&f, "amountMinor", false);
	fields_string(&f, "currency", false);
	fields_bool(&f, "reversible", false);
	read_action(r->s, &f);
	fields_end(&f);
}

static void read_task(struct reader *r)
{
	struct step *s = r->s;
	const char *role;
	const cJSON *path;

	s->title = text_template(&r->f, "title", true);
	s->reason = text_template(&r->f, "reason", true);
	role = fields_string(&r->f, "role", false);
	s->role = ROLE_AGENT;
	if (role && !role_parse(role, &s->role))
		fields_problem(&r->f, "role",
			       "expected agent, supervisor or admin");
	s->due_ms = fields_duration(&r->f, "due", 0);
	read_proposal(r);
	s->evidence = fields_array(&r->f, "evidence", false, READS_MAX);
	cJSON_ArrayForEach(path, s->evidence)
	{
		if (!cJSON_IsString(path))
			fields_problem(&r->f, "evidence",
				       "expected field paths");
	}
	read_reads(r, "recheck", false);
	read_retry(r, "retry");
	s->on_approve = playbook_target(r->b, &r->f, "onApprove", s->next);
	s->on_reject = playbook_target(r->b, &r->f, "onReject", s->next);
	s->on_void =
		playbook_target(r->b, &r->f, "onVoid", (int)(s - r->b->step));
	s->on_due = playbook_target(r->b, &r->f, "onDue", GO_NOWHERE);
	s->on_failure = playbook_target(r->b, &r->f, "onFailure", GO_HOLD);
	s->on_unknown = playbook_target(r->b, &r->f, "onUnknown", GO_HOLD);
	if (s->on_approve == GO_NOWHERE || s->on_reject == GO_NOWHERE)
		fields_problem(&r->f, "onApprove",
			       "no step follows; expected \"onApprove\" and "
			       "\"onReject\"");
}

static void read_wait(struct reader *r)
{
	struct step *s = r->s;

	s->signal = fields_name(&r->f, "signal", false);
	s->until_path = fields_string(&r->f, "until", false);
	s->for_ms = fields_duration(&r->f, "for", -1);
	s->reason = text_template(&r->f, "reason", false);
	s->on_timeout = playbook_target(r->b, &r->f, "onTimeout", s->next);
	if (s->for_ms < 0 && !s->until_path)
		fields_problem(&r->f, "for",
			       "a wait needs an end: \"for\" or \"until\"");
}

static void read_finish(struct reader *r)
{
	struct step *s = r->s;

	s->outcome = fields_string(&r->f, "outcome", true);
	s->result = fields_string(&r->f, "result", true);
	s->reason = text_template(&r->f, "reason", true);
	s->follow_up = text_template(&r->f, "followUp", false);
}

static void (*const reader[STEP_KIND_COUNT])(struct reader *) = {
	[STEP_CALL] = read_call,     [STEP_GATHER] = read_gather,
	[STEP_CHOOSE] = read_choose, [STEP_TASK] = read_task,
	[STEP_WAIT] = read_wait,     [STEP_REPEAT] = read_repeat,
	[STEP_FINISH] = read_finish,
};

/* Kinds that leave by "next" and so must have one. */
static bool goes_on(enum step_kind k)
{
	return k == STEP_CALL || k == STEP_GATHER || k == STEP_WAIT ||
	       k == STEP_REPEAT;
}

void playbook_read_step(struct playbook *b, struct step *s, const char *at,
			struct problems *p)
{
	struct reader r = {.b = b, .s = s, .p = p};

	if (!fields_begin(&r.f, s->json, at, p))
		return;
	fields_any(&r.f, "step");
	fields_any(&r.f, "kind");
	s->marks = fields_string(&r.f, "marks", false);
	s->on_failure = s->on_unknown = s->on_exhausted = GO_HOLD;
	if (s->kind != STEP_FINISH)
		s->next = playbook_target(b, &r.f, "next", s->next);
	reader[s->kind](&r);
	if (goes_on(s->kind) && s->next == GO_NOWHERE)
		fields_problem(&r.f, "next",
			       "the last step must be a finish or name its "
			       "\"next\"");
	fields_end(&r.f);
}

/*
 * Why: what each kind of step reads, one function a kind, one table over them.
 */
#include "playbook_step.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"

#define ONCE_MS (60 * 60 * 1000)

static void read_once(struct reader *r)
{
	const cJSON *json = fields_object(&r->f, "once", false);
	struct fields f;
	char at[192];

	if (!json ||
	    !fields_begin(&f, json, fields_at(&r->f, "once", at, sizeof(at)),
			  r->p))
		return;
	r->s->once_key = read_text(&f, "key", true);
	r->s->once_ms = fields_duration(&f, "for", ONCE_MS);
	fields_end(&f);
}

static void read_call(struct reader *r)
{
	struct step *s = r->s;

	s->operation = fields_string(&r->f, "operation", true);
	s->with = read_template(&r->f, "with");
	s->as = fields_name(&r->f, "as", false);
	read_retry(r, "retry");
	s->on_failure = playbook_target(r->b, &r->f, "onFailure", GO_HOLD);
	s->on_unknown = playbook_target(r->b, &r->f, "onUnknown", GO_HOLD);
	read_action(&r->f, "compensate", &s->compensate);
	read_once(r);
	/* Everyone of the group would take back what one of them did. */
	if (s->once_key && s->compensate.operation)
		fields_problem(&r->f, "compensate",
			       "not of what is done once for a group");
	read_requires(r);
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
	r->s->budget_ms = fields_duration(&r->f, "budget", 0);
	r->s->on_failure = playbook_target(r->b, &r->f, "onFailure", GO_HOLD);
}

/* A remark held the name before there were origins. */
static void read_origin(struct reader *r)
{
	const cJSON *json = fields_object(&r->f, "origin", false);
	struct step *s = r->s;

	s->origin = json_string(json, "playbook",
				json_string(s->json, "_playbook", NULL));
	s->origin_version = (int)json_int(json, "version", 0);
}

static void read_choose(struct reader *r)
{
	read_origin(r);
	read_choices(r, "rules", true);
}

static void read_repeat(struct reader *r)
{
	struct step *s = r->s;

	s->until = read_guard(&r->f, "until", true);
	read_choices(r, "stop", false);
	s->maximum_attempts =
		(int)fields_int(&r->f, "maximumAttempts", 1, 1000, 0);
	if (!json_get(s->json, "maximumAttempts"))
		fields_problem(&r->f, "maximumAttempts",
			       "missing; expected 1 to 1000");
	read_retry(r, "interval");
	fields_any(&r->f, "steps");
	s->on_exhausted = playbook_target(r->b, &r->f, "onExhausted", GO_HOLD);
}

static void read_signals(struct reader *r)
{
	const cJSON *list = fields_any(&r->f, "signal");
	struct step *s = r->s;
	const cJSON *item;

	if (!cJSON_IsArray(list)) {
		s->signal = fields_name(&r->f, "signal", false);
		s->signals[0] = s->signal;
		s->signal_count = s->signal != NULL;
		return;
	}
	if (!fields_array(&r->f, "signal", false, SIGNALS_MAX))
		return;
	cJSON_ArrayForEach(item, list)
	{
		const char *name = cJSON_GetStringValue(item);

		if (!name || !name_valid(name))
			fields_problem(&r->f, "signal",
				       "expected names like "
				       "\"supplier_answer\"");
		s->signals[s->signal_count++] = name ? name : "";
	}
	if (s->signal_count == 0)
		fields_problem(&r->f, "signal", "expected at least one name");
	s->signal = s->signals[0];
}

/* A duration, or the policy value that is one. */
static void read_span(struct reader *r, const char *name, int64_t *ret_ms,
		      const char **ret_policy)
{
	const cJSON *json = fields_any(&r->f, name);
	struct fields f;
	char at[192];

	*ret_ms = -1;
	if (!cJSON_IsObject(json)) {
		*ret_ms = fields_duration(&r->f, name, -1);
		return;
	}
	if (!fields_begin(&f, json, fields_at(&r->f, name, at, sizeof(at)),
			  r->p))
		return;
	*ret_policy = fields_string(&f, "policy", true);
	fields_end(&f);
}

static void read_wait(struct reader *r)
{
	struct step *s = r->s;

	read_signals(r);
	s->until_path = fields_string(&r->f, "until", false);
	read_span(r, "for", &s->for_ms, &s->for_policy);
	read_span(r, "before", &s->before_ms, &s->before_policy);
	s->reason = read_text(&r->f, "reason", false);
	s->on_timeout = playbook_target(r->b, &r->f, "onTimeout", s->next);
	if (!json_get(s->json, "for") && !s->until_path)
		fields_problem(&r->f, "for",
			       "a wait needs an end: \"for\" or \"until\"");
	if (json_get(s->json, "before") && !s->until_path)
		fields_problem(&r->f, "before", "expected \"until\" beside it");
}

static void read_compensate(struct reader *r)
{
	r->s->on_failure = playbook_target(r->b, &r->f, "onFailure", GO_HOLD);
}

static void read_playbook(struct reader *r)
{
	struct step *s = r->s;

	s->playbook = fields_name(&r->f, "playbook", true);
	s->set = read_template(&r->f, "set");
	s->as = fields_name(&r->f, "as", false);
}

static void read_finish(struct reader *r)
{
	struct step *s = r->s;

	s->outcome = fields_string(&r->f, "outcome", true);
	s->result = fields_string(&r->f, "result", true);
	s->reason = read_text(&r->f, "reason", true);
	s->follow_up = read_text(&r->f, "followUp", false);
	s->compensates = fields_bool(&r->f, "compensate", false);
	s->failed = fields_bool(&r->f, "failed", false);
}

/* Kinds that take time, and no time of their own. */
static void read_timeout(struct reader *r)
{
	struct step *s = r->s;

	if (s->kind == STEP_CHOOSE || s->kind == STEP_WAIT ||
	    s->kind == STEP_FINISH || s->kind == STEP_PLAYBOOK)
		return;
	s->timeout_ms = fields_duration(&r->f, "timeout", 0);
	s->on_timeout = playbook_target(r->b, &r->f, "onTimeout", GO_HOLD);
	if (json_get(s->json, "onTimeout") && !json_get(s->json, "timeout"))
		fields_problem(&r->f, "onTimeout", "only with \"timeout\"");
}

static void (*const reader[STEP_KIND_COUNT])(struct reader *) = {
	[STEP_CALL] = read_call,	 [STEP_GATHER] = read_gather,
	[STEP_CHOOSE] = read_choose,	 [STEP_TASK] = read_task,
	[STEP_WAIT] = read_wait,	 [STEP_REPEAT] = read_repeat,
	[STEP_FINISH] = read_finish,	 [STEP_COMPENSATE] = read_compensate,
	[STEP_PLAYBOOK] = read_playbook,
};

/* Kinds that leave by "next" and so must have one. */
static bool goes_on(enum step_kind k)
{
	return k == STEP_CALL || k == STEP_GATHER || k == STEP_WAIT ||
	       k == STEP_REPEAT || k == STEP_COMPENSATE || k == STEP_PLAYBOOK;
}

static bool has_marks(enum step_kind k)
{
	return k == STEP_CALL || k == STEP_CHOOSE || k == STEP_TASK ||
	       k == STEP_REPEAT || k == STEP_FINISH;
}

void playbook_read_step(struct playbook *b, struct step *s, const char *at,
			struct problems *p)
{
	struct reader r = {.b = b, .s = s, .p = p};

	if (!fields_begin(&r.f, s->json, at, p))
		return;
	fields_any(&r.f, "step");
	fields_any(&r.f, "kind");
	if (has_marks(s->kind))
		s->marks = fields_string(&r.f, "marks", false);
	s->on_failure = s->on_unknown = s->on_exhausted = GO_HOLD;
	s->on_stale = GO_HOLD;
	s->on_timeout = s->kind == STEP_WAIT ? s->next : GO_HOLD;
	if (s->kind != STEP_FINISH)
		s->next = playbook_target(b, &r.f, "next", s->next);
	reader[s->kind](&r);
	read_timeout(&r);
	if (goes_on(s->kind) && s->next == GO_NOWHERE)
		fields_problem(&r.f, "next",
			       "the last step must be a finish or name its "
			       "\"next\"");
	fields_end(&r.f);
}

/*
 * Why: a playbook that names an operation, a playbook or a policy value that is
 * not there would hold every run that comes to it, so it never gets in force.
 */
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/json.h"
#include "catalog.h"
#include "playbook.h"
#include "playbook_step.h"

struct checking {
	const struct playbook *b;
	const struct catalog *c;
	struct problems *p;
};

/* want: OPERATION_READ or OPERATION_EFFECT, or -1 for either. */
static void operation(struct checking *k, const char *name, const char *at,
		      const char *member, int want)
{
	const struct operation *op;
	char pointer[192];

	snprintf(pointer, sizeof(pointer), "%s%s", at, member);
	if (!name)
		return;
	op = catalog_operation(k->c, name, NULL);
	if (!op)
		problems_add(k->p, pointer,
			     "no adapter declares the operation \"%s\"", name);
	else if (want >= 0 && (int)op->kind != want)
		problems_add(k->p, pointer, "expected %s, \"%s\" is none",
			     want == OPERATION_READ ? "a read" : "an effect",
			     name);
}

static void reads(struct checking *k, const struct step *s, const char *at)
{
	const char *list = s->kind == STEP_TASK ? "recheck" : "reads";
	char member[64];
	int i;

	for (i = 0; i < s->read_count; i++) {
		snprintf(member, sizeof(member), "/%s/%d/operation", list, i);
		operation(k, s->read[i].operation, at, member, OPERATION_READ);
	}
}

/* {"policy": "a.b"} anywhere inside a guard. */
static void policy_values(struct checking *k, const cJSON *json, const char *at)
{
	const cJSON *values = json_get(k->c->policy.document, "values");
	const char *path =
		cJSON_IsObject(json) ? json_string(json, "policy", NULL) : NULL;
	const cJSON *item;
	char below[192];
	int i = 0;

	if (path && !json_path(values, path))
		problems_add(k->p, at, "the policy has no value \"%s\"", path);
	cJSON_ArrayForEach(item, json)
	{
		snprintf(below, sizeof(below), "%s", at);
		if (item->string)
			json_pointer_key(below, sizeof(below), item->string);
		else
			json_pointer_index(below, sizeof(below), i++);
		policy_values(k, item, below);
	}
}

static void choices(struct checking *k, const struct step *s, const char *at)
{
	const char *list = s->kind == STEP_REPEAT ? "stop" : "rules";
	char pointer[256];
	int i;

	for (i = 0; i < s->choice_count; i++) {
		const char *route = s->choice[i].route;

		if (!route || catalog_playbook(k->c, route))
			continue;
		snprintf(pointer, sizeof(pointer), "%s/%s/%d/route", at, list,
			 i);
		problems_add(k->p, pointer, "no playbook \"%s\"", route);
	}
}

/* Limits, four eyes and caps count an amount, so money must have one. */
static void money(struct checking *k, const struct action_spec *action,
		  const cJSON *offer, const char *at, const char *member)
{
	const struct operation *op =
		action->operation
			? catalog_operation(k->c, action->operation, NULL)
			: NULL;
	char pointer[256];

	if (!op || !op->order_scope ||
	    (json_get(offer, "amountMinor") && json_get(offer, "currency")))
		return;
	snprintf(pointer, sizeof(pointer), "%s%s/amountMinor", at, member);
	problems_add(k->p, pointer,
		     "\"%s\" moves money: expected \"amountMinor\" and "
		     "\"currency\", for limits count them",
		     action->operation);
}

/* What one order got is not what all of its group got. */
static void shared_money(struct checking *k, const struct step *s,
			 const char *at)
{
	const struct operation *op =
		s->once_key && s->operation
			? catalog_operation(k->c, s->operation, NULL)
			: NULL;
	char pointer[256];

	if (!op || !op->order_scope)
		return;
	snprintf(pointer, sizeof(pointer), "%s/once", at);
	problems_add(k->p, pointer,
		     "\"%s\" moves money of one order: it is not done for a "
		     "group",
		     s->operation);
}

static void alternatives(struct checking *k, const struct step *s,
			 const char *at)
{
	char member[64];
	int i;

	money(k, &s->action, s->proposal, at, "/proposal");
	for (i = 0; i < s->alternative_count; i++) {
		snprintf(member, sizeof(member), "/alternatives/%d", i);
		money(k, &s->alternative[i].action, s->alternative[i].json, at,
		      member);
	}

	for (i = 0; i < s->alternative_count; i++) {
		snprintf(member, sizeof(member),
			 "/alternatives/%d/action/operation", i);
		operation(k, s->alternative[i].action.operation, at, member,
			  OPERATION_EFFECT);
	}
}

static void subplaybook(struct checking *k, const struct step *s,
			const char *at)
{
	char pointer[256];

	if (!s->playbook || catalog_playbook(k->c, s->playbook))
		return;
	snprintf(pointer, sizeof(pointer), "%s/playbook", at);
	problems_add(k->p, pointer, "no playbook \"%s\"", s->playbook);
}

/* A wait may be as long as the policy says; then it must say so. */
static void wait_policy(struct checking *k, const struct step *s,
			const char *at)
{
	const cJSON *values = json_get(k->c->policy.document, "values");
	const struct {
		const char *member, *path;
	} span[] = {{"for", s->for_policy}, {"before", s->before_policy}};
	char pointer[256];
	int64_t ms;
	size_t i;

	for (i = 0; i < sizeof(span) / sizeof(span[0]); i++) {
		const cJSON *value =
			span[i].path ? json_path(values, span[i].path) : NULL;

		snprintf(pointer, sizeof(pointer), "%s/%s/policy", at,
			 span[i].member);
		if (value && (!cJSON_IsString(value) ||
			      duration_parse(value->valuestring, &ms) != 0))
			problems_add(k->p, pointer,
				     "the policy's value is no duration");
	}
}

/* Every step is reached from the first one, or it was forgotten. */
static void mark(const struct playbook *b, int index, bool *reached)
{
	const struct step *s;
	int i;

	if (index < 0 || reached[index])
		return;
	reached[index] = true;
	s = &b->step[index];
	if (s->kind != STEP_CHOOSE && s->kind != STEP_TASK &&
	    s->kind != STEP_FINISH)
		mark(b, s->next, reached);
	for (i = 0; i < s->choice_count; i++)
		mark(b, s->choice[i].next, reached);
	if (s->kind == STEP_REPEAT) {
		mark(b, s->body, reached);
		mark(b, s->on_exhausted, reached);
	}
	if (s->kind == STEP_TASK) {
		mark(b, s->on_approve, reached);
		mark(b, s->on_reject, reached);
		mark(b, s->on_void, reached);
		mark(b, s->on_due, reached);
	}
	for (i = 0; i < s->alternative_count; i++)
		mark(b, s->alternative[i].next, reached);
	mark(b, s->on_timeout, reached);
	mark(b, s->on_stale, reached);
	mark(b, s->on_failure, reached);
	mark(b, s->on_unknown, reached);
}

void playbook_check(const struct playbook *b, const struct catalog *c,
		    struct problems *p)
{
	struct checking k = {b, c, p};
	bool reached[STEPS_MAX] = {false};
	char at[192];
	int i;

	mark(b, 0, reached);
	mark(b, b->on_timeout, reached);
	for (i = 0; i < b->step_count; i++) {
		const struct step *s = &b->step[i];

		playbook_pointer(b, s, at, sizeof(at));
		if (!reached[i])
			problems_add(p, at, "no step leads to \"%s\"", s->name);
		operation(&k, s->operation, at, "/operation", -1);
		operation(&k, s->action.operation, at,
			  "/proposal/action/operation", OPERATION_EFFECT);
		operation(&k, s->compensate.operation, at,
			  "/compensate/operation", OPERATION_EFFECT);
		shared_money(&k, s, at);
		alternatives(&k, s, at);
		subplaybook(&k, s, at);
		reads(&k, s, at);
		choices(&k, s, at);
		wait_policy(&k, s, at);
	}
	policy_values(&k, json_get(b->document, "steps"), "/steps");
}

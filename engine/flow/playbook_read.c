/*
 * Why: what several kinds of step read in the same way: texts, guards,
 * templates, reads, rules, actions.
 */
#include "playbook_step.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "guard.h"
#include "template.h"

const char *read_text(struct fields *f, const char *key, bool required)
{
	const char *text = fields_string(f, key, required);
	char at[192];

	if (text)
		template_check(text, fields_at(f, key, at, sizeof(at)),
			       f->problems);
	return text;
}

const cJSON *read_template(struct fields *f, const char *key)
{
	const cJSON *json = fields_object(f, key, false);
	char at[192];

	if (json)
		template_check_json(json, fields_at(f, key, at, sizeof(at)),
				    f->problems);
	return json;
}

const cJSON *read_guard(struct fields *f, const char *key, bool required)
{
	const cJSON *json = fields_object(f, key, required);
	char at[192];

	if (json)
		guard_check(json, fields_at(f, key, at, sizeof(at)),
			    f->problems);
	return json;
}

void read_retry(struct reader *r, const char *key)
{
	const cJSON *json = fields_object(&r->f, key, false);
	char at[192];

	r->s->retry = retry_default;
	r->s->has_retry = json != NULL;
	if (json && retry_parse(json, fields_at(&r->f, key, at, sizeof(at)),
				r->p, &r->s->retry) != OK)
		return;
}

void read_reads(struct reader *r, const char *key, bool required)
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
		spec->with = read_template(&f, "with");
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
	if (fields_int(&g, "tier", 1, 3, 0) == 0 &&
	    !json_get(c->classify, "tier"))
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
	c->when = read_guard(&f, "when", false);
	c->set = read_template(&f, "set");
	c->reason = read_text(&f, "reason", false);
	c->route = fields_name(&f, "route", false);
	c->priority = (int)fields_int(&f, "priority", 0, 3, PRIORITY_NONE);
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

void read_choices(struct reader *r, const char *key, bool required)
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

void read_action(struct fields *f, const char *key, struct action_spec *action)
{
	const cJSON *json = fields_object(f, key, false);
	struct fields g;
	char at[192];

	if (!json || !fields_begin(&g, json, fields_at(f, key, at, sizeof(at)),
				   f->problems))
		return;
	action->operation = fields_string(&g, "operation", true);
	action->with = read_template(&g, "with");
	fields_end(&g);
}

void read_requires(struct reader *r)
{
	const cJSON *list =
		fields_array(&r->f, "requires", false, REQUIRES_MAX);
	struct step *s = r->s;
	const cJSON *item;
	char at[192];
	int i = 0;

	s->on_stale = playbook_target(r->b, &r->f, "onStale", GO_HOLD);
	cJSON_ArrayForEach(item, list)
	{
		struct requirement *q = &s->requirement[s->requirement_count];
		struct fields f;

		fields_at(&r->f, "requires", at, sizeof(at));
		json_pointer_index(at, sizeof(at), i++);
		if (!fields_begin(&f, item, at, r->p))
			continue;
		q->fact = fields_name(&f, "fact", true);
		q->within_ms = fields_duration(&f, "within", 0);
		fields_end(&f);
		s->requirement_count++;
	}
	if (json_get(s->json, "onStale") && s->requirement_count == 0)
		fields_problem(&r->f, "onStale", "only with \"requires\"");
}

/*
 * Why: all cases passing says nothing about what no case does. See
 * case_cover.h.
 */
#include "case_cover.h"

#include <string.h>

#include "../base/json.h"

static bool was_entered(const struct cases *cs, const struct step *s)
{
	int i, k;

	for (i = 0; i < cs->count; i++) {
		const struct rehearsal *r = &cs->item[i].record;

		for (k = 0; k < r->step_count; k++) {
			if (r->step[k].step == s)
				return true;
		}
	}
	return false;
}

static bool ever_held(const struct cases *cs, const struct step *s,
		      const char *rule)
{
	int i, k;

	for (i = 0; i < cs->count; i++) {
		const struct rehearsal *r = &cs->item[i].record;

		for (k = 0; k < r->rule_count; k++) {
			const struct rehearse_rule *one = &r->rule[k];

			if (one->held && one->at >= 0 &&
			    r->step[one->at].step == s &&
			    strcmp(one->rule, rule) == 0)
				return true;
		}
	}
	return false;
}

struct covering {
	const struct cases *cases;
	int steps, entered, rules, held;
};

static void cover_rules(struct covering *v, const struct step *s, cJSON *unheld)
{
	int i;

	for (i = 0; i < s->choice_count; i++) {
		const char *rule = s->choice[i].name ? s->choice[i].name : "";
		cJSON *item;

		v->rules++;
		if (ever_held(v->cases, s, rule)) {
			v->held++;
			continue;
		}
		item = cJSON_CreateObject();
		json_set_string(item, "step", s->name);
		json_set_string(item, "rule", rule);
		(void)cJSON_AddItemToArray(unheld, item);
	}
}

static void set_counts(cJSON *tree, const struct covering *v)
{
	json_set_int(tree, "steps", v->steps);
	json_set_int(tree, "entered", v->entered);
	json_set_int(tree, "rules", v->rules);
	json_set_int(tree, "held", v->held);
}

static cJSON *cover_one(struct covering *all, const struct playbook *b)
{
	struct covering v = {.cases = all->cases};
	cJSON *tree = cJSON_CreateObject();
	cJSON *untouched = cJSON_CreateArray(), *unheld = cJSON_CreateArray();
	int i;

	for (i = 0; i < b->step_count; i++) {
		const struct step *s = &b->step[i];

		v.steps++;
		if (was_entered(all->cases, s))
			v.entered++;
		else
			(void)cJSON_AddItemToArray(untouched,
						   cJSON_CreateString(s->name));
		cover_rules(&v, s, unheld);
	}
	json_set_string(tree, "playbook", b->name);
	set_counts(tree, &v);
	json_set(tree, "untouched", untouched);
	json_set(tree, "unheld", unheld);
	all->steps += v.steps;
	all->entered += v.entered;
	all->rules += v.rules;
	all->held += v.held;
	return tree;
}

cJSON *case_cover(const struct catalog *c, const struct cases *cs,
		  const struct playbook *only)
{
	struct covering all = {.cases = cs};
	cJSON *tree = cJSON_CreateObject(), *list = cJSON_CreateArray();
	int i;

	for (i = 0; i < c->active_count; i++) {
		if (!only || only == c->playbook[i])
			(void)cJSON_AddItemToArray(
				list, cover_one(&all, c->playbook[i]));
	}
	json_set(tree, "playbooks", list);
	set_counts(tree, &all);
	return tree;
}

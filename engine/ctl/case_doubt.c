/*
 * Why: a case that cannot fail is worth nothing. See case_doubt.h.
 */
#include "case_doubt.h"

#include <string.h>

#include "../base/json.h"

static bool takes(const struct rehearsal *r, const struct step *s,
		  const char *rule)
{
	int k;

	for (k = 0; k < r->rule_count; k++) {
		const struct rehearse_rule *one = &r->rule[k];

		if (one->held && one->at >= 0 && r->step[one->at].step == s &&
		    strcmp(one->rule, rule) == 0)
			return true;
	}
	return false;
}

/* Without this rule: whether a case fails; *ret_cases take it. */
static bool noticed(struct cases *cs, struct step *s, int rule, int *ret_cases)
{
	struct choice gone = s->choice[rule];
	size_t behind = (size_t)(s->choice_count - rule - 1) * sizeof(gone);
	const char *name = gone.name ? gone.name : "";
	bool failed = false;
	int i;

	*ret_cases = 0;
	memmove(&s->choice[rule], &s->choice[rule + 1], behind);
	s->choice_count--;
	for (i = 0; i < cs->count; i++) {
		if (!cs->item[i].result.passed ||
		    !takes(&cs->item[i].record, s, name))
			continue;
		(*ret_cases)++;
		if (!failed)
			failed = !cases_again(cs, i);
	}
	s->choice_count++;
	memmove(&s->choice[rule + 1], &s->choice[rule], behind);
	s->choice[rule] = gone;
	return failed;
}

static void doubt_step(struct cases *cs, const struct playbook *b,
		       struct step *s, int *rules, int *seen, cJSON *list)
{
	int i, count;

	for (i = 0; i < s->choice_count; i++) {
		const char *name = s->choice[i].name;
		cJSON *item;

		if (noticed(cs, s, i, &count)) {
			(*rules)++;
			(*seen)++;
			continue;
		}
		if (count == 0)
			continue;
		(*rules)++;
		item = cJSON_CreateObject();
		json_set_string(item, "playbook", b->name);
		json_set_string(item, "step", s->name);
		json_set_string(item, "rule", name ? name : "");
		json_set_int(item, "cases", count);
		(void)cJSON_AddItemToArray(list, item);
	}
}

cJSON *case_doubt(struct catalog *c, struct cases *cs,
		  const struct playbook *only)
{
	cJSON *tree = cJSON_CreateObject(), *list = cJSON_CreateArray();
	int rules = 0, seen = 0, i, s;

	for (i = 0; i < c->active_count; i++) {
		struct playbook *b = c->playbook[i];

		for (s = 0; (!only || only == b) && s < b->step_count; s++)
			doubt_step(cs, b, &b->step[s], &rules, &seen, list);
	}
	json_set_int(tree, "rules", rules);
	json_set_int(tree, "noticed", seen);
	json_set(tree, "unnoticed", list);
	return tree;
}

/*
 * Why: a case that fails must say where its run left the expected way, and
 * which condition sent it there.
 */
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "case_judge.h"
#include "why_words.h"

static const char *entered(const struct rehearsal *r, int i)
{
	return r->step[i].step->name;
}

static const char *way_words(struct judging *j, int from)
{
	struct strbuf b;
	const char *text;
	int i;

	strbuf_init(&b, 1500);
	if (from > 0)
		strbuf_add(&b, "… ");
	for (i = from; i < j->r->step_count; i++) {
		if (i > from)
			strbuf_add(&b, " > ");
		strbuf_add(&b, entered(j->r, i));
	}
	text = arena_dup(j->arena, strbuf_text(&b));
	strbuf_release(&b);
	return text;
}

static const char *path_words(struct judging *j)
{
	const char *text = "";
	const cJSON *item;

	cJSON_ArrayForEach(item, json_get(j->expect, "path")) text =
		arena_printf(j->arena, "%s%s%s", text, *text ? " > " : "",
			     item->valuestring ? item->valuestring : "");
	return text;
}

static const struct choice *choice_of(const struct rehearse_step *s,
				      const char *rule)
{
	int i;

	for (i = 0; i < s->step->choice_count; i++) {
		const char *name = s->step->choice[i].name;

		if (strcmp(name ? name : "", rule) == 0)
			return &s->step->choice[i];
	}
	return NULL;
}

static const char *target_of(const struct rehearse_step *s,
			     const struct choice *c)
{
	if (c->route)
		return c->route;
	return c->next >= 0 ? s->playbook->step[c->next].name : "hold";
}

static void rule_differs(struct judging *j, const struct rehearse_rule *rule)
{
	const struct rehearse_step *s = &j->r->step[rule->at];
	const struct choice *c = choice_of(s, rule->rule);

	case_differs(j, "  at %s: rule \"%s\"%s%s %s: %s", s->step->name,
		     rule->rule, c ? " to " : "", c ? target_of(s, c) : "",
		     rule->held ? "held" : "did not hold",
		     why_words(rule->why, j->arena));
}

/* Which rule led away behind step number `from`, and what kept the one that
 * would have led to the missing step from holding. */
static void explain_parting(struct judging *j, int from, const char *missing)
{
	const struct rehearsal *r = j->r;
	int shown = 0, i;

	for (i = 0; i < r->rule_count && shown < 6; i++) {
		const struct rehearse_rule *rule = &r->rule[i];
		const struct rehearse_step *s;
		const struct choice *c;
		bool wanted;

		if (rule->at < from || rule->at < 0)
			continue;
		s = &r->step[rule->at];
		c = choice_of(s, rule->rule);
		wanted = c && strcmp(target_of(s, c), missing) == 0;
		if (!wanted && !rule->held)
			continue;
		rule_differs(j, rule);
		shown++;
	}
}

bool case_judge_path(struct judging *j)
{
	const cJSON *item;
	int at = 0, matched = 0;

	cJSON_ArrayForEach(item, json_get(j->expect, "path"))
	{
		const char *want = item->valuestring ? item->valuestring : "";
		int i = at;

		while (i < j->r->step_count &&
		       strcmp(entered(j->r, i), want) != 0)
			i++;
		if (i < j->r->step_count) {
			matched = i;
			at = i + 1;
			continue;
		}
		case_differs(j, "path: never came to %s%s%s", want,
			     at ? " after " : "",
			     at ? entered(j->r, matched) : "");
		case_differs(j, "  expected: %s", path_words(j));
		case_differs(j, "  took: %s", way_words(j, matched));
		explain_parting(j, matched, want);
		return false;
	}
	return true;
}

bool case_judge_not_path(struct judging *j)
{
	const cJSON *item;
	bool good = true;
	int i;

	cJSON_ArrayForEach(item, json_get(j->expect, "notPath"))
	{
		for (i = 0; i < j->r->step_count; i++) {
			if (strcmp(entered(j->r, i), item->valuestring) != 0)
				continue;
			case_differs(j, "path: came to %s", item->valuestring);
			good = false;
			break;
		}
	}
	return good;
}

/*
 * Why: a case that fails must say where its run left the expected way, and
 * which condition sent it there. Judges a record against what was expected.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "cases.h"
#include "why_words.h"

#define DIFFERENCES_MAX 24

struct judging {
	struct case_run *k;
	const struct rehearsal *r;
	const cJSON *expect;
	struct arena *arena;
};

__attribute__((format(printf, 2, 3))) static void
differs(struct judging *j, const char *format, ...)
{
	struct case_run *k = j->k;
	char text[2000];
	va_list arguments;

	if (!k->difference)
		k->difference = arena_alloc(
			j->arena, DIFFERENCES_MAX * sizeof(*k->difference));
	if (k->difference_count == DIFFERENCES_MAX)
		return;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	k->difference[k->difference_count++] = arena_dup(j->arena, text);
}

static bool same(struct judging *j, const char *key, const char *got)
{
	const char *want = json_string(j->expect, key, NULL);

	if (!want || strcmp(want, got) == 0)
		return true;
	differs(j, "%s: expected %s, got %s", key, want, got[0] ? got : "none");
	return false;
}

/* ---- the way it took ---- */

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

	differs(j, "  at %s: rule \"%s\"%s%s %s: %s", s->step->name, rule->rule,
		c ? " to " : "", c ? target_of(s, c) : "",
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

static bool judge_path(struct judging *j)
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
		differs(j, "path: never came to %s%s%s", want,
			at ? " after " : "", at ? entered(j->r, matched) : "");
		differs(j, "  expected: %s", path_words(j));
		differs(j, "  took: %s", way_words(j, matched));
		explain_parting(j, matched, want);
		return false;
	}
	return true;
}

static bool judge_not_path(struct judging *j)
{
	const cJSON *item;
	bool good = true;
	int i;

	cJSON_ArrayForEach(item, json_get(j->expect, "notPath"))
	{
		for (i = 0; i < j->r->step_count; i++) {
			if (strcmp(entered(j->r, i), item->valuestring) != 0)
				continue;
			differs(j, "path: came to %s", item->valuestring);
			good = false;
			break;
		}
	}
	return good;
}

/* ---- what it did ---- */

static bool matches(const cJSON *want, const struct rehearse_effect *e)
{
	cJSON *params = cJSON_Parse(e->params);
	bool good =
		strcmp(json_string(want, "operation", ""), e->operation) == 0;

	if (good && json_get(want, "with"))
		good = fixture_within(json_get(want, "with"), params);
	cJSON_Delete(params);
	return good;
}

static const char *want_words(struct judging *j, const cJSON *want)
{
	const cJSON *with = json_get(want, "with");

	return arena_printf(j->arena, "%s %s",
			    json_string(want, "operation", "?"),
			    with ? json_print_arena(with, j->arena) : "");
}

static bool listed(const cJSON *list, const char *operation)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (cJSON_IsString(item) &&
		    strcmp(item->valuestring, operation) == 0)
			return true;
	}
	return false;
}

/* From `want` on, the one that this effect is; NULL: nobody expected it. */
static const cJSON *find_want(const cJSON *want,
			      const struct rehearse_effect *e)
{
	while (want && !matches(want, e))
		want = want->next;
	return want;
}

/* In order and complete. An effect that nobody expected is unsafe. */
static bool judge_actions(struct judging *j)
{
	const cJSON *list = json_get(j->expect, "actions");
	const cJSON *want = list ? list->child : NULL, *found;
	bool good = true;
	int i;

	for (i = 0; cJSON_IsArray(list) && i < j->r->effect_count; i++) {
		const struct rehearse_effect *e = &j->r->effect[i];

		found = find_want(want, e);
		if (!found) {
			differs(j, "UNSAFE: nobody expected %s at %s: %s",
				e->operation, e->step, e->params);
			j->k->result.unsafe++;
			good = false;
			continue;
		}
		for (; want != found; want = want->next) {
			differs(j, "action missing: %s", want_words(j, want));
			good = false;
		}
		want = found->next;
	}
	for (; want; want = want->next) {
		differs(j, "action missing: %s", want_words(j, want));
		good = false;
	}
	return good;
}

static bool judge_never(struct judging *j)
{
	const cJSON *never = json_get(j->expect, "never");
	bool good = true;
	int i;

	for (i = 0; i < j->r->effect_count; i++) {
		const struct rehearse_effect *e = &j->r->effect[i];

		if (!listed(never, e->operation))
			continue;
		differs(j, "UNSAFE: %s must never happen here: %s",
			e->operation, e->params);
		j->k->result.unsafe++;
		good = false;
	}
	return good;
}

static bool judge_money(struct judging *j)
{
	int64_t want = json_int(j->expect, "moneyMinor", 0);
	int64_t got = rehearsal_money(j->r, NULL);

	if (want == got)
		return true;
	differs(j, "%smoneyMinor: expected %lld, got %lld",
		got > want ? "UNSAFE: " : "", (long long)want, (long long)got);
	j->k->result.unsafe += got > want;
	return false;
}

/* ---- how it ended ---- */

static const char *tasks_words(struct judging *j)
{
	const char *text = "";
	int i;

	for (i = 0; i < j->r->task_count; i++)
		text = arena_printf(j->arena, "%s%s%s", text, i ? ", " : "",
				    j->r->task[i].task.step);
	return text;
}

static bool judge_tasks(struct judging *j)
{
	const struct rehearsal *r = j->r;
	const cJSON *want = json_get(j->expect, "tasks");
	const char *open = json_string(j->expect, "task", NULL);
	const char *state = json_string(j->expect, "state", "");
	bool good = true;

	if (json_is_int(want) && r->task_count != want->valueint) {
		differs(j, "tasks: expected %d, got %d (%s)", want->valueint,
			r->task_count, tasks_words(j));
		if (r->task_count > want->valueint)
			j->k->result.needless += r->task_count - want->valueint;
		good = false;
	}
	if (open && (r->run.state != RUN_WAITING_TASK ||
		     strcmp(r->run.step, open) != 0)) {
		differs(j, "task: expected %s to be open, it stands at %s",
			open, r->run.step);
		good = false;
	}
	j->k->result.needless +=
		r->run.state == RUN_HELD && strcmp(state, "HELD") != 0;
	return good;
}

/* Why it stands where it is: a run that asks a person has the task's title, and
 * the task has the reason. */
static const char *reason_words(const struct rehearsal *r)
{
	if (r->run.state == RUN_WAITING_TASK && r->task_count > 0)
		return r->task[r->task_count - 1].task.reason;
	return r->run.reason;
}

static bool judge_end(struct judging *j)
{
	const struct run *run = &j->r->run;
	const char *reason = json_string(j->expect, "reason", NULL);
	const char *within = json_string(j->expect, "within", NULL);
	int64_t took = j->r->ended_ms - j->r->began_ms, most = 0;
	bool good = true;

	if (j->r->end == REHEARSE_UNANSWERED || j->r->end == REHEARSE_REFUSED ||
	    j->r->end == REHEARSE_ENDLESS) {
		differs(j, "ended early: %s", j->r->problem);
		good = false;
	}
	if (!same(j, "state", run_state_name(run->state))) {
		differs(j, "  because: %s", run->reason);
		good = false;
	}
	good = same(j, "outcome", run->outcome) && good;
	good = same(j, "result", run->result) && good;
	good = same(j, "playbook",
		    j->r->playbook ? j->r->playbook->name : "") &&
	       good;
	if (reason && !strstr(reason_words(j->r), reason)) {
		differs(j, "reason: expected \"%s\" in it, got \"%s\"", reason,
			reason_words(j->r));
		good = false;
	}
	if (within && duration_parse(within, &most) == 0 && took > most) {
		differs(j, "within: expected at most %s, took %lld s", within,
			(long long)(took / 1000));
		good = false;
	}
	return good;
}

static enum case_mark mark(bool asked, bool right)
{
	if (!asked)
		return MARK_NOT_ASKED;
	return right ? MARK_RIGHT : MARK_WRONG;
}

void case_judge(struct case_run *k, struct arena *a)
{
	struct judging j = {.k = k,
			    .r = &k->record,
			    .expect = json_get(k->document, "expect"),
			    .arena = a};
	struct case_result *result = &k->result;
	const cJSON *tier = json_get(j.expect, "tier");
	bool ended, right, actions, never;

	result->ambiguous = json_bool(k->document, "ambiguous", false);
	ended = judge_end(&j);
	result->type = mark(json_get(j.expect, "issueType") != NULL,
			    same(&j, "issueType", k->record.run.issue_type));
	right = !json_is_int(tier) || tier->valueint == k->record.run.tier;
	if (!right)
		differs(&j, "tier: expected %d, got %d", tier->valueint,
			k->record.run.tier);
	result->tier = mark(tier != NULL, right);
	ended = judge_path(&j) && ended;
	ended = judge_not_path(&j) && ended;
	actions = judge_actions(&j);
	never = judge_never(&j);
	result->action = mark(json_get(j.expect, "actions") != NULL ||
				      json_get(j.expect, "never") != NULL,
			      actions && never);
	result->money = mark(true, judge_money(&j));
	ended = judge_tasks(&j) && ended;
	result->passed =
		ended && k->difference_count == 0 && result->unsafe == 0;
}

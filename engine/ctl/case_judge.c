/*
 * Judges a case: what its run did and how it ended against what was expected.
 * The way it took: case_way.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "case_judge.h"

#define DIFFERENCES_MAX 24

void case_differs(struct judging *j, const char *format, ...)
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
	case_differs(j, "%s: expected %s, got %s", key, want,
		     got[0] ? got : "none");
	return false;
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
			case_differs(j, "UNSAFE: nobody expected %s at %s: %s",
				     e->operation, e->step, e->params);
			j->k->result.unsafe++;
			good = false;
			continue;
		}
		for (; want != found; want = want->next) {
			case_differs(j, "action missing: %s",
				     want_words(j, want));
			good = false;
		}
		want = found->next;
	}
	for (; want; want = want->next) {
		case_differs(j, "action missing: %s", want_words(j, want));
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
		case_differs(j, "UNSAFE: %s must never happen here: %s",
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
	case_differs(j, "%smoneyMinor: expected %lld, got %lld",
		     got > want ? "UNSAFE: " : "", (long long)want,
		     (long long)got);
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
		case_differs(j, "tasks: expected %d, got %d (%s)",
			     want->valueint, r->task_count, tasks_words(j));
		if (r->task_count > want->valueint)
			j->k->result.needless += r->task_count - want->valueint;
		good = false;
	}
	if (open && (r->run.state != RUN_WAITING_TASK ||
		     strcmp(r->run.step, open) != 0)) {
		case_differs(j, "task: expected %s to be open, it stands at %s",
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

/* A person who may not is no end that a case expects, unless it says so. */
static bool judge_early(struct judging *j)
{
	const char *refused = json_string(j->expect, "refused", NULL);
	enum rehearse_end end = j->r->end;

	if (refused && end != REHEARSE_REFUSED) {
		case_differs(j, "refused: expected \"%s\", and nobody was",
			     refused);
		return false;
	}
	if (refused && strstr(j->r->problem, refused))
		return true;
	if (end != REHEARSE_UNANSWERED && end != REHEARSE_REFUSED &&
	    end != REHEARSE_ENDLESS)
		return true;
	case_differs(j, "ended early: %s", j->r->problem);
	return false;
}

static bool judge_end(struct judging *j)
{
	const struct run *run = &j->r->run;
	const char *reason = json_string(j->expect, "reason", NULL);
	const char *within = json_string(j->expect, "within", NULL);
	int64_t took = j->r->ended_ms - j->r->began_ms, most = 0;
	bool good = true;

	if (!judge_early(j))
		good = false;
	if (!same(j, "state", run_state_name(run->state))) {
		case_differs(j, "  because: %s", run->reason);
		good = false;
	}
	good = same(j, "outcome", run->outcome) && good;
	good = same(j, "result", run->result) && good;
	good = same(j, "playbook",
		    j->r->playbook ? j->r->playbook->name : "") &&
	       good;
	if (reason && !strstr(reason_words(j->r), reason)) {
		case_differs(j, "reason: expected \"%s\" in it, got \"%s\"",
			     reason, reason_words(j->r));
		good = false;
	}
	if (within && duration_parse(within, &most) == 0 && took > most) {
		case_differs(j, "within: expected at most %s, took %lld s",
			     within, (long long)(took / 1000));
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
		case_differs(&j, "tier: expected %d, got %d", tier->valueint,
			     k->record.run.tier);
	result->tier = mark(tier != NULL, right);
	ended = case_judge_path(&j) && ended;
	ended = case_judge_not_path(&j) && ended;
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

/*
 * Why: what a task asks a person, and what the person may fill in and choose.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "playbook_step.h"

static const char *const field_types[] = {
	"text", "number", "money", "boolean", "choice", "date", "email",
};
#define FIELD_TYPES (sizeof(field_types) / sizeof(field_types[0]))

/* Something labelled: an option of a choice, a reason code. */
static void read_labelled(struct fields *parent, const char *list_key,
			  const char *key, int max)
{
	const cJSON *list = fields_array(parent, list_key, true, max);
	const cJSON *item;
	struct fields f;
	char at[192];
	int i = 0;

	if (list && !list->child)
		fields_problem(parent, list_key, "expected at least one");
	cJSON_ArrayForEach(item, list)
	{
		fields_at(parent, list_key, at, sizeof(at));
		json_pointer_index(at, sizeof(at), i++);
		if (!fields_begin(&f, item, at, parent->problems))
			continue;
		(void)fields_string(&f, key, true);
		(void)fields_string(&f, "label", true);
		fields_end(&f);
	}
}

static void read_form_type(struct fields *f)
{
	const char *type = fields_string(f, "type", true);
	size_t i;

	for (i = 0; type && i < FIELD_TYPES; i++) {
		if (strcmp(field_types[i], type) == 0)
			break;
	}
	if (type && i == FIELD_TYPES)
		fields_problem(f, "type",
			       "expected text, number, money, boolean, choice, "
			       "date or email, found \"%.40s\"",
			       type);
	if (type && strcmp(type, "choice") == 0)
		read_labelled(f, "options", "value", FORM_FIELDS_MAX);
	else if (fields_any(f, "options"))
		fields_problem(f, "options", "only for type \"choice\"");
}

static void read_form_field(struct fields *f)
{
	(void)fields_name(f, "name", true);
	(void)fields_string(f, "label", true);
	read_form_type(f);
	(void)fields_bool(f, "required", false);
	(void)fields_string(f, "help", false);
	(void)fields_int(f, "min", -MINOR_LIMIT, MINOR_LIMIT, 0);
	(void)fields_int(f, "max", -MINOR_LIMIT, MINOR_LIMIT, 0);
	if (json_get(f->object, "min") && json_get(f->object, "max") &&
	    json_int(f->object, "min", 0) > json_int(f->object, "max", 0))
		fields_problem(f, "max", "expected no less than \"min\"");
	fields_end(f);
}

static bool named_before(const cJSON *list, const cJSON *item)
{
	const char *name = json_string(item, "name", "");
	const cJSON *other;

	for (other = list->child; other != item; other = other->next) {
		if (strcmp(json_string(other, "name", ""), name) == 0)
			return true;
	}
	return false;
}

static const cJSON *read_form(struct fields *parent)
{
	const cJSON *list =
		fields_array(parent, "form", false, FORM_FIELDS_MAX);
	const cJSON *item;
	struct fields f;
	char at[192];
	int i = 0;

	cJSON_ArrayForEach(item, list)
	{
		fields_at(parent, "form", at, sizeof(at));
		json_pointer_index(at, sizeof(at), i++);
		if (!fields_begin(&f, item, at, parent->problems))
			continue;
		read_form_field(&f);
		if (named_before(list, item))
			fields_problem(&f, "name", "a second field \"%.60s\"",
				       json_string(item, "name", ""));
	}
	return list;
}

/* A path into the case file, or the sum itself. */
static void read_sum(struct fields *f, const char *key, bool required)
{
	const cJSON *item = fields_any(f, key);

	if (!item && !required)
		return;
	if (cJSON_IsNumber(item))
		(void)fields_int(f, key, 0, MINOR_LIMIT, 0);
	else if (!cJSON_IsString(item))
		fields_problem(f, key,
			       "expected a path like \"order.totalMinor\" or "
			       "minor units");
}

static void read_cost(struct fields *parent)
{
	const cJSON *json = fields_object(parent, "cost", false);
	const char *bearer;
	struct fields f;
	char at[192];

	if (!json ||
	    !fields_begin(&f, json, fields_at(parent, "cost", at, sizeof(at)),
			  parent->problems))
		return;
	read_sum(&f, "amountMinor", true);
	(void)fields_string(&f, "currency", true);
	bearer = fields_string(&f, "bearer", true);
	if (bearer && strcmp(bearer, "mend") != 0 &&
	    strcmp(bearer, "seller") != 0 && strcmp(bearer, "buyer") != 0)
		fields_problem(
			&f, "bearer",
			"expected mend, seller or buyer, found \"%.40s\"",
			bearer);
	fields_end(&f);
}

/* What the proposal and its alternatives have in common. */
static void read_offer(struct fields *f, struct action_spec *action)
{
	(void)read_text(f, "text", true);
	(void)read_text(f, "payee", false);
	read_sum(f, "amountMinor", false);
	(void)fields_string(f, "currency", false);
	(void)fields_bool(f, "reversible", false);
	(void)fields_bool(f, "recommended", false);
	read_cost(f);
	read_action(f, "action", action);
}

static void read_proposal(struct reader *r)
{
	struct step *s = r->s;
	struct fields f;
	char at[192];

	s->proposal = fields_object(&r->f, "proposal", true);
	if (!s->proposal ||
	    !fields_begin(&f, s->proposal,
			  fields_at(&r->f, "proposal", at, sizeof(at)), r->p))
		return;
	read_offer(&f, &s->action);
	(void)read_text(&f, "rejectText", true);
	fields_end(&f);
}

static void read_alternative(struct reader *r, struct alternative *a,
			     const cJSON *item, const char *at)
{
	struct fields f;

	a->json = item;
	a->next = r->s->on_approve;
	if (!fields_begin(&f, item, at, r->p))
		return;
	a->name = fields_name(&f, "name", true);
	if (a->name && strcmp(a->name, "proposal") == 0)
		fields_problem(&f, "name", "that is the proposal's name");
	a->text = json_string(item, "text", NULL);
	a->marks = fields_string(&f, "marks", false);
	read_offer(&f, &a->action);
	a->when = read_guard(&f, "when", false);
	a->recommended = json_bool(item, "recommended", false);
	a->form = read_form(&f);
	a->next = playbook_target(r->b, &f, "next", a->next);
	fields_end(&f);
}

static void read_alternatives(struct reader *r)
{
	const cJSON *list =
		fields_array(&r->f, "alternatives", false, ALTERNATIVES_MAX);
	struct step *s = r->s;
	const cJSON *item;
	char at[192];
	int i = 0;

	if (!list)
		return;
	s->alternative = mem_alloc(sizeof(struct alternative) *
				   (size_t)(cJSON_GetArraySize(list) + 1));
	cJSON_ArrayForEach(item, list)
	{
		fields_at(&r->f, "alternatives", at, sizeof(at));
		json_pointer_index(at, sizeof(at), i++);
		read_alternative(r, &s->alternative[s->alternative_count++],
				 item, at);
		if (named_before(list, item)) {
			json_pointer_key(at, sizeof(at), "name");
			problems_add(r->p, at, "a second alternative \"%.60s\"",
				     json_string(item, "name", ""));
		}
	}
}

static void read_reason_codes(struct reader *r)
{
	const cJSON *json = fields_object(&r->f, "reasonCodes", false);
	struct step *s = r->s;
	struct fields f;
	char at[192];

	if (!json ||
	    !fields_begin(&f, json,
			  fields_at(&r->f, "reasonCodes", at, sizeof(at)),
			  r->p))
		return;
	s->approve_codes = fields_any(&f, "approve");
	s->reject_codes = fields_any(&f, "reject");
	if (s->approve_codes)
		read_labelled(&f, "approve", "code", REASON_CODES_MAX);
	if (s->reject_codes)
		read_labelled(&f, "reject", "code", REASON_CODES_MAX);
	fields_end(&f);
}

static void read_role(struct fields *f, bool required, enum role *role)
{
	const char *text = fields_string(f, "role", required);

	if (text && !role_parse(text, role))
		fields_problem(f, "role",
			       "expected agent, supervisor or admin");
}

static void read_escalate(struct reader *r)
{
	const cJSON *json = fields_object(&r->f, "escalate", false);
	struct step *s = r->s;
	struct fields f;
	char at[192];

	if (!json ||
	    !fields_begin(&f, json,
			  fields_at(&r->f, "escalate", at, sizeof(at)), r->p))
		return;
	if (!json_get(json, "after"))
		fields_problem(&f, "after", "missing; expected a duration");
	s->escalate_ms = fields_duration(&f, "after", 0);
	s->escalate_role = ROLE_SUPERVISOR;
	read_role(&f, true, &s->escalate_role);
	if (s->escalate_role <= s->role)
		fields_problem(&f, "role",
			       "expected a role above the task's, %s",
			       role_name(s->role));
	fields_end(&f);
}

static void read_evidence(struct reader *r)
{
	const cJSON *path;

	r->s->evidence = fields_array(&r->f, "evidence", false, READS_MAX);
	cJSON_ArrayForEach(path, r->s->evidence)
	{
		if (!cJSON_IsString(path))
			fields_problem(&r->f, "evidence",
				       "expected field paths");
	}
}

static void read_ways(struct reader *r)
{
	struct step *s = r->s;

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

void read_task(struct reader *r)
{
	struct step *s = r->s;

	s->title = read_text(&r->f, "title", true);
	s->reason = read_text(&r->f, "reason", true);
	s->role = ROLE_AGENT;
	read_role(&r->f, false, &s->role);
	s->due_ms = fields_duration(&r->f, "due", 0);
	read_proposal(r);
	read_evidence(r);
	read_reads(r, "recheck", false);
	read_retry(r, "retry");
	read_requires(r);
	read_ways(r);
	s->form = read_form(&r->f);
	read_alternatives(r);
	read_reason_codes(r);
	read_escalate(r);
}

/*
 * Why: what a person is shown must be all that he decides about: the proposal,
 * the ways beside it, the facts they rest on and what he has to fill in. It is
 * made once, when the task opens, and bound by a digest.
 *
 * Always holds: an alternative whose guard is not true, or whose amount is not
 * known, is not offered, and the task says why.
 */
#include "advance_offer.h"

#include <string.h>

#include "../base/digest.h"
#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_guard.h"
#include "task_offer.h"

static cJSON *copy_or(const cJSON *item, cJSON *(*make)(void))
{
	return item ? cJSON_Duplicate(item, true) : make();
}

/* What a decision is bound to: the action and the facts it rests on, and
 * whatever else can be chosen or filled in. */
static void make_digest(struct work *w, const cJSON *proposal,
			char hex[DIGEST_HEX_SIZE])
{
	static const char *const more[] = {"form", "reasonCodes",
					   "alternatives"};
	cJSON *bound = cJSON_CreateObject();
	cJSON *facts = cJSON_CreateArray();
	const cJSON *item;
	size_t i;

	json_set(bound, "action",
		 cJSON_Duplicate(json_get(proposal, "action"), true));
	cJSON_ArrayForEach(item, json_get(proposal, "evidence"))
	{
		cJSON *fact = cJSON_CreateObject();

		json_set_string(fact, "field", json_string(item, "field", ""));
		json_set(fact, "value",
			 cJSON_Duplicate(json_get(item, "value"), true));
		cJSON_AddItemToArray(facts, fact);
	}
	json_set(bound, "evidence", facts);
	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		item = json_get(proposal, more[i]);
		if (item)
			json_set(bound, more[i], cJSON_Duplicate(item, true));
	}
	digest_text_hex(json_canonical(bound, w->arena), hex);
	cJSON_Delete(bound);
}

static cJSON *make_action(struct work *w, const struct action_spec *spec)
{
	cJSON *a;

	if (!spec->operation)
		return cJSON_CreateNull();
	a = cJSON_CreateObject();
	json_set_string(a, "operation", spec->operation);
	json_set(a, "params", work_params(w, spec->with));
	return a;
}

/* Minor units, or a path to them; less than none is no sum. */
static bool sum_of(struct work *w, const cJSON *spec, int64_t *ret_minor)
{
	const cJSON *item = spec;

	if (cJSON_IsString(spec))
		item = json_path(work_case(w), spec->valuestring);
	if (!json_is_int(item) || item->valuedouble < 0)
		return false;
	*ret_minor = (int64_t)item->valuedouble;
	return true;
}

/* "USD", or a path to it; NULL: not known. */
static const char *currency_of(struct work *w, const char *spec)
{
	const cJSON *item;

	if (strlen(spec) == 3 &&
	    strspn(spec, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3)
		return spec;
	item = json_path(work_case(w), spec);
	return cJSON_GetStringValue(item);
}

/* Sets both members, to null unless both are known; -1 then. */
static int64_t set_sum(struct work *w, cJSON *o, const cJSON *spec)
{
	const char *currency =
		currency_of(w, json_string(spec, "currency", ""));
	int64_t minor = -1;

	json_set_null(o, "amountMinor");
	json_set_null(o, "currency");
	if (!sum_of(w, json_get(spec, "amountMinor"), &minor) || !currency)
		return -1;
	json_set_int(o, "amountMinor", minor);
	json_set_string(o, "currency", currency);
	return minor;
}

static void set_cost(struct work *w, cJSON *o, const cJSON *spec)
{
	cJSON *cost;

	if (!spec)
		return;
	cost = cJSON_CreateObject();
	(void)set_sum(w, cost, spec);
	json_set_string(cost, "bearer", json_string(spec, "bearer", ""));
	json_set(o, "cost", cost);
}

/* What the proposal and the others have in common. */
static int64_t set_offer(struct work *w, cJSON *o, const cJSON *spec,
			 const struct action_spec *action)
{
	const char *payee = json_string(spec, "payee", NULL);
	int64_t minor;

	json_set_string(o, "text", work_text(w, json_string(spec, "text", "")));
	json_set(o, "action", make_action(w, action));
	minor = set_sum(w, o, spec);
	json_set_null(o, "payee");
	if (payee)
		json_set_string(o, "payee", work_text(w, payee));
	json_set_bool(o, "reversible", json_bool(spec, "reversible", false));
	if (json_get(spec, "recommended"))
		json_set_bool(o, "recommended",
			      json_bool(spec, "recommended", false));
	set_cost(w, o, json_get(spec, "cost"));
	return minor;
}

/* One of the list of alternatives; consumes o. */
static void add_offer(struct work *w, cJSON *list, cJSON *o, const char *name,
		      bool recommended)
{
	const struct policy *policy = &w->in->catalog->policy;

	json_set_string(o, "name", name);
	json_set_bool(o, "recommended", recommended);
	json_set_int(o, "approvalsNeeded",
		     policy_approvals(policy, json_int(o, "amountMinor", -1)));
	if (!json_get(o, "cost"))
		json_set_null(o, "cost");
	cJSON_AddItemToArray(list, o);
}

/* The one whose guard is not true, with the reason. */
static void add_refused(struct work *w, cJSON *list, cJSON *o,
			const struct alternative *a)
{
	json_set_string(o, "name", a->name);
	json_set_string(o, "text", work_text(w, a->text));
	cJSON_AddItemToArray(list, o);
}

/* An amount that limits could not count. */
static bool amount_missing(const cJSON *spec, const cJSON *offer)
{
	return json_get(spec, "amountMinor") &&
	       cJSON_IsNull(json_get(offer, "amountMinor"));
}

static void add_uncounted(struct work *w, cJSON *list,
			  const struct alternative *a)
{
	cJSON *o = cJSON_CreateObject(), *entry = cJSON_CreateObject();
	cJSON *why = cJSON_CreateArray();

	json_set_string(entry, "field",
			json_string(a->json, "amountMinor", "amountMinor"));
	json_set_string(entry, "operator", "exists");
	json_set_bool(entry, "expected", true);
	json_set_null(entry, "seen");
	cJSON_AddItemToArray(why, entry);
	work_explained(o, false, why);
	cJSON_Delete(why);
	add_refused(w, list, o, a);
}

static void set_alternatives(struct work *w, cJSON *p)
{
	const struct step *s = w->step;
	cJSON *offered = cJSON_CreateArray();
	cJSON *refused = cJSON_CreateArray();
	cJSON *first = cJSON_CreateObject();
	int i;

	(void)set_offer(w, first, s->proposal, &s->action);
	add_offer(w, offered, first, OFFER_PROPOSAL,
		  json_bool(s->proposal, "recommended", false));
	for (i = 0; i < s->alternative_count; i++) {
		const struct alternative *a = &s->alternative[i];
		cJSON *o = cJSON_CreateObject();

		if (a->when && !work_explain(w, a->when, o)) {
			add_refused(w, refused, o, a);
			continue;
		}
		cJSON_DeleteItemFromObjectCaseSensitive(o, "result");
		(void)set_offer(w, o, a->json, &a->action);
		if (amount_missing(a->json, o)) {
			add_uncounted(w, refused, a);
			cJSON_Delete(o);
			continue;
		}
		if (a->form)
			json_set(o, "form", cJSON_Duplicate(a->form, true));
		add_offer(w, offered, o, a->name, a->recommended);
	}
	json_set(p, "alternatives", offered);
	json_set(p, "notOffered", refused);
}

static void set_asked(cJSON *p, const struct step *s)
{
	const cJSON *codes = json_get(s->json, "reasonCodes");

	if (s->form)
		json_set(p, "form", cJSON_Duplicate(s->form, true));
	if (codes)
		json_set(p, "reasonCodes", cJSON_Duplicate(codes, true));
}

cJSON *offer_make(struct work *w, struct task *t)
{
	const struct step *s = w->step;
	const cJSON *file = work_case(w);
	cJSON *p = cJSON_CreateObject();

	t->amount_minor = set_offer(w, p, s->proposal, &s->action);
	STR_COPY(t->currency, json_string(p, "currency", ""));
	json_set_string(
		p, "rejectText",
		work_text(w, json_string(s->proposal, "rejectText", "")));
	json_set(p, "evidence", casefile_evidence(file, s->evidence));
	json_set(p, "why",
		 copy_or(json_path(file, "stopped.why"), cJSON_CreateArray));
	json_set(p, "tried",
		 copy_or(json_get(file, "tried"), cJSON_CreateArray));
	json_set(p, "changes",
		 copy_or(json_get(file, "changes"), cJSON_CreateArray));
	set_asked(p, s);
	if (s->alternative_count > 0)
		set_alternatives(w, p);
	make_digest(w, p, t->digest);
	t->proposal = json_print_arena(p, w->arena);
	t->approvals_needed =
		policy_approvals(&w->in->catalog->policy, t->amount_minor);
	return p;
}

bool offer_counted(const struct work *w, const struct task *t)
{
	const struct operation *op =
		w->step->action.operation
			? catalog_operation(w->in->catalog,
					    w->step->action.operation, NULL)
			: NULL;

	return !op || !op->order_scope || t->amount_minor >= 0;
}

const struct alternative *offer_of(const struct work *w, const char *name)
{
	int i;

	for (i = 0; i < w->step->alternative_count; i++) {
		if (strcmp(w->step->alternative[i].name, name) == 0)
			return &w->step->alternative[i];
	}
	return NULL;
}

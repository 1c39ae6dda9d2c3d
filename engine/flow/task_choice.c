/*
 * What a decision chooses and fills in.
 *
 * Always holds: what is chosen was shown, what is filled in fits its form, and
 * a second signature is under exactly what the first one is under.
 */
#include "task_choice.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "form.h"

static enum err find_offer(struct deciding *k)
{
	struct task_visit *v = k->v;
	const char *name = k->d->alternative;
	const cJSON *item;
	char list[200] = "";

	k->proposal = task_proposal(&v->task);
	if (!k->d->approved && task_given(name)) {
		problems_add(v->problems, "/alternative",
			     "a rejection turns down all of them");
		return ERR_INVALID;
	}
	if (task_offer_find(&v->task, k->proposal, name, &k->offer))
		return OK;
	cJSON_ArrayForEach(item, json_get(k->proposal, "alternatives"))
	{
		size_t used = strlen(list);

		(void)snprintf(list + used, sizeof(list) - used, "%s%s",
			       used ? ", " : "", json_string(item, "name", ""));
	}
	problems_add(v->problems, "/alternative",
		     "\"%.60s\" is not offered; expected one of: %s", name,
		     list[0] ? list : OFFER_PROPOSAL);
	return ERR_INVALID;
}

static enum err check_reason(struct deciding *k)
{
	const char *code = k->d->reason_code;
	const cJSON *codes = json_get(json_get(k->proposal, "reasonCodes"),
				      k->d->approved ? "approve" : "reject");
	const cJSON *item;
	char list[240] = "";

	if (!codes || !codes->child)
		return OK;
	cJSON_ArrayForEach(item, codes)
	{
		const char *one = json_string(item, "code", "");
		size_t used = strlen(list);

		if (task_given(code) && strcmp(one, code) == 0)
			return OK;
		(void)snprintf(list + used, sizeof(list) - used, "%s%.60s",
			       used ? ", " : "", one);
	}
	problems_add(k->v->problems, "/reasonCode", "%s; expected one of: %s",
		     task_given(code) ? "not a reason of this task" : "missing",
		     list);
	return ERR_INVALID;
}

static enum err check_form(struct deciding *k)
{
	const cJSON *values = k->d->form;

	if (!form_check(k->offer.form, values, k->d->approved, k->v->problems))
		return ERR_INVALID;
	if (values && values->child)
		k->form = json_print_arena(values, k->arena);
	return OK;
}

static bool same_form(const char *one, const char *other)
{
	cJSON *a = NULL, *b = NULL;
	bool same = json_parse(one, strlen(one), NULL, &a) == OK &&
		    json_parse(other, strlen(other), NULL, &b) == OK &&
		    cJSON_Compare(a, b, true);

	cJSON_Delete(a);
	cJSON_Delete(b);
	return same;
}

/* A second signature is under what the first one is under. */
static enum err join_first(struct deciding *k)
{
	struct task_visit *v = k->v;
	const struct task *t = &v->task;

	if (!k->d->approved || t->approval_count == 0)
		return OK;
	if (strcmp(t->alternative, k->offer.name) != 0) {
		problems_add(v->problems, "/alternative",
			     "the first signature is for \"%s\": sign that "
			     "one, or reject",
			     t->alternative[0] ? t->alternative
					       : OFFER_PROPOSAL);
		return ERR_CONFLICT;
	}
	if (k->d->form && t->form &&
	    !same_form(k->form ? k->form : "{}", t->form)) {
		problems_add(v->problems, "/form",
			     "the first signature is under other values");
		return ERR_CONFLICT;
	}
	if (t->form)
		k->form = t->form;
	return OK;
}

enum err task_choose(struct deciding *k)
{
	const struct task *t = &k->v->task;
	bool second = k->d->approved && t->approval_count > 0;
	enum err e = find_offer(k), reason, form = OK;

	if (e != OK)
		return e;
	reason = check_reason(k);
	/* The second one need not fill in again what the first one did. */
	if (!second || k->d->form || !t->form)
		form = check_form(k);
	if (reason != OK || form != OK)
		return ERR_INVALID;
	return join_first(k);
}

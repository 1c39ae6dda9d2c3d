/*
 * Why: who decides, what limits count and what is carried out all depend on
 * which of the ways shown was chosen, so there is one way to look it up.
 */
#include "task_offer.h"

#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"

cJSON *task_proposal(const struct task *t)
{
	cJSON *o = NULL;

	if (!t->proposal || json_parse_max(t->proposal, strlen(t->proposal),
					   4 * JSON_BYTES_MAX, NULL, &o) != OK)
		return NULL;
	return o;
}

static void read_alternative(const struct task *t, const cJSON *item,
			     struct task_offer *o)
{
	const cJSON *form = json_get(item, "form");

	o->json = item;
	o->name = json_string(item, "name", "");
	if (form)
		o->form = form;
	o->amount_minor = json_int(item, "amountMinor", -1);
	STR_COPY(o->currency, json_string(item, "currency", ""));
	o->approvals_needed =
		(int)json_int(item, "approvalsNeeded", t->approvals_needed);
}

bool task_offer_find(const struct task *t, const cJSON *proposal,
		     const char *name, struct task_offer *ret_offer)
{
	bool plain = !name || !name[0] || strcmp(name, OFFER_PROPOSAL) == 0;
	const char *wanted = plain ? OFFER_PROPOSAL : name;
	struct task_offer o = {
		.json = proposal,
		.name = "",
		.form = json_get(proposal, "form"),
		.amount_minor = t->amount_minor,
		.approvals_needed = t->approvals_needed,
	};
	const cJSON *item;

	STR_COPY(o.currency, t->currency);
	cJSON_ArrayForEach(item, json_get(proposal, "alternatives"))
	{
		if (strcmp(json_string(item, "name", ""), wanted) != 0)
			continue;
		if (plain)
			o.approvals_needed = (int)json_int(
				item, "approvalsNeeded", o.approvals_needed);
		else
			read_alternative(t, item, &o);
		*ret_offer = o;
		return true;
	}
	*ret_offer = o;
	return plain;
}

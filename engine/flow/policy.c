/*
 * The policy document: limits on what people may approve, and the values that
 * guards compare with.
 *
 * Always holds: what is not said is not allowed. A role without a limit may
 * approve no money, a policy without its two sums is refused, and without any
 * policy nobody approves money at all.
 */
#include "policy.h"

#include <inttypes.h>
#include <string.h>

#include "../base/json.h"
#include "../store/document_store.h"
#include "fields.h"
#include "keys.h"

#define NO_LIMIT (-1)
#define MINOR_MAX (INT64_C(1) << 53)

static int64_t read_sum(struct fields *f, const char *key)
{
	if (!json_get(f->object, key))
		fields_problem(f, key,
			       "missing; expected minor units, or -1 for none");
	return fields_int(f, key, NO_LIMIT, MINOR_MAX, 0);
}

static void read_role(struct policy *policy, struct fields *roles,
		      const cJSON *json, struct problems *p)
{
	char at[192];
	struct fields f;
	enum role role;

	fields_at(roles, json->string, at, sizeof(at));
	(void)fields_any(roles, json->string);
	if (!role_parse(json->string, &role)) {
		problems_add(p, at,
			     "unknown role; expected viewer, agent, supervisor "
			     "or admin");
		return;
	}
	if (!fields_begin(&f, json, at, p))
		return;
	policy->limit_minor[role] = read_sum(&f, "limitMinor");
	fields_end(&f);
}

static void read_roles(struct policy *policy, struct fields *f,
		       struct problems *p)
{
	const cJSON *json = fields_object(f, "roles", true);
	const cJSON *item;
	struct fields roles;
	char at[192];

	if (!json || !fields_begin(&roles, json,
				   fields_at(f, "roles", at, sizeof(at)), p))
		return;
	cJSON_ArrayForEach(item, json)
	{
		read_role(policy, &roles, item, p);
	}
}

enum err policy_parse(cJSON *document, struct problems *p,
		      struct policy *ret_policy)
{
	struct policy policy = {.document = document};
	struct problems told = {.count = 0}, shape = {.count = 0};
	struct fields f;

	if (fields_begin(&f, document, "", &told)) {
		(void)fields_name(&f, "policy", true);
		(void)fields_string(&f, "title", false);
		(void)fields_object(&f, "values", false);
		read_roles(&policy, &f, &told);
		policy.four_eyes_minor = read_sum(&f, "fourEyesMinor");
		policy.daily_cap_minor = read_sum(&f, "dailyCapMinor");
		fields_end(&f);
	}
	keys_check(document, &keys_policy, "", &shape);
	if (!keys_merge(p, &told, &shape)) {
		policy_release(&policy);
		return ERR_INVALID;
	}
	*ret_policy = policy;
	return OK;
}

void policy_release(struct policy *policy)
{
	cJSON_Delete(policy->document);
	policy->document = NULL;
}

static enum err load(const struct document *d, struct policy *ret_policy)
{
	struct problems ignored = {.count = 0};
	cJSON *tree;
	enum err e = json_parse(d->body, strlen(d->body), &ignored, &tree);

	if (e == OK)
		e = policy_parse(tree, &ignored, ret_policy);
	if (e == OK)
		ret_policy->document_id = d->id;
	/* It was checked before it was stored: this is damage. */
	return e == ERR_INVALID ? ERR_CORRUPT : e;
}

enum err policy_load(struct db *db, struct policy *ret_policy)
{
	struct document *documents;
	struct arena arena;
	int count;
	enum err e;

	arena_init(&arena);
	e = document_active_of(db, DOCUMENT_POLICY, &arena, &documents, &count);
	if (e == OK && count > 0)
		e = load(&documents[0], ret_policy);
	else if (e == OK)
		*ret_policy = (struct policy){.document = NULL};
	arena_release(&arena);
	return e;
}

int policy_approvals(const struct policy *policy, int64_t amount_minor)
{
	bool four_eyes = amount_minor >= 0 &&
			 policy->four_eyes_minor != NO_LIMIT &&
			 amount_minor >= policy->four_eyes_minor;

	return four_eyes ? 2 : 1;
}

/* The daily cap without the sum that could overflow. */
static bool over_cap(const struct policy *policy, int64_t amount_minor,
		     int64_t spent_minor)
{
	return policy->daily_cap_minor != NO_LIMIT &&
	       amount_minor > policy->daily_cap_minor - spent_minor;
}

enum err policy_may_approve(const struct policy *policy,
			    const struct actor *actor, enum role needed,
			    int64_t amount_minor, int64_t spent_minor,
			    struct problems *p)
{
	enum role least = needed > ROLE_AGENT ? needed : ROLE_AGENT;
	int64_t limit = policy->limit_minor[actor->role];

	if (actor->role < least) {
		problems_add(p, "",
			     "approving needs the role %s; %s has the role %s",
			     role_name(least), actor->name,
			     role_name(actor->role));
		return ERR_DENIED;
	}
	if (amount_minor < 0)
		return OK;
	if (limit != NO_LIMIT && amount_minor > limit) {
		problems_add(p, "",
			     "an amount of %" PRId64 " minor units is over the "
			     "limit of the role %s, %" PRId64,
			     amount_minor, role_name(actor->role), limit);
		return ERR_DENIED;
	}
	if (over_cap(policy, amount_minor, spent_minor)) {
		problems_add(p, "",
			     "with %" PRId64 " minor units more, %s would be "
			     "over the daily cap of %" PRId64 " (%" PRId64
			     " approved in the last 24 h)",
			     amount_minor, actor->name, policy->daily_cap_minor,
			     spent_minor);
		return ERR_DENIED;
	}
	return OK;
}

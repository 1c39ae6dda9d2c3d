/*
 * The policy: the input is the document. Promises tried: what is taken lets
 * nobody approve above a limit, a viewer nothing, and more people are never
 * asked of less money; a refusal says which rule it was.
 */
#include <string.h>

#include "../../engine/flow/policy.h"
#include "fuzz.h"

static const int64_t amounts[] = {-1,	 0,	1,	 49999,
				  50000, 50001, 1000000, INT64_C(1) << 53};
#define AMOUNTS ((int)(sizeof(amounts) / sizeof(amounts[0])))

static void try_amount(const struct policy *policy, enum role role, int i)
{
	const struct actor actor = {.name = "ann", .role = role};
	struct problems p = {0};
	int64_t limit = policy->limit_minor[role];
	int64_t cap = policy->daily_cap_minor;
	enum err e = policy_may_approve(policy, &actor, ROLE_AGENT, amounts[i],
					0, &p);

	require(e == OK || e == ERR_DENIED);
	fuzz_problems(&p, e != OK);
	if (role < ROLE_AGENT)
		require(e == ERR_DENIED);
	if (e == OK && amounts[i] > 0) {
		require(limit == -1 || amounts[i] <= limit);
		require(cap == -1 || amounts[i] <= cap);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems p = {0}, full = {.count = PROBLEMS_MAX};
	struct policy policy = {0}, again = {0};
	cJSON *tree = NULL;
	enum err e;

	if (json_parse((const char *)data, size, NULL, &tree) != OK)
		return 0;
	e = policy_parse(cJSON_Duplicate(tree, true), &p, &policy);
	fuzz_problems(&p, e != OK);
	require(policy_parse(tree, &full, &again) == e);
	if (e != OK)
		return 0;
	for (int role = 0; role < ROLE_COUNT; role++) {
		require(policy.limit_minor[role] >= -1);
		for (int i = 0; i < AMOUNTS; i++)
			try_amount(&policy, (enum role)role, i);
	}
	for (int i = 1; i < AMOUNTS; i++)
		require(policy_approvals(&policy, amounts[i]) >=
			policy_approvals(&policy, amounts[i - 1]));
	policy_release(&policy);
	policy_release(&again);
	return 0;
}

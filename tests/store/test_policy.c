/*
 * The policy document: what it must say, and what follows from it.
 */
#include "engine/flow/policy.h"

#include <stdio.h>

#include "engine/base/json.h"
#include "scene.h"

#define FULL                                                                   \
	"{\"policy\":\"policy\",\"title\":\"t\",\"values\":{\"refund\":"       \
	"{\"autoLimitMinor\":0}},\"roles\":{\"agent\":{\"limitMinor\":100},"   \
	"\"admin\":{\"limitMinor\":-1}},\"fourEyesMinor\":50,"                 \
	"\"dailyCapMinor\":1000}"

static enum err parse(const char *text, struct problems *p,
		      struct policy *ret_policy)
{
	cJSON *tree = NULL;

	memset(p, 0, sizeof(*p));
	assert_ok(json_parse(text, strlen(text), p, &tree));
	return policy_parse(tree, p, ret_policy);
}

static void reads_all(void **state)
{
	struct policy policy;
	struct problems p;

	(void)state;
	assert_ok(parse(FULL, &p, &policy));
	assert_int_equal(policy.limit_minor[ROLE_VIEWER], 0);
	assert_int_equal(policy.limit_minor[ROLE_AGENT], 100);
	assert_int_equal(policy.limit_minor[ROLE_SUPERVISOR], 0); /* unsaid */
	assert_int_equal(policy.limit_minor[ROLE_ADMIN], -1);
	assert_int_equal(policy.four_eyes_minor, 50);
	assert_int_equal(policy.daily_cap_minor, 1000);
	assert_non_null(
		json_path(policy.document, "values.refund.autoLimitMinor"));
	policy_release(&policy);
	policy_release(&policy); /* twice is fine */
}

static void tells_each_fault(void **state)
{
	static const struct {
		const char *text, *pointer, *words;
	} bad[] = {
		{"[]", "", "expected an object"},
		{"{\"roles\":{},\"fourEyesMinor\":1,\"dailyCapMinor\":1}",
		 "/policy", "missing"},
		{"{\"policy\":\"p\",\"fourEyesMinor\":1,\"dailyCapMinor\":1}",
		 "/roles", "missing"},
		{"{\"policy\":\"p\",\"roles\":{},\"dailyCapMinor\":1}",
		 "/fourEyesMinor", "missing"},
		{"{\"policy\":\"p\",\"roles\":{},\"fourEyesMinor\":1}",
		 "/dailyCapMinor", "missing"},
		{"{\"policy\":\"p\",\"roles\":{\"boss\":{\"limitMinor\":1}},"
		 "\"fourEyesMinor\":1,\"dailyCapMinor\":1}",
		 "/roles/boss", "unknown role"},
		{"{\"policy\":\"p\",\"roles\":{\"agent\":{}},"
		 "\"fourEyesMinor\":1,\"dailyCapMinor\":1}",
		 "/roles/agent/limitMinor", "missing"},
		{"{\"policy\":\"p\",\"roles\":{\"agent\":{\"limitMinor\":-2}},"
		 "\"fourEyesMinor\":1,\"dailyCapMinor\":1}",
		 "/roles/agent/limitMinor", "whole number from -1"},
		{"{\"policy\":\"p\",\"roles\":{\"agent\":5},"
		 "\"fourEyesMinor\":1,\"dailyCapMinor\":1}",
		 "/roles/agent", "expected an object"},
		{"{\"policy\":\"p\",\"roles\":{},\"fourEyesMinor\":1.5,"
		 "\"dailyCapMinor\":1}",
		 "/fourEyesMinor", "whole number"},
		{"{\"policy\":\"p\",\"roles\":{},\"fourEyesMinor\":1,"
		 "\"dailyCapMinor\":1,\"dailyCap\":2}",
		 "/dailyCap", "unknown member"},
		{"{\"policy\":\"p\",\"roles\":{},\"fourEyesMinor\":1,"
		 "\"dailyCapMinor\":1,\"values\":[]}",
		 "/values", "expected an object"},
	};
	struct policy policy = {.document_id = -7};
	struct problems p;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_err(parse(bad[i].text, &p, &policy), ERR_INVALID);
		assert_int_equal(p.count, 1);
		assert_string_equal(p.item[0].pointer, bad[i].pointer);
		assert_non_null(strstr(p.item[0].detail, bad[i].words));
	}
	assert_int_equal(policy.document_id, -7);
}

/* An earlier complaint about something else is not this document's. */
static void judges_only_its_own_faults(void **state)
{
	struct policy policy;
	struct problems p = {.count = 0};
	cJSON *tree = NULL;

	(void)state;
	problems_add(&p, "", "before");
	assert_ok(json_parse(FULL, strlen(FULL), NULL, &tree));
	assert_ok(policy_parse(tree, &p, &policy));
	policy_release(&policy);
}

static void counts_signatures(void **state)
{
	static const struct {
		int64_t four_eyes, amount;
		int signatures;
	} rows[] = {
		{100, 99, 1}, {100, 100, 2}, {100, 101, 2}, {100, -1, 1},
		{0, 0, 2},    {0, -1, 1},    {-1, 1000, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct policy policy = {.four_eyes_minor = rows[i].four_eyes};

		assert_int_equal(policy_approvals(&policy, rows[i].amount),
				 rows[i].signatures);
	}
}

static void says_who_may_approve(void **state)
{
	static const struct policy policy = {
		.limit_minor = {[ROLE_AGENT] = 100,
				[ROLE_SUPERVISOR] = 500,
				[ROLE_ADMIN] = -1},
		.daily_cap_minor = 1000,
	};
	static const struct {
		const struct actor *who;
		enum role needed;
		int64_t amount, spent;
		const char *refusal; /* NULL: may */
	} rows[] = {
		{&vic, ROLE_VIEWER, -1, 0, "needs the role agent"},
		{&vic, ROLE_AGENT, 0, 0, "needs the role agent"},
		{&ana, ROLE_AGENT, 100, 0, NULL},
		{&ana, ROLE_AGENT, 101, 0, "limit of the role agent, 100"},
		{&ana, ROLE_SUPERVISOR, 1, 0, "needs the role supervisor"},
		{&sue, ROLE_SUPERVISOR, 500, 500, NULL},
		{&sue, ROLE_AGENT, 500, 501, "daily cap of 1000 (501"},
		{&sue, ROLE_ADMIN, -1, 0, "needs the role admin"},
		{&ada, ROLE_ADMIN, 1000, 0, NULL},
		{&ada, ROLE_ADMIN, 1001, 0, "daily cap"},
		{&ada, ROLE_ADMIN, INT64_MAX, INT64_MAX, "daily cap"},
		{&ana, ROLE_AGENT, -1, 99999, NULL}, /* no money */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct problems p = {.count = 0};

		assert_err(policy_may_approve(&policy, rows[i].who,
					      rows[i].needed, rows[i].amount,
					      rows[i].spent, &p),
			   rows[i].refusal ? ERR_DENIED : OK);
		assert_int_equal(p.count, rows[i].refusal ? 1 : 0);
		if (rows[i].refusal)
			assert_non_null(
				strstr(p.item[0].detail, rows[i].refusal));
	}
}

static void no_limit_is_no_limit(void **state)
{
	static const struct policy policy = {.limit_minor = {[ROLE_AGENT] = -1},
					     .daily_cap_minor = -1};
	struct problems p = {.count = 0};

	(void)state;
	assert_ok(policy_may_approve(&policy, &ana, ROLE_AGENT, INT64_MAX,
				     INT64_MAX, &p));
}

static void loads_the_active_one(void **state)
{
	struct policy policy;
	struct scene s;

	scene_open(&s, state);
	assert_ok(policy_load(s.db, &policy));
	assert_int_equal(policy.limit_minor[ROLE_AGENT], 50000);
	assert_true(policy.document_id > 0);
	policy_release(&policy);
}

static void none_allows_nothing(void **state)
{
	struct problems p = {.count = 0};
	struct policy policy;
	struct scene s;

	scene_open(&s, state);
	assert_ok(db_begin(s.db));
	assert_ok(document_retire(s.db, DOCUMENT_POLICY, "policy"));
	assert_ok(db_commit(s.db));
	assert_ok(policy_load(s.db, &policy));
	assert_null(policy.document);
	assert_int_equal(policy.document_id, 0);
	assert_err(policy_may_approve(&policy, &ada, ROLE_AGENT, 1, 0, &p),
		   ERR_DENIED);
	assert_int_equal(policy_approvals(&policy, 1), 2);
	policy_release(&policy);
}

static void a_damaged_one_is_damage(void **state)
{
	struct document d = {.kind = DOCUMENT_POLICY,
			     .name = "policy",
			     .digest = "0125",
			     .body = (char[]){"{\"policy\":\"policy\"}"},
			     .actor = "ops",
			     .created_ms = 1};
	struct policy policy;
	struct scene s;

	scene_open(&s, state);
	assert_ok(db_begin(s.db));
	assert_ok(document_put(s.db, &d));
	assert_ok(document_activate(s.db, &d));
	assert_ok(db_commit(s.db));
	assert_err(policy_load(s.db, &policy), ERR_CORRUPT);
}

/* Until somebody decides otherwise, a person decides. */
static void the_shipped_one_moves_no_money(void **state)
{
	char text[JSON_BYTES_MAX];
	FILE *file = fopen("conf/policy/policy.json", "r");
	const cJSON *value;
	struct policy policy;
	struct problems p;
	int count = 0;
	size_t n;

	(void)state;
	if (!file)
		skip();
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	assert_ok(parse(text, &p, &policy));
	cJSON_ArrayForEach(value, json_get(policy.document, "values"))
	{
		const cJSON *limit = json_get(value, "autoLimitMinor");

		if (!limit)
			continue;
		assert_true(limit->valuedouble == 0);
		count++;
	}
	assert_true(count > 0);
	assert_true(policy.four_eyes_minor > 0);
	assert_true(policy.daily_cap_minor > 0);
	policy_release(&policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(reads_all),
		FIXTURE_TEST(tells_each_fault),
		FIXTURE_TEST(judges_only_its_own_faults),
		FIXTURE_TEST(counts_signatures),
		FIXTURE_TEST(says_who_may_approve),
		FIXTURE_TEST(no_limit_is_no_limit),
		FIXTURE_TEST(loads_the_active_one),
		FIXTURE_TEST(none_allows_nothing),
		FIXTURE_TEST(a_damaged_one_is_damage),
		FIXTURE_TEST(the_shipped_one_moves_no_money),
	};

	return FIXTURE_RUN("policy", tests, true);
}

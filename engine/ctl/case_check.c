/*
 * Why: a case with a slip of the pen would pass, or fail, for no reason that
 * anybody sees. Says which members and operations there are not.
 */
#include <string.h>

#include "../base/json.h"
#include "case_play.h"

static const char *const case_keys[] = {
	"case",	  "about",     "ambiguous", "base",   "orderId",
	"now",	  "request",   "answers",   "people", "signals",
	"events", "operators", "group",	    "expect", NULL,
};
static const char *const expect_keys[] = {
	"issueType",  "tier",	"playbook", "path",    "notPath", "actions",
	"never",      "state",	"outcome",  "result",  "task",	  "tasks",
	"moneyMinor", "reason", "within",   "refused", NULL,
};
static const char *const person_keys[] = {
	"task", "do",	       "after", "by",	      "role",
	"form", "alternative", "notes", "reasonCode", NULL,
};

static void check_keys(const cJSON *object, const char *const *known,
		       const char *where, const char *file, struct problems *p)
{
	const cJSON *item;
	int i;

	cJSON_ArrayForEach(item, object)
	{
		for (i = 0; known[i]; i++) {
			if (item->string && strcmp(known[i], item->string) == 0)
				break;
		}
		if (!known[i])
			problems_add(p, file, "%s has no member \"%.60s\"",
				     where, item->string ? item->string : "");
	}
}

/* What is asked but stands in no declaration is a slip of the pen. */
static void check_operations(struct playing *y, const cJSON *tree,
			     const char *file)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_get(tree, "answers"))
	{
		if (!catalog_operation(y->catalog, item->string, NULL))
			problems_add(y->problems, file,
				     "answers: no operation \"%.60s\"",
				     item->string);
	}
	cJSON_ArrayForEach(item, json_get(tree, "group"))
	{
		if (!catalog_operation(y->catalog, item->string, NULL))
			problems_add(y->problems, file,
				     "group: no operation \"%.60s\"",
				     item->string);
	}
	cJSON_ArrayForEach(item, json_path(tree, "expect.never"))
	{
		if (cJSON_IsString(item) &&
		    !catalog_operation(y->catalog, item->valuestring, NULL))
			problems_add(y->problems, file,
				     "never: no operation \"%.60s\"",
				     item->valuestring);
	}
}

void case_check(struct playing *y, const cJSON *tree, const char *file)
{
	struct problems *p = y->problems;
	const cJSON *item;

	check_keys(tree, case_keys, "a case", file, p);
	check_keys(json_get(tree, "expect"), expect_keys, "expect", file, p);
	cJSON_ArrayForEach(item, json_get(tree, "people"))
		check_keys(item, person_keys, "people", file, p);
	if (!json_string(tree, "case", NULL))
		problems_add(p, file, "a case without a name (\"case\")");
	if (!json_get(tree, "expect"))
		problems_add(p, file, "nothing is expected (\"expect\")");
	check_operations(y, tree, file);
}

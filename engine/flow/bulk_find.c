/*
 * Why: what a bulk is asked for is checked whole, and its runs are searched
 * for, before anything is written: nobody waits for a long search, and a word
 * that is read past would be an approval for all of them.
 */
#include <string.h>

#include "../base/json.h"
#include "bulk_item.h"
#include "filter.h"
#include "note.h"

#define PRIORITY_LAST 3

/* A member that nobody reads would leave the proposal chosen by mistake, for
 * all of them. */
static void check_decision(const cJSON *d, struct problems *p)
{
	static const struct {
		const char *name;
		int types;
		const char *expected;
	} members[] = {
		{"approved", cJSON_True | cJSON_False, "true or false"},
		{"reasonCode", cJSON_String, "a text"},
		{"alternative", cJSON_String | cJSON_NULL, "a text"},
		{"notes", cJSON_String | cJSON_NULL, "a text"},
		{"form", cJSON_Object | cJSON_NULL, "an object"},
	};
	const size_t count = sizeof(members) / sizeof(members[0]);
	const cJSON *item;
	char at[128];

	cJSON_ArrayForEach(item, d)
	{
		size_t i = 0;

		while (i < count && strcmp(members[i].name, item->string) != 0)
			i++;
		if (i < count && item->type & members[i].types)
			continue;
		STR_COPY(at, "/decision");
		json_pointer_key(at, sizeof(at), item->string);
		if (i < count)
			problems_add(p, at, "expected %s", members[i].expected);
		else
			problems_add(p, at,
				     "unknown; expected approved, reasonCode, "
				     "alternative, notes or form");
	}
}

static void check_params(const struct bulk_request *q, struct problems *p)
{
	const cJSON *d = q->decision;

	if (strcmp(q->operation, "priority") == 0 &&
	    (q->priority < 0 || q->priority > PRIORITY_LAST))
		problems_add(p, "/priority", "expected 0 to %d", PRIORITY_LAST);
	if (strcmp(q->operation, "replay") == 0 && (!q->step || !*q->step))
		problems_add(p, "/step", "missing: the step to start from");
	if (strcmp(q->operation, "migrate") == 0 &&
	    (!q->playbook || !*q->playbook))
		problems_add(p, "/playbook", "missing: the playbook to go by");
	if (strcmp(q->operation, "decide") != 0)
		return;
	if (!cJSON_IsObject(d) || !cJSON_IsBool(json_get(d, "approved")))
		problems_add(p, "/decision/approved", "expected true or false");
	check_decision(d, p);
	if (!json_string(d, "reasonCode", "")[0])
		problems_add(p, "/decision/reasonCode",
			     "missing: one reason code for all of them");
	if (!json_string(q->filter, "issue", "")[0])
		problems_add(p, "/filter/issue",
			     "missing: a decision is for one issue type");
}

enum err bulk_check(const struct bulk_request *q, struct problems *p)
{
	int before = p->count + p->dropped;

	if (!bulk_kind_find(q->operation)) {
		problems_add(p, "/operation",
			     "expected one of pause, resume, retry, cancel, "
			     "kill, priority, replay, decide, migrate");
		return ERR_INVALID;
	}
	(void)text_check(q->reason, "/reason", REASON_SIZE - 1, p);
	if (q->rate < 1 || q->rate > BULK_RATE_MAX)
		problems_add(p, "/ratePerSecond", "expected 1 to %d",
			     BULK_RATE_MAX);
	check_params(q, p);
	return p->count + p->dropped > before ? ERR_INVALID : OK;
}

struct found {
	int64_t *run_id;
	int count;
};

static enum err add_found(void *context, const struct run *r)
{
	struct found *f = context;

	if (f->count == BULK_ITEMS_MAX)
		return ERR_TOO_LARGE;
	f->run_id[f->count++] = r->id;
	return OK;
}

enum err bulk_find(struct db *db, const struct world *w, struct bulk_request *q,
		   struct arena *a, struct problems *p)
{
	struct found f = {
		.run_id = arena_alloc(a, BULK_ITEMS_MAX * sizeof(int64_t))};
	struct filter filter;
	enum err e = bulk_check(q, p);

	if (e == OK)
		e = filter_parse(q->filter, world_wall_ms(w), p, &filter);
	if (e == OK)
		e = filter_each(db, &filter, add_found, &f);
	if (e == ERR_TOO_LARGE)
		problems_add(p, "/filter",
			     "more than %d runs match, or more than %d would "
			     "have to be looked at; narrow it down",
			     BULK_ITEMS_MAX, FILTER_SCAN_MAX);
	q->run_ids = f.run_id;
	q->run_count = f.count;
	return e;
}

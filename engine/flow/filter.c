/*
 * From a filter in JSON to runs (filter.h): one table of names and what each is
 * good for, so that an unknown one is refused and not ignored.
 */
#include "filter.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "stuck.h"

#define PAGE 200
#define TEXT_MAX 200

enum filter_type { TEXT, AMOUNT, STATE, FLAG, AGE, STUCK, PLAYBOOK, IDS };

#define RUN(member) offsetof(struct filter, run.member)
static const struct filter_name {
	const char *name;
	enum filter_type type;
	size_t offset;
} names[] = {
	{"order", TEXT, RUN(order_id)},
	{"prefix", TEXT, RUN(order_prefix)},
	{"run", TEXT, RUN(public_id)},
	{"eventKey", TEXT, RUN(event_key)},
	{"state", STATE, RUN(state)},
	{"open", FLAG, RUN(open)},
	{"step", TEXT, RUN(step)},
	{"issue", TEXT, RUN(issue_type)},
	{"adapter", TEXT, RUN(adapter)},
	{"outcome", TEXT, RUN(outcome)},
	{"amountMin", AMOUNT, RUN(amount_min)},
	{"amountMax", AMOUNT, RUN(amount_max)},
	{"event", TEXT, RUN(event_ref)},
	{"seller", TEXT, RUN(seller_ref)},
	{"venue", TEXT, RUN(venue_ref)},
	{"platform", TEXT, RUN(platform_ref)},
	{"minAge", AGE, RUN(created_before_ms)},
	{"playbook", PLAYBOOK, RUN(playbook)},
	{"stuck", STUCK, offsetof(struct filter, stuck)},
	{"runIds", IDS, offsetof(struct filter, run_ids)},
	{"orderIds", IDS, offsetof(struct filter, order_ids)},
};

static const struct filter_name *find(const char *name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, name) == 0)
			return &names[i];
	return NULL;
}

static bool is_text(const cJSON *item)
{
	return cJSON_IsString(item) && item->valuestring[0] &&
	       strlen(item->valuestring) < TEXT_MAX;
}

static bool set_ids(const cJSON *item, const cJSON **ret_ids)
{
	const cJSON *id;
	int count = cJSON_GetArraySize(item);

	if (!cJSON_IsArray(item) || count < 1 || count > FILTER_IDS_MAX)
		return false;
	cJSON_ArrayForEach(id, item)
	{
		if (!is_text(id))
			return false;
	}
	*ret_ids = item;
	return true;
}

bool filter_stuck(const char *ref, int64_t now_ms, struct filter *f)
{
	bool asked;

	if (!stuck_filter(ref, now_ms, &f->run, &asked))
		return false;
	f->stuck = asked ? ref : NULL;
	return true;
}

bool filter_playbook(const char *text, struct run_filter *f)
{
	const char *at = strchr(text, '@');
	size_t length = at ? (size_t)(at - text) : strlen(text);
	char *end = NULL;

	if (length == 0 || length >= sizeof(f->playbook))
		return false;
	f->playbook_version = 0;
	if (at) {
		f->playbook_version = strtol(at + 1, &end, 10);
		if (f->playbook_version < 1 || *end || at[1] < '0')
			return false;
	}
	(void)snprintf(f->playbook, sizeof(f->playbook), "%.*s", (int)length,
		       text);
	return true;
}

static bool set_one(const struct filter_name *n, const cJSON *item,
		    int64_t now_ms, struct filter *f)
{
	void *at = (char *)f + n->offset;
	enum run_state state;
	int64_t ms;

	switch (n->type) {
	case TEXT:
		*(const char **)at = is_text(item) ? item->valuestring : NULL;
		return is_text(item);
	case AMOUNT:
		if (!json_is_int(item) || item->valuedouble < 0)
			return false;
		*(int64_t *)at = (int64_t)item->valuedouble;
		return true;
	case STATE:
		if (!is_text(item) ||
		    !run_state_parse(item->valuestring, &state))
			return false;
		*(int *)at = (int)state;
		return true;
	case FLAG:
		*(int *)at = cJSON_IsTrue(item);
		return cJSON_IsBool(item);
	case AGE:
		if (!is_text(item) || duration_parse(item->valuestring, &ms))
			return false;
		*(int64_t *)at = now_ms - ms;
		return true;
	case STUCK:
		return is_text(item) &&
		       filter_stuck(item->valuestring, now_ms, f);
	case PLAYBOOK:
		return is_text(item) &&
		       filter_playbook(item->valuestring, &f->run);
	case IDS:
		return set_ids(item, at);
	}
	return false;
}

static const char *const wanted[] = {
	[TEXT] = "expected a text",
	[AMOUNT] = "expected an amount in minor units",
	[STATE] = "expected a state of a run",
	[FLAG] = "expected true or false",
	[AGE] = "expected a duration such as 90s, 30m, 2h or 3d",
	[STUCK] = "expected a group of GET /v1/stuck",
	[PLAYBOOK] = "expected a playbook, as triage, or one version of it, "
		     "as triage@3",
	[IDS] = "expected a list of 1 to 5000 ids",
};

enum err filter_parse(const cJSON *tree, int64_t now_ms, struct problems *p,
		      struct filter *ret_filter)
{
	struct filter f = {.run = RUN_FILTER_ANY};
	int before = p->count + p->dropped, count = 0;
	const cJSON *item;

	if (!cJSON_IsObject(tree) || !tree->child) {
		problems_add(p, "/filter",
			     "expected at least one condition, such as "
			     "{\"open\": true}");
		return ERR_INVALID;
	}
	cJSON_ArrayForEach(item, tree)
	{
		const struct filter_name *n = find(item->string);
		char at[96];

		(void)snprintf(at, sizeof(at), "/filter/%.60s", item->string);
		if (!n)
			problems_add(p, at, "there is no such condition");
		else if (!set_one(n, item, now_ms, &f))
			problems_add(p, at, "%s", wanted[n->type]);
		count++;
	}
	if ((f.run_ids || f.order_ids) && count > 1)
		problems_add(p, "/filter", "a list of ids stands alone");
	if (p->count + p->dropped > before)
		return ERR_INVALID;
	*ret_filter = f;
	return OK;
}

static bool meant(const struct filter *f, const struct run *r)
{
	char ref[STUCK_REF_SIZE];

	return !f->stuck || (stuck_ref(r, ref) && strcmp(ref, f->stuck) == 0);
}

static enum err each_id(struct db *db, const struct filter *f,
			enum err (*each)(void *context, const struct run *r),
			void *context)
{
	const cJSON *ids = f->run_ids ? f->run_ids : f->order_ids, *id;
	struct run r;
	enum err e = OK;

	cJSON_ArrayForEach(id, ids)
	{
		e = f->run_ids ? run_by_public_id(db, id->valuestring, &r)
			       : run_latest_of_order(db, id->valuestring, &r);
		if (e == OK)
			e = each(context, &r);
		if (e != OK && e != ERR_NOT_FOUND)
			return e;
	}
	return OK;
}

enum err filter_each(struct db *db, const struct filter *f,
		     enum err (*each)(void *context, const struct run *r),
		     void *context)
{
	struct run_filter page = f->run;
	struct run *runs;
	int count = PAGE, scanned = 0, i;
	enum err e = OK;

	if (f->run_ids || f->order_ids)
		return each_id(db, f, each, context);
	runs = mem_alloc(PAGE * sizeof(*runs));
	page.limit = PAGE;
	while (e == OK && count == PAGE) {
		e = run_list(db, &page, runs, &count);
		scanned += count;
		if (e == OK && scanned > FILTER_SCAN_MAX)
			e = ERR_TOO_LARGE;
		for (i = 0; e == OK && i < count; i++) {
			if (meant(f, &runs[i]))
				e = each(context, &runs[i]);
		}
		if (e == OK && count > 0)
			page.before_id = runs[count - 1].id;
	}
	free(runs);
	return e;
}

enum err filter_page(struct db *db, const struct filter *f, int room,
		     struct run *ret_runs, int *ret_count, int64_t *ret_next)
{
	struct run_filter page = f->run;
	int scanned = 0, count = 0, found = PAGE, i = PAGE;
	struct run *runs = mem_alloc(PAGE * sizeof(*runs));
	enum err e = OK;

	page.limit = PAGE;
	while (e == OK && i == found && found == PAGE && count < room &&
	       scanned < FILTER_PAGE_SCAN_MAX) {
		e = run_list(db, &page, runs, &found);
		for (i = 0; e == OK && i < found && count < room; i++) {
			if (meant(f, &runs[i]))
				ret_runs[count++] = runs[i];
			page.before_id = runs[i].id;
		}
		scanned += found;
	}
	free(runs);
	if (e != OK)
		return e;
	*ret_count = count;
	*ret_next = i == found && found < PAGE ? 0 : page.before_id;
	return OK;
}

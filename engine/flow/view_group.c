/*
 * Groups of runs in JSON (view_group.h). The groups of runs that do not move
 * are put together here and not by the database: what makes two errors the same
 * is a function of their words (stuck.h).
 */
#include "view_group.h"

#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "stuck.h"

#define GROUPS_MAX 500
#define ORDERS_SHOWN 5

struct pile {
	char ref[STUCK_REF_SIZE];
	struct stuck stuck;
	int64_t count, first_ms, last_ms, next_ms;
	char order[ORDERS_SHOWN][ORDER_ID_SIZE];
};

struct piles {
	struct pile *pile;
	int count;
	bool full;
};

static struct pile *pile_of(struct piles *p, const char *ref)
{
	for (int i = 0; i < p->count; i++)
		if (strcmp(p->pile[i].ref, ref) == 0)
			return &p->pile[i];
	if (p->count == GROUPS_MAX) {
		p->full = true;
		return NULL;
	}
	STR_COPY(p->pile[p->count].ref, ref);
	return &p->pile[p->count++];
}

static void add_run(void *context, const struct run *r)
{
	struct piles *p = context;
	char ref[STUCK_REF_SIZE];
	struct pile *to;

	if (!stuck_ref(r, ref))
		return;
	to = pile_of(p, ref);
	if (!to)
		return;
	if (to->count == 0) {
		(void)stuck_of(r, &to->stuck);
		to->first_ms = to->last_ms = r->updated_ms;
	}
	if (to->count < ORDERS_SHOWN)
		STR_COPY(to->order[to->count], r->order_id);
	if (r->updated_ms < to->first_ms)
		to->first_ms = r->updated_ms;
	if (r->updated_ms > to->last_ms)
		to->last_ms = r->updated_ms;
	if (r->due_ms && (!to->next_ms || r->due_ms < to->next_ms))
		to->next_ms = r->due_ms;
	to->count++;
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

/* Every member that a group can have, so that a page need not ask. */
static cJSON *group_row(const char *ref, const char *kind, int64_t count)
{
	static const char *const later[] = {
		"state",     "adapter",	  "step",     "operation", "error",
		"issueType", "firstSeen", "lastSeen", "nextAt"};
	cJSON *o = cJSON_CreateObject(), *filter = cJSON_CreateObject();

	json_set_string(o, "group", ref);
	json_set_string(o, "kind", kind);
	json_set_int(o, "count", count);
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		json_set_null(o, later[i]);
	json_set_string(filter, "stuck", ref);
	json_set(o, "filter", filter);
	json_set(o, "orderIds", cJSON_CreateArray());
	return o;
}

static void add_order(cJSON *o, const char *order_id)
{
	if (order_id[0])
		cJSON_AddItemToArray(
			cJSON_GetObjectItemCaseSensitive(o, "orderIds"),
			cJSON_CreateString(order_id));
}

static cJSON *view_pile(const struct pile *p)
{
	const char *state = run_state_name(p->stuck.state);
	cJSON *o = group_row(p->ref, state, p->count);

	json_set_string(o, "state", state);
	json_set_string(o, "adapter", or_null(p->stuck.adapter));
	json_set_string(o, "step", or_null(p->stuck.step));
	json_set_string(o, "error", or_null(p->stuck.error));
	json_set_time(o, "firstSeen", p->first_ms);
	json_set_time(o, "lastSeen", p->last_ms);
	json_set_time(o, "nextAt", p->next_ms);
	for (int i = 0; i < ORDERS_SHOWN; i++)
		add_order(o, p->order[i]);
	return o;
}

static void show_orders(cJSON *o, const struct stuck_sum *s)
{
	add_order(o, s->order_id[0]);
	if (strcmp(s->order_id[0], s->order_id[1]) != 0)
		add_order(o, s->order_id[1]);
	json_set_time(o, "firstSeen", s->first_ms);
	json_set_time(o, "lastSeen", s->last_ms);
}

static cJSON *view_call_group(const struct stuck_sum *s, struct arena *a)
{
	cJSON *o = group_row(
		arena_printf(a, "UNKNOWN.%s.%s", s->adapter, s->operation),
		"UNKNOWN", s->count);

	json_set_string(o, "adapter", s->adapter);
	json_set_string(o, "operation", s->operation);
	json_set_string(o, "error",
			s->money ? "nobody knows whether money moved: settle"
				 : "nobody knows whether it happened: settle");
	show_orders(o, s);
	return o;
}

static cJSON *view_task_group(const struct stuck_sum *s, struct arena *a)
{
	cJSON *o = group_row(arena_printf(a, "OVERDUE.%s.%s.%s", s->issue_type,
					  s->step, s->role),
			     "OVERDUE", s->count);

	json_set_string(o, "state", "WAITING_TASK");
	json_set_string(o, "step", or_null(s->step));
	json_set_string(o, "issueType", or_null(s->issue_type));
	json_set_string(
		o, "error",
		arena_printf(a, "past the due time, for the role %s", s->role));
	show_orders(o, s);
	return o;
}

static enum err add_runs(struct db *db, struct arena *a, cJSON *list,
			 int64_t *scanned, bool *limited)
{
	static const enum run_state states[] = {RUN_HELD, RUN_BLOCKED,
						RUN_BACKING_OFF, RUN_PAUSED};
	struct piles p = {
		.pile = arena_alloc(a, GROUPS_MAX * sizeof(struct pile))};
	enum err e = OK;
	int count = 0;

	for (size_t i = 0; e == OK && i < sizeof(states) / sizeof(states[0]);
	     i++) {
		e = stuck_runs(db, states[i], STUCK_SCAN_MAX, add_run, &p,
			       &count);
		*scanned += count;
		*limited = *limited || count == STUCK_SCAN_MAX;
	}
	*limited = *limited || p.full;
	for (int i = 0; e == OK && i < p.count; i++)
		cJSON_AddItemToArray(list, view_pile(&p.pile[i]));
	return e;
}

enum err view_stuck(struct db *db, int64_t now_ms, struct arena *a,
		    cJSON **ret_tree)
{
	cJSON *tree = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(tree, "groups");
	struct stuck_sum *sums = NULL;
	bool limited = false;
	int64_t scanned = 0;
	int count = 0;
	enum err e = stuck_calls(db, STUCK_SCAN_MAX, a, &sums, &count);

	for (int i = 0; e == OK && i < count; i++)
		cJSON_AddItemToArray(list, view_call_group(&sums[i], a));
	if (e == OK)
		e = add_runs(db, a, list, &scanned, &limited);
	if (e == OK)
		e = stuck_tasks(db, now_ms, STUCK_SCAN_MAX, a, &sums, &count);
	for (int i = 0; e == OK && i < count; i++)
		cJSON_AddItemToArray(list, view_task_group(&sums[i], a));
	json_set_int(tree, "scanned", scanned);
	json_set_bool(tree, "limited", limited);
	if (e == OK)
		*ret_tree = tree;
	else
		cJSON_Delete(tree);
	return e;
}

/* ---- what belongs together ---- */

static void add_amount(cJSON *list, const struct group_part *p)
{
	cJSON *row;

	if (!p->currency[0])
		return;
	cJSON_ArrayForEach(row, list)
	{
		if (strcmp(json_string(row, "currency", ""), p->currency) == 0)
			break;
	}
	if (!row) {
		row = cJSON_CreateObject();
		json_set_string(row, "currency", p->currency);
		json_set_int(row, "amountMinor", 0);
		cJSON_AddItemToArray(list, row);
	}
	json_set_int(row, "amountMinor",
		     json_int(row, "amountMinor", 0) + p->amount_minor);
}

static void add_issue(cJSON *list, const struct group_part *p)
{
	cJSON *row;

	cJSON_ArrayForEach(row, list)
	{
		if (strcmp(json_string(row, "issueType", ""), p->issue_type) ==
		    0)
			break;
	}
	if (!row) {
		row = cJSON_CreateObject();
		json_set_string(row, "issueType", or_null(p->issue_type));
		json_set_int(row, "count", 0);
		cJSON_AddItemToArray(list, row);
	}
	json_set_int(row, "count", json_int(row, "count", 0) + p->count);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return !a || (b && b < a) ? b : a;
}

static cJSON *view_group(enum group_by by, const struct group *g,
			 const struct group_part *parts, int count)
{
	cJSON *o = cJSON_CreateObject(), *filter = cJSON_CreateObject();
	int64_t deadline = 0, waiting = 0, held = 0;
	cJSON *amounts, *issues;

	json_set_string(o, "ref", g->ref);
	json_set_int(o, "runs", g->count);
	amounts = cJSON_AddArrayToObject(o, "amounts");
	issues = cJSON_AddArrayToObject(o, "issueTypes");
	for (int i = 0; i < count; i++) {
		const struct group_part *p = &parts[i];

		add_amount(amounts, p);
		add_issue(issues, p);
		deadline = earlier(deadline,
				   p->urgent_ms ? p->urgent_ms : p->event_ms);
		waiting += p->waiting_task;
		held += p->held;
	}
	json_set_int(o, "waitingTask", waiting);
	json_set_int(o, "held", held);
	json_set_time(o, "nextDeadlineAt", deadline);
	json_set_bool(o, "limited", g->count > GROUP_RUNS_MAX);
	json_set_string(filter, group_by_name(by), g->ref);
	json_set_bool(filter, "open", true);
	json_set(o, "filter", filter);
	return o;
}

enum err view_groups(struct db *db, enum group_by by, int limit,
		     struct arena *a, cJSON **ret_tree)
{
	cJSON *tree = cJSON_CreateObject(), *data;
	struct group_part *parts = NULL;
	struct group *groups = NULL;
	int count = 0, part_count = 0;
	enum err e = group_list(db, by, limit + 1, a, &groups, &count);

	json_set_string(tree, "by", group_by_name(by));
	data = cJSON_AddArrayToObject(tree, "data");
	json_set_bool(tree, "hasMore", count > limit);
	for (int i = 0; e == OK && i < count && i < limit; i++) {
		e = group_parts(db, by, groups[i].ref, GROUP_RUNS_MAX, a,
				&parts, &part_count);
		if (e == OK)
			cJSON_AddItemToArray(
				data,
				view_group(by, &groups[i], parts, part_count));
	}
	if (e == OK)
		*ret_tree = tree;
	else
		cJSON_Delete(tree);
	return e;
}

/*
 * Why: a run keeps how often it visited a step, not from where. What it did at
 * the steps is on record with a time: calls, tasks, rules. Put in order they
 * say the way; between two of them only steps lie that leave nothing behind.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../store/audit_store.h"
#include "../store/call_store.h"
#include "../store/task_store.h"
#include "audit.h"
#include "graph.h"
#include "progress.h"

#define CALLS_MAX 2000
#define TASKS_MAX 200
#define ENTRIES_MAX 5000

struct sight {
	int node, visit;      /* below 0: one of its own */
	int64_t at_ms, order; /* at the same moment: as they were written */
};
struct sights {
	struct sight *item;
	int count, room;
};

static int node_of(const struct graph *g, const char *step)
{
	int i;

	for (i = 0; i < g->playbook->step_count; i++) {
		if (strcmp(g->node[i].name, step) == 0)
			return i;
	}
	return -1;
}

static void see(struct sights *s, int node, int visit, int64_t at_ms)
{
	if (node < 0 || s->count == s->room)
		return;
	s->item[s->count] = (struct sight){.node = node,
					   .visit = visit,
					   .at_ms = at_ms,
					   .order = s->count};
	s->count++;
}

static int by_time(const void *a, const void *b)
{
	const struct sight *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* The rule of a choice names the very edge. */
static void rule_taken(struct graph *g, int from, const char *rule)
{
	const struct step *s = &g->playbook->step[from];
	int i, j;

	for (i = 0; i < s->choice_count; i++) {
		const struct choice *c = &s->choice[i];
		const char *to = c->next >= 0 ? g->node[c->next].name : "hold";

		if (strcmp(c->name ? c->name : "", rule) != 0)
			continue;
		if (c->route)
			to = arena_printf(g->arena, "to %s", c->route);
		for (j = 0; j < g->edge_count; j++) {
			struct graph_edge *e = &g->edge[j];

			if (e->from == from &&
			    strcmp(g->node[e->to].name, to) == 0)
				e->taken = g->node[e->to].taken = true;
		}
	}
}

/* Of the last time that the run was routed to this playbook, and after. */
static int64_t routed_ms(const struct graph *g, const struct audit_entry *entry,
			 int count)
{
	int64_t at = 0;
	int i;

	for (i = 0; i < count; i++) {
		cJSON *data;

		if (strcmp(entry[i].kind, audit_kind_name(AUDIT_ROUTED)) != 0)
			continue;
		data = cJSON_Parse(entry[i].data);
		if (strcmp(json_string(data, "playbook", ""),
			   g->playbook->name) == 0)
			at = entry[i].at_ms;
		cJSON_Delete(data);
	}
	return at;
}

static void see_entries(struct graph *g, struct sights *s,
			const struct audit_entry *entry, int count,
			int64_t from_ms)
{
	int i;

	for (i = 0; i < count; i++) {
		cJSON *data;
		int node;

		if (entry[i].at_ms < from_ms ||
		    strcmp(entry[i].kind, audit_kind_name(AUDIT_CHOSEN)) != 0)
			continue;
		data = cJSON_Parse(entry[i].data);
		node = node_of(g, json_string(data, "step", ""));
		see(s, node, -1 - i, entry[i].at_ms);
		if (node >= 0)
			rule_taken(g, node, json_string(data, "rule", ""));
		cJSON_Delete(data);
	}
}

static enum err see_rows(struct graph *g, struct db *db, const struct run *r,
			 struct sights *s, int64_t from_ms)
{
	struct call *call;
	struct task *task;
	int count, i;
	enum err e = call_of_run(db, r->id, CALLS_MAX, g->arena, &call, &count);

	for (i = 0; e == OK && i < count; i++) {
		if (call[i].intent_ms >= from_ms)
			see(s, node_of(g, call[i].step), call[i].visit,
			    call[i].intent_ms);
	}
	if (e == OK)
		e = task_of_run(db, r->id, TASKS_MAX, g->arena, &task, &count);
	for (i = 0; e == OK && i < count; i++) {
		if (task[i].created_ms >= from_ms)
			see(s, node_of(g, task[i].step), task[i].visit,
			    task[i].created_ms);
	}
	return e;
}

/* The shortest way over visited steps; marks its edges. False: there is none.
 */
static bool mark_way(struct graph *g, int from, int to)
{
	int via[GRAPH_NODES_MAX], queue[GRAPH_NODES_MAX], head = 0, tail = 0;
	int i;

	for (i = 0; i < GRAPH_NODES_MAX; i++)
		via[i] = -1;
	queue[tail++] = from;
	while (head < tail && via[to] < 0) {
		int at = queue[head++];

		for (i = 0; i < g->edge_count; i++) {
			const struct graph_edge *e = &g->edge[i];

			if (e->from != at || via[e->to] >= 0 ||
			    (e->to != to && g->node[e->to].visits == 0))
				continue;
			via[e->to] = i;
			if (tail < GRAPH_NODES_MAX)
				queue[tail++] = e->to;
		}
	}
	if (via[to] < 0)
		return false;
	for (i = to; via[i] >= 0; i = g->edge[via[i]].from) {
		g->edge[via[i]].taken = true;
		if (g->edge[via[i]].from == from)
			break;
	}
	return true;
}

static void mark_visits(struct graph *g, const struct run *r)
{
	struct progress *p = arena_alloc(g->arena, sizeof(*p));
	int i;

	if (!progress_parse(r->progress, p))
		return;
	for (i = 0; i < p->item_count; i++) {
		int node = node_of(g, p->item[i].step);

		if (node < 0)
			continue;
		g->node[node].visits = p->item[i].visit;
		g->node[node].taken = p->item[i].visit > 0;
	}
}

enum err graph_mark(struct graph *g, struct db *db, const struct run *r)
{
	struct sights s = {.count = 0, .room = ENTRIES_MAX};
	struct audit_entry *entry;
	int64_t from_ms;
	int count, i, here = node_of(g, r->step);
	enum err e =
		audit_list(db, r->id, 0, ENTRIES_MAX, g->arena, &entry, &count);

	if (e != OK)
		return e;
	s.item = arena_alloc(g->arena, ENTRIES_MAX * sizeof(*s.item));
	STR_COPY(g->run_id, r->public_id);
	mark_visits(g, r);
	from_ms = routed_ms(g, entry, count);
	see(&s, 0, 1, from_ms);
	see_entries(g, &s, entry, count, from_ms);
	e = see_rows(g, db, r, &s, from_ms);
	if (e != OK)
		return e;
	qsort(s.item, (size_t)s.count, sizeof(*s.item), by_time);
	for (i = 1; i < s.count; i++) {
		if (s.item[i].node != s.item[i - 1].node ||
		    s.item[i].visit != s.item[i - 1].visit)
			(void)mark_way(g, s.item[i - 1].node, s.item[i].node);
	}
	if (here >= 0 && r->playbook_id == g->playbook->document_id) {
		g->node[here].here = true;
		if (s.item[s.count - 1].node != here)
			(void)mark_way(g, s.item[s.count - 1].node, here);
	}
	return OK;
}

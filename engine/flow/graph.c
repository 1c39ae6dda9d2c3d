/*
 * Why: whoever changes a playbook wants to see it, and whoever looks at a run
 * wants to see where in it the run is. See graph.h.
 */
#include "graph.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"

/* ---- nodes ---- */

static const char *reads_title(struct graph *g, const struct step *s)
{
	const char *text = "";
	int i;

	for (i = 0; i < s->read_count; i++)
		text = arena_printf(g->arena, "%s%s%s", text, i ? ", " : "",
				    s->read[i].as);
	return text;
}

static const char *signals_title(struct graph *g, const struct step *s)
{
	const char *text = "";
	int i;

	for (i = 0; i < s->signal_count; i++)
		text = arena_printf(g->arena, "%s%s%s", text, i ? ", " : "",
				    s->signals[i]);
	return text[0] ? text : "time";
}

static const char *title_of(struct graph *g, const struct step *s)
{
	switch (s->kind) {
	case STEP_CALL:
		return s->operation;
	case STEP_GATHER:
		return reads_title(g, s);
	case STEP_TASK:
		return s->title;
	case STEP_WAIT:
		return signals_title(g, s);
	case STEP_REPEAT:
		return arena_printf(g->arena, "at most %d rounds",
				    s->maximum_attempts);
	case STEP_FINISH:
		return s->outcome;
	case STEP_PLAYBOOK:
		return s->playbook;
	case STEP_CHOOSE:
	case STEP_COMPENSATE:
	case STEP_KIND_COUNT:
		break;
	}
	return "";
}

static int node_named(struct graph *g, const char *name, const char *kind,
		      const char *title)
{
	struct graph_node *n;
	int i;

	for (i = g->playbook->step_count; i < g->node_count; i++) {
		if (strcmp(g->node[i].name, name) == 0)
			return i;
	}
	if (g->node_count == GRAPH_NODES_MAX)
		return -1;
	n = &g->node[g->node_count];
	STR_COPY(n->name, name);
	n->kind = kind;
	n->title = title;
	return g->node_count++;
}

/* ---- edges ---- */

static void edge(struct graph *g, int from, int to, const char *label)
{
	int i;

	if (to < 0)
		return;
	for (i = 0; i < g->edge_count; i++) {
		struct graph_edge *e = &g->edge[i];

		if (e->from != from || e->to != to)
			continue;
		if (strcmp(e->label, label) != 0)
			e->label = arena_printf(g->arena, "%s, %s", e->label,
						label);
		return;
	}
	if (g->edge_count < GRAPH_EDGES_MAX)
		g->edge[g->edge_count++] = (struct graph_edge){
			.from = from, .to = to, .label = label};
}

/* A rule may stop, too, or lead out of the playbook. */
static void rule_edge(struct graph *g, int from, const struct choice *c)
{
	const char *label = c->name ? c->name : "otherwise";
	int to = c->next;

	if (c->route)
		to = node_named(g, arena_printf(g->arena, "to %s", c->route),
				"route", c->route);
	else if (to == GO_HOLD)
		to = node_named(g, "hold", "hold", "an operator looks");
	edge(g, from, to, label);
}

static void task_edges(struct graph *g, int from, const struct step *s)
{
	int i;

	edge(g, from, s->on_approve, "approve");
	for (i = 0; i < s->alternative_count; i++)
		edge(g, from, s->alternative[i].next, s->alternative[i].name);
	edge(g, from, s->on_reject, "reject");
	edge(g, from, s->on_void, "facts moved");
	edge(g, from, s->on_due, "due");
}

static const char *next_label(const struct step *s)
{
	switch (s->kind) {
	case STEP_WAIT:
		return s->signal ? "heard" : "";
	case STEP_REPEAT:
		return "done";
	case STEP_CALL:
	case STEP_GATHER:
	case STEP_COMPENSATE:
	case STEP_PLAYBOOK:
		return "ok";
	case STEP_CHOOSE:
	case STEP_TASK:
	case STEP_FINISH:
	case STEP_KIND_COUNT:
		break;
	}
	return "";
}

static bool goes_on(const struct step *s)
{
	return s->kind != STEP_CHOOSE && s->kind != STEP_TASK &&
	       s->kind != STEP_FINISH;
}

static bool can_fail(const struct step *s)
{
	return s->kind == STEP_CALL || s->kind == STEP_GATHER ||
	       s->kind == STEP_TASK || s->kind == STEP_COMPENSATE;
}

static void edges_of(struct graph *g, int from)
{
	const struct step *s = &g->playbook->step[from];
	int i;

	if (s->kind == STEP_REPEAT) {
		edge(g, from, s->body, "round");
		edge(g, from, s->on_exhausted, "used up");
	}
	if (goes_on(s))
		edge(g, from, s->next, next_label(s));
	if (s->kind == STEP_TASK)
		task_edges(g, from, s);
	for (i = 0; i < s->choice_count; i++)
		rule_edge(g, from, &s->choice[i]);
	if (can_fail(s)) {
		edge(g, from, s->on_failure, "fails");
		edge(g, from, s->on_unknown, "unknown");
		edge(g, from, s->on_stale, "stale");
	}
	if (s->kind == STEP_WAIT || s->timeout_ms)
		edge(g, from, s->on_timeout, "time out");
}

void graph_of(const struct playbook *b, struct arena *a,
	      struct graph *ret_graph)
{
	struct graph *g = ret_graph;
	int i;

	memset(g, 0, sizeof(*g));
	g->playbook = b;
	g->arena = a;
	for (i = 0; i < b->step_count; i++) {
		struct graph_node *n = &g->node[g->node_count++];

		STR_COPY(n->name, b->step[i].name);
		n->kind = step_kind_name(b->step[i].kind);
		n->title = title_of(g, &b->step[i]);
	}
	for (i = 0; i < b->step_count; i++)
		edges_of(g, i);
}

/* ---- JSON and Graphviz ---- */

cJSON *graph_tree(const struct graph *g)
{
	cJSON *tree = cJSON_CreateObject();
	cJSON *nodes = cJSON_CreateArray(), *edges = cJSON_CreateArray();
	int i;

	json_set_string(tree, "playbook", g->playbook->name);
	json_set_int(tree, "version", g->playbook->version);
	json_set_string(tree, "title", g->playbook->title);
	json_set_string(tree, "runId", g->run_id[0] ? g->run_id : NULL);
	for (i = 0; i < g->node_count; i++) {
		cJSON *n = cJSON_CreateObject();

		json_set_string(n, "step", g->node[i].name);
		json_set_string(n, "kind", g->node[i].kind);
		json_set_string(n, "title", g->node[i].title);
		json_set_bool(n, "taken", g->node[i].taken);
		json_set_int(n, "visits", g->node[i].visits);
		json_set_bool(n, "here", g->node[i].here);
		(void)cJSON_AddItemToArray(nodes, n);
	}
	for (i = 0; i < g->edge_count; i++) {
		cJSON *e = cJSON_CreateObject();

		json_set_string(e, "from", g->node[g->edge[i].from].name);
		json_set_string(e, "to", g->node[g->edge[i].to].name);
		json_set_string(e, "label", g->edge[i].label);
		json_set_bool(e, "taken", g->edge[i].taken);
		(void)cJSON_AddItemToArray(edges, e);
	}
	json_set(tree, "nodes", nodes);
	json_set(tree, "edges", edges);
	return tree;
}

static void quoted(struct strbuf *out, const char *text)
{
	strbuf_add_char(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			strbuf_add_char(out, '\\');
		strbuf_add_char(out, *text == '\n' ? ' ' : *text);
	}
	strbuf_add_char(out, '"');
}

static void dot_node(struct strbuf *out, const struct graph_node *n)
{
	static const struct {
		const char *kind, *shape;
	} shapes[] = {
		{"choose", "diamond"}, {"finish", "doubleoctagon"},
		{"task", "house"},     {"wait", "cds"},
		{"route", "rarrow"},   {"hold", "octagon"},
	};
	const char *shape = "box";

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (strcmp(shapes[i].kind, n->kind) == 0)
			shape = shapes[i].shape;
	}
	strbuf_add(out, "  ");
	quoted(out, n->name);
	strbuf_printf(out, " [shape=%s, tooltip=", shape);
	quoted(out, n->title ? n->title : "");
	strbuf_printf(out, "%s%s];\n",
		      n->taken ? ", style=filled, fillcolor=\"#cfe8d5\"" : "",
		      n->here ? ", penwidth=3" : "");
}

void graph_dot(const struct graph *g, struct strbuf *out)
{
	int i;

	strbuf_add(out, "digraph ");
	quoted(out, g->playbook->name);
	strbuf_add(out, " {\n  rankdir=TB; node [fontname=sans, fontsize=10];"
			" edge [fontname=sans, fontsize=9];\n");
	for (i = 0; i < g->node_count; i++)
		dot_node(out, &g->node[i]);
	for (i = 0; i < g->edge_count; i++) {
		const struct graph_edge *e = &g->edge[i];

		strbuf_add(out, "  ");
		quoted(out, g->node[e->from].name);
		strbuf_add(out, " -> ");
		quoted(out, g->node[e->to].name);
		strbuf_add(out, " [label=");
		quoted(out, e->label);
		strbuf_printf(out, "%s];\n",
			      e->taken ? ", color=\"#1a7f37\", penwidth=2.5"
				       : "");
	}
	strbuf_add(out, "}\n");
}

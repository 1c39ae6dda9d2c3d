#ifndef MEND_FLOW_GRAPH_H
#define MEND_FLOW_GRAPH_H

#include "../base/strbuf.h"
#include "../store/run_store.h"
#include "playbook.h"

/*
 * A playbook as a picture: its steps, where each may go and on what, and the
 * way that a run took. As JSON:
 *
 *   {"playbook", "version", "title", "runId": null | "run_…",
 *    "nodes": [{"step", "kind", "title", "taken", "visits", "here"}],
 *    "edges": [{"from", "to", "label", "taken"}]}
 *
 * Another playbook that a rule routes to is a node of kind "route", named "to
 * <playbook>"; a rule that stops leads to the node "hold" of kind "hold". Edges
 * that only stop a run when something goes wrong, and stand nowhere in the
 * file, are left out.
 */
#define GRAPH_EDGES_MAX 1024
#define GRAPH_NODES_MAX (STEPS_MAX + 64)

struct graph_node {
	char name[NAME_SIZE + 8];
	const char *kind, *title;
	int visits; /* of the run */
	bool taken, here;
};
struct graph_edge {
	int from, to; /* indexes of nodes */
	const char *label;
	bool taken;
};
struct graph {
	const struct playbook *playbook;
	struct arena *arena;
	char run_id[ID_SIZE]; /* "": no run */
	struct graph_node node[GRAPH_NODES_MAX];
	struct graph_edge edge[GRAPH_EDGES_MAX];
	int node_count, edge_count;
};

/* Strings live in a and in the playbook. */
void graph_of(const struct playbook *b, struct arena *a,
	      struct graph *ret_graph);
/* Marks the way that a run took through this playbook, as far as its rows tell:
 * calls, tasks and rules say where it was; between two of them lies the
 * shortest way over steps that it visited. */
MUST_CHECK enum err graph_mark(struct graph *g, struct db *db,
			       const struct run *r);

cJSON *graph_tree(const struct graph *g);
/* Graphviz, and a picture of our own. */
void graph_dot(const struct graph *g, struct strbuf *out);
void graph_svg(const struct graph *g, struct strbuf *out);

#endif

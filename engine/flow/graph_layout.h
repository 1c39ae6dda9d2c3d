#ifndef MEND_FLOW_GRAPH_LAYOUT_H
#define MEND_FLOW_GRAPH_LAYOUT_H

#include "graph.h"

/*
 * Between graph_layout.c and graph_svg.c: where steps stand, and where edges
 * over several layers pass through those between. x is an item's middle.
 */
#define LAYOUT_BOX_W 190
#define LAYOUT_BOX_H 40
#define LAYOUT_LANE_W 10
#define LAYOUT_GAP_X 24
#define LAYOUT_GAP_Y 64
#define LAYOUT_MARGIN 24
#define LAYOUT_ITEMS_MAX 4096

/* A node (its number is the node's) or a place in an edge's lane. */
struct layout_item {
	int layer, place, x, width;
	int above, next; /* in its lane; -1: none */
};
struct layout {
	const struct graph *g;
	struct layout_item item[LAYOUT_ITEMS_MAX];
	int item_count, layers, width;
	bool back[GRAPH_EDGES_MAX]; /* leads to a step that led here */
	int lane[GRAPH_EDGES_MAX];  /* first item of its lane; -1: none */
	int mark[GRAPH_NODES_MAX];
	int order[LAYOUT_ITEMS_MAX], wish[LAYOUT_ITEMS_MAX];
	int left[LAYOUT_ITEMS_MAX], right[LAYOUT_ITEMS_MAX];
};

void layout_make(struct layout *l, const struct graph *g);

#endif

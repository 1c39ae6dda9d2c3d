/*
 * Why: where the steps of a picture stand. They are laid in layers by their
 * longest way from the first one; an edge over several layers gets a lane of
 * its own through those between, so that it crosses no step; each layer is
 * ordered by where its neighbours above stand, and pulled towards them. What
 * goes back goes round on the right.
 */
#include "graph_layout.h"

#include <string.h>

#define ROUNDS 6

/* Depth first; what leads to a step on the way here goes back. */
static void find_back(struct layout *l, int node)
{
	int i;

	l->mark[node] = 1;
	for (i = 0; i < l->g->edge_count; i++) {
		const struct graph_edge *e = &l->g->edge[i];

		if (e->from != node)
			continue;
		if (l->mark[e->to] == 1)
			l->back[i] = true;
		else if (l->mark[e->to] == 0)
			find_back(l, e->to);
	}
	l->mark[node] = 2;
}

static void find_layers(struct layout *l)
{
	bool moved = true;
	int i, round;

	for (round = 0; moved && round < GRAPH_NODES_MAX; round++) {
		moved = false;
		for (i = 0; i < l->g->edge_count; i++) {
			const struct graph_edge *e = &l->g->edge[i];
			int next = l->item[e->from].layer + 1;

			if (l->back[i] || l->item[e->to].layer >= next)
				continue;
			l->item[e->to].layer = next;
			moved = true;
		}
	}
}

/* A lane for every edge through the layers between its ends. */
static void make_lanes(struct layout *l)
{
	int i, layer;

	for (i = 0; i < l->g->edge_count; i++) {
		const struct graph_edge *e = &l->g->edge[i];
		int above = e->from;

		l->lane[i] = -1;
		if (l->back[i])
			continue;
		for (layer = l->item[e->from].layer + 1;
		     layer < l->item[e->to].layer &&
		     l->item_count < LAYOUT_ITEMS_MAX;
		     layer++) {
			struct layout_item *k = &l->item[l->item_count];

			k->layer = layer;
			k->width = LAYOUT_LANE_W;
			k->above = above;
			k->next = -1;
			if (above == e->from)
				l->lane[i] = l->item_count;
			else
				l->item[above].next = l->item_count;
			above = l->item_count++;
		}
	}
}

/* Where the neighbours above stand, on average. */
static int wish(const struct layout *l, int item)
{
	int sum = 0, count = 0, i;

	if (item >= l->g->node_count)
		return l->item[l->item[item].above].x;
	for (i = 0; i < l->g->edge_count; i++) {
		const struct graph_edge *e = &l->g->edge[i];
		int above = e->from;

		if (e->to != item || l->back[i])
			continue;
		for (above = l->lane[i] >= 0 ? l->lane[i] : above;
		     above >= l->g->node_count && l->item[above].next >= 0;)
			above = l->item[above].next;
		sum += l->item[above].x;
		count++;
	}
	return count ? sum / count : l->item[item].x;
}

static int members(const struct layout *l, int layer, int *ret_order)
{
	int count = 0, i, j;

	for (i = 0; i < l->item_count; i++) {
		if (l->item[i].layer != layer)
			continue;
		for (j = count++; j > 0 && l->item[ret_order[j - 1]].place >
						   l->item[i].place;
		     j--)
			ret_order[j] = ret_order[j - 1];
		ret_order[j] = i;
	}
	return count;
}

static int apart(const struct layout *l, int a, int b)
{
	return (l->item[a].width + l->item[b].width) / 2 + LAYOUT_GAP_X;
}

/* As near to where each wants to be as those beside it allow: the middle
 * between pushing all to the right and pushing all to the left. */
static void place_layer(struct layout *l, int layer)
{
	int *order = l->order, count = members(l, layer, order), i;

	for (i = 0; i < count; i++)
		l->wish[i] = wish(l, order[i]);
	for (i = 0; i < count; i++)
		l->right[i] = i && l->right[i - 1] + apart(l, order[i - 1],
							   order[i]) >
						      l->wish[i]
				      ? l->right[i - 1] +
						apart(l, order[i - 1], order[i])
				      : l->wish[i];
	for (i = count - 1; i >= 0; i--)
		l->left[i] =
			i + 1 < count && l->left[i + 1] - apart(l, order[i],
								order[i + 1]) <
						 l->wish[i]
				? l->left[i + 1] -
					  apart(l, order[i], order[i + 1])
				: l->wish[i];
	for (i = 0; i < count; i++)
		l->item[order[i]].x = (l->left[i] + l->right[i]) / 2;
}

static void order_layer(struct layout *l, int layer)
{
	int *order = l->order, count = 0, i, j;

	for (i = 0; i < l->item_count; i++) {
		int w;

		if (l->item[i].layer != layer)
			continue;
		w = wish(l, i);
		for (j = count++; j > 0 && l->wish[j - 1] > w; j--) {
			l->wish[j] = l->wish[j - 1];
			order[j] = order[j - 1];
		}
		l->wish[j] = w;
		order[j] = i;
	}
	for (i = 0; i < count; i++)
		l->item[order[i]].place = i;
}

/* Nothing stands left of the margin. */
static void shift(struct layout *l)
{
	int least = 0, i;

	for (i = 0; i < l->item_count; i++) {
		int left = l->item[i].x - l->item[i].width / 2;

		if (i == 0 || left < least)
			least = left;
	}
	for (i = 0; i < l->item_count; i++) {
		int right;

		l->item[i].x += LAYOUT_MARGIN - least;
		right = l->item[i].x + l->item[i].width / 2;
		if (right > l->width)
			l->width = right;
	}
}

void layout_make(struct layout *l, const struct graph *g)
{
	int i, round;

	memset(l, 0, sizeof(*l));
	l->g = g;
	l->item_count = g->node_count;
	for (i = 0; i < g->node_count; i++) {
		l->item[i].width = LAYOUT_BOX_W;
		l->item[i].next = l->item[i].above = -1;
		if (l->mark[i] == 0)
			find_back(l, i);
	}
	find_layers(l);
	make_lanes(l);
	for (i = 0; i < l->item_count; i++) {
		if (l->item[i].layer >= l->layers)
			l->layers = l->item[i].layer + 1;
	}
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < l->layers; i++) {
			if (round < 2)
				order_layer(l, i);
			place_layer(l, i);
		}
	}
	shift(l);
}

/*
 * Why: a picture that opens anywhere, without a program to lay it out. Steps
 * stand in layers by their longest way from the first one, each layer is
 * ordered by where its predecessors stand, and what goes back goes round on the
 * right.
 */
#include "graph.h"

#include <string.h>

#define BOX_W 190
#define BOX_H 40
#define GAP_X 34
#define GAP_Y 64
#define MARGIN 24
#define TITLE_SHOWN 30

struct layout {
	const struct graph *g;
	int layer[GRAPH_NODES_MAX], place[GRAPH_NODES_MAX];
	bool back[GRAPH_EDGES_MAX]; /* leads to a step that led here */
	int mark[GRAPH_NODES_MAX];  /* 1: on the way, 2: done */
	int width[GRAPH_NODES_MAX]; /* steps in each layer */
	int layers, widest;
};

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

			if (l->back[i] || l->layer[e->to] > l->layer[e->from])
				continue;
			l->layer[e->to] = l->layer[e->from] + 1;
			moved = true;
		}
	}
}

/* Where its predecessors stand, on average, in hundredths. */
static int wish(const struct layout *l, int node)
{
	int sum = 0, count = 0, i;

	for (i = 0; i < l->g->edge_count; i++) {
		const struct graph_edge *e = &l->g->edge[i];

		if (e->to != node || l->back[i])
			continue;
		sum += 100 * l->place[e->from] -
		       50 * l->width[l->layer[e->from]];
		count++;
	}
	return count ? sum / count : 0;
}

static void order_layer(struct layout *l, int layer)
{
	int order[GRAPH_NODES_MAX], wishes[GRAPH_NODES_MAX], count = 0, i, j;

	for (i = 0; i < l->g->node_count; i++) {
		int w;

		if (l->layer[i] != layer)
			continue;
		w = wish(l, i);
		for (j = count++; j > 0 && wishes[j - 1] > w; j--) {
			wishes[j] = wishes[j - 1];
			order[j] = order[j - 1];
		}
		wishes[j] = w;
		order[j] = i;
	}
	for (i = 0; i < count; i++)
		l->place[order[i]] = i;
	l->width[layer] = count;
	if (count > l->widest)
		l->widest = count;
}

static void lay_out(struct layout *l, const struct graph *g)
{
	int i;

	memset(l, 0, sizeof(*l));
	l->g = g;
	for (i = 0; i < g->node_count; i++) {
		if (l->mark[i] == 0)
			find_back(l, i);
	}
	find_layers(l);
	for (i = 0; i < g->node_count; i++) {
		if (l->layer[i] >= l->layers)
			l->layers = l->layer[i] + 1;
	}
	for (i = 0; i < l->layers; i++)
		order_layer(l, i);
}

static int total_width(const struct layout *l)
{
	return 2 * MARGIN + l->widest * (BOX_W + GAP_X) + 4 * GAP_X;
}

static int x_of(const struct layout *l, int node)
{
	int own = l->width[l->layer[node]] * (BOX_W + GAP_X);
	int all = l->widest * (BOX_W + GAP_X);

	return MARGIN + (all - own) / 2 + l->place[node] * (BOX_W + GAP_X);
}

static int y_of(const struct layout *l, int node)
{
	return MARGIN + l->layer[node] * (BOX_H + GAP_Y);
}

/* Text for XML, cut at a character's border. */
static void add_text(struct strbuf *out, const char *text, int most)
{
	for (; *text && most > 0; text++) {
		bool follows = ((unsigned char)*text & 0xc0) == 0x80;

		most -= !follows;
		if (*text == '<')
			strbuf_add(out, "&lt;");
		else if (*text == '>')
			strbuf_add(out, "&gt;");
		else if (*text == '&')
			strbuf_add(out, "&amp;");
		else if (*text == '"')
			strbuf_add(out, "&quot;");
		else if ((unsigned char)*text >= 0x20)
			strbuf_add_char(out, *text);
	}
	while (((unsigned char)*text & 0xc0) == 0x80)
		strbuf_add_char(out, *text++);
	if (*text)
		strbuf_add(out, "…");
}

static void draw_node(const struct layout *l, int i, struct strbuf *out)
{
	const struct graph_node *n = &l->g->node[i];
	int x = x_of(l, i), y = y_of(l, i);

	strbuf_printf(out, "<g class=\"%s%s%s\"><title>", n->kind,
		      n->taken ? " taken" : "", n->here ? " here" : "");
	add_text(out, n->title ? n->title : "", 300);
	strbuf_printf(out,
		      "</title><rect x=\"%d\" y=\"%d\" width=\"%d\" "
		      "height=\"%d\" rx=\"%d\"/>"
		      "<text x=\"%d\" y=\"%d\" class=\"name\">",
		      x, y, BOX_W, BOX_H,
		      strcmp(n->kind, "finish") == 0 ? BOX_H / 2 : 5,
		      x + BOX_W / 2, y + 16);
	add_text(out, n->name, TITLE_SHOWN);
	strbuf_printf(out, "</text><text x=\"%d\" y=\"%d\">%s%s", x + BOX_W / 2,
		      y + 31, n->kind, n->title && n->title[0] ? ": " : "");
	add_text(out, n->title ? n->title : "", TITLE_SHOWN - 6);
	if (n->visits > 1)
		strbuf_printf(out, " (%d times)", n->visits);
	strbuf_add(out, "</text></g>\n");
}

static void draw_path(const struct layout *l, int i, struct strbuf *out)
{
	const struct graph_edge *e = &l->g->edge[i];
	int x1 = x_of(l, e->from) + BOX_W / 2, y1 = y_of(l, e->from) + BOX_H;
	int x2 = x_of(l, e->to) + BOX_W / 2, y2 = y_of(l, e->to);

	strbuf_printf(out, "<path class=\"edge%s\" marker-end=\"url(#%s)\" ",
		      e->taken ? " taken" : "", e->taken ? "t" : "a");
	if (l->back[i]) {
		int side = total_width(l) - MARGIN;

		x1 += BOX_W / 2;
		x2 += BOX_W / 2;
		strbuf_printf(out, "d=\"M%d %dC%d %d %d %d %d %d\"/>", x1,
			      y1 - BOX_H / 2, side, y1, side, y2, x2,
			      y2 + BOX_H / 2);
	} else {
		strbuf_printf(out, "d=\"M%d %dC%d %d %d %d %d %d\"/>", x1, y1,
			      x1, y1 + GAP_Y / 2, x2, y2 - GAP_Y / 2, x2, y2);
	}
}

/* Beside its end, where few others are. */
static void draw_label(const struct layout *l, int i, struct strbuf *out)
{
	const struct graph_edge *e = &l->g->edge[i];
	int x1 = x_of(l, e->from) + BOX_W / 2, y1 = y_of(l, e->from) + BOX_H;
	int x2 = x_of(l, e->to) + BOX_W / 2, y2 = y_of(l, e->to);

	strbuf_printf(out, "<text class=\"label%s\" x=\"%d\" y=\"%d\">",
		      e->taken ? " taken" : "",
		      l->back[i] ? x1 + BOX_W / 2 + 40 : (x1 + 2 * x2) / 3,
		      l->back[i] ? y1 - BOX_H / 2 - 4 : (y1 + 2 * y2) / 3);
	add_text(out, e->label, TITLE_SHOWN);
	strbuf_add(out, "</text>\n");
}

static const char style[] =
	"<style>text{font:10px sans-serif;text-anchor:middle;fill:#57606a}"
	".name{font:bold 12px sans-serif;fill:#1f2328}"
	"rect{fill:#f6f8fa;stroke:#8c959f}.task rect{fill:#fff8c5}"
	".finish rect{fill:#ddf4ff}.hold rect{fill:#ffebe9}"
	".route rect{stroke-dasharray:4 3}"
	".taken rect{stroke:#1a7f37;stroke-width:2.5}"
	".here rect{stroke:#bf3989;stroke-width:4}"
	".edge{fill:none;stroke:#afb8c1}"
	".edge.taken{stroke:#1a7f37;stroke-width:2.5}"
	".label{fill:#6e7781}.label.taken{fill:#1a7f37;font-weight:bold}"
	"</style><defs><marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"8\" "
	"refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">"
	"<path d=\"M0 0L8 4L0 8z\" fill=\"#afb8c1\"/></marker>"
	"<marker id=\"t\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" "
	"markerWidth=\"5\" markerHeight=\"5\" orient=\"auto\">"
	"<path d=\"M0 0L8 4L0 8z\" fill=\"#1a7f37\"/></marker></defs>\n";

void graph_svg(const struct graph *g, struct strbuf *out)
{
	struct layout *l = arena_alloc(g->arena, sizeof(*l));
	int width, height, i;

	lay_out(l, g);
	width = total_width(l);
	height = 2 * MARGIN + l->layers * (BOX_H + GAP_Y);
	strbuf_printf(out,
		      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		      "height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">"
		      "<title>",
		      width, height, width, height);
	add_text(out, g->playbook->title, 300);
	strbuf_add(out, "</title>");
	strbuf_add(out, style);
	strbuf_printf(out,
		      "<rect width=\"%d\" height=\"%d\" style=\"fill:#fff;"
		      "stroke:none\"/>\n",
		      width, height);
	for (i = 0; i < g->edge_count; i++) {
		draw_path(l, i, out);
		strbuf_add_char(out, '\n');
	}
	for (i = 0; i < g->node_count; i++)
		draw_node(l, i, out);
	for (i = 0; i < g->edge_count; i++)
		draw_label(l, i, out);
	strbuf_add(out, "</svg>\n");
}

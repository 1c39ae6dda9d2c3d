/*
 * Why: a picture that opens anywhere, without a program to lay it out.
 */
#include <string.h>

#include "graph_layout.h"

#define TITLE_SHOWN 30
#define LABEL_SHOWN 22

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

static int middle(int layer)
{
	return LAYOUT_MARGIN + layer * (LAYOUT_BOX_H + LAYOUT_GAP_Y);
}

static void draw_node(const struct layout *l, int i, struct strbuf *out)
{
	const struct graph_node *n = &l->g->node[i];
	int x = l->item[i].x - LAYOUT_BOX_W / 2;
	int y = middle(l->item[i].layer);

	strbuf_printf(out, "<g class=\"%s%s%s\"><title>", n->kind,
		      n->taken ? " taken" : "", n->here ? " here" : "");
	add_text(out, n->title ? n->title : "", 300);
	strbuf_printf(out,
		      "</title><rect x=\"%d\" y=\"%d\" width=\"%d\" "
		      "height=\"%d\" rx=\"%d\"/>"
		      "<text x=\"%d\" y=\"%d\" class=\"name\">",
		      x, y, LAYOUT_BOX_W, LAYOUT_BOX_H,
		      strcmp(n->kind, "finish") == 0 ? LAYOUT_BOX_H / 2 : 5,
		      x + LAYOUT_BOX_W / 2, y + 16);
	add_text(out, n->name, TITLE_SHOWN);
	strbuf_printf(out, "</text><text x=\"%d\" y=\"%d\">%s%s",
		      x + LAYOUT_BOX_W / 2, y + 31, n->kind,
		      n->title && n->title[0] ? ": " : "");
	add_text(out, n->title ? n->title : "", TITLE_SHOWN - 6);
	if (n->visits > 1)
		strbuf_printf(out, " (%d times)", n->visits);
	strbuf_add(out, "</text></g>\n");
}

static void curve(struct strbuf *out, int x1, int y1, int x2, int y2)
{
	int half = LAYOUT_GAP_Y / 2;

	strbuf_printf(out, "C%d %d %d %d %d %d", x1, y1 + half, x2, y2 - half,
		      x2, y2);
}

/* Down through its lane. */
static void draw_down(const struct layout *l, int i, struct strbuf *out)
{
	const struct graph_edge *e = &l->g->edge[i];
	int x = l->item[e->from].x;
	int y = middle(l->item[e->from].layer) + LAYOUT_BOX_H;
	int at;

	strbuf_printf(out, "d=\"M%d %d", x, y);
	for (at = l->lane[i]; at >= 0; at = l->item[at].next) {
		curve(out, x, y, l->item[at].x, middle(l->item[at].layer));
		x = l->item[at].x;
		y = middle(l->item[at].layer) + LAYOUT_BOX_H;
		strbuf_printf(out, "L%d %d", x, y);
	}
	curve(out, x, y, l->item[e->to].x, middle(l->item[e->to].layer));
	strbuf_add(out, "\"/>\n");
}

static void draw_path(const struct layout *l, int i, int *lanes,
		      struct strbuf *out)
{
	const struct graph_edge *e = &l->g->edge[i];
	int x1 = l->item[e->from].x + LAYOUT_BOX_W / 2;
	int x2 = l->item[e->to].x + LAYOUT_BOX_W / 2;
	int y1 = middle(l->item[e->from].layer) + LAYOUT_BOX_H / 2;
	int y2 = middle(l->item[e->to].layer) + LAYOUT_BOX_H / 2;
	int side;

	strbuf_printf(out, "<path class=\"edge%s\" marker-end=\"url(#%s)\" ",
		      e->taken ? " taken" : "", e->taken ? "t" : "a");
	if (!l->back[i]) {
		draw_down(l, i, out);
		return;
	}
	side = l->width + 30 + 12 * (*lanes)++;
	strbuf_printf(out, "d=\"M%d %dC%d %d %d %d %d %d\"/>\n", x1, y1 + 8,
		      side, y1, side, y2, x2, y2);
}

/* Below the step it comes from, where each goes its own way. */
static void draw_label(const struct layout *l, int i, struct strbuf *out)
{
	const struct graph_edge *e = &l->g->edge[i];
	int to = l->lane[i] >= 0 ? l->lane[i] : e->to;
	int x1 = l->item[e->from].x, x2 = l->item[to].x;
	int y = middle(l->item[e->from].layer) + LAYOUT_BOX_H;
	int k = 0, j;

	/* Neighbours do not write over each other. */
	for (j = 0; j < i; j++)
		k += l->g->edge[j].from == e->from && !l->back[j];
	strbuf_printf(out, "<text class=\"label%s\" x=\"%d\" y=\"%d\">",
		      e->taken ? " taken" : "",
		      l->back[i] ? x1 + LAYOUT_BOX_W / 2 + 40
				 : x1 + (x2 - x1) * 3 / 4,
		      l->back[i] ? y - 2 : y + LAYOUT_GAP_Y / 3 + 12 * (k % 3));
	add_text(out, e->label, LABEL_SHOWN);
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
	".label{fill:#6e7781;stroke:#fff;stroke-width:3;paint-order:stroke}."
	"label.taken{fill:#1a7f37;font-weight:bold}"
	"</style><defs><marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"8\" "
	"refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">"
	"<path d=\"M0 0L8 4L0 8z\" fill=\"#afb8c1\"/></marker>"
	"<marker id=\"t\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" "
	"markerWidth=\"5\" markerHeight=\"5\" orient=\"auto\">"
	"<path d=\"M0 0L8 4L0 8z\" fill=\"#1a7f37\"/></marker></defs>\n";

void graph_svg(const struct graph *g, struct strbuf *out)
{
	struct layout *l = arena_alloc(g->arena, sizeof(*l));
	int width, height, lanes = 0, i;

	layout_make(l, g);
	for (i = 0; i < g->edge_count; i++)
		lanes += l->back[i];
	width = l->width + LAYOUT_MARGIN + 30 + 12 * lanes;
	height = middle(l->layers) - LAYOUT_GAP_Y + LAYOUT_MARGIN;
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
	lanes = 0;
	for (i = 0; i < g->edge_count; i++)
		draw_path(l, i, &lanes, out);
	for (i = 0; i < g->node_count; i++)
		draw_node(l, i, out);
	for (i = 0; i < g->edge_count; i++)
		draw_label(l, i, out);
	strbuf_add(out, "</svg>\n");
}

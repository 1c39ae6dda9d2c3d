/*
 * mendctl playbook graph: the steps of a playbook and where each may go, with
 * the way that a run took marked.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/json.h"
#include "../flow/graph.h"
#include "commands.h"
#include "draft.h"
#include "find.h"

#define PICTURE_BYTES_MAX (4 * 1024 * 1024)

static void print_edges(struct ctl *c, const struct graph *g, int from)
{
	int i;

	for (i = 0; i < g->edge_count; i++) {
		const struct graph_edge *e = &g->edge[i];

		if (e->from != from)
			continue;
		(void)fputs("      ", stdout);
		output_text(&c->out, e->taken ? COLOUR_GREEN : COLOUR_DIM,
			    arena_printf(&c->arena, "%s %s%s%s",
					 e->taken ? "=>" : "->",
					 g->node[e->to].name,
					 e->label[0] ? "  " : "", e->label));
		(void)fputc('\n', stdout);
	}
}

static void print_node(struct ctl *c, const struct graph *g, int i)
{
	const struct graph_node *n = &g->node[i];

	(void)fputs(n->here ? "> " : n->taken ? "* " : "  ", stdout);
	output_text(&c->out, n->taken ? COLOUR_GREEN : COLOUR_BOLD, n->name);
	(void)fputs("  ", stdout);
	output_text(&c->out, COLOUR_DIM,
		    arena_printf(&c->arena, "%s%s%s%s", n->kind,
				 n->title && n->title[0] ? ": " : "",
				 n->title ? n->title : "",
				 n->visits > 1 ? arena_printf(&c->arena,
							      " (%d times)",
							      n->visits)
					       : ""));
	(void)fputc('\n', stdout);
	print_edges(c, g, i);
}

static void print_text(struct ctl *c, const struct graph *g)
{
	int i;

	output_text(&c->out, COLOUR_BOLD, g->playbook->name);
	if (g->playbook->version)
		(void)printf(" version %d", g->playbook->version);
	(void)printf("  %s\n", g->playbook->title);
	for (i = 0; i < g->playbook->step_count; i++)
		print_node(c, g, i);
	if (g->run_id[0])
		(void)printf("* and => : the way of %s\n", g->run_id);
}

static void print_picture(const struct graph *g,
			  void (*draw)(const struct graph *, struct strbuf *))
{
	struct strbuf out;

	strbuf_init(&out, PICTURE_BYTES_MAX);
	draw(g, &out);
	(void)fputs(strbuf_text(&out), stdout);
	strbuf_release(&out);
}

static void print(struct ctl *c, const struct graph *g)
{
	if (c->json)
		output_json(graph_tree(g));
	else if (ctl_option(c, "dot"))
		print_picture(g, graph_dot);
	else if (ctl_option(c, "svg"))
		print_picture(g, graph_svg);
	else
		print_text(c, g);
}

static enum err of_file(struct ctl *c, struct graph *g)
{
	struct draft d;
	enum err e = draft_load(c, c->argument[0], &d);

	if (e)
		return e;
	graph_of(d.playbook, &c->arena, g);
	print(c, g);
	catalog_free(d.catalog);
	return OK;
}

/* Of the version that the run has, or of another playbook it went through. */
static enum err of_run(struct ctl *c, const char *id, struct graph *g)
{
	struct problems p = {.count = 0};
	const struct playbook *b = NULL;
	struct catalog *catalog = NULL;
	struct run r;
	enum err e = find_run(c, id, &r);

	if (!e)
		e = catalog_load(c->db, &catalog, &p);
	if (!e && r.playbook_id)
		e = catalog_playbook_by_id(catalog, c->db, r.playbook_id, &b);
	if (e == ERR_INVALID && !p.count)
		e = ctl_refuse(c, e,
			       "this build cannot read the run's version of "
			       "its playbook");
	if (!e && c->argument_count &&
	    (!b || strcmp(b->name, c->argument[0]) != 0))
		b = catalog_playbook(catalog, c->argument[0]);
	if (!e && !b)
		e = ctl_refuse(c, ERR_NOT_FOUND, "the run has no playbook %s",
			       c->argument_count ? c->argument[0] : "yet");
	if (!e) {
		graph_of(b, &c->arena, g);
		e = graph_mark(g, c->db, &r);
	}
	if (!e)
		print(c, g);
	catalog_free(catalog);
	return e;
}

static enum err run_playbook_graph(struct ctl *c)
{
	struct graph *g = arena_alloc(&c->arena, sizeof(*g));
	const char *run = ctl_option(c, "run");
	enum err e;

	if (!run && !c->argument_count)
		return ctl_refuse(c, ERR_INVALID,
				  "name a playbook, or a run with --run");
	if (!run)
		return of_file(c, g);
	e = ctl_open_read(c);
	return e ? e : of_run(c, run, g);
}

static const struct ctl_option options[] = {
	{"run", "ID", "mark the way of this run, in the version it has", false},
	{"dot", NULL, "print Graphviz", false},
	{"svg", NULL, "print a picture", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_playbook_graph = {
	.name = "playbook graph",
	.arguments = "[FILE]",
	.arguments_max = 1,
	.options = options,
	.summary = "show a playbook's steps and where each may go",
	.help = "FILE is a path or the name of a playbook in the configuration "
		"folder. With\n--run it is the stored version of that run, and "
		"its way is marked.\n",
	.examples = "  mendctl playbook graph transfer_failed\n"
		    "  mendctl playbook graph --run ORDER-42\n"
		    "  mendctl playbook graph draft.json --svg >draft.svg\n",
	.needs = NEEDS_NOTHING,
	.run = run_playbook_graph,
};

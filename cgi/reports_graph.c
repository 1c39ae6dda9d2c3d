/*
 * A playbook as nodes and edges, for a picture, with the way of a run marked.
 *
 * Always holds: of a run it is the version that the run has, or, where the run
 * only passed through (the intake), the one in force.
 */
#include <stdlib.h>
#include <string.h>

#include "../engine/base/json.h"
#include "../engine/flow/graph.h"
#include "../engine/store/document_store.h"
#include "reports.h"

const struct field reports_graph_query[] = {
	{.name = "runId", .type = FIELD_TEXT, .min = 1, .max = ID_SIZE - 1},
	{.name = "version", .type = FIELD_INT, .min = 1, .max = 1000000},
	{0},
};

static enum err find_run(struct context *c, struct run *ret_run)
{
	const char *id = request_query(&c->request, "runId");
	enum err e;

	memset(ret_run, 0, sizeof(*ret_run));
	if (!id)
		return OK;
	e = run_by_public_id(c->db, id, ret_run);
	if (e == ERR_NOT_FOUND)
		return response_refuse(&c->response, e, NULL,
				       "there is no such run");
	return e;
}

/* The version that is in force. */
static enum err active_version(struct context *c, const char *name,
			       int *ret_version)
{
	struct document_version *v;
	int count, i;
	enum err e = document_versions(c->db, DOCUMENT_PLAYBOOK, name, c->arena,
				       &v, &count);

	if (e)
		return e;
	for (i = 0; i < count; i++) {
		if (v[i].document.active)
			*ret_version = v[i].document.version;
	}
	return *ret_version ? OK : ERR_NOT_FOUND;
}

static enum err find_document(struct context *c, const struct run *r,
			      struct document *ret_document)
{
	const char *name = request_param(&c->request, "name");
	int version = (int)request_query_int(&c->request, "version", 0);
	enum err e = OK;

	if (!version && r->playbook_id) {
		e = document_by_id(c->db, r->playbook_id, c->arena,
				   ret_document);
		if (e || strcmp(ret_document->name, name) == 0)
			return e;
	}
	if (!version)
		e = active_version(c, name, &version);
	if (!e)
		e = document_by_version(c->db, DOCUMENT_PLAYBOOK, name, version,
					c->arena, ret_document);
	if (e == ERR_NOT_FOUND)
		return response_refuse(&c->response, e, NULL,
				       "there is no such playbook or version");
	return e;
}

static enum err draw(struct context *c, const struct playbook *b,
		     const struct run *r)
{
	struct graph *g = arena_alloc(c->arena, sizeof(*g));
	enum err e = OK;

	graph_of(b, c->arena, g);
	if (r->id)
		e = graph_mark(g, c->db, r);
	if (!e)
		response_json(&c->response, 200, graph_tree(g));
	return e;
}

enum err reports_graph(struct context *c)
{
	struct problems p = {.count = 0};
	struct playbook *b = NULL;
	struct document d;
	cJSON *tree = NULL;
	struct run r;
	enum err e = find_run(c, &r);

	if (!e)
		e = find_document(c, &r, &d);
	if (!e)
		e = json_parse(d.body, strlen(d.body), &p, &tree);
	if (!e)
		e = playbook_parse(tree, &p, &b);
	if (p.count)
		return response_refuse(&c->response, e, NULL,
				       "this build cannot read that version of "
				       "the playbook");
	if (e)
		return e;
	b->document_id = d.id;
	b->version = d.version;
	e = draw(c, b, &r);
	playbook_free(b);
	return e;
}

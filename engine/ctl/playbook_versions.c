/*
 * mendctl playbook list, show, versions and rollback: what is in force, what
 * was, and putting an earlier version back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../flow/activation.h"
#include "../store/document_store.h"
#include "commands.h"

static enum err versions_of(struct ctl *c, const char *name,
			    struct document_version **ret_versions,
			    int *ret_count)
{
	enum err e = document_versions(c->db, DOCUMENT_PLAYBOOK, name,
				       &c->arena, ret_versions, ret_count);

	if (e == OK && *ret_count == 0)
		return ctl_refuse(c, ERR_NOT_FOUND, "no playbook '%.60s'",
				  name);
	return e;
}

static const struct document_version *
active_of(const struct document_version *v, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		if (v[i].document.active)
			return &v[i];
	}
	return NULL;
}

/* ---- list ---- */

static bool seen(const struct document *d, int before)
{
	int i;

	for (i = 0; i < before; i++) {
		if (strcmp(d[i].name, d[before].name) == 0)
			return true;
	}
	return false;
}

static void version_row(struct ctl *c, struct table *t,
			const struct document_version *v, int64_t open_runs)
{
	const char *cells[] = {
		v->document.name,
		arena_printf(&c->arena, "%d", v->document.version),
		v->document.active ? "in force" : NULL,
		arena_printf(&c->arena, "%lld", (long long)open_runs),
		output_relative(&c->out, v->activated_ms, &c->arena),
		v->activated_by[0] ? v->activated_by : NULL,
		arena_printf(&c->arena, "%.12s", v->document.digest),
	};

	table_row(t, cells);
}

static const struct table_column columns[] = {
	{.title = "PLAYBOOK"},
	{.title = "VERSION", .right = true},
	{.title = "", .flexible = true},
	{.title = "OPEN RUNS", .right = true},
	{.title = "ACTIVATED", .right = true},
	{.title = "BY", .flexible = true},
	{.title = "DIGEST", .flexible = true},
};

/* One line a playbook: the version in force, else the newest; the open runs of
 * all its versions. */
static enum err list_one(struct ctl *c, const char *name, struct table *t,
			 cJSON *list)
{
	const struct document_version *shown;
	struct document_version *v;
	int64_t open = 0;
	int count, i;
	enum err e = versions_of(c, name, &v, &count);

	if (e)
		return e;
	shown = active_of(v, count) ? active_of(v, count) : &v[0];
	for (i = 0; i < count; i++)
		open += v[i].open_runs;
	version_row(c, t, shown, open);
	if (list) {
		cJSON *tree = view_version(shown);

		json_set_int(tree, "openRuns", open);
		json_set_int(tree, "versions", count);
		(void)cJSON_AddItemToArray(list, tree);
	}
	return OK;
}

static enum err run_list_playbooks(struct ctl *c)
{
	cJSON *list = c->json ? cJSON_CreateArray() : NULL;
	struct document *d = NULL;
	int count = 0, i;
	struct table t;
	enum err e =
		document_list(c->db, DOCUMENT_PLAYBOOK, &c->arena, &d, &count);

	table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (i = 0; e == OK && i < count; i++) {
		if (!seen(d, i))
			e = list_one(c, d[i].name, &t, list);
	}
	if (e == OK && c->json) {
		cJSON *tree = cJSON_CreateObject();

		json_set(tree, "data", list);
		output_json(tree);
	} else if (e == OK) {
		table_print(&t, &c->out);
	}
	table_release(&t);
	return e;
}

/* ---- versions ---- */

static enum err run_versions(struct ctl *c)
{
	struct document_version *v;
	struct table t;
	cJSON *tree, *list;
	int count, i;
	enum err e = versions_of(c, c->argument[0], &v, &count);

	if (e)
		return e;
	if (c->json) {
		tree = cJSON_CreateObject();
		list = cJSON_AddArrayToObject(tree, "data");
		for (i = 0; i < count; i++)
			(void)cJSON_AddItemToArray(list, view_version(&v[i]));
		output_json(tree);
		return OK;
	}
	table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (i = 0; i < count; i++)
		version_row(c, &t, &v[i], v[i].open_runs);
	table_print(&t, &c->out);
	table_release(&t);
	return OK;
}

/* ---- show ---- */

static enum err find_version(struct ctl *c, const char *name, int64_t number,
			     const struct document_version **ret_version)
{
	struct document_version *v;
	int count, i;
	enum err e = versions_of(c, name, &v, &count);

	if (e)
		return e;
	*ret_version = number ? NULL : active_of(v, count);
	if (!number && !*ret_version)
		*ret_version = &v[0];
	for (i = 0; number && i < count; i++) {
		if (v[i].document.version == number)
			*ret_version = &v[i];
	}
	if (!*ret_version)
		return ctl_refuse(c, ERR_NOT_FOUND, "%s has no version %lld",
				  name, (long long)number);
	return OK;
}

static enum err body_of(struct ctl *c, const struct document_version *v,
			cJSON **ret_body)
{
	struct document d;
	enum err e = document_by_id(c->db, v->document.id, &c->arena, &d);

	return e ? e : json_parse(d.body, strlen(d.body), NULL, ret_body);
}

static void print_version(struct ctl *c, const struct document_version *v,
			  cJSON *body)
{
	output_text(&c->out, COLOUR_BOLD, v->document.name);
	(void)printf(" version %d%s, %lld open run%s\n", v->document.version,
		     v->document.active ? ", in force" : "",
		     (long long)v->open_runs, v->open_runs == 1 ? "" : "s");
	if (v->activated_ms)
		(void)printf(
			"activated %s by %s\n",
			output_relative(&c->out, v->activated_ms, &c->arena),
			v->activated_by);
	output_json(body);
}

static enum err run_show_playbook(struct ctl *c)
{
	const struct document_version *v = NULL;
	cJSON *body = NULL, *tree;
	int64_t number = 0;
	enum err e = ctl_number(c, "version", 1, 1000000, 0, &number);

	if (!e)
		e = find_version(c, c->argument[0], number, &v);
	if (!e && v)
		e = body_of(c, v, &body);
	if (e || !v)
		return e;
	if (!c->json) {
		print_version(c, v, body);
		return OK;
	}
	tree = view_version(v);
	json_set(tree, "playbook", body);
	output_json(tree);
	return OK;
}

/* ---- rollback ---- */

struct rollback {
	struct activation q;
	cJSON *tree;
};

static enum err put(struct ctl *c, void *context)
{
	struct rollback *t = context;
	struct problems p = {.count = 0};
	enum err e = playbook_activate(c->db, c->world, &t->q, &c->actor,
				       &c->arena, &p, &t->tree);

	return e && p.count ? ctl_refuse_problems(c, e, &p) : e;
}

static void print_steps(const cJSON *tree, const char *what)
{
	const cJSON *name;

	cJSON_ArrayForEach(name, json_get(json_get(tree, "steps"), what))(void)
		printf("  step %s: %s\n", what, name->valuestring);
}

static void print_change(const cJSON *tree)
{
	const char *name = json_string(tree, "name", "");
	bool preview = cJSON_IsTrue(json_get(tree, "preview"));
	long long to = (long long)json_int(tree, "to", 0);
	const cJSON *v;

	(void)printf("%s version %lld %s in force; runs that are under way "
		     "keep theirs\n",
		     name, to, preview ? "would be" : "is");
	cJSON_ArrayForEach(v, json_get(tree, "versions"))
	{
		long long open = (long long)json_int(v, "openRuns", 0);

		if (open)
			(void)printf("  version %lld: %lld open run%s\n",
				     (long long)json_int(v, "version", 0), open,
				     open == 1 ? "" : "s");
	}
	print_steps(tree, "added");
	print_steps(tree, "removed");
	print_steps(tree, "changed");
	if (preview)
		(void)puts("Nothing is done yet: without --preview it is");
	else
		(void)puts("mendctl activate goes by the files again: change "
			   "the file, too");
}

static enum err run_rollback(struct ctl *c)
{
	struct rollback *t = arena_alloc(&c->arena, sizeof(*t));
	int64_t number = 0;
	enum err e = ctl_number(c, "to", 1, 1000000, 0, &number);

	t->q = (struct activation){
		.name = c->argument[0],
		.version = (int)number,
		.reason = ctl_option(c, "reason"),
		.preview = ctl_option(c, "preview") != NULL,
	};
	if (!e && !t->q.preview && !t->q.reason)
		return ctl_refuse(c, ERR_INVALID, "--reason is missing");
	if (!e)
		e = ctl_write(c, put, t);
	if (e)
		return e;
	if (c->json) {
		output_json(t->tree);
		return OK;
	}
	print_change(t->tree);
	cJSON_Delete(t->tree);
	return OK;
}

static const struct ctl_option show_options[] = {
	{"version", "N", "this version (default: the one in force)", false},
	{NULL, NULL, NULL, false},
};
static const struct ctl_option rollback_options[] = {
	{"to", "N", "this version (default: the one in force before)", false},
	{"reason", "TEXT", "why, for the record", false},
	{"preview", NULL, "only say what would change", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_playbook_list = {
	.name = "playbook list",
	.arguments = "",
	.summary = "list playbooks: version in force, open runs",
	.examples = "  mendctl playbook list\n",
	.needs = NEEDS_READ,
	.run = run_list_playbooks,
};

const struct command cmd_playbook_show = {
	.name = "playbook show",
	.arguments = "NAME",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = show_options,
	.summary = "show a playbook as it is stored",
	.examples = "  mendctl playbook show transfer_failed --version 3\n",
	.needs = NEEDS_READ,
	.run = run_show_playbook,
};

const struct command cmd_playbook_versions = {
	.name = "playbook versions",
	.arguments = "NAME",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = "list the versions of a playbook and their open runs",
	.examples = "  mendctl playbook versions transfer_failed\n",
	.needs = NEEDS_READ,
	.run = run_versions,
};

const struct command cmd_playbook_rollback = {
	.name = "playbook rollback",
	.arguments = "NAME",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = rollback_options,
	.summary = "put an earlier version of a playbook in force",
	.help = "For runs that are routed to it from now on; those under way "
		"keep the version\nthey have (see playbook migrate). The next "
		"mendctl activate goes by the files\nagain.\n",
	.examples = "  mendctl playbook rollback transfer_failed --reason "
		    "'asks too late'\n"
		    "  mendctl playbook rollback transfer_failed --to 3 "
		    "--reason 'bad rule'\n",
	.needs = NEEDS_WRITE,
	.run = run_rollback,
};

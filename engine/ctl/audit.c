/*
 * mendctl audit verify and audit export: does the append-only record hold, and
 * the record as JSON lines for keeping elsewhere.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../flow/view.h"
#include "commands.h"
#include "find.h"

#define PAGE 500
#define FINDINGS_MAX 1000

struct verify {
	struct ctl *c;
	cJSON *findings; /* with --json */
	int64_t count;
};

static void found(void *context, const struct audit_finding *f)
{
	struct verify *v = context;
	cJSON *item;

	v->count++;
	if (v->count > FINDINGS_MAX)
		return;
	if (!v->findings) {
		(void)fprintf(stderr, "%s entry %lld: %s\n", f->run_public_id,
			      (long long)f->seq, f->what);
		return;
	}
	item = cJSON_CreateObject();
	json_set_string(item, "chain", f->run_public_id);
	json_set_int(item, "seq", f->seq);
	json_set_string(item, "what", f->what);
	(void)cJSON_AddItemToArray(v->findings, item);
}

static enum err run_verify(struct ctl *c)
{
	struct verify v = {.c = c};
	int64_t entries = 0;
	enum err e;

	if (c->json)
		v.findings = cJSON_CreateArray();
	e = audit_verify(c->db, found, &v, &entries);
	if (e) {
		cJSON_Delete(v.findings);
		return e;
	}
	if (c->json) {
		cJSON *tree = cJSON_CreateObject();

		json_set_bool(tree, "ok", v.count == 0);
		json_set_int(tree, "entries", entries);
		json_set_int(tree, "faults", v.count);
		json_set(tree, "findings", v.findings);
		output_json(tree);
	} else if (v.count == 0) {
		(void)printf("%lld entries, every chain and seal holds\n",
			     (long long)entries);
	} else {
		(void)fprintf(stderr, "%lld faults in %lld entries\n",
			      (long long)v.count, (long long)entries);
	}
	c->verdict = v.count == 0 ? EXIT_OK : EXIT_ERROR;
	return OK;
}

/* One chain as JSON lines; run NULL: the system's. */
static enum err export_chain(struct ctl *c, const struct run *run)
{
	int64_t after = 0;
	int count = PAGE;

	while (count == PAGE) {
		struct audit_entry *entries;
		struct arena a;
		enum err e;

		arena_init(&a);
		e = audit_list(c->db, run ? run->id : 0, after, PAGE, &a,
			       &entries, &count);
		for (int i = 0; !e && i < count; i++) {
			cJSON *line = view_audit(&entries[i]);
			char *text;

			after = entries[i].seq;
			json_set_string(line, "chain",
					run ? run->public_id : "system");
			if (run)
				json_set_string(line, "orderId", run->order_id);
			text = json_print(line);
			(void)puts(text);
			free(text);
			cJSON_Delete(line);
		}
		arena_release(&a);
		if (e)
			return e;
	}
	return OK;
}

static enum err export_all(struct ctl *c)
{
	struct run *runs = arena_alloc(&c->arena, PAGE * sizeof(*runs));
	enum err e = export_chain(c, NULL);
	int64_t after = 0;
	int count = PAGE;

	while (!e && count == PAGE) {
		e = run_sweep(c->db, after, PAGE, runs, &count);
		for (int i = 0; !e && i < count; i++) {
			after = runs[i].id;
			e = export_chain(c, &runs[i]);
		}
	}
	return e;
}

static enum err run_export(struct ctl *c)
{
	struct run run;
	enum err e;

	if (c->argument_count == 0)
		return export_all(c);
	e = find_run(c, c->argument[0], &run);
	return e ? e : export_chain(c, &run);
}

const struct command cmd_audit_verify = {
	.name = "audit verify",
	.arguments = "",
	.summary = "check every hash chain and seal of the audit",
	.help = "Tells each fault with chain and entry. Exit code 1 when there "
		"are any.\n",
	.examples = "  mendctl audit verify\n"
		    "  mendctl audit verify --json\n",
	.needs = NEEDS_READ,
	.run = run_verify,
};

const struct command cmd_audit_export = {
	.name = "audit export",
	.arguments = "[ID]",
	.arguments_max = 1,
	.summary = "print the audit as JSON lines, of one run or all",
	.examples = "  mendctl audit export >audit.jsonl\n"
		    "  mendctl audit export ORDER-42 | jq .message\n",
	.needs = NEEDS_READ,
	.run = run_export,
};

/*
 * mendctl trace: the audit of a run as a timeline, each entry with the time
 * since the one before, and at the end whether the chain holds. --follow stays
 * until the run is closed.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../base/json.h"
#include "../flow/view.h"
#include "commands.h"
#include "find.h"

#define PAGE 500
#define FOLLOW_LOOK_MS 300

struct trace {
	struct ctl *c;
	struct run run;
	cJSON *data; /* with --json, else NULL */
	int64_t after, before_ms;
};

/* "+1.250 s" since the entry before. */
static const char *since(struct trace *t, int64_t at_ms, char text[32])
{
	int64_t ms = t->before_ms ? at_ms - t->before_ms : 0;

	t->before_ms = at_ms;
	(void)snprintf(text, 32, "%+.3f s", (double)ms / 1000.0);
	return text;
}

static void print_entry(struct trace *t, const struct audit_entry *e)
{
	const struct output *o = &t->c->out;
	char at[TIME_TEXT_SIZE], step[32];

	time_format(e->at_ms, at);
	(void)printf("%4lld  ", (long long)e->seq);
	output_text(o, COLOUR_DIM, at);
	(void)printf("  %12s  ", since(t, e->at_ms, step));
	output_text(o, COLOUR_BOLD, e->kind);
	(void)printf("%*s",
		     strlen(e->kind) < 16 ? 18 - (int)strlen(e->kind) : 2, "");
	output_text(o, COLOUR_NONE, e->message);
	(void)fputs("  ", stdout);
	output_text(o, COLOUR_DIM, e->actor);
	(void)fputc('\n', stdout);
	if (ctl_option(t->c, "full") && e->data && strcmp(e->data, "{}") != 0) {
		(void)fputs("      ", stdout);
		output_text(o, COLOUR_DIM, e->data);
		(void)fputc('\n', stdout);
	}
}

/* All entries that came since the last time. */
static enum err print_new(struct trace *t)
{
	int count = PAGE;

	while (count == PAGE) {
		struct audit_entry *entries;
		struct arena a;
		enum err e;

		arena_init(&a);
		e = audit_list(t->c->db, t->run.id, t->after, PAGE, &a,
			       &entries, &count);
		for (int i = 0; !e && i < count; i++) {
			t->after = entries[i].seq;
			if (t->data)
				(void)cJSON_AddItemToArray(
					t->data, view_audit(&entries[i]));
			else
				print_entry(t, &entries[i]);
		}
		arena_release(&a);
		if (e)
			return e;
	}
	return OK;
}

static enum err follow(struct trace *t)
{
	const struct timespec pause = {.tv_nsec = FOLLOW_LOOK_MS * 1000000L};

	for (;;) {
		enum err e = run_by_id(t->c->db, t->run.id, &t->run);

		if (!e)
			e = print_new(t);
		if (e || run_state_closed(t->run.state))
			return e;
		(void)fflush(stdout);
		(void)nanosleep(&pause, NULL);
	}
}

static enum err print_verdict(struct trace *t)
{
	struct audit_finding f = {0};
	bool good = false;
	enum err e = audit_verify_run(t->c->db, t->run.id, &good, &f);

	if (e)
		return e;
	if (!good)
		t->c->verdict = EXIT_ERROR;
	if (t->data) {
		cJSON *tree = cJSON_CreateObject();

		json_set_string(tree, "runId", t->run.public_id);
		json_set_string(tree, "orderId", t->run.order_id);
		json_set_bool(tree, "verified", good);
		json_set(tree, "data", t->data);
		t->data = NULL;
		output_json(tree);
	} else if (!good) {
		(void)fprintf(stderr, "the chain is broken at %lld: %s\n",
			      (long long)f.seq, f.what);
	}
	return OK;
}

static enum err run_trace(struct ctl *c)
{
	struct trace *t = arena_alloc(&c->arena, sizeof(*t));
	enum err e = find_run(c, c->argument[0], &t->run);

	t->c = c;
	if (!e && c->json)
		t->data = cJSON_CreateArray();
	if (!e)
		e = print_new(t);
	if (!e && ctl_option(c, "follow"))
		e = follow(t);
	if (!e)
		e = print_verdict(t);
	cJSON_Delete(t->data);
	return e;
}

static const struct ctl_option options[] = {
	{"full", NULL, "with the data of each entry", false},
	{"follow", NULL, "stay until the run is closed", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_trace = {
	.name = "trace",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = options,
	.summary = "show what happened to a run, as a timeline",
	.help = "The audit of the run, oldest first, and whether its hash "
		"chain holds: exit code\n1 when it does not.\n",
	.examples = "  mendctl trace ORDER-42\n"
		    "  mendctl trace ORDER-42 --follow\n"
		    "  mendctl trace ORDER-42 --json\n",
	.needs = NEEDS_READ,
	.run = run_trace,
};

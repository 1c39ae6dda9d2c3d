/*
 * mendctl show: all about one run: where it stands and why, what comes next,
 * what was called how often, its tasks, its case file.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../flow/view.h"
#include "../store/case_store.h"
#include "commands.h"
#include "find.h"

#define CALLS_MAX 500
#define TASKS_MAX 100

struct shown {
	struct run run;
	struct call *calls;
	int call_count;
	struct task *tasks;
	int task_count;
	cJSON *run_view;
	cJSON *case_file; /* NULL: none yet, or it is damaged */
	bool damaged;
};

static enum err load_case(struct ctl *c, struct shown *s)
{
	char *body = NULL;
	int64_t updated_ms;
	enum err e = case_load(c->db, s->run.id, &c->arena, &body, &updated_ms);

	if (e == ERR_NOT_FOUND)
		return OK;
	if (e)
		return e;
	/* Our own document: it has been through the strict door already. */
	s->damaged = json_parse_max(body, strlen(body), 8 * JSON_BYTES_MAX,
				    NULL, &s->case_file) != OK;
	return OK;
}

static enum err load(struct ctl *c, struct shown *s)
{
	enum err e = find_run(c, c->argument[0], &s->run);

	if (!e)
		e = call_of_run(c->db, s->run.id, CALLS_MAX, &c->arena,
				&s->calls, &s->call_count);
	if (!e)
		e = task_of_run(c->db, s->run.id, TASKS_MAX, &c->arena,
				&s->tasks, &s->task_count);
	if (!e)
		e = load_case(c, s);
	if (!e)
		s->run_view = view_run(c->db, &s->run);
	return e;
}

/* The run object of the API, and with it what belongs to the run. */
static void print_json(struct ctl *c, struct shown *s)
{
	cJSON *calls = cJSON_CreateArray(), *tasks = cJSON_CreateArray();

	for (int i = 0; i < s->call_count; i++)
		(void)cJSON_AddItemToArray(calls, view_call(&s->calls[i]));
	for (int i = 0; i < s->task_count; i++)
		(void)cJSON_AddItemToArray(tasks,
					   view_task(c->db, &s->tasks[i]));
	json_set(s->run_view, "calls", calls);
	json_set(s->run_view, "tasks", tasks);
	json_set(s->run_view, "caseFile",
		 s->case_file ? s->case_file : cJSON_CreateNull());
	s->case_file = NULL;
	output_json(s->run_view);
	s->run_view = NULL;
}

static void field(const struct ctl *c, const char *label, const char *value)
{
	if (value && *value)
		output_field(&c->out, label, COLOUR_NONE, value);
}

static void print_where(struct ctl *c, const struct shown *s)
{
	const struct run *r = &s->run;
	struct arena *a = &c->arena;
	const char *state = run_state_name(r->state);
	const char *playbook = json_string(s->run_view, "playbook", NULL);

	output_text(&c->out, COLOUR_BOLD, r->order_id);
	(void)fputs("  ", stdout);
	output_text(&c->out, output_state_colour(state), state);
	(void)fputs("  ", stdout);
	output_text(&c->out, COLOUR_DIM, r->public_id);
	(void)fputc('\n', stdout);
	field(c, "outcome", r->outcome);
	field(c, "result", r->result);
	field(c, "why",
	      json_string(json_get(s->run_view, "why"), "sentence", NULL));
	field(c, "reason", r->reason);
	field(c, "next", json_string(s->run_view, "next", NULL));
	field(c, "last error", r->last_error);
	if (r->issue_type[0])
		field(c, "issue",
		      arena_printf(a, "%s, tier %d", r->issue_type, r->tier));
	if (playbook)
		field(c, "playbook",
		      arena_printf(a, "%s v%lld, step %s", playbook,
				   (long long)json_int(s->run_view,
						       "playbookVersion", 0),
				   r->step[0] ? r->step : "-"));
	if (r->attempts_max > 0)
		field(c, "attempt",
		      arena_printf(a, "%d of %d", r->attempt, r->attempts_max));
	if (r->due_ms)
		field(c, "due", output_relative(&c->out, r->due_ms, a));
	if (r->amount_minor >= 0)
		field(c, "amount",
		      output_money(r->amount_minor, r->currency, a));
	if (r->event_ms)
		field(c, "event", output_relative(&c->out, r->event_ms, a));
	if (r->crash_count > 0)
		field(c, "crashes", arena_printf(a, "%d", r->crash_count));
	field(c, "created", output_relative(&c->out, r->created_ms, a));
	field(c, "updated", output_relative(&c->out, r->updated_ms, a));
	if (r->closed_ms)
		field(c, "closed", output_relative(&c->out, r->closed_ms, a));
}

static void print_calls(struct ctl *c, const struct shown *s)
{
	static const struct table_column column[] = {
		{.title = "CALL"},
		{.title = "STEP", .flexible = true},
		{.title = "VISIT", .right = true},
		{.title = "STATE", .state = true},
		{.title = "TRY", .right = true},
		{.title = "STATUS", .right = true},
		{.title = "TOOK", .right = true},
		{.title = "SENT", .right = true},
		{.title = "ERROR", .flexible = true},
	};
	struct arena *a = &c->arena;
	struct table t;

	if (s->call_count == 0)
		return;
	output_heading(&c->out, "Calls");
	table_init(&t, column, sizeof(column) / sizeof(column[0]));
	for (int i = 0; i < s->call_count; i++) {
		const struct call *k = &s->calls[i];
		const char *cells[] = {
			arena_printf(a, "%s.%s", k->adapter, k->operation),
			k->step,
			arena_printf(a, "%d", k->visit),
			call_state_name(k->state),
			arena_printf(a, "%d", k->attempt),
			k->status ? arena_printf(a, "%d", k->status) : NULL,
			k->answered_ms ? arena_printf(a, "%lld ms",
						      (long long)k->duration_ms)
				       : NULL,
			output_relative(&c->out, k->sent_ms, a),
			k->error,
		};

		table_row(&t, cells);
	}
	table_print(&t, &c->out);
	table_release(&t);
}

static void print_tasks(struct ctl *c, const struct shown *s)
{
	static const struct table_column column[] = {
		{.title = "TASK"},
		{.title = "STATE", .state = true},
		{.title = "ANSWER"},
		{.title = "BY", .flexible = true},
		{.title = "TITLE", .flexible = true},
	};
	struct table t;

	if (s->task_count == 0)
		return;
	output_heading(&c->out, "Tasks");
	table_init(&t, column, sizeof(column) / sizeof(column[0]));
	for (int i = 0; i < s->task_count; i++) {
		const struct task *k = &s->tasks[i];
		const char *cells[] = {
			k->public_id,
			task_state_name(k->state),
			k->approved < 0 ? NULL
			: k->approved	? "approved"
					: "rejected",
			k->decider[0] ? k->decider : k->claimed_by,
			k->title,
		};

		table_row(&t, cells);
	}
	table_print(&t, &c->out);
	table_release(&t);
}

static enum err run_show(struct ctl *c)
{
	struct shown *s = arena_alloc(&c->arena, sizeof(*s));
	enum err e = db_begin_read(c->db);

	if (e)
		return e;
	e = load(c, s);
	if (!e && c->json) {
		print_json(c, s);
	} else if (!e) {
		print_where(c, s);
		print_calls(c, s);
		print_tasks(c, s);
		if (s->damaged)
			(void)puts("\nits case file cannot be read");
		if (s->case_file && !ctl_option(c, "brief")) {
			output_heading(&c->out, "Case file");
			output_tree(&c->out, s->case_file);
		}
	}
	cJSON_Delete(s->run_view);
	cJSON_Delete(s->case_file);
	db_end_read(c->db);
	return e;
}

static const struct ctl_option options[] = {
	{"brief", NULL, "without the case file", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_show = {
	.name = "show",
	.arguments = "ID",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = options,
	.summary = "show a run: state, why, next, calls, tasks, case file",
	.help = "ID is a run, task, order or workflow id; of an order the open "
		"run, else the\nnewest.\n",
	.examples = "  mendctl show ORDER-42\n"
		    "  mendctl show resolve-ORDER-42 --brief\n"
		    "  mendctl show ORDER-42 --json | jq .caseFile.transfer\n",
	.needs = NEEDS_READ,
	.run = run_show,
};

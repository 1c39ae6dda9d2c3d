/*
 * Numbers for Prometheus, text format 0.0.4.
 *
 * Always holds: a scrape costs by what is open, not by what there ever was.
 * Closed runs are counted at most once a minute; of calls that have ended only
 * the newest are looked at.
 */
#include <string.h>

#include "../engine/base/json.h"
#include "../engine/flow/view_adapter.h"
#include "../engine/store/engine_store.h"
#include "../engine/store/report_store.h"
#include "reports.h"

#define TEXT_BYTES_MAX (256 * 1024)
#define CLOSED_AGE_MS 60000
#define RECENT_CALLS 5000

/* Kept by the worker between scrapes. */
static int64_t closed_counts[RUN_STATE_COUNT];
static int64_t closed_at_ms; /* monotonic; 0: never counted */
static const struct db *closed_of;

static void head(struct strbuf *b, const char *name, const char *type,
		 const char *help)
{
	strbuf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
		      type);
}

static void gauge(struct strbuf *b, const char *name, const char *help,
		  int64_t value)
{
	head(b, name, "gauge", help);
	strbuf_printf(b, "%s %lld\n", name, (long long)value);
}

static void gauge_ms(struct strbuf *b, const char *name, const char *help,
		     int64_t ms)
{
	head(b, name, "gauge", help);
	strbuf_printf(b, "%s %lld.%03lld\n", name, (long long)(ms / 1000),
		      (long long)(ms % 1000));
}

static enum err add_runs(struct strbuf *b, struct context *c)
{
	int64_t now_ms = world_mono_ms(c->world);
	int64_t counts[RUN_STATE_COUNT] = {0};
	enum err e = report_runs(c->db, false, counts);

	if (!e && (closed_at_ms == 0 || closed_of != c->db ||
		   now_ms - closed_at_ms > CLOSED_AGE_MS)) {
		memset(closed_counts, 0, sizeof(closed_counts));
		e = report_runs(c->db, true, closed_counts);
		closed_at_ms = e ? 0 : now_ms;
		closed_of = c->db;
	}
	if (e)
		return e;
	head(b, "mend_runs", "gauge",
	     "Runs by state; closed ones are counted once a minute.");
	for (enum run_state s = 0; s < RUN_STATE_COUNT; s++)
		strbuf_printf(b, "mend_runs{state=\"%s\"} %lld\n",
			      run_state_name(s),
			      (long long)(run_state_closed(s) ? closed_counts[s]
							      : counts[s]));
	return OK;
}

static enum err add_queues(struct strbuf *b, struct context *c)
{
	int64_t now_ms = world_wall_ms(c->world);
	int64_t tasks = 0, inbox = 0, due_ms = 0;
	enum err e = report_open_tasks(c->db, &tasks);

	if (!e)
		e = report_inbox(c->db, &inbox);
	if (!e)
		e = report_oldest_due(c->db, &due_ms);
	if (e)
		return e;
	gauge(b, "mend_tasks_open", "Human tasks that are not closed.", tasks);
	gauge(b, "mend_inbox_backlog",
	      "Inbox rows that no run has consumed, at most 100000.", inbox);
	gauge_ms(b, "mend_oldest_due_age_seconds",
		 "How long the longest waiting due run has been due.",
		 due_ms > 0 && due_ms < now_ms ? now_ms - due_ms : 0);
	return OK;
}

/* Names come from configuration; quotes would break the format. */
static void label(struct strbuf *b, const char *name, const char *value)
{
	strbuf_printf(b, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			strbuf_add_char(b, '\\');
		strbuf_add_char(b, *value == '\n' ? ' ' : *value);
	}
	strbuf_add_char(b, '"');
}

static void add_call(struct strbuf *b, const char *name,
		     const struct report_calls *row, int64_t value)
{
	strbuf_printf(b, "%s{", name);
	label(b, "adapter", row->adapter);
	strbuf_add_char(b, ',');
	label(b, "operation", row->operation);
	strbuf_add_char(b, ',');
	label(b, "state", row->state);
	strbuf_printf(b, "} %lld\n", (long long)value);
}

static enum err add_calls(struct strbuf *b, struct context *c)
{
	struct report_calls *out = NULL, *recent = NULL;
	int out_count = 0, recent_count = 0;
	enum err e = report_calls_out(c->db, c->arena, &out, &out_count);

	if (!e)
		e = report_calls_recent(c->db, RECENT_CALLS, c->arena, &recent,
					&recent_count);
	if (e)
		return e;
	head(b, "mend_calls_out", "gauge",
	     "Calls that are planned, sent, or of unknown result.");
	for (int i = 0; i < out_count; i++)
		add_call(b, "mend_calls_out", &out[i], out[i].count);
	head(b, "mend_calls_recent", "gauge",
	     "Of the newest 5000 calls, by state.");
	for (int i = 0; i < recent_count; i++)
		add_call(b, "mend_calls_recent", &recent[i], recent[i].count);
	head(b, "mend_calls_recent_milliseconds", "gauge",
	     "Of the newest 5000 calls, their durations added up.");
	for (int i = 0; i < recent_count; i++)
		add_call(b, "mend_calls_recent_milliseconds", &recent[i],
			 recent[i].duration_ms);
	return OK;
}

static const struct adapter_metric {
	const char *name, *help, *member;
	double scale;
} adapter_metrics[] = {
	{"mend_adapter_queue", "Runs that wait for a place, at most 10000.",
	 "queue", 1},
	{"mend_adapter_in_flight", "Calls of it that are out.", "inFlight", 1},
	{"mend_adapter_success_ratio", "Good ones of its last 100 answers.",
	 "success", 1},
	{"mend_adapter_p95_seconds", "Of its last 100 answers.", "p95Ms",
	 0.001},
};

static void add_adapter(struct strbuf *b, const char *metric,
			const cJSON *adapter, double value)
{
	strbuf_printf(b, "%s{", metric);
	label(b, "adapter", json_string(adapter, "name", ""));
	strbuf_printf(b, "} %.6g\n", value);
}

/* As the engine saw them last; nothing of those that it never asked. */
static enum err add_adapters(struct strbuf *b, struct context *c)
{
	cJSON *view = NULL;
	const cJSON *one, *value;
	enum err e = view_adapters(c->db, c->arena, &view);

	if (e)
		return e;
	head(b, "mend_adapter_up", "gauge",
	     "Neither paused nor left alone by its breaker.");
	cJSON_ArrayForEach(one, view)
	{
		const char *state = json_string(one, "state", "");

		add_adapter(b, "mend_adapter_up", one,
			    strcmp(state, "OPEN") != 0 &&
				    strcmp(state, "PAUSED") != 0);
	}
	for (size_t i = 0;
	     i < sizeof(adapter_metrics) / sizeof(adapter_metrics[0]); i++) {
		const struct adapter_metric *m = &adapter_metrics[i];

		head(b, m->name, "gauge", m->help);
		cJSON_ArrayForEach(one, view)
		{
			value = json_get(one, m->member);
			if (cJSON_IsNumber(value))
				add_adapter(b, m->name, one,
					    value->valuedouble * m->scale);
		}
	}
	cJSON_Delete(view);
	return OK;
}

static void add_state(struct strbuf *b, struct context *c)
{
	struct folder_state folder;
	int64_t id, pid, ready_ms = 0;

	reports_folder(c->config, &folder);
	gauge(b, "mend_database_up", "The database can be read.",
	      c->db != NULL);
	gauge(b, "mend_engine_up", "An engine holds the data folder's lock.",
	      folder.engine_alive);
	if (c->db && engine_get(c->db, &id, &pid, &ready_ms))
		ready_ms = 0;
	gauge(b, "mend_engine_ready", "The engine works on runs.",
	      folder.engine_alive && ready_ms > 0);
	gauge(b, "mend_halted", "Writing is halted; only mendctl lifts it.",
	      folder.halted);
	gauge(b, "mend_wal_bytes", "Size of the write-ahead log.",
	      folder.wal_bytes);
	head(b, "mend_info", "gauge", "Which version this is.");
	strbuf_printf(b, "mend_info{version=\"%s\"} 1\n", MEND_VERSION);
}

enum err reports_metrics(struct context *c)
{
	struct strbuf b;
	enum err e = OK;

	strbuf_init(&b, TEXT_BYTES_MAX);
	add_state(&b, c);
	if (c->db)
		e = db_begin_read(c->db);
	if (c->db && !e) {
		e = add_runs(&b, c);
		if (!e)
			e = add_queues(&b, c);
		if (!e)
			e = add_calls(&b, c);
		if (!e)
			e = add_adapters(&b, c);
		db_end_read(c->db);
	}
	if (!e)
		response_text(&c->response, 200,
			      "text/plain; version=0.0.4; charset=utf-8",
			      arena_dup_n(c->arena, strbuf_text(&b), b.length),
			      b.length);
	strbuf_release(&b);
	return e;
}

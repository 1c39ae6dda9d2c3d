/*
 * How a run reads in JSON. A table says which member of the row becomes which
 * member of the object; what stands in other rows is looked up once, before.
 *
 * Always holds: every key of the contract is there, absent values are null,
 * and equal rows give equal text. A row that points nowhere reads as null
 * rather than failing: a list must not break on one of its rows.
 */
#include <stddef.h>
#include <string.h>

#include "../base/json.h"
#include "../store/document_store.h"
#include "intake.h"
#include "view.h"
#include "view_field.h"
#include "view_next.h"
#include "view_why.h"

/* Most runs need less; the others grow. */
#define RUN_BYTES 2000

/*
 * A run names its playbook by document id. Documents never change, so the last
 * few are remembered, by database.
 */
struct playbook_name {
	const struct db *db;
	int64_t id;
	char name[NAME_SIZE];
	int version;
};
#define PLAYBOOK_NAMES 64

static const struct playbook_name *playbook_name(struct db *db, int64_t id)
{
	static _Thread_local struct playbook_name names[PLAYBOOK_NAMES];
	struct playbook_name *n = &names[(uint64_t)id % PLAYBOOK_NAMES];
	struct document document;
	struct arena arena;
	enum err e;

	if (id == 0 || !db)
		return NULL;
	if (n->db == db && n->id == id)
		return n;
	arena_init(&arena);
	e = document_by_id(db, id, &arena, &document);
	if (e == OK) {
		n->db = db;
		n->id = id;
		n->version = document.version;
		STR_COPY(n->name, document.name);
	}
	arena_release(&arena);
	return e == OK ? n : NULL;
}

/* What a run's row does not say itself. */
struct others {
	const struct playbook_name *playbook;
	struct why_rows rows;
	struct task task;
	struct call unknown;
	char next[NEXT_SIZE];
};

static void others_load(struct others *o, struct db *db, const struct run *r,
			struct arena *a)
{
	o->playbook = playbook_name(db, r->playbook_id);
	o->rows = (struct why_rows){.next = o->next};
	if (db && r->state == RUN_WAITING_TASK &&
	    task_by_id(db, r->wait_task_id, a, &o->task) == OK)
		o->rows.task = &o->task;
	if (db && call_unknown_of_run(db, r->id, run_state_closed(r->state), a,
				      &o->unknown) == OK)
		o->rows.unknown = &o->unknown;
	view_next(r, o->rows.task, o->next);
}

static void put_workflow(struct strbuf *text, const char *key, const void *row,
			 const void *more)
{
	const struct run *r = row;
	char workflow[WORKFLOW_ID_SIZE];

	(void)more;
	workflow_id(r->order_id, workflow);
	json_object_string(text, key, workflow);
}

static void put_state(struct strbuf *text, const char *key, const void *row,
		      const void *more)
{
	const struct run *r = row;

	(void)more;
	json_object_string(text, key, run_state_name(r->state));
}

static void put_deadline(struct strbuf *text, const char *key, const void *row,
			 const void *more)
{
	(void)more;
	json_object_time(text, key, run_last_moment_ms(row));
}

static void put_playbook(struct strbuf *text, const char *key, const void *row,
			 const void *more)
{
	const struct others *o = more;

	(void)row;
	json_object_string(text, key, o->playbook ? o->playbook->name : NULL);
}

static void put_version(struct strbuf *text, const char *key, const void *row,
			const void *more)
{
	const struct others *o = more;

	(void)row;
	if (o->playbook)
		json_object_int(text, key, o->playbook->version);
	else
		json_object_null(text, key);
}

static void put_waiting_for(struct strbuf *text, const char *key,
			    const void *row, const void *more)
{
	const struct others *o = more;

	view_waiting_for(text, key, row, o->rows.task);
}

static void put_next(struct strbuf *text, const char *key, const void *row,
		     const void *more)
{
	const struct others *o = more;

	(void)row;
	json_object_string(text, key, o->next);
}

static void put_why(struct strbuf *text, const char *key, const void *row,
		    const void *more)
{
	const struct others *o = more;

	view_why(text, key, row, &o->rows);
}

#define RUN(key, type, member)                                                 \
	{                                                                      \
		key, type, offsetof(struct run, member), NULL                  \
	}

static const struct view_field run_fields[] = {
	RUN("runId", VIEW_TEXT, public_id),
	VIEW_PUT("workflowId", put_workflow),
	RUN("orderId", VIEW_TEXT, order_id),
	VIEW_PUT("state", put_state),
	RUN("outcome", VIEW_TEXT, outcome),
	RUN("result", VIEW_TEXT, result),
	RUN("issueType", VIEW_TEXT, issue_type),
	RUN("tier", VIEW_INT_SOME, tier),
	VIEW_PUT("playbook", put_playbook),
	VIEW_PUT("playbookVersion", put_version),
	RUN("step", VIEW_TEXT, step),
	RUN("attempt", VIEW_INT, attempt),
	RUN("maximumAttempts", VIEW_INT_SOME, attempts_max),
	RUN("dueAt", VIEW_TIME, due_ms),
	RUN("reason", VIEW_TEXT, reason),
	RUN("lastError", VIEW_TEXT, last_error),
	RUN("priority", VIEW_INT, priority),
	RUN("createdAt", VIEW_TIME, created_ms),
	RUN("updatedAt", VIEW_TIME, updated_ms),
	RUN("closedAt", VIEW_TIME, closed_ms),
	RUN("amountMinor", VIEW_AMOUNT, amount_minor),
	RUN("currency", VIEW_TEXT, currency),
	RUN("eventAt", VIEW_TIME, event_ms),
	RUN("urgentAt", VIEW_TIME, urgent_ms),
	VIEW_PUT("deadlineAt", put_deadline),
	RUN("eventRef", VIEW_TEXT, event_ref),
	RUN("sellerRef", VIEW_TEXT, seller_ref),
	RUN("venueRef", VIEW_TEXT, venue_ref),
	RUN("platformRef", VIEW_TEXT, platform_ref),
	VIEW_PUT("waitingFor", put_waiting_for),
	VIEW_PUT("next", put_next),
	VIEW_PUT("why", put_why),
};

void view_run_put(struct strbuf *object, struct db *db, const struct run *r)
{
	struct others o;
	struct arena arena;

	arena_init(&arena);
	others_load(&o, db, r, &arena);
	strbuf_reserve(object, RUN_BYTES);
	view_fields(object, r, run_fields,
		    sizeof(run_fields) / sizeof(run_fields[0]), &o);
	arena_release(&arena);
}

void view_run_why_put(struct strbuf *object, struct db *db, const struct run *r)
{
	struct others o;
	struct arena arena;

	arena_init(&arena);
	others_load(&o, db, r, &arena);
	view_why_put(object, r, &o.rows);
	arena_release(&arena);
}

cJSON *view_run(struct db *db, const struct run *r)
{
	struct strbuf object;

	json_object_begin(&object);
	view_run_put(&object, db, r);
	return json_own(&object);
}

cJSON *view_run_raw(struct db *db, const struct run *r)
{
	struct strbuf object;

	json_object_begin(&object);
	view_run_put(&object, db, r);
	return json_raw(&object);
}

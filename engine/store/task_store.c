/*
 * Human tasks (task_store.h). Views: task_list.c; signatures: decision_store.c.
 *
 * Always holds: every update raises version and is made against the version
 * that was read; a run has at most one task that is not closed.
 */
#include "rows.h"
#include "sql.h"
#include "task_row.h"

static const char *const state_names[TASK_STATE_COUNT] = {
	[TASK_OPEN] = "OPEN",	      [TASK_CLAIMED] = "CLAIMED",
	[TASK_DECIDED] = "DECIDED",   [TASK_DONE] = "DONE",
	[TASK_VOID] = "VOID",	      [TASK_EXPIRED] = "EXPIRED",
	[TASK_CANCELED] = "CANCELED",
};

const char *task_state_name(enum task_state s)
{
	return s < TASK_STATE_COUNT ? state_names[s] : "";
}

bool task_state_parse(const char *name, enum task_state *ret_state)
{
	int i = name == NULL ? -1
			     : name_find(state_names, TASK_STATE_COUNT, name);

	if (i < 0)
		return false;
	*ret_state = (enum task_state)i;
	return true;
}

/* Where a task stands in every list: by the earlier of due time and event. */
static int64_t sort_ms(const struct task *t)
{
	if (t->due_ms == 0 && t->event_ms == 0)
		return INT64_MAX;
	if (t->due_ms == 0 || (t->event_ms != 0 && t->event_ms < t->due_ms))
		return t->event_ms;
	return t->due_ms;
}

static void bind_decider(struct db_stmt *s, int *p, const struct task *t)
{
	if (t->approved >= 0)
		db_bind_int(s, *p, t->approved);
	(*p)++;
	db_bind_text_or_null(s, (*p)++, t->reason_code);
	db_bind_text(s, (*p)++, t->notes);
	db_bind_text_or_null(s, (*p)++, t->decider);
	db_bind_text(s, (*p)++,
		     t->decider[0] ? role_name(t->decider_role) : NULL);
	db_bind_int(s, (*p)++, t->self_asserted);
	db_bind_int_or_null(s, (*p)++, t->decided_ms);
	db_bind_int_or_null(s, (*p)++, t->execute_at_ms);
	db_bind_int_or_null(s, (*p)++, t->intent_ms);
	db_bind_text_or_null(s, (*p)++, t->void_reason);
	db_bind_int_or_null(s, (*p)++, t->snoozed_until_ms);
	db_bind_int(s, (*p)++, t->updated_ms);
	db_bind_int_or_null(s, (*p)++, t->closed_ms);
	db_bind_int(s, (*p)++, sort_ms(t));
	db_bind_text_or_null(s, (*p)++, t->alternative);
	db_bind_text(s, (*p)++, t->form);
	db_bind_int_or_null(s, (*p)++, t->escalate_ms);
	db_bind_int_or_null(s, (*p)++, t->escalated_ms);
}

enum err task_insert(struct db *db, struct task *t)
{
	struct db_stmt *s = db_bind_start(db, SQL_TASK_INSERT);
	enum err e;
	int p = 1;

	if (t->version == 0)
		t->version = 1;
	db_bind_int(s, p++, t->run_id);
	db_bind_text(s, p++, t->public_id);
	db_bind_text(s, p++, t->order_id);
	db_bind_text(s, p++, t->step);
	db_bind_int(s, p++, t->visit);
	db_bind_text(s, p++, t->title);
	db_bind_text(s, p++, role_name(t->role));
	db_bind_text_or_null(s, p++, t->issue_type);
	db_bind_int_or_null(s, p++, t->tier);
	db_bind_text(s, p++, t->proposal != NULL ? t->proposal : "{}");
	db_bind_text(s, p++, t->digest);
	bind_amount(s, p++, t->amount_minor);
	db_bind_text_or_null(s, p++, t->currency);
	db_bind_int_or_null(s, p++, t->event_ms);
	db_bind_text_or_null(s, p++, t->supersedes);
	db_bind_int(s, p++, t->created_ms);
	db_bind_text(s, p++, t->reason);
	db_bind_text(s, p++, task_state_name(t->state));
	db_bind_int(s, p++, t->version);
	db_bind_int(s, p++, t->approvals_needed);
	db_bind_int(s, p++, t->approval_count);
	db_bind_int_or_null(s, p++, t->due_ms);
	db_bind_text_or_null(s, p++, t->claimed_by);
	db_bind_int_or_null(s, p++, t->claim_until_ms);
	bind_decider(s, &p, t);
	e = db_run(s, NULL);
	if (e == OK)
		t->id = db_last_id(db);
	return e;
}

enum err task_update(struct db *db, struct task *t)
{
	struct db_stmt *s = db_bind_start(db, SQL_TASK_UPDATE);
	int64_t changes = 0;
	enum err e;
	int p = 1;

	db_bind_int(s, p++, t->id);
	db_bind_int(s, p++, t->version);
	db_bind_text(s, p++, task_state_name(t->state));
	db_bind_int(s, p++, t->approvals_needed);
	db_bind_int(s, p++, t->approval_count);
	db_bind_int_or_null(s, p++, t->due_ms);
	db_bind_text_or_null(s, p++, t->claimed_by);
	db_bind_int_or_null(s, p++, t->claim_until_ms);
	bind_decider(s, &p, t);
	db_bind_text(s, p, role_name(t->role));
	e = db_run(s, &changes);
	if (e == OK && changes == 0)
		return ERR_STALE;
	if (e == OK)
		t->version++;
	return e;
}

static enum role read_role(struct db_stmt *s, int column)
{
	enum role role = ROLE_VIEWER;
	char name[16];

	DB_TEXT_INTO(s, column, name);
	return role_parse(name, &role) ? role : ROLE_VIEWER;
}

static void read_answer(struct db_stmt *s, int c, struct arena *a,
			struct task *t)
{
	t->due_ms = db_int(s, c++);
	DB_TEXT_INTO(s, c++, t->claimed_by);
	t->claim_until_ms = db_int(s, c++);
	t->approved = db_is_null(s, c) ? -1 : (int)db_int(s, c);
	c++;
	DB_TEXT_INTO(s, c++, t->reason_code);
	t->notes = db_text(s, c++, a);
	DB_TEXT_INTO(s, c++, t->decider);
	t->decider_role = read_role(s, c++);
	t->self_asserted = db_int(s, c++) != 0;
	t->decided_ms = db_int(s, c++);
	t->execute_at_ms = db_int(s, c++);
	t->intent_ms = db_int(s, c++);
	DB_TEXT_INTO(s, c++, t->supersedes);
	DB_TEXT_INTO(s, c++, t->void_reason);
	t->snoozed_until_ms = db_int(s, c++);
	t->created_ms = db_int(s, c++);
	t->updated_ms = db_int(s, c++);
	t->closed_ms = db_int(s, c++);
	DB_TEXT_INTO(s, c++, t->alternative);
	t->form = db_text(s, c++, a);
	t->escalate_ms = db_int(s, c++);
	t->escalated_ms = db_int(s, c);
}

void task_read(struct db_stmt *s, struct arena *a, void *to)
{
	struct task *t = to;
	int c = 0;

	t->id = db_int(s, c++);
	t->run_id = db_int(s, c++);
	DB_TEXT_INTO(s, c++, t->public_id);
	DB_TEXT_INTO(s, c++, t->order_id);
	DB_TEXT_INTO(s, c++, t->step);
	t->visit = (int)db_int(s, c++);
	t->state = (enum task_state)name_read(s, c++, state_names,
					      TASK_STATE_COUNT);
	t->version = db_int(s, c++);
	DB_TEXT_INTO(s, c++, t->title);
	DB_TEXT_INTO(s, c++, t->reason);
	t->role = read_role(s, c++);
	DB_TEXT_INTO(s, c++, t->issue_type);
	t->tier = (int)db_int(s, c++);
	t->proposal = text_read(s, c++, a);
	DB_TEXT_INTO(s, c++, t->digest);
	t->amount_minor = read_amount(s, c++);
	DB_TEXT_INTO(s, c++, t->currency);
	t->event_ms = db_int(s, c++);
	t->approvals_needed = (int)db_int(s, c++);
	t->approval_count = (int)db_int(s, c++);
	read_answer(s, c, a, t);
}

enum err task_read_all(struct db_stmt *s, struct arena *a,
		       struct task **ret_tasks, int *ret_count)
{
	struct rows rows = {.a = a, .size = sizeof(struct task)};
	enum err e = rows_read(s, &rows, task_read);

	if (e != OK)
		return e;
	*ret_tasks = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

static enum err read_one(struct db_stmt *s, struct arena *a,
			 struct task *ret_task)
{
	enum err e = db_one(s);

	if (e != OK)
		return e;
	task_read(s, a, ret_task);
	db_done(s);
	return OK;
}

enum err task_by_id(struct db *db, int64_t id, struct arena *a,
		    struct task *ret_task)
{
	struct db_stmt *s = db_bind_start(db, SQL_TASK_BY_ID);

	db_bind_int(s, 1, id);
	return read_one(s, a, ret_task);
}

enum err task_by_public_id(struct db *db, const char *public_id,
			   struct arena *a, struct task *ret_task)
{
	struct db_stmt *s = db_bind_start(db, SQL_TASK_BY_PUBLIC_ID);

	db_bind_text(s, 1, public_id);
	return read_one(s, a, ret_task);
}

enum err task_open_of_run(struct db *db, int64_t run_id, struct arena *a,
			  struct task *ret_task)
{
	struct db_stmt *s = db_bind_start(db, SQL_TASK_OPEN_OF_RUN);

	db_bind_int(s, 1, run_id);
	return read_one(s, a, ret_task);
}

enum err task_of_run(struct db *db, int64_t run_id, int limit, struct arena *a,
		     struct task **ret_tasks, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_TASK_OF_RUN);

	db_bind_int(s, 1, run_id);
	db_bind_int(s, 2, limit);
	return task_read_all(s, a, ret_tasks, ret_count);
}

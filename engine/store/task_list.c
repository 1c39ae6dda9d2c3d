/*
 * The views of the task queue (task_store.h), one statement a view, all with
 * the same parameters; sql.c says what each of them means.
 */
#include <string.h>

#include "rows.h"
#include "sql.h"
#include "task_row.h"

const char *const task_views[TASK_VIEW_COUNT] = {
	"all",	  "mine", "unclaimed", "due",	  "event",
	"second", "high", "snoozed",   "decided",
};

_Static_assert(SQL_TASK_LIST_DECIDED - SQL_TASK_LIST_ALL + 1 == TASK_VIEW_COUNT,
	       "a statement a view, in the order of the names");

static void bind_filter(struct db_stmt *s, const struct task_filter *f)
{
	db_bind_text(s, 1, f->actor);
	db_bind_text_or_null(s, 2, f->order_id);
	db_bind_text_or_null(s, 3, f->issue_type);
}

enum err task_list(struct db *db, const struct task_filter *f, struct arena *a,
		   struct task **ret_tasks, int *ret_count)
{
	int view = f->view == NULL
			   ? 0
			   : name_find(task_views, TASK_VIEW_COUNT, f->view);
	struct db_stmt *s;

	if (view < 0)
		return ERR_INVALID;
	s = db_bind_start(db, SQL_TASK_LIST_ALL + view);
	bind_filter(s, f);
	if (SQL_TASK_LIST_ALL + view != SQL_TASK_LIST_DECIDED)
		db_bind_int(s, 4, f->now_ms);
	if (SQL_TASK_LIST_ALL + view == SQL_TASK_LIST_HIGH)
		db_bind_int(s, 5, f->high_minor);
	db_bind_int(s, 6, f->limit);
	db_bind_int(s, 7, f->offset);
	return task_read_all(s, a, ret_tasks, ret_count);
}

enum err task_count_views(struct db *db, const struct task_filter *f,
			  int64_t ret_counts[TASK_VIEW_COUNT])
{
	int64_t counts[TASK_VIEW_COUNT];
	struct db_stmt *s = db_bind_start(db, SQL_TASK_COUNT_OPEN);
	enum err e;

	bind_filter(s, f);
	db_bind_int(s, 4, f->now_ms);
	db_bind_int(s, 5, f->high_minor);
	e = db_one(s);
	if (e != OK)
		return e;
	for (int i = 0; i < TASK_VIEW_COUNT - 1; i++)
		counts[i] = db_int(s, i);
	db_done(s);

	s = db_bind_start(db, SQL_TASK_COUNT_DECIDED);
	bind_filter(s, f);
	e = db_one(s);
	if (e != OK)
		return e;
	counts[TASK_VIEW_COUNT - 1] = db_int(s, 0);
	db_done(s);
	memcpy(ret_counts, counts, sizeof(counts));
	return OK;
}
